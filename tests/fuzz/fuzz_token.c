/* Bearer tokens: taken apart and checked, or refused with a reason. The input is taken as a token,
 * and as the claims of one. Nothing is signed by the key: nothing may be found good. */
#include "base/crypto.h"
#include "fuzz.h"
#include "identity/token.h"

static const char KEYS[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"use\":\"sig\","
    "\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\","
    "\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"}]}";

static void check(Arena *arena, const Jwks *keys, const char *text)
{
    const TokenRules rules = {.issuer = "https://sso",
                              .audiences = "kontor",
                              .admin_role = "org-admin",
                              .now = 1790000000};
    Token token;
    Error error = {0};
    bool done = token_parse(arena, text, &token, &error);
    fuzz_check_error(done, &error);
    if (!done) {
        return;
    }
    FUZZ_CHECK(token_verify(&token, keys) != JWKS_GOOD);
    Identity identity;
    done = token_identity(arena, &token, &rules, &identity, &error);
    fuzz_check_error(done, &error);
    if (done) {
        FUZZ_CHECK(identity_org_valid(identity.org_id) && *identity.username != '\0');
        FUZZ_CHECK(identity.names_user && identity.groups != NULL);
        FUZZ_CHECK(*identity_header(arena, &identity) != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    Error error = {0};
    Jwks *keys = jwks_parse(KEYS, sizeof KEYS - 1, &error);
    FUZZ_CHECK(keys != NULL && jwks_count(keys) == 1);
    check(arena, keys, arena_strndup(arena, (const char *)bytes, size));
    /* {"alg":"ES256","kid":"k"} */
    check(arena, keys,
          arena_printf(arena, "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.%s.%s",
                       base64url_encode(arena, bytes, size), base64url_encode(arena, KEYS, 64)));
    jwks_free(keys);
    arena_free(arena);
    return 0;
}
