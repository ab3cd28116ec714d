/* Documents of kontor export-config, as import-config reads them. */
#include "moving/document.h"

#include <string.h>

#include "fuzz.h"
#include "moving/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    Error error = {0};
    json_t *document = document_read(arena, (const char *)bytes, size, &error);
    FUZZ_CHECK((document == NULL) == (error.code == ERROR_INVALID));
    if (document != NULL) {
        int left_out = -1;
        /* What is written is read as the same. */
        const char *text = document_text(arena, document, true);
        json_t *again = document_read(arena, text, strlen(text), NULL);
        FUZZ_CHECK(again != NULL && json_is_array(json_object_get(again, "tenants")));
        FUZZ_CHECK(seal_open_passwords(arena, document, NULL, &left_out, &error));
        FUZZ_CHECK(left_out >= 0);
    }
    arena_free(arena);
    return 0;
}
