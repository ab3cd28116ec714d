/* The handlers of the Sources API's routes, a file a resource. */
#ifndef KONTOR_SOURCES_HANDLERS_H
#define KONTOR_SOURCES_HANDLERS_H

#include "sources/call.h"
#include "sources/events.h"

CallHandler source_types_list, source_types_get, source_types_sources;
CallHandler application_types_list, application_types_get, application_types_sources;
CallHandler application_types_meta_data, app_meta_data_list, app_meta_data_get;

CallHandler sources_list, sources_get, sources_create, sources_update, sources_delete;
CallHandler sources_pause, sources_unpause, sources_check_availability;
CallHandler sources_applications, sources_application_types, sources_authentications;

CallHandler applications_list, applications_get, applications_create, applications_update;
CallHandler applications_delete, applications_pause, applications_unpause;
CallHandler applications_authentications;

CallHandler authentications_list, authentications_get, authentications_create;
CallHandler authentications_update, authentications_delete;

CallHandler openapi_get;

/* What the handlers share. */

/* The origin of the call's events. */
EventOrigin call_origin(const Call *call);

/* Ends the call's transaction: commits when `done`, else rolls back and, when nothing was answered
 * yet, answers for the database's failure. Returns whether all is kept. */
bool call_finish(Call *call, bool done);

/* A time of a body as PostgreSQL takes it: "2006-01-02 15:04:05 UTC" or RFC 3339. NULL when absent;
 * *valid is false (and 400 answered) for anything else. */
const char *call_body_time(Call *call, const json_t *body, const char *name, bool *valid);

#endif
