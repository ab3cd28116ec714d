#include "sources/body.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *kind_of(const json_t *value)
{
    static const char *const NAMES[] = {
        [JSON_OBJECT] = "object",  [JSON_ARRAY] = "array", [JSON_STRING] = "string",
        [JSON_INTEGER] = "number", [JSON_REAL] = "number", [JSON_TRUE] = "bool",
        [JSON_FALSE] = "bool",     [JSON_NULL] = "null"};
    return NAMES[json_typeof(value)];
}

static const BodyField *find_field(const BodyField *fields, const char *name)
{
    for (; fields->name != NULL; fields++) {
        if (strcasecmp(fields->name, name) == 0) {
            return fields;
        }
    }
    return NULL;
}

/* Numbers as the database writes them out, 1e300 with 301 digits, are beyond what consumers of
 * events read. */
static bool holds_large_number(const json_t *value)
{
    size_t index;
    const char *key;
    json_t *item;
    if (json_is_real(value)) {
        return fabs(json_real_value(value)) >= 1e18;
    }
    json_array_foreach ((json_t *)value, index, item) {
        if (holds_large_number(item)) {
            return true;
        }
    }
    json_object_foreach ((json_t *)value, key, item) {
        if (holds_large_number(item)) {
            return true;
        }
    }
    return false;
}

static bool fits_kind(BodyKind kind, const json_t *value)
{
    switch (kind) {
    case BODY_OBJECT:
        return json_is_object(value);
    case BODY_INT:
        return json_is_integer(value);
    case BODY_BOOL:
        return json_is_boolean(value);
    case BODY_LIST:
        return json_is_array(value);
    default:
        return json_is_string(value);
    }
}

/* Does the value fit the field? Answers 400 when not. */
static bool check_value(Call *call, const BodyField *field, const json_t *value)
{
    static const char *const WANTED[] = {
        [BODY_TEXT] = "string", [BODY_ID] = "string or number", [BODY_OBJECT] = "object",
        [BODY_ANY] = "any",     [BODY_INT] = "integer",         [BODY_BOOL] = "boolean",
        [BODY_LIST] = "array",  [BODY_TIME] = "string"};
    bool fits = json_is_null(value) || field->kind == BODY_ANY || field->kind == BODY_ID ||
                fits_kind(field->kind, value);
    if (!fits) {
        return call_bad(call, "field %s must be of type %s, not %s", field->name,
                        WANTED[field->kind], kind_of(value));
    }
    if (field->kind != BODY_ID && holds_large_number(value)) {
        return call_bad(call, "field %s holds a number of more than %d digits", field->name,
                        BODY_DIGITS_MAX);
    }
    if (json_is_string(value) && json_string_length(value) > BODY_TEXT_MAX) {
        return call_bad(call, "field %s is longer than %d bytes", field->name, BODY_TEXT_MAX);
    }
    return true;
}

static json_t *parse(Call *call)
{
    HttpRequest *request = call->request;
    json_error_t fault;
    if (request->body_length == 0) {
        call_bad(call, "no body");
        return NULL;
    }
    if (json_too_deep(request->body, request->body_length, BODY_DEPTH_MAX)) {
        call_bad(call, "the body nests deeper than %d levels", BODY_DEPTH_MAX);
        return NULL;
    }
    /* What stands behind the first value is passed over, as the original does. */
    json_t *document = json_loadb(request->body, request->body_length,
                                  JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &fault);
    if (document == NULL) {
        bool nul = strstr(fault.text, "\\u0000") != NULL;
        call_bad(call, "%s%s (line %d, column %d)", nul ? "" : "the body is not valid JSON: ",
                 nul ? "a text must not hold the character NUL" : fault.text, fault.line,
                 fault.column);
        return NULL;
    }
    arena_on_free(call->arena, (void (*)(void *))json_decref, document);
    if (json_is_null(document)) {
        call_bad(call, "empty body");
        return NULL;
    }
    if (!json_is_object(document)) {
        call_bad(call, "the body must be a JSON object, not %s", kind_of(document));
        return NULL;
    }
    return document;
}

static void release(void *value)
{
    json_decref(value);
}

static json_t *check_object(Call *call, json_t *object, const BodyField *fields,
                            const BodyField *more, bool *filled)
{
    if (!json_is_object(object)) {
        call_bad(call, "an item must be a JSON object, not %s", kind_of(object));
        return NULL;
    }
    json_t *body = json_object();
    arena_on_free(call->arena, release, body);
    const char *key;
    json_t *value;
    *filled = false;
    json_object_foreach (object, key, value) {
        const BodyField *field = find_field(fields, key);
        if (field == NULL && more != NULL) {
            field = find_field(more, key);
        }
        if (field == NULL) {
            call_bad(call, "json: unknown field \"%.100s\"", key);
            return NULL;
        }
        if (!check_value(call, field, value)) {
            return NULL;
        }
        /* A field that takes any JSON takes null, too. */
        *filled = *filled || !json_is_null(value) || field->kind == BODY_ANY;
        if (json_is_null(value) && field->kind == BODY_OBJECT) {
            continue; /* as if it were not there */
        }
        json_object_set(body, field->name, value);
    }
    return body;
}

json_t *body_check(Call *call, json_t *object, const BodyField *fields, const BodyField *more)
{
    bool filled;
    return check_object(call, object, fields, more, &filled);
}

json_t *body_read(Call *call, const BodyField *fields)
{
    bool filled = false;
    json_t *document = parse(call);
    json_t *body = document != NULL ? check_object(call, document, fields, NULL, &filled) : NULL;
    if (body != NULL && !filled) {
        call_bad(call, "empty body");
        body = NULL;
    }
    return body;
}

int64_t body_int(const json_t *body, const char *name, int64_t fallback)
{
    const json_t *value = json_object_get(body, name);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

const char *body_bool(const json_t *body, const char *name)
{
    const json_t *value = json_object_get(body, name);
    return json_is_boolean(value) ? json_is_true(value) ? "true" : "false" : NULL;
}

const char *body_text(const json_t *body, const char *name)
{
    return json_string_value(json_object_get(body, name));
}

static bool is_whole(const char *text)
{
    text += *text == '-';
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

const char *body_id(Call *call, const json_t *body, const char *name, bool *valid)
{
    const json_t *value = json_object_get(body, name);
    *valid = true;
    if (value == NULL || json_is_null(value)) {
        return NULL;
    }
    if (json_is_integer(value)) {
        return arena_printf(call->arena, "%lld", (long long)json_integer_value(value));
    }
    if (json_is_real(value) && json_real_value(value) > -1e15 && json_real_value(value) < 1e15) {
        return arena_printf(call->arena, "%lld", (long long)json_real_value(value));
    }
    if (json_is_boolean(value)) {
        *valid = false;
        return json_is_true(value) ? "true" : "false";
    }
    const char *text = json_string_value(value);
    errno = 0;
    *valid = text != NULL && is_whole(text) && (strtoll(text, NULL, 10), errno == 0);
    return text != NULL ? text : "";
}

const char *body_id_fault(Call *call, const char *id)
{
    return arena_printf(call->arena, "strconv.ParseInt: parsing \"%.100s\": %s", id,
                        is_whole(id) ? "value out of range" : "invalid syntax");
}

const char *body_json(Call *call, const json_t *body, const char *name)
{
    const json_t *value = json_object_get(body, name);
    return value == NULL ? NULL : json_text(call->arena, value);
}

bool body_status_valid(const char *status)
{
    static const char *const STATUSES[] = {"available", "in_progress", "partially_available",
                                           "unavailable"};
    for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
        if (strcmp(STATUSES[i], status) == 0) {
            return true;
        }
    }
    return false;
}
