/* Query strings of reports: whatever they are, they are read or refused with a JSON body. */
#include <jansson.h>

#include "fuzz.h"
#include "reports/grammar.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const KnownKey KEYS[] = {
        {"tag:",          "app", true },
        {"aws_category:", "env", false}
    };
    const GrammarSettings settings = {.today = day_from_civil(2026, 11, 24),
                                      .retention_months = 4,
                                      .group_by_most = 2,
                                      .keys = KEYS,
                                      .key_count = 2};
    Arena *arena = arena_new();
    const char *query = arena_strndup(arena, (const char *)bytes, size);
    for (const ReportType *type = REPORT_TYPES; type->path != NULL; type++) {
        ReportRequest request;
        const char *errors = NULL;
        if (grammar_parse(arena, type, &settings, query, &request, &errors)) {
            FUZZ_CHECK(request.time.start <= request.time.end);
            FUZZ_CHECK(request.group_count <= REPORT_GROUPS_MAX);
        } else {
            json_t *body = json_loads(errors, 0, NULL);
            FUZZ_CHECK(json_object_size(body) > 0);
            json_decref(body);
        }
    }
    arena_free(arena);
    return 0;
}
