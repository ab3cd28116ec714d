/* Answers of a service of exchange rates. */
#include "fuzz.h"
#include "settings/rate_service.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    Error error = {0};
    FetchedRates rates;
    bool done = rate_service_parse(arena, (const char *)bytes, size, &rates, &error);
    fuzz_check_error(done, &error);
    if (done) {
        FUZZ_CHECK(rates.count > 0 && strlen(rates.codes) == (size_t)rates.count * 4 + 1);
        FUZZ_CHECK(strspn(rates.rates, "{},.0123456789") == strlen(rates.rates));
    }
    arena_free(arena);
    return 0;
}
