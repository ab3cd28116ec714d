/* Published examples: the S3 developer guide's ("Signature Calculations: Examples") and those of
 * the general test suite of AWS Signature Version 4. */
#include "unit.h"

#include <string.h>

#include "base/buffer.h"
#include "net/sigv4.h"

#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define UNRESERVED "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

typedef struct Example {
    const char *name;
    const char *method;
    const char *path;
    SigV4Pair query[4];
    SigV4Pair headers[8];
    const char *payload_hash;
    const char *signed_headers;
    const char *signature;
} Example;

static const Example S3_EXAMPLES[] = {
    {.name = "GET object",
     .method = "GET",
     .path = "/test.txt",
     .headers = {{"host", "examplebucket.s3.amazonaws.com"},
                 {"range", "bytes=0-9"},
                 {"x-amz-content-sha256", EMPTY_HASH},
                 {"x-amz-date", "20130524T000000Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;range;x-amz-content-sha256;x-amz-date",
     .signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
    {.name = "PUT object",
     .method = "PUT",
     .path = "/test%24file.text",
     .headers = {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                 {"date", "Fri, 24 May 2013 00:00:00 GMT"},
                 {"host", "examplebucket.s3.amazonaws.com"},
                 {"x-amz-date", "20130524T000000Z"},
                 {"x-amz-content-sha256",
                  "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"}},
     .payload_hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
     .signed_headers = "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
     .signature = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
    {.name = "GET bucket lifecycle",
     .method = "GET",
     .path = "/",
     .query = {{"lifecycle", ""}},
     .headers = {{"host", "examplebucket.s3.amazonaws.com"},
                 {"x-amz-content-sha256", EMPTY_HASH},
                 {"x-amz-date", "20130524T000000Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;x-amz-content-sha256;x-amz-date",
     .signature = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
    {.name = "list objects",
     .method = "GET",
     .path = "/",
     .query = {{"prefix", "J"}, {"max-keys", "2"}},
     .headers = {{"host", "examplebucket.s3.amazonaws.com"},
                 {"x-amz-content-sha256", EMPTY_HASH},
                 {"x-amz-date", "20130524T000000Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;x-amz-content-sha256;x-amz-date",
     .signature = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
};

static const Example SUITE_EXAMPLES[] = {
    {.name = "get-vanilla",
     .method = "GET",
     .path = "/",
     .headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;x-amz-date",
     .signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {.name = "get-vanilla-query-order-key-case",
     .method = "GET",
     .path = "/",
     .query = {{"Param2", "value2"}, {"Param1", "value1"}},
     .headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;x-amz-date",
     .signature = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {.name = "get-vanilla-query-order-value",
     .method = "GET",
     .path = "/",
     .query = {{"Param1", "value2"}, {"Param1", "value1"}},
     .headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;x-amz-date",
     .signature = "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
    {.name = "get-vanilla-utf8-query",
     .method = "GET",
     .path = "/",
     .query = {{"\xe1\x88\xb4", "bar"}},
     .headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;x-amz-date",
     .signature = "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {.name = "get-vanilla-query-unreserved",
     .method = "GET",
     .path = "/",
     .query = {{UNRESERVED, UNRESERVED}},
     .headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;x-amz-date",
     .signature = "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
    {.name = "get-unreserved",
     .method = "GET",
     .path = "/" UNRESERVED,
     .headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;x-amz-date",
     .signature = "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {.name = "get-utf8",
     .method = "GET",
     .path = "/%E1%88%B4",
     .headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;x-amz-date",
     .signature = "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {.name = "get-header-value-trim",
     .method = "GET",
     .path = "/",
     .headers = {{"my-header1", " value1"},
                 {"my-header2", " \"a   b   c\""},
                 {"host", "example.amazonaws.com"},
                 {"x-amz-date", "20150830T123600Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;my-header1;my-header2;x-amz-date",
     .signature = "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {.name = "post-vanilla",
     .method = "POST",
     .path = "/",
     .headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}},
     .payload_hash = EMPTY_HASH,
     .signed_headers = "host;x-amz-date",
     .signature = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {.name = "post-x-www-form-urlencoded",
     .method = "POST",
     .path = "/",
     .headers = {{"content-type", "application/x-www-form-urlencoded"},
                 {"host", "example.amazonaws.com"},
                 {"x-amz-date", "20150830T123600Z"}},
     .payload_hash = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
     .signed_headers = "content-type;host;x-amz-date",
     .signature = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
};

static void check(const Example *example, const char *time, const char *service,
                  const char *access_key, const char *secret_key)
{
    Arena *arena = arena_new();
    SigV4Request request = {.method = example->method,
                            .path = example->path,
                            .query = example->query,
                            .headers = example->headers,
                            .payload_hash = example->payload_hash,
                            .region = "us-east-1",
                            .service = service,
                            .access_key = access_key,
                            .secret_key = secret_key};
    assert_true(timestamp_parse(time, strlen(time), &request.time));
    const char *wanted = arena_printf(
        arena,
        "AWS4-HMAC-SHA256 Credential=%s/%.4s%.2s%.2s/us-east-1/%s/aws4_request, "
        "SignedHeaders=%s, Signature=%s",
        access_key, time, time + 5, time + 8, service, example->signed_headers, example->signature);
    const char *got = sigv4_authorization(arena, &request);
    /* Some write a blank behind the commas, some don't; both are read. */
    Buffer *plain = buffer_new(arena);
    for (; *got != '\0'; got++) {
        buffer_append_char(plain, *got);
        if (*got == ',' && got[1] != ' ') {
            buffer_append_char(plain, ' ');
        }
    }
    assert_string_equal(plain->data, wanted);
    arena_free(arena);
}

static void signs_the_examples_of_s3(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof S3_EXAMPLES / sizeof *S3_EXAMPLES; i++) {
        check(&S3_EXAMPLES[i], "2013-05-24T00:00:00Z", "s3", "AKIAIOSFODNN7EXAMPLE",
              "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    }
}

static void signs_the_examples_of_the_suite(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SUITE_EXAMPLES / sizeof *SUITE_EXAMPLES; i++) {
        check(&SUITE_EXAMPLES[i], "2015-08-30T12:36:00Z", "service", "AKIDEXAMPLE",
              "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    }
}

static void a_query_is_encoded_strictly_and_sorted(void **state)
{
    (void)state;
    Arena *arena = arena_new();
    const SigV4Pair query[] = {
        {"b", "x y"}, {"a", "1/2"}, {"a", "1+~"}, {"c", "\xc3\xa4"}, {NULL, NULL}};
    assert_string_equal(sigv4_query(arena, query), "a=1%2B~&a=1%2F2&b=x%20y&c=%C3%A4");
    assert_string_equal(sigv4_query(arena, (const SigV4Pair[]){{NULL, NULL}}), "");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_the_examples_of_s3),
        cmocka_unit_test(signs_the_examples_of_the_suite),
        cmocka_unit_test(a_query_is_encoded_strictly_and_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
