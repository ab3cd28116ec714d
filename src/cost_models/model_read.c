#include <string.h>

#include "cost_api/currency.h"
#include "cost_api/fields.h"
#include "cost_models/models.h"
#include "cost_models/rates.h"
#include "settings/currencies.h"

enum {
    NAME_MAX = 100,
    DESCRIPTION_MAX = 500,
    MARKUP_DIGITS = 19,
    MARKUP_PLACES = 10,
};

static const char *const DISTRIBUTIONS[] = {"cpu", "memory", NULL};

static const SourceType *read_type(const Fields *body)
{
    const char *text = fields_text(body, "source_type", NAME_MAX, FIELD_REQUIRED);
    const SourceType *type = text != NULL ? source_type_find(text) : NULL;
    if (text != NULL && type == NULL) {
        fields_fault(body, "source_type", "\"%s\" is not a valid choice.", text);
    }
    return type;
}

/* The value in all its places, as clients know it. */
static const char *markup_json(Arena *arena, Decimal value)
{
    char text[DECIMAL_TEXT_SIZE];
    size_t length = decimal_format(value, text);
    const char *point = strchr(text, '.');
    size_t places = point != NULL ? length - (size_t)(point - text) - 1 : 0;
    return arena_printf(arena, "{\"value\": \"%s%s%.*s\", \"unit\": \"percent\"}", text,
                        point != NULL ? "" : ".", (int)(MARKUP_PLACES - places), "0000000000");
}

static const char *read_markup(const Fields *body)
{
    static const char *const UNITS[] = {"percent", NULL};
    const json_t *object = fields_object(body, "markup", 0);
    if (object == NULL) {
        return NULL;
    }
    Fields markup = fields_of(body, "markup", object);
    Decimal value = 0;
    fields_decimal(&markup, "value", MARKUP_DIGITS, MARKUP_PLACES, 0, &value);
    fields_choice(&markup, "unit", UNITS, 0);
    return markup_json(body->arena, value);
}

/* What is left out, or all (object NULL), has its default; the type is `otherwise` then. */
static const char *read_distribution_info(const Fields *body, const json_t *object,
                                          const char *otherwise)
{
    static const struct {
        const char *name;
        bool value;
    } SWITCHES[] = {
        {"platform_cost", true},         {"worker_cost", true},
        {"network_unattributed", false}, {"storage_unattributed", false},
        {"gpu_unallocated", false},
    };
    Fields info = fields_of(body, "distribution_info", object);
    const char *type = fields_choice(&info, "distribution_type", DISTRIBUTIONS, 0);
    Buffer *out = buffer_new(body->arena);
    JsonWriter json = json_writer(out);
    json_begin_object(&json);
    json_member_string(&json, "distribution_type", type != NULL ? type : otherwise);
    for (size_t i = 0; i < sizeof SWITCHES / sizeof *SWITCHES; i++) {
        bool value = SWITCHES[i].value;
        fields_bool(&info, SWITCHES[i].name, &value);
        json_member_bool(&json, SWITCHES[i].name, value);
    }
    json_end(&json);
    return out->data;
}

static void read_wish(const Fields *body, ModelWish *wish)
{
    wish->name = fields_text(body, "name", NAME_MAX, FIELD_REQUIRED);
    wish->description = fields_text(body, "description", DESCRIPTION_MAX, FIELD_MAY_BE_EMPTY);
    wish->type = read_type(body);
    wish->sources = fields_uuids(body, "source_uuids", &wish->source_count);
    wish->price_lists = fields_uuids(body, "price_list_uuids", &wish->price_list_count);
    wish->markup = read_markup(body);
    wish->distribution = fields_choice(body, "distribution", DISTRIBUTIONS, 0);
    const json_t *info = fields_object(body, "distribution_info", 0);
    wish->distribution_info =
        info != NULL ? read_distribution_info(body, info, DISTRIBUTIONS[0]) : NULL;
    wish->default_info = read_distribution_info(
        body, NULL, wish->distribution != NULL ? wish->distribution : DISTRIBUTIONS[0]);
    wish->rates = rates_read(body, wish->currency);
    if (wish->type != NULL && !wish->type->has_rates) {
        if (json_array_size(json_object_get(body->object, "rates")) > 0) {
            fields_fault(body, "rates", "Rates are for sources of type OCP only.");
        }
        if (wish->price_list_count > 0) {
            fields_fault(body, "price_list_uuids", "Price lists are for sources of type OCP only.");
        }
    }
}

bool model_read(CostCall *call, const char *currency, ModelWish *wish)
{
    *wish = (ModelWish){0};
    json_t *object = call_body(call);
    if (object == NULL) {
        return false;
    }
    Faults *faults = faults_new(call->arena);
    Fields body = {call->arena, faults, object, ""};
    if (!currencies_read(call, &body, "currency", currency, &wish->currency)) {
        return false;
    }
    read_wish(&body, wish);
    wish->uuid = call->context->keeps_uuids ? fields_uuid(&body, "uuid", 0) : NULL;
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
        return false;
    }
    return true;
}
