/* The scanner's primitives with AVX2 and carry-less multiplication. */
#include <immintrin.h>
#include <stdint.h>

#define SCAN_TARGET __attribute__((target("avx2,pclmul,bmi,popcnt")))

typedef struct Block {
    __m256i low, high;
} Block;

SCAN_TARGET static inline Block block_load(const char *bytes)
{
    return (Block){_mm256_loadu_si256((const __m256i *)(const void *)bytes),
                   _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32))};
}

/* Bit i is set where byte i of the 64 equals `wanted`. */
SCAN_TARGET static inline uint64_t block_equals(Block block, char wanted)
{
    __m256i all = _mm256_set1_epi8(wanted);
    uint64_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block.low, all));
    uint64_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block.high, all));
    return low | high << 32;
}

/* Bit i is the parity of bits 0..i. */
SCAN_TARGET static inline uint64_t prefix_xor(uint64_t bits)
{
    __m128i all = _mm_set1_epi8((char)0xff);
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), all, 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

/* The number of the lowest set bit; anything where there is none. */
SCAN_TARGET static inline uint32_t lowest_bit(uint64_t bits)
{
    return (uint32_t)_tzcnt_u64(bits);
}

#include "ingest/scan/write_offsets.h"
