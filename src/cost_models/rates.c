#include "cost_models/rates.h"

#include <string.h>
#include <strings.h>

#include "base/crypto.h"
#include "base/json.h"
#include "cost_api/currency.h"
#include "cost_models/metrics.h"

enum {
    DESCRIPTION_MAX = 500,
    NAME_MAX = 50,
    TAG_KEY_MAX = 253,
    PRICE_DIGITS = 33,
    PRICE_PLACES = 15,
    TIERS_MAX = 100, /* and values of a tag */
};

/* What is asked of all rates of a list together. */
typedef struct Reading {
    Fields fields; /* of the list: faults are named "rates.…" */
    const char *currency;
    const json_t *list;
    const char **names; /* those given, and those made up so far */
    size_t name_count;
    JsonWriter json;
    Buffer *out;
} Reading;

static void write_number(JsonWriter *json, const char *name, Decimal value)
{
    json_write_key(json, name);
    json_write_decimal(json, value);
}

/* The unit of a price must be the list's currency, which the first price tells if nothing else
 * does. */
static const char *read_unit(Reading *reading, const Fields *fields)
{
    const char *unit = fields_text(fields, "unit", 3, FIELD_REQUIRED);
    unit = unit != NULL ? currency_code(fields->arena, unit) : NULL;
    if (unit != NULL && reading->currency == NULL) {
        reading->currency = unit;
    } else if (unit != NULL && strcmp(unit, reading->currency) != 0) {
        fields_fault(fields, "unit", "Rate units must match the currency %s.", reading->currency);
    }
    return unit;
}

/* One end of a tier; false when it is open. */
static bool read_bound(const Fields *usage, const char *name, Decimal *bound)
{
    return fields_decimal(usage, name, PRICE_DIGITS, PRICE_PLACES, FIELD_NOT_NEGATIVE, bound);
}

static void write_bound(JsonWriter *json, const char *name, bool given, Decimal bound)
{
    json_write_key(json, name);
    if (given) {
        json_write_decimal(json, bound);
    } else {
        json_write_null(json);
    }
}

/* A price up to some usage; *end is where the tier before it ended. */
static void read_tier(Reading *reading, const Fields *tiers, const json_t *object, bool first,
                      bool last, Decimal *end)
{
    Fields tier = fields_of(tiers, "tiered_rates", object);
    if (tier.object == NULL) {
        return;
    }
    Decimal value = 0, from = 0, to = 0;
    fields_decimal(&tier, "value", PRICE_DIGITS, PRICE_PLACES, FIELD_REQUIRED | FIELD_NOT_NEGATIVE,
                   &value);
    const char *unit = read_unit(reading, &tier);
    Fields usage = fields_of(&tier, "usage", fields_object(&tier, "usage", 0));
    bool has_from = read_bound(&usage, "usage_start", &from);
    bool has_to = read_bound(&usage, "usage_end", &to);
    if (has_from == first || has_to == last) {
        fields_fault(tiers, "tiered_rates",
                     "The first tier must begin and the last must end with null, no other.");
    } else if (!first && from != *end) {
        fields_fault(tiers, "tiered_rates", "Tiers must be contiguous.");
    } else if (has_to && to <= from) {
        fields_fault(tiers, "tiered_rates", "A tier must end behind its start.");
    }
    *end = to;
    JsonWriter *json = &reading->json;
    json_begin_object(json);
    write_number(json, "value", value);
    json_member_string(json, "unit", unit);
    json_write_key(json, "usage");
    json_begin_object(json);
    write_bound(json, "usage_start", has_from, from);
    write_bound(json, "usage_end", has_to, to);
    json_member_string(json, "unit", fields_text(&usage, "unit", NAME_MAX, FIELD_MAY_BE_EMPTY));
    json_end(json);
    json_end(json);
}

static void read_tiers(Reading *reading, const Fields *rate)
{
    const json_t *list = fields_list(rate, "tiered_rates", 0);
    size_t count = json_array_size(list);
    Decimal end = 0;
    if (count == 0) {
        return;
    }
    json_write_key(&reading->json, "tiered_rates");
    json_begin_array(&reading->json);
    for (size_t i = 0; i < count && i < TIERS_MAX; i++) {
        read_tier(reading, rate, json_array_get(list, i), i == 0, i + 1 == count, &end);
    }
    json_end(&reading->json);
}

/* A price for one value of a tag. */
static void read_tag_value(Reading *reading, const Fields *tag, const json_t *list, size_t at,
                           int *defaults)
{
    Fields fields = fields_of(tag, "tag_values", json_array_get(list, at));
    if (fields.object == NULL) {
        return;
    }
    Decimal value = 0;
    bool is_default = false;
    const char *name = fields_text(&fields, "tag_value", TAG_KEY_MAX, FIELD_REQUIRED);
    const char *unit = read_unit(reading, &fields);
    const char *description =
        fields_text(&fields, "description", DESCRIPTION_MAX, FIELD_MAY_BE_EMPTY);
    fields_decimal(&fields, "value", PRICE_DIGITS, PRICE_PLACES,
                   FIELD_REQUIRED | FIELD_NOT_NEGATIVE, &value);
    fields_bool(&fields, "default", &is_default);
    *defaults += is_default;
    for (size_t i = 0; name != NULL && i < at; i++) {
        const char *other = json_get_string(json_array_get(list, i), "tag_value");
        if (other != NULL && strcmp(other, name) == 0) {
            fields_fault(tag, "tag_values", "The tag value \"%s\" is given twice.", name);
            break;
        }
    }
    JsonWriter *json = &reading->json;
    json_begin_object(json);
    json_member_string(json, "tag_value", name);
    json_member_string(json, "unit", unit);
    write_number(json, "value", value);
    json_member_string(json, "description", description != NULL ? description : "");
    json_member_bool(json, "default", is_default);
    json_end(json);
}

static void read_tag_rates(Reading *reading, const Fields *rate)
{
    const json_t *object = fields_object(rate, "tag_rates", 0);
    JsonWriter *json = &reading->json;
    if (json_object_size(object) > 0) {
        json_write_key(json, "tag_rates");
        json_begin_object(json);
        Fields tag = fields_of(rate, "tag_rates", object);
        const json_t *list = fields_list(&tag, "tag_values", FIELD_REQUIRED);
        int defaults = 0;
        json_member_string(json, "tag_key",
                           fields_text(&tag, "tag_key", TAG_KEY_MAX, FIELD_REQUIRED));
        json_write_key(json, "tag_values");
        json_begin_array(json);
        for (size_t i = 0; i < json_array_size(list) && i < TIERS_MAX; i++) {
            read_tag_value(reading, &tag, list, i, &defaults);
        }
        json_end(json);
        if (list != NULL && json_array_size(list) == 0) {
            fields_fault(&tag, "tag_values", "A tag_values can not be empty.");
        }
        if (defaults > 1) {
            fields_fault(&tag, "tag_values", "Only one tag value can be the default.");
        }
        json_end(json);
    }
}

static const Metric *read_metric(const Fields *rate)
{
    Fields fields = fields_of(rate, "metric", fields_object(rate, "metric", FIELD_REQUIRED));
    if (fields.object == NULL) {
        return NULL;
    }
    const char *name = fields_text(&fields, "name", DESCRIPTION_MAX, FIELD_REQUIRED);
    const Metric *metric = name != NULL ? metric_find(name) : NULL;
    if (name != NULL && metric == NULL) {
        fields_fault(&fields, "name", "\"%s\" is not a valid choice.", name);
    }
    return metric;
}

/* Do two rates of a list name the same: custom_name, or tag key of a metric and cost type? */
static bool same_text(const json_t *one, const json_t *other, const char *name)
{
    const char *a = json_get_string(one, name), *b = json_get_string(other, name);
    return a != NULL && *a != '\0' && b != NULL && strcmp(a, b) == 0;
}

static bool same_tag(const json_t *one, const json_t *other)
{
    const char *a = json_get_string(one, "cost_type"), *b = json_get_string(other, "cost_type");
    return same_text(json_object_get(one, "tag_rates"), json_object_get(other, "tag_rates"),
                     "tag_key") &&
           same_text(json_object_get(one, "metric"), json_object_get(other, "metric"), "name") &&
           strcasecmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static void check_others(Reading *reading, const Fields *rate, size_t at)
{
    const json_t *mine = json_array_get(reading->list, at);
    for (size_t i = 0; i < at; i++) {
        const json_t *other = json_array_get(reading->list, i);
        if (same_text(mine, other, "custom_name")) {
            fields_fault(rate, "custom_name", "The name \"%s\" is given twice.",
                         json_get_string(mine, "custom_name"));
            return;
        }
        if (same_tag(mine, other)) {
            fields_fault(rate, "tag_rates",
                         "The tag key \"%s\" is given twice for this metric and cost type.",
                         json_get_string(json_object_get(mine, "tag_rates"), "tag_key"));
            return;
        }
    }
}

/* Either tiers or tags tell the prices. */
static void check_prices(const Fields *rate, const Metric *metric)
{
    bool tiered = json_array_size(json_object_get(rate->object, "tiered_rates")) > 0;
    bool tagged = json_object_size(json_object_get(rate->object, "tag_rates")) > 0;
    if (tiered == tagged) {
        fields_fault(rate, "non_field_errors",
                     "A rate must have either tiered_rates or tag_rates.");
    } else if (tiered && metric != NULL && strcmp(metric->name, "project_per_month") == 0) {
        fields_fault(rate, "tiered_rates", "%s can only be a tag rate.", metric->name);
    }
}

static void write_metric(JsonWriter *json, const Metric *metric)
{
    json_write_key(json, "metric");
    json_begin_object(json);
    json_member_string(json, "name", metric->name);
    json_member_string(json, "label_metric", metric->label);
    json_member_string(json, "label_measurement", metric->measurement);
    json_member_string(json, "label_measurement_unit", metric->unit);
    json_end(json);
}

/* In any case, as clients write it; the metric's when there is none. */
static const char *read_cost_type(const Fields *rate, const Metric *metric)
{
    static const char *const COST_TYPES[] = {"Infrastructure", "Supplementary", NULL};
    const char *text = json_get_string(rate->object, "cost_type");
    for (int i = 0; text != NULL && COST_TYPES[i] != NULL; i++) {
        if (strcasecmp(COST_TYPES[i], text) == 0) {
            return COST_TYPES[i];
        }
    }
    fields_choice(rate, "cost_type", COST_TYPES, 0);
    return metric != NULL ? metric->cost_type : NULL;
}

static bool name_taken(const Reading *reading, const char *name)
{
    for (size_t i = 0; i < reading->name_count; i++) {
        if (strcmp(reading->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *cut(Arena *arena, const char *text, size_t characters)
{
    const char *end = text;
    while (*end != '\0' && ((*end & 0xc0) == 0x80 || characters-- > 0)) {
        end++;
    }
    return arena_strndup(arena, text, (size_t)(end - text));
}

/* What a rate is called that nobody named: metric, cost type and tag, numbered from the second. */
static const char *make_name(Reading *reading, const Fields *rate, const Metric *metric,
                             const char *cost_type)
{
    Arena *arena = rate->arena;
    const char *tag = json_get_string(json_object_get(rate->object, "tag_rates"), "tag_key");
    const char *whole =
        arena_printf(arena, "%s-%s%s%s", metric->name, cost_type,
                     tag != NULL && *tag != '\0' ? "-" : "", tag != NULL ? tag : "");
    const char *name = cut(arena, whole, NAME_MAX);
    for (int number = 2; name_taken(reading, name); number++) {
        const char *suffix = arena_printf(arena, "-%d", number);
        name = arena_printf(arena, "%s%s", cut(arena, whole, NAME_MAX - strlen(suffix)), suffix);
    }
    reading->names[reading->name_count++] = name;
    return name;
}

static void read_rate(Reading *reading, size_t at)
{
    Fields rate = fields_of(&reading->fields, "rates", json_array_get(reading->list, at));
    if (rate.object == NULL) {
        return;
    }
    const Metric *metric = read_metric(&rate);
    const char *cost_type = read_cost_type(&rate, metric);
    const char *description =
        fields_text(&rate, "description", DESCRIPTION_MAX, FIELD_MAY_BE_EMPTY);
    const char *name = fields_text(&rate, "custom_name", NAME_MAX, FIELD_MAY_BE_EMPTY);
    JsonWriter *json = &reading->json;
    char id[UUID_TEXT_SIZE];
    uuid_generate(id);
    json_begin_object(json);
    json_member_string(json, "rate_id", id);
    if (metric != NULL) {
        write_metric(json, metric);
        name = name != NULL && *name != '\0' ? name : make_name(reading, &rate, metric, cost_type);
    }
    json_member_string(json, "cost_type", cost_type);
    json_member_string(json, "description", description != NULL ? description : "");
    json_member_string(json, "custom_name", name != NULL ? name : "");
    check_prices(&rate, metric);
    read_tiers(reading, &rate);
    read_tag_rates(reading, &rate);
    json_end(json);
    check_others(reading, &rate, at);
}

const char *rates_read(const Fields *body, const char *currency)
{
    Reading reading = {.fields = *body, .currency = currency, .out = buffer_new(body->arena)};
    reading.list = fields_list(body, "rates", 0);
    if (reading.list == NULL) {
        return NULL;
    }
    reading.names = arena_array(body->arena, 2 * json_array_size(reading.list), sizeof(char *));
    for (size_t i = 0; i < json_array_size(reading.list); i++) {
        const char *name = json_get_string(json_array_get(reading.list, i), "custom_name");
        if (name != NULL) {
            reading.names[reading.name_count++] = name;
        }
    }
    reading.json = json_writer(reading.out);
    json_begin_array(&reading.json);
    for (size_t i = 0; i < json_array_size(reading.list); i++) {
        read_rate(&reading, i);
    }
    json_end(&reading.json);
    return faults_any(body->faults) ? NULL : reading.out->data;
}
