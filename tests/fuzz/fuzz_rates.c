/* Rates in the bodies of cost models and price lists. */
#include "cost_models/rates.h"

#include <string.h>

#include "base/json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new();
    json_t *object = json_parse(arena, (const char *)bytes, size, NULL);
    if (json_is_object(object)) {
        Fields body = {arena, faults_new(arena), object, ""};
        const char *rates = rates_read(&body, "USD");
        FUZZ_CHECK(rates == NULL || !faults_any(body.faults));
        /* What is stored can be read, and says the same once more. */
        FUZZ_CHECK(rates == NULL || json_is_array(json_parse(arena, rates, strlen(rates), NULL)));
    }
    arena_free(arena);
    return 0;
}
