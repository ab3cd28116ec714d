#include "sources/status_listener.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "identity/identity.h"
#include "kafka/kafka.h"
#include "sources/audit.h"
#include "sources/events.h"
#include "sources/status_message.h"

enum { AWAY_SECONDS = 3 };

static const double POLL_SECONDS = 0.5;

static const char GROUP[] = "sources-api-status-worker";

/* How a kind of resource is found and changed. */
typedef struct Kind {
    const char *type;
    EventResource resource;
    const char *find_sql;   /* $1 id, $2 tenant: the source it hangs on */
    const char *update_sql; /* $1 id, $2 status, $3 error */
    bool keeps_error;       /* $3 is taken */
} Kind;

#define TIMES                                                                                      \
    " last_checked_at = now(),"                                                                    \
    " last_available_at = CASE WHEN $2::text = 'available' THEN now() ELSE last_available_at END"

#define UPDATE_WITH_ERROR(table)                                                                   \
    "UPDATE " table " SET availability_status = $2::text, availability_status_error = $3," TIMES   \
    " WHERE id = $1"

static const Kind KINDS[] = {
    {.type = "Source",
     .resource = EVENT_SOURCE,
     .find_sql = "SELECT id FROM sources WHERE id = $1 AND tenant_id = $2",
     .update_sql = "UPDATE sources SET availability_status = $2::text," TIMES " WHERE id = $1"},
    {.type = "Application",
     .resource = EVENT_APPLICATION,
     .find_sql = "SELECT source_id FROM applications WHERE id = $1 AND tenant_id = $2",
     .update_sql = UPDATE_WITH_ERROR("applications"),
     .keeps_error = true},
    {.type = "Endpoint",
     .resource = EVENT_ENDPOINT,
     .find_sql = "SELECT source_id FROM endpoints WHERE id = $1 AND tenant_id = $2",
     .update_sql = UPDATE_WITH_ERROR("endpoints"),
     .keeps_error = true},
    {.type = "Authentication",
     .resource = EVENT_AUTHENTICATION,
     .find_sql = "SELECT source_id FROM authentications WHERE id = $1 AND tenant_id = $2",
     .update_sql = UPDATE_WITH_ERROR("authentications"),
     .keeps_error = true},
};

enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

static const Kind *kind_of(const char *type)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        if (strcmp(KINDS[i].type, type) == 0) {
            return &KINDS[i];
        }
    }
    return NULL;
}

static const char *header_of(const KafkaMessage *message, const char *name)
{
    for (int i = 0; i < message->header_count; i++) {
        if (strcasecmp(message->headers[i].name, name) == 0) {
            return message->headers[i].value;
        }
    }
    return "";
}

/* The tenant that the headers name; *id is NULL when there is none such. */
static bool find_tenant(Db *db, Arena *arena, const KafkaMessage *message, EventOrigin *origin,
                        const char **id, Error *error)
{
    Identity identity = {.org_id = "", .account_number = ""};
    Error fault = {0};
    const char *encoded = header_of(message, "x-rh-identity");
    if (*encoded != '\0' && !identity_decode(arena, encoded, &identity, &fault)) {
        identity = (Identity){.org_id = "", .account_number = ""};
    }
    const char *org =
        *identity.org_id != '\0' ? identity.org_id : header_of(message, "x-rh-sources-org-id");
    const char *account = *identity.account_number != '\0'
                              ? identity.account_number
                              : header_of(message, "x-rh-sources-account-number");
    DbResult *rows = DB_QUERY(db, arena, error,
                              "SELECT id, COALESCE(org_id, ''), COALESCE(external_tenant, '')"
                              "  FROM tenants"
                              " WHERE ($1 <> '' AND org_id = $1)"
                              "    OR ($1 = '' AND $2 <> '' AND external_tenant = $2)",
                              org, account);
    *id = rows != NULL && db_row_count(rows) > 0 ? db_text(rows, 0, 0) : NULL;
    if (*id != NULL) {
        *origin = (EventOrigin){
            .org_id = db_text(rows, 0, 1), .account = db_text(rows, 0, 2), .identity = encoded};
    }
    return rows != NULL;
}

static const char *updated_json(Arena *arena, const StatusMessage *status, const Kind *kind)
{
    return arena_printf(arena,
                        "{\"%s\": {\"%s\": [\"last_checked_at\", \"availability_status\"%s%s]}}",
                        kind->type, status->resource_id,
                        kind->resource == EVENT_SOURCE ? "" : ", \"availability_status_error\"",
                        strcmp(status->status, "available") == 0 ? ", \"last_available_at\"" : "");
}

static bool update(Db *db, Arena *arena, const Kind *kind, const char *id,
                   const StatusMessage *status, Error *error)
{
    const char *const parameters[] = {id, status->status, status->fault};
    return db_query(db, arena, error, kind->update_sql, kind->keeps_error ? 3 : 2, parameters) !=
           NULL;
}

/* What an application reports is the state of its source. */
static bool copy_to_source(Db *db, Arena *arena, const StatusMessage *status, const Kind *kind,
                           const char *source_id, Error *error)
{
    return kind->resource != EVENT_APPLICATION ||
           update(db, arena, &KINDS[0], source_id, status, error);
}

/* *found is false when the tenant has no such row. */
static bool apply(Db *db, Arena *arena, const StatusMessage *status, const EventOrigin *origin,
                  const char *tenant, bool *found, Error *error)
{
    static const AuditActor ACTOR = {"kontor (status topic)", "", "", ""};
    const Kind *kind = kind_of(status->resource_type);
    DbResult *rows = DB_QUERY(db, arena, error, kind->find_sql, status->resource_id, tenant);
    *found = rows != NULL && db_row_count(rows) > 0 && !db_is_null(rows, 0, 0);
    if (rows == NULL || !*found) {
        return rows != NULL;
    }
    const char *source_id = db_text(rows, 0, 0);
    if (!audit_begin(db, &ACTOR, error) ||
        !events_lock_source(db, arena, source_id, tenant, found, error)) {
        return false;
    }
    return !*found || (update(db, arena, kind, status->resource_id, status, error) &&
                       copy_to_source(db, arena, status, kind, source_id, error) &&
                       events_write(db, arena, origin, kind->resource, "update",
                                    status->resource_id, source_id, error) &&
                       events_write_records(db, arena, origin, source_id,
                                            updated_json(arena, status, kind), error));
}

static void drop(const KafkaMessage *message, const char *why)
{
    log_warning("sources", "a message of topic %s is dropped: %s: %.200s", message->topic, why,
                message->value);
}

/* False only when the database failed: then the message is to come again. */
static bool handle(Db *db, Arena *arena, const KafkaMessage *message, Error *error)
{
    StatusMessage status;
    Error fault = {0};
    if (strcmp(header_of(message, "event_type"), "availability_status") != 0) {
        return true;
    }
    if (!status_message_parse(arena, message->value, message->length, &status, &fault)) {
        drop(message, fault.message);
        return true;
    }
    EventOrigin origin;
    const char *tenant;
    bool found = false;
    if (!find_tenant(db, arena, message, &origin, &tenant, error)) {
        return false;
    }
    if (tenant == NULL) {
        drop(message, "its headers name no tenant that is known");
        return true;
    }
    bool done = db_begin(db, error) && apply(db, arena, &status, &origin, tenant, &found, error) &&
                db_commit(db, error);
    if (!done) {
        db_rollback(db);
    } else if (!found) {
        drop(message, "its tenant has no such resource");
    }
    return done;
}

static bool listen_to(KafkaConsumer *consumer, Db *db, const Stop *stop, Error *error)
{
    Arena *arena = arena_new();
    bool going = true;
    while (going && !stop_raised(stop)) {
        KafkaMessage message;
        arena_reset(arena);
        if (kafka_consume(consumer, arena, POLL_SECONDS, &message)) {
            going = handle(db, arena, &message, error) && kafka_consumer_commit(consumer, error);
        }
    }
    arena_free(arena);
    return going;
}

void status_listener_task(void *context, const Stop *stop)
{
    const KafkaLink *link = context;
    while (!stop_raised(stop)) {
        Error error = {0};
        Db *db = db_connect(database_conninfo(link->database, "sources"), &error);
        KafkaConsumer *consumer =
            db != NULL
                ? kafka_consumer_new(link->config, GROUP, link->config->kafka_status_topic, &error)
                : NULL;
        bool done = consumer != NULL && listen_to(consumer, db, stop, &error);
        kafka_consumer_free(consumer);
        db_close(db);
        if (!done && !stop_raised(stop)) {
            log_warning("sources", "the status topic waits: %s", error.message);
            stop_wait(stop, AWAY_SECONDS);
        }
    }
}
