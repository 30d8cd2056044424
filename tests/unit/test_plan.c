/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans between random configurations, made step by step on a kernel in memory: after each step the
 * machine is safe, after the last it has what is wanted, and back from any step it has what it had.
 */
#include "unit.h"

#include "machine.h"

#include <stdarg.h>

/* The kernel: what multihome owns in it. Routes in any order, rules as the kernel keeps them. */

static int cmp_place(const struct rule *a, const struct rule *b)
{
	if (a->h.family != b->h.family)
		return a->h.family < b->h.family ? -1 : 1;
	return (a->priority > b->priority) - (a->priority < b->priority);
}

static size_t route_at(const struct owned *k, const struct route *r)
{
	for (size_t i = 0; i < k->route_n; i++)
		if (!route_key_cmp(&k->route[i], r))
			return i;
	return k->route_n;
}

static void route_step(struct owned *k, const struct step *s)
{
	size_t at = route_at(k, &s->route);

	assert_true((at == k->route_n) == (s->kind == STEP_ROUTE_ADD));
	if (s->kind == STEP_ROUTE_ADD)
		owned_add_route(k, &s->route);
	else if (s->kind == STEP_ROUTE_REPLACE)
		owned_copy_route(&k->arena, &k->route[at], &s->route);
	else
		k->route[at] = k->route[--k->route_n];
}

static void rule_add(struct owned *k, const struct rule *r)
{
	size_t at = k->rule_n;

	owned_add_rule(k, r);
	for (; at && cmp_place(&k->rule[at - 1], r) > 0; at--)
		k->rule[at] = k->rule[at - 1];
	k->rule[at] = *r;
}

static void rule_del(struct owned *k, const struct rule *r)
{
	size_t i = 0;

	while (i < k->rule_n && !plan_rule_matches(r, &k->rule[i]))
		i++;
	assert_true(i < k->rule_n);
	k->rule_n--;
	memmove(&k->rule[i], &k->rule[i + 1], (k->rule_n - i) * sizeof(*k->rule));
}

static void run_step(struct owned *k, const struct step *s)
{
	switch (s->kind) {
	case STEP_SYSCTL:
		assert_string_equal(owned_sysctl(k, s->sysctl.name), s->sysctl.old);
		owned_set_sysctl(k, s->sysctl.name, s->sysctl.new);
		break;
	case STEP_LINK_GROUP:
		assert_int_equal(owned_group(k, s->group.name)->group, s->group.old);
		owned_set_group(k, s->group.ifindex, s->group.name, s->group.new);
		break;
	case STEP_RULE_ADD:
		rule_add(k, &s->rule);
		break;
	case STEP_RULE_DEL:
		rule_del(k, &s->rule);
		break;
	case STEP_NFT:
		k->nft = s->nft.new ? arena_strdup(&k->arena, s->nft.new) : NULL;
		break;
	default:
		route_step(k, s);
	}
}

static void copy(struct owned *to, const struct owned *from)
{
	*to = (struct owned){0};
	for (size_t i = 0; i < from->route_n; i++)
		owned_add_route(to, &from->route[i]);
	for (size_t i = 0; i < from->rule_n; i++)
		rule_add(to, &from->rule[i]);
	for (size_t i = 0; i < from->sysctl_n; i++)
		owned_set_sysctl(to, from->sysctl[i].name, from->sysctl[i].value);
	for (size_t i = 0; i < from->group_n; i++)
		owned_set_group(to, from->group[i].ifindex, from->group[i].name,
				from->group[i].group);
	to->nft = from->nft ? arena_strdup(&to->arena, from->nft) : NULL;
}

/* Everything `want` says is so, and there are no routes and rules but its. */
static void assert_has(const struct owned *k, const struct owned *want)
{
	struct owned w;

	copy(&w, want);
	assert_int_equal(k->route_n, w.route_n);
	for (size_t i = 0; i < w.route_n; i++) {
		size_t at = route_at(k, &w.route[i]);
		assert_true(at < k->route_n && route_eq(&k->route[at], &w.route[i]));
	}
	assert_int_equal(k->rule_n, w.rule_n);
	for (size_t i = 0; i < w.rule_n; i++)
		assert_true(rule_eq(&k->rule[i], &w.rule[i]));
	for (size_t i = 0; i < w.sysctl_n; i++)
		assert_string_equal(owned_sysctl(k, w.sysctl[i].name), w.sysctl[i].value);
	for (size_t i = 0; i < w.group_n; i++)
		assert_int_equal(owned_group(k, w.group[i].name)->group, w.group[i].group);
	assert_true(!k->nft == !w.nft);
	if (k->nft)
		assert_string_equal(k->nft, w.nft);
	owned_free(&w);
}

/* Safety */

static const struct route *table_route(const struct owned *k, const struct rule *r, unsigned type)
{
	const struct route *best = NULL;

	for (size_t i = 0; i < k->route_n; i++) {
		const struct route *x = &k->route[i];
		if (x->table == r->table && x->h.rtm_family == r->h.family && !x->h.rtm_dst_len &&
		    x->h.rtm_type == type && (!best || x->metric < best->metric))
			best = x;
	}
	return best;
}

/* The interface that a source's `from` rule leads out of: 0 none, UINT32_MAX several, 1 no rule. */
static uint32_t leaves_by(const struct owned *k, const struct rule *from)
{
	for (size_t i = 0; i < k->rule_n; i++) {
		const struct rule *r = &k->rule[i];
		if (r->h.family == from->h.family && r->h.src_len == from->h.src_len &&
		    ip_addr_eq(&r->src, &from->src)) {
			const struct route *x = table_route(k, r, RTN_UNICAST);
			return !x ? 0 : has(x, ROUTE_OIF) ? x->oif : UINT32_MAX;
		}
	}
	return 1;
}

static bool is_source(const struct rule *r)
{
	return r->h.src_len && (r->priority == 1020 || r->priority == 2020);
}

/*
 * What must hold at any moment: tables that rules lead to have their backstop; a source leaves by
 * the interface that it had or is to have (or not at all); what is in the LAN was looked up before.
 */
static void assert_safe(const struct owned *k, const struct owned *now, const struct owned *want)
{
	for (size_t i = 0; i < k->rule_n; i++) {
		const struct rule *r = &k->rule[i];
		if (r->table == RT_TABLE_MAIN || r->priority == 32765)
			continue;
		assert_non_null(table_route(k, r, RTN_UNREACHABLE));
		if (!is_source(r))
			continue;
		uint32_t oif = leaves_by(k, r), a = leaves_by(now, r), b = leaves_by(want, r);
		assert_true(!oif || oif == a || oif == b || a == 1 || b == 1);
		bool lan_first = false;
		for (size_t n = 0; n < i; n++)
			lan_first = lan_first || (k->rule[n].h.family == r->h.family &&
						  has(&k->rule[n], RULE_SUPPRESS_IFGROUP));
		assert_true(lan_first);
	}
}

/* The transition, from every point of it back, and once more. */
static void transition(struct machine_made *m, const struct owned *now, const struct owned *want)
{
	struct plan there, back;
	struct owned k, undo;

	plan_make(now, want, &there);
	copy(&k, now);
	for (size_t i = 0; i <= there.n; i++) {
		copy(&undo, &k);
		plan_make(&undo, now, &back);
		for (size_t n = 0; n < back.n; n++) {
			run_step(&undo, &back.step[n]);
			assert_safe(&undo, now, want);
		}
		assert_has(&undo, now);
		plan_free(&back);
		owned_free(&undo);
		if (i == there.n)
			break;
		run_step(&k, &there.step[i]);
		assert_safe(&k, now, want);
	}
	assert_has(&k, want);
	plan_free(&there);
	plan_make(&k, want, &there);
	if (there.n) {
		struct arena a = {0};
		fail_msg("the second plan is not empty:\n%s", machine_commands(m, &there, &a));
	}
	plan_free(&there);
	owned_free(&k);
}

/* Random configurations */

static void say(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct out *o, const char *fmt, ...)
{
	char buf[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	out_puts(o, buf);
}

#define LINKS 4

static void random_uplinks(struct out *o, bool *named)
{
	unsigned first = rnd_below(LINKS), n = 1 + rnd_below(LINKS - 1);
	unsigned name = rnd_below(5);

	for (unsigned i = 0; i < n; i++) {
		unsigned dev = (first + i) % LINKS, u = (name + i * 2) % 5;
		named[u] = true;
		say(o, "[uplink u%u]\ninterface = eth%u\nweight = %u\n", u, dev, 1 + rnd_below(4));
		say(o, "gateway = 192.168.%u.%u\n", dev, 1 + rnd_below(2) * 200);
		if (rnd_below(2))
			say(o, "address = 192.168.%u.%u\n", dev, 2 + rnd_below(2));
		if (rnd_below(2))
			say(o, "gateway = 2001:db8:%u::1\n", dev);
		else
			say(o, "family = ipv4\n");
		if (!rnd_below(6))
			say(o, "table = %u\n", 5000 + rnd_below(3) + 10 * u);
	}
}

static void random_use(struct out *o, const bool *named)
{
	const char *between = "";

	say(o, "use = ");
	for (unsigned i = 0, k = rnd_below(5); i < 5; i++, k = (k + 1) % 5)
		if (named[k] && (!*between || rnd_below(2))) {
			say(o, "%su%u", between, k);
			between = rnd_below(2) ? " + " : ", ";
		}
	say(o, "\n");
}

static void random_policy(struct out *o, const bool *named, unsigned number)
{
	say(o, "[policy p%u]\n", number);
	unsigned what = rnd_below(7) + 1;
	if (what & 1)
		say(o, "from = 10.%u.0.0/16, 10.%u.0.0/16\n", rnd_below(3), 3 + rnd_below(3));
	if (what & 2)
		say(o, "proto = tcp\ndport = %u\n", 80 + rnd_below(2));
	if (what & 4)
		say(o, "uid = %u\n", rnd_below(3));
	random_use(o, named);
}

static const char *random_config(struct arena *a)
{
	bool named[5] = {false};
	struct out o;

	out_init(&o, -1);
	random_uplinks(&o, named);
	for (unsigned i = 0, n = rnd_below(4); i < n; i++)
		random_policy(&o, named, i);
	if (rnd_below(2))
		say(&o, "[multihome]\nrule-base = %u\ntable-base = %u\nwhen-all-down = %s\n",
		    1010 + 1000 * rnd_below(2), 1010 + rnd_below(2),
		    rnd_below(2) ? "main" : "unreachable");
	const char *ret = arena_strdup(a, out_str(&o));
	out_free(&o);
	return ret;
}

/* Four interfaces with two addresses of each family, each up or down, and what multihome owns. */
static void random_machine(struct machine_made *m, const struct owned *now)
{
	machine_init(m);
	for (int i = 0; i < LINKS; i++) {
		unsigned flags = rnd_below(4) ? UP : rnd_below(2) ? UP & ~IFF_LOWER_UP : 0;
		char text[64];
		snprintf(text, sizeof(text), "eth%d", i);
		machine_link(m, i + 2, text, flags, 0);
		for (int n = 2; n < 4; n++) {
			snprintf(text, sizeof(text), "192.168.%d.%d/24", i, n);
			machine_address(m, i + 2, text, n == 2 ? 0 : IFA_F_SECONDARY);
			snprintf(text, sizeof(text), "2001:db8:%d::%d/64", i, n);
			machine_address(m, i + 2, text, 0);
		}
		snprintf(text, sizeof(text), "net/ipv4/conf/eth%d/ignore_routes_with_linkdown", i);
		machine_sysctl(m, text, rnd_below(2) ? "0" : "1");
	}
	for (size_t i = 0; i < now->route_n; i++)
		owned_copy_route(&m->snap.arena,
				 ARENA_PUSH(&m->snap.arena, m->snap.route, m->snap.route_n,
					    m->snap.route_cap),
				 &now->route[i]);
	for (size_t i = 0; i < now->rule_n; i++)
		*ARENA_PUSH(&m->snap.arena, m->snap.rule, m->snap.rule_n, m->snap.rule_cap) =
			now->rule[i];
}

/* The machine's settings, as part of what there is. */
static void add_settings(struct owned *now, const struct machine_made *m)
{
	now->sysctl_n = now->group_n = 0;
	for (size_t i = 0; i < m->sysctl.sysctl_n; i++)
		owned_set_sysctl(now, m->sysctl.sysctl[i].name, m->sysctl.sysctl[i].value);
	for (size_t i = 0; i < m->snap.link_n; i++)
		owned_set_group(now, m->snap.link[i].h.ifi_index, m->snap.link[i].name,
				rnd_below(2) ? 0 : MULTIHOME_GROUP);
}

struct world {
	struct owned now;
	struct slot *slot;
	size_t slot_n;
	struct arena a;
};

/* One more configuration on one more machine; what is wanted there becomes what there is. */
static void next_world(struct world *w)
{
	struct arena a = {0};
	struct machine_made m;
	struct config c;
	struct desired d;
	struct err e = ERR_INIT;
	char line[1024];
	const char *text = random_config(&a);

	random_machine(&m, &w->now);
	add_settings(&w->now, &m);
	if (config_parse("t.conf", text, strlen(text), &c, &e))
		fail_msg("%s\n%s", err_line(&e, line, sizeof(line)), text);
	if (desired_make(&c, &m.machine, w->slot, w->slot_n, &d, &e))
		fail_msg("%s\n%s", err_line(&e, line, sizeof(line)), text);
	if (!rnd_below(10)) {
		d.owned.route_n = d.owned.rule_n = 0;
		d.owned.nft = NULL;
	}
	if (getenv("MH_SHOW"))
		fprintf(stderr, "----\n%s", text);
	transition(&m, &w->now, &d.owned);
	arena_free(&w->a);
	owned_free(&w->now);
	copy(&w->now, &d.owned);
	w->slot_n = d.slot_n;
	w->slot = arena_alloc(&w->a, (d.slot_n + 1) * sizeof(*w->slot));
	for (size_t i = 0; i < d.slot_n; i++)
		w->slot[i] = (struct slot){arena_strdup(&w->a, d.slot[i].uplink), d.slot[i].slot};
	desired_free(&d);
	config_free(&c);
	machine_free(&m);
	arena_free(&a);
}

static void random_transitions(void **state)
{
	struct world w = {0};

	(void)state;
	for (int i = 0; i < 300; i++)
		next_world(&w);
	owned_free(&w.now);
	arena_free(&w.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_transitions),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
