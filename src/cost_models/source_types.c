#include "cost_models/source_types.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const SourceType TYPES[] = {
    {"AWS", "Amazon Web Services", false},
    {"Azure", "Microsoft Azure", false},
    {"GCP", "Google Cloud", false},
    {"OCP", "OpenShift Container Platform", true},
};

const SourceType *source_type_find(const char *name)
{
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        size_t length = strlen(TYPES[i].name);
        if (strncasecmp(name, TYPES[i].name, length) == 0 &&
            (name[length] == '\0' || strcasecmp(name + length, "-local") == 0)) {
            return &TYPES[i];
        }
    }
    return NULL;
}
