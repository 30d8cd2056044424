/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_SPACE_H
#define MH_FIB_SPACE_H

#include "base/arena.h"
#include "fib/classes.h"
#include "fib/fib.h"

/*
 * All packets of a family, in classes: of addresses, by what the tables and the rules' prefixes say
 * of them; of the other fields, by the values that rules name.
 */
struct space_transport {
	uint8_t proto;
	uint16_t sport, dport;
};

struct space {
	const struct fib *f;
	uint8_t family;
	struct ip_addr *addr; /* a witness of each class, without those that no uplink carries */
	size_t addr_n;
	uint32_t *mark, *uid;
	uint8_t *tos;
	struct space_transport *transport;
	size_t mark_n, uid_n, tos_n, transport_n;
};

/* Beside the values of the machine's rules those of `meant` (of either family) count.
 * -E2BIG: there are more than any machine could look through; -ENOMEM. All memory is the arena's.
 */
int space_make(const struct fib *f, uint8_t family, const struct rule *const *meant, size_t meant_n,
	       struct arena *a, struct space *ret, struct err *e);

/* Calls `fn` with `p` in every combination of the other fields. Stops when it returns false. */
void space_fields(const struct space *s, struct fib_packet p,
		  bool (*fn)(void *arg, const struct fib_packet *p), void *arg);

#endif
