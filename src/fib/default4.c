/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several default routes of one table and one metric (`ip route append default …`): the kernel
 * takes the first whose gateway answers, or has not been asked for (fib_select_default(),
 * fib_detect_death()). One that only has answered some time ago is taken every other time, so that
 * it is found out if it does not any more; if none answers they take turns. It remembers whose turn
 * it is, and nobody else can know. The model takes the first, and says that there are turns.
 */
#include "fib/compiled.h"

#include <linux/neighbour.h>

#define TOS_RFC1349 0x1c
#define VALID	    (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)

static bool all_dead(const struct fib_entry *e)
{
	for (uint32_t i = 0; i < e->hops->n; i++)
		if (!e->hops->hop[i].dead)
			return false;
	return true;
}

/* What a look through the list has come by. */
struct defaults {
	uint32_t n;
	const struct fib_entry *good[2]; /* whose gateways answer */
	const struct fib_entry *silent;	 /* the first that is known not to */
	bool others_silent;		 /* one behind the first route is known not to */
};

/* True if no further one matters. */
static bool look_at(struct defaults *d, const struct fib_entry *e)
{
	uint16_t state = e->hops->hop[0].neigh;

	d->n++;
	if (state && !(state & VALID)) {
		if (!(state & NUD_INCOMPLETE)) {
			d->others_silent |= d->n > 1;
			if (!d->silent)
				d->silent = e;
		}
		return false;
	}
	if (d->good[0]) {
		d->good[1] = e;
		return true;
	}
	d->good[0] = e;
	return !state || (state & NUD_REACHABLE);
}

static void look(const struct fib_flow *fl, const struct fib_found *x, struct defaults *d)
{
	const struct fib_node *n = &x->table->node[x->entry->node];
	const struct fib_entry *e = &x->table->entry[n->entry];
	uint32_t metric = x->entry->metric;
	uint8_t tos = 0;

	for (uint32_t i = 0; i < n->entry_n; i++, e++) {
		if (e->tos && e->tos != (fl->tos & TOS_RFC1349))
			continue;
		if (e->metric > metric && e->tos == tos) {
			if (tos)
				continue;
			return;
		}
		if (all_dead(e) && e->type == RTN_UNICAST)
			continue;
		tos = e->tos;
		metric = e->metric;
		if (e->r->h.rtm_scope != x->entry->r->h.rtm_scope || e->type != RTN_UNICAST ||
		    !e->hops->hop[0].via.family)
			continue;
		if ((!d->n && e != x->entry) || look_at(d, e))
			return;
	}
}

void fib_select_default(const struct fib_flow *fl, struct fib_found *x)
{
	const struct fib_entry *e = NULL;
	struct defaults d = {0};

	if (x->entry->type != RTN_UNICAST)
		return;
	look(fl, x, &d);
	if (d.good[0]) {
		e = d.good[0];
		x->turns = d.good[1];
	} else if (d.n > 1) {
		e = d.silent;
		x->turns = d.others_silent;
	}
	if (e && e != x->entry) {
		x->entry = e;
		x->hop = &e->hops->hop[0];
	}
}
