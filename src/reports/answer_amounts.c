#include "reports/answer_amounts.h"

#include <string.h>

#include "reports/rows.h"

/* A number and the text in front of it. */
typedef struct Gap {
    size_t from, length; /* of the text */
    int number;
} Gap;

/* Several amounts of a row are the same number. */
typedef struct Number {
    unsigned sums;
    size_t length;
    char text[DECIMAL_TEXT_SIZE];
} Number;

struct AmountForm {
    const char *text;
    size_t length;
    Gap *gaps;
    int gap_count;
    Number *numbers;
    int number_count;
};

static int number_of(AmountForm *form, unsigned sums)
{
    int i = 0;
    while (i < form->number_count && form->numbers[i].sums != sums) {
        i++;
    }
    if (i == form->number_count) {
        form->numbers[form->number_count++].sums = sums;
    }
    return i;
}

/* What sums nothing up is zero in all rows. */
static void add_amount(AmountForm *form, JsonWriter *json, const ReportAmount *amount,
                       const char *currency)
{
    json_write_key(json, amount->name);
    json_begin_object(json);
    json_write_key(json, "value");
    if (amount->sums == 0) {
        json_write_int(json, 0);
    } else {
        json_write_raw(json, "");
        Gap *gap = &form->gaps[form->gap_count];
        gap->from = form->gap_count > 0 ? gap[-1].from + gap[-1].length : 1;
        gap->length = json->out->length - gap->from;
        gap->number = number_of(form, amount->sums);
        form->gap_count++;
    }
    json_member_string(json, "units", currency);
    json_end(json);
}

AmountForm *amount_form_new(Arena *arena, const ReportRequest *request)
{
    const ReportAmount *amounts = request->type->amounts;
    size_t count = 0;
    while (amounts[count].group != NULL) {
        count++;
    }
    AmountForm *form = arena_alloc(arena, sizeof *form);
    form->gaps = arena_array(arena, count, sizeof *form->gaps);
    form->numbers = arena_array(arena, count, sizeof *form->numbers);
    JsonWriter json = json_writer(buffer_new(arena));
    json_begin_object(&json);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(amounts[i].group, amounts[i - 1].group) != 0) {
            json_write_key(&json, amounts[i].group);
            json_begin_object(&json);
        }
        add_amount(form, &json, &amounts[i], request->currency);
        if (i + 1 == count || strcmp(amounts[i].group, amounts[i + 1].group) != 0) {
            json_end(&json);
        }
    }
    form->text = json.out->data;
    form->length = json.out->length; /* the object's last brace is not written, its first is */
    return form;
}

void amount_form_write(AmountForm *form, JsonWriter *json, const Decimal *sums)
{
    for (int i = 0; i < form->number_count; i++) {
        Number *number = &form->numbers[i];
        number->length = decimal_format(rows_amount(sums, number->sums), number->text);
    }
    size_t most = form->length + (size_t)form->gap_count * DECIMAL_TEXT_SIZE, done = 1;
    char *start = json_reserve_members(json, most), *at = start;
    for (int i = 0; i < form->gap_count; i++) {
        const Gap *gap = &form->gaps[i];
        const Number *number = &form->numbers[gap->number];
        memcpy(at, form->text + gap->from, gap->length);
        at += gap->length;
        memcpy(at, number->text, number->length);
        at += number->length;
        done = gap->from + gap->length;
    }
    memcpy(at, form->text + done, form->length - done);
    buffer_grew(json->out, (size_t)(at - start) + form->length - done);
}
