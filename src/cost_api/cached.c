#include "cost_api/cached.h"

#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/date.h"
#include "cost_api/accept.h"
#include "cost_api/data_version.h"

enum { ETAG_DIGITS = 32 };

/* What separates the parts of a key: no part holds it undecoded. */
#define SEPARATOR "\x1f"

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
    buffer_printf(key, "%d", accept_form(http_request_header(call->request, "Accept")));
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

static void write_kept(CostCall *call, const KeptAnswer *kept, bool has_body)
{
    HttpResponse *response = call->response;
    http_response_header(response, "ETag", arena_strdup(call->arena, kept->etag));
    http_response_header(response, "Cache-Control", "private, no-cache");
    http_response_header(response, "Vary",
                         "Accept, Authorization, Cookie, x-rh-identity, x-rh-sources-org-id");
    if (is_listed(http_request_header(call->request, "If-None-Match"), kept->etag)) {
        response->status = 304;
        response->content_type = NULL;
        buffer_clear(response->body);
    } else if (!has_body) {
        response->content_type = kept->content_type;
        buffer_append(response->body, kept->body, kept->length);
    }
}

static void keep(CostCall *call, const char *key)
{
    HttpResponse *response = call->response;
    char hex[SHA256_HEX_SIZE];
    KeptAnswer made = {.content_type = response->content_type,
                       .body = response->body->data,
                       .length = response->body->length};
    sha256_hex(made.body, made.length, hex);
    snprintf(made.etag, sizeof made.etag, "\"%.*s\"", ETAG_DIGITS, hex);
    answer_cache_put(call->context->cache, key, &made);
    write_kept(call, &made, true);
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
        write_kept(call, kept, false);
        return;
    }
    answer(call, context);
    if (call->response->status == 200) {
        keep(call, key);
    }
}
