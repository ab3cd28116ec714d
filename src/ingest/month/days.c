#include "ingest/month/days.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/month/id_table.h"

enum {
    DIGEST_TEXT_SIZE = 48,
    /* To be raised when rows come to be made otherwise: then all days count as changed. */
    DIGEST_VERSION = 1,
};

typedef struct MonthDay {
    Day day;
    RowDigest digest;
    bool changed;
} MonthDay;

struct MonthDays {
    const MonthContext *context;
    IdTable numbers; /* of the days */
    MonthDay *days;
    uint32_t capacity;
    bool compared; /* and so digested */
    bool any_same;
    Buffer *scratch;
};

static void clean_up(void *object)
{
    MonthDays *days = object;
    id_table_free(&days->numbers);
    free(days->days);
}

static MonthDay *find_day(MonthDays *days, Day day)
{
    bool fresh;
    uint32_t number = id_table_add(&days->numbers, &(uint32_t){(uint32_t)day}, &fresh);
    if (fresh) {
        if (number == days->capacity) {
            days->capacity = days->capacity * 2 + 32;
            days->days = id_table_grown(days->days, days->capacity, sizeof *days->days);
        }
        days->days[number] = (MonthDay){.day = day, .changed = true};
    }
    return &days->days[number];
}

MonthDays *month_days_new(const MonthContext *context, Arena *arena)
{
    MonthDays *days = arena_alloc(arena, sizeof *days);
    days->context = context;
    id_table_init(&days->numbers, 1);
    arena_on_free(arena, clean_up, days);
    days->scratch = buffer_new(arena);
    return days;
}

static void add_row(MonthDays *days, MonthDay *day, const MonthRow *row)
{
    RowDigest digest = month_row_digest(days->context, row, days->scratch);
    /* Sums don't depend on the order; the count tells twins from none. */
    day->digest.high += digest.high;
    day->digest.low += digest.low;
    day->digest.rows++;
}

static bool add_group(void *context, const FoldGroup *group, Error *error)
{
    MonthDays *days = context;
    MonthRow row;
    bool made = month_row_make(days->context, group, &row, error);
    if (made) {
        add_row(days, find_day(days, group->usage_start), &row);
    }
    return made;
}

static const char *digest_text(const RowDigest *digest, char text[DIGEST_TEXT_SIZE])
{
    snprintf(text, DIGEST_TEXT_SIZE, "\\x%02x%08" PRIx32 "%016" PRIx64 "%016" PRIx64,
             DIGEST_VERSION, digest->rows, digest->high, digest->low);
    return text;
}

bool month_days_compare(MonthDays *days, JobRun *run, const char *bill, Fold *fold, Error *error)
{
    DbResult *rows = DB_QUERY(run->db, run->arena, error,
                              "SELECT usage_start, digest::text"
                              "  FROM kontor_bill_day"
                              " WHERE cost_entry_bill_id = $1 AND made = $2",
                              bill, days->context->former);
    if (rows == NULL) {
        return false;
    }
    if (db_row_count(rows) == 0) {
        return true;
    }
    days->compared = true;
    if (!fold_each(fold, add_group, days, error)) {
        return false;
    }
    for (int i = 0; i < db_row_count(rows); i++) {
        Day day;
        char text[DIGEST_TEXT_SIZE];
        const char *date = db_text(rows, i, 0);
        if (!day_parse(date, strlen(date), &day)) {
            return error_set(error, ERROR_INTERNAL, "kontor_bill_day: %s is no day", date);
        }
        /* A day that is new here has no rows any more, and so another digest. */
        MonthDay *own = find_day(days, day);
        own->changed = strcmp(digest_text(&own->digest, text), db_text(rows, i, 1)) != 0;
        days->any_same |= !own->changed;
    }
    return true;
}

bool month_days_all_changed(const MonthDays *days)
{
    return !days->any_same;
}

static void append_days(Buffer *text, const MonthDays *days, bool changed)
{
    const char *before = "{";
    for (uint32_t i = 0; i < days->numbers.count; i++) {
        const MonthDay *day = &days->days[i];
        char date[DATE_TEXT_SIZE];
        if (changed ? day->changed : day->digest.rows > 0) {
            buffer_printf(text, "%s%s", before, day_format(day->day, date));
            before = ",";
        }
    }
    buffer_append_text(text, *before == '{' ? "{}" : "}");
}

const char *month_days_changed_list(const MonthDays *days, Arena *arena)
{
    Buffer *text = buffer_new(arena);
    append_days(text, days, true);
    return text->data;
}

bool month_days_take(MonthDays *days, const MonthRow *row)
{
    MonthDay *day = find_day(days, row->group->usage_start);
    if (!days->compared) {
        add_row(days, day, row);
    }
    return day->changed;
}

bool month_days_save(const MonthDays *days, JobRun *run, const char *bill, Error *error)
{
    Buffer *dates = buffer_new(run->arena), *digests = buffer_new(run->arena);
    append_days(dates, days, false);
    const char *before = "{";
    for (uint32_t i = 0; i < days->numbers.count; i++) {
        char text[DIGEST_TEXT_SIZE];
        if (days->days[i].digest.rows > 0) {
            /* Its backslash once more, for it stands in an array. */
            buffer_printf(digests, "%s\\%s", before, digest_text(&days->days[i].digest, text));
            before = ",";
        }
    }
    buffer_append_text(digests, *before == '{' ? "{}" : "}");
    return DB_QUERY(run->db, run->arena, error,
                    "DELETE FROM kontor_bill_day WHERE cost_entry_bill_id = $1", bill) != NULL &&
           DB_QUERY(run->db, run->arena, error,
                    "INSERT INTO kontor_bill_day (cost_entry_bill_id, usage_start, digest, made)"
                    " SELECT b.id, days.day, days.digest, b.summary_data_updated_datetime"
                    "   FROM unnest($2::date[], $3::bytea[]) AS days (day, digest)"
                    "  CROSS JOIN reporting_awscostentrybill b"
                    "  WHERE b.id = $1",
                    bill, dates->data, digests->data) != NULL;
}

/* Two statements: only one that begins after the swap sees what it has left. */
static bool forget(Db *db, Arena *arena, const char *schema, const char *provider_uuid,
                   const char *month, Error *error)
{
    DbResult *bills = DB_QUERY(db, arena, error,
                               arena_printf(arena,
                                            "SELECT id"
                                            "  FROM %s.reporting_awscostentrybill"
                                            " WHERE provider_id = $1"
                                            "   AND billing_period_start"
                                            "       = $2::date::timestamp AT TIME ZONE 'UTC'"
                                            "   FOR UPDATE",
                                            schema),
                               provider_uuid, month);
    return bills != NULL &&
           (db_row_count(bills) == 0 ||
            DB_QUERY(db, arena, error,
                     arena_printf(arena,
                                  "DELETE FROM %s.kontor_bill_day WHERE cost_entry_bill_id = $1",
                                  schema),
                     db_text(bills, 0, 0)) != NULL);
}

bool month_days_forget(Db *db, Arena *arena, const Provider *provider, const char *month,
                       Error *error)
{
    if (provider->schema == NULL) {
        return true;
    }
    bool done =
        db_begin(db, error) &&
        forget(db, arena, db_identifier(arena, provider->schema), provider->uuid, month, error) &&
        db_commit(db, error);
    if (!done) {
        db_rollback(db);
    }
    return done;
}
