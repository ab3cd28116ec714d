#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"

static void data_lie_where_the_users_do(void **state)
{
    (void)state;
    Config config;
    Error error = {0};
    unsetenv("KONTOR_DATA_DIR");
    setenv("HOME", "/home/somebody", 1);
    assert_true(config_load(&config, &error));
    assert_string_equal(config.data_dir,
                        geteuid() == 0 ? "/var/lib/kontor" : "/home/somebody/.local/share/kontor");
    setenv("KONTOR_DATA_DIR", "/srv/kontor", 1);
    assert_true(config_load(&config, &error));
    assert_string_equal(config.data_dir, "/srv/kontor");
}

static void other_tools_names_count_when_ours_are_not_set(void **state)
{
    (void)state;
    Config config;
    Error error = {0};
    unsetenv("KONTOR_S3_ACCESS_KEY");
    setenv("AWS_ACCESS_KEY_ID", "theirs", 1);
    assert_true(config_load(&config, &error));
    assert_string_equal(config.s3_access_key, "theirs");
    setenv("KONTOR_S3_ACCESS_KEY", "ours", 1);
    assert_true(config_load(&config, &error));
    assert_string_equal(config.s3_access_key, "ours");
}

static void a_mistyped_variable_is_found(void **state)
{
    (void)state;
    const char *environment[] = {"HOME=/root",
                                 "KONTOR_LISTEN=:8001",
                                 "KONTOR_POLL_INTERVALL=3",
                                 "KONTOR_SERVICE_HOST=10.0.0.1",
                                 "KONTOR_PORT_8000_TCP=tcp://10.0.0.1:8000",
                                 "KONTOR_TOKEN=x",
                                 "KONTOR_LISTE=a_PORT",
                                 "KONTOR_",
                                 NULL};
    char *const *all = (char *const *)environment;
    int next = 0;
    assert_string_equal(config_unknown_variable(all, &next), "KONTOR_POLL_INTERVALL=3");
    assert_string_equal(config_unknown_variable(all, &next), "KONTOR_LISTE=a_PORT");
    assert_null(config_unknown_variable(all, &next));
}

static void a_wrong_value_names_its_variable(void **state)
{
    (void)state;
    Config config;
    Error error = {0};
    setenv("KONTOR_THREADS", "many", 1);
    assert_false(config_load(&config, &error));
    assert_non_null(strstr(error.message, "KONTOR_THREADS"));
    unsetenv("KONTOR_THREADS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_lie_where_the_users_do),
        cmocka_unit_test(other_tools_names_count_when_ours_are_not_set),
        cmocka_unit_test(a_mistyped_variable_is_found),
        cmocka_unit_test(a_wrong_value_names_its_variable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
