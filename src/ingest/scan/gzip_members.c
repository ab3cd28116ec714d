#include "ingest/scan/gzip_members.h"

#include <endian.h>
#include <isa-l.h>
#include <stdlib.h>
#include <string.h>

/* RFC 1952 §2.3 */
enum {
    HEADER = 10,
    TRAILER = 8, /* checksum and length */
    MEMBER_MIN = HEADER + 2 + TRAILER,
    FLAG_EXTRA = 4,
    FLAGS_RESERVED = 0xe0,
    SYSTEM_MAX = 13,
    SYSTEM_UNKNOWN = 255,
    RATIO_MAX = 1032, /* of deflate */
};

static const uint8_t MAGIC[] = {0x1f, 0x8b, 8};

static bool begins_member(const uint8_t *bytes, size_t length)
{
    return length >= HEADER && memcmp(bytes, MAGIC, sizeof MAGIC) == 0 &&
           (bytes[3] & FLAGS_RESERVED) == 0 &&
           (bytes[9] <= SYSTEM_MAX || bytes[9] == SYSTEM_UNKNOWN);
}

static size_t number(const uint8_t *bytes)
{
    return (size_t)bytes[0] | (size_t)bytes[1] << 8;
}

/* The length that a member of a blocked gzip says it has, in its extra field BC; 0: it says none.
 */
static size_t said_length(const uint8_t *bytes, size_t length)
{
    if (length < HEADER + 2 || (bytes[3] & FLAG_EXTRA) == 0) {
        return 0;
    }
    size_t end = HEADER + 2 + number(bytes + HEADER);
    for (size_t at = HEADER + 2; at + 4 <= end && at + 6 <= length;
         at += 4 + number(bytes + at + 2)) {
        if (bytes[at] == 'B' && bytes[at + 1] == 'C' && number(bytes + at + 2) == 2) {
            return number(bytes + at + 4) + 1;
        }
    }
    return 0;
}

/* The bytes of text that a member of `length` bytes says it has. */
static size_t said_text(const uint8_t *bytes, size_t length)
{
    uint32_t text;
    memcpy(&text, bytes + length - sizeof text, sizeof text);
    return le32toh(text);
}

static bool may_be_member(const uint8_t *bytes, size_t length)
{
    return length >= MEMBER_MIN && said_text(bytes, length) / RATIO_MAX <= length;
}

/* The length of the first member, 0 when it can't be told. */
static size_t member_length(const uint8_t *bytes, size_t length, bool last)
{
    if (!begins_member(bytes, length)) {
        return 0;
    }
    size_t said = said_length(bytes, length);
    if (said > 0) {
        return said <= length && may_be_member(bytes, said) ? said : 0;
    }
    for (size_t at = MEMBER_MIN; at < length; at++) {
        const uint8_t *next = memmem(bytes + at, length - at, MAGIC, sizeof MAGIC);
        if (next == NULL) {
            break;
        }
        at = (size_t)(next - bytes);
        if (begins_member(next, length - at) && may_be_member(bytes, at)) {
            return at;
        }
    }
    return last && may_be_member(bytes, length) ? length : 0;
}

GzipCut gzip_find_cut(const uint8_t *bytes, size_t length, bool last, const GzipLimits *limits)
{
    GzipCut cut = {0};
    while (cut.end < limits->wanted && cut.end < length) {
        size_t member = member_length(bytes + cut.end, length - cut.end, last);
        if (member == 0 || cut.end + member > limits->packed) {
            break;
        }
        size_t text = said_text(bytes + cut.end, member);
        if (cut.text + text > limits->text) {
            break;
        }
        cut = (GzipCut){cut.end + member, cut.text + text};
    }
    return cut;
}

bool gzip_inflate_members(const uint8_t *bytes, size_t length, char *text, size_t size)
{
    struct inflate_state *state = malloc(sizeof *state);
    bool sound = state != NULL;
    while (sound && length > 0) {
        isal_inflate_init(state);
        state->crc_flag = ISAL_GZIP;
        state->next_in = (uint8_t *)bytes; /* which it only reads */
        state->avail_in = (uint32_t)length;
        state->next_out = (uint8_t *)text;
        state->avail_out = (uint32_t)size;
        sound = isal_inflate_stateless(state) == ISAL_DECOMP_OK;
        bytes += length - state->avail_in;
        length = state->avail_in;
        text += size - state->avail_out;
        size = state->avail_out;
    }
    free(state);
    return sound && size == 0;
}
