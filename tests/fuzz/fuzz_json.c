/* JSON bodies: what is read is written and read again as the same. */
#include "base/json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    Error error = {0};
    json_t *value = json_parse(arena, (const char *)bytes, size, &error);
    fuzz_check_error(value != NULL, &error);
    if (value != NULL) {
        const char *text = json_text(arena, value);
        json_t *again = json_parse(arena, text, strlen(text), &error);
        FUZZ_CHECK(again != NULL && json_equal(value, again));
    }
    /* The writer makes JSON of any bytes; the reader refuses the text that holds a NUL. */
    Buffer *out = buffer_new(arena);
    JsonWriter writer = json_writer(out);
    json_write_string_length(&writer, (const char *)bytes, size);
    FUZZ_CHECK(memchr(bytes, '\0', size) != NULL ||
               json_parse(arena, out->data, out->length, &error) != NULL);
    arena_free(arena);
    return 0;
}
