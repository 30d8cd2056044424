/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_BASE_JSON_H
#define MH_BASE_JSON_H

#include "base/out.h"

/*
 * A streaming JSON writer (jw_, because jansson, which reads JSON elsewhere, has taken json_):
 * commas, nesting and (if asked) indentation are its own business, values go straight to the `out`,
 * so that a dump of a million objects never becomes a tree in memory. `key` is NULL inside an array
 * and at the top. Keys are the program's own words, written as they are; string values are escaped.
 * Layout, plain and pretty, is that of iproute2's -j and -j -p.
 */
struct json {
	struct out *o;
	bool pretty;
	bool comma; /* the next value or key at this place comes after another */
	unsigned depth;
};

static inline void jw_init(struct json *j, struct out *o, bool pretty)
{
	*j = (struct json){.o = o, .pretty = pretty};
}

void jw_object(struct json *j, const char *key);
void jw_object_end(struct json *j);
void jw_array(struct json *j, const char *key);
void jw_array_end(struct json *j);

void jw_str(struct json *j, const char *key, const char *s);
void jw_strn(struct json *j, const char *key, const char *s, size_t n);
void jw_u64(struct json *j, const char *key, uint64_t v);
void jw_s64(struct json *j, const char *key, int64_t v);
void jw_bool(struct json *j, const char *key, bool v);
void jw_null(struct json *j, const char *key);
void jw_double(struct json *j, const char *key, double v); /* shortest of %.6g */
void jw_printf(struct json *j, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4))); /* a string */
void jw_addr(struct json *j, const char *key, const struct ip_addr *a);

/* Comma, line and key for a value that the caller then writes to j->o as it stands. */
void jw_raw(struct json *j, const char *key);

#endif
