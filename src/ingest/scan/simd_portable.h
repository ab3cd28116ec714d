/* The scanner's primitives in plain C. */
#include <stdint.h>
#include <string.h>

#define SCAN_TARGET

typedef struct Block {
    const char *bytes;
} Block;

static inline Block block_load(const char *bytes)
{
    return (Block){bytes};
}

/* Bit i is set where byte i of the 64 equals `wanted`. */
static inline uint64_t block_equals(Block block, char wanted)
{
    uint64_t bits = 0;
    for (int i = 0; i < 64; i++) {
        bits |= (uint64_t)(block.bytes[i] == wanted) << i;
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
