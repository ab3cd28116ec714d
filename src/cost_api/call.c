#include "cost_api/call.h"

#include <string.h>

#include "base/crypto.h"
#include "cost_api/pages.h"
#include "sources/audit.h"

bool tenant_is_missing(const Db *db)
{
    /* Of a schema, a table, a function: whichever the statement names first. */
    static const char *const STATES[] = {"3F000", "42P01", "42883"};
    bool missing = false;
    for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++) {
        missing = missing || strcmp(db_sqlstate(db), STATES[i]) == 0;
    }
    return missing;
}

/* Does a parameter restrict, or group by, accounts? */
static bool names_accounts(const char *name)
{
    static const char END[] = "account]";
    size_t length = strlen(name), end = sizeof END - 1;
    if (strcmp(name, "account") == 0) {
        return true;
    }
    return (strncmp(name, "filter[", 7) == 0 || strncmp(name, "group_by[", 9) == 0) &&
           length > end && strcmp(name + length - end, END) == 0 &&
           (name[length - end - 1] == '[' || name[length - end - 1] == ':');
}

/* Of the accounts that are asked for, by ids or names with commas, are all the caller's own? False
 * also when the answer is written already. */
static bool are_own(CostCall *call, const char *asked)
{
    static const char FOREIGN[] =
        "SELECT string_agg(asked.account, ',')"
        "  FROM unnest(string_to_array($1, ',')) AS asked (account)"
        " WHERE asked.account NOT IN ('*', '')"
        "   AND asked.account <> ALL (current_setting('kontor.aws_accounts')::text[])";
    static const char NOT_NAMES[] =
        "SELECT 1"
        "  FROM unnest(string_to_array($1, ',')) AS asked (account)"
        " WHERE NOT EXISTS (SELECT 1"
        "                     FROM {schema}.reporting_awsaccountalias a"
        "                    WHERE lower(a.account_alias) = lower(asked.account))";
    bool missing;
    DbResult *rows = call_query(call, NULL, FOREIGN, 1, &asked);
    if (rows == NULL || db_is_null(rows, 0, 0)) {
        return rows != NULL;
    }
    const char *foreign = db_text(rows, 0, 0);
    rows = call_query(call, &missing, NOT_NAMES, 1, &foreign);
    return rows != NULL && db_row_count(rows) == 0;
}

/* A caller who may read some accounts only is told so when asking for another one; answers 403
 * then. What is not asked for by name is left out of the answer anyhow. */
static bool asks_for_own_accounts(CostCall *call)
{
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    for (int i = 0; i < count; i++) {
        if (names_accounts(items[i].name) && !are_own(call, items[i].value)) {
            if (call->response->status == 200) {
                access_write_error(call->response, 403, "detail",
                                   "You do not have permission to perform this action.");
            }
            return false;
        }
    }
    return true;
}

bool call_begin(CostCall *call, void *context, HttpRequest *request, HttpResponse *response)
{
    *call = (CostCall){
        .context = context, .request = request, .response = response, .arena = request->arena};
    if (!access_read_costs(request, response, &call->caller)) {
        return false;
    }
    Error error = {0};
    call->db = db_pool_take(call->context->koku, &error);
    if (call->db == NULL ||
        !tenant_sql_begin(&call->tables, call->arena, call->db, &call->caller, &error)) {
        access_write_failure(response, &error);
        call_end(call);
        return false;
    }
    call->schema = call->tables.schema;
    if (call->tables.narrowed && !asks_for_own_accounts(call)) {
        call_end(call);
        return false;
    }
    return true;
}

void call_end(CostCall *call)
{
    db_pool_give(call->context->koku, call->db);
    call->db = NULL;
}

static const char *header_or_empty(const CostCall *call, const char *name)
{
    const char *value = http_request_header(call->request, name);
    return value != NULL ? value : "";
}

bool call_begin_change(CostCall *call)
{
    const AuditActor actor = {.name = call_actor(call),
                              .remote_address = call->request->remote_address,
                              .forwarded_for = header_or_empty(call, "x-forwarded-for"),
                              .request_id = header_or_empty(call, "x-rh-insights-request-id")};
    Error error = {0};
    bool begun = db_begin_later(call->db, &error) &&
                 DB_POST(call->db, &error, "SET LOCAL lock_timeout = '10s'") &&
                 audit_begin(call->db, &actor, &error);
    if (!begun) {
        access_write_failure(call->response, &error);
    }
    return begun;
}

bool call_commit(CostCall *call)
{
    Error error = {0};
    bool kept = db_commit(call->db, &error);
    if (!kept) {
        access_write_failure(call->response, &error);
    }
    return kept;
}

DbResult *call_query(CostCall *call, bool *missing, const char *sql, int count,
                     const char *const *parameters)
{
    Buffer *text = buffer_new(call->arena);
    tenant_sql_expand(text, &call->tables, sql);
    Error error = {0};
    DbResult *rows = db_query(call->db, call->arena, &error, text->data, count, parameters);
    bool absent = rows == NULL && tenant_is_missing(call->db);
    if (missing != NULL) {
        *missing = absent;
    }
    if (rows == NULL && (missing == NULL || !absent)) {
        access_write_failure(call->response, &error);
    }
    return rows;
}

void call_not_found(CostCall *call, const char *thing)
{
    access_write_error(call->response, 404, "detail",
                       thing == NULL
                           ? "Not found."
                           : arena_printf(call->arena, "No %s matches the given query.", thing));
}

DbResult *call_find(CostCall *call, const char *thing, const char *sql, const char *uuid)
{
    bool missing = false, valid = uuid_valid(uuid);
    DbResult *rows = valid ? call_query(call, &missing, sql, 1, &uuid) : NULL;
    if (rows != NULL && db_row_count(rows) == 1) {
        return rows;
    }
    if (rows != NULL || missing || !valid) {
        call_not_found(call, valid ? thing : NULL);
    }
    return NULL;
}

DbResult *call_change(CostCall *call, bool *missing, const char *sql, int count,
                      const char *const *parameters)
{
    if (missing != NULL) {
        *missing = false;
    }
    DbResult *rows =
        call_begin_change(call) ? call_query(call, missing, sql, count, parameters) : NULL;
    if (rows != NULL && !call_commit(call)) {
        rows = NULL;
    }
    db_rollback(call->db);
    return rows;
}

const char *call_parameter(const CostCall *call, const char *name)
{
    const char *value = NULL;
    int count;
    HttpQueryItem *items = http_query_parse(call->arena, call->request->query, &count);
    for (int i = 0; i < count; i++) {
        if (strcmp(items[i].name, name) == 0) {
            value = items[i].value;
        }
    }
    return value;
}

json_t *call_body(CostCall *call)
{
    Error error = {0};
    json_t *body = json_parse(call->arena, call->request->body, call->request->body_length, &error);
    if (body == NULL) {
        access_write_error(call->response, 400, "detail",
                           arena_printf(call->arena, "JSON parse error - %s", error.message));
    } else if (!json_is_object(body)) {
        access_write_error(call->response, 400, "non_field_errors",
                           arena_printf(call->arena,
                                        "Invalid data. Expected a dictionary, but got %s.",
                                        json_type_name(body)));
        body = NULL;
    }
    return body;
}

void call_refuse_without_tenant(CostCall *call)
{
    access_write_error(call->response, 400, "detail",
                       "the organisation has no data yet: add a source first");
}

JsonWriter call_begin_list(CostCall *call, const Page *page, int64_t *first, int64_t *last)
{
    page_range(page, first, last);
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    page_write_head(&json, call->arena, page, call->request->path, call->request->query);
    json_write_key(&json, "data");
    json_begin_array(&json);
    return json;
}

static void write_list(CostCall *call, const Page *page, const DbResult *rows,
                       CallWriteRow *write_row)
{
    int64_t first, last;
    JsonWriter json = call_begin_list(call, page, &first, &last);
    for (int64_t i = first; i < last; i++) {
        json_begin_object(&json);
        write_row(&json, rows, (int)i);
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
}

static Page page_of_rows(CostCall *call, const DbResult *rows)
{
    Page page = page_of_query(call->arena, call->request->query, 10, 1000);
    page.count = rows != NULL ? db_row_count(rows) : 0;
    return page;
}

void call_answer_list(CostCall *call, const DbResult *rows, CallWriteRow *write_row)
{
    Page page = page_of_rows(call, rows);
    write_list(call, &page, rows, write_row);
}

void call_answer_known_list(CostCall *call, const DbResult *rows, CallWriteRow *write_row)
{
    Page page = page_of_rows(call, rows);
    page_of_known_list(&page);
    write_list(call, &page, rows, write_row);
}

const char *call_actor(const CostCall *call)
{
    const Identity *identity = &call->caller.identity;
    return *identity->username != '\0'
               ? identity->username
               : arena_printf(call->arena, "organisation %s", identity->org_id);
}

bool call_path_is(const HttpRequest *request, const char *route)
{
    size_t length = strlen(route);
    return strncmp(request->path, route, length) == 0 &&
           request->path[length + strspn(request->path + length, "/")] == '\0';
}

void call_refuse(CostCall *call, const char *name, const char *reason)
{
    call->response->status = 400;
    JsonWriter json = json_writer(call->response->body);
    json_begin_object(&json);
    json_write_key(&json, name);
    json_begin_array(&json);
    json_write_string(&json, reason);
    json_end(&json);
    json_end(&json);
}
