#include "base/gzip.h"

#include <isa-l.h>
#include <stdlib.h>

enum { HEAD_AND_TAIL = 1024 };

Buffer *gzip_compress(Arena *arena, const char *bytes, size_t length)
{
    struct isal_zstream stream;
    isal_deflate_init(&stream);
    stream.end_of_stream = 1;
    stream.flush = NO_FLUSH;
    stream.level = 1;
    stream.level_buf = arena_alloc(arena, ISAL_DEF_LVL1_DEFAULT);
    stream.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
    stream.gzip_flag = IGZIP_GZIP;
    stream.next_in = (uint8_t *)bytes;
    stream.avail_in = (uint32_t)length;
    Buffer *packed = buffer_new(arena);
    size_t room = length / 8 + HEAD_AND_TAIL;
    int state = COMP_OK;
    do { /* most texts fit at once */
        stream.next_out = (uint8_t *)buffer_reserve(packed, room);
        stream.avail_out = (uint32_t)room;
        state = isal_deflate(&stream);
        buffer_grew(packed, room - stream.avail_out);
    } while (state == COMP_OK && stream.internal_state.state != ZSTATE_END);
    if (state != COMP_OK) {
        abort();
    }
    return packed;
}
