#include "ingest/month/purge.h"

#include <string.h>

#include "base/log.h"
#include "providers/retention.h"

enum {
    TRIES = 6, /* while a reader holds what is to go */
};

/* Old partitions, and months of tables without any, by what the catalogue knows: every table that
 * has a usage_start. */
static const char TABLES_SQL[] = "SELECT c.relname, c.relkind = 'p'"
                                 "  FROM pg_class c"
                                 "  JOIN pg_namespace n ON n.oid = c.relnamespace"
                                 "  JOIN pg_attribute a ON a.attrelid = c.oid"
                                 " WHERE n.nspname = $1"
                                 "   AND a.attname = 'usage_start'"
                                 "   AND NOT a.attisdropped"
                                 "   AND c.relkind IN ('r', 'p')"
                                 "   AND NOT c.relispartition"
                                 " ORDER BY c.relname";

/* A partition goes when its upper bound is not above the first month; both bounds are dates. */
static const char PARTITIONS_SQL[] =
    "SELECT child.relname, bound.lower, pg_total_relation_size(child.oid)"
    "  FROM pg_inherits i"
    "  JOIN pg_class child ON child.oid = i.inhrelid"
    "  JOIN pg_class parent ON parent.oid = i.inhparent"
    "  JOIN pg_namespace n ON n.oid = parent.relnamespace"
    "  CROSS JOIN LATERAL ("
    "       SELECT (part[1])::date AS lower, (part[2])::date AS upper"
    "         FROM regexp_match(pg_get_expr(child.relpartbound, child.oid),"
    "                           'FROM \\(''([0-9-]+)''\\) TO \\(''([0-9-]+)''\\)') AS part)"
    "       AS bound"
    " WHERE n.nspname = $1"
    "   AND parent.relname = $2"
    "   AND bound.upper <= $3::date"
    " ORDER BY bound.lower";

/* The first month that is kept. */
static Day first_month(int months)
{
    return day_month_start(clock_today(), 1 - (months > 1 ? months : 1));
}

static PurgedMonth *add_month(Purge *purge, Arena *arena, const char *schema, const char *table,
                              const char *day)
{
    if (purge->count == purge->capacity) {
        int capacity = purge->capacity * 2 + 32;
        PurgedMonth *months = arena_array(arena, (size_t)capacity, sizeof *months);
        if (purge->count > 0) {
            memcpy(months, purge->months, (size_t)purge->count * sizeof *months);
        }
        purge->months = months;
        purge->capacity = capacity;
    }
    PurgedMonth *month = &purge->months[purge->count++];
    *month = (PurgedMonth){
        .schema = schema, .table = table, .month = arena_strndup(arena, day, strlen("2026-01"))};
    return month;
}

/* One tenant while it is purged. */
typedef struct Purging {
    Db *db;
    Arena *arena;
    const char *schema;
    const char *quoted; /* the schema */
    const char *first;  /* the first day that is kept */
    bool dry_run;
    Purge *purge;
} Purging;

static DbResult *run(const Purging *purging, const char *sql, Error *error)
{
    return DB_QUERY(purging->db, purging->arena, error, sql, purging->first);
}

/* Notes the rows of each month of `sql`: month, count. */
static bool note_rows(const Purging *purging, const char *table, const char *sql, Error *error)
{
    DbResult *rows = run(purging, sql, error);
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        add_month(purging->purge, purging->arena, purging->schema, table, db_text(rows, i, 0))
            ->rows = db_int(rows, i, 1);
    }
    return rows != NULL;
}

static bool delete_rows(const Purging *purging, const char *table, Error *error)
{
    const char *name = arena_printf(purging->arena, "%s.%s", purging->quoted,
                                    db_identifier(purging->arena, table));
    const char *count = arena_printf(purging->arena,
                                     "SELECT date_trunc('month', usage_start)::date, count(*)"
                                     "  FROM %s"
                                     " WHERE usage_start < $1"
                                     " GROUP BY 1"
                                     " ORDER BY 1",
                                     name);
    return note_rows(purging, table, count, error) &&
           (purging->dry_run ||
            run(purging,
                arena_printf(purging->arena, "DELETE FROM %s WHERE usage_start < $1", name),
                error) != NULL);
}

/* Old bills' rows of later days stand in partitions that stay. */
static bool delete_bills(const Purging *purging, Error *error)
{
    Arena *arena = purging->arena;
    const char *count =
        arena_printf(arena,
                     "SELECT (billing_period_start AT TIME ZONE 'UTC')::date, count(*)"
                     "  FROM %s.reporting_awscostentrybill"
                     " WHERE billing_period_start AT TIME ZONE 'UTC' < $1::date"
                     " GROUP BY 1"
                     " ORDER BY 1",
                     purging->quoted);
    const char *rows =
        arena_printf(arena,
                     "DELETE FROM %s.reporting_awscostentrylineitem_daily_summary"
                     " WHERE cost_entry_bill_id IN ("
                     "       SELECT id"
                     "         FROM %s.reporting_awscostentrybill"
                     "        WHERE billing_period_start AT TIME ZONE 'UTC' < $1::date)",
                     purging->quoted, purging->quoted);
    const char *bills = arena_printf(arena,
                                     "DELETE FROM %s.reporting_awscostentrybill"
                                     " WHERE billing_period_start AT TIME ZONE 'UTC' < $1::date",
                                     purging->quoted);
    return note_rows(purging, "bills", count, error) &&
           (purging->dry_run ||
            (run(purging, rows, error) != NULL && run(purging, bills, error) != NULL));
}

#define OLD_MANIFESTS                                                                              \
    "  FROM public.reporting_common_costusagereportmanifest m"                                     \
    " WHERE m.billing_period_start_datetime AT TIME ZONE 'UTC' < $1::date"                         \
    "   AND m.provider_id IN ("                                                                    \
    "       SELECT p.uuid"                                                                         \
    "         FROM public.api_provider p"                                                          \
    "         JOIN public.api_customer c ON c.id = p.customer_id"                                  \
    "        WHERE c.schema_name = $2)"

static bool delete_manifests(const Purging *purging, Error *error)
{
    Db *db = purging->db;
    DbResult *rows = DB_QUERY(db, purging->arena, error,
                              "SELECT (m.billing_period_start_datetime AT TIME ZONE 'UTC')::date,"
                              "       count(*)" OLD_MANIFESTS " GROUP BY 1"
                              " ORDER BY 1",
                              purging->first, purging->schema);
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        add_month(purging->purge, purging->arena, purging->schema, "manifests", db_text(rows, i, 0))
            ->rows = db_int(rows, i, 1);
    }
    return rows != NULL &&
           (purging->dry_run || DB_QUERY(db, purging->arena, error, "DELETE" OLD_MANIFESTS,
                                         purging->first, purging->schema) != NULL);
}

/* Drops old partitions, the last thing to be done: it locks the table until the commit. */
static bool drop_partitions(const Purging *purging, const char *table, Error *error)
{
    Arena *arena = purging->arena;
    DbResult *old =
        DB_QUERY(purging->db, arena, error, PARTITIONS_SQL, purging->schema, table, purging->first);
    bool done = old != NULL;
    for (int i = 0; done && i < db_row_count(old); i++) {
        const char *name =
            arena_printf(arena, "%s.%s", purging->quoted, db_identifier(arena, db_text(old, i, 0)));
        DbResult *rows = DB_QUERY(purging->db, arena, error,
                                  arena_printf(arena, "SELECT count(*) FROM %s", name));
        done = rows != NULL &&
               (purging->dry_run ||
                db_script(purging->db, arena_printf(arena, "DROP TABLE %s", name), error));
        if (done) {
            PurgedMonth *month =
                add_month(purging->purge, arena, purging->schema, table, db_text(old, i, 1));
            month->rows = db_int(rows, 0, 0);
            month->bytes = db_int(old, i, 2);
            month->partition = true;
        }
    }
    return done;
}

/* Rows first, which keeps no reader waiting; then bills and manifests; partitions at the end. */
static bool purge_tables(const Purging *purging, Error *error)
{
    DbResult *tables = DB_QUERY(purging->db, purging->arena, error, TABLES_SQL, purging->schema);
    bool done = tables != NULL;
    for (int i = 0; done && i < db_row_count(tables); i++) {
        done = db_bool(tables, i, 1) || delete_rows(purging, db_text(tables, i, 0), error);
    }
    done = done && delete_bills(purging, error) && delete_manifests(purging, error);
    for (int i = 0; done && i < db_row_count(tables); i++) {
        done = !db_bool(tables, i, 1) || drop_partitions(purging, db_text(tables, i, 0), error);
    }
    return done;
}

/* Readers wait behind who waits for a lock: not for long. */
static bool purge_once(const Purging *purging, Error *error)
{
    bool done = db_begin(purging->db, error) &&
                db_script(purging->db, "SET LOCAL lock_timeout = '500ms'", error) &&
                purge_tables(purging, error) &&
                (purging->dry_run ||
                 DB_QUERY(purging->db, purging->arena, error,
                          "SELECT public.kontor_data_changed($1)", purging->schema) != NULL) &&
                db_commit(purging->db, error);
    if (!done) {
        db_rollback(purging->db);
    }
    return done;
}

bool purge_tenant(Db *db, Arena *arena, const Config *config, const char *schema, bool dry_run,
                  Purge *purge, Error *error)
{
    static const char LOCK_NOT_AVAILABLE[] = "55P03";
    char first[DATE_TEXT_SIZE];
    int months, before = purge->count;
    if (!retention_read(db, arena, config, schema, &months, error)) {
        return false;
    }
    Purging purging = {.db = db,
                       .arena = arena,
                       .schema = schema,
                       .quoted = db_identifier(arena, schema),
                       .first = day_format(first_month(months), first),
                       .dry_run = dry_run,
                       .purge = purge};
    for (int i = 0; i < TRIES; i++) {
        purge->count = before;
        error_clear(error);
        if (purge_once(&purging, error)) {
            return true;
        }
        if (strcmp(db_sqlstate(db), LOCK_NOT_AVAILABLE) != 0) {
            break;
        }
        stop_wait(NULL, 0.5);
    }
    purge->count = before;
    return error_wrap(error, "tenant %s", schema);
}

bool purge_tenants(Db *db, Arena *arena, const Config *config, const char *org_id, bool dry_run,
                   Purge *purge, Error *error)
{
    DbResult *tenants = DB_QUERY(db, arena, error,
                                 "SELECT c.schema_name"
                                 "  FROM api_customer c"
                                 "  JOIN api_tenant t ON t.schema_name = c.schema_name"
                                 " WHERE $1::text IS NULL OR c.org_id = $1"
                                 " ORDER BY 1",
                                 org_id);
    bool done = tenants != NULL;
    for (int i = 0; tenants != NULL && i < db_row_count(tenants); i++) {
        Error failure = {0};
        if (!purge_tenant(db, arena, config, db_text(tenants, i, 0), dry_run, purge, &failure)) {
            log_warning("ingest", "old months stay: %s", failure.message);
            done = error_set(error, failure.code, "%s", failure.message);
        }
    }
    return done;
}
