/* The identity header: read, or refused with a reason; never half of it. The input is taken as the
 * header's value, and as what its base64 holds. */
#include "base/crypto.h"
#include "fuzz.h"
#include "identity/identity.h"

static void decode(Arena *arena, const char *header)
{
    Error error = {0};
    Identity identity;
    bool done = identity_decode(arena, header, &identity, &error);
    fuzz_check_error(done, &error);
    if (!done) {
        return;
    }
    const char *const texts[] = {identity.org_id,    identity.account_number, identity.type,
                                 identity.username,  identity.user_id,        identity.email,
                                 identity.system_cn, identity.cluster_id};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        FUZZ_CHECK(texts[i] != NULL);
    }
    FUZZ_CHECK(identity.names_user && strcmp(identity.encoded, header) == 0);
    if (identity_org_valid(identity.org_id)) {
        FUZZ_CHECK(strncmp(identity_schema(arena, identity.org_id), "org", 3) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    decode(arena, arena_strndup(arena, (const char *)bytes, size));
    char *encoded = base64_encode(arena, bytes, size);
    size_t length;
    uint8_t *decoded = base64_decode(arena, encoded, strlen(encoded), &length);
    FUZZ_CHECK(decoded != NULL && length == size);
    FUZZ_CHECK(size == 0 || memcmp(decoded, bytes, size) == 0);
    decode(arena, encoded);
    arena_free(arena);
    return 0;
}
