/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved states. `ip -j` prints an array of objects; they are read one by one, so that a full
 * Internet table does not become a tree in memory. Of each object the keys are taken that a table
 * here names, the others are passed over.
 */
#include "fib/dump.h"

#include "base/file.h"
#include "fib/dump_json.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which they are to be read: devices are named in all that follows. */
static const struct file {
	const char *name, *command;
	dump_object_fn *object; /* NULL: text */
	uint8_t family;
} files[] = {
	{"link.json", "ip -j -d link", dump_link, 0},
	{"sysctl.txt", "sysctl -a", NULL, 0},
	{"kernel.txt", "uname -r", NULL, 0},
	{"address.json", "ip -j address", dump_addresses, 0},
	{"neigh.json", "ip -j neigh", dump_neigh, 0},
	{"nexthop.json", "ip -j nexthop", dump_nexthop, 0},
	{"bucket.json", "ip -j nexthop bucket", dump_bucket, 0},
	{"rule.json", "ip -j rule", dump_rule, AF_INET},
	{"rule6.json", "ip -j -6 rule", dump_rule, AF_INET6},
	{"route.json", "ip -j -4 route show table all", dump_route, AF_INET},
	{"route6.json", "ip -j -6 route show table all", dump_route, AF_INET6},
	{"netconf.json", "ip -j netconf", dump_netconf, 0},
};

const char *dump_file(unsigned i, const char **command)
{
	if (i >= ARRAY_SIZE(files))
		return NULL;
	*command = files[i].command;
	return files[i].name;
}

/* "NAME = VALUE" lines; what is not known here is passed over. */
static void read_sysctl(struct snapshot *s, const char *text, size_t len)
{
	char line[512], *eq;

	for (size_t at = 0; at < len;) {
		const char *nl = memchr(text + at, '\n', len - at);
		size_t n = nl ? (size_t)(nl - text) - at : len - at;
		if (n < sizeof(line)) {
			memcpy(line, text + at, n);
			line[n] = 0;
			eq = strstr(line, " = ");
			if (eq) {
				*eq = 0;
				settings_set(&s->arena, &s->settings, line, eq + 3);
			}
		}
		at += n + 1;
	}
}

static void skip_blanks(const char *text, size_t len, size_t *at)
{
	while (*at < len && isspace((unsigned char)text[*at]))
		(*at)++;
}

static int broken(size_t n, const char *what, struct err *e)
{
	return err_set(e, -EINVAL, "object %zu: %s", n, what);
}

int dump_each_object(struct dump *d, dump_object_fn *fn, const char *text, size_t len,
		     struct err *e)
{
	size_t at = 0, n = 0;

	skip_blanks(text, len, &at);
	if (at == len)
		return 0; /* what ip prints when it has nothing to say */
	if (text[at++] != '[')
		return err_set(e, -EINVAL, "this is no JSON array");
	for (;; n++) {
		json_error_t how;
		skip_blanks(text, len, &at);
		if (at < len && text[at] == ']')
			return 0;
		if (n && (at == len || text[at++] != ','))
			return broken(n, "the array ends here, without its bracket", e);
		json_t *o = json_loadb(text + at, len - at, JSON_DISABLE_EOF_CHECK, &how);
		if (!o)
			return broken(n + 1, how.text, e);
		at += (size_t)how.position;
		int rc = json_is_object(o) ? fn(d, o, e) : broken(n + 1, "it is no object", e);
		json_decref(o);
		if (rc < 0) {
			char msg[sizeof(e->msg)];
			if (e && strncmp(e->msg, "object ", 7)) {
				snprintf(msg, sizeof(msg), "object %zu: %s", n + 1, e->msg);
				memcpy(e->msg, msg, sizeof(msg));
			}
			return rc;
		}
	}
}

int dump_add(struct snapshot *s, struct names *names, const char *file, const char *text,
	     size_t len, struct err *e)
{
	const struct file *f = NULL;
	char release[64];
	int rc;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!strcmp(files[i].name, file))
			f = &files[i];
	if (!f)
		return err_set(e, -ENOENT, "%s is none of a dump's files", file);
	if (!s->devices)
		s->devices = devices_new(NULL);
	if (f->object) {
		struct dump d = {.s = s, .names = names, .family = f->family};
		rc = dump_each_object(&d, f->object, text, len, e);
		if (!rc && f->object == dump_link)
			rc = dump_masters(&d, e);
		dump_done(&d);
		return rc < 0 ? err_where(e, "%s", file) : 0;
	}
	if (!strcmp(file, "kernel.txt")) {
		snprintf(release, sizeof(release), "%.*s", (int)(len < 63 ? len : 63), text);
		s->settings.kernel = settings_kernel(release);
	} else {
		read_sysctl(s, text, len);
	}
	return 0;
}

/* 0 if it is not there. */
static int read_file(const char *dir, const char *name, char **ret, size_t *ret_len, struct err *e)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int rc = file_read_large(path, ret, ret_len, e);
	return rc == -ENOENT ? 0 : rc < 0 ? rc : 1;
}

static int read_all(const char *dir, struct names *names, struct snapshot *s, struct err *e)
{
	bool links = false, rules = false, routes = false;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *text = NULL;
		size_t len = 0;
		int rc = read_file(dir, files[i].name, &text, &len, e);
		if (rc > 0) {
			links |= files[i].object == dump_link;
			rules |= files[i].object == dump_rule;
			routes |= files[i].object == dump_route;
			rc = dump_add(s, names, files[i].name, text, len, e);
		}
		free(text);
		if (rc < 0)
			return rc;
	}
	if (links && rules && routes)
		return 0;
	err_set(e, -ENOENT, "%s is no dump: it lacks %s", dir,
		!links	 ? "link.json"
		: !rules ? "rule.json and rule6.json"
			 : "route.json and route6.json");
	return err_hint(e, "ip -j -d link > %s/link.json; and so on", dir);
}

int dump_read(const char *dir, struct snapshot *s, struct err *e)
{
	struct names *names = names_new(dir, NULL);

	*s = (struct snapshot){.settings = SETTINGS_INIT};
	int rc = read_all(dir, names, s, e);
	names_free(names);
	if (rc < 0)
		snapshot_free(s);
	return rc;
}
