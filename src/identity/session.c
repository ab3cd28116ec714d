#include "identity/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/secret_key.h"

/* MAC "." EXPIRES "." MARK "." NAME: the name stands last, for it may hold dots. The mark is a part
 * of the hash of the user's stored password. */
enum { MAC_LENGTH = 2 * SHA256_SIZE, MARK_LENGTH = 16 };

static const char PURPOSE[] = "kontor session cookie, version 1";

static void mark_of(const User *user, char mark[SHA256_HEX_SIZE])
{
    sha256_hex(user->password, strlen(user->password), mark);
    mark[MARK_LENGTH] = '\0';
}

static void sign(const uint8_t key[SECRET_KEY_SIZE], const char *text, char mac[MAC_LENGTH + 1])
{
    uint8_t own[SHA256_SIZE], digest[SHA256_SIZE];
    hmac_sha256(key, SECRET_KEY_SIZE, PURPOSE, sizeof PURPOSE - 1, own);
    hmac_sha256(own, sizeof own, text, strlen(text), digest);
    hex_encode(digest, sizeof digest, mac);
    explicit_bzero(own, sizeof own);
}

char *session_make(Arena *arena, const Config *config, const User *user, int64_t expires,
                   Error *error)
{
    SecretKeys keys;
    char mark[SHA256_HEX_SIZE], mac[MAC_LENGTH + 1];
    if (!secret_keys_of(config, &keys, error)) {
        return NULL;
    }
    mark_of(user, mark);
    const char *text = arena_printf(arena, "%lld.%s.%s", (long long)expires, mark, user->name);
    sign(keys.current, text, mac);
    secret_keys_wipe(&keys);
    return arena_printf(arena, "%s.%s", mac, text);
}

static bool signed_here(const Config *config, const char *value, const char *text)
{
    SecretKeys keys;
    char mac[MAC_LENGTH + 1];
    bool good = false;
    if (secret_keys_of(config, &keys, NULL)) {
        sign(keys.current, text, mac);
        good = secret_equal(mac, value, MAC_LENGTH);
        if (!good && keys.has_previous) {
            sign(keys.previous, text, mac);
            good = secret_equal(mac, value, MAC_LENGTH);
        }
    }
    secret_keys_wipe(&keys);
    return good;
}

const char *session_name(Arena *arena, const Config *config, const char *value, int64_t now)
{
    if (strlen(value) <= MAC_LENGTH || value[MAC_LENGTH] != '.' ||
        !signed_here(config, value, value + MAC_LENGTH + 1)) {
        return NULL;
    }
    char *rest;
    long long expires = strtoll(value + MAC_LENGTH + 1, &rest, 10);
    return expires > now ? arena_strdup(arena, rest + 1 + MARK_LENGTH + 1) : NULL;
}

bool session_fits(Arena *arena, const char *value, const User *user)
{
    char mark[SHA256_HEX_SIZE];
    mark_of(user, mark);
    const char *end = arena_printf(arena, ".%s.%s", mark, user->name);
    size_t length = strlen(value), wanted = strlen(end);
    return length > wanted && strcmp(value + length - wanted, end) == 0;
}
