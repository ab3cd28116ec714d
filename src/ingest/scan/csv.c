#include "ingest/scan/csv.h"

#include <stdlib.h>
#include <string.h>

/* Bytes held and bytes indexed at a time, so that what is inflated stays in the second cache, and
 * text and index in the first while they are read; more only where a record is longer. */
enum { WINDOW = 128 * 1024, SPAN = 32 * 1024 };

static const char BAD_QUOTES[] = "its quotes make no sense";
static const char TOO_LONG[] = "it is too long, or a quote in it is not closed";

struct CsvScanner {
    Inflate *inflate;
    CsvIndexer *indexer;
    char *text;        /* capacity + INDEX_PADDING bytes, or a block of the caller's */
    uint32_t capacity; /* 0: a block */
    uint32_t length;   /* bytes in it */
    bool started, ended;
    bool leaving;  /* `base` is inside a line that is passed over */
    uint32_t base; /* the index counts from here: the start of a record */
    uint32_t span; /* bytes to index */
    bool indexed;  /* `index` is that of what begins at `base` */
    CsvIndex index;
    uint32_t next_record; /* in the index */
    CsvRecord record;
    const char *reason;
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
    if (capacity > scanner->capacity) {
        scanner->text = must_realloc(scanner->text, (size_t)capacity + INDEX_PADDING);
        scanner->capacity = capacity;
    }
}

CsvScanner *csv_new(Inflate *inflate, CsvIndexer *indexer)
{
    CsvScanner *scanner = calloc(1, sizeof *scanner);
    if (scanner == NULL) {
        abort();
    }
    scanner->inflate = inflate;
    scanner->indexer = indexer != NULL ? indexer : csv_index_best();
    scanner->span = SPAN;
    scanner->next_line = 1;
    scanner->index.room = CSV_FIELDS_MAX + INDEX_ROOM_MIN;
    scanner->index.separators = must_realloc(NULL, scanner->index.room * sizeof(uint32_t));
    scanner->index.records = must_realloc(NULL, scanner->index.room * sizeof(uint32_t));
    if (inflate != NULL) {
        reserve(scanner, WINDOW);
    }
    return scanner;
}

/* Begins at the front of scanner->text. */
static void begin(CsvScanner *scanner, uint32_t length, uint64_t line)
{
    scanner->length = length;
    scanner->started = true;
    scanner->leaving = scanner->indexed = false;
    scanner->base = 0;
    scanner->span = SPAN;
    scanner->next_line = line;
}

void csv_set_block(CsvScanner *scanner, char *text, uint32_t length, uint64_t line)
{
    scanner->text = text;
    scanner->ended = true;
    begin(scanner, length, line);
}

CsvField csv_rest(const CsvScanner *scanner, uint64_t *line)
{
    uint32_t start = scanner->base;
    if (scanner->indexed && scanner->next_record > 0) {
        start += scanner->index.separators[scanner->index.records[scanner->next_record - 1]] + 1;
    }
    *line = scanner->next_line;
    return (CsvField){scanner->text + start, scanner->length - start};
}

void csv_begin_with(CsvScanner *scanner, const char *text, uint32_t length, uint64_t line)
{
    reserve(scanner, length);
    memcpy(scanner->text, text, length);
    memset(scanner->text + length, 0, INDEX_PADDING);
    begin(scanner, length, line);
}

void csv_free(CsvScanner *scanner)
{
    if (scanner != NULL) {
        if (scanner->capacity > 0) {
            free(scanner->text);
        }
        free(scanner->index.separators);
        free(scanner->index.records);
        free(scanner);
    }
}

/* Moves what is left, always less than the window, to the front and fills up from the stream. */
static bool fill(CsvScanner *scanner, Error *error)
{
    uint32_t window = scanner->span > WINDOW ? scanner->span : WINDOW;
    scanner->length -= scanner->base;
    memmove(scanner->text, scanner->text + scanner->base, scanner->length);
    scanner->base = 0;
    reserve(scanner, window);
    while (!scanner->ended && scanner->length < window) {
        ssize_t got = inflate_read(scanner->inflate, scanner->text + scanner->length,
                                   window - scanner->length, error);
        if (got < 0) {
            return false;
        }
        scanner->ended = got == 0;
        scanner->length += (uint32_t)got;
    }
    memset(scanner->text + scanner->length, 0, INDEX_PADDING);
    if (!scanner->started) {
        scanner->started = true;
        if (scanner->length >= 3 && memcmp(scanner->text, "\xef\xbb\xbf", 3) == 0) {
            scanner->base = 3;
        }
    }
    return true;
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

/* Are the quotes of a record where they may be: round whole fields? Only asked where the index has
 * seen a stray one, which makes a line swallow its neighbours. */
static bool quotes_sound(const char *start, const char *end)
{
    const char *at = start, *open;
    while ((open = memchr(at, '"', (size_t)(end - at))) != NULL) {
        const char *close = closing_quote(open + 1, end);
        if ((open != start && open[-1] != ',') || close == NULL) {
            return false;
        }
        at = close + 1;
        at += at + 1 == end && *at == '\r';
        if (at < end && *at != ',') {
            return false;
        }
    }
    return true;
}

/* Goes behind the physical line that begins, or goes on, at `base`. */
static void leave_line(CsvScanner *scanner)
{
    const char *rest = scanner->text + scanner->base;
    const char *end = memchr(rest, '\n', scanner->length - scanner->base);
    scanner->leaving = end == NULL;
    scanner->base = end != NULL ? (uint32_t)(end + 1 - scanner->text) : scanner->length;
}

/* Passes over the physical line at `base` and begins anew behind it. */
static CsvOutcome pass_over(CsvScanner *scanner, const char *reason)
{
    leave_line(scanner);
    scanner->indexed = false;
    scanner->span = SPAN;
    scanner->line = scanner->next_line++;
    scanner->reason = reason;
    return CSV_BROKEN;
}

/* Makes the current record of what ends at the separator `last` of the index, at offset `end`. */
static void set_record(CsvScanner *scanner, uint32_t last, uint32_t end)
{
    CsvRecord *record = &scanner->record;
    uint32_t from = 0;
    record->text = scanner->text + scanner->base;
    record->first = 0;
    if (scanner->next_record > 0) {
        from = scanner->index.records[scanner->next_record - 1] + 1;
        record->first = scanner->index.separators[from - 1] + 1;
    }
    record->ends = scanner->index.separators + from;
    record->field_count = last - from + 1;
    record->last_end = end - (end > record->first && record->text[end - 1] == '\r');
}

/* The next record of the index. */
static CsvOutcome indexed_record(CsvScanner *scanner)
{
    uint32_t last = scanner->index.records[scanner->next_record];
    uint32_t end = scanner->index.separators[last];
    set_record(scanner, last, end);
    const char *start = scanner->record.text + scanner->record.first;
    if (scanner->index.stray_quotes && !quotes_sound(start, scanner->record.text + end)) {
        scanner->base += scanner->record.first;
        return pass_over(scanner, BAD_QUOTES);
    }
    if (scanner->record.field_count > CSV_FIELDS_MAX) {
        scanner->base += scanner->record.first;
        return pass_over(scanner, TOO_LONG);
    }
    scanner->next_record++;
    scanner->line = scanner->next_line++;
    if (scanner->index.inner_lines) {
        scanner->next_line += count_lines(start, scanner->record.text + end);
    }
    return CSV_RECORD;
}

/* What stands behind the last line feed: a record that lacks its own, or an unclosed quote. */
static CsvOutcome last_record(CsvScanner *scanner)
{
    uint32_t length = scanner->length - scanner->base;
    if (length == 0) {
        return CSV_END;
    }
    const char *start = scanner->text + scanner->base;
    if (!quotes_sound(start, start + length)) {
        return pass_over(scanner, BAD_QUOTES);
    }
    set_record(scanner, scanner->index.separator_count, length);
    scanner->line = scanner->next_line++;
    scanner->base = scanner->length;
    scanner->indexed = false;
    return CSV_RECORD;
}

static void build_index(CsvScanner *scanner)
{
    uint32_t length = scanner->length - scanner->base;
    length = length < scanner->span ? length : scanner->span;
    scanner->indexer(scanner->text + scanner->base, length, &scanner->index);
    scanner->next_record = 0;
    scanner->indexed = true;
}

/* Goes on to the bytes behind the indexed records. False when reading fails. */
static bool step(CsvScanner *scanner, Error *error)
{
    const CsvIndex *index = &scanner->index;
    uint32_t covered = scanner->indexed ? index->covered : 0;
    bool exhausted = scanner->base + covered == scanner->length;
    if (scanner->indexed && index->record_count > 0) {
        scanner->base += index->separators[index->records[index->record_count - 1]] + 1;
        scanner->span = SPAN;
    } else if (covered == scanner->span) {
        scanner->span *= 2; /* not one whole record in it */
    }
    if (exhausted && !scanner->ended && !fill(scanner, error)) {
        return false;
    }
    if (scanner->leaving) {
        leave_line(scanner);
    }
    build_index(scanner);
    return true;
}

/* The index holds no whole record: is the one that begins at `base` too long, or the last? */
static bool is_too_long(const CsvScanner *scanner)
{
    return scanner->index.covered >= CSV_RECORD_MAX ||
           scanner->index.separator_count >= CSV_FIELDS_MAX;
}

static bool is_last(const CsvScanner *scanner)
{
    return scanner->ended && scanner->index.covered == scanner->length - scanner->base;
}

static CsvOutcome next_outcome(CsvScanner *scanner, Error *error)
{
    for (;;) {
        if (scanner->indexed && scanner->next_record < scanner->index.record_count) {
            return indexed_record(scanner);
        }
        if (!step(scanner, error)) {
            return CSV_FAILED;
        }
        if (scanner->index.record_count == 0) {
            if (is_too_long(scanner)) {
                return pass_over(scanner, TOO_LONG);
            }
            if (is_last(scanner)) {
                return last_record(scanner);
            }
        }
    }
}

CsvOutcome csv_next(CsvScanner *scanner, Error *error)
{
    CsvOutcome outcome;
    do {
        outcome = next_outcome(scanner, error);
    } while (outcome == CSV_RECORD && scanner->record.field_count == 1 &&
             scanner->record.last_end == scanner->record.first); /* blank */
    return outcome;
}

const CsvRecord *csv_record(const CsvScanner *scanner)
{
    return &scanner->record;
}

uint32_t csv_field_count(const CsvScanner *scanner)
{
    return scanner->record.field_count;
}

CsvField csv_field(const CsvScanner *scanner, uint32_t column)
{
    return csv_record_field(&scanner->record, column);
}

const char *csv_reason(const CsvScanner *scanner)
{
    return scanner->reason;
}

uint64_t csv_line(const CsvScanner *scanner)
{
    return scanner->line;
}

CsvField csv_unquote(CsvField field, char *scratch)
{
    if (field.length < 2 || field.bytes[field.length - 1] != '"') {
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
