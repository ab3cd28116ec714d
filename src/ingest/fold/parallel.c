#include "ingest/fold/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "ingest/fold/stream.h"

enum { THREADS_MAX = 64, STACK_SIZE = 512 * 1024 };

/* A file that is open to others, in the place of the thread that opened it. */
typedef struct Shared {
    FoldStream *stream; /* NULL: none */
    int users;
} Shared;

typedef struct Team {
    const ParallelFiles *files;
    int threads;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    int next;
    int opening; /* files that are not shared yet */
    bool failed;
    Shared shared[THREADS_MAX];
} Team;

typedef struct Member {
    Team *team;
    Fold *fold;
    pthread_t thread;
    int number;
    Error error;
} Member;

int parallel_cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/* The open file with the fewest threads at it; under the lock. */
static Shared *find_shared(Team *team)
{
    Shared *best = NULL;
    for (int i = 0; i < team->threads; i++) {
        Shared *shared = &team->shared[i];
        if (shared->stream != NULL && !fold_stream_ended(shared->stream) &&
            (best == NULL || shared->users < best->users)) {
            best = shared;
        }
    }
    return best;
}

static void show(Team *team, Shared *shared, FoldStream *stream)
{
    pthread_mutex_lock(&team->lock);
    *shared = (Shared){.stream = stream, .users = 1};
    team->opening--;
    pthread_cond_broadcast(&team->changed);
    pthread_mutex_unlock(&team->lock);
}

/* Waits for those that help, for they read from the file. */
static void hide(Team *team, Shared *shared)
{
    pthread_mutex_lock(&team->lock);
    shared->users--;
    while (shared->users > 0) {
        pthread_cond_wait(&team->changed, &team->lock);
    }
    shared->stream = NULL;
    pthread_cond_broadcast(&team->changed);
    pthread_mutex_unlock(&team->lock);
}

static bool fold_open(Member *member, int index, const ByteSource *source, Error *error)
{
    Team *team = member->team;
    const ParallelFiles *files = team->files;
    Shared *shared = &team->shared[member->number];
    FoldStream *stream = fold_stream_new(source, files->name(files->context, index),
                                         files->progress(files->context, index));
    show(team, shared, stream);
    bool done = fold_stream_run(stream, member->fold, error);
    hide(team, shared);
    const Error *failure = fold_stream_failure(stream);
    if (done && failure != NULL) { /* one who helped failed */
        done = error_set(error, failure->code, "%s", failure->message);
    }
    fold_stream_free(stream);
    return done;
}

static bool do_file(Member *member, int index, Error *error)
{
    const ParallelFiles *files = member->team->files;
    ByteSource source;
    bool opened = files->open(files->context, index, &source, error);
    if (!opened) {
        show(member->team, &member->team->shared[member->number], NULL);
    }
    bool done = opened && fold_open(member, index, &source, error);
    files->close(files->context, index, done ? NULL : error);
    return done;
}

/* What a thread is to do next: a file of its own, or one to help with. False: nothing any more. */
static bool find_work(Team *team, int *index, Shared **help)
{
    bool found = false;
    *help = NULL;
    pthread_mutex_lock(&team->lock);
    while (!team->failed && !found) {
        if (team->next < team->files->count) {
            *index = team->next++;
            team->opening++;
            found = true;
        } else if ((*help = find_shared(team)) != NULL) {
            (*help)->users++;
            found = true;
        } else if (team->opening > 0) {
            pthread_cond_wait(&team->changed, &team->lock);
        } else {
            break;
        }
    }
    pthread_mutex_unlock(&team->lock);
    return found;
}

static void *work(void *argument)
{
    Member *member = argument;
    Team *team = member->team;
    int index;
    Shared *help;
    while (find_work(team, &index, &help)) {
        bool done = help != NULL ? fold_stream_run(help->stream, member->fold, &member->error)
                                 : do_file(member, index, &member->error);
        pthread_mutex_lock(&team->lock);
        if (help != NULL) {
            help->users--;
        }
        team->failed = team->failed || !done;
        pthread_cond_broadcast(&team->changed);
        pthread_mutex_unlock(&team->lock);
    }
    return NULL;
}

static void run(Member *members, int threads)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int started = 1;
    while (started < threads &&
           pthread_create(&members[started].thread, &attributes, work, &members[started]) == 0) {
        started++;
    }
    pthread_attr_destroy(&attributes);
    work(&members[0]); /* this thread is one of them */
    for (int i = 1; i < started; i++) {
        pthread_join(members[i].thread, NULL);
    }
}

/* All folds as the first one, which is returned. */
static Fold *bring_together(Member *members, int threads, Error *error)
{
    for (int i = 0; i < threads; i++) {
        if (members[i].error.code != ERROR_NONE) {
            *error = members[i].error;
            return NULL;
        }
    }
    for (int i = 1; i < threads; i++) {
        if (!fold_merge(members[0].fold, members[i].fold, error)) {
            return NULL;
        }
    }
    return members[0].fold;
}

Fold *parallel_fold(const FoldOptions *options, const ParallelFiles *files, int threads,
                    Error *error)
{
    threads = files->count == 0 || threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;
    FoldOptions share = *options;
    share.memory = options->memory / threads;
    Team team = {.files = files, .threads = threads};
    pthread_mutex_init(&team.lock, NULL);
    pthread_cond_init(&team.changed, NULL);
    Member *members = calloc((size_t)threads, sizeof *members);
    bool ready = members != NULL;
    for (int i = 0; ready && i < threads; i++) {
        members[i].team = &team;
        members[i].number = i;
        members[i].fold = fold_new(&share, error);
        ready = members[i].fold != NULL;
    }
    if (ready) {
        run(members, threads);
    }
    Fold *result = ready ? bring_together(members, threads, error) : NULL;
    for (int i = 0; members != NULL && i < threads; i++) {
        if (members[i].fold != result) {
            fold_free(members[i].fold);
        }
    }
    free(members);
    pthread_cond_destroy(&team.changed);
    pthread_mutex_destroy(&team.lock);
    return result;
}
