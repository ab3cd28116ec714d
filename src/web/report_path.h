/* Which part of an object's key names a report. */
#ifndef KONTOR_WEB_REPORT_PATH_H
#define KONTOR_WEB_REPORT_PATH_H

#include <stddef.h>

/* How many characters of a key are "<prefix>/<report>": those before the segment of its month
 * ("20261101-20261201", or "BILLING_PERIOD=2026-11" of a Data Export), without the "data" or
 * "metadata" that exports put between. 0 when no segment is a month, or nothing stands before it.
 */
size_t report_path_length(const char *key);

#endif
