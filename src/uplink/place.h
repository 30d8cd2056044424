/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_PLACE_H
#define MH_UPLINK_PLACE_H

#include "base/err.h"

/*
 * Where a word of the configuration stands. Lines and columns count from 1, columns in bytes.
 * line 0: the file as a whole, or nowhere (a default) if there is no file either.
 */
struct place {
	const char *file;
	unsigned line, column;
};

struct word {
	const char *text;
	struct place place;
};

/* An error (-EINVAL) at a place: its where is "file:line:column". */
int place_err(const struct place *p, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "file:line:column" (or what there is of it) for a message that names a second place. */
#define PLACE_STRLEN 160
char *place_str(const struct place *p, char buf[static PLACE_STRLEN]);

#endif
