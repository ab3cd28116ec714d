/* The document in which organisations are written down: their sources and settings, not their
 * costs. docs/moving.md tells its members.
 *
 * It is handled as a tree (jansson) that was checked once, so that who reads it need not doubt what
 * a member is. */
#ifndef KONTOR_MOVING_DOCUMENT_H
#define KONTOR_MOVING_DOCUMENT_H

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"

#define DOCUMENT_FORMAT "kontor-config"

enum {
    DOCUMENT_VERSION = 1,
    DOCUMENT_SIZE_MAX = 256 * 1024 * 1024, /* bytes of a file */
};

/* Reads a document and checks every member's name and kind. The tree goes with `arena`; members
 * that may be left out are then NULL. ERROR_INVALID names the member that is wrong
 * ("tenants[0].sources[2].name"). */
json_t *document_read(Arena *arena, const char *text, size_t length, Error *error);

/* Numbers with as many digits as they came with (of those that are not whole, up to 15); compact,
 * or indented. In `arena`. */
char *document_text(Arena *arena, const json_t *value, bool indented);

/* An empty object or array that goes with `arena`. */
json_t *document_new(Arena *arena, json_t *value);

/* Adds `value`, which is taken over, to the list `name` of an object; the list is made when there
 * is none. */
void document_add(json_t *object, const char *name, json_t *value);

/* Is the text among a list of texts? */
bool document_has_text(const json_t *list, const char *text);

#endif
