#include "moving/settings_read.h"

#include <string.h>

#include "base/json.h"

enum { MEMBERS_MAX = 12 };

/* A list of the settings: a table's rows with these of its columns. Where a column is missing, the
 * row does not tell it. {schema} stands for the quoted schema, t for the row. */
typedef struct Section {
    const char *name;
    const char *table;
    const char *order;
    const char *members[MEMBERS_MAX];
    const char *text;  /* a column to be told as text: a number's every digit */
    const char *extra; /* a member's name and its expression: what other tables tell of the row */
    const char *needs; /* the table that the expression reads */
} Section;

static const Section SECTIONS[] = {
    {.name = "static_exchange_rates",
     .table = "static_exchange_rate",
     .order = "base_currency, target_currency, start_date",
     .members = {"uuid", "base_currency", "target_currency", "exchange_rate", "start_date",
                 "end_date"},
     .text = "exchange_rate"},
    {.name = "past_exchange_rates",
     .table = "frozen_exchange_rate",
     .order = "base_currency, target_currency, effective_date",
     .members = {"base_currency", "target_currency", "exchange_rate", "effective_date"},
     .text = "exchange_rate"},
    {.name = "tag_keys",
     .table = "reporting_enabledtagkeys",
     .order = "provider_type, key",
     .members = {"key", "enabled", "provider_type"}},
    {.name = "aws_category_keys",
     .table = "reporting_awsenabledcategorykeys",
     .order = "key",
     .members = {"key", "enabled"}},
    {.name = "tag_mappings",
     .table = "reporting_tagmapping",
     .order = "id",
     .members = {"child", "parent", "provider_type"},
     .extra = "'child', (SELECT k.key FROM {schema}.reporting_enabledtagkeys k"
              "           WHERE k.uuid = t.child_id),"
              " 'parent', (SELECT k.key FROM {schema}.reporting_enabledtagkeys k"
              "            WHERE k.uuid = t.parent_id),"
              " 'provider_type', (SELECT k.provider_type FROM {schema}.reporting_enabledtagkeys k"
              "                   WHERE k.uuid = t.child_id)",
     .needs = "reporting_enabledtagkeys"},
    {.name = "account_aliases",
     .table = "reporting_awsaccountalias",
     .order = "account_id",
     .members = {"account_id", "account_alias"}},
    {.name = "organizational_units",
     .table = "reporting_awsorganizationalunit",
     .order = "org_unit_path, id",
     .members = {"org_unit_name", "org_unit_id", "org_unit_path", "level", "created_timestamp",
                 "deleted_timestamp", "provider_id", "account_id"},
     .extra = "'account_id', (SELECT a.account_id FROM {schema}.reporting_awsaccountalias a"
              "                WHERE a.id::text = to_jsonb(t)->>'account_alias_id')",
     .needs = "reporting_awsaccountalias"},
    {.name = "price_lists",
     .table = "price_list",
     .order = "name, uuid",
     .members = {"uuid", "name", "description", "currency", "effective_start_date",
                 "effective_end_date", "enabled", "rates"}},
    {.name = "cost_models",
     .table = "cost_model",
     .order = "name, uuid",
     .members = {"uuid", "name", "description", "source_type", "currency", "rates", "markup",
                 "distribution", "distribution_info", "source_uuids"},
     .extra = "'source_uuids', ARRAY(SELECT m.provider_uuid"
              "                        FROM {schema}.cost_model_map m"
              "                       WHERE m.cost_model_id = t.uuid"
              "                       ORDER BY m.provider_uuid)",
     .needs = "cost_model_map"},
};

enum { SECTION_COUNT = sizeof SECTIONS / sizeof *SECTIONS };

static const char *in_schema(Arena *arena, const char *schema, const char *table)
{
    return arena_printf(arena, "%s.%s", schema, db_identifier(arena, table));
}

bool settings_table_exists(Db *db, Arena *arena, const char *name, bool *exists, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error, "SELECT to_regclass($1) IS NOT NULL", name);
    *exists = rows != NULL && db_bool(rows, 0, 0);
    return rows != NULL;
}

const char *settings_in_schema(Arena *arena, const char *quoted, const char *template)
{
    static const char PLACE[] = "{schema}";
    Buffer *out = buffer_new(arena);
    for (const char *at; (at = strstr(template, PLACE)) != NULL; template = at + sizeof PLACE - 1) {
        buffer_append(out, template, (size_t)(at - template));
        buffer_append_text(out, quoted);
    }
    buffer_append_text(out, template);
    return out->data;
}

/* The rows as JSON objects with all their columns. */
static const char *select_rows(Arena *arena, const Section *section, const char *schema, bool extra)
{
    Buffer *sql = buffer_new(arena);
    buffer_append_text(sql, "SELECT to_jsonb(t)");
    if (section->text != NULL) {
        buffer_printf(sql, " || jsonb_build_object('%s', to_jsonb(t)->>'%s')", section->text,
                      section->text);
    }
    if (extra) {
        buffer_append_text(sql, " || jsonb_build_object(");
        buffer_append_text(sql, settings_in_schema(arena, schema, section->extra));
        buffer_append_text(sql, ")");
    }
    buffer_printf(sql, " FROM %s t ORDER BY %s", in_schema(arena, schema, section->table),
                  section->order);
    return sql->data;
}

static bool read_section(Db *db, Arena *arena, const Section *section, const char *schema,
                         json_t *list, Error *error)
{
    bool extra = false;
    if (section->extra != NULL &&
        !settings_table_exists(db, arena, in_schema(arena, schema, section->needs), &extra,
                               error)) {
        return false;
    }
    DbResult *rows =
        db_query(db, arena, error, select_rows(arena, section, schema, extra), 0, NULL);
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        const char *text = db_text(rows, i, 0);
        json_t *row = json_parse(arena, text, strlen(text), error), *kept = json_object();
        for (int j = 0; j < MEMBERS_MAX && section->members[j] != NULL; j++) {
            json_t *value = json_object_get(row, section->members[j]);
            if (value != NULL && !json_is_null(value)) {
                json_object_set(kept, section->members[j], value);
            }
        }
        json_array_append_new(list, kept);
        if (row == NULL) {
            return error_wrap(error, "%s", section->table);
        }
    }
    return rows != NULL;
}

static bool read_sections(Db *db, Arena *arena, const char *schema, json_t *settings,
                          MovingReport *report, Error *error)
{
    for (int i = 0; i < SECTION_COUNT; i++) {
        const Section *section = &SECTIONS[i];
        bool exists;
        json_t *list = json_array();
        json_object_set_new(settings, section->name, list);
        if (!settings_table_exists(db, arena, in_schema(arena, schema, section->table), &exists,
                                   error) ||
            (exists && !read_section(db, arena, section, schema, list, error))) {
            return false;
        }
        if (!exists && report != NULL) {
            moving_report(report, MOVING_NOTE, "there is no table %s.%s: no %s", schema,
                          section->table, section->name);
        }
    }
    return true;
}

/* The lists of each cost model, the one that counts most first. */
static bool read_assignments(Db *db, Arena *arena, const char *schema, json_t *settings,
                             Error *error)
{
    bool exists;
    const char *table = in_schema(arena, schema, "price_list_cost_model_map");
    if (!settings_table_exists(db, arena, table, &exists, error) || !exists) {
        return error == NULL || error->code == ERROR_NONE;
    }
    json_t *models = json_object_get(settings, "cost_models"), *model;
    size_t at;
    json_array_foreach (models, at, model) {
        DbResult *rows = DB_QUERY(db, arena, error,
                                  arena_printf(arena,
                                               "SELECT price_list_id FROM %s"
                                               " WHERE cost_model_id = $1 ORDER BY priority, id",
                                               table),
                                  json_get_string(model, "uuid"));
        if (rows == NULL) {
            return false;
        }
        json_t *lists = json_array();
        json_object_set_new(model, "price_list_uuids", lists);
        for (int i = 0; i < db_row_count(rows); i++) {
            json_array_append_new(lists, json_string(db_text(rows, i, 0)));
        }
    }
    return true;
}

static void set_text(json_t *object, const char *name, const DbResult *rows, int column)
{
    if (db_row_count(rows) > 0 && !db_is_null(rows, 0, column)) {
        json_object_set_new(object, name, json_string(db_text(rows, 0, column)));
    }
}

/* The settings that are one value each. */
static bool read_values(Db *db, Arena *arena, const char *schema, json_t *settings, Error *error)
{
    bool exists;
    DbResult *rows;
    const char *table = in_schema(arena, schema, "user_settings");
    if (!settings_table_exists(db, arena, table, &exists, error)) {
        return false;
    }
    if (exists) {
        rows = DB_QUERY(db, arena, error,
                        arena_printf(arena,
                                     "SELECT settings->>'currency', settings->>'cost_type'"
                                     "  FROM %s ORDER BY id LIMIT 1",
                                     table));
        if (rows == NULL) {
            return false;
        }
        set_text(settings, "currency", rows, 0);
        set_text(settings, "cost_type", rows, 1);
    }
    table = in_schema(arena, schema, "tenant_settings");
    if (!settings_table_exists(db, arena, table, &exists, error)) {
        return false;
    }
    rows =
        exists
            ? DB_QUERY(db, arena, error,
                       arena_printf(arena, "SELECT data_retention_months FROM %s LIMIT 1", table))
            : NULL;
    if (rows != NULL && db_row_count(rows) > 0) {
        json_object_set_new(settings, "data_retention_months", json_integer(db_int(rows, 0, 0)));
    }
    return !exists || rows != NULL;
}

static bool read_currencies(Db *db, Arena *arena, const char *schema, json_t *settings,
                            Error *error)
{
    bool exists;
    const char *table = in_schema(arena, schema, "enabled_currency");
    if (!settings_table_exists(db, arena, table, &exists, error) || !exists) {
        return error == NULL || error->code == ERROR_NONE;
    }
    DbResult *rows = DB_QUERY(
        db, arena, error, arena_printf(arena, "SELECT currency_code FROM %s ORDER BY 1", table));
    json_t *list = json_array();
    json_object_set_new(settings, "enabled_currencies", list);
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        json_array_append_new(list, json_string(db_text(rows, i, 0)));
    }
    return rows != NULL;
}

bool settings_read(Db *db, Arena *arena, const char *schema, json_t *settings, MovingReport *report,
                   Error *error)
{
    const char *quoted = db_identifier(arena, schema);
    DbResult *rows = DB_QUERY(db, arena, error, "SELECT to_regnamespace($1) IS NOT NULL", quoted);
    if (rows == NULL || !db_bool(rows, 0, 0)) {
        return rows != NULL;
    }
    return read_values(db, arena, quoted, settings, error) &&
           read_currencies(db, arena, quoted, settings, error) &&
           read_sections(db, arena, quoted, settings, report, error) &&
           read_assignments(db, arena, quoted, settings, error);
}
