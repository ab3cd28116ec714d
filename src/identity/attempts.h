/* Failed sign-ins, counted, so that nobody tries passwords by the thousand. */
#ifndef KONTOR_IDENTITY_ATTEMPTS_H
#define KONTOR_IDENTITY_ATTEMPTS_H

#include <stdbool.h>

typedef struct Attempts Attempts;

/* NULL when there is no memory. */
Attempts *attempts_new(void);
/* NULL is allowed. */
void attempts_free(Attempts *attempts);

/* How many seconds someone at this address must wait before trying this name again; 0: none. After
 * five failures for a name from an address, or thirty from an address, it is a minute from the last
 * one. Failures are forgotten after a quarter of an hour without any. */
int attempts_wait(Attempts *attempts, const char *address, const char *name);

/* Notes how a try went; a success forgets what failed for the name at the address. */
void attempts_failed(Attempts *attempts, const char *address, const char *name);
void attempts_succeeded(Attempts *attempts, const char *address, const char *name);

#endif
