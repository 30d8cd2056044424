/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which next hop of several: the kernel hashes a flow with SipHash under one key for the whole
 * machine, and compares 31 bits of it with the cumulated weights.
 *
 * What is hashed is the kernel's struct flow_keys from its fifth byte on
 * (net/core/flow_dissector.c, flow_hash_from_keys_seed()), all of it, with zeroes where a field has
 * no part in it. Both directions of a flow are to hash alike, so that addresses and ports are each
 * put in order.
 */
#include "fib/hash.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <string.h>

struct keys {
	uint16_t n_proto;
	uint8_t ip_proto, pad;
	uint32_t flow_label; /* big endian */
	uint8_t vlan[8], cvlan[8];
	uint32_t keyid;
	uint16_t sport, dport; /* big endian */
	uint8_t icmp[4];
	union {
		struct {
			uint32_t src, dst; /* network order */
			uint8_t end[4];
		} v4;
		struct {
			uint8_t src[16], dst[16];
			uint8_t end[4];
		} v6;
	};
};
_Static_assert(offsetof(struct keys, v4.end) + 4 == 48, "IPv4's keys");
_Static_assert(offsetof(struct keys, v6.end) + 4 == 72, "IPv6's keys");

/* fib_multipath_hash_fields (Documentation/networking/ip-sysctl.rst) */
enum {
	FIELD_SRC = 1,
	FIELD_DST = 2,
	FIELD_PROTO = 4,
	FIELD_LABEL = 8,
	FIELD_SPORT = 16,
	FIELD_DPORT = 32
};
#define OUTER (FIELD_SRC | FIELD_DST | FIELD_PROTO | FIELD_LABEL | FIELD_SPORT | FIELD_DPORT)

#define ROTL64(x, n) ((x) << (n) | (x) >> (64 - (n)))
#define ROTL32(x, n) ((x) << (n) | (x) >> (32 - (n)))

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = ROTL64(v[1], 13) ^ v[0];
	v[3] = ROTL64(v[3], 16) ^ v[2];
	v[0] = ROTL64(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = ROTL64(v[3], 21) ^ v[0];
	v[1] = ROTL64(v[1], 17) ^ v[2];
	v[2] = ROTL64(v[2], 32);
}

static inline void sip_word(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	sip_round(v);
	sip_round(v);
	v[0] ^= m;
}

uint64_t fib_siphash(const void *p, size_t n, uint64_t k0, uint64_t k1)
{
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
			 k1 ^ 0x7465646279746573};
	uint64_t m, last = (uint64_t)n << 56;
	const uint8_t *b = p;

	for (; n >= 8; n -= 8, b += 8) {
		memcpy(&m, b, 8);
		sip_word(v, le64toh(m));
	}
	for (size_t i = 0; i < n; i++)
		last |= (uint64_t)b[i] << (8 * i);
	sip_word(v, last);
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Bob Jenkins' lookup3 of two words (include/linux/jhash.h). */
static uint32_t jhash_2words(uint32_t a, uint32_t b)
{
	uint32_t c = 0xdeadbeef + (2 << 2);

	a += c;
	b += c;
	c = (c ^ b) - ROTL32(b, 14);
	a = (a ^ c) - ROTL32(c, 11);
	b = (b ^ a) - ROTL32(a, 25);
	c = (c ^ b) - ROTL32(b, 16);
	a = (a ^ c) - ROTL32(c, 4);
	b = (b ^ a) - ROTL32(a, 14);
	return (c ^ b) - ROTL32(b, 24);
}

/* The kernel compares the bytes as they lie in memory, as numbers of a little-endian machine. */
static void put_in_order(struct keys *k, uint8_t family)
{
	if (family == AF_INET && le32toh(k->v4.dst) < le32toh(k->v4.src)) {
		uint32_t t = k->v4.src;
		k->v4.src = k->v4.dst;
		k->v4.dst = t;
	}
	if (family == AF_INET6 && memcmp(k->v6.dst, k->v6.src, 16) < 0) {
		uint8_t t[16];
		memcpy(t, k->v6.src, 16);
		memcpy(k->v6.src, k->v6.dst, 16);
		memcpy(k->v6.dst, t, 16);
	}
	if (le16toh(k->dport) < le16toh(k->sport)) {
		uint16_t t = k->sport;
		k->sport = k->dport;
		k->dport = t;
	}
}

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP;
}

static inline uint32_t hash_fields(const struct settings *s, const struct fib_packet *p,
				   const struct ip_addr *src, uint8_t proto, unsigned fields)
{
	struct keys k = {0};
	bool v4 = p->family == AF_INET;
	uint64_t key = (uint64_t)s->hash_seed << 32 | s->hash_seed;

	if (fields & FIELD_SRC)
		memcpy(v4 ? (void *)&k.v4.src : k.v6.src, src->b, v4 ? 4 : 16);
	if (fields & FIELD_DST)
		memcpy(v4 ? (void *)&k.v4.dst : k.v6.dst, p->dst.b, v4 ? 4 : 16);
	if (fields & FIELD_PROTO)
		k.ip_proto = proto;
	if (!v4 && (fields & FIELD_LABEL))
		k.flow_label = htonl(p->flowlabel);
	if ((fields & FIELD_SPORT) && has_ports(proto))
		k.sport = htons(p->sport);
	if ((fields & FIELD_DPORT) && has_ports(proto))
		k.dport = htons(p->dport);
	put_in_order(&k, p->family);
	uint32_t h = (uint32_t)fib_siphash(&k, v4 ? 48 : 72, key, key);
	return h ? h : 1;
}

/* The fields that a policy takes. 2 is of the inner packet of a tunnel, else as 0. */
static unsigned policy_fields(const struct settings *s, uint8_t family)
{
	unsigned i = family == AF_INET ? SETTINGS_IPV4 : SETTINGS_IPV6;

	switch (s->hash_policy[i]) {
	case 1:
		return FIELD_SRC | FIELD_DST | FIELD_PROTO | FIELD_SPORT | FIELD_DPORT;
	case 3:
		return s->hash_fields[i] & OUTER;
	default:
		return family == AF_INET ? FIELD_SRC | FIELD_DST
					 : FIELD_SRC | FIELD_DST | FIELD_PROTO | FIELD_LABEL;
	}
}

/*
 * Under policy 3 the hash of a real packet in the kernel's hands (one that is forwarded) is mixed
 * with the inner packet's; that of a flow which a socket asks for is not. RTM_GETROUTE builds a
 * packet for IPv4 and none for IPv6.
 */
static bool mixed(const struct settings *s, const struct fib_packet *p)
{
	if (s->hash_policy[p->family == AF_INET ? SETTINGS_IPV4 : SETTINGS_IPV6] != 3)
		return false;
	return p->query ? p->family == AF_INET : p->iif != 0;
}

uint32_t fib_hash_of(const struct settings *s, const struct fib_packet *p,
		     const struct ip_addr *src, uint8_t proto)
{
	unsigned fields = policy_fields(s, p->family);
	uint32_t h = fields ? hash_fields(s, p, src, proto, fields) : 0;

	return (mixed(s, p) ? jhash_2words(h, 0) : h) >> 1;
}

uint32_t fib_hash(const struct settings *s, const struct fib_packet *p)
{
	return fib_hash_of(s, p, &p->src, p->proto);
}
