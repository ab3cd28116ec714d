/* Storage as the configuration has it. */
#ifndef KONTOR_NET_STORAGE_CONFIG_H
#define KONTOR_NET_STORAGE_CONFIG_H

#include "base/config.h"
#include "net/storage.h"

/* The process-wide endpoint and keys; the texts belong to `config`. */
static inline StorageConfig storage_config_of(const Config *config)
{
    return (StorageConfig){.endpoint = config->s3_endpoint,
                           .region = config->s3_region,
                           .access_key = config->s3_access_key,
                           .secret_key = config->s3_secret_key,
                           .session_token = config->s3_session_token,
                           .ca_bundle = config->s3_ca_bundle,
                           .path_style = config->s3_path_style,
                           .verify_tls = config->s3_verify_tls};
}

#endif
