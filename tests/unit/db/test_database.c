#include "unit.h"

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "db/copy.h"
#include "db/database.h"
#include "db/migrations.h"
#include "db/outbox.h"

/* A database of its own for the whole program. */
typedef struct Fixture {
    char folder[64];
    Config config;
    Database *database;
    Arena *arena;
} Fixture;

static Fixture fixture;

static int set_up(void **state)
{
    Error error = {0};
    (void)state;
    strcpy(fixture.folder, "/tmp/kontor-unit-XXXXXX");
    if (mkdtemp(fixture.folder) == NULL || chmod(fixture.folder, 0755) != 0) {
        return 1;
    }
    unsetenv("KONTOR_DATABASE_URL");
    config_load(&fixture.config, &error);
    fixture.arena = arena_new();
    fixture.config.data_dir = arena_printf(fixture.arena, "%s/data", fixture.folder);
    fixture.database = database_open(&fixture.config, DATABASE_CLIENT, &error);
    if (fixture.database == NULL) {
        print_error("%s\n", error.message);
    }
    return fixture.database == NULL;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    database_close(fixture.database);
    arena_free(fixture.arena);
    return nftw(fixture.folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static Db *take(DbPool *pool)
{
    Error error = {0};
    Db *db = db_pool_take(pool, &error);
    assert_non_null(db);
    return db;
}

static void numbers_are_copied_exactly(void **state)
{
    static const char *const NUMBERS[] = {"0",
                                          "1",
                                          "-1",
                                          "0.000000000000001",
                                          "-0.5",
                                          "10000",
                                          "9999.9999",
                                          "12345678.000000000000001",
                                          "100000000",
                                          "99999999999999999999999.999999999999999",
                                          "0.0001",
                                          "1994.605725686361046",
                                          "-123456789012345678.9",
                                          "18446.744073709551615",
                                          "18446.744073709551616",
                                          "18446744073709551616",
                                          "170141183460469231731687.303715884105727"};
    enum { COUNT = sizeof NUMBERS / sizeof *NUMBERS };
    Error error = {0};
    Db *db = take(database_koku(fixture.database));
    (void)state;
    assert_true(db_script(db,
                          "CREATE TEMP TABLE n (i int, v numeric, t text, d date, u uuid,"
                          " j jsonb, a text[], s timestamptz, b bigint, fresh uuid)",
                          &error));
    DbCopy *copy = db_copy_begin(db, fixture.arena, "COPY n FROM STDIN (FORMAT binary)", &error);
    assert_non_null(copy);
    const char *texts[] = {"x", "y,\"z"};
    const size_t lengths[] = {1, 4};
    for (int i = 0; i < COUNT; i++) {
        Decimal value;
        assert_true(decimal_parse(NUMBERS[i], strlen(NUMBERS[i]), &value));
        db_copy_row(copy, 10);
        db_copy_int(copy, i);
        db_copy_decimal(copy, value);
        db_copy_text(copy, i == 0 ? NULL : "grün");
        db_copy_date(copy, day_from_civil(2026, 10, 1 + i));
        db_copy_uuid(copy, "3f0c7c52-0000-4000-8000-0123456789ab");
        db_copy_jsonb(copy, "{\"a\":1}", 7);
        db_copy_text_array(copy, texts, lengths, i % 3);
        db_copy_timestamp(copy, (Timestamp)day_from_civil(2026, 10, 1) * 86400 * 1000000 + 5);
        db_copy_bigint(copy, -5000000000);
        db_copy_new_uuid(copy);
    }
    assert_true(db_copy_end(copy, false, &error));
    DbResult *rows = DB_QUERY(db, fixture.arena, &error,
                              "SELECT trim_scale(v), t, d, u, j, a, s, b FROM n ORDER BY i");
    assert_int_equal(db_row_count(rows), COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_string_equal(db_text(rows, i, 0), NUMBERS[i]);
    }
    assert_null(db_text(rows, 0, 1));
    assert_string_equal(db_text(rows, 1, 1), "grün");
    assert_string_equal(db_text(rows, 2, 2), "2026-10-03");
    assert_string_equal(db_text(rows, 2, 3), "3f0c7c52-0000-4000-8000-0123456789ab");
    assert_string_equal(db_text(rows, 2, 4), "{\"a\": 1}");
    assert_string_equal(db_text(rows, 0, 5), "{}");
    assert_string_equal(db_text(rows, 2, 5), "{x,\"y,\\\"z\"}");
    assert_string_equal(db_text(rows, 2, 6), "2026-10-01 00:00:00.000005+00");
    assert_int_equal(db_int(rows, 2, 7), -5000000000);
    rows = DB_QUERY(db, fixture.arena, &error,
                    "SELECT count(DISTINCT fresh)"
                    "  FROM n"
                    " WHERE fresh::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]'");
    assert_int_equal(db_int(rows, 0, 0), COUNT);
    db_pool_give(database_koku(fixture.database), db);
}

static void a_failed_copy_keeps_nothing(void **state)
{
    Error error = {0};
    Db *db = take(database_koku(fixture.database));
    (void)state;
    assert_true(db_script(db, "CREATE TEMP TABLE k (v int PRIMARY KEY)", &error));
    DbCopy *copy = db_copy_begin(db, fixture.arena, "COPY k FROM STDIN (FORMAT binary)", &error);
    for (int i = 0; i < 2; i++) {
        db_copy_row(copy, 1);
        db_copy_int(copy, 7);
    }
    assert_false(db_copy_end(copy, false, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    copy = db_copy_begin(db, fixture.arena, "COPY k FROM STDIN (FORMAT binary)", &error);
    db_copy_row(copy, 1);
    db_copy_int(copy, 8);
    assert_true(db_copy_end(copy, true, &error));
    DbResult *rows = DB_QUERY(db, fixture.arena, &error, "SELECT count(*) FROM k");
    assert_int_equal(db_int(rows, 0, 0), 0);
    db_pool_give(database_koku(fixture.database), db);
}

static void failures_have_a_meaning(void **state)
{
    static const struct {
        const char *sql;
        ErrorCode code;
        const char *sqlstate;
    } CASES[] = {
        {"SELECT 'x'::int", ERROR_INVALID, "22P02"},
        {"SELECT 1/0", ERROR_INVALID, "22012"},
        {"SELECT nothing", ERROR_INTERNAL, "42703"},
        {"INSERT INTO api_tenant (schema_name) VALUES ('a'), ('a')", ERROR_CONFLICT, "23505"}};
    Db *db = take(database_koku(fixture.database));
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Error error = {0};
        assert_null(DB_QUERY(db, fixture.arena, &error, CASES[i].sql));
        assert_int_equal(error.code, CASES[i].code);
        assert_string_equal(db_sqlstate(db), CASES[i].sqlstate);
    }
    assert_string_equal(db_constraint(db), "api_tenant_schema_name_key");
    db_pool_give(database_koku(fixture.database), db);
}

static void a_lost_connection_is_made_anew(void **state)
{
    Error error = {0};
    Db *db = take(database_koku(fixture.database)), *other = take(database_koku(fixture.database));
    DbResult *pid = DB_QUERY(db, fixture.arena, &error, "SELECT pg_backend_pid()");
    (void)state;
    assert_non_null(DB_QUERY(other, fixture.arena, &error, "SELECT pg_terminate_backend($1, 5000)",
                             db_text(pid, 0, 0)));
    assert_non_null(DB_QUERY(db, fixture.arena, &error, "SELECT 1"));
    assert_true(db_begin(db, &error));
    pid = DB_QUERY(db, fixture.arena, &error, "SELECT pg_backend_pid()");
    assert_non_null(DB_QUERY(other, fixture.arena, &error, "SELECT pg_terminate_backend($1, 5000)",
                             db_text(pid, 0, 0)));
    assert_null(DB_QUERY(db, fixture.arena, &error, "SELECT 1"));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    db_pool_give(database_koku(fixture.database), db);
    db_pool_give(database_koku(fixture.database), other);
}

static const char *kept_tenants(Db *db)
{
    Error error = {0};
    DbResult *rows = DB_QUERY(db, fixture.arena, &error,
                              "SELECT string_agg(schema_name, ' ' ORDER BY schema_name)"
                              "  FROM api_tenant WHERE schema_name LIKE 'posted%'");
    assert_non_null(rows);
    return db_text(rows, 0, 0);
}

static void what_is_posted_goes_with_the_next(void **state)
{
    static const char INSERT[] = "INSERT INTO api_tenant (schema_name) VALUES ($1)";
    Error error = {0};
    Db *db = take(database_koku(fixture.database));
    (void)state;
    /* Twice: statements not prepared yet, then prepared ones. */
    for (int round = 0; round < 2; round++) {
        const char *name = arena_printf(fixture.arena, "posted%d", round);
        assert_true(db_begin_later(db, &error));
        assert_true(DB_POST(db, &error, INSERT, name));
        DbResult *rows = DB_QUERY(db, fixture.arena, &error,
                                  "SELECT count(*) FROM api_tenant WHERE schema_name = $1", name);
        assert_int_equal(db_int(rows, 0, 0), 1);
        assert_true(DB_POST(db, &error, INSERT, arena_printf(fixture.arena, "%sb", name)));
        assert_true(db_commit(db, &error));
    }
    assert_string_equal(kept_tenants(db), "posted0 posted0b posted1 posted1b");
    /* A failure is the next one's, and the whole transaction's. */
    assert_true(db_begin_later(db, &error));
    assert_true(DB_POST(db, &error, INSERT, "posted2"));
    assert_true(DB_POST(db, &error, INSERT, "posted0"));
    assert_true(DB_POST(db, &error, INSERT, "posted3"));
    assert_null(DB_QUERY(db, fixture.arena, &error, "SELECT count(*) FROM api_tenant"));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_string_equal(db_constraint(db), "api_tenant_schema_name_key");
    db_rollback(db);
    error_clear(&error);
    assert_true(db_begin_later(db, &error));
    assert_true(DB_POST(db, &error, INSERT, "posted0"));
    assert_false(db_commit(db, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    db_rollback(db);
    error_clear(&error);
    /* Nothing of it, when it is taken back. */
    assert_true(db_begin_later(db, &error));
    assert_true(DB_POST(db, &error, INSERT, "posted4"));
    db_rollback(db);
    assert_true(db_begin_later(db, &error));
    assert_true(DB_POST(db, &error, INSERT, "posted5"));
    assert_true(db_script(db, "DELETE FROM api_tenant WHERE schema_name = 'posted5'", &error));
    assert_true(db_commit(db, &error));
    assert_string_equal(kept_tenants(db), "posted0 posted0b posted1 posted1b");
    assert_true(db_script(db, "DELETE FROM api_tenant WHERE schema_name LIKE 'posted%'", &error));
    db_pool_give(database_koku(fixture.database), db);
}

static void names_are_quoted(void **state)
{
    (void)state;
    assert_string_equal(db_identifier(fixture.arena, "org1\"; DROP"), "\"org1\"\"; DROP\"");
}

static void outbox_events_wait_for_each_consumer(void **state)
{
    Error error = {0};
    Db *db = take(database_sources(fixture.database));
    OutboxEvent event = {.source_id = 7,
                         .event_type = "Source.create",
                         .org_id = "org1",
                         .account = "",
                         .headers = "{}",
                         .payload = "{\"id\":7}",
                         .snapshot = NULL};
    OutboxEvent *events;
    int count;
    (void)state;
    assert_true(db_begin(db, &error));
    assert_true(outbox_write(db, fixture.arena, &event, &error));
    db_rollback(db);
    assert_true(outbox_read(db, fixture.arena, "provider", 0, 10, &events, &count, &error));
    assert_int_equal(count, 0);
    for (int i = 0; i < 3; i++) {
        assert_true(outbox_write(db, fixture.arena, &event, &error));
    }
    assert_true(outbox_read(db, fixture.arena, "provider", 0, 10, &events, &count, &error));
    assert_int_equal(count, 3);
    assert_true(events[0].id < events[1].id);
    assert_string_equal(events[0].event_type, "Source.create");
    assert_true(outbox_mark(db, fixture.arena, "provider", events[0].id, &error));
    assert_true(outbox_read(db, fixture.arena, "provider", 0, 10, &events, &count, &error));
    assert_int_equal(count, 2);
    assert_true(outbox_read(db, fixture.arena, "kafka", 0, 1, &events, &count, &error));
    assert_int_equal(count, 1);
    assert_false(outbox_read(db, fixture.arena, "stranger", 0, 1, &events, &count, &error));
    db_pool_give(database_sources(fixture.database), db);
}

typedef struct Provisioner {
    bool done;
    Error error;
} Provisioner;

static void *provision(void *context)
{
    Provisioner *provisioner = context;
    Arena *arena = arena_new();
    Db *db = db_pool_take(database_koku(fixture.database), &provisioner->error);
    provisioner->done = db != NULL &&
                        database_provision_tenant(db, arena, "orgUnit-1", &provisioner->error) &&
                        db_script(db,
                                  "SET search_path TO \"orgUnit-1\";"
                                  "SELECT ensure_month_partition('2026-10-05');"
                                  "RESET search_path",
                                  &provisioner->error);
    db_pool_give(database_koku(fixture.database), db);
    arena_free(arena);
    return NULL;
}

static void tenants_and_months_are_made_once_by_many(void **state)
{
    enum { THREADS = 6 };
    pthread_t threads[THREADS];
    Provisioner provisioners[THREADS] = {0};
    Error error = {0};
    (void)state;
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, provision, &provisioners[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        if (!provisioners[i].done) {
            fail_msg("%s", provisioners[i].error.message);
        }
    }
    Db *db = take(database_koku(fixture.database));
    DbResult *rows = DB_QUERY(db, fixture.arena, &error,
                              "SELECT count(*) FROM pg_class c JOIN pg_namespace n"
                              "  ON n.oid = c.relnamespace"
                              " WHERE n.nspname = 'orgUnit-1' AND c.relispartition"
                              "   AND c.relkind = 'r'");
    assert_int_equal(db_int(rows, 0, 0), 1);
    db_pool_give(database_koku(fixture.database), db);
}

/* The rows that were taken, at most `most` of them. */
typedef struct Taken {
    Arena *arena;
    int count, most;
    Decimal numbers[16];
    bool numeric[16];
    Day day;
    bool truth;
    const char *text;
    char uuid[UUID_TEXT_SIZE];
} Taken;

static bool take_row(void *context, const DbResult *row, Error *error)
{
    Taken *taken = context;
    if (taken->count == taken->most) {
        return error_set(error, ERROR_DATA, "enough");
    }
    size_t length;
    taken->numeric[taken->count] = db_binary_decimal(row, 0, 0, &taken->numbers[taken->count]);
    taken->day = db_binary_day(row, 0, 1);
    taken->truth = db_binary_bool(row, 0, 2);
    taken->text = arena_strdup(taken->arena, db_bytes(row, 0, 3, &length));
    assert_int_equal(length, taken->text != NULL ? strlen(taken->text) : 0);
    db_binary_uuid(row, 0, 4, taken->uuid);
    taken->count++;
    return true;
}

static void rows_are_taken_as_they_come(void **state)
{
    static const char SQL[] =
        "SELECT n::numeric, date '2026-11-24', true, t,"
        "       uuid '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0'"
        "  FROM unnest(string_to_array($1, ' '), ARRAY['first', NULL]) AS given (n, t)";
    static const char *const NUMBERS[] = {"0",
                                          "1",
                                          "-12345.678",
                                          "0.000000000000001",
                                          "0.0000000000000005",
                                          "0.0000000000000004999",
                                          "-0.00000000000000049",
                                          "0.00009999",
                                          "123456789012345678901.1234567890123456",
                                          "170141183460469231731687.303715884105727",
                                          "10000",
                                          "0.00000000000000000001"};
    Error error = {0};
    Db *db = take(database_koku(fixture.database));
    Taken taken = {.arena = fixture.arena, .most = 16};
    Buffer *list = buffer_new(fixture.arena);
    int count = sizeof NUMBERS / sizeof *NUMBERS;
    (void)state;
    for (int i = 0; i < count; i++) {
        buffer_printf(list, "%s%s", i > 0 ? " " : "", NUMBERS[i]);
    }
    const char *parameters[] = {list->data};
    assert_true(db_stream(db, &error, SQL, 1, parameters, take_row, &taken));
    assert_int_equal(taken.count, count);
    for (int i = 0; i < count; i++) {
        Decimal value;
        assert_true(decimal_parse(NUMBERS[i], strlen(NUMBERS[i]), &value));
        assert_true(taken.numeric[i] && taken.numbers[i] == value);
    }
    assert_int_equal(taken.day, day_from_civil(2026, 11, 24));
    assert_true(taken.truth);
    assert_null(taken.text); /* of the last row */
    assert_string_equal(taken.uuid, "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0");
    db_pool_give(database_koku(fixture.database), db);
}

static void a_stream_ends_with_what_went_wrong(void **state)
{
    static const char SQL[] = "SELECT $1::numeric, NULL::date, false, '', NULL::uuid"
                              "  FROM generate_series(1, 3)";
    static const char BROKEN[] = "SELECT 1 / (2 - n)::numeric, NULL::date, false, '', NULL::uuid"
                                 "  FROM generate_series(1, 3) AS n";
    static const char *const TOO_LARGE[] = {"170141183460469231731687.303715884105728"};
    static const char *const NOT_A_NUMBER[] = {"NaN"};
    Error error = {0};
    Db *db = take(database_koku(fixture.database));
    Taken taken = {.arena = fixture.arena, .most = 2};
    (void)state;
    assert_false(db_stream(db, &error, SQL, 1, (const char *[]){"5"}, take_row, &taken));
    assert_string_equal(error.message, "enough");
    assert_int_equal(taken.count, 2);
    error_clear(&error);
    taken = (Taken){.arena = fixture.arena, .most = 16};
    assert_false(db_stream(db, &error, BROKEN, 0, NULL, take_row, &taken));
    assert_int_equal(error.code, ERROR_INVALID);
    assert_int_equal(taken.count, 1);
    error_clear(&error);
    assert_true(db_stream(db, &error, SQL, 1, TOO_LARGE, take_row, &taken));
    assert_false(taken.numeric[1]);
    assert_true(db_stream(db, &error, SQL, 1, NOT_A_NUMBER, take_row, &taken));
    assert_false(taken.numeric[4]);
    assert_string_equal(taken.uuid, "");
    db_pool_give(database_koku(fixture.database), db);
}

static void a_newer_database_is_refused(void **state)
{
    Error error = {0};
    Db *db = take(database_koku(fixture.database));
    (void)state;
    assert_true(migrations_apply(db, "koku", "public", &error));
    assert_true(db_script(db, "INSERT INTO kontor_migration VALUES (9999, 'future', 'x')", &error));
    assert_false(migrations_apply(db, "koku", "public", &error));
    assert_non_null(strstr(error.message, "newer version"));
    assert_true(db_script(db,
                          "DELETE FROM kontor_migration WHERE number = 9999;"
                          "UPDATE kontor_migration SET checksum = 'x' WHERE number = 1",
                          &error));
    assert_false(migrations_apply(db, "koku", "public", &error));
    assert_non_null(strstr(error.message, "another text"));
    db_pool_give(database_koku(fixture.database), db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_copied_exactly),
        cmocka_unit_test(a_failed_copy_keeps_nothing),
        cmocka_unit_test(failures_have_a_meaning),
        cmocka_unit_test(a_lost_connection_is_made_anew),
        cmocka_unit_test(what_is_posted_goes_with_the_next),
        cmocka_unit_test(rows_are_taken_as_they_come),
        cmocka_unit_test(a_stream_ends_with_what_went_wrong),
        cmocka_unit_test(names_are_quoted),
        cmocka_unit_test(outbox_events_wait_for_each_consumer),
        cmocka_unit_test(tenants_and_months_are_made_once_by_many),
        cmocka_unit_test(a_newer_database_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
