#include "ingest/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { THREADS_MAX = 64, STACK_SIZE = 512 * 1024 };

typedef struct Team {
    const FoldOptions *options;
    int count;
    ParallelFold *fold_one;
    void *context;
    _Atomic int next;
    _Atomic bool failed;
} Team;

typedef struct Member {
    Team *team;
    Fold *fold;
    pthread_t thread;
    Error error;
} Member;

int parallel_cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static void *work(void *argument)
{
    Member *member = argument;
    Team *team = member->team;
    for (;;) {
        int index = atomic_fetch_add(&team->next, 1);
        if (index >= team->count || atomic_load(&team->failed)) {
            return NULL;
        }
        if (!team->fold_one(team->context, index, member->fold, &member->error)) {
            atomic_store(&team->failed, true);
            return NULL;
        }
    }
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

Fold *parallel_fold(const FoldOptions *options, int count, int threads, ParallelFold *fold_one,
                    void *context, Error *error)
{
    threads = threads > count ? count : threads;
    threads = threads > THREADS_MAX ? THREADS_MAX : threads < 1 ? 1 : threads;
    FoldOptions share = *options;
    share.memory = options->memory / threads;
    Team team = {.options = &share, .count = count, .fold_one = fold_one, .context = context};
    Member *members = calloc((size_t)threads, sizeof *members);
    bool done = members != NULL;
    for (int i = 0; done && i < threads; i++) {
        members[i].team = &team;
        members[i].fold = fold_new(&share, error);
        done = members[i].fold != NULL;
    }
    if (done) {
        run(members, threads);
    }
    for (int i = 0; done && i < threads; i++) {
        if (members[i].error.code != ERROR_NONE) {
            *error = members[i].error;
            done = false;
        }
    }
    for (int i = 1; done && i < threads; i++) {
        done = fold_merge(members[0].fold, members[i].fold, error);
    }
    Fold *result = done ? members[0].fold : NULL;
    for (int i = 0; members != NULL && i < threads; i++) {
        if (members[i].fold != result) {
            fold_free(members[i].fold);
        }
    }
    free(members);
    return result;
}
