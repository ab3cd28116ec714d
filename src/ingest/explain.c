#include "ingest/explain.h"

#include <string.h>

#include "base/json.h"
#include "ingest/discover.h"
#include "ingest/record.h"
#include "providers/provider.h"

typedef struct Explain {
    const Config *config;
    Db *db;
    Arena *arena;
    const char *uuid;
    ExplainSay *each;
    void *context;
    Provider provider;
} Explain;

static void say(Explain *explain, ExplainAnswer answer, const char *question, const char *remedy,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

static void say(Explain *explain, ExplainAnswer answer, const char *question, const char *remedy,
                const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const ExplainCheck check = {answer, question, arena_vprintf(explain->arena, format, arguments),
                                remedy};
    va_end(arguments);
    explain->each(explain->context, &check);
}

/* Events of the source that could not be applied. */
static bool check_events(Explain *explain, Error *error)
{
    DbResult *rows = DB_QUERY(explain->db, explain->arena, error,
                              "SELECT error, attempts, retry_at"
                              "  FROM provider_event_error"
                              " WHERE source_uid = $1",
                              explain->uuid);
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        say(explain, EXPLAIN_NO, "source's last change",
            "what the message says; it is tried again by itself",
            "could not be applied (%s tries, next %.19s): %s", db_text(rows, i, 1),
            db_text(rows, i, 2), db_text(rows, i, 0));
    }
    return rows != NULL;
}

/* There is no provider: is there a source that wants one? */
static bool explain_absence(Explain *explain, Error *error)
{
    DbResult *rows = DB_QUERY(explain->db, explain->arena, error,
                              "SELECT source_id, name, status->>'availability_status_error'"
                              "  FROM api_sources"
                              " WHERE source_uuid = $1",
                              explain->uuid);
    if (rows == NULL) {
        return false;
    }
    if (db_row_count(rows) == 0) {
        say(explain, EXPLAIN_NO, "provider",
            "kontor providers lists them; a source becomes a provider with an application of type "
            "/insights/platform/cost-management",
            "there is none with this UUID");
    } else {
        const char *reason = db_text(rows, 0, 2);
        say(explain, EXPLAIN_NO, "provider", NULL, "source %s (%s) has none: %s",
            db_text(rows, 0, 0), db_text(rows, 0, 1), reason != NULL ? reason : "no reason known");
    }
    return check_events(explain, error);
}

static bool check_tenant(Explain *explain, Error *error)
{
    const Provider *provider = &explain->provider;
    if (provider->schema == NULL) {
        say(explain, EXPLAIN_NO, "customer", "UPDATE api_provider SET customer_id = …",
            "the provider belongs to no customer");
        return true;
    }
    say(explain, EXPLAIN_YES, "customer", NULL, "organisation %s, schema %s", provider->org_id,
        provider->schema);
    const char *table = arena_printf(explain->arena, "%s.reporting_tenant_api_provider",
                                     db_identifier(explain->arena, provider->schema));
    DbResult *there =
        DB_QUERY(explain->db, explain->arena, error, "SELECT to_regclass($1) IS NOT NULL", table);
    if (there == NULL) {
        return false;
    }
    bool known = false;
    if (db_bool(there, 0, 0)) {
        DbResult *row = DB_QUERY(
            explain->db, explain->arena, error,
            arena_printf(explain->arena, "SELECT FROM %s WHERE uuid = $1", table), provider->uuid);
        if (row == NULL) {
            return false;
        }
        known = db_row_count(row) == 1;
    }
    if (known) {
        say(explain, EXPLAIN_YES, "tenant", NULL, "schema and provider's row are there");
    } else {
        say(explain, EXPLAIN_NO, "tenant",
            "the running server makes it within seconds; without one: kontor ingest",
            "its schema or the provider's row in it is not there yet");
    }
    return true;
}

static void check_switches(Explain *explain)
{
    const Provider *provider = &explain->provider;
    if (strcmp(provider->type, "AWS") == 0) {
        say(explain, EXPLAIN_YES, "type", NULL, "AWS");
    } else {
        say(explain, EXPLAIN_NO, "type", NULL, "%s: only reports of AWS are fetched so far",
            provider->type);
    }
    if (provider->active) {
        say(explain, EXPLAIN_YES, "active", NULL, "yes");
    } else {
        say(explain, EXPLAIN_NO, "active", "UPDATE api_provider SET active = true WHERE uuid = …",
            "no: inactive providers are not looked at");
    }
    if (!provider->paused) {
        say(explain, EXPLAIN_YES, "not paused", NULL, "yes");
    } else {
        say(explain, EXPLAIN_NO, "not paused",
            "POST /api/sources/v3.1/sources/ID/unpause, or UPDATE api_provider SET paused = false",
            "it is paused");
    }
}

static bool check_billing(Explain *explain, StorageConfig *storage, Error *error)
{
    const Provider *provider = &explain->provider;
    if (!provider->has_billing_source) {
        say(explain, EXPLAIN_NO, "billing source",
            "INSERT INTO api_providerbillingsource …, UPDATE api_provider SET billing_source_id …",
            "the provider has none");
        return false;
    }
    if (provider->bucket == NULL) {
        say(explain, EXPLAIN_NO, "billing source", "add \"bucket\" to the application's extra",
            "names no bucket: %s", provider->data_source);
        return false;
    }
    say(explain, EXPLAIN_YES, "billing source", NULL, "bucket %s, report %s, prefix %s",
        provider->bucket,
        *provider->report_name != '\0' ? provider->report_name : "(the only one there is)",
        *provider->report_prefix != '\0' ? provider->report_prefix : "(none)");
    Error fault = {0};
    if (!provider_storage(explain->config, explain->arena, provider, storage, &fault)) {
        say(explain, EXPLAIN_NO, "credentials",
            "give the keys anew in the authentication or the application's extra, or use the "
            "server's --secret-key-file",
            "%s", fault.message);
        *error = fault;
        return false;
    }
    bool own = storage->access_key != NULL &&
               (explain->config->s3_access_key == NULL ||
                strcmp(storage->access_key, explain->config->s3_access_key) != 0);
    say(explain, storage->access_key != NULL ? EXPLAIN_YES : EXPLAIN_NOTE, "credentials", NULL,
        "%s%s",
        storage->access_key == NULL ? "none: requests are not signed"
        : own                       ? "access key of the source: "
                                    : "access key of the configuration: ",
        storage->access_key != NULL ? storage->access_key : "");
    return true;
}

/* Others of the organisation that read the same reports. */
static bool check_twins(Explain *explain, Error *error)
{
    DbResult *rows = DB_QUERY(
        explain->db, explain->arena, error,
        "SELECT other.name, other.uuid"
        "  FROM api_provider own"
        "  JOIN api_providerbillingsource here ON here.id = own.billing_source_id"
        "  JOIN api_provider other"
        "    ON other.customer_id = own.customer_id AND other.uuid <> own.uuid"
        "  JOIN api_providerbillingsource there ON there.id = other.billing_source_id"
        " WHERE own.uuid = $1"
        "   AND other.active"
        "   AND NOT other.paused"
        "   AND (SELECT bool_and(here.data_source ->> key"
        "                        IS NOT DISTINCT FROM there.data_source ->> key)"
        "          FROM unnest(ARRAY['bucket', 'report_name', 'report_prefix', 'endpoint']) AS key)"
        " ORDER BY other.name",
        explain->uuid);
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        say(explain, EXPLAIN_NOTE, "the same reports", "pause or delete one of the two",
            "%s (%s) reads them, too: their costs count twice", db_text(rows, i, 0),
            db_text(rows, i, 1));
    }
    return rows != NULL;
}

static const char *describe(const ReportMonth *found, RecordState state)
{
    return found->problem != NULL    ? found->problem
           : state == RECORD_CURRENT ? "ingested"
           : state == RECORD_BROKEN  ? "a file of it cannot be read (see below)"
                                     : "not ingested yet";
}

static bool check_month(Explain *explain, const ReportMonth *found, Error *error)
{
    RecordState state = RECORD_NEEDED;
    if (found->problem == NULL &&
        !record_peek(explain->db, explain->arena, explain->uuid, found, &state, error)) {
        return false;
    }
    char day[DATE_TEXT_SIZE];
    day_format(found->month, day);
    bool usual = found->month >= day_month_start(clock_today(), -1);
    bool fine = found->problem == NULL && state == RECORD_CURRENT;
    const char *remedy = NULL;
    if (!fine && found->problem == NULL) {
        remedy = state == RECORD_BROKEN ? "deliver the file anew; then it is read by itself"
                 : usual                ? "the next look ingests it; at once: kontor ingest"
                                        : arena_printf(explain->arena,
                                                       "months before the last are fetched by: kontor "
                                                                      "download_report --provider-uuid %s --bill-date %.7s",
                                                       explain->uuid, day);
    }
    say(explain,
        fine    ? EXPLAIN_YES
        : usual ? EXPLAIN_NO
                : EXPLAIN_NOTE,
        arena_printf(explain->arena, "month %.7s", day), remedy, "%s: %d file%s, %s, assembly %s",
        describe(found, state), found->file_count, found->file_count == 1 ? "" : "s",
        found->manifest_key != NULL ? "with manifest" : "without manifest",
        found->assembly_id != NULL ? found->assembly_id : "unknown");
    return true;
}

enum { SEEN_NAMES = 5, SEEN_OBJECTS = 1000 };

/* What lies in a folder: the first names there. */
typedef struct Seen {
    Arena *arena;
    Buffer *names;
    size_t folder; /* the length of its name */
    const char *last;
    int count;
    int objects;
} Seen;

static bool see_object(void *context, const StorageObject *object, Error *error)
{
    Seen *seen = context;
    (void)error;
    const char *name = object->key + seen->folder, *slash = strchr(name, '/');
    size_t length = slash != NULL ? (size_t)(slash - name) + 1 : strlen(name);
    if (seen->last == NULL || strncmp(seen->last, name, length) != 0 ||
        seen->last[length] != '\0') {
        buffer_printf(seen->names, "%s%.*s", seen->count > 0 ? ", " : "", (int)length, name);
        seen->last = arena_strndup(seen->arena, name, length);
        seen->count++;
    }
    return seen->count < SEEN_NAMES && ++seen->objects < SEEN_OBJECTS;
}

/* What lies below a folder ("a/b/", or "" for all of the bucket); NULL: nothing. */
static const char *look_into(Explain *explain, Storage *storage, const char *folder)
{
    Seen seen = {
        .arena = explain->arena, .names = buffer_new(explain->arena), .folder = strlen(folder)};
    Error ignored = {0};
    bool all = storage_list(storage, folder, see_object, &seen, &ignored);
    return seen.count == 0
               ? NULL
               : arena_printf(explain->arena, "%s%s", seen.names->data, all ? "" : " …");
}

/* Nothing was found where the reports should be: what is there, or in the bucket, instead? */
static void say_no_reports(Explain *explain, Storage *storage)
{
    const Provider *provider = &explain->provider;
    const char *folder =
        arena_printf(explain->arena, "%s%s%s/", provider->report_prefix,
                     *provider->report_prefix != '\0' ? "/" : "",
                     *provider->report_name != '\0' ? provider->report_name : "REPORT");
    const char *there = look_into(explain, storage, folder);
    const char *other = there == NULL ? look_into(explain, storage, "") : NULL;
    say(explain, EXPLAIN_NO, "reports",
        "upload them there, or correct report_name and report_prefix",
        "nothing below %sYYYYMMDD-YYYYMMDD/%s; %s", folder,
        there != NULL ? " that isn't empty" : "",
        there != NULL   ? arena_printf(explain->arena, "%s has %s", folder, there)
        : other != NULL ? arena_printf(explain->arena, "the bucket has %s", other)
                        : "the bucket is empty");
}

static bool check_bucket(Explain *explain, const StorageConfig *config, Error *error)
{
    const Provider *provider = &explain->provider;
    DiscoverScope scope = {.prefix = provider->report_prefix, .report_name = provider->report_name};
    ReportMonth *months = NULL;
    int count = 0;
    Error fault = {0};
    const char *endpoint = config->endpoint != NULL ? config->endpoint : "AWS";
    Storage *storage = storage_open(config, provider->bucket, &fault);
    bool reachable = storage != NULL && storage_check(storage, &fault);
    if (!reachable) {
        say(explain, EXPLAIN_NO, "bucket reachable",
            arena_printf(explain->arena,
                         "kontor check-s3 --bucket %s tries endpoint, keys and bucket one by one; "
                         "this command needs the server's own --s3-… settings",
                         provider->bucket),
            "%s at %s: %s", provider->bucket, endpoint, fault.message);
    } else {
        say(explain, EXPLAIN_YES, "bucket reachable", NULL, "%s at %s", provider->bucket, endpoint);
    }
    bool listed =
        reachable && discover_months(storage, explain->arena, &scope, &months, &count, &fault);
    if (reachable && !listed) {
        say(explain, EXPLAIN_NO, "reports", NULL, "%s", fault.message);
    } else if (listed && count == 0) {
        say_no_reports(explain, storage);
    }
    storage_close(storage);
    for (int i = 0; i < count; i++) {
        if (!check_month(explain, &months[i], error)) {
            return false;
        }
    }
    return true;
}

static bool check_files(Explain *explain, Error *error)
{
    DbResult *rows = DB_QUERY(explain->db, explain->arena, error,
                              "SELECT s.report_name, s.faults, s.error, s.status = 2,"
                              "       s.fault_detail->0->>'line', s.fault_detail->0->>'column',"
                              "       s.fault_detail->0->>'reason'"
                              "  FROM reporting_common_costusagereportstatus s"
                              "  JOIN reporting_common_costusagereportmanifest m"
                              "    ON m.id = s.manifest_id"
                              " WHERE m.provider_id = $1"
                              "   AND NOT COALESCE(m.report_tracker, '{}') ? 'superseded_by'"
                              "   AND (s.faults > 0 OR s.error IS NOT NULL)"
                              " ORDER BY m.billing_period_start_datetime DESC, s.report_name"
                              " LIMIT 20",
                              explain->uuid);
    for (int i = 0; rows != NULL && i < db_row_count(rows); i++) {
        const char *name = db_text(rows, i, 0), *fault = db_text(rows, i, 2);
        if (fault != NULL) {
            bool named = strncmp(fault, name, strlen(name)) == 0;
            say(explain, db_bool(rows, i, 3) ? EXPLAIN_NO : EXPLAIN_NOTE, "file", NULL, "%s%s%s",
                named ? "" : name, named ? "" : ": ", fault);
        } else {
            say(explain, EXPLAIN_NOTE, "file", NULL,
                "%s: %s lines left out, the first is line %s: %s %s", name, db_text(rows, i, 1),
                db_text(rows, i, 4), db_text(rows, i, 5), db_text(rows, i, 6));
        }
    }
    return rows != NULL;
}

static bool check_queue(Explain *explain, Error *error)
{
    DbResult *rows = DB_QUERY(explain->db, explain->arena, error,
                              "SELECT kind, bill_month, state, attempts, run_at, worker, error"
                              "  FROM kontor_job"
                              " WHERE provider_uuid = $1"
                              "   AND (state IN ('queued', 'running')"
                              "        OR (state = 'failed'"
                              "            AND finished_at > now() - interval '1 day'))"
                              " ORDER BY id DESC"
                              " LIMIT 10",
                              explain->uuid);
    if (rows == NULL) {
        return false;
    }
    for (int i = 0; i < db_row_count(rows); i++) {
        const char *state = db_text(rows, i, 2), *fault = db_text(rows, i, 6);
        bool running = strcmp(state, "running") == 0, failed = strcmp(state, "failed") == 0;
        say(explain, EXPLAIN_NOTE, "queue", NULL, "%s%s%s %s, try %s, %s %s%s%s",
            db_text(rows, i, 0), db_is_null(rows, i, 1) ? "" : " of ",
            db_is_null(rows, i, 1) ? "" : db_text(rows, i, 1), state, db_text(rows, i, 3),
            running  ? "by"
            : failed ? "at"
                     : "due",
            running ? db_text(rows, i, 5) : db_text(rows, i, 4), fault != NULL ? ": " : "",
            fault != NULL ? fault : "");
    }
    if (db_row_count(rows) == 0) {
        say(explain, EXPLAIN_YES, "queue", NULL, "nothing waits, nothing failed today");
    }
    return true;
}

/* Workers hold the lock of their name, servers listen on the channel of the jobs. */
static bool check_server(Explain *explain, Error *error)
{
    DbResult *rows = DB_QUERY(explain->db, explain->arena, error,
                              "SELECT count(*)"
                              "  FROM pg_stat_activity"
                              " WHERE datname = current_database()"
                              "   AND application_name = 'kontor'"
                              "   AND pid <> pg_backend_pid()");
    if (rows == NULL) {
        return false;
    }
    if (db_int(rows, 0, 0) > 0) {
        say(explain, EXPLAIN_YES, "server", NULL, "one is connected to this database");
    } else {
        say(explain, EXPLAIN_NO, "server",
            "start one: kontor serve; or once by hand: kontor ingest",
            "none is connected to this database, so nobody looks at buckets");
    }
    const Provider *provider = &explain->provider;
    say(explain, EXPLAIN_NOTE, "last look", NULL, "%.19s, then every %d s",
        provider->polled != NULL ? provider->polled : "none yet", explain->config->poll_interval);
    say(explain, EXPLAIN_NOTE, "last data", NULL, "%.19s",
        provider->data_updated != NULL ? provider->data_updated : "none yet");
    return true;
}

static bool check_all(Explain *explain, Error *error)
{
    Error missing = {0};
    if (!provider_load(explain->db, explain->arena, explain->uuid, &explain->provider, &missing)) {
        return missing.code == ERROR_NOT_FOUND
                   ? explain_absence(explain, error)
                   : error_set(error, missing.code, "%s", missing.message);
    }
    say(explain, EXPLAIN_YES, "provider", NULL, "%s, %s", explain->provider.name,
        explain->provider.source_id != 0
            ? arena_printf(explain->arena, "of source %lld", (long long)explain->provider.source_id)
            : "inserted by hand");
    StorageConfig storage;
    Error ignored = {0};
    if (!check_events(explain, error) || !check_tenant(explain, error)) {
        return false;
    }
    check_switches(explain);
    if (check_billing(explain, &storage, &ignored) && strcmp(explain->provider.type, "AWS") == 0 &&
        !check_bucket(explain, &storage, error)) {
        return false;
    }
    return check_twins(explain, error) && check_files(explain, error) &&
           check_queue(explain, error) && check_server(explain, error);
}

bool explain_provider(const Config *config, Db *db, Arena *arena, const char *uuid,
                      ExplainSay *each, void *context, Error *error)
{
    Explain explain = {
        .config = config, .db = db, .arena = arena, .uuid = uuid, .each = each, .context = context};
    return check_all(&explain, error);
}
