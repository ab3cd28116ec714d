/* `kontor worker`: jobs of the queue, done on this machine. */
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "cmd/verb.h"
#include "ingest/jobs/worker.h"
#include "net/http_client.h"

static const VerbUsage USAGE = {
    "kontor worker --database-url URL [--workers N] [--memory SIZE]",
    "Takes jobs of the ingest from the queue of a running installation, without an HTTP server: "
    "as\n"
    "many workers on as many machines as there are cores to use. All need the same database and\n"
    "the same --secret-key-file. Jobs of a worker that dies are done by another. Ends in order on\n"
    "SIGTERM or SIGINT; what it had begun is then left to others.",
    NULL, OPERANDS_NONE};

typedef struct Worker {
    Ingest ingest;
    Database *database;
    Background *background;
    Workers *workers;
} Worker;

static bool start(Worker *worker, const Config *config, Error *error)
{
    worker->ingest.config = config;
    if (!http_client_global_init(error)) {
        return false;
    }
    worker->database = database_open(config, DATABASE_CLIENT, error);
    if (worker->database == NULL) {
        return false;
    }
    worker->ingest.database = worker->database;
    worker->background = background_new();
    worker->workers = workers_new(&worker->ingest, worker->background, error);
    return worker->workers != NULL &&
           workers_start(worker->workers, config->workers > 1 ? config->workers : 1, error);
}

static void stop(Worker *worker)
{
    background_free(worker->background);
    workers_free(worker->workers);
    database_close(worker->database);
}

/* One line, for people and for programs that wait for it. */
static void announce(const Worker *worker, const Config *config)
{
    printf("kontor worker %s is ready: %d job%s at a time\n", workers_name(worker->workers),
           config->workers > 1 ? config->workers : 1, config->workers > 1 ? "s" : "");
    fflush(stdout);
}

int cmd_worker(Config *config, int argc, char **argv)
{
    int exit_code;
    if (!verb_options(&USAGE, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    verb_check_environment();
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    Worker worker = {0};
    Error error = {0};
    if (!start(&worker, config, &error)) {
        stop(&worker);
        return verb_failed("worker", &error);
    }
    announce(&worker, config);
    sigwaitinfo(&signals, NULL);
    log_info("cmd", "the worker stops");
    stop(&worker);
    return EXIT_OK;
}
