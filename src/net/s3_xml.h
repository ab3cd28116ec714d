/* The XML answers of S3: listings, bucket lists, errors. */
#ifndef KONTOR_NET_S3_XML_H
#define KONTOR_NET_S3_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "net/storage.h"

/* One page of ListObjectsV2, or the list of buckets, or an error document. */
typedef struct S3Document {
    StorageObject *objects;
    int object_count;
    const char **buckets; /* NULL-terminated */
    bool truncated;
    const char *next_token; /* NULL on the last page */
    const char *error_code; /* "NoSuchBucket"; NULL when it is no error document */
    const char *error_message;
    const char *region; /* in an error: where the bucket really is; or NULL */
} S3Document;

/* Parses one document; keys of a page that was asked for with encoding-type=url are decoded. All
 * of it lives in `arena`. ERROR_DATA for what is no XML. */
bool s3_xml_parse(Arena *arena, const char *text, size_t length, S3Document *document,
                  Error *error);

#endif
