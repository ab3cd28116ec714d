/* The indexer and the cutter above a set of primitives, written once: SCAN_INDEX and SCAN_CUT are
 * what they are called. */
#include "ingest/scan/index.h"

/* What one block leaves to the next. Bit 0 of the masks stands for the byte before the block. */
typedef struct Carry {
    uint64_t quoted;     /* all ones when it ended inside quotes */
    uint64_t boundary;   /* it ended with a separator or a closing quote */
    uint64_t closed;     /* it ended with a closing quote */
    uint64_t closed_cr;  /* it ended with a CR behind a closing quote */
    uint64_t stray;      /* any stray quote so far */
    uint64_t inner_feed; /* any line feed inside quotes so far */
} Carry;

/* A quote may open behind a separator, or behind the closing quote that it doubles; behind a
 * closing quote comes a separator, CR and line feed, or the quote that doubles it. */
SCAN_TARGET static inline void check_quotes(Block block, uint64_t quotes, uint64_t inside,
                                            uint64_t ends, uint64_t lines, uint64_t valid,
                                            Carry *carry)
{
    uint64_t open = quotes & inside, close = quotes & ~inside;
    uint64_t boundary = (ends | close) << 1 | carry->boundary;
    uint64_t behind_close = close << 1 | carry->closed;
    uint64_t cr = behind_close & block_equals(block, '\r');
    uint64_t behind_cr = cr << 1 | carry->closed_cr;
    carry->stray |= (open & ~boundary) | (behind_close & ~(ends | open | cr) & valid) |
                    (behind_cr & ~lines & valid);
    carry->closed = close >> 63;
    carry->closed_cr = cr >> 63;
    carry->boundary = (ends | close) >> 63;
}

SCAN_TARGET static inline uint32_t *index_block(const char *text, uint32_t start, uint64_t valid,
                                                uint32_t *separator, CsvIndex *index, Carry *carry)
{
    Block block = block_load(text + start);
    uint64_t quotes = block_equals(block, '"') & valid;
    uint64_t feeds = block_equals(block, '\n') & valid;
    uint64_t commas = block_equals(block, ',') & valid;
    uint64_t inside = carry->quoted, lines, ends;
    if ((quotes | carry->closed | carry->closed_cr) != 0) {
        inside ^= prefix_xor(quotes);
        carry->quoted = (uint64_t)((int64_t)inside >> 63);
        lines = feeds & ~inside;
        ends = (commas & ~inside) | lines;
        check_quotes(block, quotes, inside, ends, lines, valid, carry);
    } else {
        lines = feeds & ~inside;
        ends = (commas & ~inside) | lines;
        carry->boundary = ends >> 63;
    }
    carry->inner_feed |= feeds & inside;
    for (uint64_t left = lines; left != 0; left &= left - 1) {
        uint64_t before = ends & ((left & -left) - 1);
        index->records[index->record_count++] =
            (uint32_t)(separator - index->separators) + (uint32_t)__builtin_popcountll(before);
    }
    return write_offsets(separator, ends, start);
}

SCAN_TARGET void SCAN_INDEX(const char *text, uint32_t length, CsvIndex *index)
{
    uint32_t *separator = index->separators, *full = separator + index->room - INDEX_ROOM_MIN / 2;
    Carry carry = {.boundary = 1};
    uint32_t start = 0;
    index->record_count = 0;
    for (; length - start >= 64 && separator <= full; start += 64) {
        separator = index_block(text, start, ~0ULL, separator, index, &carry);
    }
    if (start < length && length - start < 64 && separator <= full) {
        uint64_t valid = (1ULL << (length - start)) - 1;
        separator = index_block(text, start, valid, separator, index, &carry);
        start = length;
    }
    index->covered = start;
    index->separator_count = (uint32_t)(separator - index->separators);
    index->stray_quotes = carry.stray != 0;
    index->inner_lines = carry.inner_feed != 0;
}

/* Separators matter to the cutter only where there are quotes. */
SCAN_TARGET static inline void cut_block(const char *text, uint32_t start, uint64_t valid,
                                         CsvCut *cut, uint64_t *feed_count, Carry *carry)
{
    Block block = block_load(text + start);
    uint64_t quotes = block_equals(block, '"') & valid;
    uint64_t feeds = block_equals(block, '\n') & valid;
    uint64_t inside = carry->quoted;
    if (quotes != 0) {
        inside ^= prefix_xor(quotes);
        carry->quoted = (uint64_t)((int64_t)inside >> 63);
    }
    uint64_t lines = feeds & ~inside;
    if ((quotes | carry->closed | carry->closed_cr) != 0) {
        uint64_t ends = (block_equals(block, ',') & ~inside & valid) | lines;
        check_quotes(block, quotes, inside, ends, lines, valid, carry);
    } else {
        char last = text[start + 63];
        carry->boundary = (last == ',' || last == '\n') & ~carry->quoted;
    }
    if (lines != 0) {
        uint32_t last = 63 - (uint32_t)__builtin_clzll(lines);
        cut->end = start + last + 1;
        cut->lines = *feed_count + (uint64_t)__builtin_popcountll(feeds & (~0ULL >> (63 - last)));
    }
    *feed_count += (uint64_t)__builtin_popcountll(feeds);
}

SCAN_TARGET CsvCut SCAN_CUT(const char *text, uint32_t length)
{
    CsvCut cut = {0};
    Carry carry = {.boundary = 1};
    uint64_t feed_count = 0;
    uint32_t start = 0;
    for (; length - start >= 64; start += 64) {
        cut_block(text, start, ~0ULL, &cut, &feed_count, &carry);
    }
    if (start < length) {
        cut_block(text, start, (1ULL << (length - start)) - 1, &cut, &feed_count, &carry);
    }
    cut.stray_quotes = carry.stray != 0;
    return cut;
}
