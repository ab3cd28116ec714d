/* Customers, tenants and providers: made, changed, taken away. All of it may be done twice. */
#ifndef KONTOR_PROVIDERS_PROVISION_H
#define KONTOR_PROVIDERS_PROVISION_H

#include "base/config.h"
#include "db/db.h"
#include "providers/wish.h"

/* Makes the organisation's customer and tenant with its schema where they are missing. No
 * transaction may be open, but a held one (db_hold). ERROR_CONFLICT when a customer with that
 * org_id has another schema. */
bool provision_customer(Db *db, Arena *arena, const char *org_id, const char *account,
                        Error *error);

/* Makes or changes the provider of a wish (wanted, of a known type, nothing missing), inside the
 * caller's transaction. Its customer must be there. */
bool provision_provider(Db *db, Arena *arena, const Config *config, const ProviderWish *wish,
                        const OutboxEvent *event, Error *error);

/* Notes a source that asks for costs but can't have a provider (yet): its row in api_sources. */
bool provision_source(Db *db, Arena *arena, const ProviderWish *wish, const OutboxEvent *event,
                      Error *error);

/* Takes a provider away with its summaries, manifests, jobs, and the billing source and
 * authentication that no other provider uses; inside the caller's transaction, waiting at most
 * some seconds for an ingest that commits right now. Harmless when it is not there. */
bool provision_remove(Db *db, Arena *arena, const char *uuid, Error *error);

/* Takes the row in api_sources away. */
bool provision_forget_source(Db *db, Arena *arena, int64_t source_id, Error *error);

/* Gives providers that were inserted by hand what they lack: tenant row, schema, tables, and the
 * provider's row in the tenant; and tenants of an older version the newer one's tables. With a
 * provider_uuid only its own, without (NULL) all. What fails for one organisation is logged and
 * left; false only when the database is away. No transaction may be open. */
bool provision_reconcile(Db *db, const char *provider_uuid, Error *error);

#endif
