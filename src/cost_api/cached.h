/* Answers that are made once for each state of the data (data_version.h), and the headers by which
 * clients keep them: ETag, and 304 for one that has not changed. */
#ifndef KONTOR_COST_API_CACHED_H
#define KONTOR_COST_API_CACHED_H

#include "cost_api/call.h"

/* Fills the call's response; `context` is the caller's own. */
typedef void CachedAnswerer(CostCall *call, void *context);

/* Answers by what was answered before to the same question: path, query, form, caller's rights,
 * day and state of the data. Else by `answer`, whose 200 is kept. What an answer depends on must be
 * among these: tables of the tenant are, and public ones that are watched. */
void cached_answer(CostCall *call, CachedAnswerer *answer, void *context);

#endif
