#include "reports/organization.h"

#include <string.h>

#include "base/json.h"

enum { DEPTH_MAX = 16, ID_MAX = 50, NAME_MAX_BYTES = 250 };

/* The tree while it becomes rows: {"unit", "name", "path", "level"[, "account", "alias"]}. */
typedef struct Reading {
    Arena *arena;
    json_t *rows;
    json_t *seen; /* ids, units' and accounts' */
    OrganizationCounts *counts;
    Error *error;
} Reading;

static const char *read_id(Reading *reading, const json_t *object, const char *where)
{
    const char *id = json_get_string(object, "Id");
    if (id == NULL || *id == '\0' || strlen(id) > ID_MAX || strpbrk(id, "&,*\x1f") != NULL) {
        error_set(reading->error, ERROR_INVALID,
                  "%s: \"Id\" must be a text of 1 to %d characters without & , *", where, ID_MAX);
        return NULL;
    }
    if (json_object_get(reading->seen, id) != NULL) {
        error_set(reading->error, ERROR_INVALID, "%s: \"%s\" is there twice", where, id);
        return NULL;
    }
    json_object_set_new(reading->seen, id, json_true());
    return id;
}

/* The list at `name`; an absent one is empty. False when it is something else. */
static bool read_list(Reading *reading, const json_t *object, const char *name, const char *where,
                      json_t **list)
{
    *list = json_object_get(object, name);
    return *list == NULL || json_is_array(*list) ||
           error_set(reading->error, ERROR_INVALID, "%s: \"%s\" must be a list", where, name);
}

/* The name, else the id; NULL when it is no text. */
static const char *read_name(Reading *reading, const json_t *object, const char *id,
                             const char *where)
{
    const json_t *name = json_object_get(object, "Name");
    if (name != NULL && (!json_is_string(name) || json_string_length(name) > NAME_MAX_BYTES)) {
        error_set(reading->error, ERROR_INVALID, "%s: \"Name\" must be a text of at most %d bytes",
                  where, NAME_MAX_BYTES);
        return NULL;
    }
    return json_string_length(name) > 0 ? json_string_value(name) : id;
}

static bool read_accounts(Reading *reading, const json_t *unit, const json_t *row,
                          const char *where)
{
    json_t *accounts, *account;
    size_t i;
    if (!read_list(reading, unit, "Accounts", where, &accounts)) {
        return false;
    }
    json_array_foreach (accounts, i, account) {
        const char *place = arena_printf(reading->arena, "%s.Accounts[%zu]", where, i);
        const char *id = read_id(reading, account, place);
        const char *name = id != NULL ? read_name(reading, account, id, place) : NULL;
        if (name == NULL) {
            return false;
        }
        json_t *one = json_copy((json_t *)row);
        json_object_set_new(one, "account", json_string(id));
        json_object_set_new(one, "alias", json_string(name));
        json_array_append_new(reading->rows, one);
        reading->counts->accounts++;
    }
    return true;
}

static bool read_unit(Reading *reading, const json_t *unit, const char *above, int level,
                      const char *where)
{
    json_t *units, *below;
    size_t i;
    const char *id = read_id(reading, unit, where);
    if (id == NULL || !read_list(reading, unit, "OrganizationalUnits", where, &units)) {
        return false;
    }
    const char *name = read_name(reading, unit, id, where);
    if (name == NULL) {
        return false;
    }
    if (level == DEPTH_MAX) {
        return error_set(reading->error, ERROR_INVALID, "%s: units nest at most %d deep", where,
                         DEPTH_MAX);
    }
    const char *path = above[0] != '\0' ? arena_printf(reading->arena, "%s&%s", above, id) : id;
    json_t *row =
        json_pack("{s:s, s:s, s:s, s:i}", "unit", id, "name", name, "path", path, "level", level);
    bool done = row != NULL || error_set(reading->error, ERROR_INVALID, "%s: not UTF-8", where);
    if (done) {
        json_array_append_new(reading->rows, row);
        reading->counts->units++;
        done = read_accounts(reading, unit, row, where);
    }
    json_array_foreach (units, i, below) {
        done = done &&
               read_unit(reading, below, path, level + 1,
                         arena_printf(reading->arena, "%s.OrganizationalUnits[%zu]", where, i));
    }
    return done;
}

static bool read_tree(Reading *reading, const json_t *tree)
{
    json_t *roots, *root;
    size_t i;
    if (!read_list(reading, tree, "Roots", "the organization", &roots)) {
        return false;
    }
    if (json_array_size(roots) == 0) {
        return error_set(reading->error, ERROR_INVALID,
                         "the organization: \"Roots\" must be a list of at least one root");
    }
    json_array_foreach (roots, i, root) {
        if (!read_unit(reading, root, "", 0, arena_printf(reading->arena, "Roots[%zu]", i))) {
            return false;
        }
    }
    return true;
}

#define WANTED                                                                                     \
    "jsonb_to_recordset($1::jsonb) AS w"                                                           \
    " (unit text, name text, path text, level smallint, account text, alias text)"

static const char ALIASES[] =
    "INSERT INTO {schema}.reporting_awsaccountalias (account_id, account_alias)"
    " SELECT w.account, left(w.alias, 63)"
    "   FROM " WANTED "  WHERE w.account IS NOT NULL"
    " ON CONFLICT (account_id) DO UPDATE SET account_alias = EXCLUDED.account_alias"
    "  WHERE EXCLUDED.account_alias <> EXCLUDED.account_id";

/* Rows and the structure that is wanted, side by side. */
#define SAME                                                                                       \
    "o.org_unit_id = w.unit AND o.org_unit_name = w.name AND o.org_unit_path = w.path"             \
    " AND o.level = w.level AND o.account_alias_id IS NOT DISTINCT FROM a.id"

static const char REMOVE[] =
    "UPDATE {schema}.reporting_awsorganizationalunit o"
    "   SET deleted_timestamp = $2::date"
    " WHERE o.deleted_timestamp IS NULL"
    "   AND NOT EXISTS ("
    "       SELECT 1"
    "         FROM " WANTED
    "         LEFT JOIN {schema}.reporting_awsaccountalias a ON a.account_id = w.account"
    "        WHERE " SAME ")";

static const char ADD[] =
    "INSERT INTO {schema}.reporting_awsorganizationalunit"
    "    (org_unit_id, org_unit_name, org_unit_path, level, account_alias_id, created_timestamp)"
    " SELECT w.unit, w.name, w.path, w.level, a.id,"
    "        CASE WHEN EXISTS (SELECT 1 FROM {schema}.reporting_awsorganizationalunit)"
    "             THEN $2::date ELSE DATE '1970-01-01' END"
    "   FROM " WANTED
    "   LEFT JOIN {schema}.reporting_awsaccountalias a ON a.account_id = w.account"
    "  WHERE NOT EXISTS ("
    "        SELECT 1"
    "          FROM {schema}.reporting_awsorganizationalunit o"
    "         WHERE o.deleted_timestamp IS NULL"
    "           AND " SAME ")";

static DbResult *run(Db *db, Arena *arena, const char *schema, const char *sql, const char *rows,
                     const char *today, Error *error)
{
    const char *quoted = db_identifier(arena, schema);
    Buffer *text = buffer_new(arena);
    const char *place;
    for (; (place = strstr(sql, "{schema}")) != NULL; sql = place + strlen("{schema}")) {
        buffer_append(text, sql, (size_t)(place - sql));
        buffer_append_text(text, quoted);
    }
    buffer_append_text(text, sql);
    const char *const parameters[] = {rows, today};
    return db_query(db, arena, error, text->data, today != NULL ? 2 : 1, parameters);
}

static bool store(Db *db, Arena *arena, const char *schema, const char *rows, const char *today,
                  OrganizationCounts *counts, Error *error)
{
    DbResult *removed, *added;
    bool done = run(db, arena, schema, ALIASES, rows, NULL, error) != NULL &&
                (removed = run(db, arena, schema, REMOVE, rows, today, error)) != NULL &&
                (added = run(db, arena, schema, ADD, rows, today, error)) != NULL;
    if (done) {
        counts->removed = db_affected(removed);
        counts->added = db_affected(added);
    }
    return done;
}

static void decref(void *object)
{
    json_decref(object);
}

json_t *organization_rows(Arena *arena, const json_t *tree, OrganizationCounts *counts,
                          Error *error)
{
    *counts = (OrganizationCounts){0};
    Reading reading = {arena, json_array(), json_object(), counts, error};
    arena_on_free(arena, decref, reading.rows);
    arena_on_free(arena, decref, reading.seen);
    return read_tree(&reading, tree) ? reading.rows : NULL;
}

bool organization_import(Db *db, Arena *arena, const char *schema, const json_t *tree, Day today,
                         OrganizationCounts *counts, Error *error)
{
    char day[DATE_TEXT_SIZE];
    const json_t *rows = organization_rows(arena, tree, counts, error);
    if (rows == NULL || !db_begin(db, error)) {
        return false;
    }
    bool done =
        store(db, arena, schema, json_text(arena, rows), day_format(today, day), counts, error) &&
        db_commit(db, error);
    if (!done) {
        db_rollback(db);
    }
    return done;
}
