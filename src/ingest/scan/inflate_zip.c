/* zip, by libarchive's streaming reader: the files come one behind the other, as their local
 * headers announce them, so that nothing must be sought in the source. Folders, hidden files and
 * what macOS puts beside the real ones are passed over. */
#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/scan/inflate_kind.h"

/* What is used of libarchive. It is loaded with the first zip, for it brings a dozen libraries
 * along, which an idle server had to hold in memory. */
#define LIBRARY_FILE "libarchive.so.13"
#define LIBRARY_FUNCTIONS(DO)                                                                      \
    DO(archive_entry_is_encrypted)                                                                 \
    DO(archive_entry_pathname)                                                                     \
    DO(archive_entry_pathname_utf8)                                                                \
    DO(archive_error_string)                                                                       \
    DO(archive_read_data)                                                                          \
    DO(archive_read_free)                                                                          \
    DO(archive_read_new)                                                                           \
    DO(archive_read_next_header)                                                                   \
    DO(archive_read_open)                                                                          \
    DO(archive_read_support_format_zip_streamable)

#define AS_POINTER(name) __typeof__(name) *name;
#define AS_SYMBOL(name) {#name, (void **)&library.name},

static struct {
    LIBRARY_FUNCTIONS(AS_POINTER)
} library;
static bool loaded;

static void load_library(void)
{
    static const struct {
        const char *name;
        void **pointer;
    } symbols[] = {LIBRARY_FUNCTIONS(AS_SYMBOL)};
    void *handle = dlopen(LIBRARY_FILE, RTLD_NOW | RTLD_LOCAL);
    loaded = handle != NULL;
    for (size_t i = 0; loaded && i < sizeof symbols / sizeof *symbols; i++) {
        *symbols[i].pointer = dlsym(handle, symbols[i].name);
        loaded = *symbols[i].pointer != NULL;
    }
}

static bool library_ready(Error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_library);
    return loaded || error_set(error, ERROR_UNAVAILABLE,
                               "zip files need " LIBRARY_FILE
                               ", which is not on this machine (Debian: libarchive13)");
}

typedef struct Zip {
    struct archive *archive;
    Error source; /* the source's own error: libarchive would only repeat its text */
} Zip;

static bool begins(const uint8_t *head, size_t length)
{
    static const uint8_t LOCAL[] = {'P', 'K', 3, 4}, EMPTY[] = {'P', 'K', 5, 6};
    return length >= 4 && (memcmp(head, LOCAL, 4) == 0 || memcmp(head, EMPTY, 4) == 0);
}

/* The whole input is handed over at once; libarchive keeps what it needs for longer. */
static la_ssize_t feed(struct archive *archive, void *context, const void **bytes)
{
    Inflate *inflate = context;
    Zip *zip = inflate->state;
    (void)archive;
    if (inflate->at == inflate->filled && !inflate_fill(inflate, &zip->source)) {
        return -1;
    }
    *bytes = inflate->input + inflate->at;
    size_t there = inflate->filled - inflate->at;
    inflate->at = inflate->filled;
    return (la_ssize_t)there;
}

static int fail(Zip *zip, Error *error)
{
    if (zip->source.code != ERROR_NONE) {
        error_set(error, zip->source.code, "%s", zip->source.message);
    } else {
        const char *text = library.archive_error_string(zip->archive);
        error_set(error, ERROR_DATA, "damaged or truncated zip: %s", text != NULL ? text : "?");
    }
    return -1;
}

/* A name that the locale has no characters for is only to be had as UTF-8. */
static const char *name_of(struct archive_entry *entry)
{
    const char *name = library.archive_entry_pathname_utf8(entry);
    name = name != NULL ? name : library.archive_entry_pathname(entry);
    return name != NULL ? name : "?";
}

static bool is_wanted(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash != NULL ? slash + 1 : name;
    return *base != '\0' && *base != '.' && strncmp(name, "__MACOSX/", 9) != 0;
}

static int next_file(Inflate *inflate, Error *error)
{
    Zip *zip = inflate->state;
    struct archive_entry *entry;
    for (;;) {
        int code = library.archive_read_next_header(zip->archive, &entry);
        if (code == ARCHIVE_EOF) {
            return 0;
        }
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN) { /* of a name's characters */
            return fail(zip, error);
        }
        if (library.archive_entry_is_encrypted(entry)) {
            error_set(error, ERROR_DATA, "the zip is encrypted: pack it without a password");
            return -1;
        }
        inflate->member = name_of(entry); /* lives until the next header */
        if (is_wanted(inflate->member)) {
            return 1;
        }
    }
}

static bool open_zip(Inflate *inflate, Error *error)
{
    if (!library_ready(error)) {
        return false;
    }
    Zip *zip = inflate->state = inflate_alloc(sizeof *zip);
    *zip = (Zip){.archive = library.archive_read_new()};
    if (zip->archive == NULL) {
        abort();
    }
    library.archive_read_support_format_zip_streamable(zip->archive);
    if (library.archive_read_open(zip->archive, inflate, NULL, feed, NULL) != ARCHIVE_OK) {
        return fail(zip, error) > 0;
    }
    int found = next_file(inflate, error);
    return found > 0 || (found == 0 && error_set(error, ERROR_DATA, "there is no file in the zip"));
}

static ssize_t read_zip(Inflate *inflate, void *bytes, size_t size, Error *error)
{
    Zip *zip = inflate->state;
    la_ssize_t got = library.archive_read_data(zip->archive, bytes, size);
    return got >= 0 ? (ssize_t)got : fail(zip, error);
}

static void close_zip(Inflate *inflate)
{
    Zip *zip = inflate->state;
    library.archive_read_free(zip->archive);
    free(zip);
}

const InflateKind INFLATE_ZIP = {begins, open_zip, read_zip, next_file, close_zip};
