#include "ingest/record.h"

#include <string.h>

#include "base/json.h"

/* The keys of a manifest's `state`. */
static const char *const STEPS[] = {
    [STEP_DOWNLOAD] = "download", [STEP_PROCESSING] = "processing", [STEP_SUMMARY] = "summary"};

static const char *number_text(Arena *arena, int64_t number)
{
    return arena_printf(arena, "%lld", (long long)number);
}

static const char *now_text(Arena *arena)
{
    return timestamp_format(clock_now(), true, arena_alloc(arena, TIMESTAMP_TEXT_SIZE));
}

static const char *day_text(Arena *arena, Day day)
{
    return day_format(day, arena_alloc(arena, DATE_TEXT_SIZE));
}

static bool put_manifest(Db *db, Arena *arena, const char *provider_uuid, const ReportMonth *month,
                         int64_t *manifest_id, Error *error)
{
    DbResult *rows =
        DB_QUERY(db, arena, error,
                 "INSERT INTO reporting_common_costusagereportmanifest"
                 "    (assembly_id, provider_id, billing_period_start_datetime, num_total_files,"
                 "     creation_datetime, export_datetime)"
                 " VALUES ($1, $2, $3::date::timestamp AT TIME ZONE 'UTC', $4, $5, $6)"
                 " ON CONFLICT (provider_id, assembly_id) DO UPDATE SET"
                 "     billing_period_start_datetime = EXCLUDED.billing_period_start_datetime,"
                 "     num_total_files = EXCLUDED.num_total_files,"
                 "     export_datetime = EXCLUDED.export_datetime"
                 " RETURNING id",
                 month->assembly_id, provider_uuid, day_text(arena, month->month),
                 number_text(arena, month->file_count), now_text(arena),
                 timestamp_format(month->exported, true, arena_alloc(arena, TIMESTAMP_TEXT_SIZE)));
    *manifest_id = rows != NULL ? db_int(rows, 0, 0) : 0;
    return rows != NULL;
}

/* The files as a JSON array, so that one statement takes them all. */
static const char *files_json(Arena *arena, const ReportMonth *month)
{
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_array(&json);
    for (int i = 0; i < month->file_count; i++) {
        json_begin_object(&json);
        json_member_string(&json, "key", month->files[i].key);
        json_member_string(&json, "etag", month->files[i].etag);
        json_member_int(&json, "size", (int64_t)month->files[i].size);
        json_end(&json);
    }
    json_end(&json);
    return text->data;
}

/* Files that are gone leave, new ones and those with another etag are pending. */
static bool put_files(Db *db, Arena *arena, int64_t manifest_id, const ReportMonth *month,
                      bool *changed, Error *error)
{
    const char *id = number_text(arena, manifest_id), *files = files_json(arena, month);
    DbResult *gone = DB_QUERY(db, arena, error,
                              "DELETE FROM reporting_common_costusagereportstatus"
                              " WHERE manifest_id = $1"
                              "   AND report_name NOT IN ("
                              "           SELECT file->>'key'"
                              "             FROM jsonb_array_elements($2::jsonb) file)",
                              id, files);
    DbResult *put =
        gone == NULL ? NULL
                     : DB_QUERY(db, arena, error,
                                "INSERT INTO reporting_common_costusagereportstatus AS known"
                                "    (manifest_id, report_name, etag, bytes)"
                                " SELECT $1, file->>'key', file->>'etag', (file->>'size')::bigint"
                                "   FROM jsonb_array_elements($2::jsonb) file"
                                " ON CONFLICT (manifest_id, report_name) DO UPDATE SET"
                                "     etag = EXCLUDED.etag, bytes = EXCLUDED.bytes, status = 0,"
                                "     failed_status = NULL, started_datetime = NULL,"
                                "     completed_datetime = NULL, lines = NULL, faults = 0,"
                                "     fault_detail = '[]', error = NULL"
                                "  WHERE known.etag IS DISTINCT FROM EXCLUDED.etag",
                                id, files);
    *changed = put != NULL && (db_affected(gone) > 0 || db_affected(put) > 0);
    return put != NULL;
}

/* A set of files that changed is a new one under its old name. */
static bool reopen(Db *db, Arena *arena, int64_t manifest_id, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "UPDATE reporting_common_costusagereportmanifest"
                    "   SET completed_datetime = NULL, state = '{}'"
                    " WHERE id = $1",
                    number_text(arena, manifest_id)) != NULL;
}

/* Complete is what the summaries show only while no other assembly of the month took its place. */
static bool read_state(Db *db, Arena *arena, int64_t manifest_id, RecordState *state, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT m.completed_datetime IS NOT NULL"
                              "       AND NOT COALESCE(m.report_tracker, '{}') ? 'superseded_by',"
                              "       m.completed_datetime IS NULL"
                              "       AND EXISTS ("
                              "           SELECT FROM reporting_common_costusagereportstatus s"
                              "            WHERE s.manifest_id = m.id AND s.status = 2)"
                              "  FROM reporting_common_costusagereportmanifest m"
                              " WHERE m.id = $1",
                              number_text(arena, manifest_id));
    if (rows != NULL) {
        *state = db_bool(rows, 0, 0)   ? RECORD_CURRENT
                 : db_bool(rows, 0, 1) ? RECORD_BROKEN
                                       : RECORD_NEEDED;
    }
    return rows != NULL;
}

static bool put_month(Db *db, Arena *arena, const char *provider_uuid, const ReportMonth *month,
                      int64_t *manifest_id, RecordState *state, Error *error)
{
    bool changed;
    return put_manifest(db, arena, provider_uuid, month, manifest_id, error) &&
           put_files(db, arena, *manifest_id, month, &changed, error) &&
           (!changed || reopen(db, arena, *manifest_id, error)) &&
           read_state(db, arena, *manifest_id, state, error);
}

bool record_month(Db *db, Arena *arena, const char *provider_uuid, const ReportMonth *month,
                  int64_t *manifest_id, RecordState *state, Error *error)
{
    bool done = db_begin(db, error) &&
                put_month(db, arena, provider_uuid, month, manifest_id, state, error) &&
                db_commit(db, error);
    if (!done) {
        db_rollback(db);
    }
    return done;
}

bool record_peek(Db *db, Arena *arena, const char *provider_uuid, const ReportMonth *month,
                 RecordState *state, Error *error)
{
    *state = RECORD_NEEDED;
    DbResult *rows =
        DB_QUERY(db, arena, error,
                 "SELECT m.id"
                 "  FROM reporting_common_costusagereportmanifest m"
                 " WHERE m.provider_id = $1 AND m.assembly_id = $2"
                 "   AND NOT EXISTS ("
                 "       SELECT FROM jsonb_array_elements($3::jsonb) file"
                 "         FULL JOIN (SELECT * FROM reporting_common_costusagereportstatus"
                 "                     WHERE manifest_id = m.id) s"
                 "           ON s.report_name = file->>'key' AND s.etag = file->>'etag'"
                 "        WHERE s.id IS NULL OR file IS NULL)",
                 provider_uuid, month->assembly_id, files_json(arena, month));
    if (rows == NULL || db_row_count(rows) == 0) {
        return rows != NULL;
    }
    return read_state(db, arena, db_int(rows, 0, 0), state, error);
}

bool record_load(Db *db, Arena *arena, int64_t manifest_id, Record *record, Error *error)
{
    const char *id = number_text(arena, manifest_id);
    DbResult *manifest = DB_QUERY(db, arena, error,
                                  "SELECT assembly_id,"
                                  "       (billing_period_start_datetime AT TIME ZONE 'UTC')::date"
                                  "  FROM reporting_common_costusagereportmanifest"
                                  " WHERE id = $1",
                                  id);
    DbResult *files = manifest == NULL ? NULL
                                       : DB_QUERY(db, arena, error,
                                                  "SELECT report_name, etag, bytes"
                                                  "  FROM reporting_common_costusagereportstatus"
                                                  " WHERE manifest_id = $1"
                                                  " ORDER BY bytes DESC NULLS LAST, report_name",
                                                  id);
    if (files == NULL) {
        return false;
    }
    if (db_row_count(manifest) == 0) {
        return error_set(error, ERROR_NOT_FOUND, "manifest %s is gone, with its provider", id);
    }
    const char *month = db_text(manifest, 0, 1);
    *record = (Record){.manifest_id = manifest_id,
                       .assembly_id = db_text(manifest, 0, 0),
                       .file_count = db_row_count(files)};
    day_parse(month, strlen(month), &record->month);
    record->files = arena_array(arena, (size_t)record->file_count + 1, sizeof *record->files);
    for (int i = 0; i < record->file_count; i++) {
        record->files[i] = (RecordFile){.key = db_text(files, i, 0),
                                        .etag = db_text(files, i, 1),
                                        .size = (uint64_t)db_int(files, i, 2)};
    }
    return true;
}

static const char *progress_json(Arena *arena, const FileProgress *files, int count)
{
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_array(&json);
    for (int i = 0; i < count; i++) {
        json_begin_object(&json);
        json_member_string(&json, "key", files[i].key);
        json_member_int(&json, "bytes_read", (int64_t)files[i].bytes_read);
        json_member_int(&json, "lines", (int64_t)files[i].lines);
        json_member_int(&json, "faults", (int64_t)files[i].faults);
        json_end(&json);
    }
    json_end(&json);
    return text->data;
}

static const char *pace_json(Arena *arena, const Pace *pace)
{
    Buffer *text = buffer_new(arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    json_member_int(&json, "lines", (int64_t)pace->lines);
    json_member_int(&json, "bytes_read", (int64_t)pace->bytes);
    json_member_int(&json, "bytes", (int64_t)pace->total_bytes);
    json_member_int(&json, "lines_per_second", (int64_t)pace->lines_per_second);
    if (pace->seconds_left >= 0) {
        json_member_int(&json, "seconds_left", (int64_t)pace->seconds_left);
    }
    json_end(&json);
    return text->data;
}

bool record_progress(Db *db, Arena *arena, int64_t manifest_id, const FileProgress *files,
                     int count, const Pace *pace, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "WITH files AS ("
                    "    UPDATE reporting_common_costusagereportstatus s"
                    "       SET bytes_read = seen.bytes_read, lines = seen.lines,"
                    "           faults = seen.faults"
                    "      FROM jsonb_to_recordset($2::jsonb)"
                    "           AS seen(key text, bytes_read bigint, lines bigint, faults bigint)"
                    "     WHERE s.manifest_id = $1"
                    "       AND s.report_name = seen.key"
                    "       AND s.status IN (3, 4))"
                    " UPDATE reporting_common_costusagereportmanifest"
                    "   SET state = state || jsonb_build_object('processing',"
                    "           COALESCE(state->'processing', '{}')"
                    "           || jsonb_build_object('progress', $3::jsonb))"
                    " WHERE id = $1",
                    number_text(arena, manifest_id), progress_json(arena, files, count),
                    pace_json(arena, pace)) != NULL;
}

bool record_step_started(Db *db, Arena *arena, int64_t manifest_id, RecordStep step, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "UPDATE reporting_common_costusagereportmanifest"
                    "   SET state = state || jsonb_build_object("
                    "                            $2::text, jsonb_build_object('start', $3::text))"
                    " WHERE id = $1",
                    number_text(arena, manifest_id), STEPS[step], now_text(arena)) != NULL;
}

bool record_step_ended(Db *db, Arena *arena, int64_t manifest_id, RecordStep step, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "UPDATE reporting_common_costusagereportmanifest"
                    "   SET state = state || jsonb_build_object($2::text,"
                    "           COALESCE(state->$2, '{}') - 'progress' || jsonb_build_object("
                    "               'end', $3::text,"
                    "               'time_taken_seconds', round(EXTRACT(epoch FROM"
                    "                   $3::timestamptz - (state->$2->>'start')::timestamptz), 3)))"
                    " WHERE id = $1",
                    number_text(arena, manifest_id), STEPS[step], now_text(arena)) != NULL;
}

bool record_step_failed(Db *db, Arena *arena, int64_t manifest_id, RecordStep step,
                        const char *reason, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "UPDATE reporting_common_costusagereportmanifest"
                    "   SET state = state || jsonb_build_object($2::text,"
                    "           COALESCE(state->$2, '{}') - 'progress' || jsonb_build_object("
                    "               'failed', $3::text, 'error', $4::text))"
                    " WHERE id = $1",
                    number_text(arena, manifest_id), STEPS[step], now_text(arena), reason) != NULL;
}

bool record_file_started(Db *db, Arena *arena, int64_t manifest_id, const char *key, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "UPDATE reporting_common_costusagereportstatus"
                    "   SET status = 4, started_datetime = $3, completed_datetime = NULL,"
                    "       failed_status = NULL, lines = NULL, faults = 0, fault_detail = '[]',"
                    "       error = NULL, bytes_read = 0"
                    " WHERE manifest_id = $1 AND report_name = $2",
                    number_text(arena, manifest_id), key, now_text(arena)) != NULL;
}

bool record_file_ended(Db *db, Arena *arena, int64_t manifest_id, const FileOutcome *outcome,
                       Error *error)
{
    bool done = outcome->status == FILE_DONE, failed = outcome->status == FILE_FAILED;
    return DB_QUERY(db, arena, error,
                    "UPDATE reporting_common_costusagereportstatus"
                    "   SET status = $3, completed_datetime = $4, failed_status = $5, lines = $6,"
                    "       faults = $7, fault_detail = $8, error = $9, bytes_read = $10"
                    " WHERE manifest_id = $1 AND report_name = $2",
                    number_text(arena, manifest_id), outcome->key,
                    number_text(arena, outcome->status), done ? now_text(arena) : NULL,
                    failed ? number_text(arena, FILE_PROCESSING) : NULL,
                    number_text(arena, (int64_t)outcome->lines),
                    number_text(arena, (int64_t)outcome->faults),
                    outcome->fault_detail != NULL ? outcome->fault_detail : "[]", outcome->error,
                    number_text(arena, (int64_t)outcome->bytes)) != NULL;
}

bool record_completed(Db *db, Arena *arena, int64_t manifest_id, Error *error)
{
    return DB_QUERY(db, arena, error,
                    "UPDATE reporting_common_costusagereportmanifest m"
                    "   SET completed_datetime = CASE WHEN m.id = done.id THEN $2"
                    "                                 ELSE m.completed_datetime END,"
                    "       report_tracker = CASE WHEN m.id = done.id"
                    "           THEN COALESCE(m.report_tracker, '{}') - 'superseded_by'"
                    "           ELSE COALESCE(m.report_tracker, '{}')"
                    "                || jsonb_build_object('superseded_by', done.id) END"
                    "  FROM reporting_common_costusagereportmanifest done"
                    " WHERE done.id = $1"
                    "   AND m.provider_id = done.provider_id"
                    "   AND m.billing_period_start_datetime = done.billing_period_start_datetime",
                    number_text(arena, manifest_id), now_text(arena)) != NULL;
}

bool record_has_data(Db *db, Arena *arena, const char *provider_uuid, bool *has, Error *error)
{
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT EXISTS ("
                              "    SELECT FROM reporting_common_costusagereportmanifest"
                              "     WHERE provider_id = $1 AND completed_datetime IS NOT NULL)",
                              provider_uuid);
    *has = rows != NULL && db_bool(rows, 0, 0);
    return rows != NULL;
}
