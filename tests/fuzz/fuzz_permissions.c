/* What an RBAC service answers, and what an access file says: read or refused; rights only where
 * they are plainly given. */
#include "base/json.h"
#include "cost_api/rights.h"
#include "fuzz.h"
#include "identity/access_file.h"

static void check_list(Arena *arena, const PermissionList *list)
{
    for (int i = 0; i < list->count; i++) {
        const Permission *entry = &list->entries[i];
        FUZZ_CHECK(entry->resource != NULL && entry->verb != NULL);
        for (int j = 0; j < entry->value_count; j++) {
            FUZZ_CHECK(entry->values[j] != NULL);
        }
    }
    const Rights *rights = rights_of_permissions(arena, list);
    const RightsRule *rule = rights_rule("/api/cost-management/v1/settings/tags/");
    FUZZ_CHECK(rule != NULL && !rights_allow(rights, NULL, "GET"));
    if (rights_allow(rights, rule, "PUT")) {
        FUZZ_CHECK(rights_allow(rights, rule, "GET") && list->count > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    Error error = {0};
    json_t *answer = json_parse(arena, (const char *)bytes, size, &error);
    PermissionList list =
        permissions_of_answer(arena, json_object_get(answer, "data"), "cost-management");
    check_list(arena, &list);
    error_clear(&error);
    void *document = access_file_parse(arena, (const char *)bytes, size, &error);
    fuzz_check_error(document != NULL, &error);
    if (document != NULL) {
        Identity identity = identity_of_user(&(IdentityUser){
            .org_id = "org1", .account_number = "", .username = "ann", .email = ""});
        list = access_file_permissions(arena, document, &identity, "cost-management");
        check_list(arena, &list);
        list = access_file_permissions(arena, document, &identity, "sources");
        check_list(arena, &list);
    }
    arena_free(arena);
    return 0;
}
