/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_BASE_IPADDR_H
#define MH_BASE_IPADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * An IPv4 or IPv6 address: bytes in network order, unused ones zero. family 0 (AF_UNSPEC) is
 * "none". AF_MPLS is the destination of a route of labels: one label, as the entry of a stack (RFC
 * 3032).
 */
struct ip_addr {
	uint8_t family; /* AF_INET, AF_INET6, AF_MPLS, or 0 */
	uint8_t b[16];
};

/* A prefix. Host bits may be set (as in an interface address); prefix_masked() clears them. */
struct ip_prefix {
	struct ip_addr addr;
	uint8_t len; /* 0..32 or 0..128 */
};

#define IP_ADDR_STRLEN	 48 /* the longest address, terminated */
#define IP_PREFIX_STRLEN 52 /* the longest prefix, terminated */

static inline uint8_t ip_bits(uint8_t family)
{
	return family == AF_INET ? 32 : family == AF_INET6 ? 128 : family == AF_MPLS ? 20 : 0;
}

static inline size_t ip_bytes(uint8_t family)
{
	return (ip_bits(family) + 12u) / 32u * 4u; /* a label's is an entry of 32 bits */
}

/* Reads an address (inet_pton's notation); family 0 takes either. False if it is not one. */
bool ip_addr_parse(const char *s, uint8_t family, struct ip_addr *ret);
/* Reads "ADDR[/LEN]"; without a length it is the address alone. Host bits are kept. */
bool ip_prefix_parse(const char *s, uint8_t family, struct ip_prefix *ret);

/* Text as inet_ntop() writes it (RFC 5952), not terminated; returns its length. */
size_t ip_addr_text(const struct ip_addr *a, char buf[static IP_ADDR_STRLEN]);
/* The same, terminated; returns buf. "none" for family 0. */
char *ip_addr_str(const struct ip_addr *a, char buf[static IP_ADDR_STRLEN]);
/* "ADDR/LEN", terminated, always with the length; returns buf. */
char *ip_prefix_str(const struct ip_prefix *p, char buf[static IP_PREFIX_STRLEN]);

/* Family first, then bytes as a big-endian number: <0, 0, >0. */
int ip_addr_cmp(const struct ip_addr *a, const struct ip_addr *b);
static inline bool ip_addr_eq(const struct ip_addr *a, const struct ip_addr *b)
{
	return ip_addr_cmp(a, b) == 0;
}
bool ip_prefix_eq(const struct ip_prefix *a, const struct ip_prefix *b);
struct ip_prefix ip_prefix_masked(struct ip_prefix p);
struct ip_prefix ip_prefix_host(struct ip_addr a);
bool ip_prefix_contains(const struct ip_prefix *p, const struct ip_addr *a);
/* True if the two share an address. */
bool ip_prefix_overlaps(const struct ip_prefix *a, const struct ip_prefix *b);

bool ip_addr_is_any(const struct ip_addr *a);
bool ip_addr_is_linklocal(const struct ip_addr *a); /* 169.254/16, fe80::/10 */
bool ip_addr_is_multicast(const struct ip_addr *a);
bool ip_addr_is_loopback(const struct ip_addr *a);

#endif
