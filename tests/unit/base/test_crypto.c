#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"

static void hashes_are_the_published_ones(void **state)
{
    char hex[SHA256_HEX_SIZE];
    uint8_t digest[SHA256_SIZE];
    (void)state;
    sha256_hex("abc", 3, hex); /* FIPS 180-2, appendix B.1 */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, digest); /* RFC 4231, case 2 */
    hex_encode(digest, sizeof digest, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void base64_both_ways(void **state)
{
    Arena *arena = arena_new();
    size_t length;
    (void)state;
    assert_string_equal(base64_encode(arena, "any carnal pleas", 16), "YW55IGNhcm5hbCBwbGVhcw==");
    assert_string_equal((char *)base64_decode(arena, "YW55IGNhcm5hbCBwbGVhcw==", 24, &length),
                        "any carnal pleas");
    assert_int_equal(length, 16);
    assert_non_null(base64_decode(arena, "", 0, &length));
    assert_int_equal(length, 0);
    static const char *const BROKEN[] = {"YQ=", "Y Q=", "YQ==YQ==", "!!!!", "YQ", "=YQ=", "\nYQ="};
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        assert_null(base64_decode(arena, BROKEN[i], strlen(BROKEN[i]), &length));
    }
    arena_free(arena);
}

static void secrets_open_only_with_their_key(void **state)
{
    Arena *arena = arena_new();
    Error error = {0};
    uint8_t key[SECRET_KEY_SIZE] = {1}, other[SECRET_KEY_SIZE] = {2};
    (void)state;
    char *sealed = secret_seal(arena, key, "s3cr3t");
    assert_null(strstr(sealed, "s3cr3t"));
    assert_string_not_equal(sealed, secret_seal(arena, key, "s3cr3t"));
    assert_string_equal(secret_open(arena, key, sealed, &error), "s3cr3t");
    assert_string_equal(secret_open(arena, key, secret_seal(arena, key, ""), &error), "");
    assert_null(secret_open(arena, other, sealed, &error));
    assert_int_equal(error.code, ERROR_DENIED);
    sealed[strlen(sealed) - 6] ^= 1;
    assert_null(secret_open(arena, key, sealed, &error));
    assert_null(secret_open(arena, key, "plain", &error));
    assert_int_equal(error.code, ERROR_DATA);
    arena_free(arena);
}

static void the_key_file_is_private_and_stays(void **state)
{
    char path[] = "/tmp/kontor-key-XXXXXX";
    uint8_t first[SECRET_KEY_SIZE], second[SECRET_KEY_SIZE];
    struct stat status;
    Error error = {0};
    (void)state;
    close(mkstemp(path));
    unlink(path);
    assert_true(secret_key_load(path, first, &error));
    assert_true(secret_key_load(path, second, &error));
    assert_memory_equal(first, second, SECRET_KEY_SIZE);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(truncate(path, 5), 0);
    assert_false(secret_key_load(path, first, &error));
    assert_non_null(strstr(error.message, path));
    unlink(path);
}

typedef struct KeyReader {
    const char *path;
    uint8_t key[SECRET_KEY_SIZE];
    bool loaded;
} KeyReader;

static void *load_key(void *context)
{
    KeyReader *reader = context;
    reader->loaded = secret_key_load(reader->path, reader->key, NULL);
    return NULL;
}

static void who_comes_at_once_gets_one_key(void **state)
{
    enum { READERS = 8, ROUNDS = 20 };
    char folder[] = "/tmp/kontor-keys-XXXXXX", path[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/secret.key", folder);
    for (int round = 0; round < ROUNDS; round++) {
        KeyReader readers[READERS];
        pthread_t threads[READERS];
        for (int i = 0; i < READERS; i++) {
            readers[i] = (KeyReader){.path = path};
            assert_int_equal(pthread_create(&threads[i], NULL, load_key, &readers[i]), 0);
        }
        for (int i = 0; i < READERS; i++) {
            pthread_join(threads[i], NULL);
        }
        for (int i = 0; i < READERS; i++) {
            assert_true(readers[i].loaded);
            assert_memory_equal(readers[i].key, readers[0].key, SECRET_KEY_SIZE);
        }
        unlink(path);
    }
    assert_int_equal(rmdir(folder), 0); /* nothing is left beside it */
}

static void uuids(void **state)
{
    char first[UUID_TEXT_SIZE], second[UUID_TEXT_SIZE];
    (void)state;
    uuid_generate(first);
    uuid_generate(second);
    assert_true(uuid_valid(first));
    assert_string_not_equal(first, second);
    assert_int_equal(first[14], '4');
    assert_false(uuid_valid("1234"));
    assert_false(uuid_valid("zzzzzzzz-zzzz-4zzz-8zzz-zzzzzzzzzzzz"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_the_published_ones),
        cmocka_unit_test(base64_both_ways),
        cmocka_unit_test(secrets_open_only_with_their_key),
        cmocka_unit_test(the_key_file_is_private_and_stays),
        cmocka_unit_test(who_comes_at_once_gets_one_key),
        cmocka_unit_test(uuids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
