#include "ingest/jobs/visit.h"

#include <string.h>

#include "base/log.h"
#include "providers/provider.h"

enum { MONTHS_MAX = 120 };

static bool mark_polled(JobRun *run, const char *uuid, Error *error)
{
    char now[TIMESTAMP_TEXT_SIZE];
    return DB_QUERY(run->db, run->arena, error,
                    "UPDATE api_provider SET polling_timestamp = $2 WHERE uuid = $1", uuid,
                    timestamp_format(clock_now(), true, now)) != NULL;
}

/* The months of a usual look. */
static bool usual_months(JobRun *run, const char *uuid, DiscoverScope *where, Error *error)
{
    const Config *config = run->ingest->config;
    bool has_data;
    if (!record_has_data(run->db, run->arena, uuid, &has_data, error)) {
        return false;
    }
    int count = 2;
    if (!has_data) {
        count = config->initial_months < config->retention_months ? config->initial_months
                                                                  : config->retention_months;
        count = count < 1 ? 1 : count > MONTHS_MAX ? MONTHS_MAX : count;
    }
    Day *months = arena_array(run->arena, (size_t)count, sizeof *months);
    for (int i = 0; i < count; i++) {
        months[i] = day_month_start(clock_today(), -i);
    }
    where->months = months;
    where->month_count = count;
    return true;
}

static bool choose_scope(JobRun *run, const Provider *provider, const VisitScope *scope,
                         DiscoverScope *where, Error *error)
{
    *where = (DiscoverScope){.prefix = provider->report_prefix,
                             .report_name = scope->report_name != NULL ? scope->report_name
                                                                       : provider->report_name};
    if (scope->one_month) {
        where->months = &scope->month;
        where->month_count = 1;
        return true;
    }
    return scope->all_months || usual_months(run, provider->uuid, where, error);
}

/* The storage's word on the bucket goes to the Sources API. */
static bool look(JobRun *run, const Provider *provider, const VisitScope *scope,
                 ReportMonth **months, int *count, Error *error)
{
    StorageConfig config;
    DiscoverScope where;
    if (!choose_scope(run, provider, scope, &where, error) ||
        !provider_storage(run->ingest->config, run->arena, provider, &config, error)) {
        return false;
    }
    Storage *storage = storage_open(&config, provider->bucket, error);
    bool seen = storage != NULL && storage_check(storage, error) &&
                discover_months(storage, run->arena, &where, months, count, error);
    storage_close(storage);
    return seen;
}

static void log_month(const Provider *provider, const VisitedMonth *month)
{
    char day[DATE_TEXT_SIZE];
    const ReportMonth *found = &month->found;
    day_format(found->month, day);
    if (found->problem != NULL) {
        log_warning("ingest", "Provider %s (%s) %.7s: not ingested: %s", provider->uuid,
                    provider->type, day, found->problem);
    } else if (month->state == RECORD_NEEDED) {
        log_info("ingest",
                 "Provider %s (%s) %.7s: discovered report %s in bucket %s: assembly %s, %d file%s,"
                 " %.1f MB%s",
                 provider->uuid, provider->type, day, found->report_name, provider->bucket,
                 found->assembly_id, found->file_count, found->file_count == 1 ? "" : "s",
                 (double)found->bytes / 1e6, found->manifest_key == NULL ? ", no manifest" : "");
    } else {
        log_debug("ingest", "Provider %s (%s) %.7s: %s", provider->uuid, provider->type, day,
                  month->state == RECORD_CURRENT ? "nothing new" : "still broken");
    }
}

static bool note_months(JobRun *run, const Provider *provider, const ReportMonth *found, int count,
                        Visit *visit, Error *error)
{
    visit->months = arena_array(run->arena, (size_t)count + 1, sizeof *visit->months);
    for (int i = 0; i < count; i++) {
        VisitedMonth *month = &visit->months[visit->count++];
        month->found = found[i];
        if (found[i].problem == NULL &&
            !record_month(run->db, run->arena, provider->uuid, &found[i], &month->manifest_id,
                          &month->state, error)) {
            return false;
        }
        log_month(provider, month);
    }
    if (count == 0) {
        log_info("ingest", "Provider %s (%s): no report %s%s%s of these months in bucket %s",
                 provider->uuid, provider->type, provider->report_prefix,
                 *provider->report_prefix != '\0' ? "/" : "", provider->report_name,
                 provider->bucket);
    }
    return true;
}

bool visit_bucket(JobRun *run, const VisitScope *scope, Visit *visit, Error *error)
{
    Provider provider;
    *visit = (Visit){.provider_uuid = run->job.provider_uuid};
    if (!provider_load(run->db, run->arena, run->job.provider_uuid, &provider, error)) {
        return false;
    }
    if (strcmp(provider.type, "AWS") != 0) {
        return error_set(error, ERROR_INVALID, "reports of %s providers are not fetched",
                         provider.type);
    }
    /* At the start: what changes from now on is seen by the next look. */
    if (!mark_polled(run, provider.uuid, error)) {
        return false;
    }
    ReportMonth *months = NULL;
    int count = 0;
    if (!look(run, &provider, scope, &months, &count, error)) {
        Error ignored = {0};
        if (error->code != ERROR_CANCELLED) {
            log_warning("ingest", "Provider %s (%s): its bucket cannot be read: %s", provider.uuid,
                        provider.type, error->message);
            provider_tell_availability(run->db, run->arena, provider.source_id, "unavailable",
                                       error->message, &ignored);
        }
        return false;
    }
    return provider_tell_availability(run->db, run->arena, provider.source_id, "available", NULL,
                                      error) &&
           note_months(run, &provider, months, count, visit, error);
}

static bool is_wanted(JobRun *run, bool *wanted, Error *error)
{
    /* Whose data source says storage_only names the files by itself (ingest/ingress.h). */
    DbResult *rows =
        DB_QUERY(run->db, run->arena, error,
                 "SELECT"
                 "  FROM api_provider p"
                 "  LEFT JOIN api_providerbillingsource b ON b.id = p.billing_source_id"
                 " WHERE p.uuid = $1"
                 "   AND p.active"
                 "   AND NOT p.paused"
                 "   AND COALESCE(b.data_source->>'storage_only', '') <> 'true'",
                 run->job.provider_uuid);
    *wanted = rows != NULL && db_row_count(rows) == 1;
    return rows != NULL;
}

bool visit_run(JobRun *run, Error *error)
{
    const char *only = run->job.bill_month;
    VisitScope scope = {.one_month = only != NULL};
    Visit visit;
    bool wanted;
    if (!is_wanted(run, &wanted, error) ||
        (only != NULL && !day_parse(only, strlen(only), &scope.month))) {
        return false;
    }
    if (wanted && !visit_bucket(run, &scope, &visit, error)) {
        return false;
    }
    for (int i = 0; wanted && i < visit.count; i++) {
        const VisitedMonth *month = &visit.months[i];
        char day[DATE_TEXT_SIZE];
        if (month->manifest_id != 0 && month->state == RECORD_NEEDED &&
            !queue_add(run->db, run->arena, JOB_INGEST, visit.provider_uuid,
                       day_format(month->found.month, day), month->manifest_id, NULL, error)) {
            return false;
        }
    }
    return queue_done(run->db, run->arena, &run->job, error);
}
