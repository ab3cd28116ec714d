#include "db/copy.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "db/connection.h"

/* The binary COPY format: PostgreSQL manual, "COPY", section "Binary Format"; the values as the
 * types' send and receive functions have them. */

enum {
    FLUSH_SIZE = 64 * 1024,
    POSTGRES_EPOCH_DAYS = 10957, /* 2000-01-01 */
    NUMERIC_BASE = 10000,
    NUMERIC_DIGITS_MAX = 16,
    TEXT_OID = 25,
    UUID_SIZE = 16,
};

struct DbCopy {
    Db *db;
    Buffer *pending;
    bool failed;
    size_t random_left; /* bytes of what follows that were not used yet */
    unsigned char random[4096];
};

static bool start(Db *db, const char *sql, ExecStatusType expected, Error *error)
{
    if (!db_settle(db, error)) {
        return false;
    }
    PGresult *result = PQexec(db->connection, sql);
    bool started = PQresultStatus(result) == expected;
    if (!started) {
        db_failed(db, result, "COPY", error);
    }
    PQclear(result);
    return started;
}

DbCopy *db_copy_begin(Db *db, Arena *arena, const char *sql, Error *error)
{
    static const char HEADER[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* its NUL is the last byte */
    if (!start(db, sql, PGRES_COPY_IN, error)) {
        return NULL;
    }
    DbCopy *copy = arena_alloc(arena, sizeof *copy);
    copy->db = db;
    copy->pending = buffer_new(arena);
    buffer_append(copy->pending, HEADER, sizeof HEADER);
    return copy;
}

static void flush(DbCopy *copy)
{
    if (!copy->failed &&
        PQputCopyData(copy->db->connection, copy->pending->data, (int)copy->pending->length) != 1) {
        copy->failed = true;
    }
    buffer_clear(copy->pending);
}

static unsigned char *room(DbCopy *copy, size_t size)
{
    return (unsigned char *)buffer_reserve(copy->pending, size);
}

static unsigned char *write_16(unsigned char *at, unsigned value)
{
    uint16_t bits = htobe16((uint16_t)value);
    memcpy(at, &bits, sizeof bits);
    return at + sizeof bits;
}

static unsigned char *write_32(unsigned char *at, uint32_t value)
{
    uint32_t bits = htobe32(value);
    memcpy(at, &bits, sizeof bits);
    return at + sizeof bits;
}

static unsigned char *write_64(unsigned char *at, uint64_t value)
{
    uint64_t bits = htobe64(value);
    memcpy(at, &bits, sizeof bits);
    return at + sizeof bits;
}

static void put_16(DbCopy *copy, int value)
{
    write_16(room(copy, 2), (unsigned)value);
    buffer_grew(copy->pending, 2);
}

static void put_32(DbCopy *copy, int32_t value)
{
    write_32(room(copy, 4), (uint32_t)value);
    buffer_grew(copy->pending, 4);
}

/* A field of four bytes, and of eight. */
static void put_field_32(DbCopy *copy, int32_t value)
{
    write_32(write_32(room(copy, 8), 4), (uint32_t)value);
    buffer_grew(copy->pending, 8);
}

static void put_field_64(DbCopy *copy, int64_t value)
{
    write_64(write_32(room(copy, 12), 8), (uint64_t)value);
    buffer_grew(copy->pending, 12);
}

void db_copy_row(DbCopy *copy, int columns)
{
    if (copy->pending->length >= FLUSH_SIZE) {
        flush(copy);
    }
    put_16(copy, columns);
}

void db_copy_null(DbCopy *copy)
{
    put_32(copy, -1);
}

void db_copy_text_length(DbCopy *copy, const char *text, size_t length)
{
    unsigned char *at = write_32(room(copy, 4 + length), (uint32_t)length);
    if (length > 0) {
        memcpy(at, text, length);
    }
    buffer_grew(copy->pending, 4 + length);
}

void db_copy_text(DbCopy *copy, const char *text)
{
    if (text == NULL) {
        db_copy_null(copy);
    } else {
        db_copy_text_length(copy, text, strlen(text));
    }
}

void db_copy_jsonb(DbCopy *copy, const char *text, size_t length)
{
    unsigned char *at = write_32(room(copy, 5 + length), (uint32_t)length + 1);
    *at = 1; /* the version of jsonb's format */
    memcpy(at + 1, text, length);
    buffer_grew(copy->pending, 5 + length);
}

void db_copy_text_array(DbCopy *copy, const char *const *texts, const size_t *lengths, int count)
{
    size_t size = count > 0 ? 20 : 12;
    for (int i = 0; i < count; i++) {
        size += 4 + lengths[i];
    }
    put_32(copy, (int32_t)size);
    put_32(copy, count > 0); /* dimensions */
    put_32(copy, 0);         /* no NULLs in it */
    put_32(copy, TEXT_OID);
    if (count > 0) {
        put_32(copy, count);
        put_32(copy, 1); /* lower bound */
    }
    for (int i = 0; i < count; i++) {
        db_copy_text_length(copy, texts[i], lengths[i]);
    }
}

void db_copy_uuid(DbCopy *copy, const char *text)
{
    if (text == NULL || !uuid_valid(text)) {
        db_copy_null(copy);
        return;
    }
    unsigned char bytes[UUID_SIZE];
    int nibbles = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '-') {
            int digit = *at <= '9' ? *at - '0' : (*at | 0x20) - 'a' + 10;
            bytes[nibbles / 2] =
                (unsigned char)(nibbles % 2 == 0 ? digit << 4 : bytes[nibbles / 2] | digit);
            nibbles++;
        }
    }
    db_copy_text_length(copy, (const char *)bytes, sizeof bytes);
}

void db_copy_new_uuid(DbCopy *copy)
{
    if (copy->random_left < UUID_SIZE) {
        random_bytes(copy->random, sizeof copy->random);
        copy->random_left = sizeof copy->random;
    }
    copy->random_left -= UUID_SIZE;
    unsigned char *bytes = copy->random + copy->random_left;
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    db_copy_text_length(copy, (const char *)bytes, UUID_SIZE);
}

void db_copy_int(DbCopy *copy, int32_t value)
{
    put_field_32(copy, value);
}

void db_copy_bigint(DbCopy *copy, int64_t value)
{
    put_field_64(copy, value);
}

void db_copy_date(DbCopy *copy, Day day)
{
    put_field_32(copy, day - POSTGRES_EPOCH_DAYS);
}

void db_copy_timestamp(DbCopy *copy, Timestamp timestamp)
{
    put_field_64(copy, timestamp - (int64_t)POSTGRES_EPOCH_DAYS * 86400 * 1000000);
}

/* The digits of a magnitude in groups of four, least significant first; how many. 15 places are
 * three and three quarters groups, so the value is taken times ten to stand on a group's border (16
 * places, four groups). Division of 128 bits is slow: at most two of them. */
static int split_magnitude(unsigned __int128 magnitude, unsigned digits[NUMERIC_DIGITS_MAX])
{
    const uint64_t one = 1000000000000000; /* 10^15 */
    unsigned __int128 whole;
    uint64_t part;
    if (magnitude <= UINT64_MAX) {
        whole = (uint64_t)magnitude / one;
        part = (uint64_t)magnitude % one;
    } else {
        whole = magnitude / one;
        part = (uint64_t)(magnitude - whole * one);
    }
    digits[0] = (unsigned)(part % 1000) * 10;
    part /= 1000;
    for (int i = 1; i < 4; i++, part /= NUMERIC_BASE) {
        digits[i] = (unsigned)(part % NUMERIC_BASE);
    }
    int count = 4;
    for (; whole > UINT64_MAX; whole /= NUMERIC_BASE) {
        digits[count++] = (unsigned)(whole % NUMERIC_BASE);
    }
    for (uint64_t left = (uint64_t)whole; left > 0; left /= NUMERIC_BASE) {
        digits[count++] = (unsigned)(left % NUMERIC_BASE);
    }
    while (count > 0 && digits[count - 1] == 0) {
        count--;
    }
    return count;
}

void db_copy_decimal(DbCopy *copy, Decimal value)
{
    unsigned __int128 magnitude = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    unsigned digits[NUMERIC_DIGITS_MAX];
    int count = magnitude > 0 ? split_magnitude(magnitude, digits) : 0, first = 0;
    while (first < count && digits[first] == 0) {
        first++; /* trailing zero groups are not stored */
    }
    size_t size = 8 + 2 * (size_t)(count - first);
    unsigned char *at = write_32(room(copy, 4 + size), (uint32_t)size);
    at = write_16(at, (unsigned)(count - first));
    at = write_16(at, (unsigned)(count > 0 ? count - 1 - 4 : 0)); /* the weight */
    at = write_16(at, value < 0 ? 0x4000 : 0);
    at = write_16(at, DECIMAL_PLACES);
    for (int i = count - 1; i >= first; i--) {
        at = write_16(at, digits[i]);
    }
    buffer_grew(copy->pending, 4 + size);
}

/* Takes the results behind a COPY's data. */
static bool take_results(Db *db, Error *error)
{
    bool done = true;
    for (PGresult *result; (result = PQgetResult(db->connection)) != NULL; PQclear(result)) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            done = db_failed(db, result, "COPY", error);
        }
    }
    return done;
}

bool db_copy_end(DbCopy *copy, bool abandon, Error *error)
{
    PGconn *connection = copy->db->connection;
    if (!abandon) {
        put_16(copy, -1);
        flush(copy);
    }
    bool done = PQputCopyEnd(connection, abandon || copy->failed ? "abandoned" : NULL) == 1;
    done = done && !copy->failed && !abandon;
    done = take_results(copy->db, abandon ? NULL : error) && done;
    if (!done && !abandon && (error == NULL || error->code == ERROR_NONE)) {
        db_failed(copy->db, NULL, "COPY", error);
    }
    return done || abandon;
}

bool db_copy_across(Db *from, const char *out, Db *to, const char *in, Error *error)
{
    if (!start(from, out, PGRES_COPY_OUT, error)) {
        return error_wrap(error, "the source");
    }
    bool done = start(to, in, PGRES_COPY_IN, error);
    bool taking = done;
    char *row;
    int length;
    /* To the end also when the rows are not wanted any more: else the source can't be asked again.
     */
    while ((length = PQgetCopyData(from->connection, &row, 0)) > 0) {
        done = done && PQputCopyData(to->connection, row, length) == 1;
        PQfreemem(row);
    }
    Error at_source = {0};
    bool read = take_results(from, &at_source) && length == -1;
    if (!taking) {
        return false;
    }
    done = PQputCopyEnd(to->connection, read ? NULL : "the source failed") == 1 && done;
    done = take_results(to, read ? error : NULL) && done;
    if (!read) {
        error_set(error, at_source.code, "the source: %s", at_source.message);
    } else if (!done && error->code == ERROR_NONE) {
        db_failed(to, NULL, "COPY", error);
    }
    return read && done;
}
