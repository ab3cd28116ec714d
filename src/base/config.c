#include "base/config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"

typedef struct Setting {
    const char *name;
    const char *variable; /* NULL: no variable */
    const char *fallback; /* the default as text; NULL: unset */
    const char *argument;
    const char *help;
    size_t offset;
    OptionType type;
    const char *other_variable; /* the name that other tools use for the same thing */
} Setting;

#define AT(field) offsetof(Config, field)

/* clang-format off */
static const Setting SETTINGS[] = {
    {"data-dir", "KONTOR_DATA_DIR", NULL, "DIR",
     "where the embedded database, keys and temporary files live (default: /var/lib/kontor "
     "for root, else ~/.local/share/kontor)",
     AT(data_dir), OPTION_TEXT, NULL},
    {"listen", "KONTOR_LISTEN", "127.0.0.1:8001", "ADDR:PORT",
     "address of the HTTP server",
     AT(listen), OPTION_TEXT, NULL},
    {"roles", "KONTOR_ROLES", "all", "ROLE,…",
     "what serve takes on: sources-api, cost-management-api, masu (events and ingest), or all",
     AT(roles), OPTION_TEXT, NULL},
    {"threads", "KONTOR_THREADS", "4", "N",
     "threads that answer requests",
     AT(threads), OPTION_INT, NULL},
    {"connections", "KONTOR_CONNECTIONS", "1000", "N",
     "connections to the HTTP server that are open at once; when there are more, the one that "
     "has waited longest for its client is closed",
     AT(connections), OPTION_INT, NULL},
    {"log-level", "KONTOR_LOG_LEVEL", "info", "LEVEL",
     "debug, info, warning or error",
     AT(log_level), OPTION_TEXT, NULL},
    {"log-file", "KONTOR_LOG_FILE", NULL, "FILE",
     "also append the log to this file",
     AT(log_file), OPTION_TEXT, NULL},
    {"now", "KONTOR_NOW", NULL, "TIME",
     "start the clock at this time, such as 2026-11-24T09:00:00Z (for tests)",
     AT(now), OPTION_TEXT, NULL},
    {"default-org", "KONTOR_DEFAULT_ORG", NULL, "ORG",
     "organisation that requests from this machine without any identity act for, as its "
     "admin",
     AT(default_org), OPTION_TEXT, NULL},
    {"database-url", "KONTOR_DATABASE_URL", NULL, "URL",
     "PostgreSQL server (postgresql://…/koku); without it kontor runs its own",
     AT(database_url), OPTION_TEXT, NULL},
    {"sources-database-url", "KONTOR_SOURCES_DATABASE_URL", NULL, "URL",
     "database of the Sources API, when it is not sources_api_development on the same "
     "server",
     AT(sources_database_url), OPTION_TEXT, NULL},
    {"database-wait", "KONTOR_DATABASE_WAIT", "0", "SECONDS",
     "how long serve waits at its start for a PostgreSQL of yours that does not answer yet",
     AT(database_wait), OPTION_INT, NULL},
    {"postgres-bin", "KONTOR_POSTGRES_BIN", NULL, "DIR",
     "where initdb and postgres are, when they are not found by themselves",
     AT(postgres_bin), OPTION_TEXT, NULL},
    {"database-port", "KONTOR_DATABASE_PORT", "0", "PORT",
     "loopback port of the embedded database; 0 takes the first free one from 15432",
     AT(database_port), OPTION_INT, NULL},
    {"s3-endpoint", "KONTOR_S3_ENDPOINT", NULL, "URL",
     "S3-compatible server, or file:///DIR for directories as buckets; without it AWS "
     "itself",
     AT(s3_endpoint), OPTION_TEXT, "S3_ENDPOINT"},
    {"s3-region", "KONTOR_S3_REGION", "us-east-1", "REGION",
     "region that requests are signed for",
     AT(s3_region), OPTION_TEXT, "S3_REGION"},
    {"s3-access-key", "KONTOR_S3_ACCESS_KEY", NULL, "KEY",
     "access key id",
     AT(s3_access_key), OPTION_TEXT, "AWS_ACCESS_KEY_ID"},
    {"s3-secret-key", "KONTOR_S3_SECRET_KEY", NULL, "SECRET",
     "secret access key (better by the variable: flags show in the process list)",
     AT(s3_secret_key), OPTION_TEXT, "AWS_SECRET_ACCESS_KEY"},
    {"s3-session-token", "KONTOR_S3_SESSION_TOKEN", NULL, "TOKEN",
     "session token of temporary keys",
     AT(s3_session_token), OPTION_TEXT, "AWS_SESSION_TOKEN"},
    {"s3-trusted-endpoints", "KONTOR_S3_TRUSTED_ENDPOINTS", NULL, "URLS",
     "further endpoints, with commas, that a source may name and have read with these keys",
     AT(s3_trusted_endpoints), OPTION_TEXT, NULL},
    {"s3-ca-bundle", "KONTOR_S3_CA_BUNDLE", NULL, "FILE",
     "certificate authorities to trust",
     AT(s3_ca_bundle), OPTION_TEXT, "AWS_CA_BUNDLE"},
    {"s3-path-style", "KONTOR_S3_PATH_STYLE", "true", NULL,
     "bucket in the path (endpoint/bucket/key), not in the host name",
     AT(s3_path_style), OPTION_FLAG, NULL},
    {"s3-verify-tls", "KONTOR_S3_VERIFY_TLS", "true", NULL,
     "check the S3 server's certificate",
     AT(s3_verify_tls), OPTION_FLAG, NULL},
    {"workers", "KONTOR_WORKERS", "1", "N",
     "ingest jobs at a time; 0: none in this process",
     AT(workers), OPTION_INT, NULL},
    {"memory", "KONTOR_MEMORY", "256MB", "SIZE",
     "memory for the groups of one ingest",
     AT(memory), OPTION_SIZE, NULL},
    {"poll-interval", "KONTOR_POLL_INTERVAL", "300", "SECONDS",
     "time between two looks at a provider's bucket",
     AT(poll_interval), OPTION_INT, "POLLING_TIMER"},
    {"initial-months", "KONTOR_INITIAL_MONTHS", "3", "N",
     "months to fetch for a provider without data",
     AT(initial_months), OPTION_INT, "INITIAL_INGEST_NUM_MONTHS"},
    {"retention-months", "KONTOR_RETENTION_MONTHS", "4", "N",
     "calendar months to keep, the current one included",
     AT(retention_months), OPTION_INT, "RETAIN_NUM_MONTHS"},
    {"markup-months", "KONTOR_MARKUP_MONTHS", "0", "N",
     "months, the current one included, that a changed markup is applied to; 0: all that are kept",
     AT(markup_months), OPTION_INT, NULL},
    {"group-by-max", "KONTOR_GROUP_BY_MAX", "2", "N",
     "keys of group_by that one report may have, from 1 to 7",
     AT(group_by_max), OPTION_INT, NULL},
    {"answer-cache", "KONTOR_ANSWER_CACHE", "16MB", "SIZE",
     "memory for answers that are given again as long as the data are the same; 0: none are kept",
     AT(answer_cache), OPTION_SIZE, NULL},
    {"exchange-rates-url", "KONTOR_EXCHANGE_RATES_URL", NULL, "URL",
     "fetch exchange rates there once a day: {\"rates\": {\"USD\": 1, \"EUR\": 0.9, …}}; without it "
     "only those apply that organisations set themselves",
     AT(exchange_rates_url), OPTION_TEXT, "CURRENCY_URL"},
    {"kafka-brokers", "KONTOR_KAFKA_BROKERS", NULL, "HOST:PORT,…",
     "publish the events of the Sources API there, and listen for availability statuses",
     AT(kafka_brokers), OPTION_TEXT, NULL},
    {"kafka-topic", "KONTOR_KAFKA_TOPIC", "platform.sources.event-stream", "TOPIC",
     "topic of the events",
     AT(kafka_topic), OPTION_TEXT, NULL},
    {"kafka-status-topic", "KONTOR_KAFKA_STATUS_TOPIC", "platform.sources.status", "TOPIC",
     "topic of availability statuses that other services report",
     AT(kafka_status_topic), OPTION_TEXT, NULL},
    {"kafka-security-protocol", "KONTOR_KAFKA_SECURITY_PROTOCOL", "plaintext", "PROTOCOL",
     "plaintext, ssl, sasl_plaintext or sasl_ssl",
     AT(kafka_security_protocol), OPTION_TEXT, NULL},
    {"kafka-sasl-mechanism", "KONTOR_KAFKA_SASL_MECHANISM", NULL, "MECHANISM",
     "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512",
     AT(kafka_sasl_mechanism), OPTION_TEXT, NULL},
    {"kafka-sasl-username", "KONTOR_KAFKA_SASL_USERNAME", NULL, "NAME",
     "who signs in at the brokers",
     AT(kafka_sasl_username), OPTION_TEXT, NULL},
    {"kafka-sasl-password", "KONTOR_KAFKA_SASL_PASSWORD", NULL, "PASSWORD",
     "and by which password (better by the variable)",
     AT(kafka_sasl_password), OPTION_TEXT, NULL},
    {"kafka-ca-file", "KONTOR_KAFKA_CA_FILE", NULL, "FILE",
     "certificate authorities of the brokers",
     AT(kafka_ca_file), OPTION_TEXT, NULL},
    {"sources-psks", "KONTOR_SOURCES_PSKS", NULL, "KEYS",
     "pre-shared keys, comma-separated, one of which changes and the internal API of the Sources "
     "API need (better by the variable)",
     AT(sources_psks), OPTION_TEXT, "SOURCES_PSKS"},
    {"rbac-url", "KONTOR_RBAC_URL", NULL, "URL",
     "RBAC service that says who may see which costs and change what",
     AT(rbac_url), OPTION_TEXT, "RBAC_HOST"},
    {"rbac-cache-seconds", "KONTOR_RBAC_CACHE_SECONDS", "30", "N",
     "how long an answer of the RBAC service is good",
     AT(rbac_cache_seconds), OPTION_INT, "RBAC_CACHE_TIMEOUT"},
    {"enhanced-org-admin", "KONTOR_ENHANCED_ORG_ADMIN", "true", NULL,
     "an organisation's admins may do everything, whatever RBAC service or access file say",
     AT(enhanced_org_admin), OPTION_FLAG, "ENHANCED_ORG_ADMIN"},
    {"access-file", "KONTOR_ACCESS_FILE", NULL, "FILE",
     "who may see which costs and change what, without an RBAC service",
     AT(access_file), OPTION_TEXT, NULL},
    {"tenant-translator-url", "KONTOR_TENANT_TRANSLATOR_URL", NULL, "URL",
     "service that knows the organisations of account numbers",
     AT(tenant_translator_url), OPTION_TEXT, "TENANT_TRANSLATOR_URL"},
    {"trust-identity-headers", "KONTOR_TRUST_IDENTITY_HEADERS", "auto", "WHEN",
     "believe x-rh-identity and x-rh-sources-org-id: always, never, or auto: as long as there is "
     "neither an issuer nor a users file",
     AT(trust_identity_headers), OPTION_TEXT, NULL},
    {"users-file", "KONTOR_USERS_FILE", NULL, "FILE",
     "local users (kontor user); default: users.json in the data directory",
     AT(users_file), OPTION_TEXT, NULL},
    {"session-hours", "KONTOR_SESSION_HOURS", "12", "N",
     "how long a local user stays signed in",
     AT(session_hours), OPTION_INT, NULL},
    {"oidc-issuer", "KONTOR_OIDC_ISSUER", NULL, "URL",
     "OpenID provider whose bearer tokens are accepted, as its tokens name it (iss)",
     AT(oidc_issuer), OPTION_TEXT, NULL},
    {"oidc-audience", "KONTOR_OIDC_AUDIENCE", NULL, "NAMES",
     "comma-separated; a token's aud must hold one of them",
     AT(oidc_audience), OPTION_TEXT, NULL},
    {"oidc-clients", "KONTOR_OIDC_CLIENTS", NULL, "NAMES",
     "comma-separated clients (azp) whose tokens are accepted; default: all of the issuer's",
     AT(oidc_clients), OPTION_TEXT, NULL},
    {"oidc-client-id", "KONTOR_OIDC_CLIENT_ID", NULL, "NAME",
     "public client by which the web interface signs in at the issuer",
     AT(oidc_client_id), OPTION_TEXT, NULL},
    {"oidc-admin-role", "KONTOR_OIDC_ADMIN_ROLE", "org-admin", "ROLE",
     "realm role of an organisation's admins",
     AT(oidc_admin_role), OPTION_TEXT, NULL},
    {"oidc-jwks-url", "KONTOR_OIDC_JWKS_URL", NULL, "URL",
     "where the issuer's keys are, when its own document of discovery doesn't say",
     AT(oidc_jwks_url), OPTION_TEXT, NULL},
    {"oidc-ca-file", "KONTOR_OIDC_CA_FILE", NULL, "FILE",
     "certificate authorities of the issuer",
     AT(oidc_ca_file), OPTION_TEXT, NULL},
    {"secret-key-file", "KONTOR_SECRET_KEY_FILE", NULL, "FILE",
     "key that seals stored passwords; default: secret.key in the data directory",
     AT(secret_key_file), OPTION_TEXT, NULL},
};
/* clang-format on */

enum { SETTING_COUNT = sizeof SETTINGS / sizeof *SETTINGS };

static Option option_of(const Setting *setting, Config *config)
{
    return (Option){.name = setting->name,
                    .type = setting->type,
                    .target = (char *)config + setting->offset,
                    .argument = setting->argument,
                    .help = setting->help};
}

const Option *config_options(Config *config)
{
    static Option options[SETTING_COUNT + 1];
    for (int i = 0; i < SETTING_COUNT; i++) {
        options[i] = option_of(&SETTINGS[i], config);
    }
    return options;
}

/* Root's home is closed to the user whom the embedded database runs as. */
static const char *default_data_dir(void)
{
    static char path[512];
    const char *home = getenv("HOME");
    if (geteuid() == 0 || home == NULL) {
        return "/var/lib/kontor";
    }
    snprintf(path, sizeof path, "%s/.local/share/kontor", home);
    return path;
}

bool config_load(Config *config, Error *error)
{
    *config = (Config){0};
    for (int i = 0; i < SETTING_COUNT; i++) {
        const Setting *setting = &SETTINGS[i];
        const char *variable = setting->variable, *value = getenv(variable);
        if ((value == NULL || *value == '\0') && setting->other_variable != NULL) {
            variable = setting->other_variable;
            value = getenv(variable);
        }
        if (value == NULL || *value == '\0') {
            value = setting->fallback;
        }
        Option option = option_of(setting, config);
        if (value != NULL && !option_set(&option, value, error)) {
            return error_wrap(error, "environment variable %s", variable);
        }
    }
    config->data_dir = config->data_dir != NULL ? config->data_dir : default_data_dir();
    return true;
}

/* Has a name of the environment, which ends with '=', this beginning? */
static bool is_variable(const char *entry, const char *name)
{
    size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

/* What Kubernetes tells pods of a Service named kontor is no mistake of anybody's. */
static bool is_variable_of_others(const char *entry)
{
    static const char *const OTHERS[] = {"KONTOR_USER", "KONTOR_TOKEN", "KONTOR_KOKU_URL"};
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        if (is_variable(entry, OTHERS[i])) {
            return true;
        }
    }
    const char *end = strchr(entry, '=');
    const char *service = strstr(entry, "_SERVICE_"), *port = strstr(entry, "_PORT");
    return end == NULL || (service != NULL && service < end) || (port != NULL && port < end);
}

const char *config_unknown_variable(char *const *environment, int *next)
{
    static const char PREFIX[] = "KONTOR_";
    for (const char *entry; (entry = environment[*next]) != NULL;) {
        bool known = strncmp(entry, PREFIX, strlen(PREFIX)) != 0 || is_variable_of_others(entry);
        for (int i = 0; i < SETTING_COUNT && !known; i++) {
            known = is_variable(entry, SETTINGS[i].variable);
        }
        (*next)++;
        if (!known) {
            return entry;
        }
    }
    return NULL;
}

bool config_apply(const Config *config, Error *error)
{
    LogLevel level;
    if (!log_level_parse(config->log_level, &level)) {
        return error_set(error, ERROR_INVALID,
                         "--log-level: \"%s\" is not debug, info, warning or error",
                         config->log_level);
    }
    log_set_level(level);
    if (config->group_by_max < 1 || config->group_by_max > GROUP_BY_MOST) {
        return error_set(error, ERROR_INVALID, "--group-by-max: %d is not between 1 and %d",
                         config->group_by_max, GROUP_BY_MOST);
    }
    if (config->now != NULL) {
        Timestamp now;
        if (!timestamp_parse(config->now, strlen(config->now), &now)) {
            return error_set(error, ERROR_INVALID,
                             "--now: \"%s\" is not a time such as 2026-11-24T09:00:00Z",
                             config->now);
        }
        clock_set(now);
    }
    return config->log_file == NULL || log_open_file(config->log_file, error);
}

void config_print_markdown(FILE *out)
{
    fprintf(out, "| flag | variable | default | what it does |\n|---|---|---|---|\n");
    for (int i = 0; i < SETTING_COUNT; i++) {
        const Setting *setting = &SETTINGS[i];
        fprintf(out, "| `--%s%s%s` | `%s`", setting->name, setting->argument != NULL ? " " : "",
                setting->argument != NULL ? setting->argument : "", setting->variable);
        if (setting->other_variable != NULL) {
            fprintf(out, ", else `%s`", setting->other_variable);
        }
        fprintf(out, " | %s%s%s | %s |\n", setting->fallback != NULL ? "`" : "",
                setting->fallback != NULL ? setting->fallback : "–",
                setting->fallback != NULL ? "`" : "", setting->help);
    }
}
