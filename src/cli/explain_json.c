/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same as one JSON object; multihome(8) documents its members. */
#include "cli/explain.h"
#include "fib/packet_words.h"

#include <netinet/in.h>

static void put_device(struct json *j, const struct view *v, const char *key, int dev)
{
	if (dev)
		jw_str(j, key, devices_name(v->snap.devices, dev));
}

static void put_address(struct json *j, const char *key, const struct ip_addr *a)
{
	if (a->family && !ip_addr_is_any(a))
		jw_addr(j, key, a);
}

static void put_number(struct json *j, const char *key, uint32_t v)
{
	if (v)
		jw_u64(j, key, v);
}

void explain_json_result(struct json *j, const struct view *v, const struct fib_result *r,
			 const struct prove_uplink *uplink)
{
	struct ip_prefix prefix = fib_result_prefix(r);
	char buf[IP_PREFIX_STRLEN];
	const char *type = r->route ? route_type_name(r->route->h.rtm_type) : NULL;

	jw_str(j, "verdict", fib_verdict_name(r->verdict));
	if (r->why)
		jw_str(j, "why", r->why);
	if (r->rule)
		jw_u64(j, "priority", r->rule->priority);
	if (r->table)
		jw_u64(j, "table", r->table);
	if (prefix.addr.family)
		jw_str(j, "prefix", ip_prefix_str(&prefix, buf));
	if (type)
		jw_str(j, "type", type);
	put_device(j, v, "dev", r->dev);
	put_address(j, "via", &r->via);
	put_address(j, "src", &r->src);
	if (uplink)
		jw_str(j, "uplink", uplink->name);
}

static void put_packet(struct json *j, const struct view *v, const char *key,
		       const struct fib_packet *p)
{
	const char *proto = packet_protocol_name(p->proto);

	jw_object(j, key);
	put_address(j, "from", &p->src);
	jw_addr(j, "to", &p->dst);
	if (proto)
		jw_str(j, "proto", proto);
	else if (p->proto)
		jw_u64(j, "proto", p->proto);
	put_number(j, "sport", p->sport);
	put_number(j, "dport", p->dport);
	put_number(j, "mark", p->mark);
	put_device(j, v, "iif", p->iif);
	put_device(j, v, "oif", p->oif);
	put_number(j, "uid", p->uid);
	put_number(j, "tos", p->tos);
	put_number(j, "flowlabel", p->flowlabel);
	jw_object_end(j);
}

/* ── Objects as `ip -j` has them ────────────────────────────────────────────────────────────── */

static void put_rule(struct explaining *e, struct cli *c, const struct rule *r)
{
	struct print p = view_print(&e->v, c);

	jw_raw(&p.j, "rule");
	p.j.comma = false;
	rule_print(&p, r);
	c->j = p.j;
	c->j.comma = true;
}

static void put_route(struct explaining *e, struct cli *c, const char *key, const struct route *r)
{
	struct print p = view_print(&e->v, c);

	jw_raw(&p.j, key);
	p.j.comma = false;
	p.details = true;
	route_print(&p, r);
	c->j = p.j;
	c->j.comma = true;
}

static void put_steps(struct explaining *e, struct cli *c)
{
	jw_array(&c->j, "rules");
	for (size_t i = 0; i < e->x.step_n; i++) {
		const struct fib_step *s = &e->x.step[i];
		jw_object(&c->j, NULL);
		put_rule(e, c, s->rule);
		jw_str(&c->j, "outcome", fib_outcome_name(s->outcome));
		if (s->why[0])
			jw_str(&c->j, "why", s->why);
		jw_object_end(&c->j);
	}
	jw_array_end(&c->j);
}

static void put_routes(struct explaining *e, struct cli *c)
{
	static const char *const words[] = {
		[FIB_PASSED] = "passed", [FIB_WON] = "won", [FIB_BEATEN] = "beaten"};

	jw_array(&c->j, "routes");
	for (size_t i = 0; i < e->x.candidate_n; i++) {
		const struct fib_candidate *x = &e->x.candidate[i];
		jw_object(&c->j, NULL);
		put_route(e, c, "route", x->route);
		jw_str(&c->j, "standing", words[x->standing]);
		if (x->why[0])
			jw_str(&c->j, "why", x->why);
		jw_object_end(&c->j);
	}
	jw_array_end(&c->j);
}

static void put_hops(struct explaining *e, struct cli *c)
{
	struct json *j = &c->j;

	jw_array(j, "nexthops");
	for (size_t i = 0; i < e->x.choice_n; i++) {
		const struct fib_choice *x = &e->x.choice[i];
		jw_object(j, NULL);
		put_address(j, "via", &x->via);
		put_device(j, &e->v, "dev", x->dev);
		jw_u64(j, "weight", x->weight);
		if (x->takes) {
			jw_u64(j, "first", x->first);
			jw_u64(j, "last", x->last);
		}
		jw_bool(j, "chosen", x->chosen);
		if (x->why[0])
			jw_str(j, "why", x->why);
		jw_object_end(j);
	}
	jw_array_end(j);
	if (e->x.result.nexthops < 2)
		return;
	if (fib_hash_is_known(e->v.f))
		jw_u64(j, "hash", e->x.result.hash);
	jw_str(j, "hash_of", fib_hash_text(e->v.f, e->x.packet.family, &e->a));
	jw_bool(j, "guessed", e->x.guessed);
}

/* ── What becomes of it ─────────────────────────────────────────────────────────────────────── */

static void put_nft(struct explaining *e, struct json *j)
{
	const struct explanation *x = &e->x;

	if (x->flow_mark) {
		jw_object(j, "flow");
		jw_u64(j, "mark", x->flow_mark);
		if (x->flow_owner)
			jw_str(j, "uplink", x->flow_owner->name);
		jw_object_end(j);
	}
	bool sent_on = !ip_addr_eq(&x->packet.dst, &x->given.dst);
	if (!x->nat && !sent_on)
		return;
	jw_object(j, "nat");
	jw_str(j, "kind", x->nat ? nft_nat_name(x->nat) : "npt");
	if (x->nat)
		jw_addr(j, "src", &x->nat_source);
	if (sent_on)
		jw_addr(j, "dst", &x->packet.dst);
	jw_object_end(j);
}

static void put_back(struct explaining *e, struct json *j)
{
	const struct explain_back *b = &e->x.back;

	if (!b->asked)
		return;
	jw_object(j, "back");
	jw_bool(j, "well", b->well);
	put_packet(j, &e->v, "packet", &b->packet);
	put_address(j, "sent_to", &b->on_wire);
	explain_json_result(j, &e->v, &b->result, b->uplink);
	if (!b->sent && b->packet.family == AF_INET)
		jw_str(j, "rp_filter", explain_rp_filter(e->v.f, b->packet.iif));
	jw_object_end(j);
}

static void put_kernel(struct explaining *e, struct cli *c)
{
	const struct explain_kernel *k = &e->kernel;

	if (!k->asked)
		return;
	if (k->code)
		jw_str(&c->j, "kernel_error", k->text);
	else
		put_route(e, c, "kernel", &k->way);
	jw_bool(&c->j, "agree", !k->differs);
	if (k->differs)
		jw_str(&c->j, "differs", k->differs);
}

void explain_json(struct explaining *e, struct cli *c)
{
	struct json *j = &c->j;

	jw_object(j, NULL);
	put_packet(j, &e->v, "packet", &e->x.packet);
	put_steps(e, c);
	explain_json_result(j, &e->v, &e->x.result, e->x.uplink);
	put_routes(e, c);
	put_hops(e, c);
	jw_str(j, "source", fib_source_text(e->v.f, &e->x.packet, &e->x.result));
	put_nft(e, j);
	put_back(e, j);
	if (e->v.configured)
		jw_bool(j, "in_force", e->v.in_force);
	put_kernel(e, c);
	jw_object_end(j);
	out_putc(&c->out, '\n');
}
