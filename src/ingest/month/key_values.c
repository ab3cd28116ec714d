#include "ingest/month/key_values.h"

#include <stdlib.h>

#include "ingest/month/id_table.h"
#include "ingest/month/key_object.h"

/* Numbers of account, key and value, as they stand in an IdTable's key. */
typedef struct Entry {
    uint32_t account, key, value;
} Entry;

struct KeyValues {
    const SummaryValues *what;
    Dictionary *texts; /* keys and values, as they stand between quotes */
    IdTable entries;
};

/* A list that is written: the entries of one account and key. */
typedef struct List {
    const KeyValues *values;
    const MonthContext *context;
    DbCopy *copy;
    Arena *arena; /* of its texts */
    Arena *scratch;
} List;

KeyValues *key_values_new(const SummaryValues *what)
{
    KeyValues *values = id_table_grown(NULL, 1, sizeof *values);
    *values = (KeyValues){.what = what, .texts = dictionary_new()};
    id_table_init(&values->entries, sizeof(Entry) / sizeof(uint32_t));
    return values;
}

void key_values_free(KeyValues *values)
{
    if (values != NULL) {
        dictionary_free(values->texts);
        id_table_free(&values->entries);
        free(values);
    }
}

void key_values_add(KeyValues *values, const MonthRow *row)
{
    FoldText rest = row->texts[values->what->dimension];
    for (KeyPair pair; key_object_next(&rest, &pair);) {
        const uint32_t entry[] = {
            row->account, dictionary_add(values->texts, pair.key.bytes, pair.key.length),
            dictionary_add(values->texts, pair.value.bytes, pair.value.length)};
        bool fresh;
        id_table_add(&values->entries, entry, &fresh);
    }
}

size_t key_values_memory(const KeyValues *values)
{
    return dictionary_memory(values->texts) + id_table_memory(&values->entries);
}

static int compare_entries(const void *left, const void *right)
{
    const Entry *a = left, *b = right;
    int order = (a->account > b->account) - (a->account < b->account);
    return order != 0 ? order : (a->key > b->key) - (a->key < b->key);
}

static int compare_texts(const void *left, const void *right)
{
    return fold_text_compare(*(const FoldText *)left, *(const FoldText *)right);
}

static void write_list(const List *list, const Entry *entries, uint32_t count)
{
    const Dictionary *dictionary = list->values->texts;
    FoldText *texts = arena_array(list->arena, count, sizeof *texts);
    for (uint32_t i = 0; i < count; i++) {
        texts[i] = key_object_text(list->arena, dictionary_text(dictionary, entries[i].value));
    }
    qsort(texts, count, sizeof *texts, compare_texts);
    FoldText account = dictionary_text(list->context->facts->accounts, entries->account);
    FoldText key = key_object_text(list->arena, dictionary_text(dictionary, entries->key));
    db_copy_row(list->copy, 6);
    db_copy_new_uuid(list->copy);
    db_copy_bigint(list->copy, list->context->bill);
    db_copy_text_length(list->copy, account.bytes, account.length);
    db_copy_int(list->copy, list->context->aliases[entries->account]);
    db_copy_text_length(list->copy, key.bytes, key.length);
    copy_texts_field(list->copy, texts, count, list->scratch);
    arena_reset(list->arena);
}

static Entry *sort_entries(const IdTable *table)
{
    Entry *entries = id_table_grown(NULL, table->count, sizeof *entries);
    for (uint32_t i = 0; i < table->count; i++) {
        const uint32_t *key = id_table_key(table, i);
        entries[i] = (Entry){key[0], key[1], key[2]};
    }
    qsort(entries, table->count, sizeof *entries, compare_entries);
    return entries;
}

bool key_values_copy(const KeyValues *values, JobRun *run, const MonthContext *context,
                     Error *error)
{
    const uint32_t count = values->entries.count;
    if (count == 0) {
        return true;
    }
    List list = {.values = values, .context = context};
    list.copy = db_copy_begin(
        run->db, run->arena,
        arena_printf(run->arena,
                     "COPY %s (uuid, cost_entry_bill_id, usage_account_id, account_alias_id, key,"
                     " \"values\") FROM STDIN (FORMAT binary)",
                     values->what->name),
        error);
    if (list.copy == NULL) {
        return false;
    }
    list.arena = arena_new();
    list.scratch = arena_new();
    Entry *entries = sort_entries(&values->entries);
    for (uint32_t at = 0, end; at < count; at = end) {
        for (end = at + 1; end < count && compare_entries(&entries[at], &entries[end]) == 0;) {
            end++;
        }
        write_list(&list, entries + at, end - at);
    }
    free(entries);
    arena_free(list.arena);
    arena_free(list.scratch);
    return db_copy_end(list.copy, false, error);
}
