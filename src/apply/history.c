/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/history.h"

#include "base/file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *folder(struct arena *a, const char *dir)
{
	return arena_printf(a, "%s/history", dir);
}

/* In the order of their numbers, as those have six digits. */
static int list(struct arena *a, const char *dir, char ***ret, size_t *n, struct err *e)
{
	int rc = file_list(a, folder(a, dir), ".conf", ret, n, NULL);

	*n = rc < 0 ? 0 : *n;
	return rc == -ENOENT || rc >= 0 ? 0 : err_errno(e, rc, "%s/history", dir);
}

static int read_entry(struct arena *a, const char *dir, const char *name, struct history_entry *ret,
		      struct err *e)
{
	struct stat st;
	char *text;
	size_t len;

	ret->path = arena_printf(a, "%s/%s", folder(a, dir), name);
	int rc = file_read(a, ret->path, &text, &len, e);
	ret->text = text;
	ret->time = !rc && !stat(ret->path, &st) ? (int64_t)st.st_mtime : 0;
	return rc;
}

int history_read(const char *dir, struct arena *a, struct history_entry **ret, size_t *n,
		 struct err *e)
{
	char **name;
	int rc = list(a, dir, &name, n, e);

	*ret = arena_alloc(a, (*n + 1) * sizeof(**ret));
	for (size_t i = 0; i < *n && !rc; i++)
		rc = read_entry(a, dir, name[*n - 1 - i], &(*ret)[i], e);
	return rc;
}

int history_find(const char *dir, uint64_t back, struct arena *a, struct history_entry *ret,
		 struct err *e)
{
	size_t n;
	char **name;
	int rc = list(a, dir, &name, &n, e);

	if (rc < 0)
		return rc;
	if (back < n)
		return read_entry(a, dir, name[n - 1 - back], ret, e);
	err_set(e, -ENOENT, "there is no configuration of %llu applies ago",
		(unsigned long long)back);
	return err_hint(e,
			n ? "%zu are remembered, from 0, the last one: multihome history"
			  : "none is remembered yet",
			n);
}

static int add(struct arena *a, const char *dir, char **name, size_t n, const char *text,
	       struct err *e)
{
	unsigned long number = n ? strtoul(name[n - 1], NULL, 10) + 1 : 1;
	int rc = file_mkdirs(folder(a, dir), 0700, e);

	if (!rc)
		rc = file_write(arena_printf(a, "%s/%06lu.conf", folder(a, dir), number), text,
				strlen(text), 0600, e);
	for (size_t i = 0; !rc && i + HISTORY_KEPT <= n; i++)
		unlink(arena_printf(a, "%s/%s", folder(a, dir), name[i]));
	return rc;
}

bool history_is_newest(const char *dir, const char *text)
{
	struct history_entry newest;
	struct arena a = {0};
	bool same = !history_find(dir, 0, &a, &newest, NULL) && !strcmp(newest.text, text);

	arena_free(&a);
	return same;
}

int history_record(const char *dir, const char *text, struct err *e)
{
	struct arena a = {0};
	char **name;
	size_t n;
	int rc = list(&a, dir, &name, &n, e);

	/* One that cannot be read is no reason not to write another. */
	if (!rc && !history_is_newest(dir, text))
		rc = add(&a, dir, name, n, text, e);
	arena_free(&a);
	return rc;
}
