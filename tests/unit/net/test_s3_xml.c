#include "unit.h"

#include <string.h>

#include "base/buffer.h"
#include "net/s3_xml.h"

static S3Document parse(Arena *arena, const char *text)
{
    S3Document document;
    Error error = {0};
    if (!s3_xml_parse(arena, text, strlen(text), &document, &error)) {
        fail_msg("%s", error.message);
    }
    return document;
}

static void reads_a_page_of_a_listing(void **state)
{
    static const char PAGE[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n"
        "  <Name>costs</Name><Prefix>a</Prefix><KeyCount>2</KeyCount>\n"
        "  <IsTruncated>true</IsTruncated>\n"
        "  <Contents><Key>a%20b%2Bc/d</Key><LastModified>2026-11-24T09:07:49.500Z</LastModified>"
        "<ETag>&quot;9b2cf5&quot;</ETag><Size>4294967297</Size>"
        "<Owner><ID>me</ID><DisplayName>Key</DisplayName></Owner></Contents>\n"
        "  <Contents><Key>a+%C3%A4</Key><Size>0</Size></Contents>\n"
        "  <EncodingType>url</EncodingType>\n"
        "  <NextContinuationToken>1/ab+c==</NextContinuationToken>\n"
        "</ListBucketResult>";
    Arena *arena = arena_new();
    (void)state;
    S3Document page = parse(arena, PAGE);
    assert_int_equal(page.object_count, 2);
    assert_string_equal(page.objects[0].key, "a b+c/d");
    assert_string_equal(page.objects[0].etag, "9b2cf5");
    assert_true(page.objects[0].size == 4294967297);
    assert_true(page.objects[0].last_modified == 1795511269500000);
    assert_string_equal(page.objects[1].key, "a \xc3\xa4");
    assert_string_equal(page.objects[1].etag, "");
    assert_true(page.objects[1].size == 0);
    assert_true(page.truncated);
    assert_string_equal(page.next_token, "1/ab+c==");
    assert_null(page.error_code);
    arena_free(arena);
}

static void keys_that_are_not_encoded_stay_as_they_are(void **state)
{
    Arena *arena = arena_new();
    (void)state;
    S3Document page =
        parse(arena, "<ListBucketResult><IsTruncated>false</IsTruncated>"
                     "<Contents><Key>a+b%20&amp;&#x20AC;&lt;</Key></Contents></ListBucketResult>");
    assert_int_equal(page.object_count, 1);
    assert_string_equal(page.objects[0].key, "a+b%20&\xe2\x82\xac<");
    assert_false(page.truncated);
    assert_null(page.next_token);
    arena_free(arena);
}

static void reads_long_listings(void **state)
{
    enum { COUNT = 1000 };
    Arena *arena = arena_new();
    Buffer *text = buffer_new(arena);
    (void)state;
    buffer_append_text(text, "<s3:ListBucketResult xmlns:s3=\"x\">");
    for (int i = 0; i < COUNT; i++) {
        buffer_printf(text, "<s3:Contents><s3:Key>k%d</s3:Key><s3:Size>%d</s3:Size></s3:Contents>",
                      i, i);
    }
    buffer_append_text(text, "</s3:ListBucketResult>");
    S3Document page = parse(arena, text->data);
    assert_int_equal(page.object_count, COUNT);
    assert_string_equal(page.objects[COUNT - 1].key, "k999");
    assert_true(page.objects[COUNT - 1].size == COUNT - 1);
    arena_free(arena);
}

static void reads_buckets_and_errors(void **state)
{
    Arena *arena = arena_new();
    (void)state;
    S3Document list =
        parse(arena, "<ListAllMyBucketsResult><Owner><ID>Name</ID></Owner><Buckets>"
                     "<Bucket><Name>costs</Name><CreationDate>x</CreationDate></Bucket>"
                     "<Bucket><Name>logs</Name></Bucket></Buckets></ListAllMyBucketsResult>");
    assert_string_equal(list.buckets[0], "costs");
    assert_string_equal(list.buckets[1], "logs");
    assert_null(list.buckets[2]);
    S3Document refusal = parse(
        arena, "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' "
               "is wrong</Message><Region>eu-central-1</Region></Error>");
    assert_string_equal(refusal.error_code, "AuthorizationHeaderMalformed");
    assert_string_equal(refusal.error_message, "the region 'us-east-1' is wrong");
    assert_string_equal(refusal.region, "eu-central-1");
    assert_int_equal(refusal.object_count, 0);
    assert_null(refusal.buckets[0]);
    arena_free(arena);
}

static void refuses_what_is_no_xml(void **state)
{
    static const char *const TEXTS[] = {"", "plain text", "{\"a\": 1}", "<ListBucketResult>",
                                        "<html><body><p>Bad gateway</body></html>"};
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        Arena *arena = arena_new();
        S3Document document;
        Error error = {0};
        assert_false(s3_xml_parse(arena, TEXTS[i], strlen(TEXTS[i]), &document, &error));
        assert_int_equal(error.code, ERROR_DATA);
        assert_non_null(strstr(error.message, "not the XML of an S3 server"));
        arena_free(arena);
    }
}

/* Ten entities, each ten times the one before: 10 GB if they were written out. */
static void entities_do_not_blow_up(void **state)
{
    Arena *arena = arena_new();
    Buffer *text = buffer_new(arena);
    S3Document document;
    Error error = {0};
    (void)state;
    buffer_append_text(text, "<!DOCTYPE x [<!ENTITY e0 \"0123456789\">");
    for (int i = 1; i < 10; i++) {
        buffer_printf(text, "<!ENTITY e%d \"", i);
        for (int k = 0; k < 10; k++) {
            buffer_printf(text, "&e%d;", i - 1);
        }
        buffer_append_text(text, "\">");
    }
    buffer_append_text(text, "]><Error><Code>&e9;</Code></Error>");
    assert_false(s3_xml_parse(arena, text->data, text->length, &document, &error));
    assert_int_equal(error.code, ERROR_DATA);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_page_of_a_listing),
        cmocka_unit_test(keys_that_are_not_encoded_stay_as_they_are),
        cmocka_unit_test(reads_long_listings),
        cmocka_unit_test(reads_buckets_and_errors),
        cmocka_unit_test(refuses_what_is_no_xml),
        cmocka_unit_test(entities_do_not_blow_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
