/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules: compiled to an array, then asked one after the other (fib_rules_lookup()). A rule that
 * matches and looks up a table decides if the table has an answer, error routes included; a throw
 * route, an empty table and a suppressed answer leave it to the next rule. Only answers that are no
 * errors can be suppressed.
 */
#include "fib/rules.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The kernel resolves a jump to the first rule of that priority, and says so if there is none. */
static int compile_jump(const struct fib_family *fam, size_t i, struct fib_rule *c, struct err *e)
{
	const struct rule *r = c->r;

	if (r->goto_target <= r->priority)
		return err_set(e, -EINVAL, "rule %u jumps back, to %u", r->priority,
			       r->goto_target);
	c->action = FIB_ACT_NEXT;
	if (r->h.flags & FIB_RULE_UNRESOLVED)
		return 0;
	for (size_t k = i + 1; k < fam->rule_n; k++)
		if (fam->rules[k]->priority == r->goto_target) {
			c->action = FIB_ACT_GOTO;
			c->jump = (uint32_t)k;
			break;
		}
	return 0;
}

static int compile_action(struct fib *f, uint8_t family, size_t i, struct fib_rule *c,
			  struct err *e)
{
	const struct rule *r = c->r;

	c->suppress_length = has(r, RULE_SUPPRESS_PREFIXLEN) ? (int32_t)r->suppress_prefixlen : -1;
	c->suppress_group = -1;
	if (has(r, RULE_SUPPRESS_IFGROUP) && r->suppress_ifgroup != UINT32_MAX)
		c->suppress_group = r->suppress_ifgroup;
	switch (r->h.action) {
	case FR_ACT_TO_TBL:
		c->action = has(r, RULE_L3MDEV) && r->l3mdev ? FIB_ACT_L3MDEV : FIB_ACT_TABLE;
		c->table = fib_table(f, family, r->table);
		return 0;
	case FR_ACT_GOTO:
		return compile_jump(&f->family[fib_index(family)], i, c, e);
	case FR_ACT_NOP:
		c->action = FIB_ACT_NEXT;
		return 0;
	case FR_ACT_UNREACHABLE:
		c->action = FIB_ACT_UNREACHABLE;
		return 0;
	case FR_ACT_PROHIBIT:
		c->action = FIB_ACT_PROHIBIT;
		return 0;
	default:
		c->action = FIB_ACT_BLACKHOLE;
		return 0;
	}
}

static void compile_selectors(const struct fib *f, struct fib_rule *c)
{
	for (unsigned i = 0; fib_selectors[i].name; i++) {
		const struct fib_selector *x = &fib_selectors[i];
		if (!x->compile(f, c->r, c))
			continue;
		c->selector[c->selector_n] = (uint8_t)i;
		c->match[c->selector_n++] = c->r->h.family == AF_INET ? x->match4 : x->match6;
	}
}

/* fib_rule_requires_fldissect() */
static bool dissects(const struct rule *r)
{
	bool transport =
		(has(r, RULE_IPPROTO) && r->ipproto) || has(r, RULE_SPORT) || has(r, RULE_DPORT);

	return transport && !(has(r, RULE_IIF) && !strcmp(r->iif, "lo"));
}

/* Whether somebody has added to, or taken from, the rules that the kernel begins with. */
static bool is_custom(const struct fib_family *fam, uint8_t family)
{
	static const struct {
		uint32_t priority, table;
	} own[] = {{0, RT_TABLE_LOCAL}, {32766, RT_TABLE_MAIN}, {32767, RT_TABLE_DEFAULT}};
	size_t n = family == AF_INET ? 3 : 2;

	if (fam->rule_n != n)
		return true;
	for (size_t i = 0; i < n; i++)
		if (fam->rule[i].action != FIB_ACT_TABLE || fam->rule[i].selector_n ||
		    fam->rules[i]->priority != own[i].priority ||
		    fam->rules[i]->table != own[i].table)
			return true;
	return false;
}

int fib_compile_rules(struct fib *f, uint8_t family, struct err *e)
{
	struct fib_family *fam = &f->family[fib_index(family)];
	const struct snapshot *s = f->s;

	fam->rules = arena_alloc(&f->arena, s->rule_n * sizeof(*fam->rules));
	fam->rule = arena_alloc(&f->arena, s->rule_n * sizeof(*fam->rule));
	for (size_t i = 0; i < s->rule_n; i++) {
		const struct rule *r = &s->rule[i];
		uint8_t bits = ip_bits(family);
		if (r->h.family != family)
			continue;
		if (r->h.src_len > bits || r->h.dst_len > bits)
			return err_set(e, -EINVAL, "rule %u: a prefix of %u bits", r->priority,
				       r->h.src_len > bits ? r->h.src_len : r->h.dst_len);
		if (fam->rule_n && fam->rules[fam->rule_n - 1]->priority > r->priority)
			return err_set(e, -EINVAL, "rule %u stands behind rule %u", r->priority,
				       fam->rules[fam->rule_n - 1]->priority);
		fam->rules[fam->rule_n++] = r;
	}
	for (size_t i = 0; i < fam->rule_n; i++) {
		struct fib_rule *c = &fam->rule[i];
		c->r = fam->rules[i];
		c->invert = c->r->h.flags & FIB_RULE_INVERT;
		fam->dissects |= dissects(c->r);
		fam->realms |= has(c->r, RULE_FLOW) && c->r->flow;
		compile_selectors(f, c);
		int rc = compile_action(f, family, i, c, e);
		if (rc < 0)
			return rc;
	}
	fam->custom = is_custom(fam, family);
	return 0;
}

/* ── Asking them ────────────────────────────────────────────────────────────────────────────── */

static inline int first_misfit(const struct fib_rule *r, const struct fib_flow *fl)
{
	for (unsigned i = 0; i < r->selector_n; i++)
		if (!r->match[i](r, fl))
			return (int)i;
	return -1;
}

static inline bool matches(const struct fib_rule *r, const struct fib_flow *fl)
{
	return (first_misfit(r, fl) < 0) != r->invert;
}

static void why_not(const struct fib *f, const struct fib_rule *r, const struct fib_flow *fl,
		    char *buf, size_t size)
{
	int i = first_misfit(r, fl);

	if (i < 0)
		snprintf(buf, size, "matches, and the rule says not");
	else
		fib_selectors[r->selector[i]].why(f, r, fl, buf, size);
}

/* The device that suppress_ifgroup looks at: IPv4 takes the route's first, IPv6 the one chosen. */
static const struct fib_dev *suppress_dev(const struct fib_flow *fl, const struct fib_found *x)
{
	if (fl->p->family == AF_INET)
		return x->entry->hops->n ? x->entry->hops->hop[0].dev : NULL;
	return x->hop ? x->hop->dev : NULL;
}

static bool suppressed(const struct fib_rule *r, const struct fib_flow *fl,
		       const struct fib_found *x, const struct fib_dev **ret_dev)
{
	*ret_dev = NULL;
	if ((int64_t)x->plen <= r->suppress_length)
		return true;
	if (r->suppress_group < 0)
		return false;
	*ret_dev = suppress_dev(fl, x);
	return *ret_dev && (*ret_dev)->ifindex && (*ret_dev)->group == r->suppress_group;
}

static struct fib_step *trace_step(struct fib_trace *t, const struct fib_rule *r)
{
	struct fib_step *x = ARENA_PUSH(t->a, t->step, t->n, t->cap);

	x->rule = r->r;
	return x;
}

#define TRACE(outcome_, ...)                                                                       \
	do {                                                                                       \
		if (t) {                                                                           \
			struct fib_step *step_ = &t->step[t->n - 1];                               \
			step_->outcome = (outcome_);                                               \
			snprintf(step_->why, sizeof(step_->why), __VA_ARGS__);                     \
		}                                                                                  \
	} while (0)

/* "not l3mdev" matches what has no VRF, and so no table: for the kernel that is main. */
static const struct fib_table *table_of(const struct fib *f, const struct fib_rule *r,
					const struct fib_flow *fl)
{
	const struct fib_dev *vrf;

	if (r->action == FIB_ACT_TABLE)
		return r->table;
	vrf = fib_device(f, fl->l3);
	return fib_table(f, fl->p->family, vrf ? vrf->l3_table : RT_TABLE_MAIN);
}

/*
 * A rule with FIB_RULE_FIND_SADDR (IPv6) matches a packet that has no source yet, and goes on if
 * the one that it would get is not of the rule's (fib6_rule_saddr()).
 */
static bool source_fits(const struct fib *f, const struct fib_rule *r, struct fib_flow *fl,
			const struct fib_found *x)
{
	const struct rule *rule = r->r;

	if (fl->p->family != AF_INET6 || !rule->h.src_len || fl->has_src ||
	    x->entry->hops->blackhole)
		return true;
	struct ip_addr src = fib_source6(f, fl->dst, x->hop ? x->hop->dev : NULL);
	if (!src.family || !fib_prefix6_has(&(struct ip_prefix){rule->src, rule->h.src_len}, &src))
		return false;
	fl->chosen = src;
	fl->src = &fl->chosen;
	return true;
}

/*
 * As long as IPv4 has only the kernel's own rules, these are not asked: local and main are one trie
 * (fib_lookup()), in which the longer prefix is found first, whosever it is.
 */
static bool main_is_longer(const struct fib *f, const struct fib_flow *fl,
			   const struct fib_found *x)
{
	const struct fib_table *t = f->main;
	struct fib_found y = {0};

	if (fl->p->family != AF_INET || f->family[0].custom || x->table != f->local || !t)
		return false;
	fib_table_lookup4(f, t, fl, &y);
	return y.entry && y.plen > x->plen;
}

/* FIB_NONE: on to the next rule. */
static inline enum fib_verdict ask_table(const struct fib *f, const struct fib_rule *r,
					 struct fib_flow *fl, struct fib_found *x,
					 struct fib_trace *t)
{
	const struct fib_table *table = table_of(f, r, fl);
	const struct fib_dev *dev;

	*x = (struct fib_found){.rule = r, .table = table};
	enum fib_verdict v = !table			? FIB_NONE
			     : fl->p->family == AF_INET ? fib_table_lookup4(f, table, fl, x)
							: fib_table_lookup6(f, table, fl, x);
	if (t)
		t->step[t->n - 1].route = x->entry ? x->entry->r : NULL;
	if (x->entry && (r->r->h.flags & FIB_RULE_FIND_SADDR) && !source_fits(f, r, fl, x)) {
		TRACE(FIB_NO_ROUTE, "the source chosen there is not in it");
		return FIB_NONE;
	}
	if (x->entry && main_is_longer(f, fl, x)) {
		TRACE(FIB_NO_ROUTE, "main has a longer prefix, and is one table with it");
		return FIB_NONE;
	}
	if (v == FIB_NONE) {
		if (x->entry)
			TRACE(FIB_THROW, "throw: on to the next rule");
		else
			TRACE(FIB_NO_ROUTE, "no route there");
	} else if (v == FIB_FORWARD && suppressed(r, fl, x, &dev)) {
		if (dev)
			TRACE(FIB_SUPPRESSED, "suppressed: %s is of group %u",
			      devices_name(f->s->devices, dev->ifindex), dev->group);
		else
			TRACE(FIB_SUPPRESSED, "suppressed: prefix length %u", x->plen);
		v = FIB_NONE;
	} else {
		TRACE(FIB_ROUTE, "%s", "");
	}
	return v;
}

static inline enum fib_verdict refuse(const struct fib_rule *r, struct fib_found *x)
{
	*x = (struct fib_found){.rule = r};
	return r->action == FIB_ACT_UNREACHABLE ? FIB_UNREACHABLE
	       : r->action == FIB_ACT_PROHIBIT	? FIB_PROHIBIT
						: FIB_BLACKHOLE;
}

static inline __attribute__((always_inline)) enum fib_verdict ask(const struct fib *f,
								  struct fib_flow *fl,
								  struct fib_found *x,
								  struct fib_trace *t)
{
	const struct fib_family *fam = &f->family[fib_index(fl->p->family)];

	for (size_t i = 0; i < fam->rule_n; i++) {
		const struct fib_rule *r = &fam->rule[i];
	jumped:
		if (t)
			trace_step(t, r);
		if (!matches(r, fl)) {
			if (t)
				why_not(f, r, fl, t->step[t->n - 1].why,
					sizeof(t->step[t->n - 1].why));
			continue;
		}
		switch (r->action) {
		case FIB_ACT_NEXT:
			if (r->r->h.action == FR_ACT_GOTO)
				TRACE(FIB_GOTO, "there is no rule %u: on to the next",
				      r->r->goto_target);
			else
				TRACE(FIB_GOTO, "nop: on to the next rule");
			break;
		case FIB_ACT_GOTO:
			TRACE(FIB_GOTO, "on at %u", r->r->goto_target);
			i = r->jump;
			r = &fam->rule[i];
			goto jumped;
		case FIB_ACT_TABLE:
		case FIB_ACT_L3MDEV: {
			enum fib_verdict v = ask_table(f, r, fl, x, t);
			if (v != FIB_NONE)
				return v;
			break;
		}
		default:
			TRACE(FIB_ACTION, "the rule refuses it");
			return refuse(r, x);
		}
	}
	*x = (struct fib_found){0};
	return FIB_NONE;
}

enum fib_verdict fib_ask_rules(const struct fib *f, struct fib_flow *fl, struct fib_found *x)
{
	return ask(f, fl, x, NULL);
}

enum fib_verdict fib_ask_rules_traced(const struct fib *f, struct fib_flow *fl, struct fib_found *x,
				      struct fib_trace *t)
{
	return ask(f, fl, x, t);
}
