/* Hashes, encodings and the sealing of secrets, by OpenSSL. */
#ifndef KONTOR_BASE_CRYPTO_H
#define KONTOR_BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

enum {
    SHA256_SIZE = 32,
    SHA256_HEX_SIZE = 65, /* with its NUL */
    UUID_TEXT_SIZE = 37,
    SECRET_KEY_SIZE = 32,
};

/* Digests: as bytes, as lower-case digits with a NUL, and with a key. They always succeed. */
void sha256(const void *data, size_t length, uint8_t digest[SHA256_SIZE]);
void sha256_hex(const void *data, size_t length, char hex[SHA256_HEX_SIZE]);
void hmac_sha256(const void *key, size_t key_length, const void *data, size_t length,
                 uint8_t digest[SHA256_SIZE]);
/* `length` bytes as 2·length lower-case digits and a NUL. */
void hex_encode(const uint8_t *bytes, size_t length, char *hex);

/* Do `length` bytes agree? In a time that does not depend on where they differ. */
bool secret_equal(const void *left, const void *right, size_t length);

/* Base64 of the standard alphabet, with padding. */
char *base64_encode(Arena *arena, const void *data, size_t length);
/* NULL when `text` is not base64 (alphabet, padding, length). The result is NUL-terminated
 * beyond `*length`. */
uint8_t *base64_decode(Arena *arena, const char *text, size_t text_length, size_t *length);

/* Base64 of the alphabet for URLs, without padding (RFC 4648 §5). */
char *base64url_encode(Arena *arena, const void *data, size_t length);
/* NULL when `text` is not that. The result is NUL-terminated beyond `*length`. */
uint8_t *base64url_decode(Arena *arena, const char *text, size_t text_length, size_t *length);

/* `length` bytes of the random source. */
void random_bytes(void *bytes, size_t length);

/* A random (version 4) UUID. */
void uuid_generate(char text[UUID_TEXT_SIZE]);
/* "8-4-4-4-12" hexadecimal digits, any case. */
bool uuid_valid(const char *text);

/* The 32-byte key that seals secrets: from the file at `path`, which is made with mode 0600 and
 * random content when it does not exist. */
bool secret_key_load(const char *path, uint8_t key[SECRET_KEY_SIZE], Error *error);

/* The key that a passphrase makes by scrypt (N 32768, r 8, p 1) with a salt. */
bool secret_key_of_passphrase(const char *passphrase, const void *salt, size_t salt_length,
                              uint8_t key[SECRET_KEY_SIZE]);

/* AES-256-GCM with a random nonce; the result is "v1:" and base64 of nonce, tag, ciphertext. */
char *secret_seal(Arena *arena, const uint8_t key[SECRET_KEY_SIZE], const char *plain);
/* NULL and an Error when it was sealed with another key or changed since. */
char *secret_open(Arena *arena, const uint8_t key[SECRET_KEY_SIZE], const char *sealed,
                  Error *error);

#endif
