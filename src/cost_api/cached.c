#include "cost_api/cached.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/date.h"
#include "base/gzip.h"
#include "cost_api/accept.h"
#include "cost_api/data_version.h"

enum {
    ETAG_DIGITS = 32,
    PACKED_LEAST = 1024, /* shorter ones are not worth packing */
};

/* What separates the parts of a key: no part holds it undecoded. */
#define SEPARATOR "\x1f"

static bool takes_gzip(const CostCall *call)
{
    return accept_gzip(http_request_header(call->request, "Accept-Encoding"));
}

static const char *key_of(const CostCall *call, const char *version)
{
    char today[DATE_TEXT_SIZE];
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    Buffer *key = buffer_new(call->arena);
    const char *const parts[] = {call->caller.schema,
                                 access_fingerprint(call->arena, &call->caller),
                                 day_format(clock_today(), today), version, call->request->path};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buffer_append_text(key, parts[i]);
        buffer_append_text(key, SEPARATOR);
    }
    buffer_printf(key, "%d%d", accept_form(http_request_header(call->request, "Accept")),
                  takes_gzip(call));
    for (int i = 0; i < count; i++) {
        buffer_printf(key, "%s%zu,%zu:%s=%s", SEPARATOR, strlen(items[i].name),
                      strlen(items[i].value), items[i].name, items[i].value);
    }
    return key->data;
}

/* Is the ETag one of the header's list? Weak ones are compared like strong ones: a body that is
 * not sent is the same either way. */
static bool is_listed(const char *header, const char *etag)
{
    size_t length = strlen(etag);
    for (const char *at = header; at != NULL && *at != '\0';) {
        at += strspn(at, " \t,");
        if (*at == '*') {
            return true;
        }
        at += strncmp(at, "W/", 2) == 0 ? 2 : 0;
        if (strncmp(at, etag, length) == 0) {
            return true;
        }
        const char *quote = *at == '"' ? strchr(at + 1, '"') : NULL;
        at = quote != NULL ? quote + 1 : at + strcspn(at, ",");
    }
    return false;
}

static void release_kept(void *kept)
{
    answer_cache_release(kept);
}

/* It is sent from where it is kept: a copy for each of many slow clients would be more memory than
 * the cache may have. */
static void share(HttpResponse *response, const KeptAnswer *kept)
{
    answer_cache_hold(kept);
    response->shared = (HttpShared){kept->body, kept->length, release_kept, (void *)kept};
}

static void write_kept(CostCall *call, const KeptAnswer *kept)
{
    HttpResponse *response = call->response;
    http_response_header(response, "ETag", arena_strdup(call->arena, kept->etag));
    http_response_header(response, "Cache-Control", "private, no-cache");
    http_response_header(
        response, "Vary",
        "Accept, Accept-Encoding, Authorization, Cookie, x-rh-identity, x-rh-sources-org-id");
    if (is_listed(http_request_header(call->request, "If-None-Match"), kept->etag)) {
        response->status = 304;
        response->content_type = NULL;
        return;
    }
    if (kept->encoding != NULL) {
        http_response_header(response, "Content-Encoding", kept->encoding);
    }
    response->content_type = kept->content_type;
    share(response, kept);
}

/* Keeps what was answered, packed where the client takes it so, and answers with that. */
static void keep(CostCall *call, const char *key)
{
    HttpResponse *response = call->response;
    char hex[SHA256_HEX_SIZE];
    sha256_hex(response->body->data, response->body->length, hex);
    bool packs = response->body->length >= PACKED_LEAST && takes_gzip(call);
    Buffer *body = packs ? gzip_compress(call->arena, response->body->data, response->body->length)
                         : response->body;
    KeptAnswer made = {.content_type = response->content_type,
                       .encoding = packs ? "gzip" : NULL,
                       .length = body->length};
    char *bytes = buffer_detach(body);
    made.body = realloc(bytes, made.length + 1); /* without the room that was left to grow */
    made.body = made.body != NULL ? made.body : bytes;
    snprintf(made.etag, sizeof made.etag, "\"%.*s%s\"", ETAG_DIGITS, hex, packs ? "-gzip" : "");
    if (packs) {
        buffer_clear(response->body);
    } else {
        response->body = buffer_new(call->arena);
    }
    write_kept(call, answer_cache_put(call->context->cache, call->arena, key, &made));
}

void cached_answer(CostCall *call, CachedAnswerer *answer, void *context)
{
    Error error = {0};
    const char *version = NULL;
    /* Read before the data: what is kept under it is never older than it says. */
    if (!data_version_read(call->db, call->arena, call->caller.schema, &version, &error)) {
        access_write_failure(call->response, &error);
        return;
    }
    if (version == NULL) {
        answer(call, context);
        return;
    }
    const char *key = key_of(call, version);
    const KeptAnswer *kept = answer_cache_get(call->context->cache, call->arena, key);
    if (kept != NULL) {
        write_kept(call, kept);
        return;
    }
    answer(call, context);
    if (call->response->status == 200) {
        keep(call, key);
    }
}
