#include "identity/password.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"

enum {
    SALT_SIZE = 16,
    KEY_SIZE = 32,
    COST_N = 16384,
    COST_R = 8,
    COST_P = 5,
    MEMORY_MAX = 64 * 1024 * 1024, /* whatever a file asks for */
    FIELD_MAX = 96,
};

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static bool derive(const char *password, const uint8_t *salt, size_t salt_length, uint64_t n,
                   uint64_t r, uint64_t p, uint8_t key[KEY_SIZE])
{
    pthread_mutex_lock(&one_at_a_time);
    bool done = EVP_PBE_scrypt(password, strlen(password), salt, salt_length, n, r, p, MEMORY_MAX,
                               key, KEY_SIZE) == 1;
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

char *password_hash(Arena *arena, const char *password)
{
    uint8_t salt[SALT_SIZE], key[KEY_SIZE];
    random_bytes(salt, sizeof salt);
    if (!derive(password, salt, sizeof salt, COST_N, COST_R, COST_P, key)) {
        return NULL;
    }
    return arena_printf(arena, "scrypt$%d$%d$%d$%s$%s", COST_N, COST_R, COST_P,
                        base64url_encode(arena, salt, sizeof salt),
                        base64url_encode(arena, key, sizeof key));
}

bool password_matches(Arena *arena, const char *password, const char *hash)
{
    unsigned n, r, p;
    char salt_text[FIELD_MAX + 1], key_text[FIELD_MAX + 1];
    int end = 0;
    if (sscanf(hash, "scrypt$%8u$%4u$%4u$%96[^$]$%96[^$]%n", &n, &r, &p, salt_text, key_text,
               &end) != 5 ||
        hash[end] != '\0') {
        return false;
    }
    size_t salt_length, key_length;
    const uint8_t *salt = base64url_decode(arena, salt_text, strlen(salt_text), &salt_length);
    const uint8_t *wanted = base64url_decode(arena, key_text, strlen(key_text), &key_length);
    uint8_t key[KEY_SIZE];
    return salt != NULL && wanted != NULL && key_length == KEY_SIZE &&
           derive(password, salt, salt_length, n, r, p, key) && secret_equal(key, wanted, KEY_SIZE);
}
