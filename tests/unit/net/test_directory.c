/* A directory as a bucket. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/storage.h"

/* A root with the bucket "costs", and beside it what nobody may see. */
typedef struct Root {
    char path[64];
    Arena *arena;
    StorageConfig config;
    Storage *bucket;
} Root;

static const char *below(Root *root, const char *name)
{
    return arena_printf(root->arena, "%s/%s", root->path, name);
}

static void put(Root *root, const char *name, const char *content)
{
    char *path = arena_strdup(root->arena, below(root, name));
    for (char *slash = path + strlen(root->path) + 1; (slash = strchr(slash, '/')) != NULL;) {
        *slash = '\0';
        assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
        *slash++ = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void make_link(Root *root, const char *target, const char *name)
{
    assert_int_equal(symlink(target, below(root, name)), 0);
}

static int set_up(void **state)
{
    Root *root = calloc(1, sizeof *root);
    Error error = {0};
    strcpy(root->path, "/tmp/kontor-directory-XXXXXX");
    assert_non_null(mkdtemp(root->path));
    root->arena = arena_new();
    root->config.endpoint = arena_printf(root->arena, "file://%s", root->path);
    put(root, "costs/b/2.csv", "two");
    put(root, "costs/b/10.csv", "ten");
    put(root, "costs/b.txt", "b");
    put(root, "costs/a", "");
    put(root, "costs-secret/x", "secret");
    put(root, "secret", "secret");
    root->bucket = storage_open(&root->config, "costs", &error);
    assert_non_null(root->bucket);
    *state = root;
    return 0;
}

static int tear_down(void **state)
{
    Root *root = *state;
    storage_close(root->bucket);
    int result = system(arena_printf(root->arena, "rm -rf '%s'", root->path));
    arena_free(root->arena);
    free(root);
    return result;
}

static bool note_key(void *context, const StorageObject *object, Error *error)
{
    (void)error;
    buffer_printf(context, "%s %d;", object->key, (int)object->size);
    return true;
}

static const char *list(Root *root, const char *prefix)
{
    Buffer *keys = buffer_new(root->arena);
    Error error = {0};
    if (!storage_list(root->bucket, prefix, note_key, keys, &error)) {
        fail_msg("%s", error.message);
    }
    return keys->data;
}

static const char *get(Root *root, const char *key, Error *error)
{
    Buffer *content = storage_get(root->bucket, root->arena, key, 1000, error);
    return content != NULL ? content->data : NULL;
}

static void lists_in_the_order_of_keys(void **state)
{
    Root *root = *state;
    assert_string_equal(list(root, ""), "a 0;b.txt 1;b/10.csv 3;b/2.csv 3;");
    assert_string_equal(list(root, "b/"), "b/10.csv 3;b/2.csv 3;");
    assert_string_equal(list(root, "b/1"), "b/10.csv 3;");
    assert_string_equal(list(root, "c"), "");
}

static void reads_objects(void **state)
{
    Root *root = *state;
    Error error = {0};
    assert_string_equal(get(root, "b/2.csv", &error), "two");
    assert_string_equal(get(root, "a", &error), "");
    assert_null(get(root, "b/3.csv", &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "b/3.csv"));
    assert_null(storage_get(root->bucket, root->arena, "b/2.csv", 2, &error));
    assert_int_equal(error.code, ERROR_DATA);
}

static void other_content_is_another_etag(void **state)
{
    Root *root = *state;
    Error error = {0};
    StorageReader *reader = storage_read_open(root->bucket, "b/2.csv", &error);
    const char *before = arena_strdup(root->arena, storage_reader_object(reader)->etag);
    assert_true(storage_reader_object(reader)->size == 3);
    storage_read_close(reader);
    put(root, "costs/b/2.csv", "another");
    reader = storage_read_open(root->bucket, "b/2.csv", &error);
    assert_string_not_equal(storage_reader_object(reader)->etag, before);
    storage_read_close(reader);
}

static void no_key_leads_out_of_the_bucket(void **state)
{
    static const char *const KEYS[] = {
        "../secret", "../costs-secret/x", "b/../../secret", "b/../a", "./a", "..", "", "b",
        "b/",        "/../secret"};
    Root *root = *state;
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        Error error = {0};
        assert_null(storage_read_open(root->bucket, KEYS[i], &error));
        assert_int_equal(error.code, ERROR_NOT_FOUND);
    }
}

static void no_link_leads_out_of_the_bucket(void **state)
{
    Root *root = *state;
    make_link(root, "../secret", "costs/relative");
    make_link(root, below(root, "secret"), "costs/absolute");
    make_link(root, "../costs-secret", "costs/folder");
    make_link(root, "nowhere", "costs/broken");
    make_link(root, "b/2.csv", "costs/inside");
    assert_string_equal(list(root, ""), "a 0;b.txt 1;b/10.csv 3;b/2.csv 3;inside 3;");
    static const char *const KEYS[] = {"relative", "absolute", "folder/x", "broken"};
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        Error error = {0};
        assert_null(storage_read_open(root->bucket, KEYS[i], &error));
        assert_int_equal(error.code, ERROR_NOT_FOUND);
    }
    Error error = {0};
    assert_string_equal(get(root, "inside", &error), "two");
}

/* Two ways round at each of 32 levels would never end. */
static void links_in_a_circle_are_not_followed(void **state)
{
    Root *root = *state;
    make_link(root, "..", "costs/b/up");
    make_link(root, ".", "costs/same");
    make_link(root, "b", "costs/other");
    assert_string_equal(list(root, ""), "a 0;b.txt 1;b/10.csv 3;b/2.csv 3;"
                                        "other/10.csv 3;other/2.csv 3;");
}

static void buckets_are_directories_of_the_root(void **state)
{
    static const char *const NAMES[] = {"..", ".", "", "costs/b", "../etc", "a b", "a%2e"};
    Root *root = *state;
    const char **buckets;
    Error error = {0};
    assert_true(storage_list_buckets(&root->config, root->arena, &buckets, &error));
    bool ordered = strcmp(buckets[0], "costs") == 0;
    assert_string_equal(buckets[ordered ? 0 : 1], "costs");
    assert_string_equal(buckets[ordered ? 1 : 0], "costs-secret");
    assert_null(buckets[2]);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        assert_null(storage_open(&root->config, NAMES[i], &error));
        assert_int_equal(error.code, ERROR_INVALID);
    }
    assert_true(storage_check(root->bucket, &error));
    Storage *missing = storage_open(&root->config, "missing", &error);
    assert_false(storage_check(missing, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "missing"));
    storage_close(missing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_in_the_order_of_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_objects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_content_is_another_etag, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_key_leads_out_of_the_bucket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_link_leads_out_of_the_bucket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(links_in_a_circle_are_not_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(buckets_are_directories_of_the_root, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
