/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fib/prefix_list.h"

#include "fib/dump_json.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct list {
	struct dump d; /* first: what dump_each_object() hands on */
	struct arena *a;
	struct ip_prefix *v;
	size_t n, cap;
};

static bool add(struct list *l, const char *word)
{
	struct ip_prefix p = {.addr.family = AF_INET};

	if (strcmp(word, "default") && !ip_prefix_parse(word, 0, &p))
		return false;
	*ARENA_PUSH(l->a, l->v, l->n, l->cap) = ip_prefix_masked(p);
	return true;
}

/* Types of routes, which `ip route` writes before the prefix. */
static bool is_type(const char *word)
{
	static const char *const types[] = {"unicast",	"local",     "broadcast",
					    "anycast",	"blackhole", "unreachable",
					    "prohibit", "throw",     "multicast"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i], word))
			return true;
	return false;
}

/* The line's first word, or its second; 0 if there is none. */
static int word_of(const char *line, size_t len, char *word, size_t size)
{
	size_t at = 0, n;

	for (int i = 0; i < 2; i++) {
		while (at < len && isspace((unsigned char)line[at]))
			at++;
		for (n = 0; at + n < len && !isspace((unsigned char)line[at + n]); n++)
			if (n + 1 >= size)
				return -EINVAL;
		memcpy(word, line + at, n);
		word[n] = 0;
		if (!n || word[0] == '#')
			return i ? -EINVAL : 0;
		if (!is_type(word))
			return 1;
		at += n;
	}
	return -EINVAL;
}

static int read_lines(struct list *l, const char *text, size_t len, struct err *e)
{
	char word[IP_PREFIX_STRLEN + 16];
	size_t number = 1;

	for (size_t at = 0; at < len; number++) {
		const char *nl = memchr(text + at, '\n', len - at);
		size_t n = nl ? (size_t)(nl - text) - at : len - at;
		int rc = word_of(text + at, n, word, sizeof(word));
		if (rc < 0 || (rc && !add(l, word)))
			return err_set(e, -EINVAL, "line %zu has no prefix: \"%.40s\"", number,
				       word);
		at += n + 1;
	}
	return 0;
}

static int take_object(struct dump *d, const json_t *o, struct err *e)
{
	const char *dst = dump_text(o, "dst");

	return dst && add((struct list *)d, dst) ? 0 : dump_wrong("dst", "a prefix", e);
}

long prefix_list_read(const char *text, size_t len, struct arena *a, struct ip_prefix **ret,
		      struct err *e)
{
	struct list l = {.a = a};
	size_t at = 0;

	while (at < len && isspace((unsigned char)text[at]))
		at++;
	int rc = at < len && text[at] == '[' ? dump_each_object(&l.d, take_object, text, len, e)
					     : read_lines(&l, text, len, e);
	*ret = l.v;
	return rc < 0 ? rc : (long)l.n;
}
