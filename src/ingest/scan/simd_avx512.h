/* The scanner's primitives with AVX-512: masks come at once, and VBMI2 packs offsets. */
#include <immintrin.h>
#include <stdint.h>

#define SCAN_TARGET __attribute__((target("avx512bw,avx512vbmi2,pclmul,bmi,popcnt")))

typedef struct Block {
    __m512i bytes;
} Block;

SCAN_TARGET static inline Block block_load(const char *bytes)
{
    return (Block){_mm512_loadu_si512(bytes)};
}

/* Bit i is set where byte i of the 64 equals `wanted`. */
SCAN_TARGET static inline uint64_t block_equals(Block block, char wanted)
{
    return _mm512_cmpeq_epi8_mask(block.bytes, _mm512_set1_epi8(wanted));
}

/* Bit i is the parity of bits 0..i. */
SCAN_TARGET static inline uint64_t prefix_xor(uint64_t bits)
{
    __m128i all = _mm_set1_epi8((char)0xff);
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), all, 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

/* Writes start + the number of each set bit; up to 31 entries behind the last are overwritten. */
SCAN_TARGET static inline uint32_t *write_offsets(uint32_t *to, uint64_t bits, uint32_t start)
{
    const __m512i numbers = _mm512_set_epi64(
        0x3f3e3d3c3b3a3938, 0x3736353433323130, 0x2f2e2d2c2b2a2928, 0x2726252423222120,
        0x1f1e1d1c1b1a1918, 0x1716151413121110, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
    const __m512i first = _mm512_set1_epi32((int)start);
    __m512i packed = _mm512_maskz_compress_epi8(bits, numbers);
    int count = __builtin_popcountll(bits);
    /* 32 at once, for whether there are more than 16 can't be foretold. */
    for (int done = 0; done < count; done += 32) {
        __m512i low = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed));
        __m512i high = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 1));
        _mm512_storeu_si512(to + done, _mm512_add_epi32(low, first));
        _mm512_storeu_si512(to + done + 16, _mm512_add_epi32(high, first));
        packed = _mm512_alignr_epi64(packed, packed, 4); /* the next 32 */
    }
    return to + count;
}
