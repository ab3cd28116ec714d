#include <string.h>

#include "base/json.h"
#include "identity/identity.h"
#include "moving/apply.h"
#include "moving/document.h"
#include "moving/settings_read.h"

/* A kind of entries that the API keeps: price lists, and the cost models that name them. */
typedef struct Kind {
    const char *name; /* in the document */
    const char *path;
    const char *what;
    const char *const *members;
} Kind;

static const char *const LIST_MEMBERS[] = {"uuid",
                                           "name",
                                           "description",
                                           "currency",
                                           "enabled",
                                           "effective_start_date",
                                           "effective_end_date",
                                           "rates",
                                           NULL};
static const char *const MODEL_MEMBERS[] = {
    "uuid",   "name",         "description",  "source_type",      "currency",          "rates",
    "markup", "distribution", "source_uuids", "price_list_uuids", "distribution_info", NULL};

static const Kind PRICE_LISTS = {"price_lists", COSTS_PATH "/price-lists/", "price list",
                                 LIST_MEMBERS};
static const Kind COST_MODELS = {"cost_models", COSTS_PATH "/cost-models/", "cost model",
                                 MODEL_MEMBERS};

/* The row that is here already: the same one, else one of the same name and type. */
static json_t *find_there(const json_t *list, const json_t *entry)
{
    static const char *const KEYS[][3] = {{"uuid", NULL}, {"name", "source_type", NULL}};
    for (size_t key = 0; key < sizeof KEYS / sizeof *KEYS; key++) {
        for (size_t i = 0; i < json_array_size(list); i++) {
            json_t *row = json_array_get(list, i);
            bool same = json_object_size(row) > 0;
            for (const char *const *name = KEYS[key]; same && *name != NULL; name++) {
                same =
                    json_equal(json_object_get(row, *name), json_object_get(entry, *name)) ||
                    (json_object_get(row, *name) == NULL && json_object_get(entry, *name) == NULL);
            }
            if (same) {
                return row;
            }
        }
    }
    return NULL;
}

/* Ids of rates are each installation's own. */
static json_t *without_rate_ids(Apply *apply, const json_t *rates)
{
    json_t *copy = document_new(apply->arena, json_deep_copy(rates));
    for (size_t i = 0; i < json_array_size(copy); i++) {
        json_object_del(json_array_get(copy, i), "rate_id");
    }
    return copy;
}

/* A markup's value is stored with all its places. */
static bool same_markup(const json_t *one, const json_t *other)
{
    const char *a = json_get_string(one, "value"), *b = json_get_string(other, "value");
    Decimal first, second;
    return a != NULL && b != NULL && decimal_parse(a, strlen(a), &first) &&
           decimal_parse(b, strlen(b), &second) && first == second;
}

static bool is_same(Apply *apply, const char *name, const json_t *wanted, const json_t *is)
{
    bool empty = (json_is_array(wanted) || json_is_object(wanted)) && is == NULL &&
                 json_array_size(wanted) == 0 && json_object_size(wanted) == 0;
    if (strcmp(name, "rates") == 0) {
        wanted = without_rate_ids(apply, wanted);
        is = without_rate_ids(apply, is);
    }
    return empty || strcmp(name, "uuid") == 0 || json_equal(wanted, is) ||
           (strcmp(name, "markup") == 0 && same_markup(wanted, is));
}

static bool is_as_wanted(Apply *apply, const json_t *wanted, const json_t *there)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)wanted, name, value) {
        if (!is_same(apply, name, value, json_object_get(there, name))) {
            return false;
        }
    }
    return true;
}

/* The sources that are here: a model may name one that was not made by the Sources API and so is
 * not in the document. */
static bool keep_known_sources(Apply *apply, json_t *wanted, const char *what, Error *error)
{
    json_t *given = json_object_get(wanted, "source_uuids"), *kept = json_array();
    const char *sql =
        arena_printf(apply->arena, "SELECT FROM %s.reporting_tenant_api_provider WHERE uuid = $1",
                     db_identifier(apply->arena, identity_schema(apply->arena, apply->org_id)));
    bool done = true;
    for (size_t i = 0; done && i < json_array_size(given); i++) {
        const char *uuid = json_string_value(json_array_get(given, i));
        DbResult *rows = DB_QUERY(inside_koku(apply->inside), apply->arena, error, sql, uuid);
        done = rows != NULL;
        if (done && db_row_count(rows) > 0) {
            json_array_append_new(kept, json_string(uuid));
        } else if (done) {
            moving_report(apply->report, MOVING_NOTE, "%s: there is no provider %s here", what,
                          uuid);
        }
    }
    json_object_set_new(wanted, "source_uuids", kept);
    return done;
}

/* What the document's uuids of price lists are here. */
static void translate_lists(json_t *wanted, const json_t *uuids)
{
    json_t *given = json_object_get(wanted, "price_list_uuids"), *here = json_array();
    for (size_t i = 0; i < json_array_size(given); i++) {
        json_t *known = json_object_get(uuids, json_string_value(json_array_get(given, i)));
        if (known != NULL) {
            json_array_append(here, known);
        }
    }
    json_object_set_new(wanted, "price_list_uuids", here);
}

/* Makes or changes one; *uuid is the one here, NULL when it was refused and left out. */
static bool put(Apply *apply, const Kind *kind, json_t *wanted, json_t *there, const char **uuid,
                Error *error)
{
    const char *what =
        arena_printf(apply->arena, "%s \"%s\"", kind->what, json_get_string(wanted, "name"));
    *uuid = there != NULL ? json_get_string(there, "uuid") : NULL;
    if (there != NULL && is_as_wanted(apply, wanted, there)) {
        return true;
    }
    const char *path =
        there != NULL ? arena_printf(apply->arena, "%s%s/", kind->path, *uuid) : kind->path;
    const json_t *answer = inside_ask(apply->inside, apply->arena, there != NULL ? "PUT" : "POST",
                                      path, wanted, error);
    if (answer == NULL && apply->lenient && error->code == ERROR_INVALID) {
        moving_report(apply->report, MOVING_NOTE, "%s is left out: %s", what, error->message);
        error_clear(error);
        return true;
    }
    if (answer == NULL) {
        return error_wrap(error, "organisation %s, %s", apply->org_id, what);
    }
    *uuid = json_get_string(answer, "uuid");
    moving_report(apply->report, there != NULL ? MOVING_CHANGED : MOVING_MADE, "%s", what);
    return true;
}

static bool put_price_lists(Apply *apply, const json_t *there, json_t *uuids, Error *error)
{
    const json_t *list = apply_setting(apply, PRICE_LISTS.name);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        json_t *wanted = apply_pick(apply, entry, PRICE_LISTS.members);
        json_t *found = find_there(json_object_get(there, PRICE_LISTS.name), entry);
        const char *uuid;
        if (!put(apply, &PRICE_LISTS, wanted, found, &uuid, error)) {
            return false;
        }
        if (uuid != NULL) {
            json_object_set_new(uuids, json_get_string(entry, "uuid"), json_string(uuid));
        }
        if (found != NULL) {
            json_object_clear(found);
        }
    }
    return true;
}

/* An empty object says nothing: what it stands for keeps its default. */
static void drop_empty(json_t *wanted)
{
    static const char *const NAMES[] = {"markup", "distribution_info"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (json_object_size(json_object_get(wanted, NAMES[i])) == 0) {
            json_object_del(wanted, NAMES[i]);
        }
    }
}

static bool put_cost_models(Apply *apply, const json_t *there, const json_t *uuids, Error *error)
{
    const json_t *list = apply_setting(apply, COST_MODELS.name);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        json_t *wanted = apply_pick(apply, entry, COST_MODELS.members);
        json_t *found = find_there(json_object_get(there, COST_MODELS.name), entry);
        const char *uuid, *what = json_get_string(entry, "name");
        translate_lists(wanted, uuids);
        drop_empty(wanted);
        if (!keep_known_sources(apply, wanted,
                                arena_printf(apply->arena, "cost model \"%s\"", what), error) ||
            !put(apply, &COST_MODELS, wanted, found, &uuid, error)) {
            return false;
        }
        if (found != NULL) {
            json_object_clear(found);
        }
    }
    return true;
}

bool apply_cost_models(Apply *apply, Error *error)
{
    json_t *there = document_new(apply->arena, json_object());
    json_t *uuids = document_new(apply->arena, json_object());
    return settings_read(inside_koku(apply->inside), apply->arena,
                         identity_schema(apply->arena, apply->org_id), there, NULL, error) &&
           put_price_lists(apply, there, uuids, error) &&
           put_cost_models(apply, there, uuids, error);
}
