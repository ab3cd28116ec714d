#include "identity/jwks.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/json.h"

enum { RSA_BITS_MIN = 2048, RSA_BYTES_MAX = 1024, P256_SIZE = 32, KEYS_MAX = 32, ID_MAX = 256 };

typedef struct Key {
    char id[ID_MAX]; /* "": without */
    const char *algorithm;
    EVP_PKEY *key;
} Key;

struct Jwks {
    int count;
    Key keys[KEYS_MAX];
};

static const struct {
    const char *algorithm;
    const char *kind; /* kty */
} ALGORITHMS[] = {{"RS256", "RSA"}, {"ES256", "EC"}};

enum { ALGORITHM_COUNT = sizeof ALGORITHMS / sizeof *ALGORITHMS };

bool jwks_algorithm_known(const char *algorithm)
{
    for (int i = 0; i < ALGORITHM_COUNT; i++) {
        if (strcmp(ALGORITHMS[i].algorithm, algorithm) == 0) {
            return true;
        }
    }
    return false;
}

/* The bytes of a base64url member; NULL without it. */
static const uint8_t *member_bytes(Arena *arena, const json_t *key, const char *name,
                                   size_t *length)
{
    const char *text = json_get_string(key, name);
    return text != NULL ? base64url_decode(arena, text, strlen(text), length) : NULL;
}

static EVP_PKEY *key_of_parameters(const char *kind, OSSL_PARAM_BLD *builder)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return key;
}

static EVP_PKEY *read_rsa(Arena *arena, const json_t *document)
{
    size_t n_length, e_length;
    const uint8_t *n = member_bytes(arena, document, "n", &n_length);
    const uint8_t *e = member_bytes(arena, document, "e", &e_length);
    if (n == NULL || e == NULL || n_length > RSA_BYTES_MAX || e_length > 8) {
        return NULL;
    }
    EVP_PKEY *key = NULL;
    BIGNUM *modulus = BN_bin2bn(n, (int)n_length, NULL);
    BIGNUM *exponent = BN_bin2bn(e, (int)e_length, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (modulus != NULL && exponent != NULL && builder != NULL &&
        BN_num_bits(modulus) >= RSA_BITS_MIN && BN_is_odd(modulus) && BN_is_odd(exponent) &&
        !BN_is_one(exponent) && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent)) {
        key = key_of_parameters("RSA", builder);
    }
    OSSL_PARAM_BLD_free(builder);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

/* Is the point on the curve? */
static bool point_good(EVP_PKEY *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool good = context != NULL && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

static EVP_PKEY *read_ec(Arena *arena, const json_t *document)
{
    size_t x_length, y_length;
    const char *curve = json_get_string(document, "crv");
    const uint8_t *x = member_bytes(arena, document, "x", &x_length);
    const uint8_t *y = member_bytes(arena, document, "y", &y_length);
    if (curve == NULL || strcmp(curve, "P-256") != 0 || x == NULL || y == NULL ||
        x_length != P256_SIZE || y_length != P256_SIZE) {
        return NULL;
    }
    uint8_t point[1 + 2 * P256_SIZE] = {POINT_CONVERSION_UNCOMPRESSED};
    memcpy(point + 1, x, P256_SIZE);
    memcpy(point + 1 + P256_SIZE, y, P256_SIZE);
    EVP_PKEY *key = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point)) {
        key = key_of_parameters("EC", builder);
    }
    OSSL_PARAM_BLD_free(builder);
    if (key != NULL && !point_good(key)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

/* Adds a key that signatures can be checked by; leaves out any other. */
static void take_key(Jwks *jwks, Arena *arena, const json_t *document)
{
    const char *kind = json_get_string(document, "kty"), *use = json_get_string(document, "use"),
               *named = json_get_string(document, "alg"), *id = json_get_string(document, "kid");
    if (kind == NULL || (use != NULL && strcmp(use, "sig") != 0) ||
        (id != NULL && strlen(id) >= ID_MAX) || jwks->count == KEYS_MAX) {
        return;
    }
    for (int i = 0; i < ALGORITHM_COUNT; i++) {
        const char *algorithm = ALGORITHMS[i].algorithm;
        if (strcmp(ALGORITHMS[i].kind, kind) != 0 ||
            (named != NULL && strcmp(named, algorithm) != 0)) {
            continue;
        }
        EVP_PKEY *key = *kind == 'R' ? read_rsa(arena, document) : read_ec(arena, document);
        if (key != NULL) {
            Key *kept = &jwks->keys[jwks->count++];
            *kept = (Key){.algorithm = algorithm, .key = key};
            memcpy(kept->id, id != NULL ? id : "", strlen(id != NULL ? id : "") + 1);
        }
    }
}

Jwks *jwks_parse(const char *text, size_t length, Error *error)
{
    Arena *arena = arena_new();
    Jwks *jwks = calloc(1, sizeof *jwks);
    Error fault = {0};
    json_t *document = json_parse(arena, text, length, &fault);
    const json_t *keys = json_object_get(document, "keys");
    size_t index;
    json_t *key;
    json_array_foreach (keys, index, key) {
        if (jwks != NULL) {
            take_key(jwks, arena, key);
        }
    }
    if (jwks == NULL) {
        error_set(error, ERROR_INTERNAL, "out of memory");
    } else if (!json_is_array(keys)) {
        error_set(error, ERROR_DATA, "this is no set of keys%s%s",
                  fault.message[0] != '\0' ? ": " : "", fault.message);
    } else if (jwks->count == 0) {
        error_set(error, ERROR_DATA,
                  "the set holds no key for RS256 (2048 bits and more) or ES256 signatures");
    }
    if (jwks != NULL && jwks->count == 0) {
        jwks_free(jwks);
        jwks = NULL;
    }
    arena_free(arena);
    return jwks;
}

void jwks_free(Jwks *jwks)
{
    for (int i = 0; jwks != NULL && i < jwks->count; i++) {
        EVP_PKEY_free(jwks->keys[i].key);
    }
    free(jwks);
}

int jwks_count(const Jwks *jwks)
{
    return jwks->count;
}

/* The key to check by; NULL when there is none, or more than one and no id that chooses. */
static const Key *find_key(const Jwks *jwks, const char *algorithm, const char *key_id)
{
    const Key *found = NULL;
    for (int i = 0; i < jwks->count; i++) {
        const Key *key = &jwks->keys[i];
        if (strcmp(key->algorithm, algorithm) == 0 &&
            (key_id == NULL || strcmp(key->id, key_id) == 0)) {
            if (found != NULL) {
                return NULL;
            }
            found = key;
        }
    }
    return found;
}

/* The two numbers of an ES256 signature in the form that OpenSSL reads (DER); its length, 0 when
 * they are none. The caller frees *der with OPENSSL_free. */
static int ecdsa_to_der(const uint8_t *signature, size_t length, uint8_t **der)
{
    if (length != (size_t)2 * P256_SIZE) {
        return 0;
    }
    int written = 0;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, P256_SIZE, NULL);
    BIGNUM *s = BN_bin2bn(signature + P256_SIZE, P256_SIZE, NULL);
    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* the pair's now */
        written = i2d_ECDSA_SIG(pair, der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return written > 0 ? written : 0;
}

static bool digest_verifies(EVP_PKEY *key, const char *text, size_t length,
                            const uint8_t *signature, size_t signature_length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        context != NULL && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerify(context, signature, signature_length, (const uint8_t *)text, length) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

JwksVerdict jwks_verify(const Jwks *jwks, const char *algorithm, const char *key_id,
                        const char *text, size_t length, const uint8_t *signature,
                        size_t signature_length)
{
    const Key *key = find_key(jwks, algorithm, key_id);
    if (key == NULL) {
        return JWKS_UNKNOWN_KEY;
    }
    bool good;
    if (strcmp(algorithm, "ES256") == 0) {
        uint8_t *der = NULL;
        int der_length = ecdsa_to_der(signature, signature_length, &der);
        good = der_length > 0 && digest_verifies(key->key, text, length, der, (size_t)der_length);
        OPENSSL_free(der);
    } else {
        good = digest_verifies(key->key, text, length, signature, signature_length);
    }
    return good ? JWKS_GOOD : JWKS_BAD_SIGNATURE;
}
