/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classes of packets.
 *
 * Addresses: a layer for each table, one for all prefixes that rules name, one for what never
 * leaves by an uplink. A prefix in a table has for its value everything that can make its routes'
 * answer differ from another prefix's: the routes themselves with their ways, whether these can be
 * used, and whether a rule would suppress one of this length. Where the routes of a prefix may not
 * answer (no way is usable, a throw route, a type of service, a rule or a socket that asks for one
 * device only), what the next shorter one says counts as well, and belongs to the value. Equal
 * values are equal numbers, so that a full table through one gateway is a handful of classes.
 *
 * The other fields: a value that no rule names behaves like any other such value, so one is enough.
 */
#include "fib/space.h"

#include "base/cleanup.h"
#include "fib/compiled.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#define FIELDS_MAX (1 << 20) /* combinations of the fields beside the addresses */

/* The rules whose values count: the machine's, and those that are only meant. */
struct named {
	const struct rule **rule;
	size_t n;
};

/* Numbers for 64-bit values, in the order in which they come. */
struct numbers {
	uint64_t *key;
	uint32_t *number;
	size_t size, n; /* size: a power of two */
};

static bool numbers_grow(struct numbers *x)
{
	struct numbers old = *x;

	x->size = old.size ? 2 * old.size : 1024;
	x->key = calloc(x->size, sizeof(*x->key));
	x->number = calloc(x->size, sizeof(*x->number));
	for (size_t i = 0; x->key && x->number && i < old.size; i++)
		if (old.key[i]) {
			size_t at = old.key[i] & (x->size - 1);
			while (x->key[at])
				at = (at + 1) & (x->size - 1);
			x->key[at] = old.key[i];
			x->number[at] = old.number[i];
		}
	free(old.key);
	free(old.number);
	return x->key && x->number;
}

/* RANGE_NONE: out of memory. */
static uint32_t number_of(struct numbers *x, uint64_t key)
{
	key |= !key;
	if (2 * x->n >= x->size && !numbers_grow(x))
		return RANGE_NONE;
	size_t at = key & (x->size - 1);
	while (x->key[at] && x->key[at] != key)
		at = (at + 1) & (x->size - 1);
	if (!x->key[at]) {
		x->key[at] = key;
		x->number[at] = (uint32_t)x->n++;
	}
	return x->number[at];
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0xbf58476d1ce4e5b9;
	h = (h ^ h >> 27) * 0x94d049bb133111eb;
	return h ^ h >> 31;
}

/* What one route can answer; `*sure` if it answers whatever is asked. Equal ways are the same. */
static uint64_t entry_value(uint64_t h, const struct fib_entry *x, bool *sure)
{
	bool usable = x->type == RTN_UNICAST ? x->hops->usable : x->type != RTN_THROW;

	*sure = *sure || (usable && !x->tos);
	h = mix(h, (uintptr_t)x->hops);
	return mix(h, (uint64_t)x->type << 16 | (uint64_t)x->tos << 8 | x->score);
}

/* Of the kind that the rules' suppress_prefixlength would tell apart. */
static uint64_t suppressed(const struct fib_family *fam, uint8_t len)
{
	uint64_t h = 0;

	for (size_t i = 0; i < fam->rule_n; i++)
		if (fam->rule[i].suppress_length >= 0)
			h = mix(h, len <= fam->rule[i].suppress_length);
	return h;
}

/* Rules or sockets that ask for one device pass over routes through others. */
static bool by_device(const struct fib_family *fam)
{
	for (size_t i = 0; i < fam->rule_n; i++)
		if (fam->rules[i]->oif[0])
			return true;
	return false;
}

/* The values of a table's prefixes. A node's parent comes before it: it is shorter, sorted so. */
static int table_layer(const struct fib_family *fam, const struct fib_table *t, struct numbers *x,
		       struct class_layer *ret)
{
	struct prefix_value *p = malloc((t->node_n + 1) * sizeof(*p));
	uint64_t *value = malloc((t->node_n + 1) * sizeof(*value));
	uint64_t *head = malloc((t->node_n + 1) * sizeof(*head));
	bool ask_parent = by_device(fam);
	int rc = p && value && head ? 0 : -ENOMEM;

	for (uint32_t i = 0; !rc && i < t->node_n; i++) {
		const struct fib_node *node = &t->node[i];
		bool sure = false;
		uint64_t h = suppressed(fam, node->dst.len);
		for (uint32_t k = 0; k < node->entry_n; k++)
			h = entry_value(h, &t->entry[node->entry + k], &sure);
		if (node->sub_n) /* by source as well: like no other */
			h = mix(h, i + 1);
		head[i] = value[i] = h;
		if (node->parent != LPM_NONE && (ask_parent || !sure || node->sub_n))
			value[i] = head[node->parent] == h ? value[node->parent]
							   : mix(h, value[node->parent]);
		p[i] = (struct prefix_value){node->dst, number_of(x, value[i])};
		rc = p[i].value == RANGE_NONE ? -ENOMEM : 0;
	}
	free(value);
	free(head);
	*ret = (struct class_layer){p, rc ? 0 : t->node_n};
	return rc;
}

/* Every prefix that a rule names has a value of its own: the longest one tells all that cover it.
 */
static int rules_layer(const struct named *named, struct class_layer *ret)
{
	struct prefix_value *p = malloc((2 * named->n + 1) * sizeof(*p));
	size_t n = 0;

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < named->n; i++) {
		const struct rule *r = named->rule[i];
		if (r->h.src_len)
			p[n++].prefix = (struct ip_prefix){r->src, r->h.src_len};
		if (r->h.dst_len)
			p[n++].prefix = (struct ip_prefix){r->dst, r->h.dst_len};
	}
	for (size_t i = 0; i < n; i++) {
		p[i].value = (uint32_t)i;
		for (size_t k = 0; k < i && p[i].value == i; k++)
			if (ip_prefix_eq(&p[k].prefix, &p[i].prefix))
				p[i].value = (uint32_t)k;
	}
	*ret = (struct class_layer){p, n};
	return 0;
}

/* Unspecified, loopback, link-local, multicast, reserved: no uplink carries them. */
static size_t special_layer(uint8_t family, struct prefix_value *p)
{
	static const char *const four[] = {"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
					   "224.0.0.0/4", "240.0.0.0/4"};
	static const char *const six[] = {"::/96", "::ffff:0:0/96", "fe80::/10", "ff00::/8"};
	size_t n = family == AF_INET ? ARRAY_SIZE(four) : ARRAY_SIZE(six);

	for (size_t i = 0; i < n; i++) {
		ip_prefix_parse(family == AF_INET ? four[i] : six[i], family, &p[i].prefix);
		p[i].value = 0;
	}
	return n;
}

static int witnesses(const struct fib_family *fam, const struct named *named, uint8_t family,
		     struct arena *a, struct space *s, struct err *e)
{
	struct prefix_value special[8];
	struct class_layer *layer = calloc(fam->table_n + 2, sizeof(*layer));
	struct numbers x = {0};
	struct classes *c = NULL;
	int rc = layer ? rules_layer(named, &layer[0]) : -ENOMEM;

	for (size_t i = 0; !rc && i < fam->table_n; i++)
		rc = table_layer(fam, &fam->table[i], &x, &layer[1 + i]);
	if (rc) {
		err_errno(e, rc, "a proof");
	} else {
		layer[fam->table_n + 1] =
			(struct class_layer){special, special_layer(family, special)};
		rc = classes_new(family, layer, fam->table_n + 2, &c, e);
	}
	if (!rc) {
		s->addr = arena_alloc(a, classes_count(c) * sizeof(*s->addr));
		for (size_t i = 0; i < classes_count(c); i++)
			if (classes_values(c, i)[fam->table_n + 1] == RANGE_NONE)
				s->addr[s->addr_n++] = classes_witness(c, i);
	}
	classes_free(c);
	for (size_t i = 0; layer && i <= fam->table_n; i++)
		free((void *)layer[i].p);
	free(layer);
	free(x.key);
	free(x.number);
	return rc;
}

/* Fields */

#define ADD(a, s, field, v)                                                                        \
	do {                                                                                       \
		size_t at_ = 0;                                                                    \
		while (at_ < (s)->field##_n && (s)->field[at_] != (v))                             \
			at_++;                                                                     \
		if (at_ == (s)->field##_n)                                                         \
			*ARENA_PUSH(a, (s)->field, (s)->field##_n, field##_cap) = (v);             \
	} while (0)

/*
 * Marks: for each mask that rules look through, the values they name and none of them, combined
 * with those of the masks before.
 */
static void marks(const struct named *named, struct arena *a, struct space *s)
{
	size_t mark_cap = 0;

	ADD(a, s, mark, 0);
	for (size_t i = 0; i < named->n && s->mark_n <= FIELDS_MAX; i++) {
		const struct rule *r = named->rule[i];
		uint32_t mask = has(r, RULE_FWMASK) ? r->fwmask : UINT32_MAX;
		size_t known = s->mark_n;
		if (!has(r, RULE_FWMARK))
			continue;
		for (size_t k = 0; k < known; k++)
			if (!(s->mark[k] & mask))
				ADD(a, s, mark, s->mark[k] | r->fwmark);
		for (uint32_t other = mask & -mask; other; other = other << 1 & mask)
			if (other != r->fwmark) {
				ADD(a, s, mark, other);
				break;
			}
	}
}

static void transports(const struct named *named, struct arena *a, struct space *s)
{
	size_t proto_cap = 0, sport_cap = 0, dport_cap = 0, cap = 0;
	struct {
		uint32_t *proto, *sport, *dport;
		size_t proto_n, sport_n, dport_n;
	} v = {0};

	ADD(a, &v, proto, IPPROTO_TCP);
	ADD(a, &v, sport, 40000);
	ADD(a, &v, dport, 40000);
	for (size_t i = 0; i < named->n; i++) {
		const struct rule *r = named->rule[i];
		if (has(r, RULE_IPPROTO)) {
			ADD(a, &v, proto, r->ipproto);
			ADD(a, &v, proto, (uint32_t)IPPROTO_UDP);
		}
		if (has(r, RULE_SPORT)) {
			ADD(a, &v, sport, r->sport.start);
			if (r->sport.end < UINT16_MAX)
				ADD(a, &v, sport, r->sport.end + 1u);
		}
		if (has(r, RULE_DPORT)) {
			ADD(a, &v, dport, r->dport.start);
			if (r->dport.end < UINT16_MAX)
				ADD(a, &v, dport, r->dport.end + 1u);
		}
	}
	if (v.proto_n * v.sport_n > FIELDS_MAX / v.dport_n) {
		s->transport_n = FIELDS_MAX + 1;
		return;
	}
	for (size_t i = 0; i < v.proto_n; i++)
		for (size_t k = 0; k < v.sport_n; k++)
			for (size_t m = 0; m < v.dport_n; m++)
				*ARENA_PUSH(a, s->transport, s->transport_n, cap) =
					(struct space_transport){(uint8_t)v.proto[i],
								 (uint16_t)v.sport[k],
								 (uint16_t)v.dport[m]};
}

static void others(const struct named *named, struct arena *a, struct space *s)
{
	size_t uid_cap = 0, tos_cap = 0;

	ADD(a, s, uid, 0);
	ADD(a, s, tos, 0);
	for (size_t i = 0; i < named->n; i++) {
		const struct rule *r = named->rule[i];
		if (has(r, RULE_UIDRANGE)) {
			ADD(a, s, uid, r->uid.start);
			if (r->uid.end < UINT32_MAX - 1)
				ADD(a, s, uid, r->uid.end + 1);
		}
		if (r->h.tos)
			ADD(a, s, tos, r->h.tos);
		if (has(r, RULE_DSCP))
			ADD(a, s, tos, (uint8_t)(r->dscp << 2));
	}
}

static struct named names(const struct fib_family *fam, uint8_t family,
			  const struct rule *const *meant, size_t meant_n, struct arena *a)
{
	struct named x = {.rule = arena_alloc(a, (fam->rule_n + meant_n + 1) * sizeof(*x.rule))};

	for (size_t i = 0; i < fam->rule_n; i++)
		x.rule[x.n++] = fam->rules[i];
	for (size_t i = 0; i < meant_n; i++)
		if (meant[i]->h.family == family)
			x.rule[x.n++] = meant[i];
	return x;
}

int space_make(const struct fib *f, uint8_t family, const struct rule *const *meant, size_t meant_n,
	       struct arena *a, struct space *ret, struct err *e)
{
	const struct fib_family *fam = &f->family[fib_index(family)];
	struct named named = names(fam, family, meant, meant_n, a);

	*ret = (struct space){.f = f, .family = family};
	marks(&named, a, ret);
	others(&named, a, ret);
	transports(&named, a, ret);
	if (ret->mark_n > FIELDS_MAX || ret->uid_n * ret->tos_n > FIELDS_MAX ||
	    ret->transport_n > FIELDS_MAX ||
	    ret->mark_n * ret->transport_n > FIELDS_MAX / (ret->uid_n * ret->tos_n))
		return err_set(e, -E2BIG,
			       "the rules name too many marks, ports and users to try them all");
	return witnesses(fam, &named, family, a, ret, e);
}

void space_fields(const struct space *s, struct fib_packet p,
		  bool (*fn)(void *arg, const struct fib_packet *p), void *arg)
{
	for (size_t i = 0; i < s->transport_n; i++) {
		p.proto = s->transport[i].proto;
		p.sport = s->transport[i].sport;
		p.dport = s->transport[i].dport;
		for (size_t k = 0; k < s->mark_n * s->uid_n * s->tos_n; k++) {
			p.mark = s->mark[k % s->mark_n];
			p.uid = s->uid[k / s->mark_n % s->uid_n];
			p.tos = s->tos[k / s->mark_n / s->uid_n];
			if (!fn(arg, &p))
				return;
		}
	}
}
