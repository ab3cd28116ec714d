/* What every unit test includes. */
#ifndef KONTOR_TESTS_UNIT_H
#define KONTOR_TESTS_UNIT_H

/* cmocka wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
