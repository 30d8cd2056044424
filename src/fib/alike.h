/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_ALIKE_H
#define MH_FIB_ALIKE_H

#include "fib/compiled.h"

/*
 * What decisions can depend on. Packets of one family that have the same `struct alike` go the same
 * way, as far as that is not of several next hops: of these the hash chooses, which is added then.
 * What still differs in the results: the source, the hash, and the route, if that is a great
 * table's.
 */
#define ALIKE_GREAT 4u /* great tables; further ones are looked at as if they were small */

enum alike_side { ALIKE_DST, ALIKE_SRC, ALIKE_SIDES };

/* Eight words, compared and hashed as such. */
struct alike {
	uint64_t w[8];
};
enum {
	ALIKE_CLASSES, /* of both addresses */
	ALIKE_TABLES,  /* what each great one has for the two */
	ALIKE_MARK_UID = ALIKE_TABLES + ALIKE_GREAT,
	ALIKE_DEVICES,	      /* iif, oif */
	ALIKE_REST,	      /* sport 16, dport 16, proto 8, tos 8, query 8, and then: */
	ALIKE_PART_SHIFT = 56 /* 1, 2, ...: of the hash's range; 0: the hash is not looked at yet */
};
_Static_assert(ALIKE_REST == 7, "eight words");

#define ALIKE_NOWHERE  1u /* a table's kind: it has no prefix for the address */
#define ALIKE_NOT_SURE 0u /* ... or one at which the search may not end */

/* Of one family: what its rules and tables tell packets apart by. */
struct alike_terms {
	bool off; /* by what is too rare to be looked at */
	struct lpm *addr_class;
	const struct fib_table *great[ALIKE_GREAT];
	uint32_t *kind[ALIKE_GREAT]; /* of each of its entries */
	unsigned great_n;
	/* Bits of a packet's fields. */
	uint32_t mark, uid;
	uint8_t proto, tos;
	/* The class of each port, source or destination: which on the way back are the other's. */
	uint16_t *port;	   /* NULL: no rule asks for ports */
	uint8_t plen_most; /* longer prefixes are all alike */
};

/* A table of at least `great` prefixes is a great one. -ENOMEM; to be freed in any case. */
int alike_terms_make(const struct fib *f, uint8_t family, uint32_t great, struct alike_terms *ret,
		     struct err *e);
void alike_terms_free(struct alike_terms *x);

static inline uint64_t alike_two(uint32_t a, uint32_t b)
{
	return a | (uint64_t)b << 32;
}

static inline uint32_t alike_port(const struct alike_terms *x, uint16_t port)
{
	return x->port ? x->port[port] : 0;
}

/*
 * Field by field, without classes and tables: these are looked up for many packets together. False
 * if the packet is like no other: without a source, as that depends on all of its destination; or
 * bound to a device, for which no route is sure.
 */
static inline bool alike_fields(const struct alike_terms *x, const struct fib_packet *p,
				struct alike *ret)
{
	/* IGMP may be bound to a device. */
	uint8_t proto = p->oif ? p->proto : p->proto & x->proto;

	for (unsigned k = 0; k < ALIKE_GREAT; k++)
		ret->w[ALIKE_TABLES + k] = 0;
	ret->w[ALIKE_MARK_UID] = alike_two(p->mark & x->mark, p->uid & x->uid);
	ret->w[ALIKE_DEVICES] = alike_two((uint32_t)p->iif, (uint32_t)p->oif);
	ret->w[ALIKE_REST] =
		alike_two(alike_port(x, p->sport) | alike_port(x, p->dport) << 16,
			  proto | (uint32_t)(p->tos & x->tos) << 8 | (uint32_t)p->query << 16);
	return !(p->oif && x->great_n) && !ip_addr_is_any(&p->src);
}

#endif
