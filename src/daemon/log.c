/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/log.h"

#include "daemon/events.h"

#include <stdarg.h>
#include <stdio.h>

static void say(enum event_kind kind, enum log_level level, const char *text)
{
	event_emit((struct event){.kind = kind, .level = (enum event_level)level}, "%s", text);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(level == LOG_ERROR ? EVENT_ERROR : EVENT_NOTE, level, text);
}

void log_err(const char *what, const struct err *e)
{
	char text[1024];

	log_line(LOG_ERROR, "%s: %s", what, err_line(e, text, sizeof(text)));
}
