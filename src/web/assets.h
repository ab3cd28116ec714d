/* The files of the web interface, as the build put them into the program (ui/embed.py). */
#ifndef KONTOR_WEB_ASSETS_H
#define KONTOR_WEB_ASSETS_H

#include <stddef.h>

typedef struct WebAsset {
    const char *path;            /* "/assets/main-0123456789ab.js" */
    const char *type;            /* of its content */
    const char *digest;          /* of the plain bytes */
    const unsigned char *packed; /* one gzip member */
    size_t packed_length;
    size_t plain_length;
} WebAsset;

/* Ends with a NULL path; empty when the program was built without the interface. */
extern const WebAsset WEB_ASSETS[];

#endif
