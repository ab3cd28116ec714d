#include "providers/secrets.h"

#include <string.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/secret_key.h"

static const char *sealed_of(Arena *arena, const json_t *credentials, const char *name)
{
    return json_get_string(credentials, arena_printf(arena, "%s_sealed", name));
}

bool secrets_read(const Config *config, Arena *arena, const json_t *credentials, const char *name,
                  const char **secret, Error *error)
{
    const char *sealed = sealed_of(arena, credentials, name);
    if (sealed == NULL) {
        const char *plain = json_get_string(credentials, name);
        *secret = plain != NULL ? plain : *secret;
        return true;
    }
    const char *opened = secret_open_for(config, arena, sealed, error);
    if (opened == NULL) {
        return error_wrap(error, "the provider's %s cannot be opened", name);
    }
    *secret = opened;
    return true;
}

bool secrets_write(const Config *config, Arena *arena, json_t *credentials, const json_t *former,
                   const char *name, const char *plain, Error *error)
{
    const char *sealed = former != NULL ? sealed_of(arena, former, name) : NULL;
    const char *kept = NULL;
    if (sealed != NULL && !(secrets_read(config, arena, former, name, &kept, NULL) &&
                            kept != NULL && strcmp(kept, plain) == 0)) {
        sealed = NULL;
    }
    if (sealed == NULL) {
        sealed = secret_seal_for(config, arena, plain, error);
    }
    if (sealed == NULL) {
        return false;
    }
    json_object_set_new(credentials, arena_printf(arena, "%s_sealed", name), json_string(sealed));
    return true;
}
