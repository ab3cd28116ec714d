#include "net/http_reply.h"

#include <stdlib.h>
#include <sys/socket.h>

enum { STREAM_BLOCK = 16 * 1024 };

static ssize_t read_stream(void *context, uint64_t position, char *bytes, size_t size)
{
    const HttpStream *stream = context;
    (void)position;
    ssize_t length = stream->read(stream->context, bytes, size);
    return length > 0    ? length
           : length == 0 ? (ssize_t)MHD_CONTENT_READER_END_OF_STREAM
                         : (ssize_t)MHD_CONTENT_READER_END_WITH_ERROR;
}

static void close_stream(void *context)
{
    HttpStream *stream = context;
    stream->close(stream->context);
    free(stream);
}

/* NULL when memory is short; what the body holds is freed. */
static struct MHD_Response *stream_reply(const HttpStream *stream)
{
    HttpStream *kept = malloc(sizeof *kept);
    struct MHD_Response *reply = NULL;
    if (kept != NULL) {
        *kept = *stream;
        reply = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, kept,
                                                  close_stream);
    }
    if (reply == NULL) {
        stream->close(stream->context);
        free(kept);
    }
    return reply;
}

/* NULL when memory is short; what the body holds is freed. */
static struct MHD_Response *shared_reply(const HttpShared *shared)
{
    struct MHD_Response *reply = MHD_create_response_from_buffer_with_free_callback_cls(
        shared->length, (void *)shared->bytes, shared->release, shared->context);
    if (reply == NULL) {
        shared->release(shared->context);
    }
    return reply;
}

static struct MHD_Response *plain_reply(HttpResponse *response)
{
    bool empty = response->status == 204 || response->status == 304;
    size_t length = empty ? 0 : response->body->length;
    char *body = buffer_detach(response->body);
    struct MHD_Response *reply =
        MHD_create_response_from_buffer(length, body, MHD_RESPMEM_MUST_FREE);
    if (reply == NULL) {
        free(body);
    }
    return reply;
}

struct MHD_Response *http_reply_new(HttpResponse *response, bool is_last)
{
    struct MHD_Response *reply = response->stream.read != NULL    ? stream_reply(&response->stream)
                                 : response->shared.bytes != NULL ? shared_reply(&response->shared)
                                                                  : plain_reply(response);
    if (reply == NULL) {
        return NULL;
    }
    if (response->content_type != NULL) {
        MHD_add_response_header(reply, "Content-Type", response->content_type);
    }
    MHD_add_response_header(reply, "X-Content-Type-Options", "nosniff");
    if (is_last) {
        MHD_add_response_header(reply, "Connection", "close");
    }
    for (int i = 0; i < response->header_count; i++) {
        MHD_add_response_header(reply, response->headers[i][0], response->headers[i][1]);
    }
    return reply;
}

void http_reply_send(struct MHD_Connection *connection, const HttpResponse *response)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    Buffer *text = buffer_new(response->arena);
    buffer_printf(text, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n",
                  response->status, MHD_get_reason_phrase_for((unsigned)response->status),
                  response->content_type, response->body->length);
    buffer_append_text(text, "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
    buffer_append(text, response->body->data, response->body->length);
    if (info != NULL) {
        send(info->connect_fd, text->data, text->length, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}
