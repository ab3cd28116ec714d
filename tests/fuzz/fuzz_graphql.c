/* GraphQL documents: read, checked against the schema, their fields gathered, and introspection
 * answered. */
#include <string.h>

#include "fuzz.h"
#include "sources/graphql/introspection.h"

static void gather(const GraphqlQuery *query, const GraphqlType *type,
                   const GraphqlSelection *const *sets, int set_count)
{
    int count;
    GraphqlPicked *picked = graphql_pick(query, type, sets, set_count, &count);
    for (int i = 0; i < count; i++) {
        bool deep = picked[i].field != NULL && picked[i].field->type != NULL;
        FUZZ_CHECK(deep == (picked[i].set_count > 0));
        if (deep && picked[i].field->shape == SHAPE_INTROSPECTION) {
            int fields = 0;
            const char *told = graphql_introspect(query, &picked[i], &fields);
            FUZZ_CHECK(told == NULL || *told == '{' || strcmp(told, "null") == 0);
        }
        if (deep) {
            gather(query, picked[i].field->type, picked[i].sets, picked[i].set_count);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    GraphqlQuery query = {.arena = arena};
    query.document =
        graphql_parse(arena, arena_strndup(arena, (const char *)bytes, size), &query.fault);
    FUZZ_CHECK(query.document == NULL || query.fault.message == NULL);
    if (query.fault.message == NULL) {
        bool valid = graphql_validate(&query, NULL);
        FUZZ_CHECK(valid == (query.fault.message == NULL));
        if (valid) {
            const GraphqlSelection *sets[] = {query.operation->selections};
            gather(&query, &GRAPHQL_QUERY, sets, 1);
        }
    }
    arena_free(arena);
    return 0;
}
