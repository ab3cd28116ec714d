#include "moving/report.h"

#include <stdarg.h>
#include <stdio.h>

void moving_report(MovingReport *report, MovingMark mark, const char *format, ...)
{
    static const char MARKS[] = {[MOVING_MADE] = '+', [MOVING_CHANGED] = '~', [MOVING_NOTE] = '!'};
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buffer_printf(report->lines, "%c %s\n", MARKS[mark], text);
    int *counts[] = {[MOVING_MADE] = &report->made,
                     [MOVING_CHANGED] = &report->changed,
                     [MOVING_NOTE] = &report->notes};
    ++*counts[mark];
}
