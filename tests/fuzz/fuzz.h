/* What every fuzz target includes: one function that libFuzzer, or replay.c, calls. */
#ifndef KONTOR_TESTS_FUZZ_H
#define KONTOR_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A promise that does not hold ends the run. */
#define FUZZ_CHECK(holds)                                                                          \
    do {                                                                                           \
        if (!(holds)) {                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds);             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* An Error that is set has a message, one that is not has none. */
static inline void fuzz_check_error(bool done, const Error *error)
{
    FUZZ_CHECK(done == (error->code == ERROR_NONE));
    FUZZ_CHECK(done || error->message[0] != '\0');
}

#endif
