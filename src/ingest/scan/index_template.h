/* The indexer above a set of primitives, written once: SCAN_NAME is what it is called. */
#include "ingest/scan/index.h"

SCAN_TARGET void SCAN_NAME(const char *text, uint32_t length, CsvIndex *index)
{
    uint32_t *separator = index->separators, *record = index->records;
    uint64_t quoted = 0; /* all ones when the block before ended inside quotes */
    for (uint32_t start = 0; start < length; start += 64) {
        Block block = block_load(text + start);
        uint64_t valid = length - start >= 64 ? ~0ULL : (1ULL << (length - start)) - 1;
        uint64_t quotes = block_equals(block, '"') & valid;
        uint64_t inside = quotes != 0 ? prefix_xor(quotes) ^ quoted : quoted;
        quoted = (uint64_t)((int64_t)inside >> 63);
        uint64_t lines = block_equals(block, '\n') & ~inside & valid;
        uint64_t ends = (block_equals(block, ',') & ~inside & valid) | lines;
        while (ends != 0) {
            uint32_t bit = (uint32_t)__builtin_ctzll(ends);
            if (lines >> bit & 1) {
                *record++ = (uint32_t)(separator - index->separators);
            }
            *separator++ = start + bit;
            ends &= ends - 1;
        }
    }
    index->separator_count = (uint32_t)(separator - index->separators);
    index->record_count = (uint32_t)(record - index->records);
}
