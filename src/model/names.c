/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/names.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	uint32_t number;
	const char *name;
};

struct list {
	struct entry *item;
	size_t n, cap;
	bool loaded;
};

struct names {
	struct arena arena;
	const char *etc, *share;
	struct list list[NAMES_FILES];
};

static const struct {
	const char *file;
	struct entry builtin[8]; /* what the kernel's headers name, whatever the files say */
} sources[NAMES_FILES] = {
	[NAMES_RT_TABLES] = {"rt_tables", {{253, "default"}, {254, "main"}, {255, "local"}}},
	[NAMES_RT_PROTOS] = {"rt_protos",
			     {{0, "unspec"},
			      {1, "redirect"},
			      {2, "kernel"},
			      {3, "boot"},
			      {4, "static"},
			      {9, "ra"},
			      {16, "dhcp"}}},
	[NAMES_RT_SCOPES] =
		{"rt_scopes",
		 {{0, "global"}, {255, "nowhere"}, {254, "host"}, {253, "link"}, {200, "site"}}},
	[NAMES_RT_REALMS] = {"rt_realms", {{0, "unknown"}}},
	[NAMES_RT_DSFIELD] = {"rt_dsfield", {{0, "0"}}},
	[NAMES_GROUP] = {"group", {{0, "default"}}},
};

struct names *names_new(const char *etc, const char *share)
{
	struct names *n = calloc(1, sizeof(*n));

	if (!n)
		abort();
	n->etc = arena_strdup(&n->arena, etc ? etc : "/etc/iproute2");
	n->share = arena_strdup(&n->arena, share ? share : "/usr/share/iproute2");
	return n;
}

void names_free(struct names *n)
{
	if (!n)
		return;
	arena_free(&n->arena);
	free(n);
}

const char *names_file_name(enum names_file f)
{
	return sources[f].file;
}

/* Decimal, octal or hexadecimal up to 2^32-1, nothing behind it. */
static bool number(const char *s, uint32_t *ret)
{
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	unsigned long v = strtoul(s, &end, 0);
	if (*end || v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* `name` is the arena's, or lives as long. */
static void set(struct names *n, struct list *l, uint32_t num, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->item[i].number == num) {
			l->item[i].name = name;
			return;
		}
	*ARENA_PUSH(&n->arena, l->item, l->n, l->cap) = (struct entry){num, name};
}

/* The next word of a line, terminated; NULL if there is none. */
static char *next_word(char **at)
{
	static const char blank[] = " \t\r";
	char *word = *at + strspn(*at, blank);

	if (!*word)
		return NULL;
	*at = word + strcspn(word, blank);
	if (**at)
		*(*at)++ = 0;
	return word;
}

static void read_line(struct names *n, struct list *l, char *line)
{
	char *comment = strchr(line, '#');
	uint32_t v;

	if (comment)
		*comment = 0;
	const char *num = next_word(&line), *name = num ? next_word(&line) : NULL;
	if (name && number(num, &v))
		set(n, l, v, name);
}

/*
 * Without stdio, printf and a buffer for the path: the start of the program is short, and each
 * further page of memory that it touches is felt.
 */
static bool read_file(struct names *n, struct list *l, const char *path)
{
	char *text;
	size_t len;

	if (file_read(&n->arena, path, &text, &len, NULL) < 0)
		return false;
	while (*text) {
		char *end = strchrnul(text, '\n');
		char *next = end + !!*end;
		*end = 0;
		read_line(n, l, text);
		text = next;
	}
	return true;
}

/* DIR/FILE, or with `name` DIR/FILE.d/NAME. */
static const char *path_of(struct names *n, const char *dir, const char *file, const char *name)
{
	size_t len = strlen(dir) + strlen(file) + (name ? strlen(name) : 0) + sizeof("/.d/");
	char *path = arena_alloc(&n->arena, len), *end = stpcpy(path, dir);

	*end++ = '/';
	end = stpcpy(end, file);
	if (name)
		stpcpy(stpcpy(end, ".d/"), name);
	return path;
}

/* The .conf files of dir/X.d in the order of their names; `hidden_by` has precedence. */
static void read_folder(struct names *n, struct list *l, const char *dir, const char *file,
			const char *hidden_by)
{
	char **name;
	size_t count;

	if (file_list(&n->arena, path_of(n, dir, file, ""), ".conf", &name, &count, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (!hidden_by || access(path_of(n, hidden_by, file, name[i]), F_OK) < 0)
			read_file(n, l, path_of(n, dir, file, name[i]));
}

static struct list *load(struct names *n, enum names_file f)
{
	struct list *l = &n->list[f];
	const char *file = sources[f].file;

	if (l->loaded)
		return l;
	l->loaded = true;
	for (size_t i = 0; i < ARRAY_SIZE(sources[f].builtin); i++)
		if (sources[f].builtin[i].name)
			set(n, l, sources[f].builtin[i].number, sources[f].builtin[i].name);
	if (!read_file(n, l, path_of(n, n->etc, file, NULL)))
		read_file(n, l, path_of(n, n->share, file, NULL));
	read_folder(n, l, n->share, file, n->etc);
	read_folder(n, l, n->etc, file, NULL);
	return l;
}

const char *names_get(struct names *n, enum names_file f, uint32_t num)
{
	const struct list *l = load(n, f);

	for (size_t i = 0; i < l->n; i++)
		if (l->item[i].number == num)
			return l->item[i].name;
	return NULL;
}

const char *names_str(struct names *n, enum names_file f, uint32_t num, char *buf, size_t size)
{
	const char *name = n ? names_get(n, f, num) : NULL;

	if (name)
		return name;
	/* No snprintf(): a table without a name is on every line of a large dump. */
	char *p = buf + size - 1;
	for (*p = 0; p > buf && (num || !*p); num /= 10)
		*--p = (char)('0' + num % 10);
	return p;
}

bool names_find(struct names *n, enum names_file f, const char *word, uint32_t *ret)
{
	const struct list *l = load(n, f);

	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->item[i].name, word)) {
			*ret = l->item[i].number;
			return true;
		}
	return number(word, ret);
}

void names_each(struct names *n, enum names_file f,
		void (*fn)(void *arg, uint32_t number, const char *name), void *arg)
{
	const struct list *l = load(n, f);

	for (size_t i = 0; i < l->n; i++)
		fn(arg, l->item[i].number, l->item[i].name);
}
