#include "net/http_head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/http_server.h"

/* libmicrohttpd 0.9 leaves a head where it was received and puts NULs in the place of what ends a
 * word: one for the blanks of the request's line and each colon, two for each CR LF. Where a word
 * does not follow the last one just so, there was a NUL in it, a line that is folded, or one that
 * ends by LF alone. Later versions see to that themselves. */
enum { LINE_END = 2, VERSION_LENGTH = 8, BODY_CUT = 32 * 1024 * 1024 };

/* What libmicrohttpd keeps of each header and cookie beside its text. */
enum { RECORD_SIZE = 64 };

/* A head on the way through its headers. */
typedef struct Scan {
    const char *expected; /* where the next name must begin; NULL: that is not looked at */
    int hosts, lengths, codings;
    bool chunked;
    size_t memory;
    HttpFault fault;
} Scan;

static const char MALFORMED[] =
    "the request's head is malformed: each line ends by CR LF, is not folded and holds no NUL";

/* RFC 9110 §5.6.2. */
static bool is_token(const char *text, size_t length)
{
    static const char OTHERS[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        unsigned char lower = byte | 0x20;
        if (!(lower >= 'a' && lower <= 'z') && !(byte >= '0' && byte <= '9') &&
            (byte == '\0' || strchr(OTHERS, byte) == NULL)) {
            return false;
        }
    }
    return length > 0;
}

static bool is_control(unsigned char byte)
{
    return (byte < ' ' && byte != '\t') || byte == 0x7f;
}

static bool holds_control(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (is_control((unsigned char)text[i])) {
            return true;
        }
    }
    return false;
}

static bool is_named(const char *name, size_t length, const char *wanted)
{
    return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

static void count_header(Scan *scan, const char *name, size_t name_length, const char *value,
                         size_t length)
{
    scan->hosts += is_named(name, name_length, "Host");
    scan->lengths += is_named(name, name_length, "Content-Length");
    if (is_named(name, name_length, "Transfer-Encoding")) {
        scan->codings++;
        scan->chunked = is_named(value, length, "chunked");
    }
}

static enum MHD_Result look_at_header(void *context, enum MHD_ValueKind kind, const char *name,
                                      size_t name_length, const char *value, size_t length)
{
    Scan *scan = context;
    value = value != NULL ? value : "";
    scan->memory += RECORD_SIZE + name_length + length + 2 * LINE_END;
    if (kind != MHD_HEADER_KIND) {
        return MHD_YES;
    }
    if (scan->expected != NULL) {
        if (name != scan->expected || value[length + 1] != '\0') {
            scan->fault = (HttpFault){400, MALFORMED};
            return MHD_NO;
        }
        scan->expected = value + length + LINE_END;
    }
    if (!is_token(name, name_length)) {
        scan->fault = (HttpFault){400, "the name of a header is no token"};
        return MHD_NO;
    }
    if (holds_control(value, length)) {
        scan->fault = (HttpFault){400, "the value of a header holds a control character"};
        return MHD_NO;
    }
    count_header(scan, name, name_length, value, length);
    return MHD_YES;
}

/* What the headers say of where the request ends, and for whom it is. */
static HttpFault check_framing(const Scan *scan, bool is_old)
{
    if (scan->lengths > 1) {
        return (HttpFault){400, "there is more than one Content-Length"};
    }
    if (scan->codings > 0 && (scan->lengths > 0 || is_old)) {
        return (HttpFault){400, is_old ? "HTTP/1.0 has no Transfer-Encoding"
                                       : "there are both Content-Length and Transfer-Encoding"};
    }
    if (scan->codings > 1 || (scan->codings == 1 && !scan->chunked)) {
        return (HttpFault){400, "a Transfer-Encoding other than chunked is not read"};
    }
    if (scan->hosts > 1 || (scan->hosts == 0 && !is_old)) {
        return (HttpFault){400, scan->hosts > 1 ? "there is more than one Host"
                                                : "the header Host is missing"};
    }
    return (HttpFault){0};
}

/* A body beyond the bound is read to its end and then refused, so that clients that send first and
 * read then see the answer; not so when they ask before they send, or it would take too long. */
static bool is_too_long(struct MHD_Connection *connection)
{
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    const char *expects = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Expect");
    unsigned long long bytes = length != NULL ? strtoull(length, NULL, 10) : 0;
    return bytes > (expects != NULL ? HTTP_BODY_MAX : BODY_CUT);
}

HttpFault http_head_body_too_large(Arena *arena)
{
    return (HttpFault){413, arena_printf(arena, "the body is larger than %d bytes", HTTP_BODY_MAX)};
}

static size_t head_size(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info != NULL ? info->header_size : 0;
}

static bool is_laid_out(void)
{
    return strncmp(MHD_get_version(), "0.9.", 4) == 0;
}

static HttpFault check_line(const HttpHead *head)
{
    size_t length = strlen(head->method);
    if (!is_token(head->method, length)) {
        return (HttpFault){400, "the method is no token"};
    }
    if (is_laid_out() && (head->method + length + 1 != head->target ||
                          head->target + head->target_length + 1 != head->version ||
                          head->version[VERSION_LENGTH + 1] != '\0')) {
        return (HttpFault){400, "the request's line is malformed"};
    }
    return (HttpFault){0};
}

static HttpFault too_much(Arena *arena)
{
    return (HttpFault){431, arena_printf(arena,
                                         "the request's line and headers are larger than %d bytes, "
                                         "%d counted for each header and cookie",
                                         HTTP_HEAD_MAX, RECORD_SIZE)};
}

HttpFault http_head_check(Arena *arena, struct MHD_Connection *connection, HttpHead *head)
{
    const char *first = head->version + VERSION_LENGTH + LINE_END;
    Scan scan = {.expected = is_laid_out() ? first : NULL,
                 .memory = (size_t)(first - head->method),
                 .fault = check_line(head)};
    if (scan.fault.status != 0) {
        return scan.fault;
    }
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND | MHD_COOKIE_KIND, look_at_header,
                                &scan);
    if (scan.fault.status == 0 && scan.expected != NULL &&
        scan.expected + LINE_END != head->method + head_size(connection)) {
        scan.fault = (HttpFault){400, MALFORMED};
    }
    if (scan.fault.status == 0) {
        scan.fault = check_framing(&scan, strcmp(head->version, "HTTP/1.0") == 0);
    }
    if (scan.fault.status == 0 && scan.lengths > 0 && is_too_long(connection)) {
        scan.fault = http_head_body_too_large(arena);
    }
    if (scan.fault.status == 0 && scan.memory > HTTP_HEAD_MAX) {
        scan.fault = too_much(arena);
    }
    head->memory = scan.memory;
    head->chunked = scan.chunked;
    return scan.fault;
}

HttpFault http_head_check_trailers(Arena *arena, struct MHD_Connection *connection,
                                   const HttpHead *head)
{
    Scan scan = {.memory = head->memory};
    MHD_get_connection_values_n(connection, MHD_FOOTER_KIND, look_at_header, &scan);
    return scan.memory > HTTP_HEAD_MAX ? too_much(arena) : (HttpFault){0};
}

static int count_parameters(const char *query)
{
    int count = *query != '\0';
    for (; *query != '\0'; query++) {
        count += *query == '&';
    }
    return count;
}

HttpFault http_head_check_target(Arena *arena, const char *target)
{
    size_t length = strlen(target);
    const char *query = strchr(target, '?');
    if (holds_control(target, length) || strpbrk(target, " \t#") != NULL) {
        return (HttpFault){400, "what is asked for holds a byte that no URL has"};
    }
    if (*target != '/' && *target != '*' && strncasecmp(target, "http://", 7) != 0 &&
        strncasecmp(target, "https://", 8) != 0) {
        return (HttpFault){400, "what is asked for is neither a path nor a URL"};
    }
    if (query != NULL && count_parameters(query + 1) > HTTP_QUERY_MAX) {
        return (HttpFault){400, arena_printf(arena, "the query string has more than %d parameters",
                                             HTTP_QUERY_MAX)};
    }
    return (HttpFault){0};
}
