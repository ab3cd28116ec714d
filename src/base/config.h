/* The configuration: each setting has a flag, a KONTOR_* variable and a default, in one table
 * (config.c; docs/configuration.md is made from it). */
#ifndef KONTOR_BASE_CONFIG_H
#define KONTOR_BASE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/options.h"

enum { GROUP_BY_MOST = 7 }; /* that group_by_max may allow */

typedef struct Config {
    /* server */
    const char *data_dir;
    const char *listen; /* "ADDRESS:PORT" */
    int threads;
    int connections;
    const char *log_level;
    const char *log_file;    /* NULL: standard error only */
    const char *now;         /* NULL: the machine's clock */
    const char *roles;       /* of `serve`: "all", "masu", "sources-api,masu" (cmd/roles.h) */
    const char *default_org; /* whom requests from this machine without identity act for, or NULL */
    /* database */
    const char *database_url;         /* NULL: the embedded PostgreSQL */
    const char *sources_database_url; /* NULL: the same server, database sources_api_development */
    int database_wait;                /* seconds serve waits for a server of the user's to answer */
    const char *postgres_bin;         /* NULL: searched */
    int database_port;                /* of the embedded PostgreSQL; 0: the first free one */
    /* object storage */
    const char *s3_endpoint;
    const char *s3_region;
    const char *s3_access_key;
    const char *s3_secret_key;
    const char *s3_session_token;
    const char *s3_trusted_endpoints; /* comma-separated; NULL: none but s3_endpoint */
    const char *s3_ca_bundle;
    bool s3_path_style;
    bool s3_verify_tls;
    /* ingest */
    int workers;
    int64_t memory;       /* bytes the fold may use for its groups */
    int poll_interval;    /* seconds between two looks at a provider's bucket */
    int initial_months;   /* months fetched for a provider that has no data yet */
    int retention_months; /* how many calendar months are kept, the current one included */
    int markup_months;    /* how many of them a changed markup is applied to; 0: all */
    /* reports */
    int group_by_max;     /* keys of group_by in one question */
    int64_t answer_cache; /* bytes of answers that are kept */
    /* currencies */
    const char *exchange_rates_url; /* NULL: rates are not fetched */
    /* Kafka */
    const char *kafka_brokers; /* "host:port,…"; NULL: no Kafka */
    const char *kafka_topic;   /* of events */
    const char *kafka_status_topic;
    const char *kafka_security_protocol; /* "plaintext", "ssl", "sasl_plaintext", "sasl_ssl" */
    const char *kafka_sasl_mechanism;
    const char *kafka_sasl_username;
    const char *kafka_sasl_password;
    const char *kafka_ca_file;
    /* access */
    const char *sources_psks; /* comma-separated; NULL: none */
    const char *rbac_url;     /* NULL: no RBAC service */
    int rbac_cache_seconds;
    bool enhanced_org_admin;            /* admins may do all without asking */
    const char *access_file;            /* NULL: none */
    const char *tenant_translator_url;  /* NULL: none */
    const char *trust_identity_headers; /* "auto", "always", "never" */
    const char *users_file;             /* NULL: "users.json" in the data directory */
    int session_hours;                  /* how long a sign-in holds */
    const char *oidc_issuer;            /* NULL: no tokens */
    const char *oidc_audience;          /* comma-separated */
    const char *oidc_clients;           /* comma-separated; NULL: any */
    const char *oidc_client_id;         /* of the web interface; NULL: it doesn't sign in there */
    const char *oidc_admin_role;
    const char *oidc_jwks_url; /* NULL: as the issuer says */
    const char *oidc_ca_file;  /* NULL: the system's */
    /* secrets */
    const char *secret_key_file; /* NULL: "secret.key" in the data directory */
} Config;

/* The defaults, then the environment. Fails on a variable whose value makes no sense. */
bool config_load(Config *config, Error *error);

/* The next entry "NAME=value" of an environment whose name begins as those of settings do and is
 * none, so that somebody mistyped it; NULL at the end. *next says where to go on, 0 at first. */
const char *config_unknown_variable(char *const *environment, int *next);

/* The table of all settings as options that write into `config`; ends with a NULL name. The
 * array belongs to the configuration module and is valid until the next call. */
const Option *config_options(Config *config);

/* Sets the clock and the log as `config` says, once all flags are read. */
bool config_apply(const Config *config, Error *error);

/* Writes the settings as a Markdown table: docs/configuration.md. */
void config_print_markdown(FILE *out);

#endif
