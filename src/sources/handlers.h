/* The handlers of the Sources API's routes, a file a resource. */
#ifndef KONTOR_SOURCES_HANDLERS_H
#define KONTOR_SOURCES_HANDLERS_H

#include "sources/call.h"

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

CallHandler endpoints_list, endpoints_get, endpoints_create, endpoints_update, endpoints_delete;
CallHandler endpoints_authentications, sources_endpoints;

CallHandler application_authentications_list, application_authentications_get;
CallHandler application_authentications_create, application_authentications_delete;
CallHandler application_authentications_authentications;

CallHandler rhc_connections_list, rhc_connections_get, rhc_connections_create;
CallHandler rhc_connections_update, rhc_connections_delete, rhc_connections_sources;
CallHandler sources_rhc_connections;

CallHandler secrets_list, secrets_get, secrets_create, secrets_update, secrets_delete;

CallHandler bulk_create;

CallHandler graphql_answer;

CallHandler openapi_get;

/* The table of the public routes (sources_api.c). */
const HttpRoute *sources_api_routes(void);

/* The internal API (internal_api.c). */
CallHandler internal_authentication, internal_secret, internal_sources;
CallHandler internal_untranslated_tenants, internal_translate_tenants;

#endif
