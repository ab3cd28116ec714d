#include "ingest/scan/csv.h"

#include <stdlib.h>
#include <string.h>

struct CsvScanner {
    Inflate *inflate;
    CsvIndexer *indexer;
    char *text; /* capacity + INDEX_PADDING bytes */
    uint32_t capacity;
    uint32_t length; /* bytes in it */
    uint32_t base;   /* the index counts from here */
    bool ended;      /* the stream is at its end */
    bool indexed;    /* index is that of text[base..length) */
    bool started;
    CsvIndex index;
    uint32_t index_capacity;
    uint32_t next_record; /* in the index */
    /* the current record */
    const char *record;   /* its first byte */
    const uint32_t *ends; /* offsets of its separators from text + base */
    uint32_t first;       /* offset of its first byte from text + base */
    uint32_t field_count;
    uint32_t last_end;  /* where its last field ends, without the CR */
    uint64_t line;      /* of the current record */
    uint64_t next_line; /* of the one that comes */
};

static void *must_realloc(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static void reserve(CsvScanner *scanner, uint32_t capacity)
{
    scanner->text = must_realloc(scanner->text, (size_t)capacity + INDEX_PADDING);
    scanner->capacity = capacity;
    scanner->index.separators =
        must_realloc(scanner->index.separators, ((size_t)capacity + 1) * sizeof(uint32_t));
    scanner->index.records =
        must_realloc(scanner->index.records, ((size_t)capacity + 1) * sizeof(uint32_t));
}

CsvScanner *csv_new(Inflate *inflate, CsvIndexer *indexer)
{
    CsvScanner *scanner = calloc(1, sizeof *scanner);
    if (scanner == NULL) {
        abort();
    }
    scanner->inflate = inflate;
    scanner->indexer = indexer != NULL ? indexer : csv_index_best();
    scanner->next_line = 1;
    reserve(scanner, CSV_WINDOW);
    return scanner;
}

void csv_free(CsvScanner *scanner)
{
    if (scanner != NULL) {
        free(scanner->text);
        free(scanner->index.separators);
        free(scanner->index.records);
        free(scanner);
    }
}

/* Moves what is left to the front and fills the window from the stream. */
static bool fill(CsvScanner *scanner, Error *error)
{
    memmove(scanner->text, scanner->text + scanner->base, scanner->length - scanner->base);
    scanner->length -= scanner->base;
    scanner->base = 0;
    if (scanner->length == scanner->capacity && scanner->capacity < CSV_RECORD_MAX) {
        reserve(scanner, scanner->capacity * 2);
    }
    while (!scanner->ended && scanner->length < scanner->capacity) {
        ssize_t got = inflate_read(scanner->inflate, scanner->text + scanner->length,
                                   scanner->capacity - scanner->length, error);
        if (got < 0) {
            return false;
        }
        scanner->ended = got == 0;
        scanner->length += (uint32_t)got;
    }
    if (!scanner->started) {
        scanner->started = true;
        if (scanner->length >= 3 && memcmp(scanner->text, "\xef\xbb\xbf", 3) == 0) {
            scanner->base = 3;
        }
    }
    scanner->indexed = false;
    return true;
}

static void build_index(CsvScanner *scanner)
{
    uint32_t length = scanner->length - scanner->base;
    memset(scanner->text + scanner->length, 0, INDEX_PADDING);
    scanner->indexer(scanner->text + scanner->base, length, &scanner->index);
    scanner->next_record = 0;
    scanner->first = 0;
    scanner->indexed = true;
}

static uint64_t count_lines(const char *at, const char *end)
{
    uint64_t lines = 0;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        lines++;
        at++;
    }
    return lines;
}

/* The closing quote of the field that opens before `at`, or NULL. */
static const char *closing_quote(const char *at, const char *end)
{
    for (;;) {
        at = memchr(at, '"', (size_t)(end - at));
        if (at == NULL || at + 1 == end || at[1] != '"') {
            return at;
        }
        at += 2;
    }
}

/* Are the quotes of a record where they may be: round whole fields? A stray one would make the line
 * swallow its neighbours. Counts the line feeds inside quotes. */
static bool quotes_sound(const char *start, const char *end, uint64_t *inner_lines)
{
    const char *at = start, *open;
    *inner_lines = 0;
    while ((open = memchr(at, '"', (size_t)(end - at))) != NULL) {
        const char *close = closing_quote(open + 1, end);
        if ((open != start && open[-1] != ',') || close == NULL) {
            return false;
        }
        *inner_lines += count_lines(open, close);
        at = close + 1;
        at += at + 1 == end && *at == '\r';
        if (at < end && *at != ',') {
            return false;
        }
    }
    return true;
}

/* Passes over the physical line at `start` (an offset from text) and begins anew behind it. */
static CsvOutcome pass_over(CsvScanner *scanner, uint32_t start)
{
    const char *line = scanner->text + start;
    const char *end = memchr(line, '\n', scanner->length - start);
    scanner->base = end != NULL ? (uint32_t)(end + 1 - scanner->text) : scanner->length;
    scanner->line = scanner->next_line++;
    scanner->indexed = false;
    return CSV_BROKEN;
}

/* Sets the current record to text[start, end) whose separators are in the index. */
static void set_record(CsvScanner *scanner, uint32_t from, uint32_t count, uint32_t end)
{
    const char *text = scanner->text + scanner->base;
    scanner->record = text + scanner->first;
    scanner->ends = scanner->index.separators + from;
    scanner->field_count = count;
    scanner->last_end = end > scanner->first && text[end - 1] == '\r' ? end - 1 : end;
}

static bool is_blank(const CsvScanner *scanner)
{
    return scanner->field_count == 1 && scanner->last_end == scanner->first;
}

/* The last record may lack its newline, or be the rest of an unclosed quote. */
static CsvOutcome last_record(CsvScanner *scanner)
{
    uint32_t length = scanner->length - scanner->base;
    uint32_t used =
        scanner->next_record > 0 ? scanner->index.records[scanner->next_record - 1] + 1 : 0;
    if (scanner->first >= length) {
        return CSV_END;
    }
    const char *start = scanner->text + scanner->base + scanner->first;
    uint64_t inner_lines;
    if (!quotes_sound(start, scanner->text + scanner->length, &inner_lines)) {
        return pass_over(scanner, scanner->base + scanner->first);
    }
    set_record(scanner, used, scanner->index.separator_count - used + 1, length);
    scanner->line = scanner->next_line;
    scanner->base = scanner->length;
    /* The record's offsets count from the old base. */
    scanner->indexed = false;
    return CSV_RECORD;
}

/* The next record of the index. */
static CsvOutcome indexed_record(CsvScanner *scanner)
{
    const char *text = scanner->text + scanner->base;
    uint32_t from =
        scanner->next_record > 0 ? scanner->index.records[scanner->next_record - 1] + 1 : 0;
    uint32_t last = scanner->index.records[scanner->next_record];
    uint32_t end = scanner->index.separators[last];
    uint64_t inner_lines;
    if (!quotes_sound(text + scanner->first, text + end, &inner_lines)) {
        return pass_over(scanner, scanner->base + scanner->first);
    }
    set_record(scanner, from, last - from + 1, end);
    scanner->line = scanner->next_line;
    scanner->next_line += 1 + inner_lines;
    scanner->next_record++;
    return CSV_RECORD;
}

CsvOutcome csv_next(CsvScanner *scanner, Error *error)
{
    for (;;) {
        if (!scanner->indexed) {
            if (scanner->base == scanner->length || !scanner->started) {
                if (!fill(scanner, error)) {
                    return CSV_FAILED;
                }
            }
            build_index(scanner);
        } else if (scanner->next_record > 0) {
            uint32_t separator = scanner->index.records[scanner->next_record - 1];
            scanner->first = scanner->index.separators[separator] + 1;
        }
        CsvOutcome outcome;
        if (scanner->next_record < scanner->index.record_count) {
            outcome = indexed_record(scanner);
        } else if (scanner->ended) {
            outcome = last_record(scanner);
        } else if (scanner->first == 0 && scanner->length - scanner->base >= CSV_RECORD_MAX) {
            return pass_over(scanner, scanner->base);
        } else {
            scanner->base += scanner->first;
            scanner->first = 0;
            if (!fill(scanner, error)) {
                return CSV_FAILED;
            }
            continue;
        }
        if (outcome != CSV_RECORD || !is_blank(scanner)) {
            return outcome;
        }
    }
}

uint32_t csv_field_count(const CsvScanner *scanner)
{
    return scanner->field_count;
}

CsvField csv_field(const CsvScanner *scanner, uint32_t column)
{
    uint32_t start = column == 0 ? 0 : scanner->ends[column - 1] + 1 - scanner->first;
    uint32_t end =
        (column + 1 == scanner->field_count ? scanner->last_end : scanner->ends[column]) -
        scanner->first;
    return (CsvField){scanner->record + start, end - start};
}

uint64_t csv_line(const CsvScanner *scanner)
{
    return scanner->line;
}

CsvField csv_value(CsvField field, char *scratch)
{
    if (field.length < 2 || field.bytes[0] != '"' || field.bytes[field.length - 1] != '"') {
        return field;
    }
    CsvField inner = {field.bytes + 1, field.length - 2};
    if (memchr(inner.bytes, '"', inner.length) == NULL) {
        return inner;
    }
    uint32_t length = 0;
    for (uint32_t i = 0; i < inner.length; i++) {
        scratch[length++] = inner.bytes[i];
        i += inner.bytes[i] == '"' && i + 1 < inner.length && inner.bytes[i + 1] == '"';
    }
    return (CsvField){scratch, length};
}
