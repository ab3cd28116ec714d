/* The scanner against the reference: the same records, fields and broken lines, by every indexer.
 */
#include "fuzz.h"
#include "ingest/csv_agreement.h"

/* What is packed, or is told to be, does not come to the scanner: fuzz_fold has it. */
static bool is_packed(const uint8_t *bytes, size_t size)
{
    static const char *const BEGINNINGS[] = {"\x1f\x8b", "PK\3\4", "PK\5\6", "\x28\xb5\x2f\xfd"};
    for (size_t i = 0; i < sizeof BEGINNINGS / sizeof *BEGINNINGS; i++) {
        size_t length = strlen(BEGINNINGS[i]);
        if (size >= length && memcmp(bytes, BEGINNINGS[i], length) == 0) {
            return true;
        }
    }
    /* A frame of zstd that is to be passed over. */
    return size >= 4 && (bytes[0] & 0xf0) == 0x50 && memcmp(bytes + 1, "\x2a\x4d\x18", 3) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (is_packed(bytes, size)) {
        return 0;
    }
    for (int i = 0; i < INDEXER_COUNT; i++) {
        const char *text = (const char *)bytes;
        FUZZ_CHECK(cut_disagreement(text, size, i) == NULL);
        FUZZ_CHECK(csv_disagreement(text, size, usable_indexer(i), 0) == NULL);
        FUZZ_CHECK(csv_disagreement(text, size, usable_indexer(i), 1 + size % 61) == NULL);
    }
    return 0;
}
