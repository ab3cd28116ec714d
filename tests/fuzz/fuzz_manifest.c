/* Manifests of reports. */
#include "fuzz.h"
#include "ingest/report_manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    Error error = {0};
    ReportManifest manifest;
    bool done = report_manifest_parse(arena, (const char *)bytes, size, &manifest, &error);
    fuzz_check_error(done, &error);
    for (int i = 0; done && i < manifest.key_count; i++) {
        FUZZ_CHECK(manifest.keys[i][0] != '/');
    }
    arena_free(arena);
    return 0;
}
