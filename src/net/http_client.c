#include "net/http_client.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

enum {
    DEFAULT_TIMEOUT = 30,
    DEFAULT_ANSWER_MAX = 16 * 1024 * 1024,
    HEADERS_MAX = 64,
    CONNECT_TIMEOUT = 10,
};

typedef struct Exchange {
    Arena *arena;
    Buffer *body;
    size_t most;
    const char **headers;
    int header_count;
    bool too_large;
} Exchange;

bool http_client_global_init(Error *error)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ||
           error_set(error, ERROR_INTERNAL, "libcurl cannot be initialised");
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    Exchange *exchange = context;
    if (exchange->body->length + size * count > exchange->most) {
        exchange->too_large = true;
        return 0;
    }
    buffer_append(exchange->body, bytes, size * count);
    return size * count;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    Exchange *exchange = context;
    size_t length = size * count;
    if (length >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        exchange->header_count = 0; /* another answer began (100 Continue, a redirect) */
        return length;
    }
    while (length > 0 && (bytes[length - 1] == '\r' || bytes[length - 1] == '\n')) {
        length--;
    }
    if (length > 0 && exchange->header_count < HEADERS_MAX) {
        char *line = arena_strndup(exchange->arena, bytes, length);
        for (char *at = line; *at != '\0' && *at != ':'; at++) {
            *at = (char)tolower((unsigned char)*at);
        }
        exchange->headers[exchange->header_count++] = line;
    }
    return size * count;
}

static void set_options(CURL *curl, const HttpCall *call, Exchange *exchange,
                        struct curl_slist *headers)
{
    curl_easy_setopt(curl, CURLOPT_URL, call->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    curl_easy_setopt(curl, CURLOPT_NOBODY, strcmp(call->method, "HEAD") == 0 ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT,
                     (long)(call->timeout_seconds > 0 ? call->timeout_seconds : DEFAULT_TIMEOUT));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
    if (call->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_length);
    }
    if (call->ca_bundle != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, call->ca_bundle);
    }
    if (call->insecure) {
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

bool http_call(Arena *arena, const HttpCall *call, HttpAnswer *answer, Error *error)
{
    Exchange exchange = {.arena = arena,
                         .body = buffer_new(arena),
                         .most = call->answer_max > 0 ? call->answer_max : DEFAULT_ANSWER_MAX,
                         .headers = arena_array(arena, HEADERS_MAX + 1, sizeof(char *))};
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        return error_set(error, ERROR_INTERNAL, "libcurl has no handle to give");
    }
    struct curl_slist *headers = NULL;
    for (const char *const *header = call->headers; header != NULL && *header != NULL; header++) {
        headers = curl_slist_append(headers, *header);
    }
    char fault[CURL_ERROR_SIZE] = "";
    set_options(curl, call, &exchange, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, fault);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (exchange.too_large) {
        return error_set(error, ERROR_DATA, "%s answers with more than %zu bytes", call->url,
                         exchange.most);
    }
    if (code != CURLE_OK) {
        return error_set(error, ERROR_UNAVAILABLE, "%s: %s", call->url,
                         fault[0] != '\0' ? fault : curl_easy_strerror(code));
    }
    exchange.headers[exchange.header_count] = NULL;
    *answer = (HttpAnswer){(int)status, exchange.body, exchange.headers};
    return true;
}

const char *http_answer_header(const HttpAnswer *answer, const char *name)
{
    size_t length = strlen(name);
    for (const char *const *header = answer->headers; *header != NULL; header++) {
        if (strncmp(*header, name, length) == 0 && (*header)[length] == ':') {
            const char *value = *header + length + 1;
            return value + strspn(value, " \t");
        }
    }
    return NULL;
}
