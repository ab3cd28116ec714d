/* How many requests were answered, how, and how fast, in the form that Prometheus reads. */
#ifndef KONTOR_NET_HTTP_METRICS_H
#define KONTOR_NET_HTTP_METRICS_H

#include "base/buffer.h"

typedef struct HttpMetrics HttpMetrics;

HttpMetrics *http_metrics_new(void);
/* NULL is allowed. */
void http_metrics_free(HttpMetrics *metrics);

/* Counts one answered request. `route` is the pattern of the route table ("/api/…/{id}"), never the
 * path itself, so that there are few series; it must outlive the metrics; NULL: no route was found.
 * Methods that are no known ones count as "other". From any thread. */
void http_metrics_count(HttpMetrics *metrics, const char *route, const char *method, int status,
                        double seconds, size_t request_bytes, size_t response_bytes);

/* Appends kontor_http_requests_total, …_request_bytes_total, …_response_bytes_total and the
 * histogram …_request_duration_seconds (Prometheus' text format 0.0.4). */
void http_metrics_write(HttpMetrics *metrics, Buffer *out);

#endif
