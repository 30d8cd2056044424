/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void new_line(struct json *j)
{
	if (!j->pretty)
		return;
	out_putc(j->o, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		out_mem(j->o, "    ", 4);
}

/* One piece of memory for all of it: this is done for every member of a million objects. */
void jw_raw(struct json *j, const char *key)
{
	size_t n = key ? strlen(key) : 0;
	char *begin = out_reserve(j->o, n + 4), *p = begin;

	if (j->comma)
		*p++ = ',';
	j->comma = true;
	if (key && j->pretty) {
		j->o->len += (size_t)(p - begin);
		new_line(j);
		begin = p = out_reserve(j->o, n + 4);
	}
	if (key) {
		*p++ = '"';
		memcpy(p, key, n);
		p += n;
		*p++ = '"';
		*p++ = ':';
		if (j->pretty)
			*p++ = ' ';
	}
	j->o->len += (size_t)(p - begin);
}

static void open_level(struct json *j, const char *key, char c)
{
	jw_raw(j, key);
	out_putc(j->o, c);
	j->depth++;
	j->comma = false;
}

void jw_object(struct json *j, const char *key)
{
	open_level(j, key, '{');
}

void jw_object_end(struct json *j)
{
	j->depth--;
	if (j->comma)
		new_line(j);
	out_putc(j->o, '}');
	j->comma = true;
}

void jw_array(struct json *j, const char *key)
{
	open_level(j, key, '[');
	if (j->pretty)
		out_putc(j->o, ' ');
}

void jw_array_end(struct json *j)
{
	j->depth--;
	if (j->pretty && j->comma)
		out_putc(j->o, ' ');
	out_putc(j->o, ']');
	j->comma = true;
}

void jw_strn(struct json *j, const char *key, const char *s, size_t n)
{
	jw_raw(j, key);
	out_json_quoted(j->o, s, n);
}

void jw_str(struct json *j, const char *key, const char *s)
{
	jw_strn(j, key, s, strlen(s));
}

void jw_u64(struct json *j, const char *key, uint64_t v)
{
	jw_raw(j, key);
	out_u64(j->o, v);
}

void jw_s64(struct json *j, const char *key, int64_t v)
{
	jw_raw(j, key);
	out_s64(j->o, v);
}

void jw_bool(struct json *j, const char *key, bool v)
{
	jw_raw(j, key);
	out_puts(j->o, v ? "true" : "false");
}

void jw_null(struct json *j, const char *key)
{
	jw_raw(j, key);
	out_mem(j->o, "null", 4);
}

void jw_double(struct json *j, const char *key, double v)
{
	jw_raw(j, key);
	out_printf(j->o, "%g", v);
}

void jw_printf(struct json *j, const char *key, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	jw_str(j, key, text);
}

void jw_addr(struct json *j, const char *key, const struct ip_addr *a)
{
	jw_raw(j, key);
	out_putc(j->o, '"');
	out_addr(j->o, a);
	out_putc(j->o, '"');
}
