#include "cmd/progress_bar.h"

#include <stdio.h>
#include <unistd.h>

enum { WIDTH = 30 };

bool progress_bar_possible(void)
{
    return isatty(STDERR_FILENO);
}

void progress_bar_draw(const char *label, const Pace *pace)
{
    static const char FULL[WIDTH + 1] = "##############################";
    if (pace == NULL) {
        fputs("\r\033[K", stderr);
        return;
    }
    char left[32] = "";
    if (pace->seconds_left >= 0) {
        snprintf(left, sizeof left, ", %.0f s left", pace->seconds_left);
    }
    double done = pace->total_bytes > 0 ? (double)pace->bytes / (double)pace->total_bytes : 0;
    done = done > 1 ? 1 : done;
    int filled = (int)(done * WIDTH);
    fprintf(stderr, "\r%s%s", label, *label != '\0' ? " " : "");
    if (pace->total_bytes > 0) {
        fprintf(stderr, "[%.*s%*s] %3.0f %%  ", filled, FULL, WIDTH - filled, "", done * 100);
    }
    fprintf(stderr, "%llu lines, %.1f MB, %.0f lines/s%s\033[K", (unsigned long long)pace->lines,
            (double)pace->bytes / 1e6, pace->lines_per_second, left);
}

void progress_bar_watch(void *context, const char *label, const Pace *pace)
{
    (void)context;
    progress_bar_draw(label, pace);
}
