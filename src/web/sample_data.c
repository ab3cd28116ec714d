/* POST sample-data: something to look at before there is a bucket. */
#include <string.h>

#include "base/files.h"
#include "ingest/sample_report.h"
#include "providers/provider.h"
#include "web/kontor_api.h"

static const char SCHEME[] = "file://";

/* Writes the reports, and answers what an application's `extra` must say to read them: the source
 * itself is made by the Sources API, as any other. */
void web_post_sample_data(void *context, HttpRequest *request, HttpResponse *response)
{
    WebCall call;
    if (!web_call_begin(&call, context, request, response)) {
        return;
    }
    const SampleReport report = SAMPLE_REPORT_DEFAULT;
    const char *endpoint = provider_sample_endpoint(call.arena, call.api->config);
    const char *directory = endpoint + strlen(SCHEME);
    Error error = {0};
    int lines;
    if (!file_make_path(call.arena, directory, &error) ||
        !sample_report_write(call.arena, directory, &report, NULL, NULL, &lines, &error)) {
        web_call_failed(&call, &error);
    } else {
        json_begin_object(&call.json);
        json_member_int(&call.json, "lines", lines);
        json_write_key(&call.json, "extra");
        json_begin_object(&call.json);
        json_member_string(&call.json, "endpoint", endpoint);
        json_member_string(&call.json, "bucket", report.bucket);
        json_member_string(&call.json, "report_name", report.name);
        json_member_string(&call.json, "report_prefix", report.prefix);
        json_end(&call.json);
        json_end(&call.json);
    }
    web_call_end(&call);
}
