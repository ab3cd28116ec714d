#include "cmd/roles.h"

#include <string.h>

#include "base/buffer.h"

typedef struct RoleName {
    const char *name;
    Role roles;
} RoleName;

/* Single roles first, in the order of their bits. */
static const RoleName NAMES[] = {
    {"sources-api", ROLE_SOURCES_API},
    {"cost-management-api", ROLE_COST_MANAGEMENT_API},
    {"masu", ROLE_MASU},
    {"all", ROLE_ALL},
};

enum { NAME_COUNT = sizeof NAMES / sizeof *NAMES, ROLE_COUNT = NAME_COUNT - 1 };

static const RoleName *find(const char *name, size_t length)
{
    for (int i = 0; i < NAME_COUNT; i++) {
        if (strlen(NAMES[i].name) == length && memcmp(NAMES[i].name, name, length) == 0) {
            return &NAMES[i];
        }
    }
    return NULL;
}

bool roles_parse(const char *text, Role *roles, Error *error)
{
    unsigned set = 0;
    for (const char *at = text; *at != '\0';) {
        at += strspn(at, " ");
        size_t length = strcspn(at, ","), trimmed = length;
        while (trimmed > 0 && at[trimmed - 1] == ' ') {
            trimmed--;
        }
        const RoleName *found = find(at, trimmed);
        if (found == NULL) {
            return error_set(error, ERROR_INVALID,
                             "--roles: \"%.*s\" is no role; there are sources-api, "
                             "cost-management-api and masu, or all",
                             (int)trimmed, at);
        }
        set |= found->roles;
        at += length;
        at += *at == ',';
    }
    *roles = (Role)set;
    return set != 0 || error_set(error, ERROR_INVALID,
                                 "--roles is empty; there are sources-api, cost-management-api "
                                 "and masu, or all");
}

const char *role_name(Role role)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (NAMES[i].roles == role) {
            return NAMES[i].name;
        }
    }
    return "";
}

const char *roles_text(Arena *arena, Role roles)
{
    Buffer *text = buffer_new(arena);
    for (int i = 0; i < ROLE_COUNT; i++) {
        if ((roles & NAMES[i].roles) != 0) {
            buffer_printf(text, "%s%s", text->length > 0 ? "," : "", NAMES[i].name);
        }
    }
    return text->data;
}
