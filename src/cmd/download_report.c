/* `kontor download_report`: a provider's reports, here and now. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cmd/ingest_session.h"
#include "cmd/verb.h"
#include "ingest/jobs/visit.h"
#include "providers/provider.h"

enum { CLAIM_SECONDS = 600 };

typedef struct Wish {
    const char *provider_uuid;
    bool again; /* also what is ingested already */
    bool whole; /* also days that have not changed */
    VisitScope scope;
    int months, failed;
} Wish;

static const char *const STATUSES[] = {[FILE_PENDING] = "not read",
                                       [FILE_DONE] = "done",
                                       [FILE_FAILED] = "failed",
                                       [FILE_DOWNLOADING] = "not read",
                                       [FILE_PROCESSING] = "not read"};

/* "2025-01", "2025-01-01", "202501" */
static bool parse_month(const char *text, Day *month)
{
    char digits[16] = "";
    size_t count = 0;
    for (; *text != '\0' && count < 8; text++) {
        if (isdigit((unsigned char)*text)) {
            digits[count++] = *text;
        } else if (*text != '-') {
            return false;
        }
    }
    if (count != 6 && count != 8) {
        return false;
    }
    Day day;
    memcpy(digits + 6, "01", 3);
    if (!day_parse(digits, 8, &day)) {
        return false;
    }
    *month = day_month_start(day, 0);
    return true;
}

/* Waits while another worker has the same work. */
static bool claim(IngestSession *session, Arena *arena, JobKind kind, const char *uuid,
                  const char *month, int64_t manifest_id, Job *job, Error *error)
{
    double deadline = clock_monotonic() + CLAIM_SECONDS;
    bool told = false;
    for (;;) {
        bool taken;
        if (!queue_claim(session->db, arena, workers_name(session->workers), kind, uuid, month,
                         manifest_id, job, &taken, error)) {
            return false;
        }
        if (taken) {
            return true;
        }
        if (clock_monotonic() > deadline) {
            return error_set(error, ERROR_CONFLICT,
                             "another worker has this provider's work for %d s now; kontor explain "
                             "tells more",
                             CLAIM_SECONDS);
        }
        if (!told) {
            fprintf(stderr,
                    "waiting for a worker of the running server, which has the same work\n");
            told = true;
        }
        stop_wait(background_stop_of(session->background), 0.3);
    }
}

static void print_file(const char *month, const FileOutcome *file)
{
    printf("%-8s %-9s %10llu %9llu %11.1f  %s\n", month, STATUSES[file->status],
           (unsigned long long)file->lines, (unsigned long long)file->faults,
           (double)file->bytes / 1e3, file->key);
    if (file->error != NULL) {
        printf("         %s\n", file->error);
    }
}

static void print_listed(const char *month, const ReportMonth *found, const char *outcome)
{
    for (int i = 0; i < found->file_count; i++) {
        printf("%-8s %-9s %10s %9s %11.1f  %s\n", month, outcome, "", "",
               (double)found->files[i].size / 1e3, found->files[i].key);
    }
}

/* Another worker may have ingested the month while this one waited for it. */
static bool is_current(IngestSession *session, Arena *arena, const VisitedMonth *month,
                       const char *uuid, bool *current, Error *error)
{
    RecordState state;
    bool asked = record_peek(session->db, arena, uuid, &month->found, &state, error);
    *current = asked && state == RECORD_CURRENT;
    return asked;
}

static bool load_one(IngestSession *session, Arena *arena, Wish *wish, const VisitedMonth *month,
                     const char *name, Error *error)
{
    char day[DATE_TEXT_SIZE];
    Job job;
    bool current = false;
    if (!claim(session, arena, JOB_INGEST, wish->provider_uuid, day_format(month->found.month, day),
               month->manifest_id, &job, error)) {
        return false;
    }
    JobRun *run = workers_begin(session->workers, session->db, &job);
    run->whole = wish->whole;
    Error fault = {0};
    LoadReport report = {0};
    bool done;
    if (!wish->again && is_current(session, arena, month, wish->provider_uuid, &current, &fault) &&
        current) {
        print_listed(name, &month->found, "current");
        done = queue_done(session->db, arena, &job, &fault);
    } else {
        done = fault.code == ERROR_NONE && load_month(run, &report, &fault);
    }
    for (int i = 0; i < report.file_count; i++) {
        print_file(name, &report.files[i]);
    }
    workers_end(session->workers, run, done ? NULL : &fault);
    if (!done) {
        printf("%-8s failed: %s\n", name, fault.message);
        wish->failed++;
    }
    return true;
}

static bool handle_month(IngestSession *session, Arena *arena, Wish *wish,
                         const VisitedMonth *month, Error *error)
{
    char day[DATE_TEXT_SIZE];
    const char *name = arena_printf(arena, "%.7s", day_format(month->found.month, day));
    wish->months++;
    if (month->found.problem != NULL) {
        printf("%-8s failed: %s\n", name, month->found.problem);
        wish->failed++;
        return true;
    }
    if (month->state == RECORD_CURRENT && !wish->again) {
        print_listed(name, &month->found, "current");
        return true;
    }
    return load_one(session, arena, wish, month, name, error);
}

static bool look(IngestSession *session, Wish *wish, JobRun **run, Visit *visit, Error *error)
{
    Arena *arena = arena_new();
    Job job;
    bool done = claim(session, arena, JOB_DISCOVER, wish->provider_uuid, NULL, 0, &job, error);
    *run = done ? workers_begin(session->workers, session->db, &job) : NULL;
    if (done) {
        done = visit_bucket(*run, &wish->scope, visit, error) &&
               queue_done(session->db, arena, &job, error);
    }
    arena_free(arena);
    return done;
}

static bool download(IngestSession *session, Wish *wish, Error *error)
{
    JobRun *run = NULL;
    Visit visit = {0};
    Provider provider;
    Arena *arena = arena_new();
    bool done = provider_load(session->db, arena, wish->provider_uuid, &provider, error) &&
                look(session, wish, &run, &visit, error);
    if (done && visit.count == 0) {
        const char *report =
            wish->scope.report_name != NULL ? wish->scope.report_name : provider.report_name;
        done = error_set(error, ERROR_NOT_FOUND,
                         "bucket %s holds no report files of %s%s below %s%s%s/YYYYMMDD-YYYYMMDD/",
                         provider.bucket, *report != '\0' ? "report " : "any report", report,
                         provider.report_prefix, *provider.report_prefix != '\0' ? "/" : "",
                         *report != '\0' ? report : "REPORT");
    }
    if (done) {
        printf("%-8s %-9s %10s %9s %11s  %s\n", "MONTH", "OUTCOME", "LINES", "LEFT OUT", "KB",
               "FILE");
    }
    for (int i = 0; done && i < visit.count; i++) {
        done = handle_month(session, arena, wish, &visit.months[i], error);
    }
    if (run != NULL) {
        workers_end(session->workers, run, done ? NULL : error);
    }
    arena_free(arena);
    return done;
}

int cmd_download_report(Config *config, int argc, char **argv)
{
    Wish wish = {0};
    const char *bill_date = NULL;
    const Option options[] = {
        {"provider-uuid", OPTION_TEXT, &wish.provider_uuid, "UUID", "the provider (required)"},
        {"report-name", OPTION_TEXT, &wish.scope.report_name, "NAME",
         "the report, when it is not the provider's own"},
        {"bill-date", OPTION_TEXT, &bill_date, "YYYY-MM",
         "only this month; without it all months that the bucket holds"},
        {"again", OPTION_FLAG, &wish.again, NULL, "also what is ingested already"},
        {"whole", OPTION_FLAG, &wish.whole, NULL,
         "as --again, and replaces all days, also those that have not changed"},
        {0},
    };
    const VerbUsage usage = {
        "kontor download_report --provider-uuid UUID [--report-name NAME] [--bill-date YYYY-MM]",
        "Fetches a provider's reports now and ingests what is new: whatever month it is of, "
        "whether\n"
        "or not the provider is due, paused or inactive. Prints what became of each file. The "
        "exit\n"
        "code is not 0 when a month failed or none was found.",
        options, OPERANDS_NONE};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    if (wish.provider_uuid == NULL) {
        error_set(&error, ERROR_INVALID, "--provider-uuid is missing; kontor providers lists them");
    } else if (bill_date != NULL && !parse_month(bill_date, &wish.scope.month)) {
        error_set(&error, ERROR_INVALID, "--bill-date: \"%s\" is not YYYY-MM", bill_date);
    }
    if (error.code != ERROR_NONE) {
        verb_failed("download_report", &error);
        return EXIT_USAGE;
    }
    wish.again |= wish.whole;
    wish.scope.one_month = bill_date != NULL;
    wish.scope.all_months = bill_date == NULL;
    IngestSession session;
    bool done = ingest_session_open(&session, config, wish.provider_uuid, &error) &&
                download(&session, &wish, &error);
    ingest_session_close(&session);
    if (!done) {
        return verb_failed("download_report", &error);
    }
    printf("%d month%s, %d failed\n", wish.months, wish.months == 1 ? "" : "s", wish.failed);
    return wish.failed > 0 ? EXIT_FAILED : EXIT_OK;
}
