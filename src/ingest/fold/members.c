#include "ingest/fold/members.h"

#include <string.h>

#include "base/json.h"
#include "ingest/fold/cell_cache.h"
#include "ingest/fold/dictionary.h"

struct Members {
    const BoundMap *map;
    CellCache *cells; /* of a cell: FoldText * */
    Buffer *sound;
};

Members *members_new(Arena *arena, const BoundMap *map, size_t limit)
{
    Members *members = arena_alloc(arena, sizeof *members);
    *members = (Members){.map = map,
                         .cells = cell_cache_new(arena, sizeof(FoldText *), limit),
                         .sound = buffer_new(arena)};
    return members;
}

static FoldText *read_cell(Members *members, FoldText cell)
{
    const BoundMap *map = members->map;
    Arena *scratch = arena_new(), *arena = cell_cache_arena(members->cells);
    buffer_clear(members->sound);
    append_sound(members->sound, cell.bytes, cell.length);
    json_t *object = json_parse(scratch, members->sound->data, members->sound->length, NULL);
    FoldText *values = arena_array(arena, (size_t)map->member_count, sizeof *values);
    for (int i = 0; i < map->member_count; i++) {
        const char *text = json_get_string(object, map->members[i].name);
        if (text != NULL) {
            values[i] = (FoldText){arena_strdup(arena, text), (uint32_t)strlen(text)};
        }
    }
    arena_free(scratch);
    return values;
}

const FoldText *members_of(Members *members, FoldText cell)
{
    cell = cell.length > 0 ? cell : (FoldText){"{}", 2};
    bool fresh;
    FoldText **values = cell_cache_find(members->cells, cell.bytes, cell.length, &fresh);
    if (fresh) {
        *values = read_cell(members, cell);
    }
    return *values;
}
