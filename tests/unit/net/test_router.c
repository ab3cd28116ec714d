#include "unit.h"

#include <string.h>

#include "net/router.h"

static void list(void *context, HttpRequest *request, HttpResponse *response)
{
    (void)context;
    (void)request;
    (void)response;
}

static const HttpRoute ROUTES[] = {
    {"GET", "/api/things", list},
    {"POST", "/api/things", list},
    {"GET", "/api/things/{id}", list},
    {"DELETE", "/api/things/{id}/parts/{n}", list},
    {NULL, NULL, NULL},
};
static const RouterMount MOUNT = {"/api", ROUTES, NULL, NULL, NULL};

static RouterMatch match(HttpRequest *request, const char *method, const char *path)
{
    return router_match(&MOUNT, method, path, request);
}

static void finds_routes_and_their_parameters(void **state)
{
    (void)state;
    HttpRequest request = {.arena = arena_new()};
    assert_ptr_equal(match(&request, "GET", "/api/things").route, &ROUTES[0]);
    assert_ptr_equal(match(&request, "GET", "/api/things/").route, &ROUTES[0]);
    assert_ptr_equal(match(&request, "HEAD", "/api/things").route, &ROUTES[0]);
    assert_ptr_equal(match(&request, "POST", "/api/things").route, &ROUTES[1]);
    assert_ptr_equal(match(&request, "GET", "/api/things/a%20b").route, &ROUTES[2]);
    assert_string_equal(request.path_parameters[0], "a b");
    assert_ptr_equal(match(&request, "DELETE", "/api/things/7/parts/x%2Fy").route, &ROUTES[3]);
    assert_string_equal(request.path_parameters[0], "7");
    assert_string_equal(request.path_parameters[1], "x/y");
    arena_free(request.arena);
}

static void says_why_there_is_none(void **state)
{
    (void)state;
    HttpRequest request = {.arena = arena_new()};
    assert_int_equal(match(&request, "GET", "/api/nothing").status, 404);
    assert_int_equal(match(&request, "GET", "/api/things/7/parts").status, 404);
    RouterMatch wrong = match(&request, "PUT", "/api/things");
    assert_int_equal(wrong.status, 405);
    assert_non_null(strstr(wrong.allow, "GET"));
    assert_non_null(strstr(wrong.allow, "POST"));
    assert_int_equal(match(&request, "GET", "/api/things/%00").status, 400);
    arena_free(request.arena);
}

static void a_mount_holds_what_is_below_its_prefix(void **state)
{
    (void)state;
    assert_true(router_below(&MOUNT, "/api"));
    assert_true(router_below(&MOUNT, "/api/things"));
    assert_false(router_below(&MOUNT, "/apiary"));
    assert_false(router_below(&MOUNT, "/"));
}

static void reads_query_strings(void **state)
{
    (void)state;
    Arena *arena = arena_new();
    int count;
    HttpQueryItem *items = http_query_parse(arena, "a=1&b%5Bc%5D=x+y%2B&d&=e&a=2&f=%zz", &count);
    const char *const wanted[][2] = {{"a", "1"}, {"b[c]", "x y+"}, {"d", ""},
                                     {"", "e"},  {"a", "2"},       {"f", "%zz"}};
    assert_int_equal(count, 6);
    for (int i = 0; i < count; i++) {
        assert_string_equal(items[i].name, wanted[i][0]);
        assert_string_equal(items[i].value, wanted[i][1]);
    }
    http_query_parse(arena, "", &count);
    assert_int_equal(count, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_routes_and_their_parameters),
        cmocka_unit_test(says_why_there_is_none),
        cmocka_unit_test(a_mount_holds_what_is_below_its_prefix),
        cmocka_unit_test(reads_query_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
