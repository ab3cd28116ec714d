#include "sources/status_message.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "sources/body.h"

static const char *const TYPES[] = {"Source", "Application", "Endpoint", "Authentication"};

static const char *type_of(const char *text)
{
    for (size_t i = 0; text != NULL && i < sizeof TYPES / sizeof *TYPES; i++) {
        if (strcasecmp(TYPES[i], text) == 0) {
            return TYPES[i];
        }
    }
    return NULL;
}

static const char *id_of(Arena *arena, const json_t *value)
{
    if (json_is_integer(value) && json_integer_value(value) > 0) {
        return arena_printf(arena, "%lld", (long long)json_integer_value(value));
    }
    const char *text = json_string_value(value);
    size_t length = text != NULL ? strlen(text) : 0;
    return length > 0 && length <= 18 && strspn(text, "0123456789") == length ? text : NULL;
}

bool status_message_parse(Arena *arena, const char *text, size_t length, StatusMessage *message,
                          Error *error)
{
    const json_t *root = json_parse(arena, text, length, error);
    if (root == NULL) {
        return error_wrap(error, "the message is no JSON");
    }
    *message = (StatusMessage){.resource_type = type_of(json_get_string(root, "resource_type")),
                               .resource_id = id_of(arena, json_object_get(root, "resource_id")),
                               .status = json_get_string(root, "status"),
                               .fault = json_get_string(root, "error")};
    if (message->resource_type == NULL) {
        return error_set(error, ERROR_DATA,
                         "resource_type is none of Source, Application, "
                         "Endpoint, Authentication");
    }
    if (message->resource_id == NULL) {
        return error_set(error, ERROR_DATA, "resource_id is no id");
    }
    if (message->status == NULL || !body_status_valid(message->status)) {
        return error_set(error, ERROR_DATA,
                         "status is none of available, in_progress, "
                         "partially_available, unavailable");
    }
    if (message->fault != NULL && *message->fault == '\0') {
        message->fault = NULL;
    }
    return true;
}
