/* Where the sample reports lie that the interface loads. */
#ifndef KONTOR_WEB_SAMPLE_PLACE_H
#define KONTOR_WEB_SAMPLE_PLACE_H

#include "base/arena.h"
#include "base/config.h"

/* The endpoint of their bucket: a directory below the data directory, "file:///…/sample-data". */
const char *sample_place(Arena *arena, const Config *config);

#endif
