/* Report files to be folded: local files, standard input, objects of a bucket. */
#ifndef KONTOR_INGEST_INPUT_H
#define KONTOR_INGEST_INPUT_H

#include "base/config.h"
#include "ingest/scan/byte_source.h"
#include "net/storage.h"

/* The bytes of an open object; `reader` must outlive it. */
ByteSource input_of_reader(StorageReader *reader);

typedef struct Input {
    const char *name;   /* for messages: a path, "standard input" or s3://bucket/key */
    const char *bucket; /* of an object, else NULL */
    const char *key;
    uint64_t size; /* bytes as stored; 0: not known */
} Input;

typedef struct InputList {
    Input *inputs;
    int count;
    int capacity;
} InputList;

/* Adds what an operand names: a file, "-", a directory or s3://bucket/prefix with the reports below
 * it (by INPUT_ENDINGS, hidden files left out). ERROR_NOT_FOUND when there is none. */
bool input_list_add(InputList *list, Arena *arena, const Config *config, const char *operand,
                    Error *error);

typedef struct OpenInput OpenInput;

/* Opens one for reading. */
OpenInput *input_open(const Config *config, const Input *input, Error *error);
ByteSource input_bytes(OpenInput *open);
void input_close(OpenInput *open);

/* How report files are named, for messages. */
#define INPUT_ENDINGS ".csv, also packed as .csv.gz, .csv.zip or .csv.zst, or .parquet"

/* Does a key or path look like a report file? */
bool input_is_report(const char *name);

#endif
