/* An object as a stream: pulled from libcurl's multi interface as fast as the caller reads, and
 * taken up again by range where a connection broke. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "net/s3.h"
#include "net/storage_kind.h"

enum {
    PENDING_MAX = 1024 * 1024, /* bytes held for the caller before the transfer is paused */
    TRIES_MAX = 6,             /* without a byte of progress between them */
    REFUSAL_MAX = 64 * 1024,
    STALL_SECONDS = 30,
    FIRST_PAUSE_MS = 100,
};

typedef struct Transfer {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    Arena *arena; /* of one attempt */
    char fault[CURL_ERROR_SIZE];
    Buffer *pending; /* in the reader's arena; bytes from `taken` on are the caller's next */
    size_t taken;
    unsigned char *target; /* where the caller waits for bytes, while nothing is pending */
    size_t room;           /* left at `target` */
    uint64_t offset;       /* of the object: bytes that came */
    bool size_known, paused, finished, begun;
    bool came; /* something, since the last step */
    CURLcode result;
    int tries;
    /* of the answer's head */
    char etag[256];
    long long content_length; /* -1: not given */
    long long range_start;    /* of Content-Range; -1: not given */
    bool chunked;
} Transfer;

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    Transfer *transfer = context;
    size_t length = size * count;
    if (length > 5 && strncasecmp(bytes, "etag:", 5) == 0) {
        const char *start = bytes + 5, *end = bytes + length;
        while (start < end && (*start == ' ' || *start == '"')) {
            start++;
        }
        while (end > start && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == '"')) {
            end--;
        }
        snprintf(transfer->etag, sizeof transfer->etag, "%.*s", (int)(end - start), start);
    } else if (length > 15 && strncasecmp(bytes, "content-length:", 15) == 0) {
        transfer->content_length = atoll(bytes + 15);
    } else if (length > 21 && strncasecmp(bytes, "content-range: bytes ", 21) == 0) {
        transfer->range_start = atoll(bytes + 21);
    } else if (length > 18 && strncasecmp(bytes, "transfer-encoding:", 18) == 0) {
        transfer->chunked = true;
    }
    return length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    Transfer *transfer = context;
    if (transfer->pending->length - transfer->taken >= PENDING_MAX) {
        transfer->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    size_t length = size * count, direct = length < transfer->room ? length : transfer->room;
    transfer->begun = transfer->came = true;
    if (direct > 0) {
        memcpy(transfer->target, bytes, direct);
        transfer->target += direct;
        transfer->room -= direct;
    }
    buffer_append(transfer->pending, bytes + direct, length - direct);
    transfer->offset += length;
    return length;
}

static void end_attempt(Transfer *transfer)
{
    if (transfer->easy != NULL) {
        curl_multi_remove_handle(transfer->multi, transfer->easy);
        curl_easy_cleanup(transfer->easy);
        curl_slist_free_all(transfer->headers);
        transfer->easy = NULL;
        transfer->headers = NULL;
    }
}

static bool begin_attempt(StorageReader *reader, Error *error)
{
    Transfer *transfer = reader->state;
    const StorageConfig *config = &reader->storage->config;
    arena_reset(transfer->arena);
    SigV4Pair extra[3] = {{0}};
    if (transfer->offset > 0) {
        /* If-Match: the rest of another object must never be glued to what we have. */
        extra[0] = (SigV4Pair){"range", arena_printf(transfer->arena, "bytes=%llu-",
                                                     (unsigned long long)transfer->offset)};
        extra[1] =
            (SigV4Pair){"if-match", arena_printf(transfer->arena, "\"%s\"", reader->object.etag)};
    }
    S3Prepared prepared;
    if (!s3_prepare(transfer->arena, config, "GET", reader->storage->bucket, reader->key, NULL,
                    extra, &prepared, error)) {
        return false;
    }
    transfer->easy = curl_easy_init();
    for (const char *const *line = prepared.headers; *line != NULL; line++) {
        transfer->headers = curl_slist_append(transfer->headers, *line);
    }
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_URL, prepared.url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->fault);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    if (config->ca_bundle != NULL) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, config->ca_bundle);
    }
    if (!config->verify_tls) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    transfer->fault[0] = '\0';
    transfer->etag[0] = '\0';
    transfer->content_length = transfer->range_start = -1;
    transfer->chunked = false;
    transfer->paused = transfer->finished = transfer->begun = transfer->came = false;
    curl_multi_add_handle(transfer->multi, easy);
    return true;
}

/* Lets the transfer go on until something came, it paused or it ended. */
static void step(Transfer *transfer)
{
    int running = 0, left = 0;
    curl_multi_perform(transfer->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(transfer->multi, &left)) != NULL;) {
        if (message->msg == CURLMSG_DONE) {
            transfer->finished = true;
            transfer->result = message->data.result;
        }
    }
    if (!transfer->finished && !transfer->came && transfer->pending->length == transfer->taken) {
        curl_multi_poll(transfer->multi, NULL, 0, 1000, NULL);
    }
    transfer->came = false;
}

static long status_of(Transfer *transfer)
{
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* Takes out of pending what came of this attempt: it is no part of the object. */
static void take_back(Transfer *transfer, size_t start)
{
    transfer->offset -= transfer->pending->length - start;
    transfer->pending->length = start;
}

/* A refusal's body went to pending: it is taken out again and told as an error. */
static bool refused(StorageReader *reader, long status, size_t start, Error *error)
{
    Transfer *transfer = reader->state;
    while (!transfer->finished && transfer->pending->length - start < REFUSAL_MAX) {
        step(transfer);
        if (!transfer->finished && transfer->pending->length > transfer->taken) {
            curl_multi_poll(transfer->multi, NULL, 0, 100, NULL);
        }
    }
    Buffer *body = buffer_new(transfer->arena);
    buffer_append(body, transfer->pending->data + start, transfer->pending->length - start);
    take_back(transfer, start);
    static const char *const NO_HEADERS[] = {NULL};
    HttpAnswer answer = {(int)status, body, NO_HEADERS};
    const char *what = arena_printf(transfer->arena, "object %s of bucket %s", reader->key,
                                    reader->storage->bucket);
    return s3_refused(transfer->arena, &reader->storage->config, &answer, what, error);
}

/* Could a connection that breaks be told from the object's end? An answer that breaks off within
 * its head has no length either. */
static bool end_is_known(Transfer *transfer)
{
    long version = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_VERSION, &version);
    return transfer->content_length >= 0 || transfer->chunked || version >= CURL_HTTP_VERSION_2_0;
}

/* Is what the server sends the rest of the object from byte `asked` on, and nothing else? */
static bool check_rest(const StorageReader *reader, long status, uint64_t asked, Error *error)
{
    const Transfer *transfer = reader->state;
    if (status == 200 || transfer->range_start != (long long)asked) {
        return error_set(error, ERROR_DATA,
                         "object %s of bucket %s: the server does not send it from byte %llu on, "
                         "as it was asked to",
                         reader->key, reader->storage->bucket, (unsigned long long)asked);
    }
    if (strcmp(transfer->etag, reader->object.etag) != 0) {
        return error_set(error, ERROR_CONFLICT,
                         "object %s of bucket %s was replaced while it was read", reader->key,
                         reader->storage->bucket);
    }
    return true;
}

/* Waits for the answer's head and checks it: status, size, ETag. */
static bool await_head(StorageReader *reader, Error *error)
{
    Transfer *transfer = reader->state;
    size_t start = transfer->pending->length;
    uint64_t asked = transfer->offset;
    while (!transfer->begun && !transfer->finished) {
        step(transfer);
    }
    long status = status_of(transfer);
    bool wanted = status == 200 || (status == 206 && asked > 0);
    bool broken = transfer->finished && transfer->result != CURLE_OK && !transfer->begun;
    if (broken || (wanted && !end_is_known(transfer))) {
        take_back(transfer, start);
        return error_set(error, ERROR_UNAVAILABLE, "object %s of bucket %s: %s", reader->key,
                         reader->storage->bucket,
                         !broken                      ? "the answer broke off"
                         : transfer->fault[0] != '\0' ? transfer->fault
                                                      : curl_easy_strerror(transfer->result));
    }
    if (!wanted) {
        return refused(reader, status, start, error);
    }
    if (asked > 0 && !check_rest(reader, status, asked, error)) {
        take_back(transfer, start);
        return false;
    }
    if (asked == 0) {
        reader->object.etag = arena_strdup(reader->arena, transfer->etag);
        transfer->size_known = transfer->content_length >= 0;
        reader->object.size = transfer->size_known ? (uint64_t)transfer->content_length : 0;
    }
    return true;
}

/* (Re)opens from the offset, with growing pauses while that is worth another try. */
static bool attempt(StorageReader *reader, Error *error)
{
    Transfer *transfer = reader->state;
    for (;;) {
        end_attempt(transfer);
        if (begin_attempt(reader, error) && await_head(reader, error)) {
            return true;
        }
        if ((error != NULL && error->code != ERROR_UNAVAILABLE) || ++transfer->tries >= TRIES_MAX) {
            return false;
        }
        log_debug("net", "%s; trying again", error != NULL ? error->message : "");
        usleep((useconds_t)(FIRST_PAUSE_MS << transfer->tries) * 1000);
    }
}

bool s3_reader_open(StorageReader *reader, Error *error)
{
    Transfer *transfer = arena_alloc(reader->arena, sizeof *transfer);
    reader->state = transfer;
    transfer->arena = arena_new();
    transfer->pending = buffer_new(reader->arena);
    transfer->multi = curl_multi_init();
    Error own = {0};
    if (transfer->multi == NULL) {
        return error_set(error, ERROR_INTERNAL, "libcurl has no handle to give");
    }
    return attempt(reader, &own) || error_set(error, own.code, "%s", own.message);
}

static bool complete(const StorageReader *reader)
{
    const Transfer *transfer = reader->state;
    return transfer->size_known ? transfer->offset >= reader->object.size
                                : transfer->result == CURLE_OK;
}

/* What is pending. */
static ssize_t take(Transfer *transfer, void *bytes, size_t size)
{
    size_t there = transfer->pending->length - transfer->taken;
    size = size < there ? size : there;
    memcpy(bytes, transfer->pending->data + transfer->taken, size);
    transfer->taken += size;
    return (ssize_t)size;
}

/* Nothing is pending: what comes next goes straight to the caller, as far as there is room. */
static ssize_t step_into(Transfer *transfer, void *bytes, size_t size)
{
    transfer->target = bytes;
    transfer->room = size;
    if (transfer->paused) {
        transfer->paused = false;
        curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    }
    step(transfer);
    size -= transfer->room;
    transfer->room = 0;
    return (ssize_t)size;
}

ssize_t s3_reader_read(StorageReader *reader, void *bytes, size_t size, Error *error)
{
    Transfer *transfer = reader->state;
    ssize_t got = take(transfer, bytes, size);
    while (got == 0 && size > 0) {
        buffer_clear(transfer->pending);
        transfer->taken = 0;
        if (transfer->finished && complete(reader)) {
            return 0;
        }
        if (transfer->finished) {
            Error own = {.code = ERROR_UNAVAILABLE};
            log_info("net", "object %s of bucket %s broke off at byte %llu; going on from there",
                     reader->key, reader->storage->bucket, (unsigned long long)transfer->offset);
            if (!attempt(reader, &own)) {
                error_set(error, own.code, "%s", own.message);
                return -1;
            }
            got = take(transfer, bytes, size);
            continue;
        }
        got = step_into(transfer, bytes, size);
    }
    transfer->tries = 0; /* progress: the next break has all its tries again */
    return got;
}

void s3_reader_close(StorageReader *reader)
{
    Transfer *transfer = reader->state;
    if (transfer != NULL) {
        end_attempt(transfer);
        curl_multi_cleanup(transfer->multi);
        arena_free(transfer->arena);
    }
}
