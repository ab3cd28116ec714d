/* What the head of a request holds: paths and query strings as the HTTP server takes them apart,
 * and the Accept header. */
#include "cost_api/accept.h"
#include "fuzz.h"
#include "net/router.h"

static void handle(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    (void)response;
}

static const HttpRoute ROUTES[] = {
    {"GET", "/api/things", handle},
    {"POST", "/api/things", handle},
    {"GET", "/api/things/{id}", handle},
    {"DELETE", "/api/things/{id}/parts/{n}", handle},
    {"GET", "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/x", handle},
    {NULL, NULL, NULL},
};

static void check_path(Arena *arena, const char *path)
{
    static const RouterMount MOUNT = {"/api", ROUTES, NULL, NULL, NULL};
    static const char *const METHODS[] = {"GET", "HEAD", "POST", "DELETE", "PATCH"};
    router_below(&MOUNT, path);
    for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
        HttpRequest request = {.arena = arena};
        RouterMatch match = router_match(&MOUNT, METHODS[i], path, &request);
        FUZZ_CHECK((match.route != NULL) == (match.status == 200));
        FUZZ_CHECK((match.allow != NULL) == (match.status == 405));
        FUZZ_CHECK(request.path != NULL || match.status == 400);
        int parameter = 0;
        for (const char *at = match.route != NULL ? match.route->pattern : ""; *at != '\0'; at++) {
            FUZZ_CHECK(*at != '{' || request.path_parameters[parameter++][0] != '\0');
        }
    }
}

static bool same_item(const HttpQueryItem *left, const HttpQueryItem *right)
{
    return strcmp(left->name, right->name) == 0 && strcmp(left->value, right->value) == 0;
}

/* A query string that is written from its items is read as the same items. */
static void check_query(Arena *arena, const char *query)
{
    int count, again_count;
    HttpQueryItem *items = http_query_parse(arena, query, &count);
    Buffer *written = buffer_new(arena);
    for (int i = 0; i < count; i++) {
        FUZZ_CHECK(items[i].has_equals || items[i].value[0] == '\0');
        buffer_printf(written, "%s%s=%s", i > 0 ? "&" : "", http_url_encode(arena, items[i].name),
                      http_url_encode(arena, items[i].value));
    }
    HttpQueryItem *again = http_query_parse(arena, written->data, &again_count);
    FUZZ_CHECK(again_count == count);
    for (int i = 0; i < count; i++) {
        FUZZ_CHECK(same_item(&items[i], &again[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    char *text = arena_strndup(arena, (const char *)bytes, size);
    router_decode(arena, text, size, true);
    accept_form(text);
    char *mark = strchr(text, '?');
    check_query(arena, mark != NULL ? mark + 1 : "");
    if (mark != NULL) {
        *mark = '\0';
    }
    check_path(arena, text);
    arena_free(arena);
    return 0;
}
