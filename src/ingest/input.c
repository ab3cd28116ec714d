#include "ingest/input.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/storage_config.h"

struct OpenInput {
    int file; /* -1 for an object */
    const char *name;
    Storage *storage;
    StorageReader *reader;
};

static ssize_t read_object(void *context, void *bytes, size_t size, Error *error)
{
    return storage_read(context, bytes, size, error);
}

static int object_file(void *context)
{
    return storage_reader_file(context);
}

ByteSource input_of_reader(StorageReader *reader)
{
    return (ByteSource){.read = read_object, .context = reader, .file = object_file};
}

static ssize_t read_open_file(void *context, void *bytes, size_t size, Error *error)
{
    OpenInput *open = context;
    ssize_t got;
    do {
        got = read(open->file, bytes, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        error_set(error, ERROR_UNAVAILABLE, "%s: %s", open->name, strerror(errno));
    }
    return got;
}

/* How report files are named; a file that is named itself may be called anything. */
static const char *const ENDINGS[] = {".csv", ".csv.gz", ".csv.zip", ".csv.zst", ".parquet"};

/* A pipe cannot be read at offsets. */
static int regular_file(void *context)
{
    const OpenInput *open = context;
    struct stat status;
    return fstat(open->file, &status) == 0 && S_ISREG(status.st_mode) ? open->file : -1;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

bool input_is_report(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash != NULL ? slash + 1 : name;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        if (ends_with(base, ENDINGS[i])) {
            return base[0] != '.';
        }
    }
    return false;
}

static void add(InputList *list, Arena *arena, Input input)
{
    if (list->count == list->capacity) {
        int capacity = list->capacity == 0 ? 16 : list->capacity * 2;
        Input *inputs = arena_array(arena, (size_t)capacity, sizeof *inputs);
        if (list->count > 0) {
            memcpy(inputs, list->inputs, (size_t)list->count * sizeof *inputs);
        }
        list->inputs = inputs;
        list->capacity = capacity;
    }
    list->inputs[list->count++] = input;
}

typedef struct Gather {
    InputList *list;
    Arena *arena;
    const char *bucket; /* NULL: a local directory */
    const char *root;
    const char *exact;
} Gather;

static bool gather_object(void *context, const StorageObject *object, Error *error)
{
    Gather *gather = context;
    (void)error;
    bool named = gather->exact != NULL && strcmp(gather->exact, object->key) == 0;
    if (object->size == 0 || (!named && !input_is_report(object->key))) {
        return true;
    }
    Input input = {.key = arena_strdup(gather->arena, object->key), .size = object->size};
    if (gather->bucket != NULL) {
        input.bucket = gather->bucket;
        input.name = arena_printf(gather->arena, "s3://%s/%s", gather->bucket, object->key);
    } else {
        input.name = arena_printf(gather->arena, "%s/%s", gather->root, object->key);
    }
    add(gather->list, gather->arena, input);
    return true;
}

static bool add_listed(Gather *gather, const StorageConfig *config, const char *bucket,
                       const char *prefix, Error *error)
{
    int before = gather->list->count;
    Storage *storage = storage_open(config, bucket, error);
    bool listed = storage != NULL && storage_list(storage, prefix, gather_object, gather, error);
    storage_close(storage);
    if (listed && gather->list->count == before) {
        return error_set(error, ERROR_NOT_FOUND,
                         "there are no reports (" INPUT_ENDINGS ") in %s/%s", bucket, prefix);
    }
    return listed;
}

static bool add_objects(InputList *list, Arena *arena, const Config *config, const char *place,
                        Error *error)
{
    size_t length = strcspn(place, "/");
    const char *bucket = arena_strndup(arena, place, length);
    const char *prefix = place[length] == '/' ? place + length + 1 : "";
    StorageConfig storage_config = storage_config_of(config);
    Gather gather = {.list = list, .arena = arena, .bucket = bucket, .exact = prefix};
    return add_listed(&gather, &storage_config, bucket, prefix, error);
}

/* A directory is a bucket in its parent. */
static bool add_directory(InputList *list, Arena *arena, const char *path, Error *error)
{
    char *real = realpath(path, NULL);
    if (real == NULL) {
        return error_set(error, ERROR_NOT_FOUND, "%s: %s", path, strerror(errno));
    }
    arena_on_free(arena, free, real);
    const char *parent = dirname(arena_strdup(arena, real));
    StorageConfig config = {.endpoint = arena_printf(arena, "file://%s", parent)};
    Gather gather = {.list = list, .arena = arena, .root = path};
    return add_listed(&gather, &config, basename(real), "", error);
}

bool input_list_add(InputList *list, Arena *arena, const Config *config, const char *operand,
                    Error *error)
{
    struct stat status;
    if (strncmp(operand, "s3://", 5) == 0) {
        return add_objects(list, arena, config, operand + 5, error);
    }
    if (strcmp(operand, "-") == 0) {
        add(list, arena, (Input){.name = "standard input"});
        return true;
    }
    if (stat(operand, &status) != 0) {
        return error_set(error, ERROR_NOT_FOUND, "%s: %s", operand, strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) {
        return add_directory(list, arena, operand, error);
    }
    add(list, arena, (Input){.name = operand, .size = (uint64_t)status.st_size});
    return true;
}

OpenInput *input_open(const Config *config, const Input *input, Error *error)
{
    OpenInput *open_input = calloc(1, sizeof *open_input);
    if (open_input == NULL) {
        abort();
    }
    open_input->file = -1;
    open_input->name = input->name;
    bool opened;
    if (input->bucket != NULL) {
        StorageConfig storage_config = storage_config_of(config);
        open_input->storage = storage_open(&storage_config, input->bucket, error);
        open_input->reader = open_input->storage != NULL
                                 ? storage_read_open(open_input->storage, input->key, error)
                                 : NULL;
        opened = open_input->reader != NULL;
    } else {
        bool standard = strcmp(input->name, "standard input") == 0;
        open_input->file = standard ? dup(STDIN_FILENO) : open(input->name, O_RDONLY | O_CLOEXEC);
        opened = open_input->file >= 0 ||
                 error_set(error, ERROR_NOT_FOUND, "%s: %s", input->name, strerror(errno));
    }
    if (!opened) {
        input_close(open_input);
        return NULL;
    }
    return open_input;
}

ByteSource input_bytes(OpenInput *open_input)
{
    return open_input->reader != NULL
               ? input_of_reader(open_input->reader)
               : (ByteSource){.read = read_open_file, .context = open_input, .file = regular_file};
}

void input_close(OpenInput *open_input)
{
    if (open_input != NULL) {
        storage_read_close(open_input->reader);
        storage_close(open_input->storage);
        if (open_input->file >= 0) {
            close(open_input->file);
        }
        free(open_input);
    }
}
