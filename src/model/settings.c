/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/settings.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>

/* A setting: "net.WHERE.KEY" of the namespace, or "net.WHERE.NAME.KEY" of a device. */
struct row {
	const char *where, *key;
	size_t off;
	bool dev;
};

#define NET(where, key, member)                                                                    \
	{                                                                                          \
		where, key, offsetof(struct settings, member), false                               \
	}
#define DEV(where, key, member)                                                                    \
	{                                                                                          \
		where, key, offsetof(struct settings_dev, member), true                            \
	}

static const struct row rows[] = {
	NET("ipv4", "fib_multipath_hash_policy", hash_policy[SETTINGS_IPV4]),
	NET("ipv6", "fib_multipath_hash_policy", hash_policy[SETTINGS_IPV6]),
	NET("ipv4", "fib_multipath_hash_fields", hash_fields[SETTINGS_IPV4]),
	NET("ipv6", "fib_multipath_hash_fields", hash_fields[SETTINGS_IPV6]),
	NET("ipv4", "fib_multipath_hash_seed", hash_seed),
	NET("ipv4", "fib_multipath_use_neigh", use_neigh),
	DEV("ipv4.conf", "forwarding", forwarding[SETTINGS_IPV4]),
	DEV("ipv6.conf", "forwarding", forwarding[SETTINGS_IPV6]),
	DEV("ipv4.conf", "ignore_routes_with_linkdown", linkdown[SETTINGS_IPV4]),
	DEV("ipv6.conf", "ignore_routes_with_linkdown", linkdown[SETTINGS_IPV6]),
	DEV("ipv4.conf", "rp_filter", rp_filter),
	DEV("ipv4.conf", "src_valid_mark", src_valid_mark),
	DEV("ipv4.conf", "accept_local", accept_local),
	DEV("ipv4.conf", "route_localnet", route_localnet),
	DEV("ipv4.conf", "send_redirects", send_redirects),
	DEV("ipv6.conf", "use_tempaddr", use_tempaddr),
	DEV("ipv6.conf", "use_oif_addrs_only", use_oif_addrs_only),
};

const struct settings_dev *settings_dev(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->dev_n; i++)
		if (!strcmp(s->dev[i].name, name))
			return &s->dev[i];
	return NULL;
}

struct settings_dev *settings_dev_add(struct arena *a, struct settings *s, const char *name)
{
	struct settings_dev *d = strcmp(name, "all") ? (void *)settings_dev(s, name) : &s->all;

	if (!d) {
		d = ARENA_PUSH(a, s->dev, s->dev_n, s->dev_cap);
		snprintf(d->name, sizeof(d->name), "%s", name);
	}
	return d;
}

/* A number, with a blank or line's end behind it at most; negative ones as they are in 32 bits. */
static bool read_number(const char *text, uint32_t *ret)
{
	char *end;
	long long v = strtoll(text, &end, 0);

	if (end == text || end[strspn(end, " \t\n")] || v < INT32_MIN || v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool store(void *base, size_t off, const char *value)
{
	uint32_t v;

	if (!read_number(value, &v))
		return false;
	memcpy((char *)base + off, &v, sizeof(v));
	return true;
}

/* "NAME.KEY" with this key: the name, in which sysctl writes '/' for a dot. */
static bool split_name(const char *rest, const char *key, char name[static 16])
{
	size_t n = strlen(rest), k = strlen(key);

	if (n <= k + 1 || strcmp(rest + n - k, key) || rest[n - k - 1] != '.' || n - k - 1 > 15)
		return false;
	n -= k + 1;
	memcpy(name, rest, n);
	name[n] = 0;
	for (char *c = name; *c; c++)
		if (*c == '/')
			*c = '.';
	return true;
}

bool settings_set(struct arena *a, struct settings *s, const char *name, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];
		size_t n = strlen(r->where);
		char dev[16];
		if (strncmp(name, "net.", 4) || strncmp(name + 4, r->where, n) ||
		    name[4 + n] != '.')
			continue;
		const char *rest = name + 5 + n;
		if (!r->dev && !strcmp(rest, r->key))
			return store(s, r->off, value);
		if (r->dev && split_name(rest, r->key, dev))
			return store(settings_dev_add(a, s, dev), r->off, value);
	}
	return false;
}

static void read_one(const struct row *r, const char *dev, void *base)
{
	char path[192], text[64];
	int n = snprintf(path, sizeof(path), "/proc/sys/net/%.4s%s%s%s/%s", r->where,
			 r->dev ? "/conf" : "", dev ? "/" : "", dev ? dev : "", r->key);

	if (n < 0 || (size_t)n >= sizeof(path))
		return;
	CLEANUP(free_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (got > 0) {
		text[got] = 0;
		store(base, r->off, text);
	}
}

static void read_dev(const char *name, struct settings_dev *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].dev)
			read_one(&rows[i], name, d);
}

void settings_read(struct arena *a, struct settings *s, const char *const *names, size_t n)
{
	struct utsname u;

	if (!uname(&u))
		s->kernel = settings_kernel(u.release);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!rows[i].dev)
			read_one(&rows[i], NULL, s);
	read_dev("all", &s->all);
	for (size_t i = 0; i < n; i++)
		read_dev(names[i], settings_dev_add(a, s, names[i]));
}

uint32_t settings_kernel(const char *release)
{
	unsigned major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2 || major > 255 || minor > 255)
		return UINT32_MAX;
	return major << 8 | minor;
}
