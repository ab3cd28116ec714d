/* An existing Koku database, read: its customers as tenants of a document, and their AWS costs. */
#ifndef KONTOR_MOVING_KOKU_H
#define KONTOR_MOVING_KOKU_H

#include "moving/moving.h"

/* Connects by a libpq URL; the session can't write and sees all tables as they are at one moment.
 * NULL on failure. */
Db *koku_open(const char *url, Error *error);

/* Its customers: org_id, account_id ("" for none), schema_name. One without an organisation has its
 * schema's name as that. ERROR_INVALID when this is no Koku database. */
DbResult *koku_customers(Db *koku, Arena *arena, Error *error);

/* A customer's sources and settings as a tenant of a document, passwords open in it. What can't be
 * taken over is noted. NULL on failure. */
json_t *koku_read_tenant(Db *koku, Arena *arena, const char *org_id, const char *account,
                         const char *schema, MovingReport *report, Error *error);

/* Copies a customer's daily summaries of AWS, a month of a provider in a transaction each, and
 * derives the other tables. A month that has the same sums already, that Kontor read from its
 * bucket itself, or that is too old to be kept is passed over. With `dry_run` it is only told. */
bool koku_copy_costs(const MovingScope *scope, Db *koku, const char *schema, const char *org_id,
                     bool dry_run, Error *error);

#endif
