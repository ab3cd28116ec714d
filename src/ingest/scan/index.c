#include "ingest/scan/index.h"

typedef struct ScanSet {
    CsvIndexer *index;
    CsvCutter *cut;
} ScanSet;

static ScanSet best_set(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
                __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    if (avx2 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2")) {
        return (ScanSet){csv_index_avx512, csv_cut_avx512};
    }
    if (avx2) {
        return (ScanSet){csv_index_avx2, csv_cut_avx2};
    }
    return (ScanSet){csv_index_sse2, csv_cut_sse2};
#else
    return (ScanSet){csv_index_portable, csv_cut_portable};
#endif
}

CsvIndexer *csv_index_best(void)
{
    return best_set().index;
}

CsvCutter *csv_cut_best(void)
{
    return best_set().cut;
}
