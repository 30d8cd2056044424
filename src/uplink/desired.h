/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_DESIRED_H
#define MH_UPLINK_DESIRED_H

#include "uplink/config.h"
#include "uplink/nft.h"
#include "uplink/owned.h"

/*
 * Configuration + machine -> what should be in the kernel. Pure: the machine is given.
 */

/* What checks found of an uplink: why it is of no use, per family; NULL if nothing is wrong. */
struct way_health {
	const char *uplink;
	const char *why4, *why6;
};

/*
 * What a person said about an uplink, until he says otherwise. Down: it is out of use. Drained: it
 * gets no new connections, but those that it has, and what bears its address, go on.
 */
enum way_hand { WAY_BY_ITSELF, WAY_DOWN, WAY_DRAIN };
struct way_said {
	const char *uplink;
	enum way_hand hand;
};

/* A machine as seen at one moment. */
struct machine {
	const struct snapshot *snap;
	/* The value of a sysctl ("net/ipv4/ip_forward"), or NULL if the kernel has no such thing.
	 */
	const char *(*sysctl)(void *arg, const char *name);
	void *sysctl_arg;
	const struct way_health *health; /* of those uplinks that are checked */
	size_t health_n;
	const struct way_said *said; /* of those about which something was said */
	size_t said_n;
	/* An interface, address or gateway that was written and is not there is no error, but makes
	 * the uplink be down: for who waits until it comes. */
	bool absent_ok;
};

/*
 * Slots: small numbers that stay an uplink's for as long as its name is known, because its table
 * and its mark (which live on in conntrack entries) derive from them. From 1.
 */
struct slot {
	const char *uplink;
	uint32_t slot;
};

/* One uplink in one family, as found. */
struct uplink_family {
	bool present;	 /* it has an address (and a gateway or gateway = none): rules are made */
	bool usable;	 /* it can carry traffic now: up, carrier, gateway known */
	const char *why; /* if not usable: "eth1 has no carrier", ...; NULL otherwise */
	const char *health;	/* what checks say against it, or NULL */
	struct ip_addr gateway; /* family 0: none, if known (point-to-point) */
	bool gateway_known;
	bool onlink;
	bool explicit_address;	   /* addresses are those written, not all that there are */
	struct ip_prefix *address; /* with the on-link length */
	size_t address_n, address_cap;
	struct ip_prefix *from; /* what the `from` rules select */
	size_t from_n, from_cap;
};

struct uplink_state {
	const struct uplink_config *config;
	const struct link *link; /* one that is not there has index 0 */
	uint32_t slot, table, mark;
	enum way_hand hand;
	struct uplink_family v4, v6;
};

/* What a use comes to now: members of the first tier that has usable ones; n 0 if none has. */
struct share {
	unsigned uplink;
	uint32_t weight;
};

struct desired {
	struct owned owned;	     /* its arena holds everything here */
	struct uplink_state *uplink; /* as many as config.uplink */
	size_t uplink_n;
	struct nft_rules nft; /* what owned.nft says, as data */
	struct slot *slot;    /* to be remembered */
	size_t slot_n, slot_cap;
	uint32_t table_default; /* B */
	struct share *share[2]; /* of the default, IPv4 and IPv6 */
	size_t share_n[2];
	/* Warnings: one line each, for status and apply ("all local TCP connections ..."). */
	const char **warning;
	size_t warning_n, warning_cap;
};

/*
 * Errors (with the configuration's file:line:column): an interface that does not exist, an address
 * that the interface has not, a gateway not on the link without onlink, two uplinks with one
 * address, a table or priority in use by somebody else, a link that bears another group, ...
 * `slots` are those remembered from before.
 */
int desired_make(const struct config *c, const struct machine *m, const struct slot *slots,
		 size_t slots_n, struct desired *ret, struct err *e);
void desired_free(struct desired *d);

/* True if a use (the default's, a policy's) turns to uplink `b` only when `a` is not there. */
bool desired_prefers(const struct config *c, unsigned a, unsigned b);

/* Resolves a use for a family (AF_INET, AF_INET6). Result is the arena's. */
size_t desired_share(const struct desired *d, const struct use *u, uint8_t family, struct arena *a,
		     struct share **ret);

#endif
