/* Cells of CSV that is written (RFC 4180): quoted only where they must be. */
#ifndef KONTOR_BASE_CSV_TEXT_H
#define KONTOR_BASE_CSV_TEXT_H

#include "base/buffer.h"

/* Appends a cell; NULL is an empty one. */
void csv_write_text(Buffer *out, const char *text);

/* The same of a text that is not NUL-terminated. */
void csv_write_bytes(Buffer *out, const char *text, size_t length);

#endif
