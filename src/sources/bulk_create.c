/* /bulk_create: many new rows that name each other, all or nothing (sources-api.md §7). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sources/handlers.h"
#include "sources/writing.h"

enum { ITEMS_MAX = 1000 };

static const BodyField FIELDS[] = {
    {"sources", BODY_LIST},
    {"applications", BODY_LIST},
    {"endpoints", BODY_LIST},
    {"authentications", BODY_LIST},
    {0},
};

static const BodyField SOURCE_NAMES[] = {
    {"source_type_name", BODY_TEXT},
    {0},
};

static const BodyField APPLICATION_NAMES[] = {
    {"application_type_name", BODY_TEXT},
    {"source_name", BODY_TEXT},
    {0},
};

static const BodyField ENDPOINT_NAMES[] = {
    {"source_name", BODY_TEXT},
    {0},
};

static const BodyField AUTHENTICATION_NAMES[] = {
    {"resource_name", BODY_TEXT},
    {0},
};

/* What the items of the lists may hold. */
static const struct {
    const char *list;
    const BodyField *fields, *names;
} ITEMS[] = {
    {"sources", SOURCE_CREATE_FIELDS, SOURCE_NAMES},
    {"applications", APPLICATION_CREATE_FIELDS, APPLICATION_NAMES},
    {"endpoints", ENDPOINT_CREATE_FIELDS, ENDPOINT_NAMES},
    {"authentications", AUTHENTICATION_CREATE_FIELDS, AUTHENTICATION_NAMES},
};

/* A row that was made, and what later items find it by. */
typedef struct Made {
    const char *id;
    const char *source_id;
    const char *name;    /* of a source; host of an endpoint */
    const char *type_id; /* of a source or an application */
    bool owned;          /* a source or an application that belongs to its user */
} Made;

typedef struct MadeList {
    Made *rows;
    int count;
} MadeList;

typedef struct Bulk {
    Call *call;
    json_t *body;
    json_t **applications; /* checked; type ids filled in */
    bool *user_owned;      /* per application: its type says that users own such rows */
    MadeList sources, endpoints, made_applications, authentications, links;
} Bulk;

static Made *add(MadeList *list, Made row)
{
    list->rows[list->count] = row;
    return &list->rows[list->count++];
}

/* The row of a catalogue table whose name holds `name`, if it is the only one (or has just that
 * name); NULL when there is none, or more. */
static const char *find_type(Call *call, const char *table, const char *name, const char **whole)
{
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error,
                              arena_printf(call->arena,
                                           "SELECT id, name = $1, name"
                                           "  FROM %s"
                                           " WHERE position($1 IN name) > 0"
                                           " ORDER BY 2 DESC",
                                           table),
                              name);
    int count = rows != NULL ? db_row_count(rows) : 0;
    bool found = count == 1 || (count > 1 && db_bool(rows, 0, 1));
    if (found && whole != NULL) {
        *whole = db_text(rows, 0, 2);
    }
    return found ? db_text(rows, 0, 0) : NULL;
}

static bool type_exists(Call *call, const Resource *resource, const char *id)
{
    DbResult *rows =
        DB_QUERY(call->db, call->arena, &call->error,
                 arena_printf(call->arena, "SELECT 1 FROM %s WHERE id = $1", resource->table), id);
    return rows != NULL && db_row_count(rows) > 0;
}

/* The type of an application, by id or by name, put into its body. */
static bool resolve_application_type(Bulk *bulk, json_t *item, bool *user_owned)
{
    Call *call = bulk->call;
    bool valid;
    const char *id = body_id(call, item, "application_type_id", &valid);
    const char *name = body_text(item, "application_type_name");
    if (id != NULL) {
        id = arena_strdup(call->arena, id); /* the item's own is replaced */
        if (!valid) {
            return call_bad(call, "application type id cannot be converted to an integer");
        }
        if (!type_exists(call, &APPLICATION_TYPES, id)) {
            return call_fail(call, 404, "application type not found");
        }
    } else if (name == NULL || *name == '\0') {
        return call_bad(call, "no application type present, need either [application_type_name] "
                              "or [application_type_id]");
    } else if ((id = find_type(call, "application_types", name, NULL)) == NULL) {
        return call_bad(call, "failed to lookup application_type_name %s", name);
    }
    json_object_set_new(item, "application_type_id", json_string(id));
    DbResult *rows = DB_QUERY(
        call->db, call->arena, &call->error,
        "SELECT COALESCE(resource_ownership, '') = 'user' FROM application_types WHERE id = $1",
        id);
    *user_owned = rows != NULL && db_bool(rows, 0, 0) && call->user_text != NULL;
    return rows != NULL;
}

/* The application types come first: they say who owns the sources. */
static bool read_applications(Bulk *bulk)
{
    json_t *list = json_object_get(bulk->body, "applications");
    size_t count = json_array_size(list);
    bulk->applications = arena_array(bulk->call->arena, count + 1, sizeof *bulk->applications);
    bulk->user_owned = arena_array(bulk->call->arena, count + 1, sizeof *bulk->user_owned);
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(list, i);
        if (!resolve_application_type(bulk, item, &bulk->user_owned[i])) {
            return false;
        }
        bulk->applications[i] = item;
    }
    return true;
}

/* Does an application of this source have a type whose rows belong to users? */
static bool source_owned(const Bulk *bulk, const char *name)
{
    for (size_t i = 0; bulk->applications[i] != NULL; i++) {
        const char *source = body_text(bulk->applications[i], "source_name");
        if (bulk->user_owned[i] && source != NULL && name != NULL && strcmp(source, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool resolve_source_type(Call *call, json_t *item)
{
    bool valid;
    const char *id = body_id(call, item, "source_type_id", &valid);
    const char *name = body_text(item, "source_type_name");
    if (id != NULL) {
        if (!valid) {
            return call_bad(call, "invalid source type id, original error: %s",
                            body_id_fault(call, id));
        }
        return type_exists(call, &SOURCE_TYPES, id) ||
               call_fail(
                   call, 404,
                   "the specified source type was not found: source type not found not found");
    }
    if (name == NULL || *name == '\0') {
        return call_bad(call, "no source type present, need either [source_type_name] or "
                              "[source_type_id]");
    }
    id = find_type(call, "source_types", name, NULL);
    if (id == NULL) {
        return call_bad(call, "invalid source_type_name for lookup: %s", name);
    }
    json_object_set_new(item, "source_type_id", json_string(id));
    return true;
}

static bool make_source(Bulk *bulk, json_t *item)
{
    Call *call = bulk->call;
    bool valid;
    if (!resolve_source_type(call, item)) {
        return false;
    }
    Made row = {.name = body_text(item, "name"),
                .type_id = body_id(call, item, "source_type_id", &valid),
                .owned = source_owned(bulk, body_text(item, "name"))};
    call->owner_text = row.owned ? call->user_text : NULL;
    row.id = row.source_id = sources_insert(call, item);
    return row.id != NULL && add(&bulk->sources, row) != NULL;
}

static const Made *find_source(const Bulk *bulk, const char *name)
{
    for (int i = 0; name != NULL && i < bulk->sources.count; i++) {
        if (strcmp(bulk->sources.rows[i].name, name) == 0) {
            return &bulk->sources.rows[i];
        }
    }
    return NULL;
}

static bool make_endpoint(Bulk *bulk, json_t *item)
{
    Call *call = bulk->call;
    const Made *source = find_source(bulk, body_text(item, "source_name"));
    if (source != NULL) {
        json_object_set_new(item, "source_id", json_string(source->id));
    }
    Made row = {.name = body_text(item, "host")};
    call->owner_text = NULL;
    row.id = endpoints_insert(call, item, "", &row.source_id);
    return row.id != NULL && add(&bulk->endpoints, row) != NULL;
}

static bool compatible(Call *call, const char *type_id, const char *source_type_id)
{
    DbResult *rows = DB_QUERY(call->db, call->arena, &call->error,
                              "SELECT t.supported_source_types ? st.name"
                              "  FROM application_types t, source_types st"
                              " WHERE t.id = $1 AND st.id = $2",
                              type_id, source_type_id);
    return rows != NULL &&
           ((db_row_count(rows) > 0 && db_bool(rows, 0, 0)) ||
            call_bad(call, "the application type is not compatible with the source type"));
}

static bool make_application(Bulk *bulk, size_t index)
{
    Call *call = bulk->call;
    bool valid;
    json_t *item = bulk->applications[index];
    const Made *source = find_source(bulk, body_text(item, "source_name"));
    if (source == NULL) {
        return call_bad(call, "failed to link up all applications - check to make sure the names "
                              "match up");
    }
    Made row = {.type_id = body_id(call, item, "application_type_id", &valid),
                .owned = bulk->user_owned[index]};
    if (!compatible(call, row.type_id, source->type_id)) {
        return false;
    }
    json_object_set_new(item, "source_id", json_string(source->id));
    call->owner_text = row.owned ? call->user_text : NULL;
    row.id = applications_insert(call, item, &row.source_id);
    return row.id != NULL && add(&bulk->made_applications, row) != NULL;
}

/* The application whose type's name holds `name`. */
static const Made *find_application(Bulk *bulk, const char *name)
{
    Call *call = bulk->call;
    const char *type = find_type(call, "application_types", name, &name);
    if (type == NULL) {
        call_bad(call, "application type not found");
        return NULL;
    }
    for (int i = 0; i < bulk->made_applications.count; i++) {
        if (strcmp(bulk->made_applications.rows[i].type_id, type) == 0) {
            return &bulk->made_applications.rows[i];
        }
    }
    call_bad(call, "failed to find application for authentication type %s", name);
    return NULL;
}

static const Made *find_endpoint(Bulk *bulk, const char *name)
{
    for (int i = 0; i < bulk->endpoints.count; i++) {
        const char *host = bulk->endpoints.rows[i].name;
        if (host != NULL && strcasestr(host, name) != NULL) {
            return &bulk->endpoints.rows[i];
        }
    }
    call_bad(bulk->call, "failed to find endpoint for hostname %s", name);
    return NULL;
}

/* A row of before whose id is `name`. */
static bool exists_already(Call *call, const char *type, const char *name)
{
    static const Resource *const RESOURCES[] = {&SOURCES, &APPLICATIONS, &ENDPOINTS};
    size_t length = strlen(name);
    if (length == 0 || length > 18 || strspn(name, "0123456789") != length) {
        return false;
    }
    for (size_t i = 0; i < sizeof RESOURCES / sizeof *RESOURCES; i++) {
        if (strcasecmp(type, RESOURCES[i]->name) == 0) {
            LockedRow row;
            bool found = call_lock(call, RESOURCES[i], name, &row);
            buffer_clear(call->response->body);
            return found;
        }
    }
    return false;
}

/* What an authentication belongs to: its id, put into the body. */
static bool resolve_owner(Bulk *bulk, json_t *item, const Made **owner)
{
    Call *call = bulk->call;
    const char *type = body_text(item, "resource_type");
    const char *name = body_text(item, "resource_name");
    *owner = NULL;
    type = type != NULL ? type : "";
    name = name != NULL ? name : "";
    if (exists_already(call, type, name)) {
        json_object_set_new(item, "resource_id", json_string(name));
        return true;
    }
    if (strcasecmp(type, "source") == 0) {
        *owner = bulk->sources.count > 0 ? &bulk->sources.rows[0] : NULL;
    } else if (strcasecmp(type, "application") == 0) {
        *owner = find_application(bulk, name);
    } else if (strcasecmp(type, "endpoint") == 0) {
        *owner = find_endpoint(bulk, name);
    } else {
        return call_bad(call, "failed to link authentication: no resource type present");
    }
    if (*owner == NULL) {
        return call->response->body->length > 0
                   ? false
                   : call_bad(call, "failed to link up all authentications - check to make sure "
                                    "the names match up");
    }
    json_object_set_new(item, "resource_id", json_string((*owner)->id));
    return true;
}

static bool make_authentication(Bulk *bulk, json_t *item)
{
    Call *call = bulk->call;
    bool valid;
    const Made *owner = NULL;
    if (!resolve_owner(bulk, item, &owner)) {
        return false;
    }
    Made row = {0};
    call->owner_text = owner != NULL && owner->owned ? call->user_text : NULL;
    row.id = authentications_insert(call, item, &row.source_id);
    if (row.id == NULL) {
        return false;
    }
    add(&bulk->authentications, row);
    if (strcasecmp(body_text(item, "resource_type"), "application") != 0) {
        return true;
    }
    Made link = {.source_id = row.source_id};
    link.id = application_authentications_insert(call, body_id(call, item, "resource_id", &valid),
                                                 row.id);
    return link.id != NULL && add(&bulk->links, link) != NULL;
}

/* What nobody checks is available at once. */
static bool make_available(Bulk *bulk)
{
    static const char *const STATEMENTS[] = {
        "UPDATE applications a"
        "   SET availability_status = 'available'"
        "  FROM application_types t, sources s, source_types st"
        " WHERE a.source_id = $1"
        "   AND t.id = a.application_type_id AND s.id = a.source_id AND st.id = s.source_type_id"
        "   AND (st.name, t.name) IN (('amazon', '/insights/platform/image-builder'),"
        "                             ('google', '/insights/platform/cloud-meter'))",
        "UPDATE sources s"
        "   SET availability_status = 'available'"
        " WHERE s.id = $1"
        "   AND EXISTS (SELECT 1 FROM applications a"
        "                WHERE a.source_id = s.id AND a.availability_status = 'available')",
        "UPDATE authentications h"
        "   SET availability_status = 'available'"
        " WHERE h.source_id = $1"
        "   AND ((h.resource_type = 'Source'"
        "         AND EXISTS (SELECT 1 FROM sources s"
        "                      WHERE s.id = h.resource_id AND s.availability_status = 'available'))"
        "     OR (h.resource_type = 'Application'"
        "         AND EXISTS (SELECT 1 FROM applications a"
        "                      WHERE a.id = h.resource_id"
        "                        AND a.availability_status = 'available')))",
    };
    Call *call = bulk->call;
    for (int i = 0; i < bulk->sources.count; i++) {
        for (size_t j = 0; j < sizeof STATEMENTS / sizeof *STATEMENTS; j++) {
            if (DB_QUERY(call->db, call->arena, &call->error, STATEMENTS[j],
                         bulk->sources.rows[i].id) == NULL) {
                return false;
            }
        }
    }
    return true;
}

static bool write_events(Bulk *bulk)
{
    const struct {
        EventResource resource;
        const MadeList *list;
    } kinds[] = {
        {EVENT_SOURCE, &bulk->sources},
        {EVENT_ENDPOINT, &bulk->endpoints},
        {EVENT_APPLICATION, &bulk->made_applications},
        {EVENT_APPLICATION_AUTHENTICATION, &bulk->links},
        {EVENT_AUTHENTICATION, &bulk->authentications},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (int j = 0; j < kinds[i].list->count; j++) {
            const Made *row = &kinds[i].list->rows[j];
            if (!call_event(bulk->call, kinds[i].resource, "create", row->id, row->source_id)) {
                return false;
            }
        }
    }
    return true;
}

static bool make_list(Bulk *bulk, const char *name, bool (*make)(Bulk *bulk, json_t *item))
{
    size_t index;
    json_t *item;
    json_array_foreach (json_object_get(bulk->body, name), index, item) {
        if (!make(bulk, item)) {
            return false;
        }
    }
    return true;
}

static bool make_all(Bulk *bulk)
{
    if (!read_applications(bulk) || !make_list(bulk, "sources", make_source)) {
        return false;
    }
    for (size_t i = 0; bulk->applications[i] != NULL; i++) {
        if (!make_application(bulk, i)) {
            return false;
        }
    }
    return make_list(bulk, "endpoints", make_endpoint) &&
           make_list(bulk, "authentications", make_authentication) && make_available(bulk) &&
           write_events(bulk);
}

static bool write_rows(Call *call, JsonWriter *json, const char *name, const Resource *resource,
                       const MadeList *list)
{
    const char **ids = arena_array(call->arena, (size_t)list->count + 1, sizeof *ids);
    for (int i = 0; i < list->count; i++) {
        ids[i] = list->rows[i].id;
    }
    json_write_key(json, name);
    return resource_write_array(call, json, resource, ids, list->count);
}

static void answer(Bulk *bulk)
{
    Call *call = bulk->call;
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    bool done =
        write_rows(call, &json, "sources", &SOURCES, &bulk->sources) &&
        write_rows(call, &json, "applications", &APPLICATIONS, &bulk->made_applications) &&
        write_rows(call, &json, "endpoints", &ENDPOINTS, &bulk->endpoints) &&
        write_rows(call, &json, "authentications", &AUTHENTICATIONS, &bulk->authentications);
    json_end(&json);
    call->response->status = 201;
    if (!done) {
        call_database_failed(call, &call->error);
    }
}

/* Puts the checked items in the place of those that were sent, before anything is made of them. */
static bool check_items(Bulk *bulk)
{
    for (size_t i = 0; i < sizeof ITEMS / sizeof *ITEMS; i++) {
        json_t *list = json_object_get(bulk->body, ITEMS[i].list);
        for (size_t j = 0; j < json_array_size(list); j++) {
            json_t *item =
                body_check(bulk->call, json_array_get(list, j), ITEMS[i].fields, ITEMS[i].names);
            if (item == NULL) {
                return false;
            }
            json_array_set(list, j, item);
        }
    }
    return true;
}

/* Room for as many rows as the lists have items. */
static bool make_room(Bulk *bulk)
{
    Call *call = bulk->call;
    size_t total = 0;
    for (const BodyField *field = FIELDS; field->name != NULL; field++) {
        total += json_array_size(json_object_get(bulk->body, field->name));
    }
    if (total == 0) {
        return call_bad(call, "nothing to create: the body names no source, application, endpoint "
                              "or authentication");
    }
    if (total > ITEMS_MAX) {
        return call_bad(call, "more than %d items in one request", ITEMS_MAX);
    }
    MadeList *lists[] = {&bulk->sources, &bulk->endpoints, &bulk->made_applications,
                         &bulk->authentications, &bulk->links};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        lists[i]->rows = arena_array(call->arena, total, sizeof(Made));
    }
    return true;
}

void bulk_create(Call *call)
{
    Bulk bulk = {.call = call, .body = body_read(call, FIELDS)};
    if (bulk.body == NULL || !make_room(&bulk) || !check_items(&bulk)) {
        return;
    }
    bool done = call_transact(call) && make_all(&bulk);
    if (call_finish(call, done)) {
        answer(&bulk);
    }
}
