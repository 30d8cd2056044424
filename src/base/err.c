/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return code;
	/* The text may quote the message that it replaces. */
	char msg[sizeof(e->msg)];
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	*e = ERR_INIT;
	e->code = code;
	memcpy(e->msg, msg, sizeof(msg));
	return code;
}

int err_errno(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;
	char msg[sizeof(e->msg)];

	if (!e)
		return code;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return err_set(e, code, "%s: %s", msg, strerror(-code));
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	va_list ap;
	char msg[sizeof(e->msg)];

	if (!e)
		return -1;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	size_t n = strlen(msg);
	snprintf(msg + n, sizeof(msg) - n, ": %s", e->msg);
	memcpy(e->msg, msg, sizeof(msg));
	return e->code;
}

int err_where(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return -1;
	if (!e->where[0]) {
		va_start(ap, fmt);
		vsnprintf(e->where, sizeof(e->where), fmt, ap);
		va_end(ap);
	}
	return e->code;
}

int err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return -1;
	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return e->code;
}

char *err_line(const struct err *e, char *buf, unsigned size)
{
	snprintf(buf, size, "%s%s%s%s%s%s", e->where, e->where[0] ? ": " : "", e->msg,
		 e->hint[0] ? " (" : "", e->hint, e->hint[0] ? ")" : "");
	return buf;
}
