/* Paths and query strings as the HTTP server takes them apart. */
#include "fuzz.h"
#include "net/router.h"

static void handle(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    (void)response;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const HttpRoute ROUTES[] = {
        {"GET",    "/api/things",                handle},
        {"POST",   "/api/things",                handle},
        {"GET",    "/api/things/{id}",           handle},
        {"DELETE", "/api/things/{id}/parts/{n}", handle},
        {NULL,     NULL,                         NULL  },
    };
    static const RouterMount MOUNT = {"/api", ROUTES, NULL, NULL};
    Arena *arena = arena_new();
    char *text = arena_strndup(arena, (const char *)bytes, size);
    char *mark = strchr(text, '?');
    if (mark != NULL) {
        *mark = '\0';
    }
    HttpRequest request = {.arena = arena, .query = mark != NULL ? mark + 1 : ""};
    RouterMatch match = router_match(&MOUNT, "GET", text, &request);
    FUZZ_CHECK((match.route != NULL) == (match.status == 200));
    FUZZ_CHECK(match.status != 405 || match.allow != NULL);
    int count;
    HttpQueryItem *items = http_query_parse(arena, request.query, &count);
    for (int i = 0; i < count; i++) {
        FUZZ_CHECK(items[i].name != NULL && items[i].value != NULL);
        const char *encoded = http_url_encode(arena, items[i].value);
        FUZZ_CHECK(strcmp(router_decode(arena, encoded, strlen(encoded), true), items[i].value) ==
                   0);
    }
    arena_free(arena);
    return 0;
}
