#ifdef __x86_64__
#include "ingest/scan/simd_sse2.h"

#define SCAN_INDEX csv_index_sse2
#define SCAN_CUT csv_cut_sse2
#include "ingest/scan/index_template.h"
#endif
