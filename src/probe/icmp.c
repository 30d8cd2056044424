/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/icmp.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

/* Offsets in the message. */
enum { TYPE, CODE, CHECKSUM, ID = 4, SEQ = 6, COOKIE = 8, TARGET = 16, UNUSED = 20 };
_Static_assert(UNUSED + 4 == ICMP_ECHO_SIZE, "the data ends with the message");

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

uint16_t icmp_checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += get16(p + i);
	if (len % 2)
		sum += (uint32_t)p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void icmp_echo_write(uint8_t family, const struct icmp_echo *e, uint8_t buf[static ICMP_ECHO_SIZE])
{
	memset(buf, 0, ICMP_ECHO_SIZE);
	buf[TYPE] = family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	put16(buf + ID, e->id);
	put16(buf + SEQ, e->seq);
	memcpy(buf + COOKIE, &e->cookie, sizeof(e->cookie));
	memcpy(buf + TARGET, &e->target, sizeof(e->target));
	if (family == AF_INET)
		put16(buf + CHECKSUM, icmp_checksum(buf, ICMP_ECHO_SIZE));
}

/* Skips the IPv4 header; NULL if there is no whole one for ICMP, or it is a fragment's. */
static const uint8_t *behind_ip(const uint8_t *p, size_t *len, struct ip_addr *ret_src)
{
	size_t header;

	if (*len < sizeof(struct iphdr) || p[0] >> 4 != 4)
		return NULL;
	header = (p[0] & 15u) * 4;
	if (header < sizeof(struct iphdr) || header > *len || p[9] != IPPROTO_ICMP ||
	    get16(p + 6) & (IP_MF | IP_OFFMASK))
		return NULL;
	if (ret_src) {
		*ret_src = (struct ip_addr){.family = AF_INET};
		memcpy(ret_src->b, p + 12, 4);
	}
	*len -= header;
	return p + header;
}

bool icmp_echo_read(uint8_t family, const uint8_t *p, size_t len, struct icmp_echo *ret,
		    struct ip_addr *ret_src)
{
	if (family == AF_INET && !(p = behind_ip(p, &len, ret_src)))
		return false;
	if (len != ICMP_ECHO_SIZE || p[CODE] ||
	    p[TYPE] != (family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
		return false;
	if (family == AF_INET && icmp_checksum(p, len))
		return false;
	*ret = (struct icmp_echo){.id = get16(p + ID), .seq = get16(p + SEQ)};
	memcpy(&ret->cookie, p + COOKIE, sizeof(ret->cookie));
	memcpy(&ret->target, p + TARGET, sizeof(ret->target));
	return true;
}
