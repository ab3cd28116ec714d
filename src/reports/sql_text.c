#include "reports/sql_text.h"

#include <string.h>

SqlText sql_new(Arena *arena, const TenantSql *tables, const CostType *cost_type)
{
    return (SqlText){
        .arena = arena, .tables = tables, .cost_type = cost_type, .text = buffer_new(arena)};
}

const char *sql_bind(SqlText *sql, const char *value)
{
    if (sql->parameter_count == sql->parameter_room) {
        sql->parameter_room = sql->parameter_room * 2 + 8;
        const char **grown = arena_array(sql->arena, (size_t)sql->parameter_room, sizeof *grown);
        if (sql->parameter_count > 0) {
            memcpy(grown, sql->parameters, (size_t)sql->parameter_count * sizeof *grown);
        }
        sql->parameters = grown;
    }
    sql->parameters[sql->parameter_count++] = arena_strdup(sql->arena, value);
    return arena_printf(sql->arena, "$%d", sql->parameter_count);
}

/* What stands for the place that `template` begins with; its length in *length. NULL: it is no
 * place of these. */
static const char *place_text(const SqlText *sql, const char *template, const char *value,
                              size_t *length)
{
    const struct {
        const char *name;
        const char *text;
    } PLACES[] = {
        {"{cost}", sql->cost_type != NULL ? sql->cost_type->cost : ""},
        {"{markup}", sql->cost_type != NULL ? sql->cost_type->markup : ""},
        {"{value}", value},
        {"{is}", value},
    };
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        *length = strlen(PLACES[i].name);
        if (strncmp(template, PLACES[i].name, *length) == 0) {
            return PLACES[i].text != NULL ? PLACES[i].text : "";
        }
    }
    return NULL;
}

static void write_rate(SqlText *sql)
{
    if (sql->rate != NULL) {
        buffer_append_text(sql->text, " * (");
        sql_expand(sql, sql->rate, NULL, NULL);
        buffer_append_text(sql->text, ")");
    }
}

void sql_expand(SqlText *sql, const char *template, const char *key, const char *value)
{
    while (*template != '\0') {
        size_t length = strcspn(template, "{");
        buffer_append(sql->text, template, length);
        template += length;
        const char *text = place_text(sql, template, value, &length);
        if (text != NULL) {
            buffer_append_text(sql->text, text);
        } else if (strncmp(template, "{schema}", strlen("{schema}")) == 0) {
            length = tenant_sql_expand_place(sql->text, sql->tables, template);
        } else if (strncmp(template, "{key}", strlen("{key}")) == 0) {
            buffer_printf(sql->text, "%s::text", sql_bind(sql, key));
            length = strlen("{key}");
        } else if (strncmp(template, "{rate}", strlen("{rate}")) == 0) {
            write_rate(sql);
            length = strlen("{rate}");
        } else {
            length = *template != '\0' ? 1 : 0;
            buffer_append(sql->text, template, length);
        }
        template += length;
    }
}

void sql_write(SqlText *sql, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(sql->arena, format, arguments);
    va_end(arguments);
    tenant_sql_expand(sql->text, sql->tables, text);
}

/* "%text%" with LIKE's own characters taken literally. */
static const char *bind_pattern(SqlText *sql, const char *text)
{
    Buffer *pattern = buffer_new(sql->arena);
    buffer_append_char(pattern, '%');
    for (; *text != '\0'; text++) {
        if (strchr("%_\\", *text) != NULL) {
            buffer_append_char(pattern, '\\');
        }
        buffer_append_char(pattern, *text);
    }
    buffer_append_char(pattern, '%');
    return sql_bind(sql, pattern->data);
}

void sql_write_contains(SqlText *sql, const char *column, const char *text)
{
    sql_write(sql, "(%s ILIKE %s)", column, bind_pattern(sql, text));
}

/* One value of a restriction: any column of the field may match. */
static void write_value(SqlText *sql, const ReportRestriction *restriction, const char *value)
{
    const ReportField *field = restriction->field;
    const char *comparison = restriction->operator== MATCH_EXACT
                                 ? arena_printf(sql->arena, "= %s", sql_bind(sql, value))
                                 : arena_printf(sql->arena, "ILIKE %s", bind_pattern(sql, value));
    for (int i = 0; i < REPORT_MATCHES_MAX && field->matches[i] != NULL; i++) {
        sql_write(sql, i == 0 ? "(" : " OR ");
        sql_expand(sql, field->matches[i], restriction->key, comparison);
    }
    sql_write(sql, ")");
}

static void write_values(SqlText *sql, const ReportRestriction *restriction)
{
    for (int i = 0; i < restriction->value_count; i++) {
        sql_write(sql, i == 0 ? "(" : restriction->operator== MATCH_ALL ? " AND " : " OR ");
        write_value(sql, restriction, restriction->values[i]);
    }
    sql_write(sql, ")");
}

/* "*" stands for all texts, but where a filter asks for just that text. */
static bool has_wildcard(const ReportRestriction *restriction)
{
    bool literal = restriction->operator== MATCH_EXACT && restriction->section == IN_FILTER;
    for (int i = 0; i < restriction->value_count && !literal; i++) {
        if (strcmp(restriction->values[i], "*") == 0) {
            return true;
        }
    }
    return false;
}

/* The exact values of a field that are a choice beside its plain ones, or NULL. */
static const ReportRestriction *exact_beside(const ReportRequest *request,
                                             const ReportRestriction *plain)
{
    for (int i = 0; i < request->restriction_count && plain->plain; i++) {
        const ReportRestriction *other = &request->restrictions[i];
        bool choice = other->field == plain->field && other->section == plain->section &&
                      other->operator== MATCH_EXACT;
        /* Only restrictions of one field have keys both, or neither. */
        if (choice && (plain->key == NULL || strcmp(plain->key, other->key) == 0)) {
            return other;
        }
    }
    return NULL;
}

/* Was it written with the plain values it stands beside? */
static bool is_beside(const ReportRequest *request, const ReportRestriction *exact)
{
    for (int i = 0; i < request->restriction_count; i++) {
        if (exact_beside(request, &request->restrictions[i]) == exact) {
            return true;
        }
    }
    return false;
}

/* "*" is no restriction; but of a tag that is filtered by plainly it says that the key must be
 * there. */
static void write_wildcard(SqlText *sql, const ReportRestriction *restriction)
{
    if (restriction->field->present != NULL && restriction->section == IN_FILTER &&
        restriction->plain) {
        sql_write(sql, "\n   AND (");
        sql_expand(sql, restriction->field->present, restriction->key, NULL);
        sql_write(sql, ")");
    }
}

/* Rows whose column is NULL match nothing: a filter drops them, exclude keeps them. */
static void write_restriction(SqlText *sql, const ReportRequest *request,
                              const ReportRestriction *restriction)
{
    const ReportRestriction *exact = exact_beside(request, restriction);
    if (restriction->field->matches[0] == NULL || is_beside(request, restriction)) {
        return;
    }
    if (has_wildcard(restriction) || (exact != NULL && has_wildcard(exact))) {
        write_wildcard(sql, restriction);
        return;
    }
    sql_write(sql, "\n   AND (");
    write_values(sql, restriction);
    if (exact != NULL) {
        sql_write(sql, " OR ");
        write_values(sql, exact);
    }
    sql_write(sql, ")%s", restriction->section == IN_EXCLUDE ? " IS NOT TRUE" : "");
}

void sql_write_conditions(SqlText *sql, const ReportRequest *request)
{
    if (request->empty) {
        sql_write(sql, "\n   AND false");
    }
    if (request->type->base_condition != NULL) {
        sql_write(sql, "\n   AND %s", request->type->base_condition);
    }
    for (int i = 0; i < request->restriction_count; i++) {
        write_restriction(sql, request, &request->restrictions[i]);
    }
}
