/* Progress on a terminal: one line on standard error, drawn anew. */
#ifndef KONTOR_CMD_PROGRESS_BAR_H
#define KONTOR_CMD_PROGRESS_BAR_H

#include <stdbool.h>

#include "ingest/pace.h"

/* Is there a terminal to draw on? */
bool progress_bar_possible(void);

/* Draws; `label` ("" for none) stands before it. NULL wipes it away. */
void progress_bar_draw(const char *label, const Pace *pace);

/* As Ingest.watch; the context is not used. */
void progress_bar_watch(void *context, const char *label, const Pace *pace);

#endif
