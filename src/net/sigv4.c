#include "net/sigv4.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/crypto.h"
#include "net/http_server.h"

static const char ALGORITHM[] = "AWS4-HMAC-SHA256";

/* By name, then by value: not by "name=value", where '=' would sort before '-' of a longer name. */
static int compare_pairs(const void *left, const void *right)
{
    const SigV4Pair *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->value, b->value);
}

static int count_pairs(const SigV4Pair *pairs)
{
    int count = 0;
    while (pairs != NULL && pairs[count].name != NULL) {
        count++;
    }
    return count;
}

char *sigv4_query(Arena *arena, const SigV4Pair *query)
{
    int count = count_pairs(query);
    SigV4Pair *encoded = arena_array(arena, (size_t)count + 1, sizeof *encoded);
    for (int i = 0; i < count; i++) {
        encoded[i] = (SigV4Pair){http_url_encode(arena, query[i].name),
                                 http_url_encode(arena, query[i].value)};
    }
    qsort(encoded, (size_t)count, sizeof *encoded, compare_pairs);
    Buffer *text = buffer_new(arena);
    for (int i = 0; i < count; i++) {
        buffer_printf(text, "%s%s=%s", i > 0 ? "&" : "", encoded[i].name, encoded[i].value);
    }
    return text->data;
}

char *sigv4_time(Arena *arena, Timestamp time)
{
    char text[TIMESTAMP_TEXT_SIZE];
    timestamp_format(time, false, text); /* 2013-05-24T00:00:00Z */
    return arena_printf(arena, "%.4s%.2s%.5s%.2s%.3s", text, text + 5, text + 8, text + 14,
                        text + 17);
}

/* A header's value without blanks at its ends and with runs of blanks as one. */
static void append_trimmed(Buffer *text, const char *value)
{
    bool blank = false, begun = false;
    for (; *value != '\0'; value++) {
        if (*value == ' ' || *value == '\t') {
            blank = true;
            continue;
        }
        if (blank && begun) {
            buffer_append_char(text, ' ');
        }
        buffer_append_char(text, *value);
        blank = false;
        begun = true;
    }
}

static SigV4Pair *sorted_headers(Arena *arena, const SigV4Request *request, int *count)
{
    *count = count_pairs(request->headers);
    SigV4Pair *headers = arena_array(arena, (size_t)*count + 1, sizeof *headers);
    memcpy(headers, request->headers, (size_t)*count * sizeof *headers);
    qsort(headers, (size_t)*count, sizeof *headers, compare_pairs);
    return headers;
}

static char *signed_headers(Arena *arena, const SigV4Request *request)
{
    int count;
    SigV4Pair *headers = sorted_headers(arena, request, &count);
    Buffer *text = buffer_new(arena);
    for (int i = 0; i < count; i++) {
        buffer_printf(text, "%s%s", i > 0 ? ";" : "", headers[i].name);
    }
    return text->data;
}

char *sigv4_canonical_request(Arena *arena, const SigV4Request *request)
{
    int count;
    SigV4Pair *headers = sorted_headers(arena, request, &count);
    Buffer *text = buffer_new(arena);
    buffer_printf(text, "%s\n%s\n%s\n", request->method, request->path,
                  sigv4_query(arena, request->query));
    for (int i = 0; i < count; i++) {
        buffer_printf(text, "%s:", headers[i].name);
        append_trimmed(text, headers[i].value);
        buffer_append_char(text, '\n');
    }
    buffer_printf(text, "\n%s\n%s", signed_headers(arena, request), request->payload_hash);
    return text->data;
}

static void signing_key(Arena *arena, const SigV4Request *request, const char *date,
                        uint8_t key[SHA256_SIZE])
{
    const char *const parts[] = {date, request->region, request->service, "aws4_request"};
    const char *secret = arena_printf(arena, "AWS4%s", request->secret_key);
    uint8_t previous[SHA256_SIZE];
    hmac_sha256(secret, strlen(secret), parts[0], strlen(parts[0]), key);
    for (size_t i = 1; i < sizeof parts / sizeof *parts; i++) {
        memcpy(previous, key, sizeof previous);
        hmac_sha256(previous, sizeof previous, parts[i], strlen(parts[i]), key);
    }
}

char *sigv4_authorization(Arena *arena, const SigV4Request *request)
{
    const char *time = sigv4_time(arena, request->time);
    const char *date = arena_strndup(arena, time, 8);
    const char *scope =
        arena_printf(arena, "%s/%s/%s/aws4_request", date, request->region, request->service);
    const char *canonical = sigv4_canonical_request(arena, request);
    char canonical_hash[SHA256_HEX_SIZE], signature[SHA256_HEX_SIZE];
    sha256_hex(canonical, strlen(canonical), canonical_hash);
    const char *to_sign =
        arena_printf(arena, "%s\n%s\n%s\n%s", ALGORITHM, time, scope, canonical_hash);
    uint8_t key[SHA256_SIZE], digest[SHA256_SIZE];
    signing_key(arena, request, date, key);
    hmac_sha256(key, sizeof key, to_sign, strlen(to_sign), digest);
    hex_encode(digest, sizeof digest, signature);
    return arena_printf(arena, "%s Credential=%s/%s,SignedHeaders=%s,Signature=%s", ALGORITHM,
                        request->access_key, scope, signed_headers(arena, request), signature);
}
