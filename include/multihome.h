/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_INCLUDE_MULTIHOME_H
#define MH_INCLUDE_MULTIHOME_H

/*
 * libmultihome: where a Linux machine sends a packet, and whether it does what a machine with
 * several ways out should. The machine is this one, or a folder of what its own commands printed
 * (see multihome(3) for the folder). Nothing is changed, and nothing is kept outside of what is
 * returned.
 *
 * A model never changes once made: any number of threads may ask the same one. Numbers are in host
 * byte order, addresses are bytes in network order. Functions that can fail return 0 or more, or a
 * negative errno, and then leave one line that says why in `error`, if `size` is not 0.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Grows when something is added. Structures are given with their size, so that a program and a
 * library of different versions understand each other: what one does not know of is 0.
 */
#define MULTIHOME_API 1
unsigned multihome_api(void); /* the library's */

struct multihome; /* the model of a machine */

struct multihome_addr {
	uint8_t family; /* AF_INET, AF_INET6, or 0: none */
	uint8_t bytes[16];
};

/* A packet, or what is known of it. */
struct multihome_packet {
	struct multihome_addr src; /* family 0: not chosen yet */
	struct multihome_addr dst;
	uint8_t proto; /* IPPROTO_*; 0: not given */
	uint8_t tos;   /* the whole byte (traffic class) */
	uint16_t sport, dport;
	uint32_t mark, uid, flowlabel;
	int iif; /* the interface that it arrives by; 0: this machine sends it */
	int oif; /* the interface that a sending socket is bound to; 0: none */
};

enum multihome_verdict {
	MULTIHOME_FORWARD = 0,	     /* leaves by `dev`, whoever made it */
	MULTIHOME_LOCAL = 1,	     /* for this machine */
	MULTIHOME_UNREACHABLE = 2,   /* by an unreachable route or rule */
	MULTIHOME_BLACKHOLE = 3,     /* by a blackhole route, rule or next hop */
	MULTIHOME_PROHIBIT = 4,	     /* by a prohibit route or rule */
	MULTIHOME_NONE = 5,	     /* no rule led to a route */
	MULTIHOME_INVALID = 6,	     /* refused before or after the lookup: see `why` */
	MULTIHOME_RPF = 7,	     /* arrived, and rp_filter drops it: see `why` */
	MULTIHOME_NOT_FORWARDED = 8, /* arrived for another, and forwarding is off */
};

struct multihome_answer {
	int verdict;  /* enum multihome_verdict */
	int has_rule; /* `priority` is that of the rule that decided */
	uint32_t priority;
	uint32_t table;		   /* of the route that decided; 0: there is none */
	struct multihome_addr dst; /* the route's prefix */
	uint8_t dst_len;
	int dev;		    /* the interface's number; 0: none */
	struct multihome_addr via;  /* the gateway, maybe of the other family */
	struct multihome_addr src;  /* the packet's, or the one that is chosen for it */
	uint32_t nexthop, nexthops; /* which of the route's next hops (0, 1, ...), of how many */
	uint32_t hash;		    /* of the flow, 31 bits, if one was needed */
	const char *why;	    /* lives as long as the program; NULL: nothing to say */
};

/* Of a packet that goes wrong, or a rule or table that does. Texts live during the call. */
struct multihome_failure {
	const char *kind;   /* "leak", "reply", "dropped", "rpf", ...: see multihome(8), prove */
	const char *text;   /* the same in words */
	const char *uplink; /* the interface at fault; NULL: none */
	const char *other;  /* another that has to do with it; NULL: none */
	const char *remedy; /* commands that would mend it, a line each */
	struct multihome_packet packet; /* the witness; dst.family 0: none */
	struct multihome_answer answer; /* what becomes of it */
};

/*
 * Makes the model: of a folder, or with `folder` NULL of the calling thread's network namespace.
 * *ret is the caller's, to be given back with multihome_free(). -ENOENT, -EINVAL and others.
 */
int multihome_load(struct multihome **ret, const char *folder, char *error, size_t size);
void multihome_free(struct multihome *m); /* NULL is fine */

/* An interface's number by its name, 0 if there is none; and its name, NULL if there is none. */
int multihome_device(const struct multihome *m, const char *name);
const char *multihome_device_name(const struct multihome *m, int dev);

/* Where n packets go. Never fails, allocates nothing; many at once take less time. */
void multihome_ask_sized(const struct multihome *m, const struct multihome_packet *p,
			 size_t packet_size, struct multihome_answer *ret, size_t answer_size,
			 size_t n);
#define multihome_ask(m, p, ret, n)                                                                \
	multihome_ask_sized((m), (p), sizeof(struct multihome_packet), (ret),                      \
			    sizeof(struct multihome_answer), (n))

/* "forward", "local", "unreachable", ...; NULL if there is no such verdict. */
const char *multihome_verdict_name(int verdict);

/*
 * Looks at one packet of every class for what should not be, with the machine's default routes as
 * its ways out, and calls `fn` for each failure until it returns something else than 0. Returns how
 * many there are, or a negative errno.
 */
typedef int multihome_failure_fn(void *arg, const struct multihome_failure *x);
long multihome_prove(const struct multihome *m, multihome_failure_fn *fn, void *arg, char *error,
		     size_t size);

#ifdef __cplusplus
}
#endif
#endif
