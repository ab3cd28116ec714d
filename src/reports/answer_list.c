#include <string.h>

#include "reports/answer.h"

Page answer_list_page(const ReportRequest *request, int64_t count)
{
    int64_t limit = request->page_limit < REPORT_PAGE_MOST ? request->page_limit : REPORT_PAGE_MOST;
    return (Page){"limit", "offset", count, limit, request->page_offset};
}

void answer_list_meta(JsonWriter *json, Arena *arena, const ReportRequest *request,
                      const Page *page)
{
    const char *name;
    json_t *value;
    Page shown = *page;
    shown.limit = request->page_limit;
    page_begin_meta(json, &shown);
    json_object_foreach (request->echo, name, value) {
        if (strcmp(name, "limit") != 0 && strcmp(name, "offset") != 0) {
            json_member_raw(json, name, json_text(arena, value));
        }
    }
    json_end(json);
}
