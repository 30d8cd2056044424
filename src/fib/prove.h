/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_PROVE_H
#define MH_FIB_PROVE_H

#include "base/arena.h"
#include "fib/fib.h"

/*
 * What must hold on a machine with several ways out, for every packet: shown by a look at one
 * packet of each class (fib/classes.h; of the other fields, one of each value that a rule names,
 * and one that none names). What does not hold comes with a packet to show it.
 */
struct prove_uplink {
	const char *name;
	int ifindex;
	uint32_t table;		/* its own; 0: not known */
	uint32_t mark;		/* of forwarded flows that belong to it; 0: there are none */
	struct ip_prefix *from; /* the sources that belong to it, of both families */
	size_t from_n, from_cap;
	struct ip_addr gateway[2]; /* IPv4's, IPv6's; family 0: none, or not known */
	bool up[2];		   /* it can carry traffic of the family */
};

/*
 * What is meant of packets that bear no uplink's address: of those that `select` fits, and no
 * policy before it. They leave by one of `use`: those of the uplinks that are to carry them now. If
 * none can (not `up`), they leave by no other uplink.
 */
struct prove_policy {
	const char *name;
	struct rule select; /* its selectors are; where it leads counts for nothing */
	bool anything_else; /* the last: other ways than uplinks are as good */
	const struct prove_uplink **use;
	size_t use_n, use_cap;
	bool up;
};

struct prove_failure;

/* What a proof is about. */
struct prove_goal {
	struct prove_uplink *uplink;
	size_t uplink_n;
	struct prove_policy *policy; /* in their order; of both families */
	size_t policy_n, policy_cap;
	uint32_t mark_mask; /* flows that have an uplink have a mark under it; 0: there are none */
	/* How much may be spent, in rules asked, and what is left of it; NULL: some seconds' worth.
	 */
	uint64_t *budget;
	/* True for a failure that is not to count; NULL: all do. */
	bool (*excused)(void *arg, const struct prove_failure *x);
	void *excused_arg;
};

/* In the order in which they are told. */
enum prove_kind {
	PROVE_LEAK,    /* a packet from an uplink's address leaves by another way out */
	PROVE_REPLY,   /* a forwarded reply that belongs to an uplink leaves by another */
	PROVE_DROPPED, /* a packet from an uplink's address is dropped, though the uplink is up */
	PROVE_GATEWAY, /* it leaves by its uplink, but to another uplink's gateway */
	PROVE_LINK,    /* it goes to the gateway, though its destination's network is at hand */
	PROVE_SOURCE,  /* the source that the kernel chooses belongs to another uplink */
	PROVE_RPF,     /* the reply that comes back is dropped by the reverse path check */
	PROVE_POLICY,  /* what a policy selects does not leave as it says */
	PROVE_RULE,    /* no packet gets as far as a rule */
	PROVE_TABLE,   /* a rule looks up a table without routes */
	PROVE_KINDS,
};

struct prove_failure {
	enum prove_kind kind;
	uint8_t family;
	const struct prove_uplink *uplink, *other; /* NULL where there is none */
	const struct prove_policy *policy;	   /* POLICY: which */
	const struct rule *rule;  /* that decided; RULE, TABLE: the rule at fault */
	struct fib_packet packet; /* the witness; family 0: TABLE, if no packet comes by */
	struct fib_result result; /* what becomes of it */
};

/* "leak", "reply", ... and in a sentence. */
const char *prove_kind_name(enum prove_kind k);
const char *prove_kind_text(enum prove_kind k);
/* In words; the arena's: the packet as `multihome explain` takes it, what becomes of one, what a
 * failure is about ("isp1", "policy mail", "rule 1001"), and what it is. */
const char *prove_packet(const struct fib *f, const struct fib_packet *p, struct arena *a);
const char *prove_way(const struct fib *f, const struct fib_result *r, struct arena *a);
const char *prove_subject(const struct prove_failure *x, struct arena *a);
const char *prove_text(const struct prove_failure *x, struct arena *a);
/* All of that in one line. */
const char *prove_line(const struct fib *f, const struct prove_failure *x, struct arena *a);

/*
 * What would mend it: commands, each ended by '\n', for the one failure; where none is known to, a
 * comment. The arena's.
 */
const char *prove_remedy(const struct fib *f, const struct prove_failure *x, struct arena *a);

/*
 * All failures, in the order of the enumeration, one of each kind for an uplink, another uplink and
 * a deciding rule; the arena's. `looked`, if not NULL, gets the number of packets. Returns their
 * number, or -E2BIG if there are so many rules and values that no end is in sight, or -ENOMEM.
 */
long prove_machine(const struct fib *f, const struct prove_goal *goal, struct arena *a,
		   struct prove_failure **ret, uint64_t *looked, struct err *e);

/* About five seconds: more than that nobody waits for before a change. */
#define PROVE_BUDGET UINT64_C(500000000)

/*
 * Whether the packet of a failure, found on another machine (or state of it) for the same goal's
 * uplinks and policies, goes wrong on this one as well, in whatever way. Excuses are not asked for.
 */
bool prove_again(const struct fib *f, const struct prove_goal *goal, const struct prove_failure *x);

/*
 * The ways out that a machine has, for one without a configuration: the devices that default routes
 * lead through, in any table, with their global addresses, and the table that rules say for these.
 * A route for half of all counts as a default. The arena's.
 */
void prove_discover(const struct fib *f, struct arena *a, struct prove_goal *ret);

#endif
