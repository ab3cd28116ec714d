/* The keys of an OpenID provider: read, or refused with a reason; what is read can be used. */
#include "fuzz.h"
#include "identity/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint8_t SIGNATURE[256] = {1};
    Error error = {0};
    Jwks *keys = jwks_parse((const char *)bytes, size, &error);
    fuzz_check_error(keys != NULL, &error);
    if (keys != NULL) {
        FUZZ_CHECK(jwks_count(keys) > 0);
        FUZZ_CHECK(jwks_verify(keys, "RS256", NULL, "text", 4, SIGNATURE, 256) != JWKS_GOOD);
        FUZZ_CHECK(jwks_verify(keys, "ES256", NULL, "text", 4, SIGNATURE, 64) != JWKS_GOOD);
        FUZZ_CHECK(jwks_verify(keys, "none", NULL, "text", 4, SIGNATURE, 0) == JWKS_UNKNOWN_KEY);
    }
    jwks_free(keys);
    return 0;
}
