/* How a provider's bucket is reached. What a tenant writes of it decides where this machine sends
 * requests, and in whose name: so it is looked at here. */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "net/storage_config.h"
#include "providers/provider.h"
#include "providers/secrets.h"

/* true and false may be written as such or as texts. */
static bool flag_of(const json_t *object, const char *key, bool fallback)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_boolean(value)) {
        return json_is_true(value);
    }
    const char *text = json_string_value(value);
    return text == NULL ? fallback : strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
}

static const char *text_of(const json_t *object, const char *key, const char *fallback)
{
    const char *text = json_get_string(object, key);
    return text != NULL && *text != '\0' ? text : fallback;
}

/* Keys come as a set: none of it is filled up from another one. */
static bool use_keys(const Config *config, Arena *arena, const json_t *credentials,
                     StorageConfig *storage, Error *error)
{
    const char *access_key = text_of(credentials, "access_key", NULL);
    if (access_key == NULL) {
        return true;
    }
    storage->access_key = access_key;
    storage->secret_key = storage->session_token = NULL;
    return secrets_read(config, arena, credentials, "secret_key", &storage->secret_key, error) &&
           secrets_read(config, arena, credentials, "session_token", &storage->session_token,
                        error);
}

const char *provider_sample_endpoint(Arena *arena, const Config *config)
{
    return arena_printf(arena, "file://%s/sample-data", config->data_dir);
}

/* Slashes at the end and the case of letters don't matter. */
static bool is_endpoint(const char *endpoint, const char *other, size_t length)
{
    size_t own = strlen(endpoint);
    while (own > 0 && endpoint[own - 1] == '/') {
        own--;
    }
    while (length > 0 && other[length - 1] == '/') {
        length--;
    }
    return own == length && strncasecmp(endpoint, other, length) == 0;
}

static bool is_directory(const char *endpoint)
{
    return endpoint != NULL && strncmp(endpoint, "file:", 5) == 0;
}

/* Which of the server's own directories a tenant may name: where the configuration reads buckets,
 * and the sample data. Any other would show them the machine. */
static bool endpoint_allowed(const Config *config, Arena *arena, const char *endpoint)
{
    return !is_directory(endpoint) ||
           (config->s3_endpoint != NULL && strcmp(endpoint, config->s3_endpoint) == 0) ||
           strcmp(endpoint, provider_sample_endpoint(arena, config)) == 0;
}

/* May requests there be signed by the configuration's keys? Whoever else runs a server would be
 * shown the access key, and signatures by which a weak secret can be guessed. */
static bool endpoint_trusted(const Config *config, Arena *arena, const StorageConfig *storage)
{
    const char *endpoint = storage->endpoint;
    const char *own = config->s3_endpoint != NULL
                          ? config->s3_endpoint
                          : arena_printf(arena, "https://s3.%s.amazonaws.com", storage->region);
    if (endpoint == NULL || is_directory(endpoint) || is_endpoint(endpoint, own, strlen(own))) {
        return true;
    }
    const char *at = config->s3_trusted_endpoints != NULL ? config->s3_trusted_endpoints : "";
    while (*at != '\0') {
        size_t length = strcspn(at, ", ");
        if (length > 0 && is_endpoint(endpoint, at, length)) {
            return true;
        }
        at += length + strspn(at + length, ", ");
    }
    return false;
}

/* Parts of a URL or of a header: nothing in them may end it. */
static bool check_texts(const StorageConfig *storage, Error *error)
{
    const struct {
        const char *name, *text;
    } TEXTS[] = {{"endpoint", storage->endpoint},
                 {"access_key", storage->access_key},
                 {"session_token", storage->session_token}};
    static const char REGION[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        for (const char *at = TEXTS[i].text; at != NULL && *at != '\0'; at++) {
            if (*at <= ' ' || *at > '~') {
                return error_set(error, ERROR_INVALID,
                                 "the source's %s holds a blank, a control character or a letter "
                                 "that is not ASCII",
                                 TEXTS[i].name);
            }
        }
    }
    return storage->region[strspn(storage->region, REGION)] == '\0' ||
           error_set(error, ERROR_INVALID,
                     "\"%.100s\" is no name of a region: letters, digits and hyphens only",
                     storage->region);
}

/* The configuration's keys, with its own idea of TLS, where the source brings none. */
static bool borrow_keys(const Config *config, Arena *arena, StorageConfig *storage, Error *error)
{
    const StorageConfig own = storage_config_of(config);
    if (storage->access_key != NULL || own.access_key == NULL) {
        return true;
    }
    if (!endpoint_trusted(config, arena, storage)) {
        return error_set(error, ERROR_DENIED,
                         "the server's keys are not used at %.200s, an endpoint that the source "
                         "names: give the source keys of its own, or the server "
                         "--s3-trusted-endpoints",
                         storage->endpoint);
    }
    storage->access_key = own.access_key;
    storage->secret_key = own.secret_key;
    storage->session_token = own.session_token;
    storage->verify_tls = own.verify_tls;
    return true;
}

bool provider_storage(const Config *config, Arena *arena, const Provider *provider,
                      StorageConfig *storage, Error *error)
{
    if (provider->bucket == NULL) {
        return error_set(error, ERROR_INVALID, "the provider's data source names no bucket");
    }
    json_t *source = json_parse(arena, provider->data_source, strlen(provider->data_source), error);
    json_t *credentials =
        json_parse(arena, provider->credentials, strlen(provider->credentials), error);
    if (source == NULL || credentials == NULL) {
        return false;
    }
    *storage = storage_config_of(config);
    storage->access_key = storage->secret_key = storage->session_token = NULL;
    storage->endpoint = text_of(source, "endpoint", storage->endpoint);
    if (!endpoint_allowed(config, arena, storage->endpoint)) {
        return error_set(error, ERROR_INVALID,
                         "directories of the server are read only where its own s3-endpoint says "
                         "so; name an S3 endpoint");
    }
    storage->region = text_of(source, "region", text_of(source, "bucket_region", storage->region));
    storage->path_style = flag_of(source, "path_style", storage->path_style);
    storage->verify_tls = flag_of(source, "verify_tls", storage->verify_tls);
    /* A data source that was written by hand may hold the keys itself. */
    return use_keys(config, arena, source, storage, error) &&
           use_keys(config, arena, credentials, storage, error) && check_texts(storage, error) &&
           borrow_keys(config, arena, storage, error);
}
