/* The scanner against the reference: the same records, fields and broken lines, by every indexer.
 */
#include "fuzz.h"
#include "ingest/memory_source.h"
#include "ingest/reference_csv.h"
#include "ingest/scan/csv.h"

enum { FIELDS_MAX = 4096 };

static void compare(const char *text, size_t size, CsvIndexer *indexer, size_t piece)
{
    MemorySource memory = {.bytes = text, .length = size, .piece = piece};
    ByteSource source = memory_source(&memory);
    Inflate *inflate = inflate_new(&source, NULL);
    CsvScanner *scanner = csv_new(inflate, indexer);
    static ReferenceField fields[FIELDS_MAX];
    const char *at = text, *end = text + size;
    Error error = {0};
    for (;;) {
        CsvOutcome outcome = csv_next(scanner, &error);
        int wanted = reference_record(&at, end, fields, FIELDS_MAX);
        if (wanted == -2) {
            FUZZ_CHECK(outcome == CSV_END);
            break;
        }
        FUZZ_CHECK(outcome == (wanted == -1 ? CSV_BROKEN : CSV_RECORD));
        if (outcome == CSV_RECORD) {
            FUZZ_CHECK(csv_field_count(scanner) == (uint32_t)wanted);
            for (int i = 0; i < wanted && i < FIELDS_MAX; i++) {
                CsvField field = csv_field(scanner, (uint32_t)i);
                FUZZ_CHECK(field.length == fields[i].length &&
                           memcmp(field.bytes, fields[i].bytes, field.length) == 0);
            }
        }
    }
    csv_free(scanner);
    inflate_free(inflate);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    /* What looks packed is for fuzz_fold; the byte-order mark is the scanner's own affair. */
    if (size >= 2 &&
        (bytes[0] == 0x1f || bytes[0] == 0x50 || bytes[0] == 0x28 || bytes[0] == 0xef)) {
        return 0;
    }
    compare((const char *)bytes, size, csv_index_portable, 0);
    compare((const char *)bytes, size, csv_index_best(), 7);
    return 0;
}
