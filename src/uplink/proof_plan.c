/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof of a plan: its steps are made in memory, one after the other, on a copy of the machine,
 * and prove_machine() looks at what there is then.
 *
 * In the end everything must hold. On the way, things are as they are: an uplink that had no rule
 * before has one only after its step. So there a packet only counts that goes right before the plan
 * and after it, and wrong in between: each one found is asked of those two machines again.
 *
 * A route that goes stays in its place, in a table that nothing looks up: a full Internet table is
 * not moved about for each of its routes.
 */
#include "uplink/proof_plan.h"

#include "base/cleanup.h"
#include "uplink/workcopy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATES_MAX 512
#define NOWHERE	   UINT32_MAX

/* A machine that steps are made on. */
struct work {
	const struct snapshot *from;
	struct snapshot *s;
	size_t *order; /* from's routes, by key */
};

/* Making a step */

static int by_key(const void *a, const void *b, void *routes)
{
	const struct route *r = routes;

	return route_key_cmp(&r[*(const size_t *)a], &r[*(const size_t *)b]);
}

static void work_begin(struct work *w, const struct snapshot *from, struct snapshot *to,
		       const struct plan *p)
{
	struct arena *a = &to->arena;

	workcopy_begin(from, p->n, p->n, to);
	to->route_n = from->route_n;
	to->rule_n = from->rule_n;
	memcpy(to->route, from->route, from->route_n * sizeof(*to->route));
	memcpy(to->rule, from->rule, from->rule_n * sizeof(*to->rule));
	*w = (struct work){from, to, arena_alloc(a, (from->route_n + 1) * sizeof(size_t))};
	for (size_t i = 0; i < from->route_n; i++)
		w->order[i] = i;
	qsort_r(w->order, from->route_n, sizeof(*w->order), by_key, from->route);
}

static struct route *find_route(const struct work *w, const struct route *r)
{
	const struct route *from = w->from->route;
	size_t lo = 0, hi = w->from->route_n;

	for (size_t i = w->from->route_n; i < w->s->route_n; i++)
		if (!route_key_cmp(&w->s->route[i], r))
			return &w->s->route[i];
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (route_key_cmp(&from[w->order[mid]], r) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < w->from->route_n && !route_key_cmp(&from[w->order[lo]], r); lo++)
		if (w->s->route[w->order[lo]].table != NOWHERE)
			return &w->s->route[w->order[lo]];
	return NULL;
}

static void del_rule(struct snapshot *s, const struct rule *r)
{
	for (size_t i = 0; i < s->rule_n; i++)
		if (plan_rule_matches(r, &s->rule[i])) {
			s->rule_n--;
			memmove(&s->rule[i], &s->rule[i + 1], (s->rule_n - i) * sizeof(*r));
			return;
		}
}

static void put_route(const struct work *w, const struct route *r, bool replace)
{
	struct route *old = replace ? find_route(w, r) : NULL;

	*(old ? old : &w->s->route[w->s->route_n++]) = *r;
}

static void make_step(const struct work *w, const struct step *step)
{
	struct route *r;

	switch (step->kind) {
	case STEP_SYSCTL:
		workcopy_set_sysctl(w->s, step->sysctl.name, step->sysctl.new);
		break;
	case STEP_LINK_GROUP:
		workcopy_set_group(w->s, step->group.ifindex, step->group.new);
		break;
	case STEP_ROUTE_ADD:
	case STEP_ROUTE_REPLACE:
		put_route(w, &step->route, step->kind == STEP_ROUTE_REPLACE);
		break;
	case STEP_ROUTE_DEL:
		r = find_route(w, &step->route);
		if (r)
			r->table = NOWHERE;
		break;
	case STEP_RULE_ADD:
		workcopy_add_rule(w->s, &step->rule);
		break;
	case STEP_RULE_DEL:
		del_rule(w->s, &step->rule);
		break;
	default: /* of the nftables table: marks are asked about whether anybody sets them or not */
		break;
	}
}

/* Whether any packet's way may be another one after the step. */
static bool is_noticed(const struct snapshot *s, const struct step *step)
{
	switch (step->kind) {
	case STEP_ROUTE_ADD:
	case STEP_ROUTE_REPLACE:
	case STEP_ROUTE_DEL:
		for (size_t i = 0; i < s->rule_n; i++)
			if (s->rule[i].table == step->route.table &&
			    s->rule[i].h.family == step->route.h.rtm_family)
				return true;
		return false;
	case STEP_SYSCTL:
	case STEP_LINK_GROUP:
	case STEP_RULE_ADD:
	case STEP_RULE_DEL:
		return true;
	default:
		return false;
	}
}

/* What is excused */

static bool of_others(const struct rule *r)
{
	return r && !owned_is_rule(r) && !(has(r, RULE_PROTOCOL) && r->protocol == RTPROT_KERNEL);
}

/* Others' rules are not this plan's doing. */
static bool by_others(void *arg, const struct prove_failure *x)
{
	(void)arg;
	return of_others(x->rule) || of_others(x->result.rule);
}

/* But nobody can want that packets of one uplink's leave by another. */
static bool by_others_and_fine(void *arg, const struct prove_failure *x)
{
	return by_others(arg, x) && !(x->uplink && x->other);
}

/* True if a rule of ours keeps the packet's source or mark to an uplink from the beginning. */
static bool is_kept(const struct snapshot *s, const struct fib_packet *p)
{
	for (size_t i = 0; i < s->rule_n; i++) {
		const struct rule *r = &s->rule[i];
		struct ip_prefix from = {r->src, r->h.src_len};
		if (owned_is_rule(r) && r->h.family == p->family &&
		    (from.len ? ip_prefix_contains(&from, &p->src)
			      : has(r, RULE_FWMARK) && r->fwmark == p->mark))
			return true;
	}
	return false;
}

/*
 * What counts for nothing while the steps are made: what says nothing of a packet; a policy's
 * packet that takes another uplink for the moment, as policies that change places cannot be had
 * otherwise; a packet of one uplink's address and another's mark, as marks are not given to what is
 * sent from here; an address that is only just becoming an uplink's.
 */
static bool is_of_passage(const struct plan_proof *y, const struct prove_failure *x)
{
	if (!x->packet.iif && x->packet.mark & y->goal.mark_mask)
		return true;
	switch (x->kind) {
	case PROVE_RULE:
	case PROVE_TABLE:
		return true;
	case PROVE_POLICY:
		return x->result.verdict == FIB_FORWARD;
	case PROVE_LEAK:
	case PROVE_REPLY:
	case PROVE_GATEWAY:
		return !is_kept(fib_snapshot(y->before), &x->packet);
	default:
		return false;
	}
}

/* Else it counts if it is right before the plan, and after it. */
static bool not_by_steps(void *arg, const struct prove_failure *x)
{
	const struct plan_proof *y = arg;

	return is_of_passage(y, x) || prove_again(y->before, &y->goal, x) ||
	       prove_again(y->after, &y->goal, x);
}

/* The proof */

/* The state at hand, as it is after so many steps. Returns 1 if it is wrong. */
static int look_at(struct plan_proof *x, size_t step, const struct fib *f, struct err *e)
{
	long n = prove_machine(f, &x->goal, &x->found, &x->failure, NULL, e);

	x->states += n >= 0;
	x->step = step;
	x->f = f;
	x->failure_n = n > 0 ? (size_t)n : 0;
	if (n <= 0)
		arena_free(&x->found);
	return n > 0 ? 1 : (int)n;
}

static int look_at_end(struct plan_proof *x, const struct snapshot *s, const struct plan *p,
		       struct err *e)
{
	struct work w;

	work_begin(&w, s, &x->end, p);
	for (size_t i = 0; i < p->n; i++)
		make_step(&w, &p->step[i]);
	int rc = fib_new(&x->after, &x->end, e);
	x->goal.excused = by_others;
	return rc < 0 ? rc : look_at(x, p->n, x->after, e);
}

static int look_at_steps(struct plan_proof *x, const struct snapshot *s, const struct plan *p,
			 struct err *e)
{
	size_t noticed = 0, every = p->n / STATES_MAX + 1;
	struct work w;
	int rc = fib_new(&x->before, s, e);

	work_begin(&w, s, &x->work, p);
	x->goal.excused = not_by_steps;
	x->goal.excused_arg = x;
	/* The state after the last one is the end. */
	for (size_t i = 0; i + 1 < p->n && !rc; i++) {
		bool is = is_noticed(w.s, &p->step[i]);
		make_step(&w, &p->step[i]);
		if (!is || noticed++ % every)
			continue;
		fib_free(x->between);
		x->between = NULL;
		rc = fib_new(&x->between, w.s, e);
		if (!rc)
			rc = look_at(x, i + 1, x->between, e);
	}
	return rc;
}

int proof_plan(const struct config *c, const struct desired *d, const struct snapshot *s,
	       const struct plan *p, struct plan_proof *ret, struct err *e)
{
	*ret = (struct plan_proof){.budget = PROVE_BUDGET};
	proof_goal(c, d, &ret->arena, &ret->goal);
	ret->goal.budget = &ret->budget;
	int rc = look_at_end(ret, s, p, e);

	ret->at = &ret->end;
	if (!rc) {
		ret->at = &ret->work;
		rc = look_at_steps(ret, s, p, e);
	}
	if (rc == -E2BIG)
		err_prefix(e, ret->states ? "the end is proved, but not each step"
					  : "the plan is not proved");
	ret->proved = !rc;
	return rc < 0 ? rc : 0;
}

int proof_now(const struct config *c, const struct desired *d, const struct snapshot *s,
	      struct plan_proof *ret, struct err *e)
{
	*ret = (struct plan_proof){.budget = PROVE_BUDGET, .at = s};
	proof_goal(c, d, &ret->arena, &ret->goal);
	ret->goal.budget = &ret->budget;
	ret->goal.excused = by_others_and_fine;
	int rc = fib_new(&ret->after, s, e);
	if (!rc)
		rc = look_at(ret, 0, ret->after, e);
	ret->proved = !rc;
	return rc < 0 ? rc : 0;
}

void proof_plan_free(struct plan_proof *x)
{
	fib_free(x->before);
	fib_free(x->between);
	fib_free(x->after);
	arena_free(&x->found);
	arena_free(&x->end.arena);
	arena_free(&x->work.arena);
	arena_free(&x->arena);
}

const char *proof_plan_line(const struct plan_proof *x, const struct plan *p, struct arena *a)
{
	const char *what = prove_line(x->f, &x->failure[0], a);

	if (!p)
		return what;
	return x->step == p->n ? arena_printf(a, "in the end, %s", what)
			       : arena_printf(a, "after step %zu of %zu, %s", x->step, p->n, what);
}
