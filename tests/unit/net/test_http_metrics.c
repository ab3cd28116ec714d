#include "unit.h"

#include <string.h>

#include "net/http_metrics.h"

static void counts_by_route_method_and_status(void **state)
{
    (void)state;
    static const char ROUTE[] = "/api/things/{id}";
    Arena *arena = arena_new();
    Buffer *out = buffer_new(arena);
    HttpMetrics *metrics = http_metrics_new();
    http_metrics_count(metrics, ROUTE, "GET", 200, 0.0004, 0, 100);
    http_metrics_count(metrics, ROUTE, "GET", 200, 0.3, 0, 50);
    http_metrics_count(metrics, ROUTE, "GET", 404, 20, 0, 10);
    http_metrics_count(metrics, NULL, "BREW", 405, 0.002, 7, 1);
    http_metrics_write(metrics, out);
    static const char *const LINES[] = {
        "kontor_http_requests_total{route=\"/api/things/{id}\",method=\"GET\",code=\"200\"} 2\n",
        "kontor_http_requests_total{route=\"/api/things/{id}\",method=\"GET\",code=\"404\"} 1\n",
        "kontor_http_requests_total{route=\"none\",method=\"other\",code=\"405\"} 1\n",
        "kontor_http_request_bytes_total{route=\"none\",method=\"other\",code=\"405\"} 7\n",
        "_response_bytes_total{route=\"/api/things/{id}\",method=\"GET\",code=\"200\"} 150\n",
        "_bucket{route=\"/api/things/{id}\",method=\"GET\",code=\"200\",le=\"0.0005\"} 1\n",
        "_bucket{route=\"/api/things/{id}\",method=\"GET\",code=\"200\",le=\"0.25\"} 1\n",
        "_bucket{route=\"/api/things/{id}\",method=\"GET\",code=\"200\",le=\"0.5\"} 2\n",
        "_bucket{route=\"/api/things/{id}\",method=\"GET\",code=\"404\",le=\"10\"} 0\n",
        "_bucket{route=\"/api/things/{id}\",method=\"GET\",code=\"404\",le=\"+Inf\"} 1\n",
        "_sum{route=\"/api/things/{id}\",method=\"GET\",code=\"200\"} 0.300400\n",
    };
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        assert_non_null(strstr(out->data, LINES[i]));
    }
    http_metrics_free(metrics);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_route_method_and_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
