/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_SNAPSHOT_H
#define MH_MODEL_SNAPSHOT_H

#include "base/arena.h"
#include "model/address.h"
#include "model/addrlabel.h"
#include "model/devices.h"
#include "model/link.h"
#include "model/mptcp.h"
#include "model/neigh.h"
#include "model/nexthop.h"
#include "model/route.h"
#include "model/rule.h"
#include "model/settings.h"

/*
 * A network namespace at one moment: what its kernel holds, as structs, in the kernel's order.
 * Everything belongs to the arena; references in the structs point into copies of the messages.
 */
struct snapshot {
	struct arena arena;
	struct link *link;
	struct address *address;
	struct neigh *neigh;
	struct rule *rule;	 /* IPv4's in their order, then IPv6's */
	struct route *route;	 /* all tables, IPv4's then IPv6's, without cached routes */
	struct nh *nexthop;	 /* next-hop objects and groups */
	struct nh *bucket;	 /* of resilient groups */
	struct addrlabel *label; /* RFC 6724's table of labels */
	struct mptcp_endpoint *endpoint;
	size_t link_n, address_n, neigh_n, rule_n, route_n, nexthop_n, bucket_n, label_n,
		endpoint_n;
	size_t link_cap, address_cap, neigh_cap, rule_cap, route_cap, nexthop_cap, bucket_cap,
		label_cap, endpoint_cap;
	struct settings settings;
	struct devices *devices;	     /* of `link`; asks nobody */
	const struct snapshot_routes *which; /* which routes are taken; NULL: all */
};

/* Which routes to read, where there may be a million that nobody asks about. */
struct snapshot_routes {
	/* The kernel is asked for these tables, one by one; NULL: for all of them. */
	const uint32_t *table;
	size_t table_n;
	/* Those for which it says so are taken; the links are there already. NULL: all. */
	bool (*keep)(const struct snapshot *s, const struct route *r, void *arg);
	void *arg;
};

enum snapshot_part {
	SNAPSHOT_LINKS = 1,
	SNAPSHOT_ADDRESSES = 2,
	SNAPSHOT_NEIGHS = 4,
	SNAPSHOT_RULES = 8,
	SNAPSHOT_ROUTES = 16,
	SNAPSHOT_NEXTHOPS = 32, /* and buckets */
	SNAPSHOT_LABELS = 64,
	SNAPSHOT_SETTINGS = 128,  /* of the calling thread's namespace; needs the links */
	SNAPSHOT_ENDPOINTS = 256, /* of MPTCP; of the calling thread's namespace */
	SNAPSHOT_ALL = 511,
};

/*
 * Reads the parts asked for. A dump that the kernel says was disturbed (NLM_F_DUMP_INTR) is read
 * again, up to 20 times; then -EAGAIN. `ret` is to be given back with snapshot_free(), also after
 * an error.
 */
int snapshot_take(struct nl *nl, unsigned parts, struct snapshot *ret, struct err *e);
/* The same, with some of the routes only; `which` is needed as long as it runs. */
int snapshot_take_some(struct nl *nl, unsigned parts, const struct snapshot_routes *which,
		       struct snapshot *ret, struct err *e);
void snapshot_free(struct snapshot *s);

/* Adds the object in a message (RTM_NEWLINK, ...) to the snapshot; other messages are ignored. */
int snapshot_add(struct snapshot *s, const struct nlmsghdr *h, struct err *e);

/* By index or name, NULL if there is none. */
const struct link *snapshot_link(const struct snapshot *s, int ifindex);
const struct link *snapshot_link_named(const struct snapshot *s, const char *name);

#endif
