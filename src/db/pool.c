#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "db/db.h"

struct DbPool {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    char *conninfo;
    Db **idle; /* the one used last on top: its caches are warm */
    int idle_count;
    int made;
    int most;
};

DbPool *db_pool_new(const char *conninfo, int most)
{
    DbPool *pool = calloc(1, sizeof *pool);
    if (pool != NULL) {
        pool->idle = calloc((size_t)most, sizeof *pool->idle);
        pool->conninfo = strdup(conninfo);
        pool->most = most;
        pthread_mutex_init(&pool->lock, NULL);
        pthread_cond_init(&pool->freed, NULL);
    }
    if (pool == NULL || pool->idle == NULL || pool->conninfo == NULL) {
        abort();
    }
    return pool;
}

void db_pool_free(DbPool *pool)
{
    if (pool == NULL) {
        return;
    }
    for (int i = 0; i < pool->idle_count; i++) {
        db_close(pool->idle[i]);
    }
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->freed);
    free(pool->idle);
    free(pool->conninfo);
    free(pool);
}

void db_pool_add(DbPool *pool, Db *db)
{
    pthread_mutex_lock(&pool->lock);
    pool->made++;
    pthread_mutex_unlock(&pool->lock);
    db_pool_give(pool, db);
}

Db *db_pool_take(DbPool *pool, Error *error)
{
    Db *db = NULL;
    pthread_mutex_lock(&pool->lock);
    while (pool->idle_count == 0 && pool->made == pool->most) {
        pthread_cond_wait(&pool->freed, &pool->lock);
    }
    if (pool->idle_count > 0) {
        db = pool->idle[--pool->idle_count];
    } else {
        pool->made++;
    }
    pthread_mutex_unlock(&pool->lock);
    if (db != NULL) {
        return db;
    }
    db = db_connect(pool->conninfo, error);
    if (db == NULL) {
        pthread_mutex_lock(&pool->lock);
        pool->made--;
        pthread_cond_signal(&pool->freed);
        pthread_mutex_unlock(&pool->lock);
    }
    return db;
}

void db_pool_give(DbPool *pool, Db *db)
{
    if (db == NULL) {
        return;
    }
    db_rollback(db);
    pthread_mutex_lock(&pool->lock);
    pool->idle[pool->idle_count++] = db;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

const char *db_pool_conninfo(const DbPool *pool)
{
    return pool->conninfo;
}
