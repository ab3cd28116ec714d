#include <endian.h>
#include <string.h>

#include "db/connection.h"

enum {
    EPOCH = 10957, /* 2000-01-01, from which PostgreSQL counts days, as a Day */
    UUID_BYTES = 16,
    NUMERIC_HEADER = 8,
    NUMERIC_NEGATIVE = 0x4000,
    NUMERIC_BASE = 10000,
    LAST_WHOLE = -3, /* the weight of the last digit of NUMERIC_BASE that a Decimal holds whole */
};

/* Gives the rows of the statement that was sent to `take`; *taken: there was one. */
static bool take_rows(Db *db, DbTake *take, void *context, bool *taken, Error *error)
{
    bool wanted = true, done = false;
    for (PGresult *rows; (rows = PQgetResult(db->connection)) != NULL; PQclear(rows)) {
        ExecStatusType status = PQresultStatus(rows);
        if (status == PGRES_SINGLE_TUPLE) {
            const DbResult row = {.rows = rows};
            *taken = true;
            wanted = wanted && take(context, &row, error);
        } else if (status == PGRES_TUPLES_OK) {
            done = true;
        } else if (wanted) {
            db_failed(db, rows, "database", error);
        }
    }
    if (wanted && !done && PQstatus(db->connection) != CONNECTION_OK) {
        db_failed(db, NULL, "database", error);
    }
    return wanted && done;
}

bool db_stream(Db *db, Error *error, const char *sql, int count, const char *const *parameters,
               DbTake *take, void *context)
{
    if (!db_settle(db, error)) {
        return false;
    }
    for (bool again = db_may_repeat(db, sql);; again = false) {
        char name[STATEMENT_NAME_SIZE];
        bool taken = false;
        if (db_ready_statement(db, sql, count, name, error)) {
            if (PQsendQueryPrepared(db->connection, name, count, parameters, NULL, NULL, 1) != 1) {
                db_failed(db, NULL, "database", error);
            } else {
                PQsetSingleRowMode(db->connection);
                bool done = take_rows(db, take, context, &taken, error);
                db->used_at = clock_monotonic();
                if (done) {
                    return true;
                }
            }
        }
        if (!again || taken || PQstatus(db->connection) == CONNECTION_OK) {
            return false;
        }
        error_clear(error);
    }
}

const char *db_bytes(const DbResult *result, int row, int column, size_t *length)
{
    *length = (size_t)PQgetlength(result->rows, row, column);
    return db_text(result, row, column);
}

Day db_binary_day(const DbResult *result, int row, int column)
{
    uint32_t days;
    if (PQgetlength(result->rows, row, column) != sizeof days) {
        return 0;
    }
    memcpy(&days, PQgetvalue(result->rows, row, column), sizeof days);
    return (Day)be32toh(days) + EPOCH;
}

bool db_binary_bool(const DbResult *result, int row, int column)
{
    return PQgetvalue(result->rows, row, column)[0] != 0;
}

void db_binary_uuid(const DbResult *result, int row, int column, char text[UUID_TEXT_SIZE])
{
    static const char DIGITS[] = "0123456789abcdef";
    const char *bytes = PQgetvalue(result->rows, row, column);
    char *at = text;
    for (int i = 0; i < PQgetlength(result->rows, row, column) && i < UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *at++ = '-';
        }
        *at++ = DIGITS[(unsigned char)bytes[i] >> 4];
        *at++ = DIGITS[bytes[i] & 15];
    }
    *at = '\0';
}

static uint16_t word_at(const char *bytes)
{
    uint16_t word;
    memcpy(&word, bytes, sizeof word);
    return be16toh(word);
}

/* number = number · factor + digit; false when that is no Decimal. */
static bool shift_in(Decimal *number, int factor, int digit)
{
    return !__builtin_mul_overflow(*number, factor, number) &&
           !__builtin_add_overflow(*number, digit, number);
}

/* Digits of NUMERIC_BASE, the first of weight `weight`, as a number of DECIMAL_PLACES. */
static bool read_digits(const char *digits, int count, int weight, Decimal *number)
{
    bool fits = true;
    *number = 0;
    for (int i = 0; fits && weight - i >= LAST_WHOLE && (i < count || *number != 0); i++) {
        fits = shift_in(number, NUMERIC_BASE, i < count ? word_at(digits + 2 * i) : 0);
    }
    int next = weight - LAST_WHOLE + 1;
    int digit = next >= 0 && next < count ? word_at(digits + 2 * next) : 0;
    return fits && shift_in(number, 1000, digit / 10 + (digit % 10 >= 5));
}

bool db_binary_decimal(const DbResult *result, int row, int column, Decimal *value)
{
    const char *bytes = PQgetvalue(result->rows, row, column);
    int length = PQgetlength(result->rows, row, column);
    if (length < NUMERIC_HEADER) {
        *value = 0;
        return length == 0;
    }
    int count = word_at(bytes), sign = word_at(bytes + 4);
    if ((sign & ~NUMERIC_NEGATIVE) != 0 || length < NUMERIC_HEADER + 2 * count ||
        !read_digits(bytes + NUMERIC_HEADER, count, (int16_t)word_at(bytes + 2), value)) {
        return false; /* no number, infinite, or too large */
    }
    *value = sign != 0 ? -*value : *value;
    return true;
}
