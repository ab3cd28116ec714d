#include "moving/seal.h"

#include <string.h>

#include "base/crypto.h"
#include "base/files.h"
#include "base/json.h"
#include "base/secret_key.h"

enum { SALT_SIZE = 16, PASSPHRASE_LEAST = 12, FILE_MOST = 4096 };

static const char CHECK[] = "kontor-config";
static const char KEY[] = "scrypt N=32768 r=8 p=1, AES-256-GCM";

const char *seal_read_passphrase(Arena *arena, const char *path, Error *error)
{
    char *text = file_read(arena, path, FILE_MOST);
    if (text == NULL) {
        error_set(error, ERROR_INVALID, "the passphrase's file %s can't be read", path);
        return NULL;
    }
    text[strcspn(text, "\r\n")] = '\0';
    if (strlen(text) < PASSPHRASE_LEAST) {
        error_set(error, ERROR_INVALID,
                  "the passphrase in the first line of %s must have %d characters or more", path,
                  PASSPHRASE_LEAST);
        return NULL;
    }
    return text;
}

bool seal_is_secret(const char *extra)
{
    static const char *const NAMES[] = {
        "secret_key",    "secret_access_key", "aws_secret_access_key",
        "session_token", "aws_session_token", "_superkey",
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(NAMES[i], extra) == 0) {
            return true;
        }
    }
    return false;
}

/* What is done with each holder of a password, and each application. */
typedef struct Sealing {
    const Config *config;
    Arena *arena;
    bool has_key;
    uint8_t key[SECRET_KEY_SIZE];
    int left_out;
} Sealing;

typedef bool Visit(Sealing *sealing, json_t *row, Error *error);

static bool visit_list(Sealing *sealing, json_t *list, Visit *visit, Error *error)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!visit(sealing, json_array_get(list, i), error)) {
            return false;
        }
    }
    return true;
}

static bool visit_tenant(Sealing *sealing, json_t *tenant, Visit *holder, Visit *application,
                         Error *error)
{
    json_t *sources = json_object_get(tenant, "sources");
    for (size_t i = 0; i < json_array_size(sources); i++) {
        json_t *source = json_array_get(sources, i);
        const char *name = json_get_string(source, "name");
        if (!visit_list(sealing, json_object_get(source, "authentications"), holder, error) ||
            !visit_list(sealing, json_object_get(source, "applications"), application, error)) {
            return error_wrap(error, "source \"%s\"", name);
        }
    }
    return visit_list(sealing, json_object_get(tenant, "secrets"), holder, error);
}

static bool visit_tenants(Sealing *sealing, json_t *document, Visit *holder, Visit *application,
                          Error *error)
{
    json_t *tenants = json_object_get(document, "tenants");
    for (size_t i = 0; i < json_array_size(tenants); i++) {
        json_t *tenant = json_array_get(tenants, i);
        if (!visit_tenant(sealing, tenant, holder, application, error)) {
            return error_wrap(error, "organisation %s", json_get_string(tenant, "org_id"));
        }
    }
    return true;
}

static bool seal_holder(Sealing *sealing, json_t *row, Error *error)
{
    const char *stored = json_get_string(row, "password");
    if (stored != NULL && sealing->has_key) {
        const char *plain = secret_open_for(sealing->config, sealing->arena, stored, error);
        if (plain == NULL) {
            return error_wrap(error, "authentication %s", json_get_string(row, "id"));
        }
        json_object_set_new(row, "password_sealed",
                            json_string(secret_seal(sealing->arena, sealing->key, plain)));
    } else if (stored != NULL) {
        json_object_set_new(row, "password_left_out", json_true());
        sealing->left_out++;
    }
    json_object_del(row, "password");
    return true;
}

static bool seal_application(Sealing *sealing, json_t *row, Error *error)
{
    json_t *extra = json_object_get(row, "extra"), *value;
    const char *name;
    void *next;
    (void)error;
    json_object_foreach_safe(extra, next, name, value)
    {
        if (!seal_is_secret(name)) {
            continue;
        }
        if (sealing->has_key) {
            json_t *sealed = json_object_get(row, "extra_sealed");
            if (sealed == NULL) {
                sealed = json_object();
                json_object_set_new(row, "extra_sealed", sealed);
            }
            json_object_set_new(sealed, name,
                                json_string(secret_seal(sealing->arena, sealing->key,
                                                        json_text(sealing->arena, value))));
        } else {
            sealing->left_out++;
        }
        json_object_del(extra, name);
    }
    return true;
}

bool seal_passwords(const Config *config, Arena *arena, json_t *document, const char *passphrase,
                    int *left_out, Error *error)
{
    Sealing sealing = {.config = config, .arena = arena, .has_key = passphrase != NULL};
    if (passphrase != NULL) {
        uint8_t salt[SALT_SIZE];
        random_bytes(salt, sizeof salt);
        if (!secret_key_of_passphrase(passphrase, salt, sizeof salt, sealing.key)) {
            return error_set(error, ERROR_INTERNAL, "no key could be made of the passphrase");
        }
        json_object_set_new(document, "passwords",
                            json_pack("{s:s, s:s, s:s}", "key", KEY, "salt",
                                      base64_encode(arena, salt, sizeof salt), "check",
                                      secret_seal(arena, sealing.key, CHECK)));
    }
    bool done = visit_tenants(&sealing, document, seal_holder, seal_application, error);
    explicit_bzero(sealing.key, sizeof sealing.key);
    *left_out = sealing.left_out;
    return done;
}

static bool open_holder(Sealing *sealing, json_t *row, Error *error)
{
    const char *sealed = json_get_string(row, "password_sealed");
    if (sealed != NULL && sealing->has_key) {
        const char *plain = secret_open(sealing->arena, sealing->key, sealed, error);
        if (plain == NULL) {
            return false;
        }
        json_object_set_new(row, "password", json_string(plain));
    } else if (sealed != NULL || json_is_true(json_object_get(row, "password_left_out"))) {
        sealing->left_out++;
    }
    return true;
}

static bool open_application(Sealing *sealing, json_t *row, Error *error)
{
    json_t *sealed = json_object_get(row, "extra_sealed"), *value;
    const char *name;
    json_object_foreach (sealed, name, value) {
        if (!sealing->has_key) {
            sealing->left_out++;
            continue;
        }
        const char *text = json_is_string(value) ? json_string_value(value) : "";
        const char *plain = secret_open(sealing->arena, sealing->key, text, error);
        json_t *opened =
            plain != NULL ? json_parse(sealing->arena, plain, strlen(plain), error) : NULL;
        if (opened == NULL) {
            return error_wrap(error, "extra_sealed.%.60s", name);
        }
        json_t *extra = json_object_get(row, "extra");
        if (!json_is_object(extra)) {
            return error_set(error, ERROR_INVALID,
                             "\"extra\" must be an object where secrets "
                             "belong to it");
        }
        json_object_set(extra, name, opened);
    }
    return true;
}

static bool read_key(Arena *arena, const json_t *document, const char *passphrase, Sealing *sealing,
                     Error *error)
{
    const json_t *passwords = json_object_get(document, "passwords");
    const char *text = json_get_string(passwords, "salt");
    if (text == NULL) {
        return true; /* nothing is sealed in it */
    }
    size_t length;
    const uint8_t *salt = base64_decode(arena, text, strlen(text), &length);
    if (salt == NULL || length < SALT_SIZE) {
        return error_set(error, ERROR_INVALID, "passwords.salt is no base64 of %d bytes",
                         SALT_SIZE);
    }
    if (strcmp(json_get_string(passwords, "key"), KEY) != 0) {
        return error_set(error, ERROR_INVALID, "passwords.key must be \"%s\"", KEY);
    }
    sealing->has_key = secret_key_of_passphrase(passphrase, salt, length, sealing->key);
    if (!sealing->has_key ||
        secret_open(arena, sealing->key, json_get_string(passwords, "check"), NULL) == NULL) {
        return error_set(error, ERROR_DENIED, "the document was sealed with another passphrase");
    }
    return true;
}

bool seal_open_passwords(Arena *arena, json_t *document, const char *passphrase, int *left_out,
                         Error *error)
{
    Sealing sealing = {.arena = arena};
    bool done = (passphrase == NULL || read_key(arena, document, passphrase, &sealing, error)) &&
                visit_tenants(&sealing, document, open_holder, open_application, error);
    explicit_bzero(sealing.key, sizeof sealing.key);
    *left_out = sealing.left_out;
    return done;
}

static bool open_stored(Sealing *sealing, json_t *row, Error *error)
{
    (void)error;
    const char *stored = json_get_string(row, "password");
    const char *plain =
        stored != NULL ? secret_open_for(sealing->config, sealing->arena, stored, NULL) : NULL;
    if (plain != NULL) {
        json_object_set_new(row, "password", json_string(plain));
    }
    return true;
}

static bool leave(Sealing *sealing, json_t *row, Error *error)
{
    (void)sealing;
    (void)row;
    (void)error;
    return true;
}

void seal_open_stored(const Config *config, Arena *arena, json_t *tenant)
{
    Sealing sealing = {.config = config, .arena = arena};
    visit_tenant(&sealing, tenant, open_stored, leave, NULL);
}
