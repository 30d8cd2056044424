/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uses: "a, b" (the first that is up), "a:3 + b:1" (a balance by weight), "a:3 + b:1, c" (both), of
 * uplinks and groups.
 *
 * They are resolved to tiers of uplinks. A group alone between commas stands for its own tiers. A
 * group in a balance stands for its members, which share the weight that is written at it in the
 * proportion of theirs (so it must not have an order of preference of its own); without a weight
 * they join with theirs. An uplink that an earlier tier has is left out of later ones: those are
 * only looked at when it is not usable.
 */
#include "base/suggest.h"
#include "uplink/ini.h"
#include "uplink/schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANK	   " \t"
#define DEPTH	   16 /* groups of groups */
#define WEIGHT_MAX 256
#define SCALE_MAX  65536 /* how long whole numbers are looked for */

/* One name as written. */
struct part {
	struct word name;
	unsigned tier;
	uint32_t weight;	 /* 0: none */
	struct way_group *group; /* or NULL: an uplink */
	unsigned uplink;
};

struct parts {
	struct part *item;
	size_t n, cap;
};

static int unknown(struct reading *r, const struct word *name, struct err *e)
{
	struct suggest s = suggest_init(name->text);
	const char *all = "";

	place_err(&name->place, e, "there is no uplink or group \"%s\"",
		  word_clip(&r->c->arena, name->text));
	for (size_t i = 0; i < r->object_n; i++) {
		const struct object *o = r->object[i];
		if (o->kind != SECTION_UPLINK && o->kind != SECTION_GROUP)
			continue;
		suggest_try(&s, o->name);
		if (strlen(all) < sizeof(e->hint))
			all = arena_printf(&r->c->arena, "%s%s %s", all, *all ? "," : "", o->name);
	}
	if (s.best)
		return err_hint(e, "did you mean \"%s\"?", s.best);
	return err_hint(e, "there are%s", all);
}

static int read_weight(struct reading *r, const struct word *use, const char **p, uint32_t *ret,
		       struct err *e)
{
	const char *at = *p + 1 + strspn(*p + 1, BLANK);
	size_t n = strcspn(at, BLANK ",+:");
	struct place place = word_at(use, at);
	uint32_t v = 0;

	for (size_t i = 0; i < n && v <= WEIGHT_MAX; i++)
		v = at[i] >= '0' && at[i] <= '9' ? 10 * v + (uint32_t)(at[i] - '0')
						 : WEIGHT_MAX + 1;
	*ret = v;
	*p = at + n;
	if (v >= 1 && v <= WEIGHT_MAX)
		return 0;
	place_err(&place, e, "\"%s\" is not a weight from 1 to %d",
		  word_clip(&r->c->arena, arena_strndup(&r->c->arena, at, n)), WEIGHT_MAX);
	return err_hint(e, "such as isp1:3 + isp2:1");
}

/* NAME[:WEIGHT], up to and with the blanks behind it. */
static int read_part(struct reading *r, const struct word *use, const char **p, struct part *ret,
		     struct err *e)
{
	const char *at = *p + strspn(*p, BLANK);
	size_t n = strcspn(at, BLANK ",+:");
	int rc = 0;

	ret->name.text = arena_strndup(&r->c->arena, at, n);
	ret->name.place = word_at(use, at);
	if (!n) {
		place_err(&ret->name.place, e, "an uplink's name is missing");
		return err_hint(e, "such as \"isp1:3 + isp2:1, isp3\"");
	}
	*p = at + n + strspn(at + n, BLANK);
	if (**p == ':')
		rc = read_weight(r, use, p, &ret->weight, e);
	if (rc < 0)
		return rc;
	*p += strspn(*p, BLANK);
	if (!**p || **p == ',' || **p == '+')
		return 0;
	struct word behind = {*p, word_at(use, *p)};
	place_err(&behind.place, e, "\"%s\" stands behind \"%s\"",
		  word_clip(&r->c->arena, behind.text), ret->name.text);
	return err_hint(e, "put \",\" between for the first that is up, \"+\" for a balance");
}

static int resolve_group(struct reading *r, struct way_group *g, const struct word *name,
			 struct way_group **chain, unsigned depth, struct err *e);

static int read_parts(struct reading *r, const struct word *use, struct parts *ret,
		      struct way_group **chain, unsigned depth, struct err *e)
{
	const char *p = use->text;
	unsigned tier = 0;
	int rc;

	for (;; p++) {
		struct part *part = ARENA_PUSH(&r->c->arena, ret->item, ret->n, ret->cap);
		part->tier = tier;
		if ((rc = read_part(r, use, &p, part, e)) < 0)
			return rc;
		const struct object *o = config_find_way(r, part->name.text);
		if (!o)
			return unknown(r, &part->name, e);
		if (o->kind == SECTION_UPLINK) {
			part->uplink = (unsigned)o->index;
		} else {
			part->group = &r->group[o->index];
			rc = resolve_group(r, part->group, &part->name, chain, depth, e);
			if (rc < 0)
				return rc;
		}
		if (!*p)
			return 0;
		tier += *p == ',';
	}
}

/*
 * Members of a tier in the making, with shares that need not be whole numbers yet. `stamp` tells
 * what the use has already: its number, then that of the tier.
 */
struct making {
	struct reading *r;
	struct use *use;
	uint64_t stamp;
	struct use_tier tier;
	double *share;
	size_t share_n, share_cap;
};

static void add(struct making *m, unsigned uplink, double share)
{
	struct arena *a = &m->r->c->arena;

	m->r->stamp[uplink] = m->stamp + m->use->n;
	*ARENA_PUSH(a, m->tier.member, m->tier.n, m->tier.cap) = (struct use_member){uplink, 0};
	*ARENA_PUSH(a, m->share, m->share_n, m->share_cap) = share;
}

static bool all_whole(const struct making *m, unsigned scale)
{
	for (size_t i = 0; i < m->share_n; i++) {
		double w = m->share[i] * scale, off = w - (double)(long)(w + 0.5);
		if (off > 1e-6 || off < -1e-6)
			return false;
	}
	return true;
}

/* The least whole numbers up to WEIGHT_MAX in the proportion of the shares, or the nearest. */
static void end_tier(struct making *m)
{
	double most = 0;
	unsigned s = 1;

	if (!m->tier.n)
		return;
	for (size_t i = 0; i < m->share_n; i++)
		most = m->share[i] > most ? m->share[i] : most;
	while (s <= SCALE_MAX && most * s <= WEIGHT_MAX && !all_whole(m, s))
		s++;
	double scale = s <= SCALE_MAX && most * s <= WEIGHT_MAX ? s : WEIGHT_MAX / most;
	for (size_t i = 0; i < m->share_n; i++) {
		uint32_t w = (uint32_t)(m->share[i] * scale + 0.5);
		m->tier.member[i].weight = w ? w : 1;
	}
	*ARENA_PUSH(&m->r->c->arena, m->use->tier, m->use->n, m->use->cap) = m->tier;
	m->tier = (struct use_tier){0};
	m->share_n = 0;
}

static bool in_use(const struct making *m, unsigned uplink)
{
	return m->r->stamp[uplink] >= m->stamp;
}

static int twice(const struct making *m, const struct part *p, unsigned uplink, struct err *e)
{
	const char *name = m->r->c->uplink[uplink].name;

	if (!p->group)
		place_err(&p->name.place, e, "\"%s\" is in this use already", name);
	else
		place_err(&p->name.place, e, "\"%s\" of group \"%s\" is in this use already", name,
			  p->group->object->name);
	return err_hint(e, "take one of them out");
}

/* A group's tiers in place of its name. */
static int splice(struct making *m, const struct part *p, struct err *e)
{
	const struct use *g = &p->group->use;
	size_t before = m->use->n;

	for (size_t t = 0; t < g->n; t++) {
		for (size_t i = 0; i < g->tier[t].n; i++)
			if (!in_use(m, g->tier[t].member[i].uplink))
				add(m, g->tier[t].member[i].uplink, g->tier[t].member[i].weight);
		end_tier(m);
	}
	return m->use->n > before ? 0 : twice(m, p, g->tier[0].member[0].uplink, e);
}

/* A group's members into the balance. */
static int join(struct making *m, const struct part *p, struct err *e)
{
	const struct use *g = &p->group->use;
	uint64_t sum = 0;

	if (g->n > 1) {
		place_err(&p->name.place, e,
			  "group \"%s\" is an order of preference, which cannot be balanced",
			  p->name.text);
		return err_hint(e, "put \",\" before and behind it, or \"+\" into the group");
	}
	for (size_t i = 0; i < g->tier[0].n; i++)
		sum += g->tier[0].member[i].weight;
	for (size_t i = 0; i < g->tier[0].n; i++) {
		const struct use_member *x = &g->tier[0].member[i];
		if (m->r->stamp[x->uplink] == m->stamp + m->use->n)
			return twice(m, p, x->uplink, e);
		if (!in_use(m, x->uplink))
			add(m, x->uplink,
			    p->weight ? (double)p->weight * x->weight / (double)sum : x->weight);
	}
	return 0;
}

static int resolve(struct reading *r, const struct word *text, struct use *ret,
		   struct way_group **chain, unsigned depth, struct err *e)
{
	struct making m = {.r = r, .use = ret};
	struct parts parts = {0};
	int rc = read_parts(r, text, &parts, chain, depth, e);

	if (rc < 0)
		return rc;
	ret->place = text->place;
	m.stamp = r->stamps += UINT64_C(1) << 32;
	for (size_t i = 0; i < parts.n && !rc; i++) {
		const struct part *p = &parts.item[i];
		bool first = !i || p[-1].tier != p->tier;
		bool last = i + 1 == parts.n || p[1].tier != p->tier;
		if (p->group)
			rc = first && last ? splice(&m, p, e) : join(&m, p, e);
		else if (in_use(&m, p->uplink))
			rc = twice(&m, p, p->uplink, e);
		else
			add(&m, p->uplink, p->weight ? p->weight : r->c->uplink[p->uplink].weight);
		if (last)
			end_tier(&m);
	}
	return rc;
}

static int cycle(struct reading *r, const struct way_group *g, const struct word *name,
		 struct way_group **chain, unsigned depth, struct err *e)
{
	const char *text = "";
	const struct way_group *last = NULL;

	for (unsigned i = 0; i < depth; i++)
		if (last || chain[i] == g) {
			last = chain[i];
			text = arena_printf(&r->c->arena, "%s%s -> ", text, last->object->name);
		}
	place_err(&name->place, e, "group \"%s\" is made of itself: %s%s", g->object->name, text,
		  g->object->name);
	return err_hint(e, "take \"%s\" out of group \"%s\"", g->object->name,
			last ? last->object->name : g->object->name);
}

static int resolve_group(struct reading *r, struct way_group *g, const struct word *name,
			 struct way_group **chain, unsigned depth, struct err *e)
{
	if (g->state == GROUP_DONE)
		return 0;
	if (g->state == GROUP_BEGUN)
		return cycle(r, g, name, chain, depth, e);
	if (depth == DEPTH)
		return place_err(&name->place, e, "groups of groups go deeper than %d", DEPTH);
	const struct word *use = object_given(g->object, "use");
	if (!use->text) {
		place_err(&g->object->place, e, "group \"%s\" names no uplink", g->object->name);
		return err_hint(e, "add: use = UPLINK, UPLINK");
	}
	g->state = GROUP_BEGUN;
	chain[depth] = g;
	int rc = resolve(r, use, &g->use, chain, depth + 1, e);
	g->state = GROUP_DONE;
	return rc;
}

static void use_all(struct config *c)
{
	struct use_tier *t =
		ARENA_PUSH(&c->arena, c->default_use.tier, c->default_use.n, c->default_use.cap);

	for (unsigned i = 0; i < c->uplink_n; i++)
		*ARENA_PUSH(&c->arena, t->member, t->n, t->cap) =
			(struct use_member){i, c->uplink[i].weight};
}

int config_resolve_uses(struct reading *r, struct err *e)
{
	struct config *c = r->c;
	struct way_group *chain[DEPTH];
	int rc = 0;

	r->stamp = arena_alloc(&c->arena, c->uplink_n * sizeof(*r->stamp));
	for (size_t i = 0; i < r->group_n && !rc; i++)
		rc = resolve_group(r, &r->group[i], object_given(r->group[i].object, "use"), chain,
				   0, e);
	for (size_t i = 0; i < r->object_n && !rc; i++) {
		const struct object *o = r->object[i];
		if (o->kind != SECTION_POLICY)
			continue;
		rc = resolve(r, object_given(o, "use"), &c->policy[o->index].use, chain, 0, e);
	}
	const struct word *dflt = object_given(r->multihome, "default");
	if (rc < 0)
		return rc;
	if (dflt->text)
		return resolve(r, dflt, &c->default_use, chain, 0, e);
	use_all(c);
	return 0;
}
