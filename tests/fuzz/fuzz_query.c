/* Query strings of reports: whatever they are, they are read and planned, or refused with a JSON
 * body. */
#include "base/json.h"
#include "cost_api/pages.h"
#include "fuzz.h"
#include "reports/grammar.h"
#include "reports/planner.h"

static const KnownKey KEYS[] = {{"tag:", "app", true}, {"aws_category:", "env", false}};
static const GrammarSettings SETTINGS = {
    .retention_months = 4, .group_by_most = 2, .keys = KEYS, .key_count = 2};

static void check_plan(Arena *arena, const ReportRequest *request, bool narrowed)
{
    TenantSql tables = {.schema = "\"org1\"", .narrowed = narrowed};
    ReportPlan plan = planner_plan(arena, request, &tables);
    FUZZ_CHECK(strpbrk(plan.sql, "{}") == NULL); /* every template was filled */
    char last[16];
    snprintf(last, sizeof last, "$%d", plan.parameter_count);
    FUZZ_CHECK(strstr(plan.sql, last) != NULL);
}

static void check_request(Arena *arena, const ReportRequest *request)
{
    int buckets;
    FUZZ_CHECK(request->time.start <= request->time.end);
    time_scope_buckets(arena, &request->time, &buckets);
    FUZZ_CHECK(buckets > 0);
    FUZZ_CHECK(request->group_count <= REPORT_GROUPS_MAX);
    FUZZ_CHECK(request->rank_limit >= 0 && request->rank_offset >= 0);
    const char *echo = json_text(arena, request->echo);
    FUZZ_CHECK(json_is_object(json_parse(arena, echo, strlen(echo), NULL)));
    check_plan(arena, request, false);
    check_plan(arena, request, true);
}

/* The links of a long list. */
static void check_pages(Arena *arena, const char *query)
{
    Page page = page_of_query(arena, query, 10, 1000);
    page.count = 12345;
    int64_t first, last;
    page_range(&page, &first, &last);
    FUZZ_CHECK(0 <= first && first <= last && last <= page.count && last - first <= 1000);
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    page_write_head(&json, arena, &page, "/api/list/", query);
    json_end(&json);
    FUZZ_CHECK(json_parse(arena, text->data, text->length, NULL) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    GrammarSettings settings = SETTINGS;
    settings.today = day_from_civil(2026, 11, 24);
    Arena *arena = arena_new();
    const char *query = arena_strndup(arena, (const char *)bytes, size);
    grammar_needs_keys(query);
    for (const ReportType *type = REPORT_TYPES; type->path != NULL; type++) {
        ReportRequest request;
        const char *errors = NULL;
        if (grammar_parse(arena, type, &settings, query, &request, &errors)) {
            check_request(arena, &request);
        } else {
            FUZZ_CHECK(json_object_size(json_parse(arena, errors, strlen(errors), NULL)) > 0);
        }
    }
    check_pages(arena, query);
    arena_free(arena);
    return 0;
}
