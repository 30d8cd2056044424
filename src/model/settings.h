/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_SETTINGS_H
#define MH_MODEL_SETTINGS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The kernel's settings (sysctls) that have a say in where a packet goes. One table of rows
 * describes them all: it reads them from /proc/sys and from the text of `sysctl -a`.
 */

/* Index of what exists for either family. */
enum { SETTINGS_IPV4, SETTINGS_IPV6, SETTINGS_FAMILIES };

/* net.ipv4.conf.NAME.* and net.ipv6.conf.NAME.* */
struct settings_dev {
	char name[16]; /* "all", "default", or an interface's */
	uint32_t forwarding[SETTINGS_FAMILIES];
	uint32_t linkdown[SETTINGS_FAMILIES]; /* ignore_routes_with_linkdown */
	uint32_t rp_filter, src_valid_mark, accept_local, route_localnet, send_redirects;
	uint32_t use_tempaddr, use_oif_addrs_only;
};

struct settings {
	uint32_t kernel; /* 0x060c for Linux 6.12; UINT32_MAX: not known, taken for the newest */
	uint32_t hash_policy[SETTINGS_FAMILIES]; /* fib_multipath_hash_policy */
	uint32_t hash_fields[SETTINGS_FAMILIES]; /* fib_multipath_hash_fields */
	uint32_t hash_seed;			 /* 0: the kernel's own, which nobody knows */
	uint32_t use_neigh;			 /* fib_multipath_use_neigh */
	struct settings_dev all;
	struct settings_dev *dev; /* the arena's */
	size_t dev_n, dev_cap;
};

#define SETTINGS_INIT                                                                              \
	((struct settings){.kernel = UINT32_MAX, .hash_fields = {7, 7}, .all = {.name = "all"}})

/* An interface's, or NULL if nothing was read of it. */
const struct settings_dev *settings_dev(const struct settings *s, const char *name);
/* The same, made if it is not there. */
struct settings_dev *settings_dev_add(struct arena *a, struct settings *s, const char *name);

/*
 * Takes one setting, named as in the text of `sysctl -a` ("net.ipv4.conf.eth0/100.rp_filter").
 * False if it is none of those that matter here, or if the value is no number.
 */
bool settings_set(struct arena *a, struct settings *s, const char *name, const char *value);

/*
 * Reads the settings of the running kernel for "all" and the names given, in the network namespace
 * of the calling thread. What this kernel does not have stays as it was.
 */
void settings_read(struct arena *a, struct settings *s, const char *const *names, size_t n);

/* "6.12.1-something" as 0x060c; UINT32_MAX if it is no version. */
uint32_t settings_kernel(const char *release);

#endif
