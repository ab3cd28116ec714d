#ifdef __x86_64__
#include "ingest/scan/simd_avx2.h"

#define SCAN_INDEX csv_index_avx2
#define SCAN_CUT csv_cut_avx2
#include "ingest/scan/index_template.h"
#endif
