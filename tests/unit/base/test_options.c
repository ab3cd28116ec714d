#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/config.h"

static const char *text, *words;
static int number;
static int64_t size;
static bool flag;

static const Option OPTIONS[] = {
    {"text", OPTION_TEXT, &text, "TEXT", ""},       {"number", OPTION_INT, &number, "N", ""},
    {"size", OPTION_SIZE, &size, "SIZE", ""},       {"flag", OPTION_FLAG, &flag, NULL, ""},
    {"two-words", OPTION_TEXT, &words, "TEXT", ""}, {0},
};

static bool parse(bool stop, int *argc, char **argv, Error *error)
{
    const Option *tables[] = {OPTIONS, NULL};
    bool help;
    return options_parse(tables, stop, argc, argv, &help, error);
}

static void takes_options_anywhere(void **state)
{
    char *argv[] = {(char *)"verb",
                    (char *)"one",
                    (char *)"--text",
                    (char *)"x",
                    (char *)"--size=256MB",
                    (char *)"--flag",
                    (char *)"--number",
                    (char *)"7",
                    (char *)"--",
                    (char *)"--two",
                    NULL};
    int argc = 10;
    Error error = {0};
    (void)state;
    flag = false;
    assert_true(parse(false, &argc, argv, &error));
    assert_int_equal(argc, 3);
    assert_string_equal(argv[1], "one");
    assert_string_equal(argv[2], "--two");
    assert_string_equal(text, "x");
    assert_int_equal(size, 256 * 1024 * 1024);
    assert_int_equal(number, 7);
    assert_true(flag);
}

static void underscores_are_hyphens(void **state)
{
    char *argv[] = {(char *)"verb", (char *)"--two_words", (char *)"a_b", (char *)"--two_words=c_d",
                    NULL};
    int argc = 3;
    Error error = {0};
    (void)state;
    assert_true(parse(false, &argc, argv, &error));
    assert_string_equal(words, "a_b");
    argv[1] = argv[3];
    argc = 2;
    assert_true(parse(false, &argc, argv, &error));
    assert_string_equal(words, "c_d");
}

static void leaves_what_belongs_to_another_program(void **state)
{
    char *argv[] = {(char *)"psql", (char *)"--no-flag", (char *)"koku",
                    (char *)"-c",   (char *)"--text",    NULL};
    int argc = 5;
    Error error = {0};
    (void)state;
    flag = true;
    assert_true(parse(true, &argc, argv, &error));
    assert_false(flag);
    assert_int_equal(argc, 4);
    assert_string_equal(argv[3], "--text");
}

static void refuses_by_name(void **state)
{
    static char *const CASES[][2] = {
        {(char *)"--nothing", (char *)"--nothing"},   {(char *)"--number=x", (char *)"--number"},
        {(char *)"--number=-1", (char *)"--number"},  {(char *)"--size=1TBX", (char *)"--size"},
        {(char *)"--flag=perhaps", (char *)"--flag"}, {(char *)"--text", (char *)"--text TEXT"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char *argv[] = {(char *)"verb", CASES[i][0], NULL};
        int argc = 2;
        Error error = {0};
        assert_false(parse(false, &argc, argv, &error));
        assert_non_null(strstr(error.message, CASES[i][1]));
    }
}

static void the_environment_configures(void **state)
{
    Config config;
    Error error = {0};
    (void)state;
    setenv("KONTOR_THREADS", "9", 1);
    setenv("AWS_ACCESS_KEY_ID", "other", 1);
    unsetenv("KONTOR_S3_ACCESS_KEY");
    assert_true(config_load(&config, &error));
    assert_int_equal(config.threads, 9);
    assert_string_equal(config.s3_access_key, "other");
    assert_true(config.s3_path_style);
    setenv("KONTOR_S3_ACCESS_KEY", "own", 1);
    assert_true(config_load(&config, &error));
    assert_string_equal(config.s3_access_key, "own");
    setenv("KONTOR_THREADS", "many", 1);
    assert_false(config_load(&config, &error));
    assert_non_null(strstr(error.message, "KONTOR_THREADS"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_options_anywhere),
        cmocka_unit_test(underscores_are_hyphens),
        cmocka_unit_test(leaves_what_belongs_to_another_program),
        cmocka_unit_test(refuses_by_name),
        cmocka_unit_test(the_environment_configures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
