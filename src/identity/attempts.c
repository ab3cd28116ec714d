#include "identity/attempts.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/date.h"

enum { SLOTS = 4096, NAME_MOST = 5, ADDRESS_MOST = 30, WAIT_SECONDS = 60, FORGET_SECONDS = 900 };

/* A slot is found by a hash that nobody outside can foretell; two that share one share their fate,
 * which only means to wait sooner. */
typedef struct Slot {
    int failures;
    double last;
} Slot;

struct Attempts {
    pthread_mutex_t lock;
    uint8_t key[SHA256_SIZE];
    Slot slots[SLOTS];
};

Attempts *attempts_new(void)
{
    Attempts *attempts = calloc(1, sizeof *attempts);
    if (attempts != NULL) {
        pthread_mutex_init(&attempts->lock, NULL);
        random_bytes(attempts->key, sizeof attempts->key);
    }
    return attempts;
}

void attempts_free(Attempts *attempts)
{
    if (attempts != NULL) {
        pthread_mutex_destroy(&attempts->lock);
        free(attempts);
    }
}

/* `name` may be NULL: the address as a whole. */
static Slot *slot_of(Attempts *attempts, const char *address, const char *name)
{
    uint8_t own[SHA256_SIZE], digest[SHA256_SIZE];
    hmac_sha256(attempts->key, SHA256_SIZE, address, strlen(address), own);
    hmac_sha256(own, SHA256_SIZE, name, name != NULL ? strlen(name) : 0, digest);
    uint32_t index;
    memcpy(&index, digest, sizeof index);
    return &attempts->slots[index % SLOTS];
}

static double wait_of(const Slot *slot, int most, double now)
{
    return slot->failures >= most ? slot->last + WAIT_SECONDS - now : 0;
}

int attempts_wait(Attempts *attempts, const char *address, const char *name)
{
    double now = clock_monotonic();
    pthread_mutex_lock(&attempts->lock);
    double one = wait_of(slot_of(attempts, address, name), NAME_MOST, now);
    double all = wait_of(slot_of(attempts, address, NULL), ADDRESS_MOST, now);
    pthread_mutex_unlock(&attempts->lock);
    double wait = one > all ? one : all;
    return wait > 0 ? (int)wait + 1 : 0;
}

static void count(Slot *slot, double now)
{
    slot->failures = now - slot->last < FORGET_SECONDS ? slot->failures + 1 : 1;
    slot->last = now;
}

void attempts_failed(Attempts *attempts, const char *address, const char *name)
{
    double now = clock_monotonic();
    pthread_mutex_lock(&attempts->lock);
    count(slot_of(attempts, address, name), now);
    count(slot_of(attempts, address, NULL), now);
    pthread_mutex_unlock(&attempts->lock);
}

void attempts_succeeded(Attempts *attempts, const char *address, const char *name)
{
    pthread_mutex_lock(&attempts->lock);
    *slot_of(attempts, address, name) = (Slot){0};
    pthread_mutex_unlock(&attempts->lock);
}
