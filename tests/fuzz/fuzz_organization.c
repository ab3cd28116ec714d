/* Trees of an AWS organization: every account is in a unit whose path leads to it. */
#include "base/json.h"
#include "fuzz.h"
#include "reports/organization.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    Error error = {0};
    OrganizationCounts counts;
    json_t *tree = json_parse(arena, (const char *)bytes, size, &error);
    error_clear(&error);
    const json_t *rows = tree != NULL ? organization_rows(arena, tree, &counts, &error) : NULL;
    fuzz_check_error(tree == NULL || rows != NULL, &error);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *unit = json_get_string(row, "unit"), *path = json_get_string(row, "path");
        FUZZ_CHECK(unit != NULL && path != NULL && strlen(path) >= strlen(unit));
        FUZZ_CHECK(strcmp(path + strlen(path) - strlen(unit), unit) == 0);
    }
    FUZZ_CHECK(rows == NULL ||
               json_array_size(rows) == (size_t)counts.units + (size_t)counts.accounts);
    arena_free(arena);
    return 0;
}
