#include "ingest/fold/dictionary.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 64 * 1024, FIRST_SLOTS = 64 };

typedef struct Entry {
    const char *bytes;
    uint32_t length;
    uint32_t hash;
} Entry;

typedef struct Chunk {
    struct Chunk *next;
    char bytes[];
} Chunk;

struct Dictionary {
    Entry *entries;
    uint32_t count, capacity;
    uint32_t *slots; /* entry number + 1; 0 is free */
    uint32_t slot_mask;
    Chunk *chunks;
    size_t chunk_left;
    char *chunk_at;
    size_t memory;
};

static void *must_realloc(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static uint64_t multiply(uint64_t left, uint64_t right)
{
    unsigned __int128 product = (unsigned __int128)left * right;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static const uint64_t ODD = 0xa0761d6478bd642fULL, OTHER = 0xe7037ed1a0b428dbULL;

static uint64_t mix(const char *one, const char *two, uint64_t hash)
{
    Words first = words_of(one, 16), second = words_of(two, 16);
    return multiply(first.low ^ hash, first.high ^ OTHER) +
           multiply(second.low ^ hash, second.high ^ ODD);
}

/* After wyhash: a 128-bit multiplication for each 16 bytes, two at a time in long texts. The last
 * 32 bytes may have been there in part before: so it isn't asked how many are left. */
uint64_t hash_bytes(const void *bytes, size_t length)
{
    const char *at = bytes, *end = at + length;
    uint64_t hash = ODD ^ length;
    if (length <= 16) {
        Words words = words_of(at, length);
        hash = multiply(words.low ^ hash, words.high ^ OTHER);
        return hash ^ hash >> 32;
    }
    for (; end - at > 32; at += 32) {
        hash = mix(at, at + 16, hash);
    }
    hash = mix(length < 32 ? at : end - 32, end - 16, hash);
    return hash ^ hash >> 32;
}

Dictionary *dictionary_new(void)
{
    Dictionary *dictionary = calloc(1, sizeof *dictionary);
    if (dictionary == NULL) {
        abort();
    }
    dictionary->slots = calloc(FIRST_SLOTS, sizeof *dictionary->slots);
    dictionary->slot_mask = FIRST_SLOTS - 1;
    dictionary->memory = FIRST_SLOTS * sizeof *dictionary->slots;
    dictionary_add(dictionary, "", 0);
    return dictionary;
}

void dictionary_free(Dictionary *dictionary)
{
    if (dictionary != NULL) {
        for (Chunk *chunk = dictionary->chunks, *next; chunk != NULL; chunk = next) {
            next = chunk->next;
            free(chunk);
        }
        free(dictionary->entries);
        free(dictionary->slots);
        free(dictionary);
    }
}

static char *take_bytes(Dictionary *dictionary, size_t length)
{
    if (length > dictionary->chunk_left) {
        size_t size = length > CHUNK_SIZE ? length : CHUNK_SIZE;
        Chunk *chunk = must_realloc(NULL, sizeof *chunk + size);
        chunk->next = dictionary->chunks;
        dictionary->chunks = chunk;
        dictionary->chunk_at = chunk->bytes;
        dictionary->chunk_left = size;
        dictionary->memory += sizeof *chunk + size;
    }
    char *bytes = dictionary->chunk_at;
    dictionary->chunk_at += length;
    dictionary->chunk_left -= length;
    return bytes;
}

static void grow_slots(Dictionary *dictionary)
{
    uint32_t size = (dictionary->slot_mask + 1) * 2;
    dictionary->memory += size / 2 * sizeof *dictionary->slots;
    free(dictionary->slots);
    dictionary->slots = calloc(size, sizeof *dictionary->slots);
    if (dictionary->slots == NULL) {
        abort();
    }
    dictionary->slot_mask = size - 1;
    for (uint32_t i = 0; i < dictionary->count; i++) {
        uint32_t slot = dictionary->entries[i].hash & dictionary->slot_mask;
        while (dictionary->slots[slot] != 0) {
            slot = (slot + 1) & dictionary->slot_mask;
        }
        dictionary->slots[slot] = i + 1;
    }
}

/* Valid UTF-8 without NUL? The length of the sound part otherwise. */
static uint32_t sound_length(const char *bytes, uint32_t length)
{
    uint32_t i = 0;
    while (i < length) {
        if ((unsigned char)bytes[i] < 0x80 && bytes[i] != '\0') {
            i++;
            continue;
        }
        size_t step = utf8_sequence_length(bytes + i, length - i);
        if (step == 0 || bytes[i] == '\0') {
            return i;
        }
        i += (uint32_t)step;
    }
    return length;
}

void append_sound(Buffer *buffer, const char *bytes, uint32_t length)
{
    while (length > 0) {
        uint32_t sound = sound_length(bytes, length);
        buffer_append(buffer, bytes, sound);
        bytes += sound;
        length -= sound;
        if (length > 0) {
            buffer_append_text(buffer, "\xef\xbf\xbd");
            bytes++;
            length--;
        }
    }
}

/* A text with unsound bytes is rare, so it is copied. */
static uint32_t add_mended(Dictionary *dictionary, const char *bytes, uint32_t length)
{
    Arena *arena = arena_new();
    Buffer *mended = buffer_new(arena);
    append_sound(mended, bytes, length);
    uint32_t id = dictionary_add_raw(dictionary, mended->data, (uint32_t)mended->length);
    arena_free(arena);
    return id;
}

/* The slot of a text: that of its entry, or the free one where it would go. */
static uint32_t find_slot(const Dictionary *dictionary, const char *bytes, uint32_t length,
                          uint32_t hash)
{
    uint32_t slot = hash & dictionary->slot_mask;
    while (dictionary->slots[slot] != 0) {
        const Entry *entry = &dictionary->entries[dictionary->slots[slot] - 1];
        if (entry->hash == hash && bytes_equal(entry->bytes, entry->length, bytes, length)) {
            break;
        }
        slot = (slot + 1) & dictionary->slot_mask;
    }
    return slot;
}

static uint32_t append_entry(Dictionary *dictionary, const char *bytes, uint32_t length,
                             uint32_t hash, uint32_t slot)
{
    if (dictionary->count == dictionary->capacity) {
        dictionary->capacity = dictionary->capacity == 0 ? 64 : dictionary->capacity * 2;
        dictionary->memory += dictionary->capacity / 2 * sizeof(Entry);
        dictionary->entries =
            must_realloc(dictionary->entries, dictionary->capacity * sizeof(Entry));
    }
    const char *copy = ""; /* never NULL, which memcpy and memcmp don't take even for no bytes */
    if (length > 0) {
        copy = memcpy(take_bytes(dictionary, length), bytes, length);
    }
    uint32_t id = dictionary->count++;
    dictionary->entries[id] = (Entry){copy, length, hash};
    dictionary->slots[slot] = id + 1;
    if (dictionary->count * 2 > dictionary->slot_mask) {
        grow_slots(dictionary);
    }
    return id;
}

uint32_t dictionary_add_raw(Dictionary *dictionary, const char *bytes, uint32_t length)
{
    uint32_t hash = (uint32_t)hash_bytes(bytes, length);
    uint32_t slot = find_slot(dictionary, bytes, length, hash);
    return dictionary->slots[slot] != 0 ? dictionary->slots[slot] - 1
                                        : append_entry(dictionary, bytes, length, hash, slot);
}

uint32_t dictionary_add(Dictionary *dictionary, const char *bytes, uint32_t length)
{
    uint32_t hash = (uint32_t)hash_bytes(bytes, length);
    uint32_t slot = find_slot(dictionary, bytes, length, hash);
    if (dictionary->slots[slot] != 0) {
        return dictionary->slots[slot] - 1;
    }
    /* Only a new text is checked: known ones are sound. */
    if (sound_length(bytes, length) < length) {
        return add_mended(dictionary, bytes, length);
    }
    return append_entry(dictionary, bytes, length, hash, slot);
}

FoldText dictionary_text(const Dictionary *dictionary, uint32_t id)
{
    return (FoldText){dictionary->entries[id].bytes, dictionary->entries[id].length};
}

uint32_t dictionary_count(const Dictionary *dictionary)
{
    return dictionary->count;
}

size_t dictionary_memory(const Dictionary *dictionary)
{
    return dictionary->memory;
}
