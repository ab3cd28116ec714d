#include "ingest/fold/groups.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1024 };

static const uint64_t ODD = 0x9e3779b97f4a7c15ULL;

static const bool IS_MAXIMUM[FOLD_MEASURE_COUNT] = {[FOLD_UNBLENDED_RATE] = true,
                                                    [FOLD_BLENDED_RATE] = true,
                                                    [FOLD_PUBLIC_ON_DEMAND_RATE] = true,
                                                    [FOLD_NORMALIZATION_FACTOR] = true};

static void *must(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

/* So that Decimals are aligned. */
static size_t round_up(size_t size)
{
    return (size + sizeof(Decimal) - 1) / sizeof(Decimal) * sizeof(Decimal);
}

void groups_init(Groups *groups, const FoldOptions *options)
{
    *groups = (Groups){.collect_resources = options->resources};
    for (int i = 0; i < options->dimension_count; i++) {
        groups->used[options->dimensions[i]] = true;
    }
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        if (groups->used[i] && i != FOLD_DAY) {
            groups->texts[i] = dictionary_new();
            groups->text_dimensions[groups->text_count++] = (FoldDimension)i;
        }
    }
    for (int i = 0; i < FOLD_MEASURE_COUNT; i++) {
        if (options->measures == 0 || (options->measures >> i & 1) != 0) {
            groups->measures[groups->measure_count++] = (FoldMeasure)i;
        }
    }
    groups->ids_at = sizeof(Group) + (size_t)groups->measure_count * sizeof(Decimal);
    groups->group_size = round_up(groups->ids_at + (size_t)groups->text_count * sizeof(uint32_t));
    groups->currencies = dictionary_new();
    groups->resources = dictionary_new();
    groups->slots = must(calloc(FIRST_SLOTS, sizeof *groups->slots));
    groups->slot_mask = FIRST_SLOTS - 1;
    groups->memory = FIRST_SLOTS * sizeof *groups->slots;
    groups->waiting = must(malloc(GROUPS_WAITING * sizeof *groups->waiting));
}

void groups_free(Groups *groups)
{
    for (uint32_t i = 0; i < groups->count; i++) {
        free(groups_at(groups, i)->resources.ids);
    }
    for (uint32_t i = 0; i < groups->chunk_count; i++) {
        free(groups->chunks[i]);
    }
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        dictionary_free(groups->texts[i]);
        free(groups->stable[i]);
        free(groups->recent[i]);
    }
    dictionary_free(groups->currencies);
    dictionary_free(groups->resources);
    free(groups->chunks);
    free(groups->slots);
    free(groups->waiting);
    *groups = (Groups){0};
}

size_t groups_memory(const Groups *groups)
{
    size_t memory = groups->memory + dictionary_memory(groups->currencies) +
                    dictionary_memory(groups->resources);
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        memory += groups->texts[i] != NULL ? dictionary_memory(groups->texts[i]) : 0;
    }
    return memory;
}

static uint32_t upper_half(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

static void grow_slots(Groups *groups)
{
    uint32_t size = (groups->slot_mask + 1) * 2;
    groups->memory += size / 2 * sizeof *groups->slots;
    free(groups->slots);
    groups->slots = must(calloc(size, sizeof *groups->slots));
    groups->slot_mask = size - 1;
    for (uint32_t i = 0; i < groups->count; i++) {
        uint64_t hash = groups_at(groups, i)->hash;
        uint32_t slot = (uint32_t)hash & groups->slot_mask;
        while (groups->slots[slot].group != 0) {
            slot = (slot + 1) & groups->slot_mask;
        }
        groups->slots[slot] = (GroupSlot){i + 1, upper_half(hash)};
    }
}

static Group *append(Groups *groups, const GroupKey *key)
{
    if (groups->count == groups->chunk_count * GROUPS_A_CHUNK) {
        size_t size = GROUPS_A_CHUNK * groups->group_size;
        groups->chunks =
            must(realloc(groups->chunks, (groups->chunk_count + 1) * sizeof *groups->chunks));
        groups->chunks[groups->chunk_count++] = must(malloc(size));
        groups->memory += size;
    }
    Group *group = groups_at(groups, groups->count++);
    *group =
        (Group){.hash = key->hash, .day = key->day, .first_day = INT32_MAX, .last_day = INT32_MIN};
    memset(group->sums, 0, (size_t)groups->measure_count * sizeof *group->sums);
    memcpy(groups_ids(groups, group), key->ids, (size_t)groups->text_count * sizeof *key->ids);
    return group;
}

static void *recent_new(Groups *groups, size_t count, size_t size)
{
    groups->memory += count * size;
    return must(calloc(count, size));
}

static uint32_t stable_id(Groups *groups, FoldDimension which, FoldText text, uint64_t stable)
{
    if (groups->stable[which] == NULL) {
        groups->stable[which] = recent_new(groups, GROUPS_STABLE, sizeof(StableText));
    }
    uint64_t address = (uintptr_t)text.bytes;
    StableText *known = &groups->stable[which][address * ODD >> (64 - GROUPS_STABLE_BITS)];
    if (known->stable != stable || known->text.bytes != text.bytes ||
        known->text.length != text.length) {
        uint32_t id = dictionary_add(groups->texts[which], text.bytes, text.length);
        *known = (StableText){stable, text, id};
    }
    return known->id;
}

static uint64_t word_at(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* What the words of texts leave out. Most texts have up to 32 bytes: no call for them. */
static bool same_middle(const char *left, const char *right, uint32_t length)
{
    return length <= 16 ||
           (length <= 32 ? word_at(left + 8) == word_at(right + 8) &&
                               word_at(left + length - 16) == word_at(right + length - 16)
                         : memcmp(left + 8, right + 8, length - 16) == 0);
}

static bool is_same(const RecentText *known, FoldText text, Words words)
{
    return known->length == text.length && known->words.low == words.low &&
           known->words.high == words.high && same_middle(known->bytes, text.bytes, text.length);
}

static uint32_t recent_id(Groups *groups, FoldDimension which, FoldText text)
{
    if (groups->recent[which] == NULL) {
        groups->recent[which] = recent_new(groups, GROUPS_RECENT, sizeof(RecentText));
    }
    Words words = words_of(text.bytes, text.length);
    uint64_t hash = (words.low ^ words.high * ODD) * ODD;
    RecentText *known = &groups->recent[which][hash >> (64 - GROUPS_RECENT_BITS)];
    if (!is_same(known, text, words)) {
        uint32_t id = dictionary_add(groups->texts[which], text.bytes, text.length);
        FoldText kept = dictionary_text(groups->texts[which], id);
        if (kept.length != text.length) { /* mended: it is no text by which to find it */
            return id;
        }
        *known = (RecentText){words, kept.bytes, text.length, id};
    }
    return known->id;
}

/* The number of a line's text, which is added when it is new. */
static inline uint32_t text_id(Groups *groups, FoldDimension which, const FoldLine *line)
{
    FoldText text = line->dimensions[which];
    return text.length == 0 ? 0
           : line->stable != 0 && (line->stable_dimensions >> which & 1) != 0
               ? stable_id(groups, which, text, line->stable)
               : recent_id(groups, which, text);
}

/* The hash of a key whose texts are known by number; asks for its slot. */
static void hash_key(const Groups *groups, GroupKey *key)
{
    uint64_t hash = (uint32_t)key->day * ODD;
    for (int i = 0; i < groups->text_count; i++) {
        hash = (hash ^ key->ids[i]) * ODD;
        hash ^= hash >> 29;
    }
    key->hash = hash;
    __builtin_prefetch(&groups->slots[(uint32_t)hash & groups->slot_mask]);
}

/* The key of a line; new texts are added to the dictionaries. */
static void make_key(Groups *groups, const FoldLine *line, GroupKey *key)
{
    key->day = groups->used[FOLD_DAY] ? line->day : 0;
    for (int i = 0; i < groups->text_count; i++) {
        key->ids[i] = text_id(groups, groups->text_dimensions[i], line);
    }
    hash_key(groups, key);
}

static bool has_key(const Groups *groups, const Group *group, const GroupKey *key)
{
    return group->hash == key->hash && group->day == key->day &&
           memcmp(groups_ids(groups, group), key->ids,
                  (size_t)groups->text_count * sizeof *key->ids) == 0;
}

/* The slot of the first group that may have a key, or the free one where it would go. */
static uint32_t find_slot(const Groups *groups, const GroupKey *key, uint32_t slot)
{
    uint32_t upper = upper_half(key->hash);
    slot &= groups->slot_mask;
    while (groups->slots[slot].group != 0 && groups->slots[slot].hash != upper) {
        slot = (slot + 1) & groups->slot_mask;
    }
    return slot;
}

static Group *find(Groups *groups, const GroupKey *key)
{
    uint32_t slot = find_slot(groups, key, (uint32_t)key->hash);
    while (groups->slots[slot].group != 0) {
        Group *group = groups_at(groups, groups->slots[slot].group - 1);
        if (has_key(groups, group, key)) {
            return group;
        }
        slot = find_slot(groups, key, slot + 1);
    }
    Group *group = append(groups, key);
    groups->slots[slot] = (GroupSlot){groups->count, upper_half(key->hash)};
    if (groups->count * 2 > groups->slot_mask) {
        grow_slots(groups);
    }
    return group;
}

static inline bool add_measure(FoldMeasure which, Decimal *sum, Decimal value, Error *error)
{
    if (IS_MAXIMUM[which]) {
        *sum = value > *sum ? value : *sum;
        return true;
    }
    return !__builtin_add_overflow(*sum, value, sum) ||
           error_set(error, ERROR_DATA,
                     "a sum of this report is larger than any bill: 10^23 and more");
}

bool measures_add(Decimal *sums, const Decimal *from, Error *error)
{
    bool done = true;
    for (int i = 0; done && i < FOLD_MEASURE_COUNT; i++) {
        done = add_measure((FoldMeasure)i, &sums[i], from[i], error);
    }
    return done;
}

/* The same of the wanted ones alone. */
static bool add_sums(const Groups *groups, Decimal *sums, const Decimal *from, Error *error)
{
    bool done = true;
    for (int i = 0; done && i < groups->measure_count; i++) {
        done = add_measure(groups->measures[i], &sums[i], from[i], error);
    }
    return done;
}

static int compare_ids(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void make_distinct(IdSet *set)
{
    if (set->count < 2) {
        return;
    }
    qsort(set->ids, set->count, sizeof *set->ids, compare_ids);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < set->count; i++) {
        if (set->ids[i] != set->ids[kept - 1]) {
            set->ids[kept++] = set->ids[i];
        }
    }
    set->count = kept;
}

static void add_id(Groups *groups, IdSet *set, uint32_t id)
{
    if (set->count > 0 && set->ids[set->count - 1] == id) {
        return;
    }
    if (set->count == set->capacity) {
        make_distinct(set);
        /* Only a set that is more than half distinct needs more room. */
        if (set->count * 2 >= set->capacity) {
            uint32_t capacity = set->capacity == 0 ? 4 : set->capacity * 2;
            set->ids = must(realloc(set->ids, capacity * sizeof *set->ids));
            groups->memory += (capacity - set->capacity) * sizeof *set->ids;
            set->capacity = capacity;
        }
    }
    set->ids[set->count++] = id;
}

uint32_t groups_resource_count(Group *group)
{
    make_distinct(&group->resources);
    return group->resources.count;
}

/* Rows of one group in several currencies keep the greatest name, as summaries do. */
static void note_currency(const Groups *groups, Group *group, uint32_t currency)
{
    if (currency != group->currency &&
        fold_text_compare(dictionary_text(groups->currencies, currency),
                          dictionary_text(groups->currencies, group->currency)) > 0) {
        group->currency = currency;
    }
}

static void note_days(Group *group, Day first, Day last)
{
    group->first_day = first < group->first_day ? first : group->first_day;
    group->last_day = last > group->last_day ? last : group->last_day;
}

static bool add_waiting(Groups *groups, const WaitingLine *line, Error *error)
{
    Group *group = find(groups, &line->key);
    note_currency(groups, group, line->currency);
    if (line->resource != 0) {
        add_id(groups, &group->resources, line->resource);
    }
    note_days(group, line->day, line->day);
    group->lines++;
    return add_sums(groups, group->sums, line->measures, error);
}

static void fetch_group(const Groups *groups, const GroupKey *key)
{
    uint32_t number = groups->slots[find_slot(groups, key, (uint32_t)key->hash)].group;
    if (number != 0) {
        const char *group = (const char *)groups_at(groups, number - 1);
        for (size_t at = 0; at < groups->group_size; at += 64) {
            __builtin_prefetch(group + at, 1);
        }
    }
}

/* Adds the line that has waited longest. */
static bool add_oldest(Groups *groups, Error *error)
{
    uint32_t oldest = groups->next_waiting - groups->waiting_count--;
    return add_waiting(groups, &groups->waiting[oldest % GROUPS_WAITING], error);
}

bool groups_settle(Groups *groups, Error *error)
{
    bool done = true;
    while (done && groups->waiting_count > 0) {
        done = add_oldest(groups, error);
    }
    return done;
}

/* Most often that of the line before. */
static uint32_t currency_id(Groups *groups, FoldText currency)
{
    FoldText last = dictionary_text(groups->currencies, groups->last_currency);
    if (!bytes_equal(last.bytes, last.length, currency.bytes, currency.length)) {
        groups->last_currency = dictionary_add(groups->currencies, currency.bytes, currency.length);
    }
    return groups->last_currency;
}

bool groups_add_line(Groups *groups, const FoldLine *line, Error *error)
{
    if (groups->waiting_count == GROUPS_WAITING && !add_oldest(groups, error)) {
        return false;
    }
    if (groups->waiting_count >= GROUPS_WAITING / 2) { /* its slot is there by now */
        uint32_t half = groups->next_waiting - GROUPS_WAITING / 2;
        fetch_group(groups, &groups->waiting[half % GROUPS_WAITING].key);
    }
    WaitingLine *waiting = &groups->waiting[groups->next_waiting++ % GROUPS_WAITING];
    FoldText currency = line->dimensions[FOLD_CURRENCY], resource = line->resource;
    groups->waiting_count++;
    make_key(groups, line, &waiting->key);
    waiting->day = line->day;
    waiting->currency = currency_id(groups, currency);
    waiting->resource = 0;
    if (groups->collect_resources && resource.length > 0) {
        waiting->resource = dictionary_add(groups->resources, resource.bytes, resource.length);
    }
    for (int i = 0; i < groups->measure_count; i++) {
        waiting->measures[i] = line->measures[groups->measures[i]];
    }
    return true;
}

enum { TRANSLATED = FOLD_DIMENSION_COUNT + 2, OF_CURRENCIES = FOLD_DIMENSION_COUNT, OF_RESOURCES };

/* By number, plus one; 0: not looked up yet. */
struct Translation {
    const Dictionary *from[TRANSLATED];
    uint32_t *numbers[TRANSLATED];
};

Translation *translation_new(const Groups *from)
{
    Translation *translation = must(calloc(1, sizeof *translation));
    memcpy(translation->from, from->texts, sizeof from->texts);
    translation->from[OF_CURRENCIES] = from->currencies;
    translation->from[OF_RESOURCES] = from->resources;
    for (int i = 0; i < TRANSLATED; i++) {
        if (translation->from[i] != NULL) {
            size_t count = dictionary_count(translation->from[i]);
            translation->numbers[i] = must(calloc(count, sizeof *translation->numbers[i]));
        }
    }
    return translation;
}

void translation_free(Translation *translation)
{
    for (int i = 0; i < TRANSLATED; i++) {
        free(translation->numbers[i]);
    }
    free(translation);
}

void translation_forget(Translation *translation)
{
    for (int i = 0; i < TRANSLATED; i++) {
        if (translation->from[i] != NULL) {
            memset(translation->numbers[i], 0,
                   dictionary_count(translation->from[i]) * sizeof *translation->numbers[i]);
        }
    }
}

static uint32_t translate(Translation *translation, int which, uint32_t number, Dictionary *into)
{
    uint32_t *known = &translation->numbers[which][number];
    if (*known == 0) {
        FoldText text = dictionary_text(translation->from[which], number);
        *known = dictionary_add_raw(into, text.bytes, text.length) + 1;
    }
    return *known - 1;
}

static void translate_key(Groups *into, const Groups *from, const Group *group,
                          Translation *translation, GroupKey *key)
{
    const uint32_t *ids = groups_ids(from, group);
    key->day = group->day;
    for (int i = 0; i < into->text_count; i++) {
        FoldDimension which = into->text_dimensions[i];
        key->ids[i] = translate(translation, (int)which, ids[i], into->texts[which]);
    }
    hash_key(into, key);
}

static bool add_group(Groups *into, const GroupKey *key, const Group *from,
                      Translation *translation, Error *error)
{
    Group *group = find(into, key);
    note_currency(into, group,
                  translate(translation, OF_CURRENCIES, from->currency, into->currencies));
    for (uint32_t i = 0; i < from->resources.count; i++) {
        add_id(into, &group->resources,
               translate(translation, OF_RESOURCES, from->resources.ids[i], into->resources));
    }
    note_days(group, from->first_day, from->last_day);
    group->lines += from->lines;
    return add_sums(into, group->sums, from->sums, error);
}

bool groups_move_chunk(Groups *into, Groups *from, Translation *translation, Error *error)
{
    uint32_t first = (from->chunk_count - 1) * GROUPS_A_CHUNK;
    bool done = true;
    for (uint32_t i = first; done && i < from->count; i += GROUPS_WAITING) {
        GroupKey keys[GROUPS_WAITING];
        uint32_t count = from->count - i < GROUPS_WAITING ? from->count - i : GROUPS_WAITING;
        for (uint32_t j = 0; j < count; j++) {
            translate_key(into, from, groups_at(from, i + j), translation, &keys[j]);
        }
        for (uint32_t j = 0; j < count; j++) {
            fetch_group(into, &keys[j]);
        }
        for (uint32_t j = 0; done && j < count; j++) {
            done = add_group(into, &keys[j], groups_at(from, i + j), translation, error);
        }
    }
    while (from->count > first) {
        free(groups_at(from, --from->count)->resources.ids);
    }
    free(from->chunks[--from->chunk_count]);
    from->memory -= GROUPS_A_CHUNK * from->group_size;
    return done;
}

int fold_text_compare(FoldText left, FoldText right)
{
    uint32_t shorter = left.length < right.length ? left.length : right.length;
    int order = shorter > 0 ? memcmp(left.bytes, right.bytes, shorter) : 0;
    return order != 0 ? order : (left.length > right.length) - (left.length < right.length);
}

static int compare_texts(const void *left, const void *right)
{
    return fold_text_compare(*(const FoldText *)left, *(const FoldText *)right);
}

void groups_view(const Groups *groups, Group *group, FoldGroup *view, FoldText *resources)
{
    const uint32_t *ids = groups_ids(groups, group);
    *view = (FoldGroup){.usage_start = group->day,
                        .lines = group->lines,
                        .first_day = group->first_day,
                        .last_day = group->last_day};
    for (int i = 0; i < groups->text_count; i++) {
        FoldDimension which = groups->text_dimensions[i];
        view->dimensions[which] = dictionary_text(groups->texts[which], ids[i]);
    }
    view->currency = dictionary_text(groups->currencies, group->currency);
    for (int i = 0; i < groups->measure_count; i++) {
        view->measures[groups->measures[i]] = group->sums[i];
    }
    view->resource_count = groups_resource_count(group);
    view->resources = resources;
    for (uint32_t i = 0; i < view->resource_count; i++) {
        resources[i] = dictionary_text(groups->resources, group->resources.ids[i]);
    }
    if (view->resource_count > 1) {
        qsort(resources, view->resource_count, sizeof *resources, compare_texts);
    }
}
