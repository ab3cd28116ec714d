#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_agreement.h"
#include "memory_source.h"

/* The records of a text, each field in <>, a broken line as "!", every record on its line. */
static char *scan(const char *text, size_t length, CsvIndexer *indexer, size_t piece)
{
    MemorySource memory = {.bytes = text, .length = length, .piece = piece};
    ByteSource source = memory_source(&memory);
    Inflate *inflate = inflate_new(&source, NULL);
    CsvScanner *scanner = csv_new(inflate, indexer);
    char *out = calloc(1, length * 8 + 64), *to = out, *scratch = malloc(length + 1);
    Error error = {0};
    for (CsvOutcome outcome; (outcome = csv_next(scanner, &error)) != CSV_END;) {
        assert_int_not_equal(outcome, CSV_FAILED);
        to += sprintf(to, "%d:", (int)csv_line(scanner));
        if (outcome == CSV_BROKEN) {
            to += sprintf(to, "!\n");
            continue;
        }
        for (uint32_t i = 0; i < csv_field_count(scanner); i++) {
            CsvField value = csv_value(csv_field(scanner, i), scratch);
            to += sprintf(to, "<%.*s>", (int)value.length, value.bytes);
        }
        to += sprintf(to, "\n");
    }
    free(scratch);
    csv_free(scanner);
    inflate_free(inflate);
    return out;
}

static void assert_scans(const char *text, const char *wanted)
{
    for (int i = 0; i < INDEXER_COUNT; i++) {
        char *got = scan(text, strlen(text), usable_indexer(i), 0);
        assert_string_equal(got, wanted);
        free(got);
    }
}

static void reads_plain_records(void **state)
{
    (void)state;
    assert_scans("a,b,c\n1,2,3\n", "1:<a><b><c>\n2:<1><2><3>\n");
    assert_scans("a,b\r\n1,2\r\n", "1:<a><b>\n2:<1><2>\n");
    assert_scans("a,b\n1,2", "1:<a><b>\n2:<1><2>\n");
    assert_scans("\xef\xbb\xbf"
                 "a,b\n,\n",
                 "1:<a><b>\n2:<><>\n");
    assert_scans("a\n\n\nb\n", "1:<a>\n4:<b>\n");
    assert_scans("", "");
    assert_scans("\n\n", "");
}

static void reads_quotes(void **state)
{
    (void)state;
    assert_scans("\"Amazon Web Services, Inc.\",x\n", "1:<Amazon Web Services, Inc.><x>\n");
    assert_scans("\"a \"\"b\"\" c\",\"\"\n", "1:<a \"b\" c><>\n");
    assert_scans("h,i\n\"two\nlines\",x\ny,z\n", "1:<h><i>\n2:<two\nlines><x>\n4:<y><z>\n");
    assert_scans("\"a\r\nb\",\"c\"\r\nd\r\n", "1:<a\r\nb><c>\n3:<d>\n");
    assert_scans("\"\"\"\",x", "1:<\"><x>\n");
}

static void a_stray_quote_breaks_its_line_only(void **state)
{
    (void)state;
    assert_scans("a,b\n1,5\" disk\n2,3\n", "1:<a><b>\n2:!\n3:<2><3>\n");
    assert_scans("a,b\n\"open,2\n3,4\n\"x\",5\n", "1:<a><b>\n2:!\n3:<3><4>\n4:<x><5>\n");
    assert_scans("a,b\n1,2\n\"never closed,4\n", "1:<a><b>\n2:<1><2>\n3:!\n");
    assert_scans("a,b\n1,\"x\"y\n3,4\n", "1:<a><b>\n2:!\n3:<3><4>\n");
}

static void ragged_lines_are_records(void **state)
{
    (void)state;
    assert_scans("a,b\n1\n1,2,3\n4,5\n", "1:<a><b>\n2:<1>\n3:<1><2><3>\n4:<4><5>\n");
}

static void long_records_cross_windows(void **state)
{
    size_t length = 3 * 1024 * 1024;
    char *text = malloc(length + 64);
    (void)state;
    memcpy(text, "a,b\n\"", 5);
    memset(text + 5, 'x', length);
    strcpy(text + 5 + length, "\",2\n3,4\n");
    MemorySource memory = {.bytes = text, .length = strlen(text), .piece = 70001};
    ByteSource source = memory_source(&memory);
    Inflate *inflate = inflate_new(&source, NULL);
    CsvScanner *scanner = csv_new(inflate, NULL);
    Error error = {0};
    assert_int_equal(csv_next(scanner, &error), CSV_RECORD);
    assert_int_equal(csv_next(scanner, &error), CSV_RECORD);
    assert_int_equal(csv_field(scanner, 0).length, length + 2);
    assert_int_equal(csv_next(scanner, &error), CSV_RECORD);
    assert_int_equal(csv_line(scanner), 3);
    assert_int_equal(csv_next(scanner, &error), CSV_END);
    csv_free(scanner);
    inflate_free(inflate);
    free(text);
}

/* A text of `length` bytes in a new buffer: `count` times `unit`, between `head` and `tail`. */
static char *repeated(const char *head, const char *unit, size_t count, const char *tail)
{
    size_t length = strlen(unit);
    char *text = malloc(strlen(head) + count * length + strlen(tail) + 1), *to = text;
    to = stpcpy(to, head);
    for (size_t i = 0; i < count; i++) {
        to = stpcpy(to, unit);
    }
    strcpy(to, tail);
    return text;
}

typedef struct Expected {
    CsvOutcome outcome;
    uint64_t line;
    uint32_t fields; /* of a record */
} Expected;

/* Reads a text with every indexer; `expected` ends with CSV_END. */
static void assert_outcomes(const char *text, const Expected *expected)
{
    for (int i = 0; i < INDEXER_COUNT; i++) {
        MemorySource memory = {.bytes = text, .length = strlen(text), .piece = 70001};
        ByteSource source = memory_source(&memory);
        Inflate *inflate = inflate_new(&source, NULL);
        CsvScanner *scanner = csv_new(inflate, usable_indexer(i));
        Error error = {0};
        for (const Expected *next = expected;; next++) {
            assert_int_equal(csv_next(scanner, &error), next->outcome);
            if (next->outcome == CSV_END) {
                break;
            }
            assert_int_equal(csv_line(scanner), next->line);
            if (next->outcome == CSV_RECORD) {
                assert_int_equal(csv_field_count(scanner), next->fields);
            }
        }
        csv_free(scanner);
        inflate_free(inflate);
    }
}

static void counts_of_fields_have_a_bound(void **state)
{
    static const Expected FIT[] = {
        {CSV_RECORD, 1, CSV_FIELDS_MAX}, {CSV_RECORD, 2, 2}, {CSV_END, 0, 0}};
    static const Expected TOO_MANY[] = {{CSV_BROKEN, 1, 0}, {CSV_RECORD, 2, 2}, {CSV_END, 0, 0}};
    (void)state;
    for (size_t extra = 0; extra < 200; extra = extra * 2 + 1) {
        const Expected *expected = extra == 0 ? FIT : TOO_MANY;
        char *empty = repeated("", ",", CSV_FIELDS_MAX - 1 + extra, "\n1,2\n");
        char *filled = repeated("", "x,", CSV_FIELDS_MAX - 1 + extra, "\n1,2");
        assert_outcomes(empty, expected);
        assert_outcomes(filled, expected);
        free(empty);
        free(filled);
    }
}

/* Here the indexer's room runs out behind a whole record. */
static void a_long_record_before_many_fields(void **state)
{
    static const Expected EXPECTED[] = {
        {CSV_RECORD, 1, 2}, {CSV_RECORD, 3, 100000}, {CSV_RECORD, 4, 100000}, {CSV_END, 0, 0}};
    (void)state;
    char *first = repeated("\"\r\n", "x", 140000, "\",2\n"), *many = repeated("", ",", 99999, "\n");
    char *text = malloc(strlen(first) + 2 * strlen(many) + 1);
    stpcpy(stpcpy(stpcpy(text, first), many), many);
    assert_outcomes(text, EXPECTED);
    free(first);
    free(many);
    free(text);
}

static void lengths_have_a_bound(void **state)
{
    static const Expected FITS[] = {
        {CSV_RECORD, 1, 2}, {CSV_RECORD, 2, 1}, {CSV_RECORD, 3, 2}, {CSV_END, 0, 0}};
    static const Expected TOO_LONG[] = {
        {CSV_RECORD, 1, 2}, {CSV_BROKEN, 2, 0}, {CSV_RECORD, 3, 2}, {CSV_END, 0, 0}};
    (void)state;
    char *text = repeated("a,b\n", "x", CSV_RECORD_MAX - 1, "\n3,4\n");
    assert_outcomes(text, FITS);
    free(text);
    text = repeated("a,b\n", "x", CSV_RECORD_MAX, "\n3,4\n");
    assert_outcomes(text, TOO_LONG);
    free(text);
}

static void a_broken_line_may_be_long(void **state)
{
    static const Expected EXPECTED[] = {{CSV_BROKEN, 1, 0}, {CSV_RECORD, 2, 2}, {CSV_END, 0, 0}};
    (void)state;
    char *text = repeated("a\"", "x,", 300000, "\n3,4\n");
    assert_outcomes(text, EXPECTED);
    free(text);
}

/* All that the scanner says of a text, against the reference. */
static void assert_agrees(const char *text, size_t length, CsvIndexer *indexer, size_t piece)
{
    const char *difference = csv_disagreement(text, length, indexer, piece);
    if (difference != NULL) {
        fail_msg("scanner and reference differ in %s", difference);
    }
}

static void agrees_with_the_reference(void **state)
{
    static const char ALPHABET[] = "ab,,,\"\"\n\n\r\0\xff";
    (void)state;
    srand(20261124);
    for (int round = 0; round < 2000; round++) {
        char text[400];
        size_t length = (size_t)rand() % sizeof text, piece = 1 + (size_t)rand() % 90;
        for (size_t i = 0; i < length; i++) {
            text[i] = ALPHABET[(size_t)rand() % (sizeof ALPHABET - 1)];
        }
        for (int i = 0; i < INDEXER_COUNT; i++) {
            assert_agrees(text, length, usable_indexer(i), piece);
        }
    }
}

/* Every way in which quotes can go wrong, at every place of the 64 bytes looked at together. */
static void quotes_are_checked_across_blocks(void **state)
{
    static const char *const ENDS[] = {
        ",\"q\"\rx\n1,2\n",  ",\"q\"x\n1,2\n",       "\"b\",\n1,2\n",     ",\"q\"\r\n1,2\n",
        ",\"q\"\"\"\n1,2\n", ",\"a\r\nb\",c\n1,2\n", ",\"q\"\r,x\n1,2\n", ",\"q\"\r"};
    (void)state;
    for (size_t pad = 0; pad < 130; pad++) {
        for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
            char *text = repeated("x", "x", pad, ENDS[i]);
            for (int k = 0; k < INDEXER_COUNT; k++) {
                assert_agrees(text, strlen(text), usable_indexer(k), 0);
            }
            free(text);
        }
    }
}

/* Texts of several windows, mostly sound, with records longer than one. */
static void agrees_on_long_texts(void **state)
{
    static const char *const PARTS[] = {"plain", "\"quoted\"", "\"a \"\"b\"\",\"", "\"x\r\ny\"",
                                        "\"\"",  "",           "\"two\nlines\"",   "1.25"};
    enum { LENGTH = 700 * 1024, SLACK = 200 * 1024 };
    char *text = malloc(LENGTH + SLACK);
    (void)state;
    srand(5);
    for (int round = 0; round < 12; round++) {
        size_t length = 0;
        while (length < LENGTH) {
            int what = rand() % 20000;
            if (what == 0) { /* longer than a window */
                size_t run = (size_t)rand() % (SLACK - 64);
                text[length++] = '"';
                memset(text + length, "x,\n"[rand() % 3], run);
                length += run;
                text[length++] = '"';
            } else if (what < 4 * round) { /* a stray quote */
                text[length++] = '"';
            } else {
                const char *part = PARTS[what % 8];
                memcpy(text + length, part, strlen(part));
                length += strlen(part);
            }
            const char *end = rand() % 50 != 0 ? "," : rand() % 2 ? "\n" : "\r\n";
            memcpy(text + length, end, strlen(end));
            length += strlen(end);
        }
        for (int i = 0; i < INDEXER_COUNT; i++) {
            assert_agrees(text, length, usable_indexer(i), 1 + (size_t)rand() % 100000);
        }
    }
    free(text);
}

/* An indexer that runs out of room says how far it came; what it did is the same as with room. */
static void indexers_stop_where_room_ends(void **state)
{
    static uint32_t all[8192], few[2][INDEX_ROOM_MIN], records[8192];
    char text[4096 + INDEX_PADDING] = {0};
    (void)state;
    for (size_t i = 0; i < 4096; i++) {
        text[i] = ",\nab"[i * 7 % 13 % 4];
    }
    for (int i = 0; i < INDEXER_COUNT; i++) {
        CsvIndex whole = {.separators = all, .records = records, .room = 8192};
        CsvIndex part = {.separators = few[0], .records = few[1], .room = INDEX_ROOM_MIN};
        usable_indexer(i)(text, 4096, &whole);
        assert_int_equal(whole.covered, 4096);
        uint32_t seen = 0;
        for (uint32_t base = 0; base < 4096; base += part.covered, seen += part.separator_count) {
            usable_indexer(i)(text + base, 4096 - base, &part);
            assert_true(part.covered > 0);
            assert_true(part.separator_count <= INDEX_ROOM_MIN);
            for (uint32_t k = 0; k < part.separator_count; k++) {
                assert_int_equal(base + few[0][k], all[seen + k]);
            }
            for (uint32_t k = 0; k < part.record_count; k++) {
                assert_int_equal(text[base + few[0][few[1][k]]], '\n');
            }
        }
        assert_int_equal(seen, whole.separator_count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_records),
        cmocka_unit_test(reads_quotes),
        cmocka_unit_test(a_stray_quote_breaks_its_line_only),
        cmocka_unit_test(ragged_lines_are_records),
        cmocka_unit_test(long_records_cross_windows),
        cmocka_unit_test(counts_of_fields_have_a_bound),
        cmocka_unit_test(a_long_record_before_many_fields),
        cmocka_unit_test(lengths_have_a_bound),
        cmocka_unit_test(a_broken_line_may_be_long),
        cmocka_unit_test(agrees_with_the_reference),
        cmocka_unit_test(quotes_are_checked_across_blocks),
        cmocka_unit_test(agrees_on_long_texts),
        cmocka_unit_test(indexers_stop_where_room_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
