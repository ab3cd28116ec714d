#include <stdio.h>
#include <string.h>

#include "cmd/verb.h"
#include "net/http_client.h"
#include "net/storage_config.h"

enum { SHOWN_OBJECTS = 5 };

typedef struct Seen {
    uint64_t count;
    uint64_t bytes;
} Seen;

static bool see_object(void *context, const StorageObject *object, Error *error)
{
    Seen *seen = context;
    (void)error;
    if (seen->count++ < SHOWN_OBJECTS) {
        char when[TIMESTAMP_TEXT_SIZE];
        printf("  %12llu  %s  %s\n", (unsigned long long)object->size,
               timestamp_format(object->last_modified, false, when), object->key);
    }
    seen->bytes += object->size;
    return true;
}

static bool check_bucket(const StorageConfig *storage_config, const char *bucket,
                         const char *prefix, Error *error)
{
    Storage *storage = storage_open(storage_config, bucket, error);
    if (storage == NULL) {
        return false;
    }
    Seen seen = {0};
    bool readable = storage_check(storage, error);
    if (readable) {
        printf("bucket %s can be read; objects%s%s:\n", bucket, *prefix != '\0' ? " below " : "",
               prefix);
        readable = storage_list(storage, prefix, see_object, &seen, error);
    }
    if (readable) {
        if (seen.count > SHOWN_OBJECTS) {
            printf("  … and %llu more\n", (unsigned long long)seen.count - SHOWN_OBJECTS);
        }
        printf("%llu objects, %llu bytes\n", (unsigned long long)seen.count,
               (unsigned long long)seen.bytes);
    }
    storage_close(storage);
    return readable;
}

static bool check_buckets(const StorageConfig *storage_config, Error *error)
{
    Arena *arena = arena_new();
    const char **names = NULL;
    bool listed = storage_list_buckets(storage_config, arena, &names, error);
    for (int i = 0; listed && names[i] != NULL; i++) {
        printf("bucket %s\n", names[i]);
    }
    if (listed && names[0] == NULL) {
        printf("no buckets can be seen with these keys\n");
    }
    arena_free(arena);
    return listed;
}

int cmd_check_s3(Config *config, int argc, char **argv)
{
    const char *bucket = NULL, *prefix = "";
    const Option options[] = {
        {"bucket", OPTION_TEXT, &bucket, "BUCKET", "also read this bucket"},
        {"prefix", OPTION_TEXT, &prefix, "PREFIX", "only objects below this prefix"},
        {0},
    };
    const VerbUsage usage = {"kontor check-s3 [--bucket BUCKET] [--prefix PREFIX]",
                             "Tries the object storage of the configuration: can it be reached, "
                             "are the keys good,\nwhich buckets are there, can one be read?",
                             options, OPERANDS_NONE};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    StorageConfig storage_config = storage_config_of(config);
    printf("endpoint %s, region %s, access key %s, certificate %s\n",
           storage_config.endpoint != NULL ? storage_config.endpoint : "(AWS)",
           storage_config.region,
           storage_config.access_key != NULL ? storage_config.access_key : "(none: unsigned)",
           storage_config.verify_tls ? "checked" : "not checked");
    Error error = {0};
    bool good = http_client_global_init(&error);
    if (good && bucket != NULL) {
        good = check_bucket(&storage_config, bucket, prefix, &error);
    } else if (good) {
        good = check_buckets(&storage_config, &error);
    }
    return good ? EXIT_OK : verb_failed("check-s3", &error);
}
