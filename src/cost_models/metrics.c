#include "cost_models/metrics.h"

#include <string.h>
#include <strings.h>

#include "cost_api/call.h"
#include "cost_api/pages.h"
#include "cost_models/source_types.h"

/* clang-format off */
static const Metric METRICS[] = {
    {"cpu_core_usage_per_hour", "CPU", "Usage", "core-hours", "Supplementary"},
    {"cpu_core_request_per_hour", "CPU", "Request", "core-hours", "Supplementary"},
    {"cpu_core_effective_usage_per_hour", "CPU", "Effective-usage", "core-hours", "Supplementary"},
    {"memory_gb_usage_per_hour", "Memory", "Usage", "GiB-hours", "Supplementary"},
    {"memory_gb_request_per_hour", "Memory", "Request", "GiB-hours", "Supplementary"},
    {"memory_gb_effective_usage_per_hour", "Memory", "Effective-usage", "GiB-hours", "Supplementary"},
    {"storage_gb_usage_per_month", "Storage", "Usage", "GiB-month", "Supplementary"},
    {"storage_gb_request_per_month", "Storage", "Request", "GiB-month", "Supplementary"},
    {"node_core_cost_per_hour", "Node", "Count", "core-hour", "Infrastructure"},
    {"node_cost_per_month", "Node", "Count", "node-month", "Infrastructure"},
    {"node_core_cost_per_month", "Node", "Count", "core-month", "Infrastructure"},
    {"cluster_cost_per_month", "Cluster", "Count", "cluster-month", "Infrastructure"},
    {"cluster_cost_per_hour", "Cluster", "Count", "cluster-hour", "Infrastructure"},
    {"pvc_cost_per_month", "Persistent volume claims", "Count", "pvc-month", "Infrastructure"},
    {"vm_cost_per_month", "Virtual Machine", "Count", "vm-month", "Infrastructure"},
    {"vm_cost_per_hour", "Virtual Machine", "Count", "vm-hour", "Infrastructure"},
    {"cluster_core_cost_per_hour", "Cluster", "Count", "core-hour", "Infrastructure"},
    {"project_per_month", "Project", "Count", "project-month", "Infrastructure"},
    {"vm_core_cost_per_month", "Virtual Machine", "Count", "core-month", "Infrastructure"},
    {"vm_core_cost_per_hour", "Virtual Machine", "Count", "core-hour", "Infrastructure"},
    {"gpu_cost_per_month", "GPU", "Count", "gpu-month", "Infrastructure"},
};
/* clang-format on */

enum { METRIC_COUNT = sizeof METRICS / sizeof *METRICS };

const Metric *metric_find(const char *name)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        if (strcmp(METRICS[i].name, name) == 0) {
            return &METRICS[i];
        }
    }
    return NULL;
}

static void write_metric(JsonWriter *json, const Metric *metric)
{
    json_begin_object(json);
    json_member_string(json, "source_type", source_type_find("OCP")->title);
    json_member_string(json, "metric", metric->name);
    json_member_string(json, "label_metric", metric->label);
    json_member_string(json, "label_measurement", metric->measurement);
    json_member_string(json, "label_measurement_unit", metric->unit);
    json_member_string(json, "default_cost_type", metric->cost_type);
    json_end(json);
}

/* All of them are OpenShift's: clouds tell their costs themselves. */
static void answer(CostCall *call)
{
    const char *asked = call_parameter(call, "source_type");
    bool any = asked == NULL || *asked == '\0';
    const SourceType *type = source_type_find(any ? "OCP" : asked);
    if (type == NULL) {
        access_write_error(call->response, 400, "source_type",
                           arena_printf(call->arena, "\"%s\" is not a valid choice.", asked));
        return;
    }
    Page page = page_of_query(call->arena, call->request->query, 10, 1000);
    page.count = strcmp(type->name, "OCP") == 0 ? METRIC_COUNT : 0;
    page_of_known_list(&page);
    int64_t first, last;
    JsonWriter json = call_begin_list(call, &page, &first, &last);
    for (int64_t i = first; i < last; i++) {
        write_metric(&json, &METRICS[i]);
    }
    json_end(&json);
    json_end(&json);
}

static void get_metrics(void *context, HttpRequest *request, HttpResponse *response)
{
    CostCall call = {
        .context = context, .request = request, .response = response, .arena = request->arena};
    if (access_read_costs(request, response, &call.caller)) {
        answer(&call);
    }
}

const HttpRoute METRIC_ROUTES[] = {
    {"GET", COST_MANAGEMENT_API "/metrics", get_metrics},
    {NULL, NULL, NULL},
};
