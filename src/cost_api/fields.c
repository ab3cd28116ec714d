#include "cost_api/fields.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/json.h"

Fields fields_of(const Fields *parent, const char *name, const json_t *object)
{
    Fields fields = {parent->arena, parent->faults, object,
                     arena_printf(parent->arena, "%s%s.", parent->prefix, name)};
    if (object != NULL && !json_is_object(object)) {
        fields_fault(parent, name, "Invalid data. Expected a dictionary, but got %s.",
                     json_type_name(object));
        fields.object = NULL;
    }
    return fields;
}

void fields_fault(const Fields *fields, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *detail = arena_vprintf(fields->arena, format, arguments);
    va_end(arguments);
    faults_add(fields->faults, arena_printf(fields->arena, "%s%s", fields->prefix, name), "%s",
               detail);
}

/* The value, or NULL after a fault if it has to be there. */
static const json_t *value_of(const Fields *fields, const char *name, unsigned flags)
{
    const json_t *value = json_object_get(fields->object, name);
    if (value == NULL && (flags & FIELD_REQUIRED) != 0) {
        fields_fault(fields, name, "This field is required.");
    } else if (json_is_null(value)) {
        if ((flags & FIELD_REQUIRED) != 0) {
            fields_fault(fields, name, "This field may not be null.");
        }
        value = NULL;
    }
    return value;
}

bool fields_has(const Fields *fields, const char *name)
{
    const json_t *value = json_object_get(fields->object, name);
    return value != NULL && !json_is_null(value);
}

static size_t character_count(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += (*text & 0xc0) != 0x80;
    }
    return count;
}

static const char *trimmed(Arena *arena, const char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    return arena_strndup(arena, text, length);
}

const char *fields_text(const Fields *fields, const char *name, size_t most, unsigned flags)
{
    const json_t *value = value_of(fields, name, flags);
    if (value == NULL) {
        return NULL;
    }
    if (!json_is_string(value)) {
        fields_fault(fields, name, "Not a valid string.");
        return NULL;
    }
    const char *text = trimmed(fields->arena, json_string_value(value));
    if (*text == '\0' && (flags & FIELD_MAY_BE_EMPTY) == 0) {
        fields_fault(fields, name, "This field may not be blank.");
        return NULL;
    }
    if (character_count(text) > most) {
        fields_fault(fields, name, "Ensure this field has no more than %zu characters.", most);
        return NULL;
    }
    return text;
}

const char *fields_choice(const Fields *fields, const char *name, const char *const *words,
                          unsigned flags)
{
    const json_t *value = value_of(fields, name, flags);
    const char *text = json_string_value(value);
    for (int i = 0; text != NULL && words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            return words[i];
        }
    }
    if (value != NULL) {
        fields_fault(fields, name, "\"%s\" is not a valid choice.",
                     text != NULL ? text : json_text(fields->arena, value));
    }
    return NULL;
}

const char *fields_uuid(const Fields *fields, const char *name, unsigned flags)
{
    const json_t *value = value_of(fields, name, flags);
    const char *text = json_string_value(value);
    if (value != NULL && (text == NULL || !uuid_valid(text))) {
        fields_fault(fields, name, "Must be a valid UUID.");
        text = NULL;
    }
    return text;
}

const char **fields_uuids(const Fields *fields, const char *name, int *count)
{
    const json_t *list = fields_list(fields, name, 0);
    *count = 0;
    if (list == NULL) {
        return NULL;
    }
    const char **uuids = arena_array(fields->arena, json_array_size(list) + 1, sizeof *uuids);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text == NULL || !uuid_valid(text)) {
            fields_fault(fields, name, "Must be a valid UUID.");
        } else {
            uuids[(*count)++] = text;
        }
    }
    return uuids;
}

const json_t *fields_list(const Fields *fields, const char *name, unsigned flags)
{
    const json_t *value = value_of(fields, name, flags);
    if (value != NULL && !json_is_array(value)) {
        fields_fault(fields, name, "Expected a list of items but got type \"%s\".",
                     json_type_name(value));
        value = NULL;
    }
    return value;
}

const json_t *fields_object(const Fields *fields, const char *name, unsigned flags)
{
    const json_t *value = value_of(fields, name, flags);
    if (value != NULL && !json_is_object(value)) {
        fields_fault(fields, name, "Invalid data. Expected a dictionary, but got %s.",
                     json_type_name(value));
        value = NULL;
    }
    return value;
}

void fields_bool(const Fields *fields, const char *name, bool *value)
{
    const json_t *given = value_of(fields, name, 0);
    if (json_is_boolean(given)) {
        *value = json_is_true(given);
    } else if (given != NULL) {
        fields_fault(fields, name, "Must be a valid boolean.");
    }
}

/* A number of JSON in as few digits as tell it. */
static const char *number_text(Arena *arena, const json_t *value)
{
    if (json_is_integer(value)) {
        return arena_printf(arena, "%lld", (long long)json_integer_value(value));
    }
    double number = json_real_value(value);
    char text[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, number);
        if (strtod(text, NULL) == number) {
            break;
        }
    }
    return arena_strdup(arena, text);
}

/* Digits of a plain number, and how many of them behind the point; zeros at the ends do not
 * count. */
static void count_digits(const char *text, int *whole, int *behind)
{
    text += strspn(text, "+-0");
    size_t before = strspn(text, "0123456789");
    const char *point = text + before;
    size_t after = *point == '.' ? strspn(point + 1, "0123456789") : 0;
    while (after > 0 && point[after] == '0') {
        after--;
    }
    *whole = (int)before;
    *behind = (int)after;
}

bool fields_decimal(const Fields *fields, const char *name, int digits, int places, unsigned flags,
                    Decimal *value)
{
    const json_t *given = value_of(fields, name, flags);
    if (given == NULL) {
        return false;
    }
    const char *text = json_is_string(given)   ? trimmed(fields->arena, json_string_value(given))
                       : json_is_number(given) ? number_text(fields->arena, given)
                                               : "";
    Decimal number;
    int whole, behind;
    count_digits(text, &whole, &behind);
    if (!decimal_parse(text, strlen(text), &number)) {
        fields_fault(fields, name,
                     whole > digits - places
                         ? "Ensure that there are no more than %d digits in total."
                         : "A valid number is required.",
                     digits);
    } else if (whole > digits - places) {
        fields_fault(fields, name,
                     "Ensure that there are no more than %d digits before the decimal point.",
                     digits - places);
    } else if (behind > places) {
        fields_fault(fields, name, "Ensure that there are no more than %d decimal places.", places);
    } else if ((flags & FIELD_NOT_NEGATIVE) != 0 && number < 0) {
        fields_fault(fields, name, "Ensure this value is greater than or equal to 0.");
    } else {
        *value = number;
        return true;
    }
    return false;
}

bool fields_day(const Fields *fields, const char *name, unsigned flags, Day *day)
{
    const json_t *given = value_of(fields, name, flags);
    const char *text = json_string_value(given);
    char back[DATE_TEXT_SIZE];
    if (given == NULL) {
        return false;
    }
    if (text == NULL || !day_parse(text, strlen(text), day) ||
        strcmp(day_format(*day, back), text) != 0) {
        fields_fault(fields, name,
                     "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.");
        return false;
    }
    return true;
}
