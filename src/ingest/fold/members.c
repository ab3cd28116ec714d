#include "ingest/fold/members.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ingest/fold/dictionary.h"

struct Members {
    Arena *arena;
    const BoundMap *map;
    Dictionary *cells;
    FoldText **values; /* by the number of the cell; NULL: it is no object */
    uint32_t capacity;
    Buffer *sound;
};

static void clean_up(void *object)
{
    Members *members = object;
    dictionary_free(members->cells);
    free(members->values);
}

Members *members_new(Arena *arena, const BoundMap *map)
{
    Members *members = arena_alloc(arena, sizeof *members);
    *members = (Members){
        .arena = arena, .map = map, .cells = dictionary_new(), .sound = buffer_new(arena)};
    arena_on_free(arena, clean_up, members);
    return members;
}

static FoldText *read_cell(Members *members, FoldText cell)
{
    const BoundMap *map = members->map;
    Arena *scratch = arena_new();
    buffer_clear(members->sound);
    append_sound(members->sound, cell.bytes, cell.length);
    json_t *object = json_parse(scratch, members->sound->data, members->sound->length, NULL);
    FoldText *values = NULL;
    if (json_is_object(object)) {
        values = arena_array(members->arena, (size_t)map->member_count, sizeof *values);
        for (int i = 0; i < map->member_count; i++) {
            const char *text = json_get_string(object, map->members[i].name);
            if (text != NULL) {
                values[i] = (FoldText){arena_strdup(members->arena, text), (uint32_t)strlen(text)};
            }
        }
    }
    arena_free(scratch);
    return values;
}

const FoldText *members_of(Members *members, FoldText cell)
{
    cell = cell.length > 0 ? cell : (FoldText){"{}", 2};
    uint32_t known = dictionary_count(members->cells);
    uint32_t number = dictionary_add_raw(members->cells, cell.bytes, cell.length);
    if (number >= members->capacity) {
        members->capacity = number * 2 + 64;
        members->values = realloc(members->values, members->capacity * sizeof *members->values);
        if (members->values == NULL) {
            abort();
        }
    }
    if (number == known) {
        members->values[number] = read_cell(members, cell);
    }
    return members->values[number];
}
