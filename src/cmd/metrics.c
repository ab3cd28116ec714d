#include "cmd/metrics.h"

#include <stdio.h>
#include <unistd.h>

/* A gauge whose series a statement returns: label value, number. */
typedef struct Gauge {
    const char *name;
    const char *help;
    const char *label;
    bool of_koku; /* else of the Sources database */
    const char *sql;
} Gauge;

static const Gauge GAUGES[] = {
    {"kontor_jobs", "Ingest jobs by state.", "state", true,
     "SELECT s.state, count(j.state)"
     "  FROM (VALUES ('queued'), ('running')) AS s (state)"
     "  LEFT JOIN kontor_job j ON j.state = s.state"
     " GROUP BY s.state"
     " ORDER BY s.state"},
    {"kontor_oldest_job_seconds", "Age of the oldest ingest job that waits or runs.", "state", true,
     "SELECT 'any', COALESCE(extract(epoch FROM now() - min(created_at))::bigint, 0)"
     "  FROM kontor_job"
     " WHERE state IN ('queued', 'running')"},
    {"kontor_events_waiting", "Events of the Sources API that a consumer has not applied.",
     "consumer", false, "SELECT 'provider', count(*) FROM event_outbox WHERE provider_at IS NULL"},
    {"kontor_sources", "Sources by availability status.", "availability_status", false,
     "SELECT availability_status, count(*) FROM sources GROUP BY 1 ORDER BY 1"},
};

/* A database that is away leaves its gauges out, and kontor_database_up says so. */
static void write_gauges(Buffer *out, Arena *arena, DbPool *pool, bool of_koku)
{
    Error error = {0};
    Db *db = db_pool_take(pool, &error);
    for (size_t i = 0; db != NULL && i < sizeof GAUGES / sizeof *GAUGES; i++) {
        const Gauge *gauge = &GAUGES[i];
        DbResult *rows = gauge->of_koku == of_koku ? DB_QUERY(db, arena, &error, gauge->sql) : NULL;
        if (rows == NULL) {
            continue;
        }
        buffer_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", gauge->name, gauge->help,
                      gauge->name);
        for (int row = 0; row < db_row_count(rows); row++) {
            buffer_printf(out, "%s{%s=\"%s\"} %s\n", gauge->name, gauge->label,
                          db_text(rows, row, 0), db_text(rows, row, 1));
        }
    }
    buffer_printf(out, "kontor_database_up{database=\"%s\"} %d\n",
                  of_koku ? "koku" : "sources_api_development", db != NULL);
    db_pool_give(pool, db);
}

static void write_memory(Buffer *out)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%*s %ld", &pages) == 1) {
        buffer_printf(out,
                      "# HELP process_resident_memory_bytes Resident memory of the program.\n"
                      "# TYPE process_resident_memory_bytes gauge\n"
                      "process_resident_memory_bytes %ld\n",
                      pages * sysconf(_SC_PAGESIZE));
    }
    if (file != NULL) {
        fclose(file);
    }
}

/* An ingress that leads everything here is not meant to show the metrics to the world. */
static bool passed_on(const HttpRequest *request)
{
    return http_request_header(request, "x-forwarded-for") != NULL ||
           http_request_header(request, "forwarded") != NULL;
}

static void answer_metrics(void *context, HttpRequest *request, HttpResponse *response)
{
    const Metrics *metrics = context;
    Buffer *out = response->body;
    response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    if (passed_on(request)) {
        response->status = 403;
        buffer_append_text(out, "metrics are for those who ask without a proxy in between\n");
        return;
    }
    buffer_printf(out,
                  "# HELP kontor_build_info The program's version.\n"
                  "# TYPE kontor_build_info gauge\n"
                  "kontor_build_info{version=\"%s\"} 1\n",
                  KONTOR_VERSION);
    write_memory(out);
    buffer_append_text(out, "# HELP kontor_database_up Does the database answer?\n"
                            "# TYPE kontor_database_up gauge\n");
    Buffer *gauges = buffer_new(request->arena);
    write_gauges(gauges, request->arena, database_koku(metrics->database), true);
    write_gauges(gauges, request->arena, database_sources(metrics->database), false);
    buffer_append_text(out, gauges->data);
    http_server_write_metrics(metrics->server, out);
}

void metrics_mount(HttpServer *server, Metrics *metrics)
{
    static const HttpRoute ROUTES[] = {
        {"GET", "/metrics", answer_metrics},
        {NULL, NULL, NULL},
    };
    http_server_mount(server, "/metrics", ROUTES, NULL, metrics);
}
