/* What an S3 server answers. */
#include "fuzz.h"
#include "net/s3_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    Error error = {0};
    S3Document document;
    bool done = s3_xml_parse(arena, (const char *)bytes, size, &document, &error);
    fuzz_check_error(done, &error);
    for (int i = 0; done && i < document.object_count; i++) {
        FUZZ_CHECK(document.objects[i].key != NULL);
    }
    arena_free(arena);
    return 0;
}
