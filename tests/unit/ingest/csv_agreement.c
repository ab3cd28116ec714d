#include "csv_agreement.h"

#include <string.h>

#include "memory_source.h"
#include "reference_csv.h"

enum { FIELDS_MAX = 1024 };

static CsvIndexer *const INDEXERS[INDEXER_COUNT] = {
    csv_index_portable,
#ifdef __x86_64__
    csv_index_sse2,
    csv_index_avx2,
    csv_index_avx512,
#endif
};

CsvIndexer *usable_indexer(int which)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    bool there = INDEXERS[which] == csv_index_avx2     ? __builtin_cpu_supports("avx2")
                 : INDEXERS[which] == csv_index_avx512 ? __builtin_cpu_supports("avx512vbmi2")
                                                       : true;
    return there ? INDEXERS[which] : csv_index_best();
#else
    return INDEXERS[which];
#endif
}

CsvCutter *usable_cutter(int which)
{
    static CsvCutter *const CUTTERS[INDEXER_COUNT] = {
        csv_cut_portable,
#ifdef __x86_64__
        csv_cut_sse2,
        csv_cut_avx2,
        csv_cut_avx512,
#endif
    };
    return usable_indexer(which) == INDEXERS[which] ? CUTTERS[which] : csv_cut_best();
}

static uint64_t lines_before(const char *text, const char *end)
{
    uint64_t lines = 0;
    while (text < end) {
        lines += *text++ == '\n';
    }
    return lines;
}

static const char *compare_fields(const CsvScanner *scanner, const ReferenceField *wanted,
                                  int count)
{
    if (csv_field_count(scanner) != (uint32_t)count) {
        return "the count of fields";
    }
    for (int i = 0; i < count && i < FIELDS_MAX; i++) {
        CsvField got = csv_field(scanner, (uint32_t)i);
        if (got.length != wanted[i].length || memcmp(got.bytes, wanted[i].bytes, got.length) != 0) {
            return "a field";
        }
    }
    return NULL;
}

static const char *compare(CsvScanner *scanner, const char *text, size_t length)
{
    static ReferenceField wanted[FIELDS_MAX];
    bool marked = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    const char *at = marked ? text + 3 : text, *counted = text, *difference;
    uint64_t line = 1;
    Error error = {0};
    for (;;) {
        int count = reference_record(&at, text + length, wanted, FIELDS_MAX);
        CsvOutcome outcome = csv_next(scanner, &error);
        if (count == -2) {
            return outcome == CSV_END ? NULL : "the end";
        }
        if (outcome != (count == -1 ? CSV_BROKEN : CSV_RECORD)) {
            return "what is a record and what is broken";
        }
        /* A broken line ends before `at`, with its line feed if it has one. */
        const char *start = count == -1 ? at - 1 : wanted[0].bytes;
        line += lines_before(counted, start);
        counted = start;
        if (csv_line(scanner) != line) {
            return "the number of a line";
        }
        difference = count == -1 ? NULL : compare_fields(scanner, wanted, count);
        if (difference != NULL) {
            return difference;
        }
    }
}

const char *csv_disagreement(const char *text, size_t length, CsvIndexer *indexer, size_t piece)
{
    MemorySource memory = {.bytes = text, .length = length, .piece = piece};
    ByteSource source = memory_source(&memory);
    Inflate *inflate = inflate_new(&source, NULL);
    CsvScanner *scanner = csv_new(inflate, indexer);
    const char *difference = compare(scanner, text, length);
    csv_free(scanner);
    inflate_free(inflate);
    return difference;
}

const char *cut_disagreement(const char *text, size_t length, int which)
{
    static uint32_t separators[CSV_FIELDS_MAX + INDEX_ROOM_MIN], records[CSV_FIELDS_MAX];
    static char padded[CSV_FIELDS_MAX / 2 + INDEX_PADDING];
    CsvIndex index = {.separators = separators, .records = records, .room = CSV_FIELDS_MAX};
    length = length < CSV_FIELDS_MAX / 2 ? length : CSV_FIELDS_MAX / 2;
    memcpy(padded, text, length);
    memset(padded + length, 0, INDEX_PADDING);
    usable_indexer(which)(padded, (uint32_t)length, &index);
    CsvCut cut = usable_cutter(which)(padded, (uint32_t)length);
    uint32_t end = index.record_count == 0 ? 0 : separators[records[index.record_count - 1]] + 1;
    return cut.stray_quotes != index.stray_quotes                ? "whether quotes are stray"
           : cut.end != end                                      ? "where the last record ends"
           : cut.lines != lines_before(padded, padded + cut.end) ? "how many lines that is"
                                                                 : NULL;
}
