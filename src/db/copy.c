#include "db/copy.h"

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
};

struct DbCopy {
    Db *db;
    Buffer *pending;
    bool failed;
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

static void put_bytes(DbCopy *copy, const void *bytes, size_t length)
{
    buffer_append(copy->pending, bytes, length);
}

static void put_16(DbCopy *copy, int value)
{
    const unsigned char bytes[] = {(unsigned char)(value >> 8), (unsigned char)value};
    put_bytes(copy, bytes, sizeof bytes);
}

static void put_32(DbCopy *copy, int32_t value)
{
    uint32_t bits = (uint32_t)value;
    const unsigned char bytes[] = {(unsigned char)(bits >> 24), (unsigned char)(bits >> 16),
                                   (unsigned char)(bits >> 8), (unsigned char)bits};
    put_bytes(copy, bytes, sizeof bytes);
}

static void put_64(DbCopy *copy, int64_t value)
{
    put_32(copy, (int32_t)(value >> 32));
    put_32(copy, (int32_t)value);
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
    put_32(copy, (int32_t)length);
    put_bytes(copy, text, length);
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
    put_32(copy, (int32_t)length + 1);
    put_bytes(copy, "\1", 1); /* the version of jsonb's format */
    put_bytes(copy, text, length);
}

void db_copy_text_array(DbCopy *copy, const char *const *texts, const size_t *lengths, int count)
{
    /* The size is known only afterwards: it is written over its place. */
    size_t place = copy->pending->length;
    put_32(copy, 0);
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
    size_t end = copy->pending->length;
    copy->pending->length = place;
    put_32(copy, (int32_t)(end - place - 4));
    char kept = copy->pending->data[end];
    copy->pending->length = end;
    copy->pending->data[end] = kept;
}

void db_copy_uuid(DbCopy *copy, const char *text)
{
    if (text == NULL || !uuid_valid(text)) {
        db_copy_null(copy);
        return;
    }
    unsigned char bytes[16];
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

void db_copy_int(DbCopy *copy, int32_t value)
{
    put_32(copy, 4);
    put_32(copy, value);
}

void db_copy_bigint(DbCopy *copy, int64_t value)
{
    put_32(copy, 8);
    put_64(copy, value);
}

void db_copy_date(DbCopy *copy, Day day)
{
    put_32(copy, 4);
    put_32(copy, day - POSTGRES_EPOCH_DAYS);
}

void db_copy_timestamp(DbCopy *copy, Timestamp timestamp)
{
    put_32(copy, 8);
    put_64(copy, timestamp - (int64_t)POSTGRES_EPOCH_DAYS * 86400 * 1000000);
}

/* numeric: groups of four decimal digits. 15 places are three and three quarters groups, so the
 * value is taken times ten to stand on a group's border (16 places, four groups). */
void db_copy_decimal(DbCopy *copy, Decimal value)
{
    unsigned __int128 magnitude = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    int digits[NUMERIC_DIGITS_MAX], count = 0;
    if (magnitude > 0) {
        digits[count++] = (int)(magnitude % 1000) * 10;
        magnitude /= 1000;
    }
    while (magnitude > 0) {
        digits[count++] = (int)(magnitude % NUMERIC_BASE);
        magnitude /= NUMERIC_BASE;
    }
    int weight = count - 1 - 4, first = 0; /* digits[] is least significant first */
    while (first < count && digits[first] == 0) {
        first++; /* trailing zero groups are not stored */
    }
    put_32(copy, 8 + 2 * (count - first));
    put_16(copy, count - first);
    put_16(copy, count > 0 ? weight : 0);
    put_16(copy, value < 0 ? 0x4000 : 0);
    put_16(copy, DECIMAL_PLACES);
    for (int i = count - 1; i >= first; i--) {
        put_16(copy, digits[i]);
    }
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
