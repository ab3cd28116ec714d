#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/background.h"
#include "base/log.h"
#include "base/secret_key.h"
#include "cmd/health.h"
#include "cmd/metrics.h"
#include "cmd/roles.h"
#include "cmd/verb.h"
#include "cost_api/cost_api.h"
#include "cost_models/cost_models.h"
#include "cost_sources/cost_sources.h"
#include "db/database.h"
#include "db/outbox.h"
#include "exports/exports.h"
#include "identity/gate.h"
#include "identity/permissions.h"
#include "identity/sign_in.h"
#include "ingest/jobs/schedule.h"
#include "ingest/jobs/worker.h"
#include "masu/masu.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "providers/events.h"
#include "reports/reports_api.h"
#include "settings/rate_service.h"
#include "settings/settings.h"
#include "sources/availability.h"
#include "sources/publisher.h"
#include "sources/sources_api.h"
#include "sources/status_listener.h"
#include "web/kontor_api.h"
#include "web/web.h"

static const VerbUsage USAGE = {
    "kontor serve [--data-dir DIR] [--listen ADDR:PORT] [--roles ROLE,…]",
    "Runs the server: Sources API, Cost Management API, and the ingest of cost reports, or with\n"
    "--roles some of them (sources-api, cost-management-api, masu). Ends in order on SIGTERM or\n"
    "SIGINT.",
    NULL, OPERANDS_NONE};

enum { TEND_SECONDS = 2 };

enum { AVAILABILITY_WAIT_SECONDS = 10, AWAY_SECONDS = 2, HOUSEKEEPING_SECONDS = 3600 };

/* What a running server is made of, in the order in which it is started. */
typedef struct Server {
    Config *config;
    Arena *arena;
    Role roles;
    Database *database;
    SourcesApi *sources;
    CostApi *costs;
    Gate *gate;
    KontorApi web;
    Permissions *permissions;
    HttpServer *http;
    Metrics metrics;
    ProviderEvents events;
    Ingest ingest;
    RateService rates;
    KafkaLink kafka;
    Background *background;
    Workers *workers;
} Server;

/* Memory goes back to the system, and few threads share few arenas: an idle server stays small. */
static void keep_memory_small(void)
{
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_TRIM_THRESHOLD, 512 * 1024);
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
}

/* Blocks them in all threads; the main thread waits for them. A child that ends is PostgreSQL. */
static sigset_t take_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signals;
}

/* Without a key to seal with, it is better not to start. */
static bool key_readable(const Config *config, Error *error)
{
    SecretKeys keys;
    bool readable = secret_keys_of(config, &keys, error);
    secret_keys_wipe(&keys);
    return readable;
}

/* The Sources API, which both APIs change sources by. */
static bool have_sources(Server *server, Error *error)
{
    if (server->sources == NULL) {
        server->sources =
            sources_api_new(database_sources(server->database), server->config, error);
    }
    return server->sources != NULL;
}

static bool mount_sources(Server *server, Error *error)
{
    if (have_sources(server, error)) {
        sources_api_mount(server->http, server->sources);
    }
    return server->sources != NULL;
}

/* Who may come in. */
static bool start_gate(Server *server, Error *error)
{
    server->gate = gate_new(server->config, error);
    server->permissions = server->gate != NULL ? permissions_new(server->config, error) : NULL;
    identity_set_gate(server->gate);
    permissions_use(server->permissions);
    return server->permissions != NULL;
}

/* The rooms that answer the Cost Management API. */
static bool mount_costs(Server *server, Error *error)
{
    if (!have_sources(server, error)) {
        return false;
    }
    server->costs = cost_api_new(database_koku(server->database), server->config);
    cost_api_use_sources(server->costs, database_sources(server->database), server->sources);
    settings_add(server->costs);
    cost_models_add(server->costs);
    exports_add(server->costs);
    reports_add(server->costs);
    cost_sources_add(server->costs);
    if ((server->roles & ROLE_MASU) != 0) {
        masu_add(server->costs);
    }
    cost_api_mount(server->http, server->costs);
    return true;
}

/* Where the Cost Management API is not, masu's own paths of it are. */
static bool mount_masu(Server *server, Error *error)
{
    (void)error;
    if ((server->roles & ROLE_COST_MANAGEMENT_API) == 0) {
        server->costs = cost_api_new(database_koku(server->database), server->config);
        masu_mount_alone(server->http, server->costs);
    }
    return true;
}

/* An API, the role that serves it, and the paths that nothing answers where that role is not. */
typedef struct Api {
    Role role;
    const char *title;
    bool (*mount)(Server *server, Error *error);
    const char *prefixes[3];
} Api;

static const Api APIS[] = {
    {ROLE_SOURCES_API, "Sources API", mount_sources, {"/api/sources", "/internal"}},
    {ROLE_COST_MANAGEMENT_API, "Cost Management API", mount_costs, {"/api/cost-management"}},
    {ROLE_MASU, "processing of reports", mount_masu, {NULL}},
};

static void mount_absence(Server *server, const Api *api)
{
    const char *message = arena_printf(
        server->arena, "the %s is not served here: this server's roles (--roles) are %s, not %s",
        api->title, roles_text(server->arena, server->roles), role_name(api->role));
    for (int i = 0; api->prefixes[i] != NULL; i++) {
        http_server_mount_absence(server->http, api->prefixes[i], message);
    }
}

/* The web interface stands where costs are served. */
static void mount_web(Server *server)
{
    if ((server->roles & ROLE_COST_MANAGEMENT_API) != 0) {
        server->web = (KontorApi){server->config, server->database, clock_monotonic()};
        kontor_api_mount(server->http, &server->web);
        web_mount(server->http, server->config);
    }
}

static bool start_http(Server *server, Error *error)
{
    server->http = http_server_new(server->config->listen, server->config->threads,
                                   server->config->connections, error);
    if (server->http == NULL) {
        return false;
    }
    health_mount(server->http, server->database);
    server->metrics = (Metrics){server->http, server->database};
    metrics_mount(server->http, &server->metrics);
    sign_in_mount(server->http, server->gate);
    for (size_t i = 0; i < sizeof APIS / sizeof *APIS; i++) {
        if ((server->roles & APIS[i].role) == 0) {
            mount_absence(server, &APIS[i]);
        } else if (!APIS[i].mount(server, error)) {
            return false;
        }
    }
    mount_web(server);
    return http_server_start(server->http, error);
}

/* Listens first and reads then, so that nothing that comes in between is missed. */
static bool carry_availability(Server *server, Db *listener, const Stop *stop, Error *error)
{
    int applied;
    if (!db_listen(listener, "availability_outbox", error)) {
        return false;
    }
    while (!stop_raised(stop)) {
        if (!sources_apply_availability(database_koku(server->database),
                                        database_sources(server->database), &applied, error)) {
            return false;
        }
        if (!db_wait_notification(listener, AVAILABILITY_WAIT_SECONDS, stop_descriptor(stop),
                                  error) &&
            error->code != ERROR_NONE) {
            return false;
        }
    }
    return true;
}

/* What the ingest found out about buckets, on its way to the Sources API. */
static void availability_task(void *context, const Stop *stop)
{
    Server *server = context;
    while (!stop_raised(stop)) {
        Error error = {0};
        Db *listener = db_connect(database_conninfo(server->database, "koku"), &error);
        bool done = listener != NULL && carry_availability(server, listener, stop, &error);
        db_close(listener);
        if (!done) {
            log_warning("cmd", "availability waits: %s", error.message);
            stop_wait(stop, AWAY_SECONDS);
        }
    }
}

/* Events that everyone has had don't stay for ever. */
static void housekeeping_task(void *context, const Stop *stop)
{
    Server *server = context;
    do {
        Error error = {0};
        Arena *arena = arena_new();
        int64_t purged = 0;
        Db *db = db_pool_take(database_sources(server->database), &error);
        if (db == NULL ||
            !outbox_purge(db, arena, server->config->kafka_brokers != NULL, &purged, &error)) {
            log_warning("cmd", "old events can't be deleted: %s", error.message);
        } else if (purged > 0) {
            log_info("cmd", "%lld old events deleted", (long long)purged);
        }
        db_pool_give(database_sources(server->database), db);
        arena_free(arena);
    } while (!stop_wait(stop, HOUSEKEEPING_SECONDS));
}

/* Nothing to do without a service to ask. */
static void exchange_rates_task(void *context, const Stop *stop)
{
    RateService *service = context;
    if (service->config->exchange_rates_url != NULL) {
        rate_service_task(service, stop);
    }
}

/* Standing work, the role whose it is, and what it is given. */
typedef struct Task {
    Role role;
    bool wants_kafka; /* only where brokers are configured */
    const char *name;
    BackgroundTask *run;
    size_t context; /* the offset in Server; 0 is the server itself */
} Task;

static const Task TASKS[] = {
    {ROLE_SOURCES_API, false, "housekeeping", housekeeping_task, 0},
    {ROLE_SOURCES_API, true, "publisher", publisher_task, offsetof(Server, kafka)},
    {ROLE_SOURCES_API, true, "status-listener", status_listener_task, offsetof(Server, kafka)},
    {ROLE_MASU, false, "events", provider_events_task, offsetof(Server, events)},
    {ROLE_MASU, false, "availability", availability_task, 0},
    {ROLE_MASU, false, "exchange-rates", exchange_rates_task, offsetof(Server, rates)},
    {ROLE_MASU, false, "schedule", schedule_task, offsetof(Server, ingest)},
};

static bool start_workers(Server *server, Error *error)
{
    if ((server->roles & ROLE_MASU) == 0) {
        return true;
    }
    server->workers = workers_new(&server->ingest, server->background, error);
    return server->workers != NULL &&
           workers_start(server->workers, server->config->workers, error);
}

static bool start_background(Server *server, Error *error)
{
    server->background = background_new();
    server->events = (ProviderEvents){server->config, server->database};
    server->ingest = (Ingest){.config = server->config, .database = server->database};
    server->rates = (RateService){server->config, server->database};
    server->kafka = (KafkaLink){server->config, server->database};
    for (size_t i = 0; i < sizeof TASKS / sizeof *TASKS; i++) {
        const Task *task = &TASKS[i];
        bool wanted = (server->roles & task->role) != 0 &&
                      (!task->wants_kafka || server->config->kafka_brokers != NULL);
        if (wanted && !background_start(server->background, task->name, task->run,
                                        (char *)server + task->context, error)) {
            return false;
        }
    }
    return start_workers(server, error);
}

static bool start(Server *server, Error *error)
{
    if (!http_client_global_init(error)) {
        return false;
    }
    if (!start_gate(server, error)) {
        return false;
    }
    server->database = database_open(server->config, DATABASE_SERVER, error);
    return server->database != NULL && key_readable(server->config, error) &&
           start_http(server, error) && start_background(server, error);
}

static void stop(Server *server)
{
    http_server_stop(server->http);
    background_free(server->background);
    workers_free(server->workers);
    cost_api_free(server->costs);
    sources_api_free(server->sources);
    permissions_free(server->permissions);
    gate_free(server->gate);
    database_close(server->database);
    arena_free(server->arena);
}

/* One line, for people and for programs that wait for it. */
static void announce(const Server *server)
{
    const char *listen = server->config->listen;
    const char *url = arena_printf(server->arena, "%.*s:%d", (int)(strrchr(listen, ':') - listen),
                                   listen, http_server_port(server->http));
    printf("kontor %s is ready: http://%s (Sources API /api/sources/v3.1, Cost Management API "
           "/api/cost-management/v1)\n",
           KONTOR_VERSION, url);
    fflush(stdout);
    log_info("cmd", "kontor %s listens on %s, roles %s", KONTOR_VERSION, url,
             roles_text(server->arena, server->roles));
}

/* Until a signal says stop. */
static void run(Server *server, const sigset_t *signals)
{
    const struct timespec tend = {.tv_sec = TEND_SECONDS};
    for (;;) {
        int caught = sigtimedwait(signals, NULL, &tend);
        if (caught == SIGTERM || caught == SIGINT) {
            log_info("cmd", "stopping");
            return;
        }
        Error error = {0};
        if (!database_tend(server->database, &error)) {
            log_error("cmd", "%s", error.message);
        }
    }
}

int cmd_serve(Config *config, int argc, char **argv)
{
    int exit_code;
    if (!verb_options(&USAGE, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    verb_check_environment();
    keep_memory_small();
    sigset_t signals = take_signals();
    Server server = {.config = config, .arena = arena_new()};
    Error error = {0};
    if (!roles_parse(config->roles, &server.roles, &error) || !start(&server, &error)) {
        stop(&server);
        return verb_failed("serve", &error);
    }
    announce(&server);
    run(&server, &signals);
    stop(&server);
    return EXIT_OK;
}
