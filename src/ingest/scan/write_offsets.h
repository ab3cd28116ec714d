/* For sets without an instruction that packs offsets; included by their headers. */

/* Writes start + the number of each set bit, eight at a time: up to 7 entries behind the last are
 * overwritten. */
SCAN_TARGET static inline uint32_t *write_offsets(uint32_t *to, uint64_t bits, uint32_t start)
{
    int count = __builtin_popcountll(bits);
    for (int done = 0; done < count; done += 8) {
        for (int i = 0; i < 8; i++) {
            uint32_t offset = start + lowest_bit(bits);
            __asm__("" : "+r"(offset)); /* or the compiler packs eight into vectors: slower */
            to[done + i] = offset;
            bits &= bits - 1;
        }
    }
    return to + count;
}
