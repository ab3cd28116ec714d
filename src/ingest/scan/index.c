#include "ingest/scan/index.h"

CsvIndexer *csv_index_best(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
                __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    if (avx2 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2")) {
        return csv_index_avx512;
    }
    if (avx2) {
        return csv_index_avx2;
    }
    return csv_index_sse2;
#else
    return csv_index_portable;
#endif
}
