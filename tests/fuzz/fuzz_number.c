/* Numbers, days and times of reports: what is read is written and read again as the same. */
#include "base/date.h"
#include "base/decimal.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    Decimal value, again;
    if (decimal_parse(text, size, &value)) {
        char written[DECIMAL_TEXT_SIZE];
        size_t length = decimal_format(value, written);
        FUZZ_CHECK(length == strlen(written));
        FUZZ_CHECK(decimal_parse(written, length, &again) && again == value);
    }
    Day day, same_day;
    if (day_parse(text, size, &day)) {
        char written[DATE_TEXT_SIZE];
        day_format(day, written);
        FUZZ_CHECK(day_parse(written, strlen(written), &same_day) && same_day == day);
    }
    Timestamp time, same_time;
    if (timestamp_parse(text, size, &time)) {
        char written[TIMESTAMP_TEXT_SIZE];
        timestamp_format(time, true, written);
        FUZZ_CHECK(timestamp_parse(written, strlen(written), &same_time) && same_time == time);
    }
    return 0;
}
