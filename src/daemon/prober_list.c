/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/prober_list.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND UINT64_C(1000000)
#define CALM   10 /* on a metered uplink: so much less often */
#define SLOTS  64 /* at least so many probes are remembered of a target */

static struct check_limits limits_of(const struct uplink_config *u, const struct check_config *c)
{
	return (struct check_limits){
		.every = c->every,
		.timeout = c->timeout	       ? c->timeout
			   : c->every > SECOND ? c->every
					       : (uint32_t)SECOND,
		.down = (uint16_t)c->down,
		.up = (uint16_t)c->up,
		.loss = (uint16_t)(c->loss ? c->loss : u->max_loss),
		.latency = c->latency ? c->latency : u->max_latency,
		.jitter = c->jitter ? c->jitter : u->max_jitter,
		.window = (uint16_t)c->window,
		.quorum = (uint16_t)c->quorum,
	};
}

/* Room for what is judged, and for what may still be answered. */
static unsigned slots_of(const struct check_limits *l)
{
	unsigned late = l->timeout / l->every + 1, most = l->window;

	most = l->down > most ? l->down : most;
	most = l->up * 4u > most ? l->up * 4u : most;
	return window_slots(most + late > SLOTS ? most + late : SLOTS);
}

static const struct ip_addr *source(const struct uplink_family *f)
{
	return f->address_n ? &f->address[0].addr : NULL;
}

/* A list being made, and the one that it takes the place of. */
struct making {
	const struct prober_list *old;
	struct prober_list *l;
	const char *resolv;
	size_t at; /* in the memory, of the next window */
	uint32_t next_id;
	bool used[PROBER_IDS]; /* by the list in force, or this one */
};

/* The lowest that neither list has: a late answer is never taken for another target's. */
static uint32_t new_id(struct making *m)
{
	while (m->used[m->next_id])
		m->next_id++;
	m->used[m->next_id] = true;
	return m->next_id;
}

/* Places from 1, in the list in force and in this one. */
static bool same_terms(const struct making *m, uint32_t old, uint32_t new)
{
	if (!old || !new)
		return old == new;
	return !memcmp(&m->old->terms[old - 1], &m->l->terms[new - 1],
		       offsetof(struct prober_terms, server));
}

/* Its place, from 1; that of the target before if it is the same. 0: it needs none. */
static uint32_t add_terms(struct making *m, const struct check_config *c,
			  const struct check_target *asked, uint8_t family)
{
	struct prober_terms *t = &m->l->terms[m->l->terms_n];

	if (!prober_terms_fill(c, asked, m->resolv, family, t))
		return 0;
	if (!m->l->terms_n || memcmp(t, t - 1, sizeof(*t)) != 0)
		m->l->terms_n++;
	return (uint32_t)m->l->terms_n;
}

/* The same target of the same uplink, as far as its window can go on: its place, or SIZE_MAX. */
static size_t find_old(const struct making *m, const struct judge_way *old, unsigned check,
		       const struct prober_target *t)
{
	const struct prober_list *p = m->old;

	for (size_t i = old->first; i < old->first + old->n; i++) {
		const struct prober_target *o = &p->target[i];
		if (p->judge.target[i].check == check && ip_addr_eq(&o->dst, &t->dst) &&
		    o->slots == t->slots && o->limits.every == t->limits.every &&
		    o->kind == t->kind && o->port == t->port && same_terms(m, o->terms, t->terms))
			return i;
	}
	return SIZE_MAX;
}

/* "ping 192.0.2.1", "dns 192.0.2.1 example.org", "https://example.org/": on the heap, or NULL. */
static char *name_of(const struct check_config *k, const struct check_target *asked,
		     const struct ip_addr *dst)
{
	int kind = k->kind == CHECK_HTTP ? 0 : (int)strcspn(k->text, " \t,");
	char gateway[IP_ADDR_STRLEN], *name;

	if (asprintf(&name, "%.*s%s%s%s%s", kind, k->text, kind ? " " : "",
		     k->kind == CHECK_GATEWAY ? ip_addr_str(dst, gateway) : asked->text,
		     k->name ? " " : "", k->name ? k->name : "") < 0)
		return NULL;
	return name;
}

static void fill_target(struct making *m, struct prober_target *t, const struct uplink_state *u,
			const struct uplink_family *f, const struct check_config *k,
			const struct check_target *asked, const struct ip_addr *dst)
{
	memset(t, 0, sizeof(*t)); /* lists are compared byte by byte */
	t->head = (struct wire_head)WIRE_HEAD(PROBER_TARGET, *t);
	t->limits = limits_of(u->config, k);
	t->calm = u->config->metered && k->every < UINT32_MAX / CALM ? CALM * k->every : k->every;
	t->ifindex = u->link->h.ifi_index;
	t->src = *source(f);
	t->dst = *dst;
	t->slots = (uint16_t)slots_of(&t->limits);
	t->kind = (uint8_t)prober_kind(k->kind);
	t->port = asked->port;
	t->terms = add_terms(m, k, asked, dst->family);
}

/*
 * What is known of a target goes on. One that is asked from another address than before is not dead
 * for that, unless the uplink is out of use for it.
 */
static struct verdict verdict_of(const struct making *m, const struct judge_way *old, size_t i,
				 const struct prober_target *t)
{
	struct verdict v = m->old->judge.target[i].verdict;
	bool moved = !ip_addr_eq(&m->old->target[i].src, &t->src);

	if (moved && v.health == HEALTH_DOWN && !*old->why[t->dst.family == AF_INET6])
		return (struct verdict){HEALTH_UNKNOWN, WHY_NOTHING, 0};
	return v;
}

static int add_target(struct making *m, const struct uplink_state *u, const struct judge_way *old,
		      unsigned check, const struct check_target *asked, const struct ip_addr *dst)
{
	const struct check_config *k = &u->config->check[check];
	unsigned family = dst->family == AF_INET6;
	const struct uplink_family *f = family ? &u->v6 : &u->v4;
	const struct prober_list *p = m->old;

	/* Without an address, or an interface, there is nothing to ask from. */
	if (!f->present || !source(f) || !u->link->h.ifi_index)
		return 0;
	struct prober_target *t = &m->l->target[m->l->judge.target_n];
	struct judge_target *j = &m->l->judge.target[m->l->judge.target_n++];
	fill_target(m, t, u, f, k, asked, dst);
	*j = (struct judge_target){.way = (unsigned)(m->l->judge.way_n - 1),
				   .check = check,
				   .family = family,
				   .quorum = k->quorum,
				   .name = name_of(k, asked, dst),
				   .limits = &t->limits};
	if (!j->name)
		return -ENOMEM;
	size_t i = old && !p->recalled ? find_old(m, old, check, t) : SIZE_MAX;
	if (i != SIZE_MAX)
		j->verdict = verdict_of(m, old, i, t);
	else if (old && p->recalled && *old->why[family]) /* dead to an earlier daemon */
		j->verdict = (struct verdict){HEALTH_DOWN, WHY_SILENCE, 0};
	t->id = i != SIZE_MAX ? p->target[i].id : new_id(m);
	t->at = (uint32_t)m->at;
	m->at += window_bytes(t->slots);
	return m->at <= PROBER_HALF && m->l->judge.target_n < PROBER_TARGETS_MAX ? 0 : -E2BIG;
}

/* Its gateways; there is none that could be asked where there are no link-layer addresses. */
static int add_gateways(struct making *m, const struct uplink_state *u, const struct judge_way *old,
			unsigned check)
{
	const struct check_target *asked = u->config->check[check].target;
	const struct uplink_family *const families[] = {&u->v4, &u->v6};
	int rc = 0;

	for (size_t i = 0; !rc && i < 2 && u->link->h.ifi_type == ARPHRD_ETHER; i++)
		if (families[i]->gateway.family)
			rc = add_target(m, u, old, check, asked, &families[i]->gateway);
	return rc;
}

static int add_check(struct making *m, const struct uplink_state *u, const struct judge_way *old,
		     unsigned check)
{
	const struct check_config *k = &u->config->check[check];
	/* A host known by name is asked for its IPv4 address if the uplink has IPv4. */
	const struct ip_addr any = {.family = u->v4.present ? AF_INET : AF_INET6};
	int rc = 0;

	if (k->kind == CHECK_GATEWAY)
		return add_gateways(m, u, old, check);
	for (size_t i = 0; !rc && i < k->target_n; i++) {
		const struct check_target *t = &k->target[i];
		rc = add_target(m, u, old, check, t, t->addr.family ? &t->addr : &any);
	}
	return rc;
}

/* True if it could carry traffic if no check said otherwise. */
static bool has_carrier(const struct uplink_family *f)
{
	return f->usable || (f->why && f->why == f->health);
}

static int add_way(struct making *m, const struct uplink_state *u)
{
	const struct judge_way *old =
		judge_find(&m->old->judge, u->config->name, m->l->judge.way_n);
	struct judge_way *w = &m->l->judge.way[m->l->judge.way_n];
	int rc = 0;

	w->name = strdup(u->config->name);
	if (!w->name)
		return -ENOMEM;
	m->l->judge.way_n++;
	w->check_n = (unsigned)u->config->check_n;
	w->carrier[0] = has_carrier(&u->v4);
	w->carrier[1] = has_carrier(&u->v6);
	w->hold = u->config->hold * UINT64_C(1000);
	w->first = m->l->judge.target_n;
	if (old)
		judge_take(w, old);
	for (unsigned c = 0; !rc && c < w->check_n; c++)
		rc = add_check(m, u, old, c);
	w->n = m->l->judge.target_n - w->first;
	return rc;
}

static int make_list(struct making *m, const struct desired *d)
{
	size_t targets = 0;
	int rc = 0;

	for (size_t i = 0; i < d->uplink_n; i++)
		for (size_t c = 0; c < d->uplink[i].config->check_n; c++)
			targets += 2 * d->uplink[i].config->check[c].target_n; /* two families */
	m->l->judge.target = calloc(targets + 1, sizeof(*m->l->judge.target));
	m->l->judge.way = calloc(d->uplink_n + 1, sizeof(*m->l->judge.way));
	m->l->target = calloc(targets + 1, sizeof(*m->l->target));
	m->l->terms = calloc(targets + 1, sizeof(*m->l->terms));
	if (!m->l->judge.target || !m->l->judge.way || !m->l->target || !m->l->terms)
		return -ENOMEM;
	if (targets > 2 * PROBER_TARGETS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < m->old->judge.target_n; i++)
		m->used[m->old->target[i].id] = true;
	for (size_t i = 0; !rc && i < d->uplink_n; i++)
		rc = add_way(m, &d->uplink[i]);
	return rc;
}

bool prober_list_is_same(const struct prober_list *a, const struct prober_list *b)
{
	size_t n = a->judge.target_n;

	return n == b->judge.target_n && a->terms_n == b->terms_n &&
	       (!n || !memcmp(a->target, b->target, n * sizeof(*a->target))) &&
	       (!a->terms_n || !memcmp(a->terms, b->terms, a->terms_n * sizeof(*a->terms)));
}

int prober_list_make(struct prober_list *ret, const struct prober_list *old,
		     const struct desired *d, const char *resolv)
{
	struct making m = {.old = old, .l = ret, .resolv = resolv};

	*ret = (struct prober_list){.judge = {.half_life = old->judge.half_life}};
	memcpy(ret->judge.suspect, old->judge.suspect, sizeof(ret->judge.suspect));
	int rc = make_list(&m, d);
	if (rc < 0)
		prober_list_free(ret);
	return rc;
}

void prober_list_free(struct prober_list *l)
{
	judge_free(&l->judge);
	free(l->target);
	free(l->terms);
	*l = (struct prober_list){.terms_n = 0};
}
