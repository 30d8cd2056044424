/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_KEY_H
#define MH_FIB_KEY_H

#include "base/ipaddr.h"

#include <endian.h>
#include <string.h>

/*
 * An address as a number of 128 bits. An IPv4 address is the upper 32 bits, the others 0, so that a
 * prefix of either family is the numbers whose first `len` bits are its own, and everything that is
 * done with prefixes is written once.
 */
struct key {
	uint64_t hi, lo;
};

static inline uint64_t key_load(const uint8_t b[static 8])
{
	uint64_t v;

	memcpy(&v, b, 8);
	return be64toh(v);
}

static inline struct key key_of4(uint32_t addr)
{
	return (struct key){(uint64_t)addr << 32, 0};
}

static inline struct key key_of6(const uint8_t b[static 16])
{
	return (struct key){key_load(b), key_load(b + 8)};
}

static inline struct key key_of(const struct ip_addr *a)
{
	return key_of6(a->b); /* unused bytes are 0 */
}

static inline struct ip_addr key_addr(struct key k, uint8_t family)
{
	struct ip_addr a = {.family = family};

	k.hi = htobe64(k.hi);
	k.lo = htobe64(k.lo);
	memcpy(a.b, &k.hi, family == AF_INET ? 4 : 8);
	if (family != AF_INET)
		memcpy(a.b + 8, &k.lo, 8);
	return a;
}

static inline bool key_less(struct key a, struct key b)
{
	return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

static inline bool key_eq(struct key a, struct key b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

/* 1s behind the first `len` bits: or-ed to a prefix, its last number. */
static inline struct key key_host_bits(unsigned len)
{
	return (struct key){len >= 64 ? 0 : UINT64_MAX >> len,
			    len >= 128 ? 0 : UINT64_MAX >> (len > 64 ? len - 64 : 0)};
}

static inline struct key key_first(struct key k, unsigned len)
{
	struct key host = key_host_bits(len);

	return (struct key){k.hi & ~host.hi, k.lo & ~host.lo};
}

static inline struct key key_last(struct key k, unsigned len)
{
	struct key host = key_host_bits(len);

	return (struct key){k.hi | host.hi, k.lo | host.lo};
}

/* One more; the number behind the last is 0. */
static inline struct key key_next(struct key k)
{
	return (struct key){k.hi + (k.lo == UINT64_MAX), k.lo + 1};
}

static inline bool key_is_zero(struct key k)
{
	return !(k.hi | k.lo);
}

#endif
