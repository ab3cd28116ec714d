/* How far a fold is, how fast, and how long it still takes. */
#ifndef KONTOR_INGEST_PACE_H
#define KONTOR_INGEST_PACE_H

#include <stdint.h>

typedef struct Pace {
    uint64_t lines, faults;
    uint64_t bytes;       /* read, as stored */
    uint64_t total_bytes; /* of all files; 0: not known */
    double seconds;       /* since the start */
    double lines_per_second;
    double seconds_left; /* -1: not known (yet) */
} Pace;

/* Fills in what follows from lines, bytes, total_bytes and seconds. */
void pace_work_out(Pace *pace);

#endif
