/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_HASH_H
#define MH_FIB_HASH_H

#include "fib/fib.h"

/*
 * The multipath hash of a packet, 31 bits (fib_multipath_hash(), rt6_multipath_hash()); `src` is
 * the packet's source as far as it is known at that moment.
 */
uint32_t fib_hash(const struct settings *s, const struct fib_packet *p);
/* The same, of a packet whose source and protocol are others by now. */
uint32_t fib_hash_of(const struct settings *s, const struct fib_packet *p,
		     const struct ip_addr *src, uint8_t proto);

/* The hashes of packets of one family that have their sources, made together. */
void fib_hash_n(const struct settings *s, const struct fib_packet *const *p, uint32_t *ret,
		size_t n);

/* SipHash-2-4 with the key k0, k1 (little endian), of whole 64-bit words and what is left. */
uint64_t fib_siphash(const void *p, size_t n, uint64_t k0, uint64_t k1);

/* The share of the hashes below and with a next hop, of a total weight: the greatest such hash. */
static inline int32_t fib_upper_bound(uint64_t weight_so_far, uint64_t total)
{
	return (int32_t)(((weight_so_far << 31) + total / 2) / total - 1);
}

#endif
