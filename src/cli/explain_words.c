/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of an explanation in words, for its text and its pictures. */
#include "cli/explain.h"

#include "fib/packet_words.h"

#include <netinet/in.h>
#include <string.h>

static const char *addr_text(struct explaining *e, const struct ip_addr *a)
{
	char buf[IP_ADDR_STRLEN];

	return arena_strdup(&e->a, ip_addr_str(a, buf));
}

static const char *dev_text(struct explaining *e, int dev)
{
	return arena_strdup(&e->a, devices_name(e->v.snap.devices, dev));
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

static const char *printed(struct explaining *e, const struct rule *rule, const struct route *route)
{
	struct out o;
	struct print p = {
		.o = &o, .oneline = true, .names = e->v.names, .devices = e->v.snap.devices};

	out_init(&o, -1);
	if (rule)
		rule_print(&p, rule);
	else
		route_print(&p, route);
	const char *s = squeezed(&e->a, out_str(&o));
	out_free(&o);
	return s;
}

/* ── Rows ───────────────────────────────────────────────────────────────────────────────────── */

static struct explain_row *new_rows(struct explaining *e, size_t n)
{
	return arena_alloc(&e->a, (n + 1) * sizeof(struct explain_row));
}

/* Priorities at the right of their column. */
static const char *rule_text(struct explaining *e, const struct rule *r)
{
	const char *s = printed(e, r, NULL), *colon = strchr(s, ':');

	if (!colon)
		return s;
	return arena_printf(&e->a, "%5.*s%s", (int)(colon - s), s, colon);
}

size_t explain_rules(struct explaining *e, struct explain_row **ret)
{
	*ret = new_rows(e, e->x.step_n);
	for (size_t i = 0; i < e->x.step_n; i++) {
		const struct fib_step *s = &e->x.step[i];
		bool decides = s->outcome == FIB_ROUTE || s->outcome == FIB_ACTION;
		(*ret)[i] = (struct explain_row){rule_text(e, s->rule), s->why, decides};
	}
	return e->x.step_n;
}

size_t explain_routes(struct explaining *e, struct explain_row **ret)
{
	*ret = new_rows(e, e->x.candidate_n);
	for (size_t i = 0; i < e->x.candidate_n; i++) {
		const struct fib_candidate *c = &e->x.candidate[i];
		(*ret)[i] = (struct explain_row){printed(e, NULL, c->route), c->why,
						 c->standing == FIB_WON};
	}
	return e->x.candidate_n;
}

static const char *hop_text(struct explaining *e, const struct fib_choice *c)
{
	const char *s = c->via.family ? arena_printf(&e->a, "via %s ", addr_text(e, &c->via)) : "";

	return arena_printf(&e->a, "%sdev %s weight %u", s, dev_text(e, c->dev), c->weight);
}

size_t explain_hops(struct explaining *e, struct explain_row **ret)
{
	bool known = fib_hash_is_known(e->v.f);

	*ret = new_rows(e, e->x.choice_n);
	for (size_t i = 0; i < e->x.choice_n; i++) {
		const struct fib_choice *c = &e->x.choice[i];
		const char *why = c->why;
		if (c->chosen && !known && !why[0])
			why = e->x.guessed ? "a guess" : "the kernel says so";
		(*ret)[i] = (struct explain_row){hop_text(e, c), why, c->chosen};
	}
	return e->x.choice_n;
}

/* ── Sentences ──────────────────────────────────────────────────────────────────────────────── */

const char *explain_packet(struct explaining *e)
{
	return packet_words_text(&e->x.given, e->v.snap.devices, &e->a);
}

const char *explain_table(struct explaining *e)
{
	char buf[32];

	return arena_strdup(
		&e->a, names_str(e->v.names, NAMES_RT_TABLES, e->x.result.table, buf, sizeof(buf)));
}

const char *explain_hash(struct explaining *e)
{
	const char *of = fib_hash_text(e->v.f, e->x.packet.family, &e->a);

	if (!fib_hash_is_known(e->v.f))
		return arena_printf(&e->a,
				    "by a hash of %s, with a seed that only the kernel knows", of);
	return arena_printf(&e->a, "by a hash of %s: %u", of, e->x.result.hash);
}

static const char *verdict_text(const struct fib_result *r)
{
	if (r->why)
		return r->why;
	switch (r->verdict) {
	case FIB_FORWARD:
		return "leaves";
	case FIB_LOCAL:
		return "for this machine";
	case FIB_UNREACHABLE:
		return r->route ? "unreachable, the route says" : "unreachable, the rule says";
	case FIB_BLACKHOLE:
		return r->route ? "dropped in silence, the route says"
				: "dropped in silence, the rule says";
	case FIB_PROHIBIT:
		return r->route ? "prohibited, the route says" : "prohibited, the rule says";
	case FIB_NONE:
		return "no rule leads to a route: unreachable";
	case FIB_NOT_FORWARDED:
		return "not for this machine, and forwarding is off";
	default:
		return fib_verdict_name(r->verdict);
	}
}

const char *explain_way(struct explaining *e)
{
	const struct fib_result *r = &e->x.result;
	const char *s = verdict_text(r);

	if (r->verdict == FIB_RPF)
		return arena_printf(&e->a, "dropped as it arrives (rp_filter of %s is %s): %s",
				    dev_text(e, e->x.packet.iif),
				    explain_rp_filter(e->v.f, e->x.packet.iif), s);
	if (r->verdict != FIB_FORWARD)
		return s;
	s = arena_printf(&e->a, "leaves by %s", dev_text(e, r->dev));
	s = r->via.family ? arena_printf(&e->a, "%s to %s", s, addr_text(e, &r->via))
			  : arena_printf(&e->a, "%s to the destination itself", s);
	return e->x.uplink ? arena_printf(&e->a, "%s, uplink %s", s, e->x.uplink->name) : s;
}

const char *explain_source(struct explaining *e)
{
	const struct fib_result *r = &e->x.result;

	if ((r->verdict != FIB_FORWARD && r->verdict != FIB_LOCAL) || e->x.packet.iif)
		return NULL;
	return arena_printf(&e->a, "%s: %s", addr_text(e, &r->src),
			    fib_source_text(e->v.f, &e->x.packet, r));
}

const char *explain_arrival(struct explaining *e)
{
	const struct explanation *x = &e->x;

	if (x->packet.mark == x->given.mark)
		return NULL;
	return arena_printf(&e->a, "%#x when it arrives on %s, as %s's", x->packet.mark,
			    dev_text(e, x->packet.iif),
			    x->flow_owner ? x->flow_owner->name : "an uplink");
}

const char *explain_flow(struct explaining *e)
{
	const struct explanation *x = &e->x;

	if (!x->flow_mark)
		return NULL;
	return arena_printf(&e->a, "is %s's%s: both directions get mark %#x",
			    x->flow_owner ? x->flow_owner->name : "?",
			    x->given.mark == x->flow_mark ? "" : " from now on", x->flow_mark);
}

const char *explain_nat(struct explaining *e)
{
	const struct explanation *x = &e->x;

	if (!ip_addr_eq(&x->packet.dst, &x->given.dst))
		return arena_printf(&e->a, "npt: sent to %s, not to %s",
				    addr_text(e, &x->packet.dst), addr_text(e, &x->given.dst));
	if (x->nat)
		return arena_printf(&e->a, "%s: leaves as %s, not as %s",
				    x->nat->action == NFT_DO_SNAT ? "snat" : "masquerade",
				    addr_text(e, &x->nat_source), addr_text(e, &x->result.src));
	if (x->result.verdict == FIB_FORWARD && e->m.nft && x->uplink)
		return "none: its source belongs there";
	return NULL;
}

static const char *answer_arrives(struct explaining *e, const struct explain_back *b)
{
	const char *to = addr_text(e, b->on_wire.family ? &b->on_wire : &b->packet.dst);
	const char *s =
		arena_printf(&e->a, "%s to %s arrives on %s: ", addr_text(e, &b->packet.src), to,
			     dev_text(e, b->packet.iif));

	if (b->on_wire.family)
		s = arena_printf(&e->a, "%sit is for %s, ", s, addr_text(e, &b->packet.dst));
	if (b->packet.mark)
		s = arena_printf(&e->a, "%smark %#x, ", s, b->packet.mark);
	if (b->result.verdict == FIB_FORWARD)
		s = arena_printf(&e->a, "%sleaves by %s", s, dev_text(e, b->result.dev));
	else
		s = arena_printf(&e->a, "%s%s", s, verdict_text(&b->result));
	if (b->packet.family == AF_INET && b->result.verdict != FIB_RPF)
		s = arena_printf(&e->a, "%s; rp_filter there is %s%s", s,
				 explain_rp_filter(e->v.f, b->packet.iif),
				 fib_rp_filter(e->v.f, b->packet.iif) ? ", and passes" : "");
	return s;
}

static const char *answer_leaves(struct explaining *e, const struct explain_back *b)
{
	const char *s = arena_printf(&e->a, "%s answers %s: ", addr_text(e, &b->packet.src),
				     addr_text(e, &b->packet.dst));

	if (b->result.verdict != FIB_FORWARD)
		return arena_printf(&e->a, "%s%s", s, verdict_text(&b->result));
	s = arena_printf(&e->a, "%sleaves by %s", s, dev_text(e, b->result.dev));
	if (b->result.via.family)
		s = arena_printf(&e->a, "%s to %s", s, addr_text(e, &b->result.via));
	if (!b->well)
		s = arena_printf(&e->a, "%s, not by %s as it came", s,
				 dev_text(e, e->x.packet.iif));
	return s;
}

const char *explain_back(struct explaining *e)
{
	const struct explain_back *b = &e->x.back;

	if (!b->asked)
		return NULL;
	return b->sent ? answer_leaves(e, b) : answer_arrives(e, b);
}

const char *explain_kernel_way(struct explaining *e)
{
	const struct explain_kernel *k = &e->kernel;

	if (!k->asked)
		return NULL;
	return k->code ? k->text : printed(e, NULL, &k->way);
}

const char *explain_rp_filter(const struct fib *f, int dev)
{
	static const char *const modes[] = {"off", "strict", "loose"};
	uint32_t mode = fib_rp_filter(f, dev);

	return mode < 3 ? modes[mode] : "loose";
}
