/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order is what counts. A failure costs packets until the routes are right, so those go first,
 * by themselves: they bear our number, so they need no record of how things were before, and a
 * daemon that dies between them leaves a machine that the next run understands. Then the tracked
 * connections of the uplink that was lost go, since translated ones would stick to its address;
 * before the routes they would only come back on the same uplink. Everything else (settings,
 * nftables, the state's file) follows by the one way that `multihome apply` takes, which also reads
 * again and so proves the first part.
 */
#include "daemon/converge.h"

#include "apply/apply.h"
#include "apply/confirm.h"
#include "apply/connections.h"
#include "apply/conntrack.h"
#include "apply/daemon.h"
#include "apply/history.h"
#include "apply/neighbour.h"
#include "daemon/events.h"
#include "daemon/log.h"
#include "uplink/needs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* More routes than can be read while packets wait (a thousand take about a millisecond). */
#define MANY 20000

int converge_open(struct converge *c, const char *config, const char *dir, struct err *e)
{
	*c = (struct converge){.config_path = config};
	int rc = kernel_open(&c->kernel, e);

	if (!rc)
		rc = kernel_need_admin(c->kernel, "multihomed", e);
	if (!rc)
		rc = config_read(config, &c->config, e);
	if (!rc)
		c->dir = dir ? arena_strdup(&c->config.arena, dir)
			     : state_default_dir(&c->config.arena, c->kernel);
	/* The folder's name must outlive the configuration. */
	if (!rc && !(c->dir = strdup(c->dir)))
		rc = err_errno(e, -ENOMEM, "the folder's name");
	return rc;
}

static void free_use(struct converge *c)
{
	for (size_t i = 0; i < c->use_n; i++)
		free(c->use[i].uplink);
	free(c->use);
	c->use = NULL;
	c->use_n = 0;
}

static void drop_desired(struct converge *c)
{
	if (c->has_desired)
		desired_free(&c->desired);
	snapshot_free(&c->snap);
	c->has_desired = false;
}

void converge_close(struct converge *c)
{
	drop_desired(c);
	free_use(c);
	free(c->table);
	config_free(&c->config);
	if (c->has_previous)
		config_free(&c->previous);
	converge_refuse(c);
	kernel_close(c->kernel);
	free((char *)c->dir);
}

int converge_read(struct converge *c, const char *path, struct err *e)
{
	struct config config;
	int rc = config_read(path ? path : c->config_path, &config, e);

	if (rc < 0) {
		config_free(&config);
		return rc;
	}
	converge_refuse(c);
	c->next = config;
	c->has_next = true;
	c->next_path = path ? arena_strdup(&c->next.arena, path) : NULL;
	return 0;
}

bool converge_is_known(const struct converge *c)
{
	return !strcmp(c->next.text, c->config.text) || history_is_newest(c->dir, c->next.text);
}

void converge_refuse(struct converge *c)
{
	if (c->has_next)
		config_free(&c->next);
	c->has_next = false;
}

void converge_adopt(struct converge *c)
{
	bool same = !strcmp(c->next.text, c->config.text);

	drop_desired(c); /* it points into the old one */
	if (same) {
		/* What was before it stays so. */
		config_free(&c->config);
	} else {
		if (c->has_previous)
			config_free(&c->previous);
		c->previous = c->config;
		c->has_previous = true;
		c->recorded = false;
	}
	c->config = c->next;
	c->has_next = false;
}

bool converge_take_back(struct converge *c)
{
	if (!c->has_previous)
		return false;
	drop_desired(c);
	config_free(&c->config);
	c->config = c->previous;
	c->has_previous = false;
	c->recorded = false;
	return true;
}

/* What only changes routes and rules, of the way to `d`. */
static int routes_first(struct converge *c, const struct snapshot *snap, const struct desired *d,
			struct err *e)
{
	struct owned now = {0};
	struct plan plan;

	owned_from_snapshot(&now, snap);
	now.nft = d->owned.nft;
	plan_make(&now, &d->owned, &plan);
	int rc = apply_steps(c->kernel, &plan, NULL, NULL, e);
	c->changed = plan.n;
	plan_free(&plan);
	owned_free(&now);
	return rc;
}

/* The first apply after a boot has its own order, settings first, with a way back. */
static bool is_in_force(const struct state *s)
{
	return !s->applying && (s->nft.written || s->original.sysctl_n || s->original.group_n);
}

static struct way_use *use_of(struct converge *c, const char *uplink)
{
	for (size_t i = 0; i < c->use_n; i++)
		if (!strcmp(c->use[i].uplink, uplink))
			return &c->use[i];
	return NULL;
}

static const struct uplink_family *family_of(const struct uplink_state *u, unsigned f)
{
	return f ? &u->v6 : &u->v4;
}

static bool any_usable(const struct desired *d, unsigned f)
{
	for (size_t i = 0; i < d->uplink_n; i++)
		if (family_of(&d->uplink[i], f)->usable)
			return true;
	return false;
}

static void say_change(const struct uplink_state *u, unsigned f, bool usable)
{
	const char *why = family_of(u, f)->why;
	struct event e = {.kind = usable ? EVENT_UP : EVENT_DOWN,
			  .level = usable ? EVENT_IS_NOTICE : EVENT_IS_WARNING,
			  .uplink = u->config->name,
			  .family = f ? AF_INET6 : AF_INET};

	if (usable)
		event_emit(e, "in use");
	else
		event_emit(e, "out of use: %s", why ? why : "not configured");
}

void converge_forget_gateway(struct converge *c, const struct uplink_state *u, unsigned f)
{
	const struct uplink_family *way = family_of(u, f);
	struct err e = ERR_INIT;

	if (u->link && way->gateway.family &&
	    neighbour_forget(kernel_nl(c->kernel), u->link->h.ifi_index, &way->gateway, &e) < 0)
		log_err(u->config->name, &e);
}

/* What has to be found out anew of an uplink that was lost. */
static void forget_way(struct converge *c, const struct desired *d, const struct uplink_state *u,
		       unsigned f)
{
	const struct uplink_family *way = family_of(u, f);
	struct arena a = {0};
	struct err e = ERR_INIT;

	if (any_usable(d, f) &&
	    conntrack_forget(f ? AF_INET6 : AF_INET, u->mark, c->config.mark_mask, &e) < 0)
		log_err(u->config->name, &e);
	const char *clients = nft_forget_text(&d->nft, u, f ? AF_INET6 : AF_INET, &a);
	/* Of a table that is not in force yet, there are none. */
	if (clients)
		kernel_nft_run(c->kernel, clients, NULL);
	arena_free(&a);
	if (any_usable(d, f) && u->config->reset &&
	    connections_reset(way->address, way->address_n, &e) < 0)
		log_err(u->config->name, &e);
	if (way->why == way->health)
		converge_forget_gateway(c, u, f);
}

/* What others took over for an uplink that has returned comes back to it. */
static void fail_back(struct converge *c, const struct desired *d, size_t returned, unsigned f)
{
	for (size_t i = 0; i < d->uplink_n; i++) {
		const struct uplink_state *u = &d->uplink[i];
		const struct uplink_family *way = family_of(u, f);
		struct err e = ERR_INIT;
		if (!desired_prefers(&c->config, (unsigned)returned, (unsigned)i))
			continue;
		if (conntrack_forget_outgoing(f ? AF_INET6 : AF_INET, u->mark, c->config.mark_mask,
					      way->address, way->address_n, &e) < 0)
			log_err(u->config->name, &e);
	}
}

/* Connections of uplinks that were lost, and of those that stood in for what has returned. */
static void forget_lost(struct converge *c, const struct desired *d)
{
	for (size_t i = 0; i < d->uplink_n; i++) {
		const struct uplink_state *u = &d->uplink[i];
		struct way_use *was = use_of(c, u->config->name);
		for (unsigned f = 0; was && f < 2; f++) {
			bool usable = family_of(u, f)->usable;
			if (usable == was->usable[f])
				continue;
			say_change(u, f, usable);
			/* Drained: what it has is to go on. */
			if (!usable && u->hand != WAY_DRAIN)
				forget_way(c, d, u, f);
			if (usable && u->config->failback_now)
				fail_back(c, d, i, f);
		}
	}
}

static void remember_use(struct converge *c, const struct desired *d)
{
	struct way_use *use = calloc(d->uplink_n + 1, sizeof(*use));

	if (!use)
		return;
	free_use(c);
	for (size_t i = 0; i < d->uplink_n; i++) {
		const struct uplink_state *u = &d->uplink[i];
		struct way_use *w = &use[c->use_n];
		*w = (struct way_use){strdup(u->config->name), {u->v4.usable, u->v6.usable}};
		c->use_n += w->uplink != NULL;
	}
	c->use = use;
}

/* The desired state of a machine as `snap` has it. */
static int desire(struct converge *c, const struct config *config, struct state *s,
		  const struct snapshot *snap, const struct way_health *health, size_t n,
		  struct desired *ret, struct err *e)
{
	struct way_said *said;
	size_t said_n;
	int rc = daemon_read_said(c->dir, &s->arena, &said, &said_n, e);

	if (rc < 0)
		return rc;
	struct machine m = {.snap = snap,
			    .sysctl = kernel_sysctl,
			    .sysctl_arg = c->kernel,
			    .health = health,
			    .health_n = n,
			    .said = said,
			    .said_n = said_n,
			    .absent_ok = true};
	rc = desired_make(config, &m, s->slot, s->slot_n, ret, e);
	if (rc < 0)
		desired_free(ret);
	return rc < 0 ? rc : 0;
}

/* Reading */

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static size_t tables_of(const struct route *v, size_t n, uint32_t *ret)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].h.rtm_protocol == MULTIHOME_PROTOCOL && (!k || ret[k - 1] != v[i].table))
			ret[k++] = v[i].table;
	return k;
}

/* The tables that hold something of ours, or will. Without memory for it: as if there were few. */
static void note_tables(struct converge *c)
{
	const struct owned *o = &c->desired.owned;
	uint32_t *v = calloc(c->snap.route_n + o->route_n + 1, sizeof(*v));
	size_t n = 0, all;

	free(c->table);
	c->table = v;
	c->table_n = 0;
	c->many = c->many && v;
	if (!v)
		return;
	all = tables_of(c->snap.route, c->snap.route_n, v);
	all += tables_of(o->route, o->route_n, v + all);
	qsort(v, all, sizeof(*v), by_number);
	for (size_t i = 0; i < all; i++)
		if (!n || v[n - 1] != v[i])
			v[n++] = v[i];
	c->table_n = n;
}

/* Whole, but for routes that a configuration has no need of; how many there were. */
static int read_needed(struct converge *c, const struct config *config, struct snapshot *ret,
		       size_t *seen, struct err *e)
{
	struct needs needs = {.config = config};
	const struct snapshot_routes which = {.keep = needs_route, .arg = &needs};

	kernel_read_routes(c->kernel, &which);
	int rc = kernel_snapshot(c->kernel, ret, e);
	kernel_read_routes(c->kernel, NULL);
	*seen = needs.seen;
	return rc;
}

static int make_desired(struct converge *c, struct state *s, const struct way_health *health,
			size_t n, struct err *e)
{
	size_t seen;

	drop_desired(c);
	int rc = read_needed(c, &c->config, &c->snap, &seen, e);
	if (!rc)
		rc = desire(c, &c->config, s, &c->snap, health, n, &c->desired, e);
	c->has_desired = !rc;
	c->many = seen > MANY;
	if (!rc)
		note_tables(c);
	return rc;
}

/* Our tables as they are, and of the others' routes what the last whole reading has. */
static int read_quickly(struct converge *c, struct snapshot *ret, struct err *e)
{
	const struct snapshot_routes which = {.table = c->table, .table_n = c->table_n};

	kernel_read_routes(c->kernel, &which);
	int rc = kernel_snapshot(c->kernel, ret, e);
	kernel_read_routes(c->kernel, NULL);
	for (size_t i = 0; !rc && i < c->snap.route_n; i++) {
		const struct route *r = &c->snap.route[i];
		if (!bsearch(&r->table, c->table, c->table_n, sizeof(*c->table), by_number))
			*ARENA_PUSH(&ret->arena, ret->route, ret->route_n, ret->route_cap) = *r;
	}
	return rc;
}

/* By the way of apply, which looks at nothing but what is ours. */
static int plan_all(struct converge *c, struct state *s, const struct desired *d, struct plan *ret,
		    struct err *e)
{
	const struct snapshot_routes which = {.table = c->table, .table_n = c->table_n};

	kernel_read_routes(c->kernel, c->many ? &which : NULL);
	int rc = state_plan(s, c->kernel, d, ret, e);
	kernel_read_routes(c->kernel, NULL);
	return rc;
}

static int apply_all(struct converge *c, struct state *s, size_t *steps, struct err *e)
{
	const struct snapshot_routes which = {.table = c->table, .table_n = c->table_n};
	struct plan plan = {0};
	int rc = plan_all(c, s, &c->desired, &plan, e);

	*steps += plan.n;
	c->changed |= plan.n != 0;
	plan_free(&plan);
	if (rc < 0)
		return rc;
	kernel_read_routes(c->kernel, c->many ? &which : NULL);
	/* What waits to be confirmed goes on waiting. */
	rc = state_apply(s, c->kernel, &c->desired, s->unconfirmed, e);
	kernel_read_routes(c->kernel, NULL);
	return rc;
}

int converge_plan_next(struct converge *c, const struct way_health *health, size_t n,
		       struct converge_next *ret, struct err *e)
{
	struct state s = {.no_wait = true};
	int rc = state_open(&s, c->dir, e);
	size_t seen;

	*ret = (struct converge_next){0};
	if (rc < 0)
		return rc;
	rc = read_needed(c, &c->next, &ret->snap, &seen, e);
	if (!rc)
		rc = desire(c, &c->next, &s, &ret->snap, health, n, &ret->desired, e);
	if (!rc)
		rc = plan_all(c, &s, &ret->desired, &ret->plan, e);
	state_close(&s);
	return rc < 0 ? rc : 0;
}

void converge_next_free(struct converge_next *x)
{
	plan_free(&x->plan);
	desired_free(&x->desired);
	snapshot_free(&x->snap);
}

/* A history that cannot be written is no reason not to go on. */
static void record(struct converge *c)
{
	struct err e = ERR_INIT;

	if (!c->recorded && history_record(c->dir, c->config.text, &e) < 0)
		log_err("history", &e);
	c->recorded = true;
}

static int in_state(struct converge *c, struct state *s, const struct way_health *health, size_t n,
		    size_t *steps, struct err *e)
{
	int rc = make_desired(c, s, health, n, e);

	if (!rc && is_in_force(s))
		rc = routes_first(c, &c->snap, &c->desired, e);
	if (rc < 0)
		return rc;
	forget_lost(c, &c->desired);
	remember_use(c, &c->desired);
	rc = apply_all(c, s, steps, e);
	if (rc >= 0)
		record(c);
	return rc;
}

static int quickly_in_state(struct converge *c, struct state *s, const struct way_health *health,
			    size_t n, struct err *e)
{
	struct snapshot snap;
	struct desired d = {0};
	int rc = read_quickly(c, &snap, e);

	if (!rc)
		rc = desire(c, &c->config, s, &snap, health, n, &d, e);
	if (!rc)
		rc = routes_first(c, &snap, &d, e);
	if (!rc) {
		forget_lost(c, &d);
		remember_use(c, &d);
	}
	desired_free(&d);
	snapshot_free(&snap);
	return rc < 0 ? rc : 1;
}

int converge_quickly(struct converge *c, const struct way_health *health, size_t n, struct err *e)
{
	struct state s = {.no_wait = true};

	if (!c->many || !c->has_desired)
		return 0;
	int rc = state_open(&s, c->dir, e);
	if (rc < 0)
		return rc;
	if (is_in_force(&s))
		rc = quickly_in_state(c, &s, health, n, e);
	state_close(&s);
	return rc;
}

int converge_now(struct converge *c, const struct way_health *health, size_t n, size_t *steps,
		 struct err *e)
{
	struct state s = {.no_wait = true};
	int rc = state_open(&s, c->dir, e);

	*steps = 0;
	c->changed = false;
	if (rc < 0)
		return rc;
	rc = confirm_overdue(&s, c->kernel, e);
	if (rc > 0) {
		event_emit((struct event){.kind = EVENT_TAKEN_BACK, .level = EVENT_IS_WARNING},
			   "nobody confirmed the last change: it is taken back");
		converge_take_back(c);
	}
	if (rc >= 0)
		rc = in_state(c, &s, health, n, steps, e);
	for (size_t i = 0; i < s.note_n; i++)
		log_line(LOG_NOTE, "%s", s.note[i]);
	state_close(&s);
	return rc;
}
