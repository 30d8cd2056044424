/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recipe: what the kernel should have for a configuration, on a machine as it is.
 *
 *	base      lookup main suppress_prefixlength 1 suppress_ifgroup U
 *	base+10   from IP lookup T_i
 *	base+20   fwmark M_i/MASK lookup T_i
 *	base+30   lookup main suppress_prefixlength 1
 *	base+40   oif D_i lookup T_i
 *	base+90   the policies, a priority each, in their order
 *	32765     lookup B
 *
 * T_i, an uplink's table: what main has through its interface, its default route, and an
 * `unreachable` default behind all, so that what belongs to an uplink never leaves by another one
 * (recipe_routes.c). B, the balanced default: a multipath route over the usable uplinks of the
 * first tier that has any. U: the link group of the uplinks' interfaces. The rules are explained in
 * recipe_rules.c, sysctls and groups in recipe_settings.c, packet marks and address translation in
 * nft.c.
 *
 * Tables. B is table-base. An uplink has a slot, a small number that stays its own while its name
 * is configured and means the same way out; its table is table-base + slot and its mark the slot
 * within mark-mask. Behind
 * these, each distinct use among the policies that names more than one uplink has a table, whatever
 * it comes to at the moment: when an uplink fails, one route is replaced, and no rule moves. A use
 * of one uplink is that uplink's own table, with its backstop: a policy that names one way out
 * means it.
 */
#include "uplink/desired.h"

#include "uplink/discover.h"
#include "uplink/recipe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void desired_free(struct desired *d)
{
	owned_free(&d->owned);
	*d = (struct desired){0};
}

int recipe_place(struct err *e, const struct place *p)
{
	char buf[PLACE_STRLEN];

	return err_where(e, "%s", place_str(p, buf));
}

void recipe_warn(struct recipe *r, const char *fmt, ...)
{
	struct desired *d = r->d;
	char buf[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	*ARENA_PUSH(r->a, d->warning, d->warning_n, d->warning_cap) = arena_strdup(r->a, buf);
}

/* Uses */

int use_only(const struct use *u)
{
	int only = -1;

	for (size_t t = 0; t < u->n; t++)
		for (size_t m = 0; m < u->tier[t].n; m++) {
			int uplink = (int)u->tier[t].member[m].uplink;
			if (only >= 0 && only != uplink)
				return -1;
			only = uplink;
		}
	return only;
}

bool use_eq(const struct use *a, const struct use *b)
{
	if (a->n != b->n)
		return false;
	for (size_t t = 0; t < a->n; t++) {
		if (a->tier[t].n != b->tier[t].n)
			return false;
		for (size_t m = 0; m < a->tier[t].n; m++) {
			const struct use_member *x = &a->tier[t].member[m];
			const struct use_member *y = &b->tier[t].member[m];
			if (x->uplink != y->uplink || x->weight != y->weight)
				return false;
		}
	}
	return true;
}

bool recipe_can_balance(const struct uplink_state *u, uint8_t family)
{
	return family == AF_INET || u->v6.gateway.family || u->link->h.ifi_flags & IFF_NOARP;
}

/* What cannot be one of several leaves the share to the others. */
static size_t drop_unbalanced(const struct desired *d, uint8_t family, struct share *v, size_t n)
{
	size_t k = 0;

	if (n < 2)
		return n;
	for (size_t i = 0; i < n; i++)
		if (recipe_can_balance(&d->uplink[v[i].uplink], family))
			v[k++] = v[i];
	return k ? k : 1;
}

size_t desired_share(const struct desired *d, const struct use *u, uint8_t family, struct arena *a,
		     struct share **ret)
{
	size_t n = 0, cap = 0;

	*ret = NULL;
	for (size_t t = 0; t < u->n && !n; t++)
		for (size_t m = 0; m < u->tier[t].n; m++) {
			const struct use_member *x = &u->tier[t].member[m];
			const struct uplink_state *up = &d->uplink[x->uplink];
			if (uplink_family(up, family)->usable)
				*ARENA_PUSH(a, *ret, n, cap) = (struct share){x->uplink, x->weight};
		}
	return drop_unbalanced(d, family, *ret, n);
}

static void find_use_tables(struct recipe *r)
{
	const struct config *c = r->config;
	uint32_t next = c->table_base + config_slots(c) + 1;

	for (size_t i = 0; i < c->policy_n; i++) {
		const struct use *u = &c->policy[i].use;
		if (use_only(u) < 0 && !recipe_use_table(r, u))
			*ARENA_PUSH(r->a, r->use, r->use_n, r->use_cap) =
				(struct use_table){u, next++};
	}
}

uint32_t recipe_use_table(const struct recipe *r, const struct use *u)
{
	int only = use_only(u);

	if (only >= 0)
		return r->d->uplink[only].table;
	for (size_t i = 0; i < r->use_n; i++)
		if (use_eq(r->use[i].use, u))
			return r->use[i].table;
	return 0;
}

/* Families, interfaces */

bool recipe_family(const struct recipe *r, uint8_t family)
{
	for (size_t i = 0; i < r->d->uplink_n; i++)
		if (uplink_family(&r->d->uplink[i], family)->present)
			return true;
	return false;
}

bool recipe_has_table(const struct recipe *r, unsigned uplink, uint8_t family)
{
	const struct config *c = r->config;

	if (uplink_family(&r->d->uplink[uplink], family)->present)
		return true;
	for (size_t i = 0; i < c->policy_n; i++)
		if (use_only(&c->policy[i].use) == (int)uplink)
			return true;
	return false;
}

bool recipe_shares_link(const struct recipe *r, unsigned uplink)
{
	for (unsigned i = 0; i < uplink; i++)
		if (r->d->uplink[i].link == r->d->uplink[uplink].link)
			return true;
	return false;
}

/* The address that the kernel takes for what goes to the gateway (inet_select_addr()). */
static const struct ip_addr *kernels_choice(const struct recipe *r, const struct uplink_state *u,
					    const struct ip_addr *gateway)
{
	const struct snapshot *s = r->machine->snap;
	const struct ip_addr *first = NULL;

	for (size_t i = 0; i < s->address_n; i++) {
		const struct address *x = &s->address[i];
		struct ip_prefix p = {x->address, x->h.ifa_prefixlen};
		if ((int)x->h.ifa_index != u->link->h.ifi_index || x->h.ifa_family != AF_INET ||
		    x->flags & IFA_F_SECONDARY || x->h.ifa_scope != RT_SCOPE_UNIVERSE)
			continue;
		if (ip_prefix_contains(&p, gateway))
			return &x->local;
		if (!first)
			first = &x->local;
	}
	return first;
}

const struct ip_addr *recipe_source(const struct recipe *r, unsigned uplink, uint8_t family)
{
	const struct uplink_state *u = &r->d->uplink[uplink];
	const struct uplink_family *f = uplink_family(u, family);

	if (!f->explicit_address)
		return NULL;
	if (family == AF_INET) {
		const struct ip_addr *k = kernels_choice(r, u, &f->gateway);
		if (k && ip_addr_eq(k, &f->address[0].addr))
			return NULL;
	}
	return &f->address[0].addr;
}

/* Slots */

struct slots {
	uint32_t max;
	bool *taken; /* [max + 1] */
	int *leads;  /* [max + 1]: the interface that the slot's table leads through in the kernel
		      * now; 0: there is no such table; -1: there are several */
};

static uint32_t slot_of(const struct slot *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].uplink, name))
			return v[i].slot;
	return 0;
}

static void take_slot(struct recipe *r, struct slots *s, const char *name, uint32_t slot)
{
	struct desired *d = r->d;

	s->taken[slot] = true;
	*ARENA_PUSH(r->a, d->slot, d->slot_n, d->slot_cap) =
		(struct slot){arena_strdup(r->a, name), slot};
}

static struct slots slots_init(const struct recipe *r)
{
	const struct snapshot *snap = r->machine->snap;
	struct slots s = {.max = config_slots(r->config)};

	s.taken = arena_alloc(r->a, (s.max + 1) * sizeof(*s.taken));
	s.leads = arena_alloc(r->a, (s.max + 1) * sizeof(*s.leads));
	for (size_t i = 0; i < snap->route_n; i++) {
		const struct route *x = &snap->route[i];
		uint32_t slot = x->table - r->config->table_base;
		if (slot && slot <= s.max && x->h.rtm_protocol == MULTIHOME_PROTOCOL &&
		    x->h.rtm_type == RTN_UNICAST && has(x, ROUTE_OIF)) {
			int *leads = &s.leads[slot];
			*leads = *leads && *leads != (int)x->oif ? -1 : (int)x->oif;
		}
	}
	return s;
}

static bool another_wrote(const struct config *c, size_t uplink, const struct ip_addr *a)
{
	for (size_t i = 0; i < c->uplink_n; i++)
		for (size_t k = 0; i != uplink && k < c->uplink[i].address_n; k++)
			if (ip_addr_eq(&c->uplink[i].address[k].addr, a))
				return true;
	return false;
}

/*
 * What a slot's table is in the kernel now, seen from an uplink. It is another's if it leads
 * through another interface, or if rules lead sources there that are now written for another:
 * connections that bear the slot's mark mean that uplink; and while a plan exchanges what is in the
 * table, the old rules would still lead to it.
 */
enum slot_state { SLOT_ANOTHERS, SLOT_UNUSED, SLOT_OURS };

static enum slot_state slot_state(const struct recipe *r, const struct slots *slots, size_t uplink,
				  uint32_t slot)
{
	const struct config *c = r->config;
	const struct snapshot *s = r->machine->snap;

	if (!slots->leads[slot])
		return SLOT_UNUSED;
	const struct link *l = snapshot_link_named(s, c->uplink[uplink].interface);
	if (!l || slots->leads[slot] != l->h.ifi_index)
		return SLOT_ANOTHERS;
	for (size_t i = 0; i < s->rule_n; i++) {
		const struct rule *x = &s->rule[i];
		if (owned_is_rule(x) && x->table == c->table_base + slot && x->h.src_len &&
		    another_wrote(c, uplink, &x->src))
			return SLOT_ANOTHERS;
	}
	return SLOT_OURS;
}

/* The free slot that suits best, the lowest of equals. 0: none is free. */
static uint32_t free_slot(const struct recipe *r, const struct slots *s, size_t uplink)
{
	uint32_t best = 0;
	enum slot_state best_state = SLOT_ANOTHERS;

	for (uint32_t slot = 1; slot <= s->max && best_state != SLOT_OURS; slot++) {
		if (s->taken[slot])
			continue;
		enum slot_state state = slot_state(r, s, uplink, slot);
		if (!best || state > best_state) {
			best = slot;
			best_state = state;
		}
	}
	return best;
}

static int assign_slots(struct recipe *r, const struct slot *known, size_t n, struct err *e)
{
	const struct config *c = r->config;
	struct slots s = slots_init(r);

	for (size_t i = 0; i < c->uplink_n; i++) {
		uint32_t slot = slot_of(known, n, c->uplink[i].name);
		if (slot && slot <= s.max && !s.taken[slot] &&
		    slot_state(r, &s, i, slot) != SLOT_ANOTHERS)
			take_slot(r, &s, c->uplink[i].name, slot);
	}
	for (size_t i = 0; i < c->uplink_n; i++) {
		if (slot_of(r->d->slot, r->d->slot_n, c->uplink[i].name))
			continue;
		uint32_t slot = free_slot(r, &s, i);
		if (!slot) {
			err_set(e, -ENOSPC, "mark-mask has room for %u uplinks only", s.max);
			return recipe_place(e, &c->uplink[i].place);
		}
		take_slot(r, &s, c->uplink[i].name, slot);
	}
	return 0;
}

/* Uplinks */

static const char *kept(struct arena *a, const char *text)
{
	return text ? arena_strdup(a, text) : NULL;
}

static void take_health(struct arena *a, const struct machine *m, struct uplink_state *u)
{
	for (size_t i = 0; i < m->health_n; i++)
		if (!strcmp(m->health[i].uplink, u->config->name)) {
			u->v4.health = kept(a, m->health[i].why4);
			u->v6.health = kept(a, m->health[i].why6);
		}
}

static void take_said(const struct machine *m, struct uplink_state *u)
{
	for (size_t i = 0; i < m->said_n; i++)
		if (!strcmp(m->said[i].uplink, u->config->name))
			u->hand = m->said[i].hand;
}

static int find_uplinks(struct recipe *r, struct err *e)
{
	const struct config *c = r->config;
	struct desired *d = r->d;

	d->uplink_n = c->uplink_n;
	d->uplink = arena_alloc(r->a, c->uplink_n * sizeof(*d->uplink));
	for (size_t i = 0; i < c->uplink_n; i++) {
		struct uplink_state *u = &d->uplink[i];
		u->config = &c->uplink[i];
		u->slot = slot_of(d->slot, d->slot_n, u->config->name);
		u->table = u->config->table ? u->config->table : c->table_base + u->slot;
		u->mark = config_mark(c, u->slot);
		take_health(r->a, r->machine, u);
		take_said(r->machine, u);
		int rc = discover_uplink(r->a, r->machine, u, e);
		if (rc < 0)
			return rc;
	}
	discover_sources(r->a, d->uplink, d->uplink_n);
	return 0;
}

/*
 * Of a multipath route the kernel takes a leg's source address by its interface and gateway: on one
 * subnet of one interface it is the same for all legs, and so `from` sends all to one uplink.
 */
static void say_who_is_not_chosen(struct recipe *r)
{
	char buf[IP_ADDR_STRLEN];

	for (unsigned i = 0; i < r->d->uplink_n; i++) {
		const struct uplink_state *u = &r->d->uplink[i];
		const struct ip_addr *src = recipe_source(r, i, AF_INET);
		if (u->v4.usable && src && recipe_shares_link(r, i))
			recipe_warn(r,
				    "%s: %s is not the address that the kernel chooses on %s: own "
				    "connections without an address will not use it",
				    u->config->name, ip_addr_str(src, buf), u->link->name);
	}
}

static void say_what_is_missing(struct recipe *r)
{
	for (size_t i = 0; i < r->d->uplink_n; i++) {
		const struct uplink_state *u = &r->d->uplink[i];
		if (!u->v4.present && !u->v6.present)
			recipe_warn(r, "%s: %s", u->config->name,
				    u->v4.why ? u->v4.why : u->v6.why);
		else if (u->v4.present && u->v4.why)
			recipe_warn(r, "%s: %s", u->config->name, u->v4.why);
		else if (u->v6.present && u->v6.why)
			recipe_warn(r, "%s: %s", u->config->name, u->v6.why);
	}
}

int desired_make(const struct config *c, const struct machine *m, const struct slot *slots,
		 size_t slots_n, struct desired *d, struct err *e)
{
	struct err nobody_asks = ERR_INIT;

	/* Below, an error's code is read back from it. */
	e = e ? e : &nobody_asks;
	*d = (struct desired){.table_default = c->table_base};
	struct recipe r = {.config = c, .machine = m, .d = d, .a = &d->owned.arena};
	int rc = assign_slots(&r, slots, slots_n, e);

	if (!rc)
		rc = find_uplinks(&r, e);
	if (rc < 0)
		return rc;
	find_use_tables(&r);
	rc = recipe_check(&r, e);
	if (rc < 0)
		return rc;
	d->share_n[0] = desired_share(d, &c->default_use, AF_INET, r.a, &d->share[0]);
	d->share_n[1] = desired_share(d, &c->default_use, AF_INET6, r.a, &d->share[1]);
	recipe_routes(&r);
	recipe_rules(&r);
	recipe_settings(&r);
	recipe_mptcp(&r);
	recipe_nft(&r);
	say_what_is_missing(&r);
	say_who_is_not_chosen(&r);
	return 0;
}

/* The tier of a use that an uplink is in; SIZE_MAX: none. */
static size_t tier_of(const struct use *u, unsigned uplink)
{
	for (size_t t = 0; t < u->n; t++)
		for (size_t m = 0; m < u->tier[t].n; m++)
			if (u->tier[t].member[m].uplink == uplink)
				return t;
	return SIZE_MAX;
}

static bool use_prefers(const struct use *u, unsigned a, unsigned b)
{
	return tier_of(u, b) != SIZE_MAX && tier_of(u, a) < tier_of(u, b);
}

bool desired_prefers(const struct config *c, unsigned a, unsigned b)
{
	bool yes = use_prefers(&c->default_use, a, b);

	for (size_t i = 0; i < c->policy_n && !yes; i++)
		yes = use_prefers(&c->policy[i].use, a, b);
	return yes;
}
