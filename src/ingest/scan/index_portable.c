#include "ingest/scan/simd_portable.h"

#define SCAN_INDEX csv_index_portable
#define SCAN_CUT csv_cut_portable
#include "ingest/scan/index_template.h"
