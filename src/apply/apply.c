/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making steps, and undoing them.
 *
 * Undoing does not run the steps backwards: a step that failed may have been carried out all the
 * same (the answer was lost), and the kernel itself takes things away in answer to others. So the
 * machine is read anew, and the way back is planned like any other change: in an order that is safe
 * at every moment, and with nothing to do as the proof that it is done.
 */
#include "apply/apply.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static int read_settings(struct kernel *k, const struct snapshot *snap, const struct owned *named,
			 struct owned *ret, struct err *e)
{
	for (size_t i = 0; i < named->sysctl_n; i++) {
		const char *value;
		int rc = kernel_sysctl_read(k, named->sysctl[i].name, &value, e);
		if (rc < 0)
			return rc;
		if (value)
			owned_set_sysctl(ret, named->sysctl[i].name, value);
	}
	for (size_t i = 0; i < named->group_n; i++) {
		const struct link *l = snapshot_link_named(snap, named->group[i].name);
		if (l)
			owned_set_group(ret, l->h.ifi_index, l->name,
					has(l, LINK_GROUP) ? l->group : 0);
	}
	return 0;
}

int owned_now(struct kernel *k, const struct snapshot *snap, const struct owned *const *named,
	      size_t named_n, const struct nft_forms *forms, struct owned *ret, struct err *e)
{
	const char *listed = NULL;
	int rc = 0;

	owned_from_snapshot(ret, snap);
	for (size_t i = 0; i < named_n && !rc; i++)
		if (named[i])
			rc = read_settings(k, snap, named[i], ret, e);
	if (!rc)
		rc = kernel_nft_list(k, &ret->arena, &listed, e);
	ret->nft = listed;
	if (listed && forms->written && forms->listed && !strcmp(listed, forms->listed))
		ret->nft = arena_strdup(&ret->arena, forms->written);
	return rc;
}

#define LONGEST 200

/* The step as a command, for a message: its first line, and not all of a very long one. */
static void name_step(struct kernel *k, const struct step *step, struct err *e)
{
	struct names *names = names_new(NULL, NULL);
	struct devices *devices = devices_new(kernel_nl(k));
	struct out o;
	struct print p = {.o = &o, .names = names, .devices = devices};

	out_init(&o, -1);
	plan_step_command(&p, step);
	const char *text = out_str(&o);
	int len = (int)strcspn(text, "\n");
	err_prefix(e, "%.*s%s", len < LONGEST ? len : LONGEST, text, len < LONGEST ? "" : "...");
	out_free(&o);
	devices_free(devices);
	names_free(names);
}

/*
 * The route to be added is there already. That is fine if it is the same (somebody was faster);
 * otherwise the message says what is in the way.
 */
static int route_exists(struct kernel *k, const struct route *r, struct err *e)
{
	struct snapshot snap;
	struct err ignored;
	int rc = -EEXIST;

	if (!snapshot_take(kernel_nl(k), SNAPSHOT_LINKS | SNAPSHOT_ROUTES, &snap, &ignored))
		for (size_t i = 0; i < snap.route_n && rc; i++) {
			struct route *other = &snap.route[i];
			if (route_key_cmp(other, r))
				continue;
			struct names *names = names_new(NULL, NULL);
			struct out o;
			struct print p = {.o = &o, .names = names, .devices = snap.devices};
			out_init(&o, -1);
			route_print(&p, other);
			err_set(e, rc, "in the way is: %s", out_str(&o));
			rc = route_eq(other, r) ? 0 : rc;
			out_free(&o);
			names_free(names);
		}
	snapshot_free(&snap);
	if (!rc && e)
		*e = ERR_INIT;
	return rc;
}

static int route_step(struct kernel *k, const struct step *step, struct err *e)
{
	int rc;

	switch (step->kind) {
	case STEP_ROUTE_REPLACE:
		return kernel_route(k, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &step->route, e);
	case STEP_ROUTE_DEL:
		return kernel_route(k, RTM_DELROUTE, 0, &step->route, e);
	default:
		rc = kernel_route(k, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &step->route, e);
		return rc == -EEXIST ? route_exists(k, &step->route, e) : rc;
	}
}

static int make_step(struct kernel *k, const struct step *step, struct err *e)
{
	int rc = -EINVAL;

	switch (step->kind) {
	case STEP_SYSCTL:
		rc = kernel_sysctl_set(k, step->sysctl.name, step->sysctl.new, e);
		break;
	case STEP_LINK_GROUP:
		rc = kernel_link_group(k, step->group.ifindex, step->group.new, e);
		break;
	case STEP_ROUTE_ADD:
	case STEP_ROUTE_REPLACE:
	case STEP_ROUTE_DEL:
		rc = route_step(k, step, e);
		break;
	case STEP_RULE_ADD: /* not NLM_F_EXCL: see plan.h */
		rc = kernel_rule(k, RTM_NEWRULE, NLM_F_CREATE, &step->rule, e);
		break;
	case STEP_RULE_DEL:
		rc = kernel_rule(k, RTM_DELRULE, 0, &step->rule, e);
		break;
	case STEP_ENDPOINT_ADD:
		rc = kernel_endpoint(k, true, &step->endpoint, e);
		break;
	case STEP_ENDPOINT_DEL:
		rc = kernel_endpoint(k, false, &step->endpoint, e);
		break;
	case STEP_NFT:
		return kernel_nft_set(k, step->nft.new, e);
	}
	if (rc < 0)
		name_step(k, step, e);
	return rc;
}

static int check_step(struct kernel *k, const struct step *step, apply_check_fn *check, void *arg,
		      struct err *e)
{
	struct snapshot snap;
	int rc = kernel_snapshot(k, &snap, e);

	if (rc >= 0)
		rc = check(&snap, step, arg, e);
	snapshot_free(&snap);
	return rc;
}

int apply_steps(struct kernel *k, const struct plan *p, apply_check_fn *check, void *arg,
		struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < p->n && rc >= 0; i++) {
		if (check)
			rc = check_step(k, &p->step[i], check, arg, e);
		if (rc >= 0)
			rc = make_step(k, &p->step[i], e);
	}
	return rc < 0 ? rc : 0;
}

/* An attempt to reach `want`. */
struct attempt {
	struct kernel *k;
	const struct owned *want;
	struct nft_forms forms;
	struct arena arena;
	bool keep_going; /* the last but one: what fails does not keep the rest from being done */
};

static int attempt_steps(struct attempt *a, const struct plan *p, struct err *e)
{
	int result = 0;

	for (size_t i = 0; i < p->n && (!result || a->keep_going); i++) {
		struct err one = ERR_INIT;
		int rc = make_step(a->k, &p->step[i], &one);
		if (!rc && p->step[i].kind == STEP_NFT)
			rc = kernel_nft_list(a->k, &a->arena, &a->forms.listed, &one);
		if (rc < 0 && !result) {
			result = rc;
			if (e)
				*e = one;
		}
	}
	return result;
}

/* Reads, plans, makes the steps. Returns 1 if there were any, 0 if `want` is reached. */
static int attempt_make(struct attempt *a, struct err *e)
{
	struct snapshot snap;
	struct owned now = {0};
	struct plan plan = {0};
	int rc = kernel_snapshot(a->k, &snap, e), unread = 0;

	if (!rc)
		unread = owned_now(a->k, &snap, &a->want, 1, &a->forms, &now, e);
	if (unread && a->keep_going)
		now.nft = ""; /* unknown, and so to be made anew */
	else if (!rc)
		rc = unread;
	if (!rc) {
		plan_make(&now, a->want, &plan);
		rc = attempt_steps(a, &plan, e);
	}
	if (!rc)
		rc = unread ? unread : plan.n > 0;
	plan_free(&plan);
	owned_free(&now);
	snapshot_free(&snap);
	return rc;
}

#define TRIES 9

int apply_reach(struct kernel *k, const struct owned *want, const char *listed, struct err *e)
{
	struct attempt a = {.k = k, .want = want, .forms = {want->nft, listed}};
	int rc = 1;

	for (int i = 0; i < TRIES && rc; i++) {
		a.keep_going = i == TRIES - 2;
		rc = attempt_make(&a, e);
		/* 2 ms, 4 ms, ... 256 ms: memory may come back, a transaction of others' end. */
		if (rc < 0 && i < TRIES - 1)
			nanosleep(&(struct timespec){.tv_nsec = 2000000L << i}, NULL);
	}
	arena_free(&a.arena);
	return rc > 0 ? err_set(e, -EAGAIN, "somebody else changes the same things") : rc;
}

int apply_undo(struct kernel *k, const struct owned *before, const char *listed, int code,
	       struct err *e)
{
	struct err undo = ERR_INIT;

	if (!apply_reach(k, before, listed, &undo))
		return code;
	return err_set(e, -ENOTRECOVERABLE, "%s; undoing it failed too: %s", e ? e->msg : "",
		       undo.msg);
}

int apply_plan(struct kernel *k, const struct plan *p, const struct owned *before,
	       apply_check_fn *check, void *arg, struct err *e)
{
	struct arena a = {0};
	const char *listed = NULL;
	int rc = p->n ? kernel_nft_list(k, &a, &listed, e) : 0;

	if (!rc) {
		rc = apply_steps(k, p, check, arg, e);
		if (rc < 0)
			rc = apply_undo(k, before, listed, rc, e);
	}
	arena_free(&a);
	return rc;
}
