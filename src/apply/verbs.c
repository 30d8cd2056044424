/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apply, plan, down, rollback: what they have in common.
 *
 *   start        may we, and is the state this namespace's? Read what is owned now.
 *   (target)     what each verb is for
 *   carry_out    `before` and originals to disk; the steps; read again until nothing is left to do
 *   (finish)     the state as it is from now on to disk
 *
 * Whatever fails on the way, the kernel goes back to what start read, then the state's file to its
 * old text. If the kernel could not be brought back, the file is left as it is: it says that an
 * apply is under way and from where.
 */
#include "apply/arp.h"
#include "apply/confirm.h"
#include "apply/daemon.h"
#include "apply/state.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

struct change {
	struct snapshot snap;
	struct owned now, target;
	struct plan plan;
	const char *listed; /* how the kernel lists now.nft */
	char *text;	    /* the state's file at the start */
	sigset_t signals;
};

static void change_free(struct change *c)
{
	plan_free(&c->plan);
	owned_free(&c->target);
	owned_free(&c->now);
	snapshot_free(&c->snap);
}

/*
 * Whoever works over a connection that the change cuts gets SIGHUP in the middle of it; that and
 * the other polite ends have to wait.
 */
static void hold_signals(sigset_t *old)
{
	static const int polite[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP};
	sigset_t set;

	sigemptyset(&set);
	for (unsigned i = 0; i < sizeof(polite) / sizeof(*polite); i++)
		sigaddset(&set, polite[i]);
	sigprocmask(SIG_BLOCK, &set, old);
}

static int check_namespace(struct state *s, struct kernel *k, struct err *e)
{
	uint64_t cookie = kernel_netns_cookie(k);

	if (s->netns && cookie && s->netns != cookie) {
		err_set(e, -EXDEV, "%s: holds the state of another network namespace", s->dir);
		return err_hint(e, "name another folder with --state DIR; if that namespace is "
				   "gone, remove state.json");
	}
	s->netns = cookie;
	return 0;
}

static int start(struct state *s, struct kernel *k, const char *verb, const struct owned *want,
		 struct change *c, struct err *e)
{
	*c = (struct change){.text = s->text};
	hold_signals(&c->signals);
	int rc = kernel_need_admin(k, verb, e);

	if (!rc && want) /* else it is not what it should be */
		rc = kernel_sysctl_failed(k, e);
	if (!rc)
		rc = check_namespace(s, k, e);
	if (!rc)
		rc = kernel_snapshot(k, &c->snap, e);
	if (rc < 0)
		return rc;
	state_follow_names(s, &c->snap);
	rc = state_owned_now(s, k, &c->snap, want, &c->now, e);
	if (rc < 0)
		return rc;
	bool known = c->now.nft && s->nft.written && !strcmp(c->now.nft, s->nft.written);
	c->listed = known ? s->nft.listed : c->now.nft;
	return 0;
}

/* Targets. */

static void note(struct state *s, const char *text)
{
	*ARENA_PUSH(&s->arena, s->note, s->note_n, s->note_cap) = text;
}

/*
 * Settings that are not wanted (any more) go back to their original. If somebody else has changed
 * one since, his value stays, and is the original from now on.
 */
static void sysctls_back(struct state *s, const struct owned *want, struct change *c)
{
	for (size_t i = 0; i < s->original.sysctl_n; i++) {
		const struct sysctl *o = &s->original.sysctl[i];
		const char *now = owned_sysctl(&c->now, o->name);
		const char *given = owned_sysctl(&s->given, o->name);
		if (!now || (want && owned_sysctl(want, o->name)))
			continue;
		if (s->applying || !given || !strcmp(now, given) || !strcmp(now, o->value)) {
			owned_set_sysctl(&c->target, o->name, o->value);
			continue;
		}
		note(s, arena_printf(&s->arena, "%s: %s is not what multihome set (%s): left alone",
				     o->name, now, given));
		owned_set_sysctl(&s->original, o->name, now);
	}
}

static void groups_back(struct state *s, const struct owned *want, struct change *c)
{
	for (size_t i = 0; i < s->original.group_n; i++) {
		const struct link_group *o = &s->original.group[i];
		const struct link_group *now = owned_group(&c->now, o->name);
		const struct link_group *given = owned_group(&s->given, o->name);
		if (!now || (want && owned_group(want, o->name)))
			continue;
		if (s->applying || !given || now->group == given->group || now->group == o->group) {
			owned_set_group(&c->target, now->ifindex, o->name, o->group);
			continue;
		}
		note(s, arena_printf(&s->arena,
				     "%s: group %u is not what multihome set (%u): left alone",
				     o->name, now->group, given->group));
		owned_set_group(&s->original, now->ifindex, o->name, now->group);
	}
}

static void copy_settings(struct owned *dst, const struct owned *src)
{
	for (size_t i = 0; i < src->sysctl_n; i++)
		owned_set_sysctl(dst, src->sysctl[i].name, src->sysctl[i].value);
	for (size_t i = 0; i < src->group_n; i++)
		owned_set_group(dst, src->group[i].ifindex, src->group[i].name,
				src->group[i].group);
}

static void copy_owned(struct owned *dst, const struct owned *src)
{
	for (size_t i = 0; i < src->route_n; i++)
		owned_add_route(dst, &src->route[i]);
	for (size_t i = 0; i < src->rule_n; i++)
		owned_add_rule(dst, &src->rule[i]);
	for (size_t i = 0; i < src->endpoint_n; i++)
		owned_add_endpoint(dst, src->endpoint[i].id, src->endpoint[i].ifindex,
				   &src->endpoint[i].addr);
	copy_settings(dst, src);
	dst->nft = src->nft ? arena_strdup(&dst->arena, src->nft) : NULL;
}

static void make_target(struct state *s, const struct owned *want, struct change *c)
{
	if (want)
		copy_owned(&c->target, want);
	sysctls_back(s, want, c);
	groups_back(s, want, c);
	plan_make(&c->now, &c->target, &c->plan);
}

/*
 * A link that bears our group while routes or rules of ours are there that no state tells of: the
 * state was lost, and the group is ours too.
 */
static bool state_was_lost(const struct state *s, const struct change *c)
{
	return !s->text && (c->now.route_n || c->now.rule_n);
}

static void record_originals(struct state *s, const struct owned *want, struct change *c)
{
	bool lost = state_was_lost(s, c), keeps = s->applying || s->unconfirmed;

	for (size_t i = 0; i < want->sysctl_n; i++) {
		const char *name = want->sysctl[i].name, *now = owned_sysctl(&c->now, name);
		if (!now || owned_sysctl(&s->original, name))
			continue;
		owned_set_sysctl(&s->original, name, now);
		if (keeps)
			owned_set_sysctl(&s->before.owned, name, now);
	}
	for (size_t i = 0; i < want->group_n; i++) {
		const char *name = want->group[i].name;
		const struct link_group *now = owned_group(&c->now, name);
		if (!now || owned_group(&s->original, name))
			continue;
		uint32_t group = lost && now->group == MULTIHOME_GROUP ? 0 : now->group;
		owned_set_group(&s->original, now->ifindex, name, group);
		if (keeps)
			owned_set_group(&s->before.owned, now->ifindex, name, group);
	}
}

/* Carrying out. */

static int begin(struct state *s, struct change *c, struct err *e)
{
	struct state_before *b = &s->before;

	if (!s->applying && !s->unconfirmed) {
		copy_owned(&b->owned, &c->now);
		b->nft_listed = c->listed ? arena_strdup(&s->arena, c->listed) : NULL;
		b->slot = s->slot;
		b->slot_n = b->slot_cap = s->slot_n;
	}
	s->applying = true;
	return state_save(s, e);
}

#define ROUNDS 3

/*
 * Reads again and makes what is still missing: somebody may have changed the same things meanwhile,
 * or the kernel made something else of a step than was meant.
 */
static int converge(struct state *s, struct kernel *k, struct change *c, struct err *e)
{
	const struct owned *named[] = {&c->target};

	for (int i = 0;; i++) {
		struct snapshot snap;
		struct owned now = {0};
		struct plan rest = {0};
		int rc = kernel_snapshot(k, &snap, e);
		if (!rc)
			rc = owned_now(k, &snap, named, 1, &s->nft, &now, e);
		if (!rc)
			plan_make(&now, &c->target, &rest);
		size_t n = rest.n;
		if (!rc && n && i == ROUNDS - 1)
			rc = err_set(e, -EAGAIN,
				     "after %d rounds, %zu steps are still to be made: "
				     "somebody else changes the same things",
				     ROUNDS, n);
		if (!rc && n)
			rc = apply_steps(k, &rest, s->check, s->check_arg, e);
		plan_free(&rest);
		owned_free(&now);
		snapshot_free(&snap);
		if (rc || !n)
			return rc;
	}
}

/* From `now` to `target`; on failure the kernel is as it was. */
static int carry_out(struct state *s, struct kernel *k, struct change *c, struct err *e)
{
	if (!c->plan.n)
		return 0;
	int rc = begin(s, c, e);
	if (rc < 0)
		return rc;
	rc = apply_steps(k, &c->plan, s->check, s->check_arg, e);
	if (!rc) {
		s->nft.written = c->target.nft ? arena_strdup(&s->arena, c->target.nft) : NULL;
		rc = kernel_nft_list(k, &s->arena, &s->nft.listed, e);
	}
	if (!rc)
		rc = converge(s, k, c, e);
	return rc < 0 ? apply_undo(k, &c->now, c->listed, rc, e) : 0;
}

/* The last write; if it fails, everything is undone. */
static int finish(struct state *s, struct kernel *k, struct change *c, struct err *e)
{
	int rc = state_save(s, e);

	return rc < 0 && c->plan.n ? apply_undo(k, &c->now, c->listed, rc, e) : rc;
}

static int end(struct state *s, struct change *c, int rc, struct err *e)
{
	if (rc == -ENOTRECOVERABLE)
		err_hint(e, "`multihome rollback` tries again");
	else if (rc < 0)
		state_revert(s, c->text);
	if (!s->unconfirmed && !s->applying)
		confirm_stop(s->dir);
	change_free(c);
	sigprocmask(SIG_SETMASK, &c->signals, NULL);
	return rc;
}

/* The verbs. */

int state_plan(struct state *s, struct kernel *k, const struct desired *d, struct plan *ret,
	       struct err *e)
{
	struct change c;
	int rc = start(s, k, "plan", &d->owned, &c, e);

	if (!rc) {
		make_target(s, &d->owned, &c);
		*ret = c.plan;
		c.plan = (struct plan){0};
	}
	return end(s, &c, rc, e);
}

int state_apply(struct state *s, struct kernel *k, const struct desired *d, bool confirm,
		struct err *e)
{
	struct change c;
	int rc = start(s, k, "apply", &d->owned, &c, e);

	if (!rc) {
		make_target(s, &d->owned, &c);
		record_originals(s, &d->owned, &c);
		rc = carry_out(s, k, &c, e);
	}
	if (!rc && c.plan.n)
		arp_announce(d);
	if (!rc) {
		state_set_slots(s, d->slot, d->slot_n);
		if (confirm && (c.plan.n || s->applying || s->unconfirmed)) {
			owned_free(&s->given);
			copy_settings(&s->given, &c.target);
			s->applying = false;
			s->unconfirmed = true;
		} else {
			state_settle(s, &c.target);
		}
		rc = finish(s, k, &c, e);
	}
	return end(s, &c, rc, e);
}

static void take_lost_groups(struct state *s, struct change *c)
{
	if (!state_was_lost(s, c))
		return;
	note(s, "there was no state: sysctls stay as they are");
	for (size_t i = 0; i < c->snap.link_n; i++) {
		const struct link *l = &c->snap.link[i];
		if (has(l, LINK_GROUP) && l->group == MULTIHOME_GROUP) {
			owned_set_group(&c->now, l->h.ifi_index, l->name, l->group);
			owned_set_group(&c->target, l->h.ifi_index, l->name, 0);
		}
	}
}

int state_down(struct state *s, struct kernel *k, struct err *e)
{
	struct change c;
	int rc = start(s, k, "down", NULL, &c, e);

	if (!rc) {
		take_lost_groups(s, &c);
		make_target(s, NULL, &c);
		rc = carry_out(s, k, &c, e);
	}
	if (!rc) {
		state_forget(s);
		rc = finish(s, k, &c, e);
	}
	return end(s, &c, rc, e);
}

/* There is no undoing of this: it is what undoes. If it fails, the way back stays known. */
int state_rollback(struct state *s, struct kernel *k, struct err *e)
{
	struct state_before *b = &s->before;
	struct change c;
	int rc = start(s, k, "rollback", NULL, &c, e);

	if (!rc && !s->applying && !s->unconfirmed)
		rc = err_set(e, -ENOENT,
			     "nothing to roll back: the last apply is done and confirmed");
	if (rc < 0)
		return end(s, &c, rc, e);
	s->applying = true; /* should this be killed, what is found then is ours */
	rc = state_save(s, e);
	if (!rc)
		rc = apply_reach(k, &b->owned, b->nft_listed, e);
	if (!rc) {
		s->nft.written = b->owned.nft ? arena_strdup(&s->arena, b->owned.nft) : NULL;
		rc = kernel_nft_list(k, &s->arena, &s->nft.listed, e);
	}
	if (!rc) {
		state_set_slots(s, b->slot, b->slot_n);
		state_settle(s, &b->owned);
		rc = state_save(s, e);
	}
	if (!rc)
		daemon_tell(s->dir, SIGUSR1);
	else
		c.text = s->text;
	return end(s, &c, rc, e);
}
