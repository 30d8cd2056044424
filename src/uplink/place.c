/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/place.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of a very long path the end is kept: it and the line are what tells files apart. */
#define LONGEST_PATH 120

char *place_str(const struct place *p, char buf[static PLACE_STRLEN])
{
	const char *file = p->file ? p->file : "";
	size_t n = strlen(file);
	const char *dots = n > LONGEST_PATH ? "..." : "";

	if (n > LONGEST_PATH)
		file += n - LONGEST_PATH;
	if (p->line)
		snprintf(buf, PLACE_STRLEN, "%s%s:%u:%u", dots, file, p->line, p->column);
	else
		snprintf(buf, PLACE_STRLEN, "%s%s", dots, file);
	return buf;
}

int place_err(const struct place *p, struct err *e, const char *fmt, ...)
{
	char text[PLACE_STRLEN], msg[sizeof(e->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	err_set(e, -EINVAL, "%s", msg);
	err_where(e, "%s", place_str(p, text));
	return -EINVAL;
}
