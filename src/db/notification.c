/* Words that sessions of PostgreSQL give each other. */
#include <poll.h>

#include "db/connection.h"

bool db_listen(Db *db, const char *channel, Error *error)
{
    Arena *arena = arena_new();
    bool listening =
        db_script(db, arena_printf(arena, "LISTEN %s", db_identifier(arena, channel)), error);
    arena_free(arena);
    return listening;
}

bool db_wait_notification(Db *db, double seconds, int wake, Error *error)
{
    double deadline = clock_monotonic() + seconds;
    for (;;) {
        PGnotify *notification = PQnotifies(db->connection);
        if (notification != NULL) {
            do {
                PQfreemem(notification);
                notification = PQnotifies(db->connection);
            } while (notification != NULL);
            return true;
        }
        double left = deadline - clock_monotonic();
        if (left <= 0) {
            return false;
        }
        struct pollfd ready[] = {{.fd = PQsocket(db->connection), .events = POLLIN},
                                 {.fd = wake, .events = POLLIN}};
        int polled = poll(ready, 2, (int)(left * 1000) + 1);
        if (polled > 0 && ready[1].revents != 0) {
            return false;
        }
        if (polled > 0 && PQconsumeInput(db->connection) == 0) {
            return db_failed(db, NULL, "database", error);
        }
    }
}
