/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_COMPILED_H
#define MH_FIB_COMPILED_H

#include "fib/fib.h"
#include "fib/lpm.h"

#include <netinet/in.h>

/*
 * The compiled model, for the files of fib/ alone. Everything is the model's arena's, or points
 * into the snapshot.
 *
 *   struct fib ─ per family ─ rules    an array; goto is an index, selectors are function pointers
 *                           └ tables   per table: nodes, sorted by prefix; a longest-prefix index
 *                               └ node      one destination prefix, with the next shorter one
 *                                   └ entry     one route, in the kernel's order of preference
 *                                       └ hops      its ways, shared by routes that have the same
 *
 * A full table does not fit into the processor's cache. So what a lookup touches of it is the
 * index, which leads to the first entry of the node, and that entry; all else that it needs is of
 * the few things that many routes share.
 */
#define FIB_DEV_DIRECT 256
#define FIB_LOOPBACK   1 /* the loopback's ifindex: iif of what the machine sends */

struct fib_dev {
	int ifindex;
	int l3;		   /* the VRF it is, or is a port of; 0 */
	uint32_t l3_table; /* of a VRF itself; 0 */
	uint32_t group;
	bool up, loopback;
	const struct settings_dev *conf;      /* never NULL */
	const struct address *const *addr[2]; /* its addresses, by family, in the kernel's order */
	size_t addr_n[2];
};

struct fib_hop {
	struct ip_addr via;	   /* family 0: none */
	struct ip_addr src;	   /* IPv4: the address chosen for what leaves here */
	struct ip_addr own;	   /* ... if the route does not name one */
	const struct fib_dev *dev; /* never NULL */
	int32_t bound;		   /* the greatest hash that takes it; -1: none does */
	uint32_t weight;
	uint32_t nhid;	   /* of an object; 0 */
	bool dead;	   /* not even where carrier does not count */
	bool skip;	   /* dead, or without carrier where that counts */
	uint16_t neigh;	   /* what is known of the gateway, NUD_*; 0: nobody has asked for it yet */
	bool neigh_valid;  /* it answers, or nobody has asked for it yet */
	bool neigh_failed; /* it was asked and did not answer */
};

/* The ways of a route. */
struct fib_hops {
	struct fib_hop *hop;
	const uint32_t *bucket; /* resilient group: index into `hop` per bucket */
	uint32_t n, bucket_n;
	bool object;	 /* they are objects */
	bool blackhole;	 /* ... namely a blackhole */
	bool usable;	 /* one of them can be taken */
	bool sure;	 /* ... by any packet that is bound to no device */
	uint32_t number; /* from 1; no other ways of the model have it */
};

struct fib_entry {
	const struct route *r;
	const struct fib_hops *hops; /* never NULL, but may be none */
	uint32_t metric;
	uint32_t node;
	uint8_t type, tos, score; /* score: IPv6's router preference, as rt6_score_route() has it */
	uint8_t plen;
	bool last; /* of its node, or its source prefix */
};

/* Routes of one source prefix under a destination prefix (IPv6). */
struct fib_sub {
	struct ip_prefix src;
	uint32_t entry, entry_n;
};

struct fib_node {
	struct ip_prefix dst;
	uint32_t parent;	 /* the next shorter prefix that contains it, or LPM_NONE */
	uint32_t entry, entry_n; /* routes without a source prefix */
	uint32_t sub, sub_n;	 /* longest source prefix first */
};

struct fib_table {
	uint32_t id;
	/* To be freed. */
	struct fib_node *node;
	struct ip_prefix *prefix; /* of each node */
	struct fib_entry *entry;
	struct fib_sub *sub;
	uint32_t node_n, entry_n, sub_n;
	struct lpm *lpm; /* value: the node's first entry */
};

struct fib_flow;
struct fib_rule;
typedef bool fib_match_fn(const struct fib_rule *r, const struct fib_flow *fl);

/* What a rule may select by; the one description of each (selector.c). */
struct fib_selector {
	const char *name;
	/* Whether the rule has it; then makes it ready in `c`. */
	bool (*compile)(const struct fib *f, const struct rule *r, struct fib_rule *c);
	fib_match_fn *match4, *match6;
	/* Why a packet does not match. */
	void (*why)(const struct fib *f, const struct fib_rule *c, const struct fib_flow *fl,
		    char *buf, size_t size);
};
#define FIB_SELECTORS 16
extern const struct fib_selector fib_selectors[];

enum fib_action {
	FIB_ACT_TABLE,
	FIB_ACT_L3MDEV, /* the table of the packet's VRF */
	FIB_ACT_GOTO,
	FIB_ACT_NEXT, /* nop, or a goto whose target is not there */
	FIB_ACT_UNREACHABLE,
	FIB_ACT_PROHIBIT,
	FIB_ACT_BLACKHOLE,
};

struct fib_rule {
	uint8_t selector_n, action;
	bool invert;
	fib_match_fn *match[FIB_SELECTORS];
	uint8_t selector[FIB_SELECTORS]; /* which each is */
	/* What is compared. */
	uint32_t src, src_mask, dst, dst_mask; /* IPv4 */
	uint8_t dscp, dscp_mask;	       /* of the tos byte */
	int iif, oif;			       /* -1: there is no such device */
	bool iif_l3, oif_l3;		       /* a VRF that stands for its ports */
	uint32_t mark, mark_mask;
	uint32_t flowlabel, flowlabel_mask;
	struct fib_rule_uid_range uid;
	const struct rule *r;
	/* What then. */
	uint32_t jump;		       /* index of the rule */
	const struct fib_table *table; /* NULL: it has no routes */
	int64_t suppress_length;       /* -1: none */
	int64_t suppress_group;	       /* -1: none */
};

struct fib_family {
	struct fib_rule *rule;
	const struct rule **rules; /* the same, for those outside */
	struct fib_table *table;   /* ascending */
	uint32_t *table_id;
	size_t rule_n, table_n;
	bool custom;   /* others than the kernel's own rules */
	bool realms;   /* some set such */
	bool dissects; /* some ask for protocol or ports of what arrives */
};

struct fib {
	struct arena arena;
	const struct snapshot *s;
	struct settings set;
	struct fib_family family[2];
	struct fib_dev *dev; /* in the snapshot's order */
	size_t dev_n;
	uint32_t *dev_at;				  /* sorted by ifindex: index into dev */
	const struct fib_dev *dev_direct[FIB_DEV_DIRECT]; /* those of the first numbers */
	const struct nh **object;			  /* next-hop objects, sorted by number */
	const struct neigh **neigh;			  /* sorted by device and address */
	size_t object_n, neigh_n;
	struct hops_made *made; /* while it is compiled */
	uint32_t hops_n;
	const struct fib_table *local, *main; /* of IPv4; NULL without routes */
	bool custom_local; /* IPv4 has local routes that are not the kernel's own */
};

/* One lookup: the packet, and what the kernel's struct flowi has of its own. */
struct fib_flow {
	const struct fib_packet *p;
	const struct ip_addr *src, *dst;
	struct ip_addr chosen; /* `src`, where a rule has had it chosen (IPv6) */
	uint32_t src4, dst4;   /* IPv4, host order */
	int iif, oif, l3;
	uint32_t mark, uid;
	uint16_t sport, dport;
	uint8_t proto, tos;
	bool has_src; /* IPv6: rules by source may match */
	/* IPv6's rt6_select() */
	int route_dev; /* routes through it are preferred, or the only ones if `strict` */
	bool strict, reachable;
	/* IPv4: a missing carrier does not count (FIB_LOOKUP_IGNORE_LINKSTATE) */
	bool ignore_linkdown;
};

/* What a table, or the rules, found. */
struct fib_found {
	const struct fib_rule *rule;
	const struct fib_table *table;
	const struct fib_entry *entry;
	const struct fib_hop *hop;
	uint32_t hash;
	uint8_t plen; /* of the destination prefix */
	bool turns;   /* several equal routes take turns */
};

static inline unsigned fib_index(uint8_t family)
{
	return family == AF_INET6;
}
static inline uint32_t fib_be32(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}
/* RTM_GETROUTE takes an IPv4 packet without a protocol for UDP. */
static inline uint8_t fib_proto(const struct fib_packet *p)
{
	return p->query && !p->proto && p->family == AF_INET ? IPPROTO_UDP : p->proto;
}
static inline bool fib_prefix6_has(const struct ip_prefix *p, const struct ip_addr *a)
{
	uint64_t x[2], y[2];

	__builtin_memcpy(x, p->addr.b, 16);
	__builtin_memcpy(y, a->b, 16);
	uint64_t hi = __builtin_bswap64(x[0] ^ y[0]), lo = __builtin_bswap64(x[1] ^ y[1]);
	if (p->len <= 64)
		return !p->len || !(hi >> (64 - p->len));
	return !hi && !(lo >> (128 - p->len));
}

/* The longest prefix of the table that has the address; NULL if none has. */
static inline const struct fib_node *fib_longest(const struct fib_table *t, const struct ip_addr *a)
{
	uint32_t at = lpm_lookup(t->lpm, a);

	return at == LPM_NONE ? NULL : &t->node[t->entry[at].node];
}

/* build.c */
extern const struct settings_dev fib_no_settings;
const struct fib_dev *fib_device(const struct fib *f, int ifindex); /* NULL if there is none */
const struct fib_table *fib_table(const struct fib *f, uint8_t family, uint32_t id);
/* hops.c: the next hops of a route; fib_compile_objects() first. */
void fib_compile_objects(struct fib *f);
int fib_compile_hops(struct fib *f, const struct route *r, const struct fib_hops **ret,
		     struct err *e);
/* Those that were made so far are not looked for any more. */
void fib_forget_hops(struct fib *f);
const struct fib_entry *fib_entry_of(const struct fib *f, const struct route *r);

/* rules.c */
int fib_compile_rules(struct fib *f, uint8_t family, struct err *e);
struct fib_trace;
/* Asks the rules in turn. FORWARD is "a route of whatever kind that is no error". */
enum fib_verdict fib_ask_rules(const struct fib *f, struct fib_flow *fl, struct fib_found *ret);
enum fib_verdict fib_ask_rules_traced(const struct fib *f, struct fib_flow *fl,
				      struct fib_found *ret, struct fib_trace *t);

/*
 * table4.c, table6.c: one table. FIB_NONE: nothing for this destination. A throw route is FIB_NONE
 * with found->entry set.
 */
enum fib_verdict fib_table_lookup4(const struct fib *f, const struct fib_table *t,
				   const struct fib_flow *fl, struct fib_found *ret);
enum fib_verdict fib_table_lookup6(const struct fib *f, const struct fib_table *t,
				   const struct fib_flow *fl, struct fib_found *ret);
enum fib_verdict fib_type_verdict(uint8_t type);
/* The choice among several next hops that are objects. */
const struct fib_hop *fib_select_object(const struct fib *f, const struct fib_hops *x,
					uint32_t hash);

/* default4.c: which of several default routes of one table (IPv4, sending). */
void fib_select_default(const struct fib_flow *fl, struct fib_found *x);

/* source.c */
struct ip_addr fib_source4(const struct fib *f, const struct fib_dev *dev, uint32_t dst,
			   unsigned scope);
struct ip_addr fib_source6(const struct fib *f, const struct ip_addr *dst,
			   const struct fib_dev *dev);
/*
 * The only address that a device of a VRF and its VRF have between them; family 0 if there is none,
 * or are more. The kernel takes such a one, or goes on to the VRF's other devices, by chance:
 * ipv6_dev_get_saddr() asks for its scope, which nobody has looked at as there was no other to hold
 * it against.
 */
struct ip_addr fib_source6_alone(const struct fib *f, int ifindex);

#endif
