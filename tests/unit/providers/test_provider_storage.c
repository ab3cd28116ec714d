/* Where a provider's requests go, and with whose keys. */
#include <string.h>

#include "providers/provider.h"
#include "unit.h"

static const Config OWN = {.data_dir = "/var/lib/kontor",
                           .s3_endpoint = "https://s3.example.com",
                           .s3_region = "us-east-1",
                           .s3_access_key = "SERVER",
                           .s3_secret_key = "server-secret",
                           .s3_session_token = "server-token",
                           .s3_trusted_endpoints =
                               "https://second.example.com, https://third.example.com/",
                           .s3_ca_bundle = "/etc/ca.pem",
                           .s3_path_style = true,
                           .s3_verify_tls = true};

/* AWS itself. */
static const Config AWS = {.data_dir = "/var/lib/kontor",
                           .s3_region = "us-east-1",
                           .s3_access_key = "SERVER",
                           .s3_secret_key = "server-secret",
                           .s3_verify_tls = true};

static const Config NO_KEYS = {
    .data_dir = "/var/lib/kontor", .s3_region = "us-east-1", .s3_verify_tls = true};

typedef struct Case {
    const Config *config;
    const char *source, *credentials;
    const char *access_key, *secret_key, *session_token; /* that are used … */
    bool verify_tls;
    const char *fault; /* … or what the error says */
} Case;

#define SERVERS_KEYS "SERVER", "server-secret", "server-token"
#define NOT_USED "the server's keys are not used at "

static const Case CASES[] = {
    {&OWN, "{}", "{}", SERVERS_KEYS, true, NULL},
    {&OWN, "{\"endpoint\": \"HTTPS://S3.example.com//\"}", "{}", SERVERS_KEYS, true, NULL},
    {&OWN, "{\"endpoint\": \"https://second.example.com\"}", "{}", SERVERS_KEYS, true, NULL},
    {&OWN, "{\"endpoint\": \"https://third.example.com\"}", "{}", SERVERS_KEYS, true, NULL},
    /* Another server, another port, another scheme, a name that only begins so. */
    {&OWN, "{\"endpoint\": \"https://tenant.example.com\"}", "{}", NULL, NULL, NULL, true,
     NOT_USED "https://tenant.example.com"},
    {&OWN, "{\"endpoint\": \"https://s3.example.com:8443\"}", "{}", NULL, NULL, NULL, true,
     NOT_USED},
    {&OWN, "{\"endpoint\": \"http://s3.example.com\"}", "{}", NULL, NULL, NULL, true, NOT_USED},
    {&OWN, "{\"endpoint\": \"https://s3.example.com.tenant.example\"}", "{}", NULL, NULL, NULL,
     true, NOT_USED},
    {&OWN, "{\"endpoint\": \"https://second.example.com, https\"}", "{}", NULL, NULL, NULL, true,
     "endpoint holds a blank"},
    /* Certificates are checked as the keys' owner says. */
    {&OWN, "{\"verify_tls\": false}", "{}", SERVERS_KEYS, true, NULL},
    {&OWN, "{\"verify_tls\": false}", "{\"access_key\": \"T\", \"secret_key\": \"t\"}", "T", "t",
     NULL, false, NULL},
    /* Keys of the source's own come whole: nothing of the server's fills them up. */
    {&OWN, "{\"endpoint\": \"https://tenant.example.com\"}",
     "{\"access_key\": \"T\", \"secret_key\": \"t\"}", "T", "t", NULL, true, NULL},
    {&OWN, "{\"endpoint\": \"https://tenant.example.com\"}", "{\"access_key\": \"SERVER\"}",
     "SERVER", NULL, NULL, true, NULL},
    {&OWN, "{\"access_key\": \"A\", \"secret_key\": \"a\", \"session_token\": \"x\"}",
     "{\"access_key\": \"T\", \"secret_key\": \"t\"}", "T", "t", NULL, true, NULL},
    /* AWS, by its own name too; a region can't lead elsewhere. */
    {&AWS, "{\"region\": \"eu-west-1\"}", "{}", "SERVER", "server-secret", NULL, true, NULL},
    {&AWS,
     "{\"bucket_region\": \"eu-west-1\", \"endpoint\": \"https://s3.eu-west-1.amazonaws.com\"}",
     "{}", "SERVER", "server-secret", NULL, true, NULL},
    {&AWS, "{\"endpoint\": \"https://s3-x.elb.amazonaws.com\"}", "{}", NULL, NULL, NULL, true,
     NOT_USED},
    {&AWS, "{\"region\": \"x.tenant.example/\"}", "{}", NULL, NULL, NULL, true,
     "\"x.tenant.example/\" is no name of a region"},
    {&OWN, "{\"region\": \"x\\r\\nX-Evil: 1\"}", "{}", NULL, NULL, NULL, true,
     "is no name of a region"},
    {&OWN, "{}", "{\"access_key\": \"T\\r\\nX-Evil: 1\", \"secret_key\": \"t\"}", NULL, NULL, NULL,
     true, "access_key holds a blank, a control character"},
    {&OWN, "{}", "{\"access_key\": \"T\", \"secret_key\": \"t\", \"session_token\": \"a\\nb\"}",
     NULL, NULL, NULL, true, "session_token holds a blank"},
    /* Directories are not asked by requests. */
    {&OWN, "{\"endpoint\": \"file:///var/lib/kontor/sample-data\"}", "{}", SERVERS_KEYS, true,
     NULL},
    {&OWN, "{\"endpoint\": \"file:///etc\"}", "{}", NULL, NULL, NULL, true,
     "directories of the server"},
    /* A server without keys signs nothing, wherever it is sent. */
    {&NO_KEYS, "{\"endpoint\": \"https://tenant.example.com\"}", "{}", NULL, NULL, NULL, true,
     NULL},
};

static void assert_text(const char *text, const char *expected)
{
    if (expected == NULL) {
        assert_null(text);
    } else {
        assert_non_null(text);
        assert_string_equal(text, expected);
    }
}

static void keys_and_endpoints(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const Case *one = &CASES[i];
        Arena *arena = arena_new();
        Error error = {0};
        StorageConfig storage;
        Provider provider = {
            .bucket = "costs", .data_source = one->source, .credentials = one->credentials};
        bool done = provider_storage(one->config, arena, &provider, &storage, &error);
        if (one->fault != NULL) {
            assert_false(done);
            assert_non_null(strstr(error.message, one->fault));
        } else {
            assert_true(done);
            assert_text(storage.access_key, one->access_key);
            assert_text(storage.secret_key, one->secret_key);
            assert_text(storage.session_token, one->session_token);
            assert_int_equal(storage.verify_tls, one->verify_tls);
            assert_text(storage.ca_bundle, one->config->s3_ca_bundle);
        }
        arena_free(arena);
    }
}

/* A file of the server that the source names is not opened. */
static void authorities_are_the_servers(void **state)
{
    (void)state;
    Arena *arena = arena_new();
    Error error = {0};
    StorageConfig storage;
    Provider provider = {
        .bucket = "costs", .data_source = "{\"ca_bundle\": \"/dev/zero\"}", .credentials = "{}"};
    assert_true(provider_storage(&OWN, arena, &provider, &storage, &error));
    assert_string_equal(storage.ca_bundle, "/etc/ca.pem");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_endpoints),
        cmocka_unit_test(authorities_are_the_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
