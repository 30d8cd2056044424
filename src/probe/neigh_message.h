/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_NEIGH_MESSAGE_H
#define MH_PROBE_NEIGH_MESSAGE_H

#include "base/ipaddr.h"

/*
 * ARP on Ethernet (RFC 826) and neighbour discovery (RFC 4861), bytes <-> struct, pure. Messages
 * begin behind the link-layer header or the IPv6 header.
 */
#define ARP_SIZE      28
#define ND_ASK_SIZE   32 /* with the option that bears our link-layer address */
#define ETHERNET_ADDR 6

/* "Who has `target`? Tell `src`": a request. */
void arp_ask_write(const struct ip_addr *src, const uint8_t mac[static ETHERNET_ADDR],
		   const struct ip_addr *target, uint8_t buf[static ARP_SIZE]);
/* A neighbour solicitation; the checksum is zero, the kernel fills it in. */
void nd_ask_write(const uint8_t mac[static ETHERNET_ADDR], const struct ip_addr *target,
		  uint8_t buf[static ND_ASK_SIZE]);

/* What a neighbour says of itself. */
struct neigh_answer {
	struct ip_addr addr; /* whose link-layer address this is */
	struct ip_addr to;   /* ARP: whom it tells; else family 0 */
	bool has_mac;
	uint8_t mac[ETHERNET_ADDR];
};

/* An ARP reply, padding behind it allowed. False if it is anything else, or damaged. */
bool arp_answer_read(const uint8_t *p, size_t len, struct neigh_answer *ret);
/*
 * A neighbour advertisement that answers a solicitation. False if it is anything else, or damaged
 * (RFC 4861, 7.1.2). The hop limit and the checksum are for the caller and the kernel to check.
 */
bool nd_answer_read(const uint8_t *p, size_t len, struct neigh_answer *ret);

/* The group that an IPv6 neighbour listens to (RFC 4291, 2.7.1). */
struct ip_addr nd_group(const struct ip_addr *target);

#endif
