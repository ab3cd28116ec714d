#include "ingest/pace.h"

void pace_work_out(Pace *pace)
{
    double done = pace->total_bytes > 0 ? (double)pace->bytes / (double)pace->total_bytes : 0;
    pace->lines_per_second = pace->seconds > 0 ? (double)pace->lines / pace->seconds : 0;
    /* The first bytes say little of the rest. */
    pace->seconds_left = done < 0.01 ? -1 : done >= 1 ? 0 : pace->seconds / done - pace->seconds;
}
