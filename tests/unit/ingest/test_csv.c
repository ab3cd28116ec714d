#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/scan/csv.h"
#include "memory_source.h"
#include "reference_csv.h"

enum { FIELDS_MAX = 256 };

static CsvIndexer *const INDEXERS[] = {
    csv_index_portable,
#ifdef __x86_64__
    csv_index_sse2,
    csv_index_avx2,
#endif
};

enum { INDEXER_COUNT = sizeof INDEXERS / sizeof *INDEXERS };

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
        if (i == 2 && csv_index_best() != csv_index_avx2) {
            continue;
        }
        char *got = scan(text, strlen(text), INDEXERS[i], 0);
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
    assert_scans("\"a\r\nb\",\"c\"\r\n", "1:<a\r\nb><c>\n");
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

/* Every indexer, every piece size, against the reference. */
static void agrees_with_the_reference(void **state)
{
    static const char ALPHABET[] = "ab,,,\"\"\n\n\r\0\xff";
    (void)state;
    srand(20261124);
    for (int round = 0; round < 6000; round++) {
        char text[400];
        size_t length = (size_t)rand() % sizeof text;
        for (size_t i = 0; i < length; i++) {
            text[i] = ALPHABET[(size_t)rand() % (sizeof ALPHABET - 1)];
        }
        int which = round % INDEXER_COUNT;
        if (which == 2 && csv_index_best() != csv_index_avx2) {
            continue;
        }
        MemorySource memory = {.bytes = text, .length = length, .piece = 1 + (size_t)rand() % 90};
        ByteSource source = memory_source(&memory);
        Inflate *inflate = inflate_new(&source, NULL);
        CsvScanner *scanner = csv_new(inflate, INDEXERS[which]);
        const char *at = text;
        Error error = {0};
        if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
            at += 3;
        }
        for (;;) {
            ReferenceField wanted[FIELDS_MAX];
            int count = reference_record(&at, text + length, wanted, FIELDS_MAX);
            CsvOutcome outcome = csv_next(scanner, &error);
            if (count == -2) {
                assert_int_equal(outcome, CSV_END);
                break;
            }
            assert_int_equal(outcome, count == -1 ? CSV_BROKEN : CSV_RECORD);
            for (int i = 0; i < count && i < FIELDS_MAX; i++) {
                assert_int_equal(csv_field_count(scanner), count);
                CsvField got = csv_field(scanner, (uint32_t)i);
                assert_int_equal(got.length, wanted[i].length);
                assert_memory_equal(got.bytes, wanted[i].bytes, got.length);
            }
        }
        csv_free(scanner);
        inflate_free(inflate);
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
        cmocka_unit_test(agrees_with_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
