/* Texts packed as members of a gzip. */
#ifndef KONTOR_TESTS_PACK_GZIP_H
#define KONTOR_TESTS_PACK_GZIP_H

#include <endian.h>
#include <isa-l.h>
#include <string.h>

#include "base/buffer.h"

typedef enum GzipForm {
    GZIP_USUAL,
    GZIP_BLOCKED, /* says its length, as bgzip's do */
    GZIP_STORED,  /* the text as it is: at most 65535 bytes */
} GzipForm;

static inline void pack_number(Buffer *packed, uint32_t number, size_t size)
{
    number = htole32(number);
    buffer_append(packed, (const char *)&number, size);
}

static inline void pack_deflate(Buffer *packed, const char *text, size_t length)
{
    struct isal_zstream stream;
    size_t room = length + length / 8 + 256;
    isal_deflate_stateless_init(&stream);
    stream.end_of_stream = 1;
    stream.next_in = (uint8_t *)text;
    stream.avail_in = (uint32_t)length;
    stream.next_out = (uint8_t *)buffer_reserve(packed, room);
    stream.avail_out = (uint32_t)room;
    assert_int_equal(isal_deflate_stateless(&stream), COMP_OK);
    buffer_grew(packed, room - stream.avail_out);
}

static inline void pack_stored(Buffer *packed, const char *text, size_t length)
{
    pack_number(packed, 1, 1); /* the last block, stored */
    pack_number(packed, (uint32_t)length, 2);
    pack_number(packed, ~(uint32_t)length, 2);
    buffer_append(packed, text, length);
}

static inline void pack_member(Buffer *packed, const char *text, size_t length, GzipForm form)
{
    static const char HEAD[] = "\x1f\x8b\x08\0\0\0\0\0\0\xff";
    static const char EXTRA[] = "\6\0BC\2\0\0\0"; /* the length comes into the last two */
    size_t start = packed->length;
    buffer_append(packed, HEAD, 10);
    if (form == GZIP_BLOCKED) {
        packed->data[start + 3] = 4;
        buffer_append(packed, EXTRA, 8);
    }
    (form == GZIP_STORED ? pack_stored : pack_deflate)(packed, text, length);
    pack_number(packed, crc32_gzip_refl(0, (const uint8_t *)text, length), 4);
    pack_number(packed, (uint32_t)length, 4);
    if (form == GZIP_BLOCKED) {
        uint16_t said = htole16((uint16_t)(packed->length - start - 1));
        memcpy(packed->data + start + 16, &said, sizeof said);
    }
}

/* A text as members of `chunk` bytes each. */
static inline void pack_members(Buffer *packed, const char *text, size_t length, size_t chunk,
                                GzipForm form)
{
    for (size_t at = 0; at < length; at += chunk) {
        pack_member(packed, text + at, length - at < chunk ? length - at : chunk, form);
    }
}

#endif
