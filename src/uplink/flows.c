/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/flows.h"

#include <math.h>
#include <netinet/in.h>
#include <string.h>

/* ── Random numbers: xoroshiro128+ (Blackman, Vigna), seeded by splitmix64 ──────────────────── */

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline uint64_t rotl(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static inline uint64_t next(struct flows *f)
{
	uint64_t a = f->state[0], b = f->state[1], sum = a + b;

	b ^= a;
	f->state[0] = rotl(a, 24) ^ b ^ b << 16;
	f->state[1] = rotl(b, 37);
	return sum;
}

/* 0 to n - 1 (Lemire; the bias is below 2^-32). */
static inline uint32_t below(struct flows *f, uint32_t n)
{
	return (uint32_t)((next(f) >> 32) * n >> 32);
}

/* More than 0, at most 1. */
static inline double fraction(struct flows *f)
{
	return ((double)(next(f) >> 11) + 1) * 0x1p-53;
}

/* ── Drawing by weight: Walker's alias table (Vose's making of it) ──────────────────────────── */

struct flows_draw {
	double keep;	/* up to this, the slot itself is drawn; above it, its alias */
	uint32_t alias; /* slots are prefixes */
};

static void fill_draw(struct flows_draw *d, double *weight, uint32_t *todo, uint32_t n)
{
	uint32_t small = 0, large = n; /* the stacks grow towards each other */

	for (uint32_t i = 0; i < n; i++)
		todo[weight[i] < 1 ? small++ : --large] = i;
	while (small && large < n) {
		uint32_t s = todo[--small], l = todo[large];
		d[s] = (struct flows_draw){weight[s], l};
		weight[l] -= 1 - weight[s];
		if (weight[l] < 1) {
			large++;
			todo[small++] = l;
		}
	}
	while (small)
		d[todo[--small]].keep = 1;
	for (; large < n; large++)
		d[todo[large]].keep = 1;
}

static void make_draw(struct flows *f, double zipf, struct arena *a)
{
	uint32_t n = (uint32_t)f->to_n;
	struct arena work = {0};
	double *weight = arena_alloc(&work, n * sizeof(*weight)), sum = 0;
	uint32_t *todo = arena_alloc(&work, n * sizeof(*todo));

	f->draw = arena_alloc(a, n * sizeof(*f->draw));
	for (uint32_t i = 0; i < n; i++)
		sum += weight[i] = pow(i + 1.0, -zipf);
	for (uint32_t i = 0; i < n; i++)
		weight[i] *= n / sum;
	for (uint32_t i = n; i > 1; i--) { /* who is wanted most */
		uint32_t k = below(f, i);
		double w = weight[i - 1];
		weight[i - 1] = weight[k];
		weight[k] = w;
	}
	fill_draw(f->draw, weight, todo, n);
	arena_free(&work);
}

/* ── Flows ──────────────────────────────────────────────────────────────────────────────────── */

void flows_begin(struct flows *f, uint64_t seed, uint8_t family, const struct ip_prefix *to,
		 size_t to_n, double zipf, struct arena *a)
{
	*f = (struct flows){.family = family, .to = to, .to_n = to_n};
	f->state[0] = splitmix(&seed);
	f->state[1] = splitmix(&seed);
	if (zipf > 0 && to_n)
		make_draw(f, zipf, a);
}

static const struct ip_prefix *draw_prefix(struct flows *f)
{
	uint32_t i = below(f, (uint32_t)f->to_n);

	if (f->draw && fraction(f) > f->draw[i].keep)
		i = f->draw[i].alias;
	return &f->to[i];
}

/* An address of a prefix: the bits behind its length are drawn. */
static struct ip_addr draw_address(struct flows *f, const struct ip_prefix *p)
{
	struct ip_addr a = p->addr;
	uint64_t random[2] = {next(f), a.family == AF_INET6 ? next(f) : 0};
	const uint8_t *r = (const uint8_t *)random;
	unsigned whole = p->len / 8, bits = ip_bits(a.family);

	for (unsigned i = whole; i < bits / 8; i++) {
		unsigned kept = i == whole ? 0xff00u >> p->len % 8 : 0;
		a.b[i] = (uint8_t)((a.b[i] & kept) | (r[i] & ~kept));
	}
	return a;
}

/* Not on the Internet: this network, private, loopback, link-local, multicast and beyond. */
static bool is_public4(const uint8_t *b)
{
	return b[0] && b[0] != 10 && b[0] != 127 && b[0] < 224 && !(b[0] == 192 && b[1] == 168) &&
	       !(b[0] == 172 && b[1] >> 4 == 1) && !(b[0] == 169 && b[1] == 254) &&
	       !(b[0] == 100 && b[1] >> 6 == 1);
}

static struct ip_addr draw_anywhere(struct flows *f)
{
	struct ip_prefix all = {{AF_INET, {0}}, 0}, global6 = {{AF_INET6, {0x20}}, 3};
	struct ip_addr a;

	if (f->family == AF_INET6)
		return draw_address(f, &global6);
	do
		a = draw_address(f, &all);
	while (!is_public4(a.b));
	return a;
}

/* A host: not the network's own address, nor its broadcast, nor ours. */
static struct ip_addr draw_host(struct flows *f)
{
	const struct ip_prefix *p = &f->from;
	uint32_t hosts = p->addr.family == AF_INET && p->len < 31 ? UINT32_MAX >> p->len : 0;
	struct ip_addr a;
	uint32_t host;

	for (int tries = 0; tries < 64; tries++) {
		a = draw_address(f, p);
		host = ((uint32_t)a.b[0] << 24 | (uint32_t)a.b[1] << 16 | (uint32_t)a.b[2] << 8 |
			a.b[3]) &
		       hosts;
		if ((!hosts || (host && host != hosts)) && !ip_addr_eq(&a, &f->router))
			break;
	}
	return a;
}

static uint16_t draw_port(struct flows *f)
{
	static const uint16_t ports[16] = {443, 443, 443, 443, 443, 443, 443, 443,
					   443, 443, 80,  80,  53,  853, 993, 22};

	return ports[below(f, 16)];
}

#define SMALLEST 500.0
#define LARGEST	 1e11
#define SHAPE	 1.1

void flows_next(struct flows *f, struct fib_packet *p, uint64_t *ret_bytes)
{
	double bytes = SMALLEST * pow(fraction(f), -1 / SHAPE);

	*p = (struct fib_packet){.iif = f->iif};
	p->dst = f->to_n ? draw_address(f, draw_prefix(f)) : draw_anywhere(f);
	p->family = p->src.family = p->dst.family;
	if (f->from.addr.family)
		p->src = draw_host(f);
	p->sport = (uint16_t)(32768 + below(f, 28232)); /* ip_local_port_range */
	p->dport = draw_port(f);
	p->proto = p->dport == 53 || !below(f, 8) ? IPPROTO_UDP : IPPROTO_TCP;
	*ret_bytes = (uint64_t)(bytes < LARGEST ? bytes : LARGEST);
}
