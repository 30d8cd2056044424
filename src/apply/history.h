/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_HISTORY_H
#define MH_APPLY_HISTORY_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The last HISTORY_KEPT configurations that were applied, each a file that can be read as one:
 * DIR/history/000007.conf, numbered as they came.
 */
#define HISTORY_KEPT 20

struct history_entry {
	const char *path;
	const char *text;
	int64_t time; /* when it was applied first, CLOCK_REALTIME, seconds */
};

/* Adds the text, unless it is that of the newest already. */
int history_record(const char *dir, const char *text, struct err *e);
/* Whether the newest is this text. */
bool history_is_newest(const char *dir, const char *text);
/* All there are, the newest first; the arena's. None is no error. */
int history_read(const char *dir, struct arena *a, struct history_entry **ret, size_t *n,
		 struct err *e);
/* The one applied `back` times before the newest, which is 0. -ENOENT, with how many there are. */
int history_find(const char *dir, uint64_t back, struct arena *a, struct history_entry *ret,
		 struct err *e);

#endif
