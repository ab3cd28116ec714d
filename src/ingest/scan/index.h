/* Where the fields of a CSV text end: the vectorised heart of the scanner. */
#ifndef KONTOR_INGEST_SCAN_INDEX_H
#define KONTOR_INGEST_SCAN_INDEX_H

#include <stddef.h>
#include <stdint.h>

enum { INDEX_PADDING = 64 }; /* readable bytes that must follow a text */

/* The separators (commas and line feeds outside quotes) of a text, in order, and which of them are
 * line feeds. Each array must have room for as many entries as the text has bytes. */
typedef struct CsvIndex {
    uint32_t *separators; /* offsets */
    uint32_t *records;    /* records[k]: the index in `separators` of the line feed of record k */
    uint32_t separator_count;
    uint32_t record_count;
} CsvIndex;

/* Indexes text[0..length), which begins outside quotes. Quotes toggle; what a quote in the middle
 * of a field means is decided by the reader of the record (csv.c). */
typedef void CsvIndexer(const char *text, uint32_t length, CsvIndex *index);

CsvIndexer csv_index_avx2;
CsvIndexer csv_index_sse2;
CsvIndexer csv_index_portable;

/* The fastest one this processor has. */
CsvIndexer *csv_index_best(void);

#endif
