#include <string.h>

#include "base/json.h"
#include "moving/apply.h"
#include "moving/document.h"
#include "moving/seal.h"
#include "sources/carry.h"

/* The source that is being brought in. */
typedef struct SourceWork {
    Apply *apply;
    const json_t *entry;
    const json_t *there; /* as it is here; NULL: it is new */
    const char *id;      /* here */
    const char *name;
    json_t *ids; /* from "Endpoint 5" of the document to the id here */
} SourceWork;

static const char *const SOURCE_MEMBERS[] = {
    "name", "uid", "version", "imported", "source_ref", "app_creation_workflow", NULL};
static const char *const SOURCE_CHANGEABLE[] = {"name", "version", "imported", "source_ref", NULL};
static const char *const ENDPOINT_MEMBERS[] = {"default",
                                               "role",
                                               "scheme",
                                               "host",
                                               "port",
                                               "path",
                                               "receptor_node",
                                               "verify_ssl",
                                               "certificate_authority",
                                               NULL};
static const char *const AUTHENTICATION_MEMBERS[] = {"name",     "authtype", "username",
                                                     "password", "extra",    NULL};
static const char *const AUTHENTICATION_CHANGEABLE[] = {"password", "extra", NULL};
static const char *const SECRET_CHANGEABLE[] = {"username", "password", "extra", NULL};

json_t *apply_ask(Apply *apply, const char *method, const char *path, const json_t *body,
                  const char *what, Error *error)
{
    json_t *answer = inside_ask(apply->inside, apply->arena, method, path, body, error);
    if (answer == NULL) {
        error_wrap(error, "organisation %s, %s", apply->org_id, what);
    }
    return answer;
}

json_t *apply_pick(Apply *apply, const json_t *entry, const char *const *names)
{
    json_t *picked = document_new(apply->arena, json_object());
    for (; *names != NULL; names++) {
        json_t *value = json_object_get(entry, *names);
        if (value != NULL && !json_is_null(value)) {
            json_object_set(picked, *names, value);
        }
    }
    return picked;
}

json_t *apply_differing(Apply *apply, const json_t *entry, const json_t *there,
                        const char *const *names)
{
    json_t *picked = apply_pick(apply, entry, names);
    for (; *names != NULL; names++) {
        if (json_equal(json_object_get(entry, *names), json_object_get(there, *names))) {
            json_object_del(picked, *names);
        }
    }
    return picked;
}

/* Makes a row below `collection`; its id, or NULL. */
static const char *make(Apply *apply, const char *collection, const json_t *body, const char *what,
                        Error *error)
{
    const char *path = arena_printf(apply->arena, SOURCES_PATH "/%s", collection);
    const json_t *made = apply_ask(apply, "POST", path, body, what, error);
    return made != NULL ? json_get_string(made, "id") : NULL;
}

/* Changes a row, if there is anything to change. */
static bool change(Apply *apply, const char *collection, const char *id, const json_t *body,
                   const char *what, Error *error)
{
    if (json_object_size(body) == 0) {
        return true;
    }
    const char *path = arena_printf(apply->arena, SOURCES_PATH "/%s/%s", collection, id);
    if (apply_ask(apply, "PATCH", path, body, what, error) == NULL) {
        return false;
    }
    moving_report(apply->report, MOVING_CHANGED, "%s", what);
    return true;
}

/* The row of a list whose members `names` are those of the entry; "" and null are one. */
static json_t *find_like(const json_t *list, const json_t *entry, const char *const *names)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *row = json_array_get(list, i);
        bool like = true;
        for (const char *const *name = names; like && *name != NULL; name++) {
            const char *a = json_get_string(row, *name), *b = json_get_string(entry, *name);
            like = strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
        }
        if (like) {
            return row;
        }
    }
    return NULL;
}

static void remember(SourceWork *work, const char *type, const json_t *entry, const char *id)
{
    const char *key = arena_printf(work->apply->arena, "%s %s", type, json_get_string(entry, "id"));
    json_object_set_new(work->ids, key, json_string(id));
}

static const char *lookup(const SourceWork *work, const char *type, const char *id)
{
    return json_get_string(work->ids, arena_printf(work->apply->arena, "%s %s", type, id));
}

static const char *describe(const SourceWork *work, const char *kind, const char *name)
{
    return arena_printf(work->apply->arena, "source \"%s\"%s%s%s%s", work->name,
                        kind != NULL ? ", " : "", kind != NULL ? kind : "", name != NULL ? " " : "",
                        name != NULL ? name : "");
}

static bool put_endpoint(SourceWork *work, const json_t *entry, Error *error)
{
    static const char *const KEY[] = {"role", NULL};
    Apply *apply = work->apply;
    const char *what = describe(work, "endpoint", json_get_string(entry, "host"));
    const json_t *there = find_like(json_object_get(work->there, "endpoints"), entry, KEY);
    if (there != NULL) {
        remember(work, "Endpoint", entry, json_get_string(there, "id"));
        json_t *body = apply_differing(apply, entry, there, ENDPOINT_MEMBERS);
        /* It is checked together with the other. */
        if (json_object_get(body, "verify_ssl") != NULL) {
            json_object_set(body, "certificate_authority",
                            json_object_get(entry, "certificate_authority"));
        }
        return change(apply, "endpoints", json_get_string(there, "id"), body, what, error);
    }
    json_t *body = apply_pick(apply, entry, ENDPOINT_MEMBERS);
    json_object_set_new(body, "source_id", json_string(work->id));
    const char *id = make(apply, "endpoints", body, what, error);
    if (id != NULL) {
        remember(work, "Endpoint", entry, id);
    }
    return id != NULL;
}

/* What the application's `extra` is to be: secrets that the document leaves out stay. */
static json_t *wanted_extra(Apply *apply, const json_t *entry, const json_t *there)
{
    json_t *wanted = document_new(apply->arena, json_deep_copy(json_object_get(entry, "extra")));
    const char *name;
    json_t *value;
    json_object_foreach (json_object_get(there, "extra"), name, value) {
        if (json_is_object(wanted) && seal_is_secret(name) &&
            json_object_get(wanted, name) == NULL) {
            json_object_set(wanted, name, value);
        }
    }
    return wanted;
}

static bool put_application(SourceWork *work, const json_t *entry, Error *error)
{
    static const char *const KEY[] = {"application_type", NULL};
    static const char *const EXTRA[] = {"extra", NULL};
    Apply *apply = work->apply;
    const char *type = json_get_string(entry, "application_type");
    const char *what = describe(work, "application", type);
    const json_t *there = find_like(json_object_get(work->there, "applications"), entry, KEY);
    if (there != NULL) {
        json_t *wish = document_new(apply->arena, json_object());
        remember(work, "Application", entry, json_get_string(there, "id"));
        if (json_is_object(json_object_get(entry, "extra"))) {
            json_object_set(wish, "extra", wanted_extra(apply, entry, there));
        }
        return change(apply, "applications", json_get_string(there, "id"),
                      apply_differing(apply, wish, there, EXTRA), what, error);
    }
    const char *type_id = sources_carry_type(inside_sources(apply->inside), apply->arena,
                                             "application_types", type, error);
    if (type_id == NULL) {
        return error_wrap(error, "organisation %s, %s", apply->org_id, what);
    }
    json_t *body = apply_pick(apply, entry, EXTRA);
    json_object_set_new(body, "source_id", json_string(work->id));
    json_object_set_new(body, "application_type_id", json_string(type_id));
    const char *id = make(apply, "applications", body, what, error);
    if (id != NULL) {
        remember(work, "Application", entry, id);
    }
    return id != NULL;
}

/* The id here of what the authentication belongs to; NULL and an Error when it is not in the
 * document. */
static const char *owner_of(SourceWork *work, const json_t *entry, const char *what, Error *error)
{
    const char *type = json_get_string(entry, "resource_type");
    const char *given = json_get_string(entry, "resource_id");
    const char *id = strcmp(type, "Source") == 0 ? work->id : lookup(work, type, given);
    if (id == NULL) {
        error_set(error, ERROR_INVALID,
                  "organisation %s, %s: the document has no %s with the id %s in this source",
                  work->apply->org_id, what, type, given);
    }
    return id;
}

static json_t *find_authentication(const SourceWork *work, const json_t *entry, const char *owner)
{
    static const char *const KEY[] = {"resource_type", "resource_id", "authtype",
                                      "username",      "name",        NULL};
    json_t *key = document_new(work->apply->arena, json_copy((json_t *)entry));
    json_object_set_new(key, "resource_id", json_string(owner));
    return find_like(json_object_get(work->there, "authentications"), key, KEY);
}

static bool put_authentication(SourceWork *work, const json_t *entry, Error *error)
{
    Apply *apply = work->apply;
    const char *label = json_get_string(entry, "authtype");
    const char *what = describe(work, "authentication", label);
    const char *owner = owner_of(work, entry, what, error);
    if (owner == NULL) {
        return false;
    }
    json_t *there = find_authentication(work, entry, owner);
    if (there != NULL) {
        remember(work, "Authentication", entry, json_get_string(there, "id"));
        bool done =
            change(apply, "authentications", json_get_string(there, "id"),
                   apply_differing(apply, entry, there, AUTHENTICATION_CHANGEABLE), what, error);
        json_object_clear(there); /* another one like it in the document is another one */
        return done;
    }
    json_t *body = apply_pick(apply, entry, AUTHENTICATION_MEMBERS);
    json_object_set(body, "resource_type", json_object_get(entry, "resource_type"));
    json_object_set_new(body, "resource_id", json_string(owner));
    const char *id = make(apply, "authentications", body, what, error);
    if (id != NULL) {
        remember(work, "Authentication", entry, id);
    }
    return id != NULL;
}

/* Which authentications an application uses. */
static bool put_links(SourceWork *work, const json_t *entry, Error *error)
{
    static const char *const KEY[] = {"application_type", NULL};
    Apply *apply = work->apply;
    const json_t *given = json_object_get(entry, "authentication_ids");
    const json_t *there = find_like(json_object_get(work->there, "applications"), entry, KEY);
    const char *what = describe(work, "application", json_get_string(entry, "application_type"));
    for (size_t i = 0; i < json_array_size(given); i++) {
        const char *named = json_string_value(json_array_get(given, i));
        const char *id = lookup(work, "Authentication", named);
        if (id == NULL) {
            return error_set(error, ERROR_INVALID,
                             "organisation %s, %s: the document has no authentication with the "
                             "id %s in this source",
                             apply->org_id, what, named);
        }
        if (document_has_text(json_object_get(there, "authentication_ids"), id)) {
            continue;
        }
        json_t *body = document_new(
            apply->arena, json_pack("{s:s, s:s}", "application_id",
                                    lookup(work, "Application", json_get_string(entry, "id")),
                                    "authentication_id", id));
        if (make(apply, "application_authentications", body, what, error) == NULL) {
            return false;
        }
    }
    return true;
}

/* Pausing, or its end, where it is not as it should be. */
static bool put_pause(SourceWork *work, const char *collection, const char *id, bool wanted,
                      bool is, Error *error)
{
    const char *what = describe(work, wanted ? "pause" : "unpause", collection);
    if (wanted == is) {
        return true;
    }
    if (work->there != NULL) {
        moving_report(work->apply->report, MOVING_CHANGED, "%s", what);
    }
    return apply_ask(work->apply, "POST",
                     arena_printf(work->apply->arena, SOURCES_PATH "/%s/%s/%s", collection, id,
                                  wanted ? "pause" : "unpause"),
                     NULL, what, error) != NULL;
}

static bool put_pauses(SourceWork *work, Error *error)
{
    static const char *const KEY[] = {"application_type", NULL};
    bool wanted = json_is_true(json_object_get(work->entry, "paused"));
    bool was = json_is_true(json_object_get(work->there, "paused"));
    if (!put_pause(work, "sources", work->id, wanted, was, error)) {
        return false;
    }
    /* A source takes its applications with it. */
    const json_t *list = json_object_get(work->entry, "applications");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        const json_t *there = find_like(json_object_get(work->there, "applications"), entry, KEY);
        bool is = wanted != was ? wanted : json_is_true(json_object_get(there, "paused"));
        if (!put_pause(work, "applications",
                       lookup(work, "Application", json_get_string(entry, "id")),
                       json_is_true(json_object_get(entry, "paused")), is, error)) {
            return false;
        }
    }
    return true;
}

typedef bool PutRow(SourceWork *work, const json_t *entry, Error *error);

static bool put_rows(SourceWork *work, const char *list_name, PutRow *put, Error *error)
{
    const json_t *list = json_object_get(work->entry, list_name);
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!put(work, json_array_get(list, i), error)) {
            return false;
        }
    }
    return true;
}

static bool make_source(SourceWork *work, Error *error)
{
    Apply *apply = work->apply;
    const char *what = describe(work, NULL, NULL);
    const char *type = json_get_string(work->entry, "source_type");
    const char *type_id = sources_carry_type(inside_sources(apply->inside), apply->arena,
                                             "source_types", type, error);
    if (type_id == NULL) {
        return error_wrap(error, "organisation %s, %s", apply->org_id, what);
    }
    json_t *body = apply_pick(apply, work->entry, SOURCE_MEMBERS);
    json_object_set_new(body, "source_type_id", json_string(type_id));
    work->id = make(apply, "sources", body, what, error);
    if (work->id != NULL) {
        moving_report(apply->report, MOVING_MADE, "source \"%s\" (%s)", work->name, type);
    }
    return work->id != NULL;
}

static bool change_source(SourceWork *work, Error *error)
{
    const char *what = describe(work, NULL, NULL);
    const char *wanted = json_get_string(work->entry, "source_type");
    const char *is = json_get_string(work->there, "source_type");
    work->id = json_get_string(work->there, "id");
    if (strcmp(wanted, is) != 0) {
        return error_set(error, ERROR_CONFLICT,
                         "organisation %s, %s: there is such a source already, of type %s, not %s; "
                         "give one of them another name",
                         work->apply->org_id, what, is, wanted);
    }
    return change(work->apply, "sources", work->id,
                  apply_differing(work->apply, work->entry, work->there, SOURCE_CHANGEABLE), what,
                  error);
}

static bool put_source(SourceWork *work, Error *error)
{
    return (work->there != NULL ? change_source(work, error) : make_source(work, error)) &&
           put_rows(work, "endpoints", put_endpoint, error) &&
           put_rows(work, "applications", put_application, error) &&
           put_rows(work, "authentications", put_authentication, error) &&
           put_rows(work, "applications", put_links, error) && put_pauses(work, error);
}

/* The rows of a list by one of their texts. */
static json_t *index_by(Apply *apply, const json_t *list, const char *member)
{
    json_t *index = document_new(apply->arena, json_object());
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *row = json_array_get(list, i);
        const char *text = json_get_string(row, member);
        if (text != NULL) {
            json_object_set(index, text, row);
        }
    }
    return index;
}

/* `ids` receives the ids here by those of the document. */
static bool put_sources(Apply *apply, const json_t *there, json_t *ids, Error *error)
{
    const json_t *list = json_object_get(apply->tenant, "sources");
    const json_t *by_uid = index_by(apply, json_object_get(there, "sources"), "uid");
    const json_t *by_name = index_by(apply, json_object_get(there, "sources"), "name");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        SourceWork work = {.apply = apply,
                           .entry = entry,
                           .name = json_get_string(entry, "name"),
                           .ids = document_new(apply->arena, json_object())};
        work.there = json_object_get(by_uid, json_get_string(entry, "uid"));
        if (work.there == NULL) {
            work.there = json_object_get(by_name, work.name);
        }
        if (!put_source(&work, error)) {
            return false;
        }
        json_object_set_new(ids, json_get_string(entry, "id"), json_string(work.id));
    }
    return true;
}

static bool put_connection(Apply *apply, const json_t *there, const json_t *entry,
                           const json_t *ids, Error *error)
{
    static const char *const MEMBERS[] = {"rhc_id", "extra", NULL};
    static const char *const KEY[] = {"rhc_id", NULL};
    static const char *const EXTRA[] = {"extra", NULL};
    const char *what =
        arena_printf(apply->arena, "connection %s", json_get_string(entry, "rhc_id"));
    const json_t *found = find_like(json_object_get(there, "rhc_connections"), entry, KEY);
    const json_t *sources = json_object_get(entry, "source_ids");
    for (size_t i = 0; i < json_array_size(sources); i++) {
        const char *id = json_get_string(ids, json_string_value(json_array_get(sources, i)));
        if (id == NULL || document_has_text(json_object_get(found, "source_ids"), id)) {
            continue;
        }
        json_t *body = apply_pick(apply, entry, MEMBERS);
        json_object_set_new(body, "source_id", json_string(id));
        if (make(apply, "rhc_connections", body, what, error) == NULL) {
            return false;
        }
        moving_report(apply->report, MOVING_MADE, "%s", what);
    }
    return found == NULL || change(apply, "rhc_connections", json_get_string(found, "id"),
                                   apply_differing(apply, entry, found, EXTRA), what, error);
}

static bool put_secret(Apply *apply, const json_t *there, const json_t *entry, Error *error)
{
    static const char *const KEY[] = {"name", NULL};
    const char *name = json_get_string(entry, "name");
    const char *what = arena_printf(apply->arena, "secret \"%s\"", name != NULL ? name : "");
    const json_t *found = find_like(json_object_get(there, "secrets"), entry, KEY);
    if (found != NULL) {
        return change(apply, "secrets", json_get_string(found, "id"),
                      apply_differing(apply, entry, found, SECRET_CHANGEABLE), what, error);
    }
    if (make(apply, "secrets", apply_pick(apply, entry, AUTHENTICATION_MEMBERS), what, error) ==
        NULL) {
        return false;
    }
    moving_report(apply->report, MOVING_MADE, "%s", what);
    return true;
}

bool apply_sources(Apply *apply, Error *error)
{
    const char *text =
        sources_carry_read(inside_sources(apply->inside), apply->arena, apply->org_id, error);
    json_t *there = text != NULL ? json_parse(apply->arena, text, strlen(text), error) : NULL;
    json_t *ids = document_new(apply->arena, json_object());
    if (there == NULL) {
        return false;
    }
    seal_open_stored(apply->config, apply->arena, there);
    if (!put_sources(apply, there, ids, error)) {
        return false;
    }
    const json_t *connections = json_object_get(apply->tenant, "rhc_connections");
    for (size_t i = 0; i < json_array_size(connections); i++) {
        if (!put_connection(apply, there, json_array_get(connections, i), ids, error)) {
            return false;
        }
    }
    const json_t *secrets = json_object_get(apply->tenant, "secrets");
    for (size_t i = 0; i < json_array_size(secrets); i++) {
        if (!put_secret(apply, there, json_array_get(secrets, i), error)) {
            return false;
        }
    }
    return true;
}
