/* What an import did, or would do, line by line. */
#ifndef KONTOR_MOVING_REPORT_H
#define KONTOR_MOVING_REPORT_H

#include "base/buffer.h"

typedef struct MovingReport {
    Buffer *lines;
    int made;
    int changed;
    int notes;
} MovingReport;

typedef enum MovingMark {
    MOVING_MADE,    /* "+" */
    MOVING_CHANGED, /* "~" */
    MOVING_NOTE,    /* "!": what was left out, or needs someone's care */
} MovingMark;

/* Adds a line. */
void moving_report(MovingReport *report, MovingMark mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
