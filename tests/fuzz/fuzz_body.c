/* Request bodies of the Sources API: JSON objects with known fields, or an answer 400. */
#include "base/json.h"
#include "fuzz.h"
#include "sources/body.h"

static const BodyField FIELDS[] = {
    {"name", BODY_TEXT},    {"source_id", BODY_ID},   {"extra", BODY_OBJECT},
    {"anything", BODY_ANY}, {"paused_at", BODY_TIME}, {"port", BODY_INT},
    {"default", BODY_BOOL}, {"sources", BODY_LIST},   {NULL, BODY_ANY},
};

static const BodyField MORE[] = {
    {"source_name", BODY_TEXT},
    {NULL, BODY_ANY},
};

static void read_fields(Call *call, const json_t *body)
{
    for (const BodyField *field = FIELDS; field->name != NULL; field++) {
        bool valid;
        const char *id = body_id(call, body, field->name, &valid);
        FUZZ_CHECK(id == NULL || !valid || strspn(id, "-0123456789") == strlen(id));
        const char *json = body_json(call, body, field->name);
        FUZZ_CHECK(json == NULL || json_parse(call->arena, json, strlen(json), NULL) != NULL);
        const char *text = body_text(body, field->name);
        FUZZ_CHECK(text == NULL || strlen(text) <= BODY_TEXT_MAX);
        if (text != NULL) {
            body_status_valid(text);
        }
        const char *boolean = body_bool(body, field->name);
        FUZZ_CHECK(boolean == NULL || *boolean == 't' || *boolean == 'f');
        FUZZ_CHECK(boolean == NULL || text == NULL);
        body_int(body, field->name, 0);
    }
}

/* The items of a list, as bulk_create reads them: good, or one answer that says why not. */
static void read_items(Call *call, const json_t *body)
{
    size_t index;
    json_t *item;
    json_array_foreach (json_object_get(body, "sources"), index, item) {
        const json_t *checked = body_check(call, item, FIELDS, MORE);
        FUZZ_CHECK(call->response->status == (checked != NULL ? 200 : 400));
        if (checked == NULL) {
            return;
        }
        read_fields(call, checked);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    HttpRequest request = {.arena = arena,
                           .body = arena_strndup(arena, (const char *)bytes, size),
                           .body_length = size};
    HttpResponse response = {.arena = arena, .status = 200, .body = buffer_new(arena)};
    Call call = {.arena = arena, .request = &request, .response = &response};
    const json_t *body = body_read(&call, FIELDS);
    FUZZ_CHECK(response.status == (body != NULL ? 200 : 400));
    if (body != NULL) {
        read_fields(&call, body);
        read_items(&call, body);
    } else {
        FUZZ_CHECK(json_parse(arena, response.body->data, response.body->length, NULL) != NULL);
    }
    arena_free(arena);
    return 0;
}
