/* The CSV scanner: records of a stream, of which only the wanted fields are looked at.
 *
 * The dialect (data-formats.md): comma, optional double quotes round a field, a doubled quote
 * inside them, line feed or CRLF (also inside quotes), a byte-order mark at the start, the last
 * newline may be missing, blank lines are passed over. A record is at most CSV_RECORD_MAX bytes. */
#ifndef KONTOR_INGEST_SCAN_CSV_H
#define KONTOR_INGEST_SCAN_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/scan/index.h"
#include "ingest/scan/inflate.h"

enum {
    CSV_WINDOW = 512 * 1024, /* bytes indexed at a time */
    CSV_RECORD_MAX = 16 * 1024 * 1024,
};

/* A field as it stands in the file, quotes included; csv_value gives what it means. */
typedef struct CsvField {
    const char *bytes;
    uint32_t length;
} CsvField;

typedef struct CsvScanner CsvScanner;

/* `inflate` must outlive the scanner. `indexer` NULL: the best. */
CsvScanner *csv_new(Inflate *inflate, CsvIndexer *indexer);
void csv_free(CsvScanner *scanner);

typedef enum CsvOutcome {
    CSV_RECORD, /* a record: csv_field_count, csv_field */
    CSV_BROKEN, /* a line whose quotes make no sense, or that is too long; it was passed over */
    CSV_END,
    CSV_FAILED, /* reading failed: *error */
} CsvOutcome;

/* Goes to the next record. Its fields are valid until the next call. */
CsvOutcome csv_next(CsvScanner *scanner, Error *error);

uint32_t csv_field_count(const CsvScanner *scanner);
CsvField csv_field(const CsvScanner *scanner, uint32_t column);

/* The physical line (from 1) on which the record, or the broken line, begins. */
uint64_t csv_line(const CsvScanner *scanner);

/* Takes the quotes off: the result points into the field, or into `scratch` (at least as long as
 * the field) when it held doubled quotes. */
CsvField csv_value(CsvField field, char *scratch);

#endif
