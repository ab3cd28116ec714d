/* Cells of CSV that is written (RFC 4180): quoted only where they must be. */
#ifndef KONTOR_BASE_CSV_TEXT_H
#define KONTOR_BASE_CSV_TEXT_H

#include "base/buffer.h"

/* Appends a cell; NULL is an empty one. */
void csv_write_text(Buffer *out, const char *text);

#endif
