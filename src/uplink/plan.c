/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of a plan's steps:
 *
 *	settings that make things safe
 *	routes added and replaced: in a table the backstop first, then what is on the link, then
 *		what needs a gateway that is on the link, the default last
 *	the nftables table: forwarded connections are marked by the way they take now
 *	the link group of what is no uplink any more: main's routes through it count again
 *	rules added, by rising priority: each class of rules relies on the classes before it (`from`
 *		without `main` before it would send an uplink's address out although the destination
 *		is in the LAN), and the balanced default, the last, makes the change
 *	rules deleted, by falling priority, for the same reason
 *	the nftables table removed
 *	routes deleted: nothing leads to them any more
 *	MPTCP's endpoints: gone, then new ones, whose subflows find their way by then
 *	settings that go back
 *
 * Every setting of the recipe is a number that is raised, or the uplinks' link group: lowering it
 * again, and any other group, is going back.
 *
 * While a table changes hands (plan_hands.c), rules that lead to it would mislead: then all rules
 * are taken away first, and the routes that go, so that for the plan's duration the machine routes
 * as it would without multihome.
 *
 * Rules of one priority are a list to which the kernel only appends, and from which it deletes the
 * first rule that *matches* a request: what the request does not mention may be anything. So the
 * plan keeps as many rules as have their place already, appends the others, deletes what is over,
 * and looks what list that makes. If it is not the one that is wanted, all are appended anew, and
 * then as many as there were before are deleted from the front: a list's first rule is always the
 * one that a request equal to it matches.
 */
#include "uplink/plan.h"

#include "uplink/plan_hands.h"

#include <stdlib.h>
#include <string.h>

void plan_free(struct plan *p)
{
	arena_free(&p->arena);
	*p = (struct plan){0};
}

static struct step *push(struct plan *p, enum step_kind kind)
{
	struct step *s = ARENA_PUSH(&p->arena, p->step, p->n, p->cap);

	s->kind = kind;
	return s;
}

/* Settings */

static bool sysctl_goes_back(const char *old, const char *new)
{
	return strtol(new, NULL, 10) < strtol(old, NULL, 10);
}

static void plan_settings(struct plan *p, const struct owned *now, const struct owned *want,
			  bool back)
{
	for (size_t i = 0; i < want->sysctl_n; i++) {
		const struct sysctl *s = &want->sysctl[i];
		const char *old = owned_sysctl(now, s->name);
		if (!old || !strcmp(old, s->value) || sysctl_goes_back(old, s->value) != back)
			continue;
		struct step *x = push(p, STEP_SYSCTL);
		x->sysctl.name = arena_strdup(&p->arena, s->name);
		x->sysctl.old = arena_strdup(&p->arena, old);
		x->sysctl.new = arena_strdup(&p->arena, s->value);
	}
}

static void plan_groups(struct plan *p, const struct owned *now, const struct owned *want,
			bool back)
{
	for (size_t i = 0; i < want->group_n; i++) {
		const struct link_group *g = &want->group[i];
		const struct link_group *old = owned_group(now, g->name);
		if (!old || old->group == g->group || (g->group != MULTIHOME_GROUP) != back)
			continue;
		struct step *x = push(p, STEP_LINK_GROUP);
		x->group.ifindex = g->ifindex;
		memcpy(x->group.name, g->name, sizeof(g->name));
		x->group.old = old->group;
		x->group.new = g->group;
	}
}

/* Routes */

static int by_key(const void *a, const void *b)
{
	return route_key_cmp(*(struct route *const *)a, *(struct route *const *)b);
}

/* How much else a route needs to be there: see the head of the file. */
static unsigned rank(const struct route *r)
{
	if (r->h.rtm_type != RTN_UNICAST)
		return 0;
	if (!r->h.rtm_dst_len)
		return 3;
	return has(r, ROUTE_GATEWAY) || has(r, ROUTE_VIA) || has(r, ROUTE_MULTIPATH) ? 2 : 1;
}

static int by_rank(const void *pa, const void *pb)
{
	const struct route *a = *(struct route *const *)pa, *b = *(struct route *const *)pb;
	unsigned x = rank(a), y = rank(b);

	return x != y ? (x < y ? -1 : 1) : route_key_cmp(a, b);
}

static const struct route **sorted(struct arena *a, const struct owned *o,
				   int (*cmp)(const void *, const void *))
{
	const struct route **v = arena_alloc(a, (o->route_n + 1) * sizeof(*v));

	for (size_t i = 0; i < o->route_n; i++)
		v[i] = &o->route[i];
	qsort(v, o->route_n, sizeof(*v), cmp);
	return v;
}

static const struct route *find(const struct route *const *v, size_t n, const struct route *r)
{
	const struct route *const *hit = n ? bsearch(&r, v, n, sizeof(*v), by_key) : NULL;

	return hit ? *hit : NULL;
}

static void plan_routes(struct plan *p, const struct owned *now, const struct owned *want)
{
	const struct route **have = sorted(&p->arena, now, by_key);
	const struct route **all = sorted(&p->arena, want, by_rank);

	for (size_t i = 0; i < want->route_n; i++) {
		const struct route *old = find(have, now->route_n, all[i]);
		if (old && route_eq(old, all[i]))
			continue;
		struct step *s = push(p, old ? STEP_ROUTE_REPLACE : STEP_ROUTE_ADD);
		owned_copy_route(&p->arena, &s->route, all[i]);
	}
}

static void plan_old_routes(struct plan *p, const struct owned *now, const struct owned *want)
{
	const struct route **have = sorted(&p->arena, now, by_rank);
	const struct route **keep = sorted(&p->arena, want, by_key);

	for (size_t i = now->route_n; i-- > 0;)
		if (!find(keep, want->route_n, have[i]))
			owned_copy_route(&p->arena, &push(p, STEP_ROUTE_DEL)->route, have[i]);
}

/* MPTCP's endpoints */

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
	return a->id == b->id && a->ifindex == b->ifindex && ip_addr_eq(&a->addr, &b->addr);
}

/* Steps for those of `some` that `others` have not. */
static void plan_endpoints(struct plan *p, enum step_kind kind, const struct owned *some,
			   const struct owned *others)
{
	for (size_t i = 0; i < some->endpoint_n; i++) {
		bool there = false;
		for (size_t k = 0; k < others->endpoint_n && !there; k++)
			there = same_endpoint(&some->endpoint[i], &others->endpoint[k]);
		if (!there)
			push(p, kind)->endpoint = some->endpoint[i];
	}
}

/* Rules */

/* The rules of one priority and family. */
struct rules {
	const struct rule *v;
	size_t n;
};

/* A list in the making, as the kernel would hold it. */
struct list {
	struct arena *a;
	struct rule *v;
	size_t n, cap;
};

static bool same(const struct rule *a, const struct rule *b)
{
	return a->table == b->table && plan_rules_alike(a, b) && rule_eq(a, b);
}

static void list_delete(struct list *l, const struct rule *r)
{
	for (size_t i = 0; i < l->n; i++)
		if (plan_rule_matches(r, &l->v[i])) {
			l->n--;
			memmove(&l->v[i], &l->v[i + 1], (l->n - i) * sizeof(*l->v));
			return;
		}
}

static bool given(const struct rule *r, unsigned field, bool value)
{
	return has(r, field) && value;
}

static bool selectors_match(const struct rule *q, const struct rule *r)
{
	const struct ip_addr *src = &q->src, *dst = &q->dst;

	if (q->h.src_len && (q->h.src_len != r->h.src_len || !ip_addr_eq(src, &r->src)))
		return false;
	if (q->h.dst_len && (q->h.dst_len != r->h.dst_len || !ip_addr_eq(dst, &r->dst)))
		return false;
	if (given(q, RULE_IIF, q->iif[0]) && (!has(r, RULE_IIF) || strcmp(q->iif, r->iif) != 0))
		return false;
	if (given(q, RULE_OIF, q->oif[0]) && (!has(r, RULE_OIF) || strcmp(q->oif, r->oif) != 0))
		return false;
	return !q->h.tos || q->h.tos == r->h.tos;
}

#define DIFFERS(q, r, field, member)                                                               \
	(has(q, field) &&                                                                          \
	 (!has(r, field) || memcmp(&(q)->member, &(r)->member, sizeof((q)->member)) != 0))

bool plan_rule_matches(const struct rule *q, const struct rule *r)
{
	bool mark = given(q, RULE_FWMARK, q->fwmark), mask = given(q, RULE_FWMASK, q->fwmask);

	return q->h.family == r->h.family && q->priority == r->priority &&
	       (!q->table || q->table == r->table) && q->h.action == r->h.action &&
	       selectors_match(q, r) && !(mark && DIFFERS(q, r, RULE_FWMARK, fwmark)) &&
	       !(mask && DIFFERS(q, r, RULE_FWMASK, fwmask)) &&
	       !DIFFERS(q, r, RULE_UIDRANGE, uid) && !DIFFERS(q, r, RULE_IPPROTO, ipproto) &&
	       !DIFFERS(q, r, RULE_SPORT, sport) && !DIFFERS(q, r, RULE_DPORT, dport) &&
	       !DIFFERS(q, r, RULE_DSCP, dscp) &&
	       !DIFFERS(q, r, RULE_SUPPRESS_PREFIXLEN, suppress_prefixlen) &&
	       !DIFFERS(q, r, RULE_SUPPRESS_IFGROUP, suppress_ifgroup) &&
	       !DIFFERS(q, r, RULE_PROTOCOL, protocol);
}

/* What a priority's rules need: appended first, then deleted. */
struct change {
	struct list add, del;
};

/* Keeps what has its place already. False if the kernel's way of deleting does not allow it. */
static bool change_some(struct rules now, struct rules want, struct change *c)
{
	struct list l = {.a = c->add.a};
	size_t kept = 0;

	for (size_t i = 0; i < now.n; i++) {
		*ARENA_PUSH(l.a, l.v, l.n, l.cap) = now.v[i];
		if (kept < want.n && same(&now.v[i], &want.v[kept]))
			kept++;
		else
			*ARENA_PUSH(c->del.a, c->del.v, c->del.n, c->del.cap) = now.v[i];
	}
	for (size_t i = kept; i < want.n; i++) {
		*ARENA_PUSH(l.a, l.v, l.n, l.cap) = want.v[i];
		*ARENA_PUSH(c->add.a, c->add.v, c->add.n, c->add.cap) = want.v[i];
	}
	for (size_t i = 0; i < c->del.n; i++)
		list_delete(&l, &c->del.v[i]);
	for (size_t i = 0; i < l.n && l.n == want.n; i++)
		if (!same(&l.v[i], &want.v[i]))
			return false;
	return l.n == want.n;
}

static struct change change_rules(struct arena *a, struct rules now, struct rules want)
{
	struct change c = {.add.a = a, .del.a = a};

	if (change_some(now, want, &c))
		return c;
	c = (struct change){.add.a = a, .del.a = a};
	for (size_t i = 0; i < want.n; i++)
		*ARENA_PUSH(a, c.add.v, c.add.n, c.add.cap) = want.v[i];
	for (size_t i = 0; i < now.n; i++)
		*ARENA_PUSH(a, c.del.v, c.del.n, c.del.cap) = now.v[i];
	return c;
}

static int cmp_place(const struct rule *a, const struct rule *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return (a->h.family > b->h.family) - (a->h.family < b->h.family);
}

static int by_place(const void *pa, const void *pb)
{
	const struct rule *a = *(struct rule *const *)pa, *b = *(struct rule *const *)pb;
	int rc = cmp_place(a, b);

	return rc ? rc : (a > b) - (a < b);
}

/* All rules by priority, both families at each, order within kept. */
static struct rules by_priority(struct arena *a, const struct owned *o)
{
	const struct rule **p = arena_alloc(a, (o->rule_n + 1) * sizeof(*p));
	struct rule *v = arena_alloc(a, (o->rule_n + 1) * sizeof(*v));

	for (size_t i = 0; i < o->rule_n; i++)
		p[i] = &o->rule[i];
	qsort(p, o->rule_n, sizeof(*p), by_place);
	for (size_t i = 0; i < o->rule_n; i++)
		v[i] = *p[i];
	return (struct rules){v, o->rule_n};
}

/* Takes the rules at `place` off the front. */
static struct rules take(struct rules *from, const struct rule *place)
{
	struct rules ret = {from->v, 0};

	while (ret.n < from->n && !cmp_place(&from->v[ret.n], place))
		ret.n++;
	from->v += ret.n;
	from->n -= ret.n;
	return ret;
}

/* Writes the steps that add; the deletions to `del`, last first. */
static void plan_rules(struct plan *p, const struct owned *now, const struct owned *want,
		       struct list *del)
{
	struct rules n = by_priority(&p->arena, now), w = by_priority(&p->arena, want);
	struct list *v = arena_alloc(&p->arena, (n.n + w.n + 1) * sizeof(*v));
	size_t places = 0;

	while (n.n || w.n) {
		struct rule at = !w.n || (n.n && cmp_place(n.v, w.v) < 0) ? *n.v : *w.v;
		struct rules old = take(&n, &at), new = take(&w, &at);
		struct change c = change_rules(&p->arena, old, new);
		for (size_t i = 0; i < c.add.n; i++)
			push(p, STEP_RULE_ADD)->rule = c.add.v[i];
		v[places++] = c.del;
	}
	while (places-- > 0)
		for (size_t i = 0; i < v[places].n; i++)
			*ARENA_PUSH(&p->arena, del->v, del->n, del->cap) = v[places].v[i];
}

/* The whole */

static void plan_nft(struct plan *p, const struct owned *now, const struct owned *want)
{
	struct step *s = push(p, STEP_NFT);

	s->nft.old = now->nft ? arena_strdup(&p->arena, now->nft) : NULL;
	s->nft.new = want->nft ? arena_strdup(&p->arena, want->nft) : NULL;
}

static void plan_between(struct plan *p, const struct owned *now, const struct owned *want)
{
	struct list del = {.a = &p->arena};
	bool nft = !now->nft != !want->nft || (now->nft && strcmp(now->nft, want->nft) != 0);

	plan_settings(p, now, want, false);
	plan_groups(p, now, want, false);
	plan_routes(p, now, want);
	if (nft && want->nft)
		plan_nft(p, now, want);
	plan_groups(p, now, want, true);
	plan_rules(p, now, want, &del);
	for (size_t i = 0; i < del.n; i++)
		push(p, STEP_RULE_DEL)->rule = del.v[i];
	if (nft && !want->nft)
		plan_nft(p, now, want);
	plan_old_routes(p, now, want);
	plan_endpoints(p, STEP_ENDPOINT_DEL, now, want);
	plan_endpoints(p, STEP_ENDPOINT_ADD, want, now);
	plan_settings(p, now, want, true);
}

/* Everything but the rules, as it is; of the routes those that stay in some form. */
static struct owned without_rules(struct arena *a, const struct owned *now,
				  const struct owned *want)
{
	const struct route **keep = sorted(a, want, by_key);
	struct owned bare = *now;

	bare.rule_n = bare.route_n = 0;
	bare.route = arena_alloc(a, (now->route_n + 1) * sizeof(*bare.route));
	for (size_t i = 0; i < now->route_n; i++)
		if (find(keep, want->route_n, &now->route[i]))
			bare.route[bare.route_n++] = now->route[i];
	return bare;
}

void plan_make(const struct owned *now, const struct owned *want, struct plan *p)
{
	*p = (struct plan){0};
	if (!plan_changes_hands(&p->arena, now, want)) {
		plan_between(p, now, want);
		return;
	}
	struct owned bare = without_rules(&p->arena, now, want);
	plan_between(p, now, &bare);
	plan_between(p, &bare, want);
}
