#include "base/background.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/date.h"

enum {
    STACK_SIZE = 512 * 1024,
    THREADS_MAX = 64,
};

struct Stop {
    atomic_bool raised;
    int event;
};

typedef struct Thread {
    pthread_t handle;
    BackgroundTask *task;
    void *context;
    const Stop *stop;
} Thread;

struct Background {
    Stop *stop;
    Thread threads[THREADS_MAX];
    int count;
};

Stop *stop_new(void)
{
    Stop *stop = calloc(1, sizeof *stop);
    if (stop == NULL || (stop->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
        abort();
    }
    return stop;
}

void stop_free(Stop *stop)
{
    if (stop != NULL) {
        close(stop->event);
        free(stop);
    }
}

void stop_raise(Stop *stop)
{
    const uint64_t one = 1;
    atomic_store(&stop->raised, true);
    /* It can only fail when it is readable already. */
    ssize_t written = write(stop->event, &one, sizeof one);
    (void)written;
}

bool stop_raised(const Stop *stop)
{
    return stop != NULL && atomic_load(&stop->raised);
}

bool stop_wait(const Stop *stop, double seconds)
{
    double deadline = clock_monotonic() + seconds;
    struct pollfd ready = {.fd = stop_descriptor(stop), .events = POLLIN};
    while (!stop_raised(stop)) {
        double left = deadline - clock_monotonic();
        if (left <= 0) {
            return false;
        }
        poll(&ready, 1, (int)(left * 1000) + 1);
    }
    return true;
}

int stop_descriptor(const Stop *stop)
{
    return stop != NULL ? stop->event : -1;
}

Background *background_new(void)
{
    Background *background = calloc(1, sizeof *background);
    if (background == NULL) {
        abort();
    }
    background->stop = stop_new();
    return background;
}

static void *run(void *context)
{
    Thread *thread = context;
    thread->task(thread->context, thread->stop);
    return NULL;
}

bool background_start(Background *background, const char *name, BackgroundTask *task, void *context,
                      Error *error)
{
    if (background->count == THREADS_MAX) {
        return error_set(error, ERROR_INVALID, "at most %d background threads can run",
                         THREADS_MAX);
    }
    Thread *thread = &background->threads[background->count];
    *thread = (Thread){.task = task, .context = context, .stop = background->stop};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    /* Signals are the main thread's business. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int fault = pthread_create(&thread->handle, &attributes, run, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (fault != 0) {
        return error_set(error, ERROR_INTERNAL, "thread %s cannot be started: %s", name,
                         strerror(fault));
    }
    pthread_setname_np(thread->handle, name);
    background->count++;
    return true;
}

const Stop *background_stop_of(const Background *background)
{
    return background->stop;
}

void background_free(Background *background)
{
    if (background == NULL) {
        return;
    }
    stop_raise(background->stop);
    for (int i = 0; i < background->count; i++) {
        pthread_join(background->threads[i].handle, NULL);
    }
    stop_free(background->stop);
    free(background);
}
