/* Reading and listing a bucket of a server that fails in every way a network can. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "net/storage.h"
#include "tiny_server.h"

#define XML(status, body) "HTTP/1.1 " status "\r\nContent-Type: application/xml\r\n\r\n" body
#define WHOLE(etag, length)                                                                        \
    "HTTP/1.1 200 OK\r\nETag: \"" etag "\"\r\nContent-Length: " length "\r\n\r\n"
#define PART(etag, range, length)                                                                  \
    "HTTP/1.1 206 Partial Content\r\nETag: \"" etag "\"\r\nContent-Range: bytes " range            \
    "\r\nContent-Length: " length "\r\n\r\n"

/* What came of reading the object "a b/c.csv" of the bucket "costs". */
typedef struct Reading {
    Arena *arena;
    TinyServer *server;
    const char *content; /* NULL when it failed */
    size_t had;          /* bytes that came before the end, or the failure */
    Error error;
} Reading;

static StorageConfig config_for(Arena *arena, const TinyServer *server)
{
    return (StorageConfig){.endpoint =
                               arena_printf(arena, "http://127.0.0.1:%d", tiny_server_port(server)),
                           .access_key = "AKIDEXAMPLE",
                           .secret_key = "secret",
                           .path_style = true};
}

static Reading read_object(const char *const *answers, int count)
{
    Reading reading = {.arena = arena_new(), .server = tiny_server_start(answers, count)};
    StorageConfig config = config_for(reading.arena, reading.server);
    Storage *storage = storage_open(&config, "costs", &reading.error);
    StorageReader *reader = storage_read_open(storage, "a b/c.csv", &reading.error);
    Buffer *content = buffer_new(reading.arena);
    ssize_t got = -1;
    if (reader != NULL) {
        char piece[7];
        while ((got = storage_read(reader, piece, sizeof piece, &reading.error)) > 0) {
            buffer_append(content, piece, (size_t)got);
        }
    }
    reading.had = content->length;
    reading.content = got == 0 ? content->data : NULL;
    storage_read_close(reader);
    storage_close(storage);
    tiny_server_stop(reading.server);
    return reading;
}

static void forget(Reading *reading)
{
    tiny_server_free(reading->server);
    arena_free(reading->arena);
}

static bool asks(const Reading *reading, int request, const char *line)
{
    return strstr(tiny_server_head(reading->server, request), line) != NULL;
}

static void reads_an_object_at_once(void **state)
{
    static const char *const ANSWERS[] = {WHOLE("e1", "10") "0123456789"};
    (void)state;
    Reading reading = read_object(ANSWERS, 1);
    assert_string_equal(reading.content, "0123456789");
    assert_int_equal(tiny_server_requests(reading.server), 1);
    assert_true(asks(&reading, 0, "GET /costs/a%20b/c.csv HTTP/1.1\r\n"));
    assert_true(asks(&reading, 0, "\r\nauthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    assert_false(asks(&reading, 0, "range:"));
    forget(&reading);
}

static void goes_on_where_the_connection_broke(void **state)
{
    static const char *const ANSWERS[] = {
        WHOLE("e1", "10") "0123",
        PART("e1", "4-9/10", "6") "45",
        PART("e1", "6-9/10", "4") "6789",
    };
    (void)state;
    Reading reading = read_object(ANSWERS, 3);
    assert_string_equal(reading.content, "0123456789");
    assert_int_equal(tiny_server_requests(reading.server), 3);
    assert_true(asks(&reading, 1, "\r\nrange: bytes=4-\r\n"));
    assert_true(asks(&reading, 1, "\r\nif-match: \"e1\"\r\n"));
    assert_true(asks(&reading, 1, "SignedHeaders=host;if-match;range;x-amz-content-sha256;"));
    assert_true(asks(&reading, 2, "\r\nrange: bytes=6-\r\n"));
    assert_true(asks(&reading, 2, "\r\nif-match: \"e1\"\r\n"));
    forget(&reading);
}

static void waits_for_a_server_that_is_busy(void **state)
{
    static const char *const ANSWERS[] = {
        "HTTP/1.1 200 OK\r\nETag: \"e1", /* closed within the head */
        XML("503 Slow Down", "<Error><Code>SlowDown</Code></Error>"),
        WHOLE("e1", "4") "01",
        XML("500 Oops", "<Error><Code>InternalError</Code></Error>"),
        PART("e1", "2-3/4", "2") "23",
    };
    (void)state;
    Reading reading = read_object(ANSWERS, 5);
    assert_string_equal(reading.content, "0123");
    assert_int_equal(tiny_server_requests(reading.server), 5);
    assert_false(asks(&reading, 2, "range:"));
    assert_true(asks(&reading, 4, "\r\nrange: bytes=2-\r\n"));
    forget(&reading);
}

static void an_object_without_a_length_is_read_to_its_end(void **state)
{
    static const char *const ANSWERS[] = {
        "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n",
        PART("e1", "4-9/10", "6") "456789",
    };
    (void)state;
    Reading reading = read_object(ANSWERS, 2);
    assert_string_equal(reading.content, "0123456789");
    forget(&reading);
}

static void an_object_may_be_empty(void **state)
{
    static const char *const ANSWERS[] = {WHOLE("e1", "0")};
    (void)state;
    Reading reading = read_object(ANSWERS, 1);
    assert_string_equal(reading.content, "");
    assert_int_equal(tiny_server_requests(reading.server), 1);
    forget(&reading);
}

/* Never the beginning of one and the rest of another. */
static void a_replaced_object_is_an_error(void **state)
{
    static const char *const REFUSED[] = {
        WHOLE("e1", "10") "0123",
        XML("412 Precondition Failed", "<Error><Code>PreconditionFailed</Code></Error>"),
    };
    static const char *const WORDLESS[] = {
        WHOLE("e1", "10") "0123",
        "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n",
    };
    static const char *const OTHER_TAG[] = {
        WHOLE("e1", "10") "0123",
        PART("e2", "4-9/10", "6") "xxxxxx",
    };
    const char *const *const cases[] = {REFUSED, WORDLESS, OTHER_TAG};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Reading reading = read_object(cases[i], 2);
        assert_null(reading.content);
        assert_int_equal(reading.had, 4);
        assert_int_equal(reading.error.code, ERROR_CONFLICT);
        assert_non_null(strstr(reading.error.message, "a b/c.csv"));
        assert_non_null(strstr(reading.error.message, "replaced while it was read"));
        assert_int_equal(tiny_server_requests(reading.server), 2);
        forget(&reading);
    }
}

static void what_was_not_asked_for_is_an_error(void **state)
{
    static const char *const FROM_THE_START[] = {
        WHOLE("e1", "10") "0123",
        WHOLE("e1", "10") "0123456789",
    };
    static const char *const OTHER_PART[] = {
        WHOLE("e1", "10") "0123",
        PART("e1", "0-9/10", "10") "0123456789",
    };
    const char *const *const cases[] = {FROM_THE_START, OTHER_PART};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Reading reading = read_object(cases[i], 2);
        assert_null(reading.content);
        assert_int_equal(reading.had, 4);
        assert_int_equal(reading.error.code, ERROR_DATA);
        assert_non_null(strstr(reading.error.message, "from byte 4 on"));
        forget(&reading);
    }
}

static void refusals_are_told(void **state)
{
    static const struct {
        const char *answer;
        ErrorCode code;
        const char *words;
    } CASES[] = {
        {XML("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>"), ERROR_NOT_FOUND,
         "there is no such object"},
        {XML("403 Forbidden", "<Error><Code>SignatureDoesNotMatch</Code></Error>"), ERROR_DENIED,
         "secret key does not belong to the access key"},
        {XML("403 Forbidden", ""), ERROR_DENIED, "access is denied"},
        {XML("301 Moved",
             "<Error><Code>PermanentRedirect</Code><Region>eu-west-1</Region></Error>"),
         ERROR_INVALID, "region eu-west-1, not us-east-1"},
        {"HTTP/1.1 418 Teapot\r\n\r\n<html>", ERROR_INVALID, "is http://127.0.0.1:"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Reading reading = read_object(&CASES[i].answer, 1);
        assert_null(reading.content);
        assert_int_equal(reading.error.code, CASES[i].code);
        if (strstr(reading.error.message, CASES[i].words) == NULL) {
            fail_msg("%s", reading.error.message);
        }
        forget(&reading);
    }
}

static bool note_key(void *context, const StorageObject *object, Error *error)
{
    (void)error;
    buffer_printf(context, "%s %d;", object->key, (int)object->size);
    return true;
}

static void lists_page_after_page(void **state)
{
    static const char *const ANSWERS[] = {
        XML("200 OK", "<ListBucketResult><IsTruncated>true</IsTruncated>"
                      "<EncodingType>url</EncodingType>"
                      "<Contents><Key>p/1%2B</Key><Size>1</Size></Contents>"
                      "<NextContinuationToken>a/b=</NextContinuationToken></ListBucketResult>"),
        XML("200 OK", "<ListBucketResult><IsTruncated>false</IsTruncated>"
                      "<Contents><Key>p/2</Key><Size>2</Size></Contents></ListBucketResult>"),
    };
    Arena *arena = arena_new();
    TinyServer *server = tiny_server_start(ANSWERS, 2);
    StorageConfig config = config_for(arena, server);
    Error error = {0};
    Storage *storage = storage_open(&config, "costs", &error);
    Buffer *keys = buffer_new(arena);
    (void)state;
    assert_true(storage_list(storage, "p/", note_key, keys, &error));
    assert_string_equal(keys->data, "p/1+ 1;p/2 2;");
    storage_close(storage);
    tiny_server_stop(server);
    assert_int_equal(tiny_server_requests(server), 2);
    assert_non_null(strstr(tiny_server_head(server, 0),
                           "GET /costs?encoding-type=url&list-type=2&prefix=p%2F HTTP/1.1\r\n"));
    assert_non_null(strstr(tiny_server_head(server, 1), "GET /costs?continuation-token=a%2Fb%3D&"));
    tiny_server_free(server);
    arena_free(arena);
}

static void a_failed_page_fails_the_listing(void **state)
{
    static const char *const ANSWERS[] = {
        XML("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>"),
        XML("200 OK", "<html>"),
    };
    Arena *arena = arena_new();
    TinyServer *server = tiny_server_start(ANSWERS, 2);
    StorageConfig config = config_for(arena, server);
    Error error = {0};
    Storage *storage = storage_open(&config, "costs", &error);
    Buffer *keys = buffer_new(arena);
    (void)state;
    assert_false(storage_list(storage, "", note_key, keys, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "bucket costs: there is no such bucket"));
    assert_false(storage_check(storage, &error));
    assert_int_equal(error.code, ERROR_DATA);
    storage_close(storage);
    tiny_server_stop(server);
    config.endpoint = arena_printf(arena, "http://127.0.0.1:%d", tiny_server_port(server));
    storage = storage_open(&config, "costs", &error);
    assert_false(storage_check(storage, &error)); /* nobody listens any more */
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    storage_close(storage);
    tiny_server_free(server);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_an_object_at_once),
        cmocka_unit_test(goes_on_where_the_connection_broke),
        cmocka_unit_test(waits_for_a_server_that_is_busy),
        cmocka_unit_test(an_object_without_a_length_is_read_to_its_end),
        cmocka_unit_test(an_object_may_be_empty),
        cmocka_unit_test(a_replaced_object_is_an_error),
        cmocka_unit_test(what_was_not_asked_for_is_an_error),
        cmocka_unit_test(refusals_are_told),
        cmocka_unit_test(lists_page_after_page),
        cmocka_unit_test(a_failed_page_fails_the_listing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
