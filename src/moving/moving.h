/* Organisations written down and brought in (kontor export-config, kontor import-config). */
#ifndef KONTOR_MOVING_MOVING_H
#define KONTOR_MOVING_MOVING_H

#include <jansson.h>

#include "db/database.h"
#include "moving/report.h"

/* Which organisation: NULL for all of them. */
typedef struct MovingScope {
    const Config *config;
    Database *database;
    const char *org_id;
    MovingReport *report;
} MovingScope;

/* The document of moving/document.h as text. With a passphrase (else NULL) passwords are in it,
 * sealed. ERROR_NOT_FOUND when there is no such organisation. */
const char *moving_export(const MovingScope *scope, Arena *arena, const char *passphrase,
                          Error *error);

/* Brings in what a document's text says, an organisation after the other, each all or nothing; with
 * `dry_run` nothing of it is kept. Organisations that were brought in before one that fails
 * stay. */
bool moving_import(const MovingScope *scope, Arena *arena, const char *text, size_t length,
                   const char *passphrase, bool dry_run, Error *error);

/* How one organisation of a tree is brought in. */
typedef struct MovingWay {
    const char *actor; /* whom the audit names */
    bool dry_run;
    bool lenient; /* cost models that are refused are left out */
    /* Costs come with their markups: providers without any months need none worked out. */
    bool keeps_markups;
} MovingWay;

/* One organisation of a document whose passwords are open. */
bool moving_import_tenant(const MovingScope *scope, const json_t *tenant, const MovingWay *way,
                          Error *error);

#endif
