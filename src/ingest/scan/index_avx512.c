#ifdef __x86_64__
#include "ingest/scan/simd_avx512.h"

#define SCAN_INDEX csv_index_avx512
#define SCAN_CUT csv_cut_avx512
#include "ingest/scan/index_template.h"
#endif
