#include "net/http_metrics.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES_MAX = 1024 };

static const double BOUNDS[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                0.1,    0.25,  0.5,    1,     2.5,  5,     10};

enum { BOUND_COUNT = sizeof BOUNDS / sizeof *BOUNDS };

static const char *const METHODS[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

enum { METHOD_COUNT = sizeof METHODS / sizeof *METHODS };

/* One route, method and status. */
typedef struct Series {
    const char *route;
    const char *method;
    int status;
    uint64_t count, request_bytes, response_bytes;
    uint64_t within[BOUND_COUNT]; /* not cumulative */
    double seconds;
} Series;

struct HttpMetrics {
    pthread_mutex_t lock;
    Series *series;
    int count, room;
};

HttpMetrics *http_metrics_new(void)
{
    HttpMetrics *metrics = calloc(1, sizeof *metrics);
    if (metrics != NULL) {
        pthread_mutex_init(&metrics->lock, NULL);
    }
    return metrics;
}

void http_metrics_free(HttpMetrics *metrics)
{
    if (metrics != NULL) {
        pthread_mutex_destroy(&metrics->lock);
        free(metrics->series);
        free(metrics);
    }
}

static const char *known_method(const char *method)
{
    for (int i = 0; i < METHOD_COUNT; i++) {
        if (strcmp(METHODS[i], method) == 0) {
            return METHODS[i];
        }
    }
    return "other";
}

/* NULL when there are too many series, or no memory: then it is not counted. */
static Series *find_series(HttpMetrics *metrics, const char *route, const char *method, int status)
{
    for (int i = 0; i < metrics->count; i++) {
        Series *series = &metrics->series[i];
        if (series->route == route && series->method == method && series->status == status) {
            return series;
        }
    }
    if (metrics->count == SERIES_MAX) {
        return NULL;
    }
    if (metrics->count == metrics->room) {
        int room = metrics->room > 0 ? metrics->room * 2 : 32;
        Series *larger = realloc(metrics->series, (size_t)room * sizeof *larger);
        if (larger == NULL) {
            return NULL;
        }
        metrics->series = larger;
        metrics->room = room;
    }
    Series *series = &metrics->series[metrics->count++];
    *series = (Series){.route = route, .method = method, .status = status};
    return series;
}

void http_metrics_count(HttpMetrics *metrics, const char *route, const char *method, int status,
                        double seconds, size_t request_bytes, size_t response_bytes)
{
    method = known_method(method);
    pthread_mutex_lock(&metrics->lock);
    Series *series = find_series(metrics, route, method, status);
    if (series != NULL) {
        int bound = 0;
        while (bound < BOUND_COUNT && seconds > BOUNDS[bound]) {
            bound++;
        }
        if (bound < BOUND_COUNT) {
            series->within[bound]++;
        }
        series->count++;
        series->seconds += seconds;
        series->request_bytes += request_bytes;
        series->response_bytes += response_bytes;
    }
    pthread_mutex_unlock(&metrics->lock);
}

static void write_labels(Buffer *out, const Series *series)
{
    buffer_printf(out, "route=\"%s\",method=\"%s\",code=\"%d\"",
                  series->route != NULL ? series->route : "none", series->method, series->status);
}

static void write_counter(const HttpMetrics *metrics, Buffer *out, const char *name,
                          const char *help, size_t offset)
{
    buffer_printf(out, "# HELP kontor_http_%s %s\n# TYPE kontor_http_%s counter\n", name, help,
                  name);
    for (int i = 0; i < metrics->count; i++) {
        const Series *series = &metrics->series[i];
        buffer_printf(out, "kontor_http_%s{", name);
        write_labels(out, series);
        buffer_printf(out, "} %llu\n",
                      (unsigned long long)*(const uint64_t *)((const char *)series + offset));
    }
}

static void write_histogram(const HttpMetrics *metrics, Buffer *out)
{
    static const char NAME[] = "kontor_http_request_duration_seconds";
    buffer_printf(out, "# HELP %s Time from the request to its answer.\n# TYPE %s histogram\n",
                  NAME, NAME);
    for (int i = 0; i < metrics->count; i++) {
        const Series *series = &metrics->series[i];
        uint64_t sum = 0;
        for (int bound = 0; bound <= BOUND_COUNT; bound++) {
            bool last = bound == BOUND_COUNT;
            sum += last ? 0 : series->within[bound];
            buffer_printf(out, "%s_bucket{", NAME);
            write_labels(out, series);
            if (last) {
                buffer_printf(out, ",le=\"+Inf\"} %llu\n", (unsigned long long)series->count);
            } else {
                buffer_printf(out, ",le=\"%g\"} %llu\n", BOUNDS[bound], (unsigned long long)sum);
            }
        }
        buffer_printf(out, "%s_sum{", NAME);
        write_labels(out, series);
        buffer_printf(out, "} %.6f\n%s_count{", series->seconds, NAME);
        write_labels(out, series);
        buffer_printf(out, "} %llu\n", (unsigned long long)series->count);
    }
}

void http_metrics_write(HttpMetrics *metrics, Buffer *out)
{
    pthread_mutex_lock(&metrics->lock);
    write_counter(metrics, out, "requests_total", "Requests answered.", offsetof(Series, count));
    write_counter(metrics, out, "request_bytes_total", "Bytes of request bodies.",
                  offsetof(Series, request_bytes));
    write_counter(metrics, out, "response_bytes_total", "Bytes of answers' bodies.",
                  offsetof(Series, response_bytes));
    write_histogram(metrics, out);
    pthread_mutex_unlock(&metrics->lock);
}
