/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that are alike go the same way. So the way of each kind of packet is found out once, by
 * fib_lookup(), and remembered; of all others it is only looked up what kind they are of (alike.h).
 * Nothing of what the kernel does is written down here a second time. What differs between packets
 * that are alike is put in place in each result. What is like no other goes the long way.
 *
 * Of several next hops a hash chooses, by comparing it with their bounds: between which two of them
 * it falls is one more thing to be alike in. The hashes of a block are made together (hash.c), as
 * are the searches of tables' indexes (lpm_lookup.c), which overlaps what they wait for.
 */
#include "fib/many.h"

#include "fib/alike.h"
#include "fib/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TOGETHER 128u
#define GREAT	 2048u /* prefixes; the classes of a smaller table are few */
#define KINDS	 4096u /* remembered at a time; a power of two */

/* What is remembered of packets that are alike. */
struct learned {
	struct alike alike;
	struct fib_result result;
	const struct fib_hops *hops; /* several: the result is that of a part */
	uint8_t great;		     /* the route is of this great table; ALIKE_GREAT: of none */
	bool hashed;		     /* the result tells the hash */
};

struct family {
	struct alike_terms terms;
	struct learned *learned;
};

struct block {
	const struct fib_packet *p[TOGETHER];
	struct fib_result *ret[TOGETHER];
	unsigned n, next_n; /* these, and those that follow them */
	const struct fib_packet *next;
	uint32_t addr_class[ALIKE_SIDES][TOGETHER];
	uint32_t at[ALIKE_SIDES][ALIKE_GREAT][TOGETHER]; /* entry of the great table, or LPM_NONE */
	struct alike alike[TOGETHER];
	uint64_t hash[TOGETHER];	 /* of these, without the part */
	struct learned *place[TOGETHER]; /* where packets like it are remembered; NULL: nowhere */
	/* Those that go as all that are like them, those whose way a hash chooses, the others. */
	unsigned known[TOGETHER], by_hash[TOGETHER], new[TOGETHER];
	unsigned known_n, by_hash_n, new_n;
	const struct fib_hops *hops[TOGETHER];
};

struct fib_many {
	const struct fib *f;
	struct family family[2];
	struct block block; /* made use of by each call anew */
};

static int open_family(const struct fib *f, uint8_t family, uint32_t great, struct family *x,
		       struct err *e)
{
	int rc = alike_terms_make(f, family, great, &x->terms, e);

	if (rc < 0 || x->terms.off)
		return rc;
	x->learned = calloc(KINDS, sizeof(*x->learned));
	return x->learned ? 0 : err_errno(e, -ENOMEM, "packets' ways");
}

int fib_many_new(const struct fib *f, struct fib_many **ret, struct err *e)
{
	return fib_many_new_great(f, GREAT, ret, e);
}

int fib_many_new_great(const struct fib *f, uint32_t great, struct fib_many **ret, struct err *e)
{
	struct fib_many *m = calloc(1, sizeof(*m));

	if (!m)
		return err_errno(e, -ENOMEM, "packets' ways");
	m->f = f;
	int rc = open_family(f, AF_INET, great, &m->family[0], e);
	if (!rc)
		rc = open_family(f, AF_INET6, great, &m->family[1], e);
	if (rc < 0)
		fib_many_free(m);
	else
		*ret = m;
	return rc;
}

void fib_many_free(struct fib_many *m)
{
	for (unsigned i = 0; m && i < 2; i++) {
		alike_terms_free(&m->family[i].terms);
		free(m->family[i].learned);
	}
	free(m);
}

/* ── A block of packets of one family ───────────────────────────────────────────────────────── */

static void search(const struct lpm *l, const void *addr, bool v4, uint32_t *ret, unsigned n)
{
	if (v4)
		lpm_lookup4_n(l, addr, ret, n);
	else
		lpm_lookup6_n(l, addr, ret, n);
}

/* One of the two addresses of all packets, in all indexes. */
static void search_side(const struct alike_terms *x, struct block *b, enum alike_side side)
{
	bool v4 = b->p[0]->family == AF_INET;
	union {
		uint32_t four[TOGETHER];
		uint8_t six[TOGETHER][16];
	} addr;

	for (unsigned i = 0; i < b->n; i++) {
		const struct ip_addr *a = side == ALIKE_DST ? &b->p[i]->dst : &b->p[i]->src;
		if (v4)
			addr.four[i] = fib_be32(a->b);
		else
			memcpy(addr.six[i], a->b, 16);
	}
	search(x->addr_class, &addr, v4, b->addr_class[side], b->n);
	/* By its source no IPv6 packet is looked up. */
	for (unsigned k = 0; k < x->great_n && (v4 || side == ALIKE_DST); k++) {
		const struct fib_table *t = x->great[k];
		uint32_t *at = b->at[side][k];
		search(t->lpm, &addr, v4, at, b->n);
		for (unsigned i = 0; i < b->n; i++)
			__builtin_prefetch(&x->kind[k][at[i] == LPM_NONE ? 0 : at[i]]);
	}
}

/* A word's share in the hash, which is their sum. */
static inline uint64_t share(unsigned word, uint64_t value)
{
	static const uint64_t odd[8] = {0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb,
					0xd6e8feb86659fd93, 0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53,
					0xa0761d6478bd642f, 0xe7037ed1a0b428db};

	return value * odd[word];
}

/* What great table `k` has for the addresses; where that is not sure, the packet has no place. */
static void add_kinds(const struct alike_terms *x, struct block *b, unsigned k)
{
	const struct fib_entry *entry = x->great[k]->entry;
	const uint32_t *kind = x->kind[k];
	bool v4 = b->p[0]->family == AF_INET;

	for (unsigned i = 0; i < b->n; i++) {
		uint32_t to = b->at[ALIKE_DST][k][i], from = v4 ? b->at[ALIKE_SRC][k][i] : LPM_NONE;
		__builtin_prefetch(&entry[to == LPM_NONE ? 0 : to]);
		to = to == LPM_NONE ? ALIKE_NOWHERE : kind[to];
		from = from == LPM_NONE ? ALIKE_NOWHERE : kind[from];
		uint64_t w = b->alike[i].w[ALIKE_TABLES + k] = alike_two(to, from);
		b->hash[i] += share(ALIKE_TABLES + k, w);
		if (to == ALIKE_NOT_SURE || from == ALIKE_NOT_SURE)
			b->place[i] = NULL;
	}
}

/* False if the packet is like no other. */
static inline bool add_fields(const struct alike_terms *x, struct block *b, unsigned i)
{
	struct alike *a = &b->alike[i];
	bool like_others = alike_fields(x, b->p[i], a);

	a->w[ALIKE_CLASSES] = alike_two(b->addr_class[ALIKE_DST][i], b->addr_class[ALIKE_SRC][i]);
	b->hash[i] = share(ALIKE_CLASSES, a->w[ALIKE_CLASSES]) +
		     share(ALIKE_MARK_UID, a->w[ALIKE_MARK_UID]) +
		     share(ALIKE_DEVICES, a->w[ALIKE_DEVICES]) +
		     share(ALIKE_REST, a->w[ALIKE_REST]);
	return like_others;
}

static inline struct learned *place_of(const struct family *x, uint64_t h, uint64_t part)
{
	h += part * 0x8ebc6af09c88c6e3;
	return &x->learned[(h ^ h >> 29) >> 20 & (KINDS - 1)];
}

static inline bool is_alike(const struct alike *a, const struct alike *b)
{
	typedef uint64_t pair __attribute__((vector_size(16)));
	pair x[4], y[4], differs = {0};

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	for (unsigned i = 0; i < 4; i++)
		differs |= x[i] ^ y[i];
	return !(differs[0] | differs[1]);
}

static inline unsigned part(const struct alike *a)
{
	return (unsigned)(a->w[ALIKE_REST] >> ALIKE_PART_SHIFT);
}

#define PARTS_MOST 250u /* next hops; who has more is not remembered */

/* The way of packet `i`, found and remembered. With a hash: that of its part. */
static void learn(const struct fib_many *m, const struct family *x, unsigned i,
		  const struct alike *a, uint32_t hash, struct learned *place)
{
	struct fib_result *r = m->block.ret[i];

	fib_lookup(m->f, m->block.p[i], r);
	if (r->nexthops > PARTS_MOST)
		return;
	*place = (struct learned){*a, *r, NULL, ALIKE_GREAT, part(a) && r->hash == hash};
	if (r->nexthops > 1 && !part(a))
		place->hops = fib_entry_of(m->f, r->route)->hops;
	for (unsigned k = 0; k < x->terms.great_n; k++)
		if (r->route && r->table == x->terms.great[k]->id)
			place->great = (uint8_t)k;
}

static inline void take(const struct family *x, const struct block *b, unsigned i,
			const struct learned *l, uint32_t hash)
{
	struct fib_result *r = b->ret[i];

	*r = l->result;
	r->src = b->p[i]->src;
	r->src.family = b->p[i]->family;
	r->hash = l->hashed ? hash : 0;
	if (l->great < ALIKE_GREAT)
		r->route = x->terms.great[l->great]->entry[b->at[ALIKE_DST][l->great][i]].r;
}

/* The part of the hash's range: between which two bounds, or which bucket's next hop. */
static inline uint64_t part_of(const struct fib_hops *x, uint32_t hash)
{
	unsigned n = 1;

	if (x->bucket_n)
		return x->bucket[hash % x->bucket_n] + 1;
	for (uint32_t i = 0; i < x->n; i++)
		n += (int64_t)hash > x->hop[i].bound;
	return n;
}

static void take_by_hash(struct fib_many *m, const struct family *x)
{
	struct block *b = &m->block;
	const struct fib_packet *p[TOGETHER];
	uint32_t hash[TOGETHER];

	for (unsigned k = 0; k < b->by_hash_n; k++)
		p[k] = b->p[b->by_hash[k]];
	fib_hash_n(&m->f->set, p, hash, b->by_hash_n);
	for (unsigned k = 0; k < b->by_hash_n; k++) {
		unsigned i = b->by_hash[k];
		struct alike *a = &b->alike[i];
		uint64_t part = part_of(b->hops[i], hash[k]);
		struct learned *place = place_of(x, b->hash[i], part);
		a->w[ALIKE_REST] |= part << ALIKE_PART_SHIFT;
		if (is_alike(&place->alike, a))
			take(x, b, i, place, hash[k]);
		else if (hash[k]) /* of 0 it could not be seen whether the result tells it */
			learn(m, x, i, a, hash[k], place);
		else
			fib_lookup(m->f, b->p[i], b->ret[i]);
	}
}

/* Where the packets of the block are remembered. */
static void find_places(const struct family *x, struct block *b)
{
	for (unsigned i = 0; i < b->n; i++)
		b->place[i] = add_fields(&x->terms, b, i) ? x->learned : NULL;
	for (unsigned k = 0; k < x->terms.great_n; k++)
		add_kinds(&x->terms, b, k);
	for (unsigned i = 0; i < b->n; i++)
		b->place[i] = b->place[i] ? place_of(x, b->hash[i], 0) : NULL;
}

static void lookup(struct fib_many *m, const struct family *x)
{
	struct block *b = &m->block;

	search_side(&x->terms, b, ALIKE_DST);
	search_side(&x->terms, b, ALIKE_SRC);
	find_places(x, b);
	b->known_n = b->by_hash_n = b->new_n = 0;
	for (unsigned i = 0; i < b->n; i++) {
		struct learned *place = b->place[i];
		if (i + TOGETHER < b->next_n)
			__builtin_prefetch(&b->next[i + TOGETHER]);
		if (!place) {
			fib_lookup(m->f, b->p[i], b->ret[i]);
			continue;
		}
		/* Which of the three it is cannot be foreseen: without a branch. */
		bool known = is_alike(&place->alike, &b->alike[i]), by_hash = known & !!place->hops;
		b->hops[i] = place->hops;
		b->known[b->known_n] = b->by_hash[b->by_hash_n] = b->new[b->new_n] = i;
		b->known_n += known & !by_hash;
		b->by_hash_n += by_hash;
		b->new_n += !known;
	}
	for (unsigned k = 0; k < b->known_n; k++)
		take(x, b, b->known[k], b->place[b->known[k]], 0);
	take_by_hash(m, x);
	/* Last, as it may be written where another kind is remembered. */
	for (unsigned k = 0; k < b->new_n; k++)
		learn(m, x, b->new[k], &b->alike[b->new[k]], 0, b->place[b->new[k]]);
}

void fib_many_lookup(struct fib_many *m, const struct fib_packet *p, struct fib_result *ret,
		     size_t n)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct block *b = &m->block;

	for (size_t at = 0; at < n; at += TOGETHER) {
		b->next = &p[at];
		b->next_n = n - at < 2 * TOGETHER ? (unsigned)(n - at) : 2 * TOGETHER;
		for (unsigned f = 0; f < 2; f++) {
			b->n = 0;
			for (size_t i = at; i < n && i < at + TOGETHER; i++)
				if (p[i].family == families[f]) {
					b->p[b->n] = &p[i];
					b->ret[b->n++] = &ret[i];
				}
			if (b->n && !m->family[f].terms.off)
				lookup(m, &m->family[f]);
			for (unsigned i = 0; i < b->n && m->family[f].terms.off; i++)
				fib_lookup(m->f, b->p[i], b->ret[i]);
		}
	}
}
