#include "unit.h"

#include <string.h>

#include "cmd/roles.h"

static void names_make_sets(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        Role roles;
        const char *again;
    } CASES[] = {
        {"all", ROLE_ALL, "sources-api,cost-management-api,masu"},
        {"masu", ROLE_MASU, "masu"},
        {" masu , sources-api", ROLE_MASU | ROLE_SOURCES_API, "sources-api,masu"},
        {"cost-management-api,", ROLE_COST_MANAGEMENT_API, "cost-management-api"},
        {"masu,all", ROLE_ALL, "sources-api,cost-management-api,masu"},
    };
    Arena *arena = arena_new();
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Role roles;
        Error error = {0};
        assert_true(roles_parse(CASES[i].text, &roles, &error));
        assert_int_equal(roles, CASES[i].roles);
        assert_string_equal(roles_text(arena, roles), CASES[i].again);
    }
    assert_string_equal(role_name(ROLE_COST_MANAGEMENT_API), "cost-management-api");
    arena_free(arena);
}

static void what_is_no_role_is_named(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"listener", "\"listener\""}, {"masu,,all", "\"\""}, {"masu;all", "\"masu;all\""},
        {"MASU", "\"MASU\""},         {"", "empty"},         {"  ", "\"\""},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Role roles;
        Error error = {0};
        assert_false(roles_parse(CASES[i][0], &roles, &error));
        assert_non_null(strstr(error.message, CASES[i][1]));
        assert_non_null(strstr(error.message, "cost-management-api"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_make_sets),
        cmocka_unit_test(what_is_no_role_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
