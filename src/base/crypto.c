#include "base/crypto.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NONCE_SIZE = 12, TAG_SIZE = 16 };

static const char SEAL_PREFIX[] = "v1:";

/* OpenSSL fails here only when memory or the random source is gone: nothing can go on then. */
static void must(bool succeeded, const char *what)
{
    if (!succeeded) {
        fprintf(stderr, "kontor: %s failed in OpenSSL\n", what);
        abort();
    }
}

void sha256(const void *data, size_t length, uint8_t digest[SHA256_SIZE])
{
    must(EVP_Digest(data, length, digest, NULL, EVP_sha256(), NULL) == 1, "SHA-256");
}

void hex_encode(const uint8_t *bytes, size_t length, char *hex)
{
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        hex[2 * i] = DIGITS[bytes[i] >> 4];
        hex[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
    hex[2 * length] = '\0';
}

void sha256_hex(const void *data, size_t length, char hex[SHA256_HEX_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    sha256(data, length, digest);
    hex_encode(digest, SHA256_SIZE, hex);
}

void hmac_sha256(const void *key, size_t key_length, const void *data, size_t length,
                 uint8_t digest[SHA256_SIZE])
{
    unsigned digest_length = SHA256_SIZE;
    must(HMAC(EVP_sha256(), key, (int)key_length, data, length, digest, &digest_length) != NULL,
         "HMAC");
}

char *base64_encode(Arena *arena, const void *data, size_t length)
{
    char *text = arena_alloc(arena, (length + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)text, data, (int)length);
    return text;
}

uint8_t *base64_decode(Arena *arena, const char *text, size_t text_length, size_t *length)
{
    if (text_length % 4 != 0) {
        return NULL;
    }
    size_t padding = 0;
    while (padding < 2 && padding < text_length && text[text_length - 1 - padding] == '=') {
        padding++;
    }
    for (size_t i = 0; i < text_length - padding; i++) {
        /* EVP_DecodeBlock would skip blanks at the ends. */
        if (!isalnum((unsigned char)text[i]) && text[i] != '+' && text[i] != '/') {
            return NULL;
        }
    }
    uint8_t *bytes = arena_alloc(arena, text_length / 4 * 3 + 1);
    int decoded = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)text_length);
    if (decoded < 0) {
        return NULL;
    }
    *length = (size_t)decoded - padding;
    bytes[*length] = 0;
    return bytes;
}

char *base64url_encode(Arena *arena, const void *data, size_t length)
{
    char *text = base64_encode(arena, data, length);
    size_t kept = strcspn(text, "=");
    text[kept] = '\0';
    for (char *at = text; *at != '\0'; at++) {
        *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
    }
    return text;
}

uint8_t *base64url_decode(Arena *arena, const char *text, size_t text_length, size_t *length)
{
    size_t padding = (4 - text_length % 4) % 4;
    char *plain = arena_alloc(arena, text_length + padding + 1);
    for (size_t i = 0; i < text_length; i++) {
        if (strchr("+/=", text[i]) != NULL) { /* also a NUL */
            return NULL;
        }
        plain[i] = text[i] == '-' ? '+' : (char)(text[i] == '_' ? '/' : text[i]);
    }
    memset(plain + text_length, '=', padding);
    return padding == 3 ? NULL : base64_decode(arena, plain, text_length + padding, length);
}

void random_bytes(void *bytes, size_t length)
{
    must(RAND_bytes(bytes, (int)length) == 1, "the random source");
}

void uuid_generate(char text[UUID_TEXT_SIZE])
{
    uint8_t bytes[16];
    random_bytes(bytes, sizeof bytes);
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    char hex[33];
    hex_encode(bytes, sizeof bytes, hex);
    snprintf(text, UUID_TEXT_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
}

bool uuid_valid(const char *text)
{
    for (int i = 0; i < UUID_TEXT_SIZE - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return text[UUID_TEXT_SIZE - 1] == '\0';
}

/* A key of its own under a name of its own, whole on disk. */
static bool key_write(const char *path, uint8_t key[SECRET_KEY_SIZE], Error *error)
{
    must(RAND_bytes(key, SECRET_KEY_SIZE) == 1, "the random source");
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written =
        file >= 0 && write(file, key, SECRET_KEY_SIZE) == SECRET_KEY_SIZE && fsync(file) == 0;
    int cause = errno;
    if (file >= 0) {
        close(file);
    }
    return written || error_set(error, ERROR_UNAVAILABLE, "secret key file %s cannot be made: %s",
                                path, strerror(cause));
}

/* Of two servers that start at once one makes the key and the other reads it, whole: the name
 * appears only with all bytes behind it. ERROR_CONFLICT when the other was quicker. */
static bool key_create(const char *path, uint8_t key[SECRET_KEY_SIZE], Error *error)
{
    char id[UUID_TEXT_SIZE], fresh[4096];
    uuid_generate(id);
    if (snprintf(fresh, sizeof fresh, "%s.%s", path, id) >= (int)sizeof fresh) {
        return error_set(error, ERROR_INVALID, "the secret key file's name is too long");
    }
    bool made = key_write(fresh, key, error);
    if (made && link(fresh, path) != 0) {
        made = error_set(error, errno == EEXIST ? ERROR_CONFLICT : ERROR_UNAVAILABLE,
                         "secret key file %s cannot be made: %s", path, strerror(errno));
    }
    unlink(fresh);
    return made;
}

bool secret_key_load(const char *path, uint8_t key[SECRET_KEY_SIZE], Error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) {
        Error fault = {0};
        if (key_create(path, key, &fault)) {
            return true;
        }
        if (fault.code != ERROR_CONFLICT) {
            return error_set(error, fault.code, "%s", fault.message);
        }
        file = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (file < 0) {
        return error_set(error, ERROR_UNAVAILABLE, "secret key file %s: %s", path, strerror(errno));
    }
    ssize_t got = read(file, key, SECRET_KEY_SIZE);
    close(file);
    if (got != SECRET_KEY_SIZE) {
        return error_set(error, ERROR_DATA,
                         "secret key file %s must hold %d bytes; restore it from a backup", path,
                         SECRET_KEY_SIZE);
    }
    return true;
}

bool secret_key_of_passphrase(const char *passphrase, const void *salt, size_t salt_length,
                              uint8_t key[SECRET_KEY_SIZE])
{
    enum { COST_N = 32768, COST_R = 8, COST_P = 1, MEMORY_MAX = 64 * 1024 * 1024 };
    return EVP_PBE_scrypt(passphrase, strlen(passphrase), salt, salt_length, COST_N, COST_R, COST_P,
                          MEMORY_MAX, key, SECRET_KEY_SIZE) == 1;
}

char *secret_seal(Arena *arena, const uint8_t key[SECRET_KEY_SIZE], const char *plain)
{
    size_t length = strlen(plain);
    uint8_t *sealed = arena_alloc(arena, NONCE_SIZE + TAG_SIZE + length);
    uint8_t *tag = sealed + NONCE_SIZE, *cipher = tag + TAG_SIZE;
    must(RAND_bytes(sealed, NONCE_SIZE) == 1, "the random source");
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0, last = 0;
    must(context != NULL &&
             EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, sealed) == 1 &&
             EVP_EncryptUpdate(context, cipher, &written, (const uint8_t *)plain, (int)length) ==
                 1 &&
             EVP_EncryptFinal_ex(context, cipher + written, &last) == 1 &&
             EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, tag) == 1,
         "AES-256-GCM");
    EVP_CIPHER_CTX_free(context);
    return arena_printf(arena, "%s%s", SEAL_PREFIX,
                        base64_encode(arena, sealed, NONCE_SIZE + TAG_SIZE + length));
}

char *secret_open(Arena *arena, const uint8_t key[SECRET_KEY_SIZE], const char *sealed,
                  Error *error)
{
    size_t prefix = sizeof SEAL_PREFIX - 1, length = 0;
    uint8_t *bytes = NULL;
    if (strncmp(sealed, SEAL_PREFIX, prefix) == 0) {
        bytes = base64_decode(arena, sealed + prefix, strlen(sealed + prefix), &length);
    }
    if (bytes == NULL || length < NONCE_SIZE + TAG_SIZE) {
        error_set(error, ERROR_DATA, "a stored secret is damaged; enter it again");
        return NULL;
    }
    size_t plain_length = length - NONCE_SIZE - TAG_SIZE;
    char *plain = arena_alloc(arena, plain_length + 1);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    must(context != NULL, "AES-256-GCM");
    int written = 0, last = 0;
    bool opened =
        EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, bytes) == 1 &&
        EVP_DecryptUpdate(context, (uint8_t *)plain, &written, bytes + NONCE_SIZE + TAG_SIZE,
                          (int)plain_length) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, bytes + NONCE_SIZE) == 1 &&
        EVP_DecryptFinal_ex(context, (uint8_t *)plain + written, &last) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!opened) {
        error_set(error, ERROR_DENIED,
                  "a stored secret was sealed with another key; restore the key or enter it again");
        return NULL;
    }
    plain[plain_length] = '\0';
    return plain;
}

bool secret_equal(const void *left, const void *right, size_t length)
{
    return CRYPTO_memcmp(left, right, length) == 0;
}
