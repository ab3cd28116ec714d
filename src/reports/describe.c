#include "reports/describe.h"

#include <string.h>

#include "cost_api/call.h"
#include "reports/catalogue.h"

/* {"type": "string", "enum": […]} of words that end with NULL. */
static json_t *choice(const char *const *words)
{
    json_t *list = json_array();
    for (; *words != NULL; words++) {
        json_array_append_new(list, json_string(*words));
    }
    return json_pack("{s:s, s:o}", "type", "string", "enum", list);
}

static json_t *text_schema(void)
{
    return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
}

static json_t *number_schema(int least)
{
    return json_pack("{s:s, s:i}", "type", "integer", "minimum", least);
}

static bool is_refused(const ReportType *type, const char *name)
{
    const char *const *refused = type->refused;
    while (refused != NULL && *refused != NULL && strcmp(*refused, name) != 0) {
        refused++;
    }
    return refused != NULL && *refused != NULL;
}

static void add_parameter(json_t *parameters, const char *name, const char *description,
                          json_t *schema)
{
    json_array_append_new(parameters, json_pack("{s:s, s:s, s:s, s:o}", "name", name, "in", "query",
                                                "description", description, "schema", schema));
}

/* A parameter of the form name[property]=value. */
static void add_section(json_t *parameters, const char *name, const char *description,
                        json_t *properties, bool keyed)
{
    json_t *schema = json_pack("{s:s, s:o}", "type", "object", "properties", properties);
    json_object_set_new(schema, "additionalProperties", keyed ? text_schema() : json_false());
    json_array_append_new(parameters, json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "name", name,
                                                "in", "query", "description", description, "style",
                                                "deepObject", "explode", true, "schema", schema));
}

/* The fields that may be named at one of `uses`, each also as and:, or: and exact:. */
static void add_fields(const ReportType *type, unsigned uses, json_t *properties, bool *keyed)
{
    static const char *const OPERATORS[] = {"", "and:", "or:", "exact:"};
    char name[96];
    *keyed = false;
    for (const ReportField *field = type->fields; field->name != NULL; field++) {
        if ((field->uses & uses) == 0) {
            continue;
        }
        *keyed |= field->kind == FIELD_KEYED;
        for (size_t i = 0; i < sizeof OPERATORS / sizeof *OPERATORS; i++) {
            bool unit = field->kind == FIELD_ORG_UNIT && strcmp(OPERATORS[i], "exact:") == 0;
            unit |= field->kind == FIELD_ORG_UNIT && uses == IN_GROUP_BY && !type->groups_units;
            if (field->kind != FIELD_KEYED && !unit) {
                snprintf(name, sizeof name, "%s%s", OPERATORS[i], field->name);
                json_object_set_new(properties, name, text_schema());
            }
        }
    }
}

static void add_filter(const ReportType *type, json_t *parameters)
{
    static const char *const RESOLUTIONS[] = {"monthly", "daily", NULL, "monthly", NULL};
    static const char *const VALUES[] = {"-1", "-2", "-3", "-10", "-30", "-90",
                                         NULL, "-1", "-2", "-3",  NULL};
    static const char *const UNITS[] = {"month", "day", NULL, "month", NULL};
    bool keyed, months = type->months_only;
    json_t *properties = json_pack(
        "{s:o, s:o, s:o}", "resolution", choice(RESOLUTIONS + (months ? 3 : 0)), "time_scope_value",
        choice(VALUES + (months ? 7 : 0)), "time_scope_units", choice(UNITS + (months ? 3 : 0)));
    if (!type->ungrouped) {
        json_object_set_new(properties, "limit", number_schema(0));
        json_object_set_new(properties, "offset", number_schema(0));
    }
    add_fields(type, IN_FILTER, properties, &keyed);
    add_section(parameters, "filter",
                "Rows that match: parts of texts, several separated by commas; tag:KEY names a tag",
                properties, keyed);
}

static void add_orders(const ReportType *type, json_t *parameters)
{
    static const char *const DIRECTIONS[] = {"asc", "desc", NULL};
    json_t *properties = json_object();
    bool keyed = false;
    for (const ReportField *field = type->fields; field->name != NULL; field++) {
        if ((field->uses & IN_ORDER_BY) == 0 || field->needs_group) {
            continue;
        }
        keyed |= field->kind == FIELD_KEYED;
        if (field->kind == FIELD_DATE) {
            json_object_set_new(properties, field->name,
                                json_pack("{s:s, s:s}", "type", "string", "format", "date"));
        } else if (field->kind != FIELD_KEYED) {
            json_object_set_new(properties, field->name, choice(DIRECTIONS));
        }
    }
    add_section(parameters, "order_by", "By what the entries of a date are ordered", properties,
                keyed);
}

static void add_sections(const ReportType *type, json_t *parameters)
{
    bool keyed;
    add_filter(type, parameters);
    json_t *excluded = json_object();
    add_fields(type, IN_EXCLUDE, excluded, &keyed);
    add_section(parameters, "exclude", "Rows that do not match", excluded, keyed);
    if (!type->ungrouped) {
        json_t *groups = json_object();
        add_fields(type, IN_GROUP_BY, groups, &keyed);
        add_section(parameters, "group_by", "\"*\", or the values to show", groups, keyed);
    }
    add_orders(type, parameters);
}

static json_t *parameters_of(const ReportType *type)
{
    json_t *parameters = json_array();
    add_parameter(parameters, "limit", "Dates a page; 0: all",
                  json_pack("{s:s}", "type", "integer"));
    add_parameter(parameters, "offset", "Dates skipped; less than 0: none",
                  json_pack("{s:s}", "type", "integer"));
    if (!is_refused(type, "start_date")) {
        add_parameter(parameters, "start_date", "The first day, inside the months that are kept",
                      json_pack("{s:s, s:s}", "type", "string", "format", "date"));
        add_parameter(parameters, "end_date", "The last day, tomorrow at most",
                      json_pack("{s:s, s:s}", "type", "string", "format", "date"));
    }
    add_parameter(parameters, "currency", "An enabled currency of ISO 4217",
                  json_pack("{s:s, s:s}", "type", "string", "pattern", "^[A-Za-z]{3}$"));
    if (type->deltas[0] != NULL) {
        add_parameter(parameters, "delta", "What is compared with the window before",
                      choice(type->deltas));
    }
    if (type->cost_types != NULL) {
        json_t *names = json_array();
        for (const CostType *cost = type->cost_types; cost->name != NULL; cost++) {
            json_array_append_new(names, json_string(cost->name));
        }
        add_parameter(parameters, "cost_type", "Which of the bill's costs",
                      json_pack("{s:s, s:o}", "type", "string", "enum", names));
    }
    add_sections(type, parameters);
    return parameters;
}

static json_t *reference(const char *to)
{
    return json_pack("{s:s}", "$ref", to);
}

static json_t *responses_of_report(void)
{
    json_t *content =
        json_pack("{s:{s:o}, s:{s:{s:s}}}", "application/json", "schema",
                  reference("#/components/schemas/Report"), "text/csv", "schema", "type", "string");
    json_t *invalid = json_pack("{s:s, s:{s:{s:{s:s}}, s:{s:{s:s}}}}", "description",
                                "What is wrong, by parameter; empty where CSV was asked for",
                                "content", "application/json", "schema", "type", "object",
                                "text/csv", "schema", "type", "string");
    return json_pack("{s:{s:s, s:o}, s:o, s:o, s:o}", "200", "description", "The report", "content",
                     content, "304", reference("#/components/responses/Unchanged"), "400", invalid,
                     "406", reference("#/components/responses/NotAcceptable"));
}

void reports_describe(CostApi *api)
{
    json_t *paths = json_object();
    for (const ReportType *type = REPORT_TYPES; type->path != NULL; type++) {
        char path[128];
        snprintf(path, sizeof path, "%s/", type->path + strlen(COST_MANAGEMENT_API));
        json_t *operation =
            json_pack("{s:s, s:[s], s:o, s:o}", "summary", "A report of costs", "tags", "Reports",
                      "parameters", parameters_of(type), "responses", responses_of_report());
        json_object_set_new(paths, path, json_pack("{s:o}", "get", operation));
    }
    cost_api_describe_tree(api, json_pack("{s:o}", "paths", paths));
}
