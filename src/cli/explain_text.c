/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An explanation for people, in the order in which a packet meets things. Each part begins with its
 * name at the left; what decided bears a star, what did not is dim.
 */
#include "cli/explain.h"
#include "fib/packet_words.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

struct text {
	struct explaining *e;
	struct explanation *x;
	struct cli *c;
	struct arena *a;
};

static const char *addr_text(struct text *t, const struct ip_addr *a)
{
	char buf[IP_ADDR_STRLEN];

	return arena_strdup(t->a, ip_addr_str(a, buf));
}

static const char *dev_text(struct text *t, int dev)
{
	return arena_strdup(t->a, devices_name(t->e->v.snap.devices, dev));
}

static void put_label(struct text *t, const char *label)
{
	cli_put(t->c, CLI_BOLD, label);
	cli_pad(t->c, strlen(label), 10);
}

static void put_line(struct text *t, const char *label, const char *text)
{
	put_label(t, label);
	out_puts(&t->c->out, text);
	out_putc(&t->c->out, '\n');
}

static void put_heading(struct text *t, const char *label)
{
	cli_put(t->c, CLI_BOLD, label);
	out_putc(&t->c->out, '\n');
}

/* ── Lists: a thing, and behind all of them a column with a word on each ────────────────────── */

struct item {
	const char *text, *why;
	bool star;
};

static void put_items(struct text *t, const struct item *v, size_t n)
{
	size_t widest = 0;

	for (size_t i = 0; i < n; i++)
		if (strlen(v[i].text) > widest)
			widest = strlen(v[i].text);
	for (size_t i = 0; i < n; i++) {
		out_puts(&t->c->out, v[i].star ? "* " : "  ");
		cli_put(t->c, v[i].star ? CLI_BOLD : CLI_PLAIN, v[i].text);
		if (v[i].why[0]) {
			cli_pad(t->c, strlen(v[i].text), widest + 2);
			cli_put(t->c, CLI_DIM, v[i].why);
		}
		out_putc(&t->c->out, '\n');
	}
}

static bool decides(const struct fib_step *x)
{
	return x->outcome == FIB_ROUTE || x->outcome == FIB_ACTION;
}

/* One line, one blank between words: ip's backslashes and tabs are for columns of its own. */
static const char *squeezed(struct arena *a, const char *s)
{
	char *text = arena_strdup(a, s), *to = text;

	for (; *s; s++) {
		bool blank = *s == ' ' || *s == '\t' || *s == '\\';
		if (!blank)
			*to++ = *s;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > text && to[-1] == ' ')
		to--;
	*to = 0;
	return text;
}

static const char *printed(struct text *t, const struct rule *rule, const struct route *route)
{
	struct print p = view_print(&t->e->v, t->c);
	struct out o;

	out_init(&o, -1);
	p.o = &o;
	p.json = false;
	p.oneline = true;
	if (rule)
		rule_print(&p, rule);
	else
		route_print(&p, route);
	const char *s = squeezed(t->a, out_str(&o));
	out_free(&o);
	return s;
}

/* Priorities at the right of their column. */
static const char *rule_text(struct text *t, const struct rule *r)
{
	const char *s = printed(t, r, NULL), *colon = strchr(s, ':');

	if (!colon)
		return s;
	return arena_printf(t->a, "%5.*s%s", (int)(colon - s), s, colon);
}

static void put_rules(struct text *t)
{
	struct item *v = arena_alloc(t->a, (t->x->step_n + 1) * sizeof(*v));

	for (size_t i = 0; i < t->x->step_n; i++) {
		const struct fib_step *s = &t->x->step[i];
		v[i] = (struct item){rule_text(t, s->rule), s->why, decides(s)};
	}
	if (t->x->step_n)
		put_heading(t, "Rules");
	put_items(t, v, t->x->step_n);
}

#define ROUTES_SHOWN 12

static void put_routes(struct text *t)
{
	size_t n = t->x->candidate_n < ROUTES_SHOWN ? t->x->candidate_n : ROUTES_SHOWN;
	struct item *v = arena_alloc(t->a, (n + 1) * sizeof(*v));
	char name[32];

	if (!n)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct fib_candidate *c = &t->x->candidate[i];
		v[i] = (struct item){printed(t, NULL, c->route), c->why, c->standing == FIB_WON};
	}
	put_line(t, "Routes",
		 arena_printf(t->a, "that have the destination, in table %s",
			      names_str(t->e->v.names, NAMES_RT_TABLES, t->x->result.table, name,
					sizeof(name))));
	put_items(t, v, n);
	if (n < t->x->candidate_n)
		out_printf(&t->c->out, "  ... and %zu more\n", t->x->candidate_n - n);
}

static const char *choice_text(struct text *t, const struct fib_choice *c)
{
	const char *s = c->via.family ? arena_printf(t->a, "via %s ", addr_text(t, &c->via)) : "";

	s = arena_printf(t->a, "%sdev %s weight %u", s, dev_text(t, c->dev), c->weight);
	if (c->takes && t->x->result.hash)
		s = arena_printf(t->a, "%s hashes %u-%u", s, c->first, c->last);
	return s;
}

static void put_hops(struct text *t)
{
	struct item *v = arena_alloc(t->a, (t->x->choice_n + 1) * sizeof(*v));
	const struct fib *f = t->e->v.f;
	const char *of = fib_hash_text(f, t->x->packet.family, t->a);

	if (t->x->choice_n < 2)
		return;
	for (size_t i = 0; i < t->x->choice_n; i++) {
		const struct fib_choice *c = &t->x->choice[i];
		const char *why = c->chosen && !fib_hash_is_known(f) && !c->why[0]
					  ? (t->x->guessed ? "a guess" : "the kernel says so")
					  : c->why;
		v[i] = (struct item){choice_text(t, c), why, c->chosen};
	}
	if (fib_hash_is_known(f))
		of = arena_printf(t->a, "by a hash of %s: %u", of, t->x->result.hash);
	else
		of = arena_printf(t->a, "by a hash of %s, with a seed that only the kernel knows",
				  of);
	put_line(t, "Next hop", of);
	put_items(t, v, t->x->choice_n);
}

static void put_way(struct text *t)
{
	const struct fib_result *r = &t->x->result;
	const char *s = explain_verdict_text(r);

	if (r->verdict == FIB_FORWARD) {
		s = arena_printf(t->a, "leaves by %s", dev_text(t, r->dev));
		s = r->via.family ? arena_printf(t->a, "%s to %s", s, addr_text(t, &r->via))
				  : arena_printf(t->a, "%s to the destination itself", s);
		if (t->x->uplink)
			s = arena_printf(t->a, "%s, uplink %s", s, t->x->uplink->name);
	}
	if (r->verdict == FIB_RPF)
		s = arena_printf(t->a, "dropped as it arrives (rp_filter of %s is %s): %s",
				 dev_text(t, t->x->packet.iif),
				 explain_rp_filter(t->e->v.f, t->x->packet.iif), s);
	put_line(t, "Way", s);
	if ((r->verdict == FIB_FORWARD || r->verdict == FIB_LOCAL) && !t->x->packet.iif)
		put_line(t, "Source",
			 arena_printf(t->a, "%s: %s", addr_text(t, &r->src),
				      fib_source_text(t->e->v.f, &t->x->packet, r)));
}

/* ── The nftables table ─────────────────────────────────────────────────────────────────────── */

static void put_marks(struct text *t)
{
	const struct explanation *x = t->x;

	if (x->packet.mark != x->mark_before)
		put_line(t, "Mark",
			 arena_printf(t->a, "%#x when it arrives on %s, as %s's", x->packet.mark,
				      dev_text(t, x->packet.iif),
				      x->flow_owner ? x->flow_owner->name : "an uplink"));
	if (x->flow_mark)
		put_line(t, "Flow",
			 arena_printf(t->a, "is %s's%s: both directions get mark %#x",
				      x->flow_owner ? x->flow_owner->name : "?",
				      x->mark_before == x->flow_mark ? "" : " from now on",
				      x->flow_mark));
}

static void put_nat(struct text *t)
{
	const struct explanation *x = t->x;

	if (x->nat)
		put_line(t, "NAT",
			 arena_printf(t->a, "%s: leaves as %s, not as %s", nft_nat_name(x->nat),
				      addr_text(t, &x->nat_source), addr_text(t, &x->result.src)));
	else if (x->result.verdict == FIB_FORWARD && t->e->m.nft && x->uplink)
		put_line(t, "NAT", "none: its source belongs there");
}

/* ── The way back ───────────────────────────────────────────────────────────────────────────── */

static const char *back_arrives(struct text *t)
{
	const struct explain_back *b = &t->x->back;
	const char *s, *to = addr_text(t, b->on_wire.family ? &b->on_wire : &b->packet.dst);

	s = arena_printf(t->a, "%s to %s arrives on %s: ", addr_text(t, &b->packet.src), to,
			 dev_text(t, b->packet.iif));
	if (b->on_wire.family)
		s = arena_printf(t->a, "%sit is for %s, ", s, addr_text(t, &b->packet.dst));
	if (b->packet.mark)
		s = arena_printf(t->a, "%smark %#x, ", s, b->packet.mark);
	if (b->result.verdict == FIB_FORWARD)
		s = arena_printf(t->a, "%sleaves by %s", s, dev_text(t, b->result.dev));
	else
		s = arena_printf(t->a, "%s%s", s, explain_verdict_text(&b->result));
	if (b->packet.family == AF_INET && b->result.verdict != FIB_RPF)
		s = arena_printf(t->a, "%s; rp_filter there is %s%s", s,
				 explain_rp_filter(t->e->v.f, b->packet.iif),
				 fib_rp_filter(t->e->v.f, b->packet.iif) ? ", and passes" : "");
	return s;
}

static const char *back_leaves(struct text *t)
{
	const struct explain_back *b = &t->x->back;
	const char *s = arena_printf(t->a, "%s answers %s: ", addr_text(t, &b->packet.src),
				     addr_text(t, &b->packet.dst));

	if (b->result.verdict != FIB_FORWARD)
		return arena_printf(t->a, "%s%s", s, explain_verdict_text(&b->result));
	s = arena_printf(t->a, "%sleaves by %s", s, dev_text(t, b->result.dev));
	if (b->result.via.family)
		s = arena_printf(t->a, "%s to %s", s, addr_text(t, &b->result.via));
	if (!b->well)
		s = arena_printf(t->a, "%s, not by %s as it came", s,
				 dev_text(t, t->x->packet.iif));
	return s;
}

static void put_back(struct text *t)
{
	const struct explain_back *b = &t->x->back;

	if (!b->asked)
		return;
	put_label(t, "Back");
	cli_put(t->c, b->well ? CLI_PLAIN : CLI_BAD, b->sent ? back_leaves(t) : back_arrives(t));
	out_putc(&t->c->out, '\n');
}

static void put_kernel(struct text *t)
{
	const struct explain_kernel *k = &t->e->kernel;

	if (!k->asked)
		return;
	put_line(t, "Kernel", k->code ? k->text : printed(t, NULL, &k->way));
	if (!k->differs) {
		cli_put(t->c, CLI_GOOD, "Our reading and the kernel agree.\n");
		return;
	}
	cli_put(t->c, CLI_BAD,
		arena_printf(t->a,
			     "Our reading and the kernel do not agree (%s); the kernel's word "
			     "counts.\n",
			     k->differs));
}

void explain_text(struct explaining *e, struct cli *c)
{
	struct text t = {e, &e->x, c, &e->a};

	put_line(&t, "Packet", packet_words_text(&t.x->packet, e->v.snap.devices, t.a));
	if (t.x->packet.mark != t.x->mark_before)
		put_marks(&t);
	put_rules(&t);
	put_routes(&t);
	put_hops(&t);
	put_way(&t);
	if (t.x->packet.mark == t.x->mark_before)
		put_marks(&t);
	put_nat(&t);
	put_back(&t);
	put_kernel(&t);
	if (e->v.configured && !e->v.in_force)
		cli_put(c, CLI_DIM,
			"The configuration is not in force: no marks, no translation.\n");
}
