/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What packets can be told apart by.
 *
 * The fields that some rule selects by, as far as it does. For each of the two addresses, its
 * class: the longest of all prefixes that stand in any table or rule, belong to an address of the
 * machine, or mean something to the kernel. Addresses that have the same longest prefix of them
 * have all of them in common, and so nothing can tell them apart (classes.c says more of such
 * classes).
 *
 * Of great tables this would be too many classes. There it is enough what the address's longest
 * prefix leads to: the same ways, of routes as long as far as a rule minds (suppress_prefixlength).
 * This holds where the search is sure to end at that prefix.
 */
#include "fib/alike.h"

#include "base/big.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CLASSES_MOST 262144u /* prefixes */
#define PORTS	     65536u
#define WAYS_MOST    (1u << 23) /* next hops of routes that have a kind */

/* Addresses that mean something to the kernel: lookup.c, rpf.c and table.c ask for no others. */
static const struct ip_prefix special4[] = {
	{{AF_INET, {0}}, 32},
	{{AF_INET, {127}}, 8},
	{{AF_INET, {224}}, 4},
	{{AF_INET, {224}}, 24},
	{{AF_INET, {255, 255, 255, 255}}, 32},
};
static const struct ip_prefix special6[] = {
	{{AF_INET6, {0}}, 128},
	{{AF_INET6, {[15] = 1}}, 128},
	{{AF_INET6, {0xfe, 0x80}}, 10},
	{{AF_INET6, {0xff}}, 8},
};

/* Prefixes to be classes. */
struct classes {
	struct prefix_value *p;
	size_t n, cap;
	bool failed;
};

static void add_class(struct classes *c, struct ip_prefix p)
{
	if (c->n == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 256;
		struct prefix_value *v =
			c->cap < CLASSES_MOST ? realloc(c->p, cap * sizeof(*v)) : NULL;
		if (!v) {
			c->failed = true;
			return;
		}
		c->p = v;
		c->cap = cap;
	}
	c->p[c->n] = (struct prefix_value){p, (uint32_t)c->n};
	c->n++;
}

static void add_table(struct alike_terms *m, struct classes *c, const struct fib_table *t)
{
	for (uint32_t i = 0; i < t->node_n; i++)
		add_class(c, t->node[i].dst);
	for (uint32_t i = 0; i < t->sub_n; i++)
		add_class(c, t->sub[i].src);
	for (uint32_t i = 0; i < t->entry_n; i++)
		m->tos |= t->entry[i].tos ? UINT8_MAX : 0;
}

/* First a mark where a range begins, or has ended. */
static void add_ports(struct alike_terms *m, struct classes *c, const struct fib_rule_port_range *r,
		      bool masked)
{
	if (!m->port)
		m->port = calloc(PORTS, sizeof(*m->port));
	if (!m->port) {
		c->failed = true;
		return;
	}
	m->port[r->start] = 1;
	if (r->end < PORTS - 1)
		m->port[r->end + 1] = 1;
	/* Some bits of the number: any two may differ in them. */
	for (unsigned i = 0; i < PORTS && masked; i++)
		m->port[i] = 1;
}

/* Then the number of marks up to it. */
static void number_ports(struct alike_terms *m)
{
	for (unsigned i = 1; m->port && i < PORTS; i++)
		m->port[i] = (uint16_t)(m->port[i] + m->port[i - 1]);
}

static void add_rule(struct alike_terms *m, struct classes *c, const struct fib_rule *x)
{
	const struct rule *r = x->r;

	if (r->h.src_len)
		add_class(c, (struct ip_prefix){r->src, r->h.src_len});
	if (r->h.dst_len)
		add_class(c, (struct ip_prefix){r->dst, r->h.dst_len});
	m->mark |= x->mark_mask;
	m->tos |= x->dscp_mask ? UINT8_MAX : 0;
	m->uid |= has(r, RULE_UIDRANGE) ? UINT32_MAX : 0;
	m->proto |= has(r, RULE_IPPROTO) ? UINT8_MAX : 0;
	if (has(r, RULE_SPORT))
		add_ports(m, c, &r->sport, has(r, RULE_SPORT_MASK));
	if (has(r, RULE_DPORT))
		add_ports(m, c, &r->dport, has(r, RULE_DPORT_MASK));
	m->off |= x->flowlabel_mask || (has(r, RULE_TUN_ID) && r->tun_id);
	if (x->suppress_length + 1 > m->plen_most)
		m->plen_most = (uint8_t)(x->suppress_length < 128 ? x->suppress_length + 1 : 128);
}

/*
 * IPv6 asks for the group of the device that the hash has chosen, also if the rule then lets the
 * packet go on: more than one hash has a part in such a decision.
 */
static bool group_by_hash(const struct fib_family *fam, const struct fib_table *t)
{
	bool asked = false;

	for (size_t i = 0; i < fam->rule_n; i++)
		asked |= fam->rule[i].suppress_group >= 0;
	for (uint32_t i = 0; i < t->entry_n && asked; i++)
		if (t->entry[i].hops->n > 1)
			return true;
	return false;
}

static void add_addresses(struct classes *c, const struct fib *f, uint8_t family)
{
	unsigned x = fib_index(family);

	for (size_t k = 0; k < f->dev_n; k++)
		for (size_t i = 0; i < f->dev[k].addr_n[x]; i++)
			add_class(c,
				  (struct ip_prefix){f->dev[k].addr[x][i]->local, ip_bits(family)});
}

static void add_all(struct alike_terms *x, struct classes *c, const struct fib *f, uint8_t family,
		    uint32_t great)
{
	const struct fib_family *fam = &f->family[fib_index(family)];
	const struct ip_prefix *special = family == AF_INET ? special4 : special6;
	size_t special_n = family == AF_INET ? ARRAY_SIZE(special4) : ARRAY_SIZE(special6);

	/* A route of length 0 has its own ways, see default4.c. */
	x->plen_most = family == AF_INET && !fam->custom ? 32 : 1;
	for (size_t i = 0; i < special_n; i++)
		add_class(c, special[i]);
	add_addresses(c, f, family);
	for (size_t i = 0; i < fam->rule_n; i++)
		add_rule(x, c, &fam->rule[i]);
	number_ports(x);
	for (size_t i = 0; i < fam->table_n; i++) {
		const struct fib_table *t = &fam->table[i];
		x->off |= family == AF_INET6 && group_by_hash(fam, t);
		if (t->node_n >= great && x->great_n < ALIKE_GREAT)
			x->great[x->great_n++] = t;
		else
			add_table(x, c, t);
	}
	x->off |= c->failed;
}

/* What an address comes by whose longest prefix begins at the entry. */
static uint32_t kind_at(const struct alike_terms *x, const struct fib_table *t, uint32_t at)
{
	const struct fib_entry *entry = &t->entry[at];
	uint8_t plen = entry->plen < x->plen_most ? entry->plen : x->plen_most;

	if (!entry->last || entry->tos || !entry->hops->sure || entry->hops->number > WAYS_MOST ||
	    (t->sub_n && t->node[entry->node].sub_n))
		return ALIKE_NOT_SURE;
	return (entry->hops->number << 8 | plen) + ALIKE_NOWHERE;
}

static int note_kinds(struct alike_terms *x, struct err *e)
{
	for (unsigned k = 0; k < x->great_n; k++) {
		const struct fib_table *t = x->great[k];
		x->kind[k] = big_alloc(t->entry_n * sizeof(*x->kind[k]));
		if (!x->kind[k])
			return err_errno(e, -ENOMEM, "packets' ways");
		for (uint32_t i = 0; i < t->entry_n; i++)
			x->kind[k][i] = kind_at(x, t, i);
	}
	return 0;
}

int alike_terms_make(const struct fib *f, uint8_t family, uint32_t great, struct alike_terms *ret,
		     struct err *e)
{
	struct classes c = {0};
	int rc = 0;

	*ret = (struct alike_terms){0};
	add_all(ret, &c, f, family, great);
	if (!ret->off)
		rc = lpm_new(family, c.p, c.n, NULL, &ret->addr_class, e);
	free(c.p);
	return rc || ret->off ? rc : note_kinds(ret, e);
}

void alike_terms_free(struct alike_terms *x)
{
	lpm_free(x->addr_class);
	free(x->port);
	for (unsigned k = 0; k < ALIKE_GREAT; k++)
		free(x->kind[k]);
}
