/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_ICMP_H
#define MH_PROBE_ICMP_H

#include "base/ipaddr.h"

/*
 * ICMP echo, RFC 792 and RFC 4443: bytes <-> struct, pure. A probe says in its data who sent it:
 * a cookie that nobody else can know, and the number of the target. A reply that does not bear both
 * is not one of ours, whatever its identifier says.
 */
struct icmp_echo {
	uint16_t id, seq; /* host order */
	uint64_t cookie;
	uint32_t target;
};

#define ICMP_ECHO_SIZE 24 /* bytes: the ICMP header and the data */

/*
 * Writes an echo request. The checksum is that of IPv4; for IPv6 it is zero, since the kernel fills
 * it in (RFC 3542, 3.1).
 */
void icmp_echo_write(uint8_t family, const struct icmp_echo *e, uint8_t buf[static ICMP_ECHO_SIZE]);

/*
 * Reads an echo reply: what a raw socket of the family gives, so for IPv4 with the IP header before
 * it. False if it is anything else, truncated, or damaged. `ret_src` (IPv4 only, may be NULL) is
 * where the IP header says that it comes from.
 */
bool icmp_echo_read(uint8_t family, const uint8_t *p, size_t len, struct icmp_echo *ret,
		    struct ip_addr *ret_src);

/* The Internet checksum (RFC 1071) of `len` bytes, in the order of the bytes. */
uint16_t icmp_checksum(const uint8_t *p, size_t len);

#endif
