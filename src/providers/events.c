#include "providers/events.h"

#include <string.h>

#include "base/log.h"
#include "db/outbox.h"
#include "providers/provider.h"
#include "providers/provision.h"

enum {
    PAGE = 500,
    WAIT_SECONDS = 5, /* for a notification; then kept errors are looked at */
    AWAY_SECONDS = 2, /* between two tries to reach a database */
};

/* From one pass to the next: what many clients write at a time is taken together. */
static const double PASS_SECONDS = 0.05;

static const char NEW_SOURCE[] = "Source.create";

/* One pass over the outbox. */
typedef struct Pass {
    const Config *config;
    Db *koku;
    Db *sources;
    Arena *arena; /* of one event */
    int failed;
} Pass;

static const char *number_text(Arena *arena, int64_t number)
{
    return arena_printf(arena, "%lld", (long long)number);
}

/* Snapshots hold all that came before, so an event with a newer one behind it has nothing to say.
 * Asked under the source's lock: whoever finds the newest applies it, and nobody an older one
 * afterwards. */
static bool is_newest(Pass *pass, const OutboxEvent *event, bool *newest, Error *error)
{
    DbResult *rows = DB_QUERY(pass->sources, pass->arena, error,
                              "SELECT max(id) FROM event_outbox WHERE source_id = $1",
                              number_text(pass->arena, event->source_id));
    *newest = rows != NULL && db_int(rows, 0, 0) == event->id;
    return rows != NULL;
}

/* Is it the time of a source whose event failed before? A newer event is tried at once. */
static bool is_due(Pass *pass, const OutboxEvent *event, bool *due, Error *error)
{
    DbResult *rows =
        DB_QUERY(pass->koku, pass->arena, error,
                 "SELECT FROM provider_event_error"
                 " WHERE source_id = $1 AND event_id = $2 AND retry_at > now()",
                 number_text(pass->arena, event->source_id), number_text(pass->arena, event->id));
    *due = rows != NULL && db_row_count(rows) == 0;
    return rows != NULL;
}

static bool remember_failure(Pass *pass, const OutboxEvent *event, const ProviderWish *wish,
                             const Error *failure, Error *error)
{
    return DB_QUERY(pass->koku, pass->arena, error,
                    "INSERT INTO provider_event_error AS kept"
                    "    (source_id, source_uid, org_id, event_id, error, retry_at)"
                    " VALUES ($1, $2, $3, $4, $5, now() + interval '2 seconds')"
                    " ON CONFLICT (source_id) DO UPDATE SET"
                    "     event_id = EXCLUDED.event_id, error = EXCLUDED.error, failed_at = now(),"
                    "     attempts = CASE WHEN kept.event_id = EXCLUDED.event_id"
                    "                     THEN kept.attempts + 1 ELSE 1 END,"
                    "     retry_at = now() + LEAST(300, 2 * 2 ^ LEAST(kept.attempts, 8))"
                    "                        * interval '1 second'",
                    number_text(pass->arena, event->source_id), wish->source_uid, event->org_id,
                    number_text(pass->arena, event->id), failure->message) != NULL;
}

static bool forget_failure(Pass *pass, int64_t source_id, Error *error)
{
    return DB_QUERY(pass->koku, pass->arena, error,
                    "DELETE FROM provider_event_error WHERE source_id = $1",
                    number_text(pass->arena, source_id)) != NULL;
}

static bool mark_done(Pass *pass, const OutboxEvent *event, Error *error)
{
    return DB_QUERY(pass->sources, pass->arena, error,
                    "UPDATE event_outbox"
                    "   SET provider_at = now()"
                    " WHERE source_id = $1 AND id <= $2 AND provider_at IS NULL",
                    number_text(pass->arena, event->source_id),
                    number_text(pass->arena, event->id)) != NULL;
}

/* Why a wanted provider can't be made yet, for the person who made the source; or NULL. */
static const char *reason_against(Pass *pass, const ProviderWish *wish)
{
    if (*wish->org_id == '\0') {
        return "the source belongs to an account number without an organisation; make it again "
               "with the header x-rh-sources-org-id";
    }
    if (wish->type == NULL) {
        return arena_printf(pass->arena, "sources of type %s have no cost reports",
                            wish->source_type);
    }
    if (wish->missing != NULL) {
        return arena_printf(pass->arena,
                            "the application's extra lacks \"%s\"; PATCH the application with it",
                            wish->missing);
    }
    return NULL;
}

/* A deleted source's snapshot need not name it any more: its row here does. */
static bool remove_provider(Pass *pass, const ProviderWish *wish, Error *error)
{
    DbResult *known = DB_QUERY(pass->koku, pass->arena, error,
                               "SELECT provider_id FROM api_sources"
                               " WHERE source_id = $1 AND provider_id IS NOT NULL",
                               number_text(pass->arena, wish->source_id));
    if (known == NULL) {
        return false;
    }
    const char *uuid = db_row_count(known) == 1 ? db_text(known, 0, 0) : wish->source_uid;
    return (uuid == NULL || provision_remove(pass->koku, pass->arena, uuid, error)) &&
           provision_forget_source(pass->koku, pass->arena, wish->source_id, error);
}

/* What the newest event asks for, inside a transaction on koku. */
static bool fulfil(Pass *pass, const OutboxEvent *event, const ProviderWish *wish, Error *error)
{
    if (!wish->wanted) {
        return remove_provider(pass, wish, error);
    }
    const char *reason = reason_against(pass, wish);
    if (reason == NULL) {
        return provision_provider(pass->koku, pass->arena, pass->config, wish, event, error);
    }
    log_warning("providers", "Source %lld (%s) has no provider: %s", (long long)wish->source_id,
                wish->name, reason);
    return provision_source(pass->koku, pass->arena, wish, event, error) &&
           provider_tell_availability(pass->koku, pass->arena, wish->source_id, "unavailable",
                                      reason, error);
}

static void log_fulfilled(const OutboxEvent *event, const ProviderWish *wish)
{
    if (wish->wanted && wish->type != NULL && wish->missing == NULL) {
        log_info("providers", "Provider %s (%s) %s of organisation %s follows source %lld (%s)",
                 wish->source_uid, wish->type, wish->paused ? "paused" : "active", wish->org_id,
                 (long long)wish->source_id, event->event_type);
    } else if (!wish->wanted && wish->source_uid != NULL) {
        log_debug("providers", "Source %lld wants no provider (%s)", (long long)wish->source_id,
                  event->event_type);
    }
}

static bool apply_locked(Pass *pass, const OutboxEvent *event, const ProviderWish *wish,
                         Error *error)
{
    bool newest;
    if (DB_QUERY(pass->koku, pass->arena, error,
                 "SELECT pg_advisory_xact_lock(hashtextextended('source ' || $1, 0))",
                 number_text(pass->arena, event->source_id)) == NULL ||
        !is_newest(pass, event, &newest, error)) {
        return false;
    }
    return !newest ||
           (fulfil(pass, event, wish, error) && forget_failure(pass, event->source_id, error));
}

static bool apply(Pass *pass, const OutboxEvent *event, ProviderWish *wish, Error *error)
{
    if (!wish_read(pass->arena, event, wish, error)) {
        return false;
    }
    if (wish->wanted && reason_against(pass, wish) == NULL &&
        !provision_customer(pass->koku, pass->arena, wish->org_id, wish->account, error)) {
        return false;
    }
    bool done = db_begin(pass->koku, error) && apply_locked(pass, event, wish, error) &&
                db_commit(pass->koku, error);
    if (!done) {
        db_rollback(pass->koku);
        return false;
    }
    log_fulfilled(event, wish);
    return true;
}

/* False when a database is away: the pass ends, and is made again. */
static bool handle(Pass *pass, const OutboxEvent *event, Error *error)
{
    bool due;
    if (event->source_id == 0 || strcmp(event->event_type, NEW_SOURCE) == 0) {
        return true; /* it came just now: the next pass passes over it */
    }
    if (!is_due(pass, event, &due, error)) {
        return false;
    }
    if (!due) {
        pass->failed++;
        return true;
    }
    ProviderWish wish = {0};
    Error failure = {0};
    if (apply(pass, event, &wish, &failure)) {
        return mark_done(pass, event, error);
    }
    log_error("providers", "event %lld (%s of source %lld) cannot be applied: %s",
              (long long)event->id, event->event_type, (long long)event->source_id,
              failure.message);
    pass->failed++;
    return remember_failure(pass, event, &wish, &failure, error);
}

/* Is there a newer event of the same source further on in the page? */
static bool is_superseded(const OutboxEvent *events, int count, int index)
{
    for (int i = index + 1; i < count; i++) {
        if (events[i].source_id != 0 && events[i].source_id == events[index].source_id) {
            return true;
        }
    }
    return false;
}

/* A new source has no provider, and wants none: what it gets at once tells so itself. */
static bool pass_over_new_sources(Pass *pass, Error *error)
{
    return DB_QUERY(pass->sources, pass->arena, error,
                    "UPDATE event_outbox"
                    "   SET provider_at = now()"
                    " WHERE provider_at IS NULL"
                    "   AND (source_id IS NULL OR event_type = $1)",
                    NEW_SOURCE) != NULL;
}

static bool make_pass(Pass *pass, Error *error)
{
    Arena *page = arena_new();
    int64_t after = 0;
    int count = PAGE;
    bool going = pass_over_new_sources(pass, error);
    while (going && count == PAGE) {
        OutboxEvent *events = NULL;
        arena_reset(page);
        going = outbox_read(pass->sources, page, "provider", after, PAGE, &events, &count, error);
        for (int i = 0; going && i < count; i++) {
            after = events[i].id;
            if (!is_superseded(events, count, i)) {
                going = handle(pass, &events[i], error);
                arena_reset(pass->arena);
            }
        }
    }
    arena_free(page);
    return going;
}

bool provider_events_apply(const ProviderEvents *events, int *failed, Error *error)
{
    Db *koku = db_pool_take(database_koku(events->database), error);
    Db *sources = koku != NULL ? db_pool_take(database_sources(events->database), error) : NULL;
    bool done =
        sources != NULL && provider_events_apply_over(events->config, koku, sources, failed, error);
    db_pool_give(database_sources(events->database), sources);
    db_pool_give(database_koku(events->database), koku);
    return done;
}

bool provider_events_apply_over(const Config *config, Db *koku, Db *sources, int *failed,
                                Error *error)
{
    Pass pass = {.config = config, .koku = koku, .sources = sources, .arena = arena_new()};
    bool done = make_pass(&pass, error);
    arena_free(pass.arena);
    if (failed != NULL) {
        *failed = pass.failed;
    }
    return done;
}

/* Listens first and reads then, so that nothing that comes in between is missed. */
static bool consume(const ProviderEvents *events, Db *listener, const Stop *stop, Error *error)
{
    if (!db_listen(listener, "event_outbox", error)) {
        return false;
    }
    while (!stop_raised(stop)) {
        double began = clock_monotonic();
        if (!provider_events_apply(events, NULL, error)) {
            return false;
        }
        double left = began + PASS_SECONDS - clock_monotonic();
        if (left > 0) {
            stop_wait(stop, left);
        }
        if (!db_wait_notification(listener, WAIT_SECONDS, stop_descriptor(stop), error) &&
            error->code != ERROR_NONE) {
            return false;
        }
    }
    return true;
}

void provider_events_task(void *context, const Stop *stop)
{
    const ProviderEvents *events = context;
    while (!stop_raised(stop)) {
        Error error = {0};
        Db *listener = db_connect(database_conninfo(events->database, "sources"), &error);
        bool done = listener != NULL && consume(events, listener, stop, &error);
        db_close(listener);
        if (!done && !stop_raised(stop)) {
            log_warning("providers", "the Sources API's events wait: %s", error.message);
            stop_wait(stop, AWAY_SECONDS);
        }
    }
}
