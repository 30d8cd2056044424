/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_OWNED_H
#define MH_UPLINK_OWNED_H

#include "model/snapshot.h"

/*
 * What multihome owns in a network namespace: routes and rules that bear our protocol number, one
 * nftables table, and settings (sysctls, link groups) whose values from before are remembered.
 *
 * The same struct says what is there now, what should be there, and what was there before; every
 * change is the difference of two of them (plan.h). Settings that are in the new one and not in the
 * old, or the other way round, are left as they are.
 */

/* Our routing protocol number (rt_protos: 77 multihome) and link group. */
#define MULTIHOME_PROTOCOL 77
#define MULTIHOME_GROUP	   77
#define MULTIHOME_NFT	   "multihome" /* table inet multihome */

struct sysctl {
	const char *name;  /* a path under /proc/sys: "net/ipv4/conf/eth0/arp_ignore" */
	const char *value; /* without the line's end */
};

struct link_group {
	int ifindex;
	char name[IFNAMSIZ];
	uint32_t group;
};

/* An address that MPTCP may open further subflows from (`ip mptcp endpoint ... subflow`). */
#define MULTIHOME_ENDPOINT 200 /* ours have this number and those behind it, to 255 */
struct endpoint {
	uint8_t id;
	int ifindex;
	struct ip_addr addr;
};

struct owned {
	struct arena arena;
	struct route *route;
	struct rule *rule; /* in order of evaluation; those of a priority in the kernel's order */
	struct sysctl *sysctl;
	struct link_group *group;
	struct endpoint *endpoint;
	size_t route_n, rule_n, sysctl_n, group_n, endpoint_n;
	size_t route_cap, rule_cap, sysctl_cap, group_cap, endpoint_cap;
	const char *nft; /* the table's definition, as nft reads it; NULL: there is none */
};

void owned_free(struct owned *o);
/* Copies; all memory becomes the owned's arena's. */
void owned_add_route(struct owned *o, const struct route *r);
void owned_add_rule(struct owned *o, const struct rule *r);
void owned_set_sysctl(struct owned *o, const char *name, const char *value); /* replaces */
void owned_add_endpoint(struct owned *o, uint8_t id, int ifindex, const struct ip_addr *addr);
void owned_set_group(struct owned *o, int ifindex, const char *name, uint32_t group);
const char *owned_sysctl(const struct owned *o, const char *name); /* NULL if not in it */
const struct link_group *owned_group(const struct owned *o, const char *name);

/* The same copy, into another arena. */
void owned_copy_route(struct arena *a, struct route *dst, const struct route *src);

/* True if multihome made the rule. */
static inline bool owned_is_rule(const struct rule *r)
{
	return has(r, RULE_PROTOCOL) && r->protocol == MULTIHOME_PROTOCOL;
}
/* What of a snapshot bears our protocol number, or an endpoint's number of ours. */
void owned_from_snapshot(struct owned *o, const struct snapshot *s);

#endif
