/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_BASE_BIG_H
#define MH_BASE_BIG_H

#include <stddef.h>

/*
 * Memory as malloc() gives it, to be given to free(). Large blocks lie on huge pages where the
 * system has them: filling a table of some megabytes then takes tens of page faults instead of
 * thousands, and random accesses to it miss the TLB less. What is never touched costs nothing. NULL
 * if there is none.
 */
void *big_alloc(size_t size);

#endif
