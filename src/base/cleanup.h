/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_BASE_CLEANUP_H
#define MH_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Scope-bound ownership: `CLEANUP(free_fd) int fd = open(...)`. Destructors take "nothing" values.
 */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

static inline void free_ptr(void *pp)
{
	free(*(void **)pp);
}

static inline void free_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void free_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

#endif
