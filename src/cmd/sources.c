/* `kontor sources`: a small client of a running server's Sources API. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/json.h"
#include "cmd/verb.h"
#include "net/http_client.h"
#include "net/http_server.h"

/* What the verb was told. */
typedef struct Wish {
    const char *url;
    const char *org;
    const char *name;
    const char *bucket, *report_name, *report_prefix, *endpoint, *region, *role;
    const char *user;  /* "NAME:PASSWORD" */
    const char *token; /* of the OpenID provider */
    Arena *arena;
} Wish;

/* The header by which the server knows who calls. */
static const char *credentials(const Wish *wish)
{
    if (wish->token != NULL) {
        return arena_printf(wish->arena, "Authorization: Bearer %s", wish->token);
    }
    if (wish->user != NULL) {
        return arena_printf(wish->arena, "Authorization: Basic %s",
                            base64_encode(wish->arena, wish->user, strlen(wish->user)));
    }
    return arena_printf(wish->arena, "x-rh-sources-org-id: %s", wish->org);
}

static bool call_api(const Wish *wish, const char *method, const char *path, const char *body,
                     json_t **document, Error *error)
{
    const char *headers[] = {"Content-Type: application/json", credentials(wish), NULL};
    HttpCall call = {
        .method = method,
        .url = arena_printf(wish->arena, "%s/api/sources/v3.1%s", wish->url, path),
        .headers = headers,
        .body = body,
        .body_length = body != NULL ? strlen(body) : 0,
    };
    HttpAnswer answer;
    if (!http_call(wish->arena, &call, &answer, error)) {
        return error_wrap(error, "is a server running there? (kontor serve, or --url)");
    }
    *document = answer.body->length > 0
                    ? json_parse(wish->arena, answer.body->data, answer.body->length, NULL)
                    : NULL;
    if (answer.status >= 400) {
        const json_t *first = json_array_get(json_object_get(*document, "errors"), 0);
        const char *detail = json_get_string(first, "detail");
        return error_set(error, ERROR_INVALID, "%s", detail != NULL ? detail : answer.body->data);
    }
    return true;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static bool list_sources(const Wish *wish, const char *id, Error *error)
{
    json_t *document;
    (void)id;
    if (!call_api(wish, "GET", "/sources?limit=1000", NULL, &document, error)) {
        return false;
    }
    size_t i;
    json_t *source;
    printf("%-6s  %-36s  %-20s  %s\n", "id", "provider", "status", "name");
    json_array_foreach (json_object_get(document, "data"), i, source) {
        bool paused = json_object_get(source, "paused_at") != NULL;
        printf("%-6s  %-36s  %-20s  %s%s\n", or_empty(json_get_string(source, "id")),
               or_empty(json_get_string(source, "uid")),
               or_empty(json_get_string(source, "availability_status")),
               or_empty(json_get_string(source, "name")), paused ? " (paused)" : "");
    }
    return true;
}

static bool show_source(const Wish *wish, const char *id, Error *error)
{
    static const char *const PATHS[] = {"", "/authentications", "/applications"};
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
        json_t *document;
        const char *path = arena_printf(wish->arena, "/sources/%s%s", id, PATHS[i]);
        if (!call_api(wish, "GET", path, NULL, &document, error)) {
            return false;
        }
        json_t *rows = json_object_get(document, "data");
        json_dumpf(rows != NULL ? rows : document, stdout, JSON_INDENT(2));
        printf("\n");
    }
    return true;
}

static bool simple_call(const Wish *wish, const char *method, const char *id, const char *tail,
                        Error *error)
{
    json_t *document;
    return call_api(wish, method, arena_printf(wish->arena, "/sources/%s%s", id, tail), NULL,
                    &document, error);
}

static bool delete_source(const Wish *wish, const char *id, Error *error)
{
    return simple_call(wish, "DELETE", id, "", error);
}

static bool pause_source(const Wish *wish, const char *id, Error *error)
{
    return simple_call(wish, "POST", id, "/pause", error);
}

static bool unpause_source(const Wish *wish, const char *id, Error *error)
{
    return simple_call(wish, "POST", id, "/unpause", error);
}

static void member(JsonWriter *json, const char *key, const char *value)
{
    if (value != NULL) {
        json_member_string(json, key, value);
    }
}

static bool post(const Wish *wish, const char *path, const char *body, const char **id,
                 Error *error)
{
    json_t *document;
    if (!call_api(wish, "POST", path, body, &document, error)) {
        return false;
    }
    *id = json_get_string(document, "id");
    return *id != NULL || error_set(error, ERROR_DATA, "the server's answer has no id");
}

static bool add_application(const Wish *wish, const char *source_id, Error *error)
{
    const char *id;
    Buffer *body = buffer_new(wish->arena);
    JsonWriter json = json_writer(body);
    json_begin_object(&json);
    json_member_string(&json, "source_id", source_id);
    json_member_string(&json, "application_type_id", "2");
    json_write_key(&json, "extra");
    json_begin_object(&json);
    member(&json, "bucket", wish->bucket);
    member(&json, "report_name", wish->report_name);
    member(&json, "report_prefix", wish->report_prefix);
    member(&json, "endpoint", wish->endpoint);
    member(&json, "region", wish->region);
    json_end(&json);
    json_end(&json);
    return post(wish, "/applications", body->data, &id, error);
}

static bool add_role(const Wish *wish, const char *source_id, Error *error)
{
    const char *id;
    Buffer *body = buffer_new(wish->arena);
    JsonWriter json = json_writer(body);
    json_begin_object(&json);
    json_member_string(&json, "resource_type", "Source");
    json_member_string(&json, "resource_id", source_id);
    json_member_string(&json, "authtype", "arn");
    json_member_string(&json, "username", wish->role);
    json_end(&json);
    return post(wish, "/authentications", body->data, &id, error);
}

/* All or nothing: a source whose application is refused is taken back. */
static bool add_aws(const Wish *wish, const char *unused, Error *error)
{
    const char *id;
    Buffer *body = buffer_new(wish->arena);
    JsonWriter json = json_writer(body);
    (void)unused;
    if (wish->name == NULL || wish->bucket == NULL) {
        return error_set(error, ERROR_INVALID, "add-aws needs --name and --bucket");
    }
    json_begin_object(&json);
    json_member_string(&json, "name", wish->name);
    json_member_string(&json, "source_type_id", "1");
    json_end(&json);
    if (!post(wish, "/sources", body->data, &id, error)) {
        return false;
    }
    if ((wish->role != NULL && !add_role(wish, id, error)) || !add_application(wish, id, error)) {
        delete_source(wish, id, NULL);
        return false;
    }
    printf("source %s added; `kontor sources list` shows whether its bucket can be read\n", id);
    return true;
}

static const struct {
    const char *name;
    bool takes_id;
    bool (*run)(const Wish *wish, const char *id, Error *error);
} ACTIONS[] = {
    {"add-aws", false, add_aws},   {"delete", true, delete_source},
    {"list", false, list_sources}, {"pause", true, pause_source},
    {"show", true, show_source},   {"unpause", true, unpause_source},
};

static bool run_action(const Wish *wish, int argc, char **argv, Error *error)
{
    const char *name = argc > 1 ? argv[1] : "list";
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++) {
        if (strcmp(ACTIONS[i].name, name) != 0) {
            continue;
        }
        if (argc != (ACTIONS[i].takes_id ? 3 : argc > 1 ? 2 : 1)) {
            return error_set(error, ERROR_INVALID, "usage: kontor sources %s%s", name,
                             ACTIONS[i].takes_id ? " ID" : "");
        }
        const char *id = argc > 2 ? http_url_encode(wish->arena, argv[2]) : NULL;
        return ACTIONS[i].run(wish, id, error);
    }
    return error_set(error, ERROR_INVALID, "there is no action \"%s\"; --help lists them", name);
}

int cmd_sources(Config *config, int argc, char **argv)
{
    Wish wish = {.user = getenv("KONTOR_USER"), .token = getenv("KONTOR_TOKEN")};
    const Option options[] = {
        {"url", OPTION_TEXT, &wish.url, "URL", "the server (default: http:// and --listen)"},
        {"org", OPTION_TEXT, &wish.org, "ORG", "organisation (default: --default-org)"},
        {"user", OPTION_TEXT, &wish.user, "NAME:PASSWORD",
         "who calls, where the server knows users (better by the variable KONTOR_USER)"},
        {"token", OPTION_TEXT, &wish.token, "TOKEN",
         "who calls, where it takes tokens (better by the variable KONTOR_TOKEN)"},
        {"name", OPTION_TEXT, &wish.name, "NAME", "add-aws: what to call the source"},
        {"bucket", OPTION_TEXT, &wish.bucket, "BUCKET", "add-aws: where its reports are"},
        {"report-name", OPTION_TEXT, &wish.report_name, "NAME", "add-aws: the report"},
        {"report-prefix", OPTION_TEXT, &wish.report_prefix, "PREFIX", "add-aws: folder before it"},
        {"endpoint", OPTION_TEXT, &wish.endpoint, "URL", "add-aws: S3 server of this bucket"},
        {"region", OPTION_TEXT, &wish.region, "REGION", "add-aws: its region"},
        {"role", OPTION_TEXT, &wish.role, "ARN", "add-aws: role of the account (optional)"},
        {0},
    };
    const VerbUsage usage = {
        "kontor sources [list|show ID|add-aws …|pause ID|unpause ID|delete ID] [options]",
        "Lists and changes the sources of an organisation through a running server.", options,
        OPERANDS_ANY};
    int exit_code;
    if (!verb_options(&usage, config, &argc, argv, &exit_code)) {
        return exit_code;
    }
    Error error = {0};
    wish.arena = arena_new();
    wish.url = wish.url != NULL ? wish.url : arena_printf(wish.arena, "http://%s", config->listen);
    wish.org = wish.org != NULL ? wish.org : config->default_org;
    bool done = wish.org != NULL || wish.user != NULL || wish.token != NULL ||
                error_set(&error, ERROR_INVALID, "name the organisation with --org");
    done = done && http_client_global_init(&error) && run_action(&wish, argc, argv, &error);
    exit_code = done ? EXIT_OK : verb_failed("sources", &error);
    arena_free(wish.arena);
    return exit_code;
}
