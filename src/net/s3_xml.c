#include "net/s3_xml.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "net/router.h"

enum { DEPTH_MAX = 16, TEXT_MAX = 64 * 1024 };

typedef struct Parse {
    Arena *arena;
    XML_Parser parser;
    S3Document *document;
    Buffer *text;
    const char *path[DEPTH_MAX];
    int depth;
    int object_capacity, bucket_count, bucket_capacity;
    bool encoded;
    StorageObject object;
} Parse;

static void *grow(Arena *arena, void *items, int count, int *capacity, size_t size)
{
    if (count + 1 < *capacity) {
        return items;
    }
    *capacity = *capacity == 0 ? 64 : *capacity * 2;
    void *larger = arena_array(arena, (size_t)*capacity, size);
    if (count > 0) {
        memcpy(larger, items, (size_t)count * size);
    }
    return larger;
}

static void on_start(void *context, const char *name, const char **attributes)
{
    Parse *parse = context;
    (void)attributes;
    const char *colon = strrchr(name, ':');
    if (parse->depth < DEPTH_MAX) {
        parse->path[parse->depth] = arena_strdup(parse->arena, colon != NULL ? colon + 1 : name);
    }
    parse->depth++;
    buffer_clear(parse->text);
    if (parse->depth == 2 && strcmp(parse->path[1], "Contents") == 0) {
        parse->object = (StorageObject){.key = "", .etag = ""};
    }
}

static void on_text(void *context, const char *text, int length)
{
    Parse *parse = context;
    if (parse->text->length + (size_t)length > TEXT_MAX) {
        XML_StopParser(parse->parser, XML_FALSE);
        return;
    }
    buffer_append(parse->text, text, (size_t)length);
}

static bool at(const Parse *parse, const char *parent, const char *name)
{
    return parse->depth >= 2 && parse->depth <= DEPTH_MAX &&
           strcmp(parse->path[parse->depth - 1], name) == 0 &&
           strcmp(parse->path[parse->depth - 2], parent) == 0;
}

static char *unquoted(Arena *arena, const char *text)
{
    size_t length = strlen(text);
    bool quoted = length >= 2 && text[0] == '"' && text[length - 1] == '"';
    return quoted ? arena_strndup(arena, text + 1, length - 2) : arena_strdup(arena, text);
}

static void end_of_object(Parse *parse)
{
    S3Document *document = parse->document;
    if (parse->object.key == NULL) {
        return; /* nothing that could be asked for */
    }
    document->objects = grow(parse->arena, document->objects, document->object_count,
                             &parse->object_capacity, sizeof *document->objects);
    document->objects[document->object_count++] = parse->object;
}

static void end_of_bucket(Parse *parse, const char *name)
{
    S3Document *document = parse->document;
    document->buckets = grow(parse->arena, document->buckets, parse->bucket_count,
                             &parse->bucket_capacity, sizeof *document->buckets);
    document->buckets[parse->bucket_count++] = name;
}

static void end_of_listing_field(Parse *parse, char *text)
{
    if (at(parse, "Contents", "Key")) {
        parse->object.key = text;
    } else if (at(parse, "Contents", "Size")) {
        parse->object.size = strtoull(text, NULL, 10);
    } else if (at(parse, "Contents", "ETag")) {
        parse->object.etag = unquoted(parse->arena, text);
    } else if (at(parse, "Contents", "LastModified")) {
        timestamp_parse(text, strlen(text), &parse->object.last_modified);
    } else if (at(parse, "ListBucketResult", "Contents")) {
        end_of_object(parse);
    } else if (at(parse, "ListBucketResult", "IsTruncated")) {
        parse->document->truncated = strcmp(text, "true") == 0;
    } else if (at(parse, "ListBucketResult", "NextContinuationToken")) {
        parse->document->next_token = text;
    } else if (at(parse, "ListBucketResult", "EncodingType")) {
        parse->encoded = strcmp(text, "url") == 0;
    }
}

static void on_end(void *context, const char *name)
{
    Parse *parse = context;
    (void)name;
    char *text = arena_strndup(parse->arena, parse->text->data, parse->text->length);
    end_of_listing_field(parse, text);
    if (at(parse, "Bucket", "Name")) {
        end_of_bucket(parse, text);
    } else if (at(parse, "Error", "Code")) {
        parse->document->error_code = text;
    } else if (at(parse, "Error", "Message")) {
        parse->document->error_message = text;
    } else if (at(parse, "Error", "Region")) {
        parse->document->region = text;
    }
    buffer_clear(parse->text);
    parse->depth--;
}

/* EncodingType may stand behind the keys, so they are decoded once the page is whole. */
static void decode_keys(Parse *parse)
{
    for (int i = 0; parse->encoded && i < parse->document->object_count; i++) {
        StorageObject *object = &parse->document->objects[i];
        char *key = router_decode(parse->arena, object->key, strlen(object->key), true);
        object->key = key != NULL ? key : object->key;
    }
}

bool s3_xml_parse(Arena *arena, const char *text, size_t length, S3Document *document, Error *error)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    if (parser == NULL) {
        return error_set(error, ERROR_INTERNAL, "expat has no parser to give");
    }
    *document = (S3Document){.buckets = arena_array(arena, 1, sizeof(char *))};
    Parse parse = {
        .arena = arena, .parser = parser, .document = document, .text = buffer_new(arena)};
    XML_SetUserData(parser, &parse);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    bool parsed = XML_Parse(parser, text, (int)length, 1) == XML_STATUS_OK;
    if (!parsed) {
        error_set(error, ERROR_DATA, "the answer is not the XML of an S3 server (%s at line %lu)",
                  XML_ErrorString(XML_GetErrorCode(parser)),
                  (unsigned long)XML_GetCurrentLineNumber(parser));
    }
    XML_ParserFree(parser);
    decode_keys(&parse);
    return parsed;
}
