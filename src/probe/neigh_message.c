/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/neigh_message.h"

#include <string.h>

/* Offsets in an ARP message for IPv4 on Ethernet, and what stands before the addresses. */
enum { ARP_OP = 6, ARP_SHA = 8, ARP_SPA = 14, ARP_THA = 18, ARP_TPA = 24 };
static const uint8_t arp_head[ARP_OP] = {0, 1, 8, 0, ETHERNET_ADDR, 4};
enum { ARP_REQUEST = 1, ARP_REPLY = 2 };

/* Offsets in a solicitation or advertisement. */
enum { ND_TYPE, ND_CODE, ND_FLAGS = 4, ND_TARGET = 8, ND_OPTIONS = 24 };
enum { ND_SOLICITATION = 135, ND_ADVERTISEMENT = 136, ND_SOLICITED = 0x40 };
enum { OPTION_SOURCE = 1, OPTION_TARGET = 2, OPTION_UNIT = 8 };

_Static_assert(ARP_TPA + 4 == ARP_SIZE, "the message ends with the address asked for");

void arp_ask_write(const struct ip_addr *src, const uint8_t mac[static ETHERNET_ADDR],
		   const struct ip_addr *target, uint8_t buf[static ARP_SIZE])
{
	memset(buf, 0, ARP_SIZE);
	memcpy(buf, arp_head, sizeof(arp_head));
	buf[ARP_OP + 1] = ARP_REQUEST;
	memcpy(buf + ARP_SHA, mac, ETHERNET_ADDR);
	memcpy(buf + ARP_SPA, src->b, 4);
	memcpy(buf + ARP_TPA, target->b, 4);
}

bool arp_answer_read(const uint8_t *p, size_t len, struct neigh_answer *ret)
{
	if (len < ARP_SIZE || memcmp(p, arp_head, sizeof(arp_head)) != 0 || p[ARP_OP] ||
	    p[ARP_OP + 1] != ARP_REPLY)
		return false;
	*ret = (struct neigh_answer){.addr.family = AF_INET, .to.family = AF_INET, .has_mac = true};
	memcpy(ret->mac, p + ARP_SHA, ETHERNET_ADDR);
	memcpy(ret->addr.b, p + ARP_SPA, 4);
	memcpy(ret->to.b, p + ARP_TPA, 4);
	return true;
}

void nd_ask_write(const uint8_t mac[static ETHERNET_ADDR], const struct ip_addr *target,
		  uint8_t buf[static ND_ASK_SIZE])
{
	memset(buf, 0, ND_ASK_SIZE);
	buf[ND_TYPE] = ND_SOLICITATION;
	memcpy(buf + ND_TARGET, target->b, 16);
	buf[ND_OPTIONS] = OPTION_SOURCE;
	buf[ND_OPTIONS + 1] = 1;
	memcpy(buf + ND_OPTIONS + 2, mac, ETHERNET_ADDR);
}

/* Options have a type and a length, in units of eight bytes, zero being an error. */
static bool read_options(const uint8_t *p, size_t len, struct neigh_answer *ret)
{
	while (len) {
		if (len < OPTION_UNIT || !p[1] || p[1] * OPTION_UNIT > len)
			return false;
		if (p[0] == OPTION_TARGET && p[1] == 1) {
			ret->has_mac = true;
			memcpy(ret->mac, p + 2, ETHERNET_ADDR);
		}
		len -= p[1] * OPTION_UNIT;
		p += p[1] * OPTION_UNIT;
	}
	return true;
}

bool nd_answer_read(const uint8_t *p, size_t len, struct neigh_answer *ret)
{
	if (len < ND_OPTIONS || p[ND_TYPE] != ND_ADVERTISEMENT || p[ND_CODE] ||
	    !(p[ND_FLAGS] & ND_SOLICITED))
		return false;
	*ret = (struct neigh_answer){.addr.family = AF_INET6};
	memcpy(ret->addr.b, p + ND_TARGET, 16);
	return !ip_addr_is_multicast(&ret->addr) &&
	       read_options(p + ND_OPTIONS, len - ND_OPTIONS, ret);
}

struct ip_addr nd_group(const struct ip_addr *target)
{
	struct ip_addr g = {AF_INET6, {0xff, 0x02, [11] = 1, 0xff}};

	memcpy(g.b + 13, target->b + 13, 3);
	return g;
}
