/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_CONFIG_H
#define MH_UPLINK_CONFIG_H

#include "base/arena.h"
#include "base/ipaddr.h"
#include "uplink/place.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the user wrote, checked for everything that can be checked without a machine. All memory is
 * the arena's. Order is the file's.
 */

/*
 * A use: tiers in order of preference (", "), each a balance of uplinks by weight (" + "). Groups
 * are resolved, every uplink is in it at most once: one that an earlier tier has is never needed in
 * a later one. `uplink` is an index into config.uplink.
 */
struct use_member {
	unsigned uplink;
	uint32_t weight; /* 1..256: the one written here, else the uplink's own */
};
struct use_tier {
	struct use_member *member;
	size_t n, cap;
};
struct use {
	struct use_tier *tier;
	size_t n, cap; /* 0: not written */
	struct place place;
};

enum nat {
	NAT_MASQUERADE, /* the default */
	NAT_SNAT,
	NAT_NO,
};

/* IPv6 prefixes of one length, whole networks: the first's hosts are seen outside in the second. */
struct npt {
	struct ip_prefix inside, outside;
};

/*
 * A question that an uplink must answer to count as alive. Times in microseconds; limits of 0 are
 * none. How it is judged: probe/health.h.
 */
#define CHECK_SERVERS_MAX 3
enum check_kind {
	CHECK_PING,
	CHECK_GATEWAY, /* ARP, neighbour discovery */
	CHECK_TCP,
	CHECK_DNS,
	CHECK_HTTP, /* and https */
};
struct check_target {
	/* family 0: the uplink's gateway, whichever it is; tcp, http: what `host` resolves to. */
	struct ip_addr addr;
	uint16_t port;	  /* tcp, dns, http */
	const char *text; /* http: the URL; else as written */
	const char *host; /* http: the host alone, without brackets; tcp: a name, or NULL */
};
struct check_config {
	enum check_kind kind;
	struct place place;
	const char *text;	     /* all of it, as written */
	struct check_target *target; /* at least one; gateway: just one */
	size_t target_n, target_cap;
	uint32_t every;	   /* between two probes of a target */
	uint32_t timeout;  /* 0: an answer after `every`, but no less than a second, is none */
	uint32_t down, up; /* so many in a row turn a target */
	uint32_t loss;	   /* per mille, over `window` probes */
	uint32_t latency, jitter;
	uint32_t window;
	uint32_t quorum; /* so many targets must be good */
	/* What an answer must be. */
	bool refused_ok;		    /* tcp */
	const char *name;		    /* dns: what is asked for */
	bool ipv6_address;		    /* dns: its IPv6 address, not its IPv4 one */
	bool nxdomain_ok;		    /* dns: that there is no such name is an answer */
	uint16_t status_first, status_last; /* http */
	const char *body;		    /* http: text that must be there, or NULL */
	struct ip_addr *server; /* tcp, http: who knows names; none: the system's resolv.conf */
	size_t server_n, server_cap;
};

struct uplink_config {
	const char *name;
	struct place place;
	char interface[IFNAMSIZ];
	struct place interface_place;
	/*
	 * Addresses and gateways as written, either family, at most one gateway of each. A family
	 * for which none is written is automatic: every global address of the interface; the
	 * default route it has in a table that is not ours. A network among the addresses (no bits
	 * behind its length) is one that is routed to this machine by the uplink.
	 */
	struct ip_prefix *address;
	struct place *address_place;
	size_t address_n, address_cap, address_place_n, address_place_cap;
	struct ip_addr *gateway;
	struct place *gateway_place;
	size_t gateway_n, gateway_cap, gateway_place_n, gateway_place_cap;
	bool gateway_none; /* `gateway = none`: point-to-point, both families */
	bool ipv4, ipv6;   /* `family = ipv4 | ipv6`, both by default */
	bool onlink;
	uint32_t weight; /* 1..256 */
	uint32_t table;	 /* 0: table-base + slot */
	struct place table_place;
	enum nat nat;
	struct ip_addr *snat; /* for NAT_SNAT, at most one of each family */
	size_t snat_n, snat_cap;
	struct npt *npt;
	size_t npt_n, npt_cap;
	bool clamp_mss;
	bool mptcp;
	/*
	 * When it returns: flows that others carry meanwhile come back at once, or stay where they
	 * are; `hold`: how long it must be good first, in milliseconds.
	 */
	bool failback_now;
	uint32_t hold;
	bool reset;		    /* local connections from its addresses, when it is lost */
	bool metered;		    /* probed less often as long as all is well */
	struct check_config *check; /* all must pass */
	size_t check_n, check_cap;
	uint32_t max_loss, max_latency, max_jitter; /* of the checks whose own is 0 */
};

struct port_range {
	uint16_t first, last;
};

enum policy_field {
	POLICY_FROM,
	POLICY_TO,
	POLICY_PROTO,
	POLICY_SPORT,
	POLICY_DPORT,
	POLICY_IIF,
	POLICY_UID,
	POLICY_MARK,
	POLICY_DSCP,
};

struct policy_config {
	const char *name;
	struct place place;
	uint64_t has;		     /* 1 << enum policy_field; at least one */
	struct ip_prefix *from, *to; /* any of several */
	size_t from_n, from_cap, to_n, to_cap;
	uint8_t proto;
	struct port_range sport, dport;
	char iif[IFNAMSIZ];
	uint32_t uid_first, uid_last; /* `uid = N | A-B`, `user = NAME` */
	uint32_t mark, mark_mask;
	uint8_t dscp;
	uint32_t sticky; /* so long a client keeps its uplink, milliseconds; 0: it does not */
	struct use use;	 /* never empty */
};

enum hook_when { HOOK_UP, HOOK_DOWN, HOOK_CHANGE, HOOK_WHENS };
#define HOOK_COMMAND 1000 /* characters at most */
#define HOOKS_MAX    64

/* A command that multihomed runs when something happens to an uplink. */
struct hook_config {
	const char *name;
	struct place place;
	unsigned on; /* 1 << enum hook_when */
	const char *run;
	uint32_t timeout; /* milliseconds */
};

struct listen_config {
	struct ip_addr addr; /* family 0: nowhere */
	uint16_t port;
};

enum when_all_down {
	WHEN_ALL_DOWN_MAIN, /* the machine's own default routes, if it has any */
	WHEN_ALL_DOWN_UNREACHABLE,
};

struct config {
	struct arena arena;
	/*
	 * What was read, so that it can be read again: all files, one behind the other; a line
	 * "# FILE" begins each but the first.
	 */
	const char *text;
	struct uplink_config *uplink;
	size_t uplink_n, uplink_cap;
	struct policy_config *policy; /* in the order written: the first match decides */
	size_t policy_n, policy_cap;
	struct use default_use; /* never empty: all uplinks in one tier if none was written */
	uint32_t rule_base;	/* 1010 */
	uint32_t table_base;	/* 1010 */
	uint32_t mark_mask;	/* 0x00ff0000: contiguous bits */
	enum when_all_down when_all_down;
	struct hook_config *hook;
	size_t hook_n, hook_cap;
	struct listen_config http;
	/*
	 * How long it takes until half of an uplink's failures are forgiven, milliseconds; 0: it is
	 * never held back for them.
	 */
	uint32_t flap_damping;
	uint32_t control_group; /* who may read the daemon's socket; UINT32_MAX: root alone */
};

/*
 * Reads `path` and then the .conf files of the folder `path`.d in the order of their names. On
 * failure `e` has where "file:line:column", the offending text in the message, and the remedy as
 * the hint. `ret` is to be given back in any case.
 */
int config_read(const char *path, struct config *ret, struct err *e);
/* The same from memory; `name` stands for the file's name in messages. For tests and fuzzing. */
int config_parse(const char *name, const char *text, size_t len, struct config *ret, struct err *e);
void config_free(struct config *c);

/*
 * The largest slot number: what mark_mask has room for, at most UPLINKS_MAX. Tables of slots are
 * table_base + 1 .. table_base + that; no uplink's own `table` is among them. The mark of a slot.
 */
#define UPLINKS_MAX 4096
uint32_t config_slots(const struct config *c);
uint32_t config_mark(const struct config *c, uint32_t slot);

/*
 * Calls `fn` for every key of the schema: for the man page and completion. `value` is the value's
 * syntax; `dflt` is NULL if the key must be written.
 */
void config_each_key(void (*fn)(void *arg, const char *section, const char *key, const char *value,
				const char *dflt, const char *help),
		     void *arg);

#endif
