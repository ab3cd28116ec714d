/* The table of groups: for the files of this folder only. */
#ifndef KONTOR_INGEST_FOLD_GROUPS_H
#define KONTOR_INGEST_FOLD_GROUPS_H

#include "ingest/fold/dictionary.h"
#include "ingest/fold/family.h"

/* A set of resource ids: appended, and made distinct now and then. */
typedef struct IdSet {
    uint32_t *ids;
    uint32_t count, capacity;
} IdSet;

/* What tells groups apart. Texts are dictionary numbers, in the order of Groups.text_dimensions. */
typedef struct GroupKey {
    uint64_t hash;
    Day day; /* 0 when days are not grouped by */
    uint32_t ids[FOLD_DIMENSION_COUNT];
} GroupKey;

/* One group in memory. Behind it stand its sums, a Decimal each of Groups.measures, and the texts
 * of its key: groups are many, and of most folds half of what they might have. */
typedef struct Group {
    uint64_t hash;
    uint64_t lines;
    Day day, first_day, last_day;
    uint32_t currency;
    IdSet resources;
    Decimal sums[];
} Group;

/* Lines wait to be added, so that the memory of their groups, mostly far from the cache, is on its
 * way meanwhile. */
enum { GROUPS_WAITING = 16 };

typedef struct WaitingLine {
    GroupKey key;
    Day day;
    uint32_t currency, resource;          /* dictionary numbers; 0: none */
    Decimal measures[FOLD_MEASURE_COUNT]; /* as Groups.measures has them */
} WaitingLine;

/* Texts that were looked up not long ago, with their numbers: stable ones by their address, others
 * by their bytes. */
typedef struct StableText {
    uint64_t stable; /* FoldLine.stable; 0: nothing */
    FoldText text;
    uint32_t id;
} StableText;

typedef struct RecentText {
    Words words;
    const char *bytes; /* the dictionary's */
    uint32_t length;   /* 0: nothing */
    uint32_t id;
} RecentText;

/* Of each dimension. */
enum {
    GROUPS_RECENT_BITS = 10,
    GROUPS_RECENT = 1 << GROUPS_RECENT_BITS,
    GROUPS_STABLE_BITS = 12,
    GROUPS_STABLE = 1 << GROUPS_STABLE_BITS,
};

enum { GROUPS_A_CHUNK = 1024 };

/* Where a group is, and enough of its hash that others are hardly ever looked at in vain. */
typedef struct GroupSlot {
    uint32_t group; /* its number + 1; 0: free */
    uint32_t hash;  /* the upper half */
} GroupSlot;

typedef struct Groups {
    char **chunks;             /* GROUPS_A_CHUNK each, so that groups never move */
    size_t group_size, ids_at; /* bytes; where the texts of its key stand in it */
    uint32_t chunk_count;
    uint32_t count;
    GroupSlot *slots;
    uint32_t slot_mask;
    Dictionary *texts[FOLD_DIMENSION_COUNT];
    Dictionary *currencies;
    uint32_t last_currency; /* of a line */
    Dictionary *resources;
    size_t memory; /* of groups and sets; the dictionaries count their own */
    bool used[FOLD_DIMENSION_COUNT];
    FoldDimension text_dimensions[FOLD_DIMENSION_COUNT]; /* those that `texts` has */
    int text_count;
    FoldMeasure measures[FOLD_MEASURE_COUNT]; /* those that are wanted */
    int measure_count;
    bool collect_resources;
    StableText *stable[FOLD_DIMENSION_COUNT]; /* GROUPS_STABLE each; NULL before the first */
    RecentText *recent[FOLD_DIMENSION_COUNT]; /* GROUPS_RECENT */
    WaitingLine *waiting;                     /* GROUPS_WAITING */
    uint32_t next_waiting, waiting_count;
} Groups;

void groups_init(Groups *groups, const FoldOptions *options);
void groups_free(Groups *groups);

static inline Group *groups_at(const Groups *groups, uint32_t number)
{
    return (Group *)(groups->chunks[number / GROUPS_A_CHUNK] +
                     number % GROUPS_A_CHUNK * groups->group_size);
}

/* The texts of a group's key, in the order of Groups.text_dimensions. */
static inline uint32_t *groups_ids(const Groups *groups, const Group *group)
{
    return (uint32_t *)((char *)group + groups->ids_at);
}

/* Adds a line to its group, this one and some before it perhaps only by groups_settle. False when a
 * sum would leave the range of a Decimal. */
bool groups_add_line(Groups *groups, const FoldLine *line, Error *error);

/* Adds the lines that wait: to be called before groups are looked at. */
bool groups_settle(Groups *groups, Error *error);

/* The numbers that the texts of one table have in another, each looked up when it first comes. */
typedef struct Translation Translation;

/* From the dictionaries of `from`, which must outlive it and get no new texts. */
Translation *translation_new(const Groups *from);
void translation_free(Translation *translation);

/* The other table is a new one. */
void translation_forget(Translation *translation);

/* Moves the last chunk of the groups of `from` to `into`, which has the same dimensions: they are
 * added to those with the same key. `from` must be settled, have groups, and be asked for no single
 * group any more. False as of groups_add_line. */
bool groups_move_chunk(Groups *into, Groups *from, Translation *translation, Error *error);

/* The group as the outside sees it. `resources` must have room for its resource_count. */
void groups_view(const Groups *groups, Group *group, FoldGroup *view, FoldText *resources);

/* The number of distinct resources of a group. */
uint32_t groups_resource_count(Group *group);

size_t groups_memory(const Groups *groups);

/* Adds the measures of `from` to `sums`, taking the maximum where that is the rule. */
bool measures_add(Decimal *sums, const Decimal *from, Error *error);

#endif
