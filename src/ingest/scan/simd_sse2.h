/* The scanner's primitives with SSE2, which every x86-64 has. */
#include <emmintrin.h>
#include <stdint.h>

#define SCAN_TARGET

typedef struct Block {
    __m128i part[4];
} Block;

static inline Block block_load(const char *bytes)
{
    Block block;
    for (int i = 0; i < 4; i++) {
        block.part[i] = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * i));
    }
    return block;
}

/* Bit i is set where byte i of the 64 equals `wanted`. */
static inline uint64_t block_equals(Block block, char wanted)
{
    __m128i all = _mm_set1_epi8(wanted);
    uint64_t bits = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t part = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block.part[i], all));
        bits |= part << (16 * i);
    }
    return bits;
}

/* Bit i is the parity of bits 0..i. */
static inline uint64_t prefix_xor(uint64_t bits)
{
    for (int shift = 1; shift < 64; shift *= 2) {
        bits ^= bits << shift;
    }
    return bits;
}

/* The number of the lowest set bit; anything where there is none. */
static inline uint32_t lowest_bit(uint64_t bits)
{
    return (uint32_t)__builtin_ctzll(bits | 1ULL << 63);
}

#include "ingest/scan/write_offsets.h"
