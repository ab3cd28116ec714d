/* In what form the caller wants the answer. */
#ifndef KONTOR_COST_API_ACCEPT_H
#define KONTOR_COST_API_ACCEPT_H

#include <stdbool.h>

typedef enum AnswerForm { FORM_NONE, FORM_JSON, FORM_CSV } AnswerForm;

/* Reads an Accept header (NULL: any): the form of the highest q, JSON where both are as good;
 * FORM_NONE when neither is accepted. */
AnswerForm accept_form(const char *header);

/* Does the Accept-Encoding header (NULL: absent) take gzip? */
bool accept_gzip(const char *header);

#endif
