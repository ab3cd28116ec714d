/* The amounts of a report's rows as JSON: one text with gaps, and the numbers that fill them. */
#ifndef KONTOR_REPORTS_ANSWER_AMOUNTS_H
#define KONTOR_REPORTS_ANSWER_AMOUNTS_H

#include "base/json.h"
#include "reports/request.h"

typedef struct AmountForm AmountForm;

/* The form of the amounts of `request`, in `arena`. One thread uses it. */
AmountForm *amount_form_new(Arena *arena, const ReportRequest *request);

/* Writes "infrastructure": {"raw": {"value": …, "units": …}, …}, … into the object that is open
 * (koku-api.md §3.2). `sums` are the row's. */
void amount_form_write(AmountForm *form, JsonWriter *json, const Decimal *sums);

#endif
