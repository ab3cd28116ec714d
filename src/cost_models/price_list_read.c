#include <string.h>

#include "base/json.h"
#include "cost_api/fields.h"
#include "cost_models/price_lists.h"
#include "cost_models/rates.h"
#include "settings/currencies.h"

enum { NAME_MAX = 255, DESCRIPTION_MAX = 500 };

/* A day as text; NULL when it is absent or wrong. */
static const char *read_day(const Fields *body, const char *name, unsigned flags, bool last)
{
    Day day;
    char text[DATE_TEXT_SIZE];
    if (!fields_day(body, name, flags, &day)) {
        return NULL;
    }
    Day whole = last ? day_month_start(day, 1) - 1 : day_month_start(day, 0);
    if (day != whole) {
        fields_fault(body, name,
                     last ? "Must be the last day of a month."
                          : "Must be the first day of a month.");
        return NULL;
    }
    return arena_strdup(body->arena, day_format(day, text));
}

/* Rates without what is given to them anew each time they are read. */
static json_t *plain_rates(Arena *arena, const char *text)
{
    json_t *list = json_parse(arena, text, strlen(text), NULL);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_object_del(json_array_get(list, i), "rate_id");
        json_object_del(json_array_get(list, i), "custom_name");
    }
    return list;
}

/* A list that is disabled is left as it is, but for its name and description; clients may send the
 * rest as it was. */
static void check_disabled(const Fields *body, const PriceListState *before,
                           const PriceListWish *wish)
{
    const struct {
        const char *name;
        bool changed;
    } KEPT[] = {
        {"effective_start_date", wish->start != NULL && strcmp(wish->start, before->start) != 0},
        {"effective_end_date", wish->end != NULL && strcmp(wish->end, before->end) != 0},
        {"rates", wish->rates != NULL && !json_equal(plain_rates(body->arena, wish->rates),
                                                     plain_rates(body->arena, before->rates))},
    };
    for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++) {
        if (KEPT[i].changed) {
            fields_fault(body, KEPT[i].name,
                         "A disabled price list can't be changed; enable it first.");
        }
    }
}

static void read_wish(const Fields *body, const PriceListState *before, PriceListWish *wish)
{
    unsigned required = before == NULL ? FIELD_REQUIRED : 0;
    wish->name = fields_text(body, "name", NAME_MAX, required);
    wish->description = fields_text(body, "description", DESCRIPTION_MAX, FIELD_MAY_BE_EMPTY);
    wish->start = read_day(body, "effective_start_date", required, false);
    wish->end = read_day(body, "effective_end_date", required, true);
    bool enabled = before == NULL || before->enabled;
    fields_bool(body, "enabled", &enabled);
    wish->enabled = enabled ? "true" : "false";
    if (before != NULL && strcmp(wish->currency, before->currency) != 0) {
        fields_fault(body, "currency", "The currency of a price list can't be changed.");
    }
    wish->rates = rates_read(body, wish->currency);
    const char *start = wish->start != NULL ? wish->start : before != NULL ? before->start : NULL;
    const char *end = wish->end != NULL ? wish->end : before != NULL ? before->end : NULL;
    if (start != NULL && end != NULL && strcmp(end, start) < 0) {
        fields_fault(body, "effective_end_date", "Must not be before effective_start_date.");
    }
    if (before != NULL && !before->enabled && !enabled) {
        check_disabled(body, before, wish);
    }
}

bool price_list_read(CostCall *call, const PriceListState *before, PriceListWish *wish)
{
    *wish = (PriceListWish){0};
    json_t *object = call_body(call);
    if (object == NULL) {
        return false;
    }
    Faults *faults = faults_new(call->arena);
    Fields body = {call->arena, faults, object, ""};
    if (!currencies_read(call, &body, "currency", before != NULL ? before->currency : NULL,
                         &wish->currency)) {
        return false;
    }
    if (wish->currency != NULL) {
        read_wish(&body, before, wish);
        wish->uuid = call->context->keeps_uuids ? fields_uuid(&body, "uuid", 0) : NULL;
    }
    if (faults_any(faults)) {
        faults_answer(faults, call->response);
    }
    return !faults_any(faults);
}
