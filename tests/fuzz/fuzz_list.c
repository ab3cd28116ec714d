/* Filters, order and pages of the Sources API's lists: a query string becomes SQL in which it has
 * no say but by parameters, or is refused. The database's answer is an empty list. */
#include "base/json.h"
#include "fuzz.h"
#include "sources/resource.h"

DbResult *__wrap_db_query(Db *db, Arena *arena, Error *error, const char *sql, int count,
                          const char *const *parameters);
int __wrap_db_row_count(const DbResult *result);
int64_t __wrap_db_int(const DbResult *result, int row, int column);

int __wrap_db_row_count(const DbResult *result)
{
    (void)result;
    return 0;
}

int64_t __wrap_db_int(const DbResult *result, int row, int column)
{
    (void)result;
    (void)row;
    (void)column;
    return 0;
}

DbResult *__wrap_db_query(Db *db, Arena *arena, Error *error, const char *sql, int count,
                          const char *const *parameters)
{
    int greatest = 0, open = 0, quotes = 0;
    (void)db;
    (void)error;
    FUZZ_CHECK(strpbrk(sql, ";\\\n") == NULL && strstr(sql, "--") == NULL);
    for (const char *at = sql; *at != '\0'; at++) {
        int number = *at == '$' ? atoi(at + 1) : 0;
        greatest = number > greatest ? number : greatest;
        open += (*at == '(') - (*at == ')');
        quotes += *at == '\'';
        FUZZ_CHECK(open >= 0);
    }
    FUZZ_CHECK(open == 0 && quotes % 2 == 0 && greatest == count);
    for (int i = 0; i < count; i++) {
        FUZZ_CHECK(parameters[i] != NULL);
    }
    return arena_alloc(arena, 1);
}

static void list(const Resource *resource, const char *query)
{
    Arena *arena = arena_new();
    HttpRequest request = {
        .arena = arena, .method = "GET", .path = "/api/sources/v3.1/things/", .query = query};
    HttpResponse response = {.arena = arena, .status = 200, .body = buffer_new(arena)};
    Call call = {.arena = arena,
                 .request = &request,
                 .response = &response,
                 .tenant_text = "1",
                 .user_text = "2"};
    resource_list(&call, resource, "id = $1", "7");
    FUZZ_CHECK(response.status == 200 || response.status == 400);
    json_t *body = json_parse(arena, response.body->data, response.body->length, NULL);
    FUZZ_CHECK(json_object_get(body, response.status == 200 ? "links" : "errors") != NULL);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const Resource *const resources[] = {
        &SOURCE_TYPES, &APPLICATION_TYPES, &APP_META_DATA,   &SOURCES,
        &APPLICATIONS, &AUTHENTICATIONS,   &ENDPOINTS,       &APPLICATION_AUTHENTICATIONS,
        &SECRETS,      &RHC_CONNECTIONS,   &INTERNAL_SOURCES};
    Arena *arena = arena_new();
    const char *query = arena_strndup(arena, (const char *)bytes, size);
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        list(resources[i], query);
    }
    arena_free(arena);
    return 0;
}
