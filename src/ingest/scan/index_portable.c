#include "ingest/scan/simd_portable.h"

#define SCAN_NAME csv_index_portable
#include "ingest/scan/index_template.h"
