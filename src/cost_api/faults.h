/* What is wrong with a body, and how it is said (koku-api.md §5.3). */
#ifndef KONTOR_COST_API_FAULTS_H
#define KONTOR_COST_API_FAULTS_H

#include "base/json.h"
#include "net/http_server.h"

typedef struct Faults Faults;

/* None so far. */
Faults *faults_new(Arena *arena);

/* `source` is the field, dotted inside others ("rates.metric"), or "non_field_errors". */
void faults_add(Faults *faults, const char *source, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Was there any? */
bool faults_any(const Faults *faults);

/* Writes the member "errors" with all of them. */
void faults_write(const Faults *faults, JsonWriter *json);

/* Answers 400 with all of them, in the order in which they were found. */
void faults_answer(const Faults *faults, HttpResponse *response);

#endif
