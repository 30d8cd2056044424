/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fib/dump_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int dump_wrong(const char *key, const char *want, struct err *e)
{
	return err_set(e, -EINVAL, "\"%s\" is not %s", key, want);
}

const char *dump_text(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

bool dump_has(const json_t *o, const char *key)
{
	return json_object_get(o, key);
}

/* A number up to `max`, written as one or in a text; absent: *ret stays and 0 is returned, else 1.
 */
int dump_number(const json_t *o, const char *key, uint64_t max, uint64_t *ret, struct err *e)
{
	const json_t *v = json_object_get(o, key);
	const char *s = json_string_value(v);
	char *end = NULL;

	if (!v)
		return 0;
	if (json_is_integer(v)) {
		if (json_integer_value(v) < 0 || (uint64_t)json_integer_value(v) > max)
			return dump_wrong(key, "a number in range", e);
		*ret = (uint64_t)json_integer_value(v);
		return 1;
	}
	errno = 0;
	uint64_t n = s ? strtoull(s, &end, 0) : 0;
	if (!s || !*s || *s == '-' || *end || errno || n > max)
		return dump_wrong(key, "a number in range", e);
	*ret = n;
	return 1;
}

/* The same, where a name of a file of names may stand for it. */
int dump_name(struct dump *d, const json_t *o, const char *key, enum names_file f, uint32_t *ret,
	      struct err *e)
{
	static const struct {
		const char *name;
		uint8_t file, number;
	} own[] = {{"local", NAMES_RT_TABLES, RT_TABLE_LOCAL},
		   {"main", NAMES_RT_TABLES, RT_TABLE_MAIN},
		   {"default", NAMES_RT_TABLES, RT_TABLE_DEFAULT},
		   {"default", NAMES_GROUP, 0},
		   {"kernel", NAMES_RT_PROTOS, RTPROT_KERNEL},
		   {"boot", NAMES_RT_PROTOS, RTPROT_BOOT},
		   {"static", NAMES_RT_PROTOS, RTPROT_STATIC},
		   {"multihome", NAMES_RT_PROTOS, 77}, /* as packaging/rt_protos.d names it */
		   {"global", NAMES_RT_SCOPES, RT_SCOPE_UNIVERSE},
		   {"site", NAMES_RT_SCOPES, RT_SCOPE_SITE},
		   {"link", NAMES_RT_SCOPES, RT_SCOPE_LINK},
		   {"host", NAMES_RT_SCOPES, RT_SCOPE_HOST},
		   {"nowhere", NAMES_RT_SCOPES, RT_SCOPE_NOWHERE}};
	const char *s = dump_text(o, key);
	uint64_t v = *ret;

	if (!s || strchr("0123456789", *s)) {
		int rc = dump_number(o, key, UINT32_MAX, &v, e);
		*ret = (uint32_t)v;
		return rc;
	}
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (own[i].file == f && !strcmp(own[i].name, s)) {
			*ret = own[i].number;
			return 1;
		}
	if (d->names && names_find(d->names, f, s, ret))
		return 1;
	err_set(e, -EINVAL, "\"%s\" has no number in %s", s, names_file_name(f));
	return err_hint(e, "put that machine's %s beside the dump", names_file_name(f));
}

int dump_addr(const json_t *o, const char *key, uint8_t family, struct ip_addr *ret, struct err *e)
{
	const char *s = dump_text(o, key);

	if (!dump_has(o, key))
		return 0;
	return s && ip_addr_parse(s, family, ret) ? 1
						  : dump_wrong(key, "an address of the family", e);
}

/* "default", "all", ADDR, ADDR/LEN */
int dump_prefix(const json_t *o, const char *key, uint8_t family, struct ip_prefix *ret,
		struct err *e)
{
	const char *s = dump_text(o, key);

	if (!dump_has(o, key))
		return 0;
	if (s && (!strcmp(s, "default") || !strcmp(s, "all"))) {
		*ret = (struct ip_prefix){.addr.family = family};
		return 1;
	}
	if (!s || !ip_prefix_parse(s, family, ret))
		return dump_wrong(key, "a prefix of the family", e);
	return 1;
}

/* An interface by its name. */
int dump_dev(struct dump *d, const json_t *o, const char *key, uint32_t *ret, struct err *e)
{
	const char *s = dump_text(o, key);
	const struct link *l = s ? snapshot_link_named(d->s, s) : NULL;

	if (!dump_has(o, key))
		return 0;
	if (!l)
		return err_set(e, -EINVAL, "there is no interface \"%s\" in link.json",
			       s ? s : "?");
	*ret = (uint32_t)l->h.ifi_index;
	return 1;
}

/* An array of words as bits; others are passed over. */
uint32_t dump_words(const json_t *o, const char *key, const struct dump_word *w, size_t n)
{
	const json_t *v;
	uint32_t bits = 0;
	size_t i;

	json_array_foreach(json_object_get(o, key), i,
			   v) for (size_t k = 0; k < n;
				   k++) if (json_is_string(v) &&
					    !strcmp(json_string_value(v), w[k].word)) bits |=
		w[k].bit;
	return bits;
}
