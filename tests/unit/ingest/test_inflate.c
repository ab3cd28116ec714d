#include "unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <isa-l.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "ingest/scan/inflate.h"
#include "memory_source.h"
#include "pack_gzip.h"

/* What comes out of `packed`: the files, each behind its name in brackets; or the fault. */
static const char *unpack(Arena *arena, const Buffer *packed, size_t piece)
{
    MemorySource memory = {.bytes = packed->data, .length = packed->length, .piece = piece};
    ByteSource source = memory_source(&memory);
    Inflate *inflate = inflate_new(&source, NULL);
    Buffer *text = buffer_new(arena);
    Error error = {0};
    char bytes[37];
    ssize_t got;
    int more;
    do {
        bool named = false;
        while ((got = inflate_read(inflate, bytes, sizeof bytes, &error)) > 0) {
            if (!named && inflate_member(inflate) != NULL) {
                buffer_printf(text, "[%s]", inflate_member(inflate));
            }
            named = true;
            buffer_append(text, bytes, (size_t)got);
        }
        more = got == 0 ? inflate_next(inflate, &error) : -1;
    } while (more > 0);
    inflate_free(inflate);
    assert_int_equal(more < 0, error.code != ERROR_NONE);
    return more < 0 ? arena_strdup(arena, error.message) : text->data;
}

static void assert_unpacks(Arena *arena, const Buffer *packed, const char *wanted)
{
    assert_string_equal(unpack(arena, packed, 0), wanted);
    assert_string_equal(unpack(arena, packed, 1), wanted);
    assert_string_equal(unpack(arena, packed, 7), wanted);
}

static void assert_fails(Arena *arena, const Buffer *packed, size_t length, const char *begins)
{
    Buffer *part = buffer_new(arena);
    buffer_append(part, packed->data, length);
    assert_memory_equal(unpack(arena, part, 0), begins, strlen(begins));
    assert_memory_equal(unpack(arena, part, 1), begins, strlen(begins));
}

static void add_gzip(Buffer *packed, const char *text)
{
    struct isal_zstream stream;
    isal_deflate_init(&stream);
    stream.end_of_stream = 1;
    stream.gzip_flag = IGZIP_GZIP;
    stream.next_in = (uint8_t *)text;
    stream.avail_in = (uint32_t)strlen(text);
    size_t room = strlen(text) + 256;
    stream.next_out = (uint8_t *)buffer_reserve(packed, room);
    stream.avail_out = (uint32_t)room;
    assert_int_equal(isal_deflate(&stream), COMP_OK);
    buffer_grew(packed, room - stream.avail_out);
}

static void add_zstd(Buffer *packed, const char *text)
{
    size_t room = ZSTD_compressBound(strlen(text));
    size_t got = ZSTD_compress(buffer_reserve(packed, room), room, text, strlen(text), 3);
    assert_false(ZSTD_isError(got));
    buffer_grew(packed, got);
}

typedef struct ZipFile {
    const char *name, *text;
} ZipFile;

static la_ssize_t keep(struct archive *archive, void *context, const void *bytes, size_t size)
{
    (void)archive;
    buffer_append(context, bytes, size);
    return (la_ssize_t)size;
}

static Buffer *zip(Arena *arena, const ZipFile *files, const char *options)
{
    Buffer *packed = buffer_new(arena);
    struct archive *archive = archive_write_new();
    archive_write_set_format_zip(archive);
    assert_int_equal(archive_write_set_options(archive, options), ARCHIVE_OK);
    archive_write_set_passphrase(archive, "secret");
    archive_write_set_bytes_per_block(archive, 0);
    assert_int_equal(archive_write_open(archive, packed, NULL, keep, NULL), ARCHIVE_OK);
    for (; files->name != NULL; files++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, files->name);
        archive_entry_set_filetype(entry, files->text == NULL ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        if (files->text != NULL && strstr(options, "store") != NULL) {
            archive_entry_set_size(entry, (la_int64_t)strlen(files->text));
        }
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        if (files->text != NULL) {
            archive_write_data(archive, files->text, strlen(files->text));
        }
        archive_entry_free(entry);
    }
    archive_write_close(archive);
    archive_write_free(archive);
    return packed;
}

static void plain_bytes_stay_as_they_are(void **state)
{
    Arena *arena = arena_new();
    Buffer *packed = buffer_new(arena);
    (void)state;
    assert_unpacks(arena, packed, "");
    buffer_append_text(packed, "P");
    assert_unpacks(arena, packed, "P");
    buffer_append_text(packed, "K,first,line\n");
    assert_unpacks(arena, packed, "PK,first,line\n");
    arena_free(arena);
}

static void gzip_has_members_and_padding(void **state)
{
    Arena *arena = arena_new();
    Buffer *packed = buffer_new(arena);
    (void)state;
    add_gzip(packed, "first,");
    size_t one = packed->length;
    add_gzip(packed, "");
    add_gzip(packed, "second");
    buffer_append(packed, "\0\0\0", 3);
    assert_unpacks(arena, packed, "first,second");
    assert_fails(arena, packed, one - 1, "truncated gzip");
    packed->data[one - 6] ^= 1;
    assert_fails(arena, packed, one, "damaged gzip: its checksum does not fit");
    arena_free(arena);
}

static void zstd_has_frames(void **state)
{
    Arena *arena = arena_new();
    Buffer *packed = buffer_new(arena);
    (void)state;
    buffer_append(packed, "\x53\x2a\x4d\x18\3\0\0\0abc", 11); /* a skippable frame */
    add_zstd(packed, "first,");
    add_zstd(packed, "");
    add_zstd(packed, "second");
    assert_unpacks(arena, packed, "first,second");
    assert_fails(arena, packed, packed->length - 1, "truncated zstd");
    assert_fails(arena, packed, 5, "truncated zstd");
    packed->data[15] = '\xff';
    assert_fails(arena, packed, packed->length, "damaged zstd: ");
    arena_free(arena);
}

/* A window of 2 GB is announced; nothing of it is taken. */
static void a_zstd_window_has_a_bound(void **state)
{
    Arena *arena = arena_new();
    Buffer *packed = buffer_new(arena);
    (void)state;
    buffer_append(packed, "\x28\xb5\x2f\xfd\0\xa8\1\0\0", 9);
    assert_fails(arena, packed, packed->length, "damaged zstd: Frame requires too much memory");
    arena_free(arena);
}

static void a_zip_has_files(void **state)
{
    static const ZipFile FILES[] = {{"d/", NULL},
                                    {"d/a.csv", "first"},
                                    {"__MACOSX/d/._a.csv", "junk"},
                                    {"d/.hidden", "junk"},
                                    {"d/caf\xc3\xa9.csv", "second"},
                                    {NULL, NULL}};
    static const ZipFile NONE[] = {{"d/", NULL}, {NULL, NULL}};
    Arena *arena = arena_new();
    (void)state;
    assert_unpacks(arena, zip(arena, FILES, "zip:compression=deflate"),
                   "[d/a.csv]first[d/caf\xc3\xa9.csv]second");
    assert_unpacks(arena, zip(arena, FILES, "zip:compression=store"),
                   "[d/a.csv]first[d/caf\xc3\xa9.csv]second");
    assert_unpacks(arena, zip(arena, NONE, "zip:compression=deflate"),
                   "there is no file in the zip");
    assert_unpacks(arena, zip(arena, FILES + 5, "zip:compression=deflate"),
                   "there is no file in the zip");
    assert_unpacks(arena, zip(arena, FILES + 1, "zip:encryption=traditional"),
                   "the zip is encrypted: pack it without a password");
    arena_free(arena);
}

static void a_broken_zip_is_no_file(void **state)
{
    static const ZipFile FILES[] = {{"a.csv", "some text that is longer than its name"},
                                    {"b.csv", "some other text, so that there are two"},
                                    {NULL, NULL}};
    Arena *arena = arena_new();
    (void)state;
    Buffer *packed = zip(arena, FILES, "zip:compression=store");
    const char *directory = memmem(packed->data, packed->length, "PK\1\2", 4);
    assert_non_null(directory);
    for (size_t length = 4; length < (size_t)(directory - packed->data); length++) {
        assert_fails(arena, packed, length, "damaged or truncated zip");
    }
    char *text = memmem(packed->data, packed->length, "other", 5);
    *text = 'O';
    assert_fails(arena, packed, packed->length, "damaged or truncated zip");
    arena_free(arena);
}

static ssize_t break_off(void *context, void *bytes, size_t size, Error *error)
{
    MemorySource *memory = context;
    ssize_t got = memory_read(memory, bytes, size, error);
    return got > 0 ? got : (error_set(error, ERROR_UNAVAILABLE, "the line is dead"), -1);
}

/* What the source has to say is told as it is, whatever the packing. */
static void the_sources_error_is_told(void **state)
{
    static const char *const BEGINNINGS[] = {"PK\3\4", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "a,b"};
    (void)state;
    for (size_t i = 0; i < sizeof BEGINNINGS / sizeof *BEGINNINGS; i++) {
        MemorySource memory = {.bytes = BEGINNINGS[i], .length = strlen(BEGINNINGS[i])};
        ByteSource source = {.read = break_off, .context = &memory};
        Inflate *inflate = inflate_new(&source, NULL);
        Error error = {0};
        char bytes[8];
        assert_int_equal(inflate_read(inflate, bytes, sizeof bytes, &error), -1);
        assert_int_equal(error.code, ERROR_UNAVAILABLE);
        assert_string_equal(error.message, "the line is dead");
        inflate_free(inflate);
    }
}

/* Headers with an extra field, some of which come in two pieces of the input. */
static void many_blocks_are_one_text(void **state)
{
    Arena *arena = arena_new();
    Buffer *packed = buffer_new(arena);
    size_t count = 60000;
    (void)state;
    for (size_t i = 0; i < count; i++) {
        pack_member(packed, "block", i % 6, GZIP_BLOCKED);
    }
    assert_true(packed->length > 1024 * 1024);
    assert_int_equal(strlen(unpack(arena, packed, 0)), count / 6 * 15);
    arena_free(arena);
}

static GzipCut find_cut(const Buffer *packed, size_t length, bool last, GzipLimits limits)
{
    return gzip_find_cut((const uint8_t *)packed->data, length, last, &limits);
}

static void members_are_found(void **state)
{
    static const GzipLimits ALL = {1000000, 1000000, 1000000};
    (void)state;
    for (GzipForm form = GZIP_USUAL; form <= GZIP_BLOCKED; form++) {
        Arena *arena = arena_new();
        Buffer *packed = buffer_new(arena);
        pack_member(packed, "one text", 8, form);
        size_t first = packed->length;
        pack_member(packed, "another text", 12, form);
        size_t second = packed->length;
        pack_member(packed, "", 0, form);
        GzipCut cut = find_cut(packed, packed->length, true, ALL);
        assert_int_equal(cut.end, packed->length);
        assert_int_equal(cut.text, 20);
        char text[20];
        const uint8_t *bytes = (const uint8_t *)packed->data;
        assert_true(gzip_inflate_members(bytes, packed->length, text, 20));
        assert_memory_equal(text, "one textanother text", 20);
        assert_false(gzip_inflate_members(bytes, packed->length, text, 19));
        assert_false(gzip_inflate_members(bytes, packed->length - 1, text, 20));
        assert_false(gzip_inflate_members(bytes, first + 1, text, 8));
        /* the second ends where the third begins, or where it says */
        cut = find_cut(packed, second + 9, false, ALL);
        assert_int_equal(cut.end, form == GZIP_BLOCKED ? second : first);
        cut = find_cut(packed, first - 1, false, ALL);
        assert_int_equal(cut.end, 0);
        cut = find_cut(packed, packed->length, true, (GzipLimits){1, 1000, 1000});
        assert_int_equal(cut.end, first);
        cut = find_cut(packed, packed->length, true, (GzipLimits){1000, first + 1, 1000});
        assert_int_equal(cut.end, first);
        cut = find_cut(packed, packed->length, true, (GzipLimits){1000, 1000, 19});
        assert_int_equal(cut.end, first);
        cut = find_cut(packed, packed->length, true, (GzipLimits){1000, 1000, 7});
        assert_int_equal(cut.end, 0);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_blocks_are_one_text),
        cmocka_unit_test(members_are_found),
        cmocka_unit_test(plain_bytes_stay_as_they_are),
        cmocka_unit_test(gzip_has_members_and_padding),
        cmocka_unit_test(zstd_has_frames),
        cmocka_unit_test(a_zstd_window_has_a_bound),
        cmocka_unit_test(a_zip_has_files),
        cmocka_unit_test(a_broken_zip_is_no_file),
        cmocka_unit_test(the_sources_error_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
