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
#include "fib/compiled.h"
#include "fib/key.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <string.h>

/* The keys as SipHash takes them: words of 64 bits, little endian, those of IPv6 longer. */
enum { KEYS_PROTO, KEYS_PORTS = 3, KEYS_ADDRESSES, KEYS_WORDS4 = 6, KEYS_WORDS6 = 9 };

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

/* For numbers, and for several at once (lanes). */
#define SIP_ROUND(v)                                                                               \
	do {                                                                                       \
		(v)[0] += (v)[1];                                                                  \
		(v)[2] += (v)[3];                                                                  \
		(v)[1] = ROTL64((v)[1], 13) ^ (v)[0];                                              \
		(v)[3] = ROTL64((v)[3], 16) ^ (v)[2];                                              \
		(v)[0] = ROTL64((v)[0], 32) + (v)[3];                                              \
		(v)[2] += (v)[1];                                                                  \
		(v)[3] = ROTL64((v)[3], 21) ^ (v)[0];                                              \
		(v)[1] = ROTL64((v)[1], 17) ^ (v)[2];                                              \
		(v)[2] = ROTL64((v)[2], 32);                                                       \
	} while (0)
#define SIP_WORD(v, m)                                                                             \
	do {                                                                                       \
		(v)[3] ^= (m);                                                                     \
		SIP_ROUND(v);                                                                      \
		SIP_ROUND(v);                                                                      \
		(v)[0] ^= (m);                                                                     \
	} while (0)
#define SIP_END(v)                                                                                 \
	do {                                                                                       \
		(v)[2] ^= 0xff;                                                                    \
		for (int sip_i_ = 0; sip_i_ < 4; sip_i_++)                                         \
			SIP_ROUND(v);                                                              \
	} while (0)
#define SIP_START(k0, k1)                                                                          \
	{                                                                                          \
		(k0) ^ 0x736f6d6570736575, (k1) ^ 0x646f72616e646f6d, (k0) ^ 0x6c7967656e657261,   \
			(k1) ^ 0x7465646279746573                                                  \
	}

uint64_t fib_siphash(const void *p, size_t n, uint64_t k0, uint64_t k1)
{
	uint64_t v[4] = SIP_START(k0, k1);
	uint64_t m, last = (uint64_t)n << 56;
	const uint8_t *b = p;

	for (; n >= 8; n -= 8, b += 8) {
		memcpy(&m, b, 8);
		SIP_WORD(v, le64toh(m));
	}
	for (size_t i = 0; i < n; i++)
		last |= (uint64_t)b[i] << (8 * i);
	SIP_WORD(v, last);
	SIP_END(v);
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

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP;
}

/* Which of two comes first is as good as random: without a branch. */
static inline void swap_if(bool yes, uint64_t *a, uint64_t *b)
{
	uint64_t differs = (*a ^ *b) & -(uint64_t)yes;

	*a ^= differs;
	*b ^= differs;
}

static inline uint64_t load_le(const uint8_t *b, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, b, n);
	return le64toh(v);
}

/* The kernel compares the bytes as they lie in memory, as numbers of a little-endian machine. */
static inline void put_addresses4(const uint8_t *src, const uint8_t *dst, uint64_t *w,
				  size_t stride)
{
	uint64_t a = load_le(src, 4), b = load_le(dst, 4);

	swap_if(b < a, &a, &b);
	w[KEYS_ADDRESSES * stride] = a << 32;
	w[(KEYS_ADDRESSES + 1) * stride] = b;
}

static inline void put_addresses6(const uint8_t *src, const uint8_t *dst, uint64_t *w,
				  size_t stride)
{
	struct key s = key_of6(src), d = key_of6(dst);
	uint64_t a[2] = {load_le(src, 8), load_le(src + 8, 8)};
	uint64_t b[2] = {load_le(dst, 8), load_le(dst + 8, 8)};
	bool other_way = (d.hi < s.hi) | ((d.hi == s.hi) & (d.lo < s.lo));

	swap_if(other_way, &a[0], &b[0]);
	swap_if(other_way, &a[1], &b[1]);
	w += KEYS_ADDRESSES * stride;
	w[0] = a[0] << 32;
	w[stride] = a[0] >> 32 | a[1] << 32;
	w[2 * stride] = a[1] >> 32 | b[0] << 32;
	w[3 * stride] = b[0] >> 32 | b[1] << 32;
	w[4 * stride] = b[1] >> 32;
}

/* Word i is w[i * stride]. */
static inline void make_keys(const struct fib_packet *p, const struct ip_addr *src, uint8_t proto,
			     unsigned fields, uint64_t *w, size_t stride)
{
	static const uint8_t none[16];
	bool v4 = p->family == AF_INET, ports = has_ports(proto);
	uint64_t label = !v4 && (fields & FIELD_LABEL) ? __builtin_bswap32(p->flowlabel) : 0;
	uint64_t sport = ports && (fields & FIELD_SPORT) ? __builtin_bswap16(p->sport) : 0;
	uint64_t dport = ports && (fields & FIELD_DPORT) ? __builtin_bswap16(p->dport) : 0;
	const uint8_t *from = fields & FIELD_SRC ? src->b : none;
	const uint8_t *to = fields & FIELD_DST ? p->dst.b : none;

	swap_if(dport < sport, &sport, &dport);
	w[KEYS_PROTO * stride] = (uint64_t)(fields & FIELD_PROTO ? proto : 0) << 16 | label << 32;
	w[stride] = w[2 * stride] = 0; /* of VLANs */
	w[KEYS_PORTS * stride] = sport << 32 | dport << 48;
	if (v4)
		put_addresses4(from, to, w, stride);
	else
		put_addresses6(from, to, w, stride);
}

static size_t words_of(uint8_t family)
{
	return family == AF_INET ? KEYS_WORDS4 : KEYS_WORDS6;
}

static uint64_t sip_key(const struct settings *s)
{
	return (uint64_t)s->hash_seed << 32 | s->hash_seed;
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

/* From SipHash's result; 0 stands for "none" with the kernel. */
static inline uint32_t finish(const struct settings *s, const struct fib_packet *p, uint64_t sip)
{
	uint32_t h = (uint32_t)sip ? (uint32_t)sip : 1;

	return (mixed(s, p) ? jhash_2words(h, 0) : h) >> 1;
}

uint32_t fib_hash_of(const struct settings *s, const struct fib_packet *p,
		     const struct ip_addr *src, uint8_t proto)
{
	unsigned fields = policy_fields(s, p->family);
	uint64_t key = sip_key(s), v[4] = SIP_START(key, key), w[KEYS_WORDS6];
	size_t n = words_of(p->family);

	if (!fields)
		return mixed(s, p) ? jhash_2words(0, 0) >> 1 : 0;
	make_keys(p, src, proto, fields, w, 1);
	for (size_t i = 0; i < n; i++)
		SIP_WORD(v, w[i]);
	SIP_WORD(v, (uint64_t)n * 8 << 56);
	SIP_END(v);
	return finish(s, p, v[0] ^ v[1] ^ v[2] ^ v[3]);
}

uint32_t fib_hash(const struct settings *s, const struct fib_packet *p)
{
	return fib_hash_of(s, p, &p->src, p->proto);
}

/* Several at once */

#define LANES  8u
#define HASHED (2 * LANES) /* at once */
typedef uint64_t lanes __attribute__((vector_size(LANES * sizeof(uint64_t))));

/* Word i of lane k is w[i][k]. Two groups of lanes: one alone would wait for itself. */
static inline __attribute__((always_inline)) void sip_lanes(const uint64_t (*w)[HASHED], size_t n,
							    uint64_t key, uint64_t *ret)
{
	const lanes zero = {0};
	lanes a[4] = SIP_START(zero + key, zero + key), b[4] = SIP_START(zero + key, zero + key);
	lanes m = zero, o = zero;

	for (size_t i = 0; i <= n; i++) {
		if (i < n) {
			memcpy(&m, &w[i][0], sizeof(m));
			memcpy(&o, &w[i][LANES], sizeof(o));
		} else {
			m = o = zero + ((uint64_t)n * 8 << 56);
		}
		a[3] ^= m;
		b[3] ^= o;
		for (int round = 0; round < 2; round++) {
			SIP_ROUND(a);
			SIP_ROUND(b);
		}
		a[0] ^= m;
		b[0] ^= o;
	}
	a[2] ^= zero + 0xff;
	b[2] ^= zero + 0xff;
	for (int round = 0; round < 4; round++) {
		SIP_ROUND(a);
		SIP_ROUND(b);
	}
	a[0] ^= a[1] ^ a[2] ^ a[3];
	b[0] ^= b[1] ^ b[2] ^ b[3];
	memcpy(ret, &a[0], sizeof(a[0]));
	memcpy(ret + LANES, &b[0], sizeof(b[0]));
}

typedef void sip_fn(const uint64_t (*w)[HASHED], size_t n, uint64_t key, uint64_t *ret);

static void sip_plain(const uint64_t (*w)[HASHED], size_t n, uint64_t key, uint64_t *ret)
{
	sip_lanes(w, n, key, ret);
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2"))) static void sip_avx2(const uint64_t (*w)[HASHED], size_t n,
						     uint64_t key, uint64_t *ret)
{
	sip_lanes(w, n, key, ret);
}
__attribute__((target("avx512f"))) static void sip_avx512(const uint64_t (*w)[HASHED], size_t n,
							  uint64_t key, uint64_t *ret)
{
	sip_lanes(w, n, key, ret);
}
#endif

static sip_fn *fastest(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
	if (__builtin_cpu_supports("avx512f"))
		return sip_avx512;
	if (__builtin_cpu_supports("avx2"))
		return sip_avx2;
#endif
	return sip_plain;
}

void fib_hash_n(const struct settings *s, const struct fib_packet *const *p, uint32_t *ret,
		size_t n)
{
	unsigned fields = n ? policy_fields(s, p[0]->family) : 0;
	uint64_t w[KEYS_WORDS6][HASHED] = {{0}}, sip[HASHED];
	sip_fn *run = fastest();

	if (!fields) {
		for (size_t i = 0; i < n; i++)
			ret[i] = fib_hash_of(s, p[i], &p[i]->src, fib_proto(p[i]));
		return;
	}
	for (size_t at = 0; at < n; at += HASHED) {
		size_t m = n - at < HASHED ? n - at : HASHED;
		for (size_t i = 0; i < m; i++)
			make_keys(p[at + i], &p[at + i]->src, fib_proto(p[at + i]), fields,
				  &w[0][i], HASHED);
		run((const uint64_t(*)[HASHED])w, words_of(p[at]->family), sip_key(s), sip);
		for (size_t i = 0; i < m; i++)
			ret[at + i] = finish(s, p[at + i], sip[i]);
	}
}
