/* The CSV scanner: records of a stream, of which only the wanted fields are looked at.
 *
 * The dialect (data-formats.md): comma, optional double quotes round a field, a doubled quote
 * inside them, line feed or CRLF (also inside quotes), a byte-order mark at the start, the last
 * newline may be missing, blank lines are passed over. A record has at most CSV_RECORD_MAX bytes
 * and CSV_FIELDS_MAX fields. */
#ifndef KONTOR_INGEST_SCAN_CSV_H
#define KONTOR_INGEST_SCAN_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/scan/index.h"
#include "ingest/scan/inflate.h"

enum {
    CSV_RECORD_MAX = 16 * 1024 * 1024,
    CSV_FIELDS_MAX = 128 * 1024,
};

/* A field as it stands in the file, quotes included; csv_value gives what it means. Up to
 * INDEX_PADDING bytes behind it can be read. */
typedef struct CsvField {
    const char *bytes;
    uint32_t length;
} CsvField;

/* A record: where its fields end. */
typedef struct CsvRecord {
    const char *text;     /* what the offsets count from */
    const uint32_t *ends; /* offsets of the separators behind the fields */
    uint32_t first;       /* offset of the first field */
    uint32_t last_end;    /* where the last field ends, its CR left out */
    uint32_t field_count;
} CsvRecord;

static inline CsvField csv_record_field(const CsvRecord *record, uint32_t column)
{
    uint32_t start = column == 0 ? record->first : record->ends[column - 1] + 1;
    uint32_t end = column + 1 == record->field_count ? record->last_end : record->ends[column];
    return (CsvField){record->text + start, end - start};
}

typedef struct CsvScanner CsvScanner;

/* `inflate` must outlive the scanner; NULL: it is for blocks only. `indexer` NULL: the best. */
CsvScanner *csv_new(Inflate *inflate, CsvIndexer *indexer);

/* Puts a scanner for blocks before text[0..length), which begins with a record, on physical line
 * `line`, and ends with one. INDEX_PADDING bytes behind the text can be read; the text must outlive
 * its records. */
void csv_set_block(CsvScanner *scanner, char *text, uint32_t length, uint64_t line);

/* What the scanner has read beyond the current record, which must be one: whole records and what
 * follows; valid until the next call. *line is the physical line on which it begins. */
CsvField csv_rest(const CsvScanner *scanner, uint64_t *line);

/* Lets a new scanner begin with text[0..length), a copy of what was read of `inflate` already: it
 * begins with a record, on physical line `line`. */
void csv_begin_with(CsvScanner *scanner, const char *text, uint32_t length, uint64_t line);

void csv_free(CsvScanner *scanner);

typedef enum CsvOutcome {
    CSV_RECORD, /* a record: csv_record */
    CSV_BROKEN, /* a line that is no record: csv_reason; it was passed over */
    CSV_END,
    CSV_FAILED, /* reading failed: *error */
} CsvOutcome;

/* Goes to the next record. It and its fields are valid until the next call. */
CsvOutcome csv_next(CsvScanner *scanner, Error *error);

const CsvRecord *csv_record(const CsvScanner *scanner);
uint32_t csv_field_count(const CsvScanner *scanner);
CsvField csv_field(const CsvScanner *scanner, uint32_t column);

/* Why the line is broken: "its quotes make no sense", "it is too long". */
const char *csv_reason(const CsvScanner *scanner);

/* The physical line (from 1) on which the record, or the broken line, begins. */
uint64_t csv_line(const CsvScanner *scanner);

/* The value of a field that begins with a quote. */
CsvField csv_unquote(CsvField field, char *scratch);

/* Takes the quotes off: the result points into the field, or into `scratch` (at least as long as
 * the field) when it held doubled quotes. At the place of an empty field is what ends it. */
static inline CsvField csv_value(CsvField field, char *scratch)
{
    return field.bytes[0] == '"' ? csv_unquote(field, scratch) : field;
}

#endif
