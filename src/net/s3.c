#include "net/s3.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "net/http_server.h"
#include "net/s3_xml.h"
#include "net/storage_kind.h"

enum { HEADERS_MAX = 16, LIST_ANSWER_MAX = 16 * 1024 * 1024 };

/* What an error code of S3 means and what to do about it. */
static const struct {
    const char *code;
    ErrorCode meaning;
    const char *remedy;
} REFUSALS[] = {
    {"NoSuchBucket", ERROR_NOT_FOUND, "there is no such bucket: check its name and the endpoint"},
    {"NoSuchKey", ERROR_NOT_FOUND, "there is no such object"},
    {"InvalidAccessKeyId", ERROR_DENIED, "the server does not know the access key: check it"},
    {"XAdminUserNotFound", ERROR_DENIED, "the server does not know the access key: check it"},
    {"SignatureDoesNotMatch", ERROR_DENIED,
     "the secret key does not belong to the access key: check it"},
    {"InvalidToken", ERROR_DENIED, "the session token is not valid: renew it"},
    {"ExpiredToken", ERROR_DENIED, "the session token has expired: renew it"},
    {"RequestTimeTooSkewed", ERROR_DENIED, "this machine's clock is wrong: set it"},
    {"AccessDenied", ERROR_DENIED,
     "the access key may not do this: allow it s3:ListBucket and s3:GetObject"},
    {"PreconditionFailed", ERROR_CONFLICT, "the object was replaced while it was read"},
    {"SlowDown", ERROR_UNAVAILABLE, "the server asks to slow down"},
    {"InternalError", ERROR_UNAVAILABLE, "the server has a fault of its own"},
};

/* The same by HTTP status, for servers whose answers have no such document. */
static const struct {
    int status;
    ErrorCode meaning;
    const char *remedy;
} STATUSES[] = {
    {403, ERROR_DENIED, "access is denied: check the keys and their permissions"},
    {404, ERROR_NOT_FOUND, "it does not exist: check the names of bucket and object"},
    {412, ERROR_CONFLICT, "the object was replaced while it was read"},
};

static char *encode_path(Arena *arena, const char *key)
{
    Buffer *path = buffer_new(arena);
    for (;;) {
        size_t length = strcspn(key, "/");
        buffer_append_text(path, http_url_encode(arena, arena_strndup(arena, key, length)));
        if (key[length] == '\0') {
            return path->data;
        }
        buffer_append_char(path, '/');
        key += length + 1;
    }
}

typedef struct Place {
    const char *scheme, *host, *path;
} Place;

/* Where a bucket and key are below the endpoint, in either style. */
static Place place_of(Arena *arena, const StorageConfig *config, const char *bucket,
                      const char *key)
{
    const char *endpoint = config->endpoint;
    if (endpoint == NULL) {
        endpoint = arena_printf(arena, "https://s3.%s.amazonaws.com", config->region);
    }
    const char *host = strstr(endpoint, "://") + 3;
    size_t host_length = strcspn(host, "/");
    Place place = {.scheme = arena_strndup(arena, endpoint, (size_t)(host - endpoint)),
                   .host = arena_strndup(arena, host, host_length)};
    char *base = arena_strdup(arena, host + host_length);
    size_t base_length = strlen(base);
    while (base_length > 0 && base[base_length - 1] == '/') {
        base[--base_length] = '\0';
    }
    const char *in_bucket = key != NULL ? encode_path(arena, key) : "";
    if (bucket == NULL) {
        place.path = arena_printf(arena, "%s/", base);
    } else if (config->path_style) {
        place.path = arena_printf(arena, "%s/%s%s%s", base, http_url_encode(arena, bucket),
                                  key != NULL ? "/" : "", in_bucket);
    } else {
        place.host = arena_printf(arena, "%s.%s", bucket, place.host);
        place.path = arena_printf(arena, "%s/%s", base, in_bucket);
    }
    return place;
}

bool s3_prepare(Arena *arena, const StorageConfig *config, const char *method, const char *bucket,
                const char *key, const SigV4Pair *query, const SigV4Pair *extra,
                S3Prepared *prepared, Error *error)
{
    Place place = place_of(arena, config, bucket, key);
    /* The machine's own time: a clock that was set for tests would be refused as skewed. */
    Timestamp now = (Timestamp)time(NULL) * 1000000;
    SigV4Pair headers[HEADERS_MAX] = {{"host", place.host},
                                      {"x-amz-content-sha256", "UNSIGNED-PAYLOAD"},
                                      {"x-amz-date", sigv4_time(arena, now)}};
    int count = 3;
    if (config->session_token != NULL) {
        headers[count++] = (SigV4Pair){"x-amz-security-token", config->session_token};
    }
    for (; extra != NULL && extra->name != NULL && count + 2 < HEADERS_MAX; extra++) {
        headers[count++] = *extra;
    }
    const char **lines = arena_array(arena, HEADERS_MAX + 1, sizeof *lines);
    for (int i = 0; i < count; i++) {
        lines[i] = arena_printf(arena, "%s: %s", headers[i].name, headers[i].value);
    }
    if (config->access_key != NULL) {
        if (config->secret_key == NULL) {
            return error_set(error, ERROR_DENIED,
                             "there is an S3 access key but no secret key: set "
                             "KONTOR_S3_SECRET_KEY, or the source's own");
        }
        SigV4Request request = {.method = method,
                                .path = place.path,
                                .query = query,
                                .headers = headers,
                                .payload_hash = "UNSIGNED-PAYLOAD",
                                .region = config->region,
                                .service = "s3",
                                .access_key = config->access_key,
                                .secret_key = config->secret_key,
                                .time = now};
        lines[count] =
            arena_printf(arena, "authorization: %s", sigv4_authorization(arena, &request));
    }
    const char *encoded = sigv4_query(arena, query);
    prepared->url = arena_printf(arena, "%s%s%s%s%s", place.scheme, place.host, place.path,
                                 *encoded != '\0' ? "?" : "", encoded);
    prepared->headers = lines;
    return true;
}

bool s3_refused(Arena *arena, const StorageConfig *config, const HttpAnswer *answer,
                const char *what, Error *error)
{
    S3Document document = {0};
    s3_xml_parse(arena, answer->body->data, answer->body->length, &document, NULL);
    const char *code = document.error_code;
    const char *region = http_answer_header(answer, "x-amz-bucket-region");
    region = region != NULL ? region : document.region;
    if (region != NULL && strcmp(region, config->region) != 0) {
        return error_set(error, ERROR_INVALID,
                         "%s: the bucket is in region %s, not %s: set the region", what, region,
                         config->region);
    }
    for (size_t i = 0; code != NULL && i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        if (strcmp(code, REFUSALS[i].code) == 0) {
            return error_set(error, REFUSALS[i].meaning, "%s: %s (%s)", what, REFUSALS[i].remedy,
                             code);
        }
    }
    for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
        if (answer->status == STATUSES[i].status) {
            return error_set(error, STATUSES[i].meaning, "%s: %s (HTTP %d%s%s)", what,
                             STATUSES[i].remedy, answer->status, code != NULL ? " " : "",
                             code != NULL ? code : "");
        }
    }
    ErrorCode meaning = answer->status >= 500 ? ERROR_UNAVAILABLE : ERROR_INVALID;
    return error_set(error, meaning, "%s: the server answers HTTP %d%s%s%s%s; is %s an S3 server?",
                     what, answer->status, code != NULL ? " " : "", code != NULL ? code : "",
                     document.error_message != NULL ? ": " : "",
                     document.error_message != NULL ? document.error_message : "",
                     config->endpoint != NULL ? config->endpoint : "AWS");
}

/* One GET whose answer is an XML document. */
static bool get_document(Arena *arena, const StorageConfig *config, const char *bucket,
                         const SigV4Pair *query, S3Document *document, Error *error)
{
    const char *what = bucket != NULL ? arena_printf(arena, "bucket %s", bucket) : "S3 server";
    S3Prepared prepared;
    HttpAnswer answer;
    if (!s3_prepare(arena, config, "GET", bucket, NULL, query, NULL, &prepared, error)) {
        return false;
    }
    HttpCall call = {.method = "GET",
                     .url = prepared.url,
                     .headers = prepared.headers,
                     .ca_bundle = config->ca_bundle,
                     .insecure = !config->verify_tls,
                     .answer_max = LIST_ANSWER_MAX};
    if (!http_call(arena, &call, &answer, error)) {
        return error_wrap(error, "%s", what);
    }
    if (answer.status != 200) {
        return s3_refused(arena, config, &answer, what, error);
    }
    return s3_xml_parse(arena, answer.body->data, answer.body->length, document, error) ||
           error_wrap(error, "%s", what);
}

static bool list_page(Storage *storage, Arena *arena, const char *prefix, const char *token,
                      const char *most, S3Document *document, Error *error)
{
    SigV4Pair query[6] = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", prefix}};
    int count = 3;
    if (token != NULL) {
        query[count++] = (SigV4Pair){"continuation-token", token};
    }
    if (most != NULL) {
        query[count++] = (SigV4Pair){"max-keys", most};
    }
    return get_document(arena, &storage->config, storage->bucket, query, document, error);
}

static bool check(Storage *storage, Error *error)
{
    Arena *arena = arena_new();
    S3Document document;
    bool readable = list_page(storage, arena, "", NULL, "1", &document, error);
    arena_free(arena);
    return readable;
}

static bool list(Storage *storage, const char *prefix, StorageEach *each, void *context,
                 Error *error)
{
    Arena *arena = arena_new(), *previous = arena_new();
    const char *token = NULL;
    bool done = true, more = true;
    while (done && more) {
        S3Document document;
        done = list_page(storage, arena, prefix, token, NULL, &document, error);
        for (int i = 0; done && i < document.object_count; i++) {
            done = each(context, &document.objects[i], error);
        }
        more = done && document.truncated && document.next_token != NULL;
        /* The token must outlive its page by one request. */
        token = more ? document.next_token : NULL;
        Arena *used = previous;
        previous = arena;
        arena = used;
        arena_reset(arena);
    }
    arena_free(arena);
    arena_free(previous);
    return done;
}

bool s3_list_buckets(const StorageConfig *config, Arena *arena, const char ***names, Error *error)
{
    StorageConfig here = *config;
    here.region = here.region != NULL ? here.region : "us-east-1";
    S3Document document;
    if (!get_document(arena, &here, NULL, NULL, &document, error)) {
        return false;
    }
    *names = document.buckets;
    return true;
}

const StorageKind STORAGE_S3 = {check, list, s3_reader_open, s3_reader_read, s3_reader_close};
