/* A request to one of masu's endpoints. */
#ifndef KONTOR_MASU_CALL_H
#define KONTOR_MASU_CALL_H

#include "cost_api/call.h"
#include "providers/provider.h"

typedef struct MasuCall {
    CostCall cost;
    const char *schema; /* the one tenant whose things may be touched; NULL: all */
    const char *org_id; /* its organisation; NULL: all */
} MasuCall;

/* Begins; false when the answer is written already. */
bool masu_begin(MasuCall *call, void *context, HttpRequest *request, HttpResponse *response);
void masu_end(MasuCall *call);

/* Defines the handler `name`, which begins a call, has `answer(MasuCall *)` answer it, and ends
 * it. */
#define MASU_HANDLER(name, answer)                                                                 \
    static void name(void *context, HttpRequest *request, HttpResponse *response)                  \
    {                                                                                              \
        MasuCall call;                                                                             \
        if (masu_begin(&call, context, request, response)) {                                       \
            answer(&call);                                                                         \
            masu_end(&call);                                                                       \
        }                                                                                          \
    }

/* Answers 400 {"Error": message}, the shape of these endpoints. Returns false. */
bool masu_refuse(MasuCall *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The providers that the query names by provider_uuid, provider_type and schema, among those that
 * the caller may touch; *count of them. NULL when the answer is written already. */
Provider *masu_providers(MasuCall *call, int *count);

/* A parameter as the first day of its month: "202611", "2026-11" or "2026-11-05". False when the
 * answer is written already; *given tells whether it was there. */
bool masu_month(MasuCall *call, const char *name, Day *month, bool *given);

/* The tables of routes, a file each. */
extern const HttpRoute MASU_WORK_ROUTES[], MASU_MANIFEST_ROUTES[], MASU_EXPIRED_ROUTES[];

#endif
