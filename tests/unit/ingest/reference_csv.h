/* The scanner in plain lines: what csv.c must do, said simply. For differential tests. */
#ifndef KONTOR_TESTS_REFERENCE_CSV_H
#define KONTOR_TESTS_REFERENCE_CSV_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ReferenceField {
    const char *bytes;
    size_t length;
} ReferenceField;

/* Reads the record at *at (up to `end`): its fields as they stand, at most `most` of them counted.
 * -1 for a physical line whose quotes make no sense (passed over), -2 at the end. */
int reference_record(const char **at, const char *end, ReferenceField *fields, int most);

#endif
