#include "moving/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/json.h"
#include "identity/identity.h"

enum { PATH_SIZE = 256 };

typedef enum MemberKind {
    MEMBER_TEXT,
    MEMBER_MAYBE_TEXT, /* or null */
    MEMBER_ORG,
    MEMBER_UUID,
    MEMBER_BOOL,
    MEMBER_MAYBE_BOOL,
    MEMBER_INT,
    MEMBER_ANY,
    MEMBER_OBJECT, /* with any members */
    MEMBER_GROUP,  /* with those of .members */
    MEMBER_LIST,   /* of such groups */
    MEMBER_TEXTS,
    MEMBER_UUIDS,
    MEMBER_OBJECTS,
} MemberKind;

typedef struct Member {
    const char *name;
    MemberKind kind;
    bool required;
    const struct Member *members;
} Member;

static const Member ENDPOINT[] = {
    {"id", MEMBER_TEXT, true, NULL},
    {"default", MEMBER_MAYBE_BOOL, false, NULL},
    {"role", MEMBER_MAYBE_TEXT, false, NULL},
    {"scheme", MEMBER_MAYBE_TEXT, false, NULL},
    {"host", MEMBER_MAYBE_TEXT, false, NULL},
    {"port", MEMBER_ANY, false, NULL},
    {"path", MEMBER_MAYBE_TEXT, false, NULL},
    {"receptor_node", MEMBER_MAYBE_TEXT, false, NULL},
    {"verify_ssl", MEMBER_MAYBE_BOOL, false, NULL},
    {"certificate_authority", MEMBER_MAYBE_TEXT, false, NULL},
    {0},
};

static const Member APPLICATION[] = {
    {"id", MEMBER_TEXT, true, NULL},
    {"application_type", MEMBER_TEXT, true, NULL},
    {"extra", MEMBER_ANY, false, NULL},
    {"extra_sealed", MEMBER_OBJECT, false, NULL},
    {"paused", MEMBER_BOOL, false, NULL},
    {"authentication_ids", MEMBER_TEXTS, false, NULL},
    {0},
};

static const Member AUTHENTICATION[] = {
    {"id", MEMBER_TEXT, true, NULL},
    {"resource_type", MEMBER_TEXT, true, NULL},
    {"resource_id", MEMBER_TEXT, true, NULL},
    {"name", MEMBER_MAYBE_TEXT, false, NULL},
    {"authtype", MEMBER_MAYBE_TEXT, false, NULL},
    {"username", MEMBER_MAYBE_TEXT, false, NULL},
    {"extra", MEMBER_ANY, false, NULL},
    {"password_sealed", MEMBER_TEXT, false, NULL},
    {"password_left_out", MEMBER_BOOL, false, NULL},
    {0},
};

static const Member SOURCE[] = {
    {"id", MEMBER_TEXT, true, NULL},
    {"uid", MEMBER_UUID, true, NULL},
    {"name", MEMBER_TEXT, true, NULL},
    {"source_type", MEMBER_TEXT, true, NULL},
    {"version", MEMBER_MAYBE_TEXT, false, NULL},
    {"imported", MEMBER_MAYBE_TEXT, false, NULL},
    {"source_ref", MEMBER_MAYBE_TEXT, false, NULL},
    {"app_creation_workflow", MEMBER_MAYBE_TEXT, false, NULL},
    {"paused", MEMBER_BOOL, false, NULL},
    {"endpoints", MEMBER_LIST, false, ENDPOINT},
    {"applications", MEMBER_LIST, false, APPLICATION},
    {"authentications", MEMBER_LIST, false, AUTHENTICATION},
    {0},
};

static const Member RHC_CONNECTION[] = {
    {"id", MEMBER_TEXT, false, NULL},
    {"rhc_id", MEMBER_TEXT, true, NULL},
    {"extra", MEMBER_ANY, false, NULL},
    {"source_ids", MEMBER_TEXTS, false, NULL},
    {0},
};

static const Member SECRET[] = {
    {"id", MEMBER_TEXT, false, NULL},
    {"name", MEMBER_MAYBE_TEXT, true, NULL},
    {"authtype", MEMBER_MAYBE_TEXT, false, NULL},
    {"username", MEMBER_MAYBE_TEXT, false, NULL},
    {"extra", MEMBER_ANY, false, NULL},
    {"password_sealed", MEMBER_TEXT, false, NULL},
    {"password_left_out", MEMBER_BOOL, false, NULL},
    {0},
};

static const Member PRICE_LIST[] = {
    {"uuid", MEMBER_UUID, true, NULL},
    {"name", MEMBER_TEXT, true, NULL},
    {"description", MEMBER_TEXT, false, NULL},
    {"currency", MEMBER_TEXT, true, NULL},
    {"effective_start_date", MEMBER_TEXT, true, NULL},
    {"effective_end_date", MEMBER_TEXT, true, NULL},
    {"enabled", MEMBER_BOOL, false, NULL},
    {"rates", MEMBER_OBJECTS, false, NULL},
    {0},
};

static const Member COST_MODEL[] = {
    {"uuid", MEMBER_UUID, true, NULL},
    {"name", MEMBER_TEXT, true, NULL},
    {"description", MEMBER_TEXT, false, NULL},
    {"source_type", MEMBER_TEXT, true, NULL},
    {"currency", MEMBER_TEXT, true, NULL},
    {"rates", MEMBER_OBJECTS, false, NULL},
    {"markup", MEMBER_OBJECT, false, NULL},
    {"distribution", MEMBER_TEXT, false, NULL},
    {"distribution_info", MEMBER_OBJECT, false, NULL},
    {"source_uuids", MEMBER_UUIDS, false, NULL},
    {"price_list_uuids", MEMBER_UUIDS, false, NULL},
    {0},
};

static const Member SETTINGS[] = {
    {"currency", MEMBER_TEXT, false, NULL},
    {"cost_type", MEMBER_TEXT, false, NULL},
    {"data_retention_months", MEMBER_INT, false, NULL},
    {"enabled_currencies", MEMBER_TEXTS, false, NULL},
    {"static_exchange_rates", MEMBER_OBJECTS, false, NULL},
    {"past_exchange_rates", MEMBER_OBJECTS, false, NULL},
    {"tag_keys", MEMBER_OBJECTS, false, NULL},
    {"aws_category_keys", MEMBER_OBJECTS, false, NULL},
    {"tag_mappings", MEMBER_OBJECTS, false, NULL},
    {"account_aliases", MEMBER_OBJECTS, false, NULL},
    {"organizational_units", MEMBER_OBJECTS, false, NULL},
    {"price_lists", MEMBER_LIST, false, PRICE_LIST},
    {"cost_models", MEMBER_LIST, false, COST_MODEL},
    {0},
};

static const Member TENANT[] = {
    {"org_id", MEMBER_ORG, true, NULL},
    {"account_number", MEMBER_TEXT, false, NULL},
    {"sources", MEMBER_LIST, false, SOURCE},
    {"rhc_connections", MEMBER_LIST, false, RHC_CONNECTION},
    {"secrets", MEMBER_LIST, false, SECRET},
    {"settings", MEMBER_GROUP, false, SETTINGS},
    {0},
};

static const Member PASSWORDS[] = {
    {"key", MEMBER_TEXT, true, NULL},
    {"salt", MEMBER_TEXT, true, NULL},
    {"check", MEMBER_TEXT, true, NULL},
    {0},
};

static const Member DOCUMENT[] = {
    {"format", MEMBER_TEXT, true, NULL},
    {"version", MEMBER_INT, true, NULL},
    {"kontor", MEMBER_TEXT, false, NULL},
    {"written_at", MEMBER_TEXT, false, NULL},
    {"passwords", MEMBER_GROUP, false, PASSWORDS},
    {"tenants", MEMBER_LIST, true, TENANT},
    {0},
};

static const char *const KIND_NAMES[] = {
    [MEMBER_TEXT] = "a text",
    [MEMBER_MAYBE_TEXT] = "a text or null",
    [MEMBER_ORG] = "an organisation's id (1 to 60 of A-Za-z0-9._-)",
    [MEMBER_UUID] = "a UUID",
    [MEMBER_BOOL] = "true or false",
    [MEMBER_MAYBE_BOOL] = "true, false or null",
    [MEMBER_INT] = "a whole number",
    [MEMBER_ANY] = "a value",
    [MEMBER_OBJECT] = "an object",
    [MEMBER_GROUP] = "an object",
    [MEMBER_LIST] = "a list of objects",
    [MEMBER_TEXTS] = "a list of texts",
    [MEMBER_UUIDS] = "a list of UUIDs",
    [MEMBER_OBJECTS] = "a list of objects",
};

static bool check_group(const json_t *group, const Member *members, const char *path, Error *error);

/* Is it a value of that kind, as far as one sees without going into it? */
static bool is_of(const json_t *value, MemberKind kind)
{
    const char *text = json_string_value(value);
    switch (kind) {
    case MEMBER_TEXT:
        return text != NULL;
    case MEMBER_MAYBE_TEXT:
        return text != NULL || json_is_null(value);
    case MEMBER_ORG:
        return text != NULL && identity_org_valid(text);
    case MEMBER_UUID:
        return text != NULL && uuid_valid(text);
    case MEMBER_BOOL:
        return json_is_boolean(value);
    case MEMBER_MAYBE_BOOL:
        return json_is_boolean(value) || json_is_null(value);
    case MEMBER_INT:
        return json_is_integer(value);
    case MEMBER_ANY:
        return value != NULL;
    case MEMBER_OBJECT:
    case MEMBER_GROUP:
        return json_is_object(value);
    case MEMBER_LIST:
    case MEMBER_TEXTS:
    case MEMBER_UUIDS:
    case MEMBER_OBJECTS:
        return json_is_array(value);
    }
    return false;
}

/* What the items of a list are. */
static MemberKind item_kind(MemberKind kind)
{
    return kind == MEMBER_TEXTS ? MEMBER_TEXT : kind == MEMBER_UUIDS ? MEMBER_UUID : MEMBER_OBJECT;
}

static bool check_items(const json_t *list, const Member *member, const char *path, Error *error)
{
    MemberKind kind = item_kind(member->kind);
    for (size_t i = 0; i < json_array_size(list); i++) {
        char place[PATH_SIZE + 32];
        const json_t *item = json_array_get(list, i);
        snprintf(place, sizeof place, "%.*s[%zu]", PATH_SIZE, path, i);
        if (!is_of(item, kind)) {
            return error_set(error, ERROR_INVALID, "%s must be %s", place, KIND_NAMES[kind]);
        }
        if (member->members != NULL && !check_group(item, member->members, place, error)) {
            return false;
        }
    }
    return true;
}

static bool check_member(const json_t *value, const Member *member, const char *path, Error *error)
{
    if (!is_of(value, member->kind)) {
        return error_set(error, ERROR_INVALID, "%s must be %s", path, KIND_NAMES[member->kind]);
    }
    return member->kind == MEMBER_GROUP ? check_group(value, member->members, path, error)
           : json_is_array(value) && member->kind >= MEMBER_LIST
               ? check_items(value, member, path, error)
               : true;
}

static const Member *find_member(const Member *members, const char *name)
{
    while (members->name != NULL && strcmp(members->name, name) != 0) {
        members++;
    }
    return members->name != NULL ? members : NULL;
}

static bool check_group(const json_t *group, const Member *members, const char *path, Error *error)
{
    const char *dot = *path == '\0' ? "" : ".", *name;
    char place[PATH_SIZE + 64];
    json_t *value;
    for (const Member *member = members; member->name != NULL; member++) {
        if (member->required && json_object_get(group, member->name) == NULL) {
            return error_set(error, ERROR_INVALID, "%s%s%s is missing", path, dot, member->name);
        }
    }
    json_object_foreach ((json_t *)group, name, value) {
        const Member *member = find_member(members, name);
        snprintf(place, sizeof place, "%.*s%s%.60s", PATH_SIZE, path, dot, name);
        if (member == NULL) {
            return error_set(error, ERROR_INVALID, "%s is no member that is known", place);
        }
        if (!check_member(value, member, place, error)) {
            return false;
        }
    }
    return true;
}

/* Before the members: of another version they may be others. */
static bool check_format(const json_t *document, Error *error)
{
    const char *format = json_get_string(document, "format");
    json_int_t version = json_integer_value(json_object_get(document, "version"));
    if (format == NULL || strcmp(format, DOCUMENT_FORMAT) != 0) {
        return error_set(error, ERROR_INVALID,
                         "this is no document of kontor export-config: its \"format\" is not "
                         "\"" DOCUMENT_FORMAT "\"");
    }
    if (version < 1 || version > DOCUMENT_VERSION) {
        return error_set(error, ERROR_INVALID,
                         "the document is of version %lld, this program reads up to %d: use the "
                         "program that wrote it, or a newer one",
                         (long long)version, DOCUMENT_VERSION);
    }
    return true;
}

json_t *document_read(Arena *arena, const char *text, size_t length, Error *error)
{
    json_t *document = json_parse(arena, text, length, error);
    return document != NULL && check_format(document, error) &&
                   check_group(document, DOCUMENT, "", error)
               ? document
               : NULL;
}

char *document_text(Arena *arena, const json_t *value, bool indented)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15) |
                                       (indented ? JSON_INDENT(2) : JSON_COMPACT));
    if (text == NULL) {
        return arena_strdup(arena, "null");
    }
    arena_on_free(arena, free, text);
    return text;
}

static void release(void *value)
{
    json_decref(value);
}

json_t *document_new(Arena *arena, json_t *value)
{
    arena_on_free(arena, release, value);
    return value;
}

void document_add(json_t *object, const char *name, json_t *value)
{
    json_t *list = json_object_get(object, name);
    if (list == NULL) {
        list = json_array();
        json_object_set_new(object, name, list);
    }
    json_array_append_new(list, value);
}

bool document_has_text(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *item = json_string_value(json_array_get(list, i));
        if (item != NULL && strcmp(item, text) == 0) {
            return true;
        }
    }
    return false;
}
