/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/explain.h"
#include "fib/answer.h"

#include <stdio.h>
#include <string.h>

struct answer {
	struct arena *arena;
	struct route *route;
};

static int take_answer(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct answer *a = arg;

	if (h->nlmsg_type != RTM_NEWROUTE)
		return 0;
	return route_decode(arena_dup(a->arena, h, h->nlmsg_len), a->route, e);
}

static int ask(const struct view *v, const struct fib_packet *p, uint32_t flags,
	       struct arena *arena, struct route *ret, struct err *e)
{
	struct route r = fib_packet_route(p);
	struct answer a = {arena, ret};
	struct nl_msg m;
	int rc = route_lookup_message(&m, flags, &r, e);

	return rc ? rc : nl_talk(kernel_nl(v->s.kernel), &m.h, take_answer, &a, e);
}

static struct ip_addr source_of(const struct route *r)
{
	return has(r, ROUTE_PREFSRC) ? r->prefsrc : (struct ip_addr){0};
}

bool explain_ask_hop(const struct view *v, const struct fib_packet *p, struct fib_result *r)
{
	struct arena a = {0};
	struct fib_packet query = *p;
	struct fib_result expected;
	struct route way;

	query.query = true;
	fib_lookup(v->f, &query, &expected);
	int code = ask(v, p, RTM_F_LOOKUP_TABLE, &a, &way, NULL);
	bool agrees = !code && !fib_answer_differs(v->f, &query, &expected, code, &way);
	if (agrees) {
		struct ip_addr src = source_of(&way);
		r->dev = (int)way.oif;
		r->via = fib_route_via(&way);
		r->src = src.family ? src : r->src;
	}
	arena_free(&a);
	return agrees;
}

void explain_ask(struct explaining *x)
{
	struct explain_kernel *k = &x->kernel;
	struct fib_packet query = x->x.packet;
	struct fib_result r;
	struct err e = ERR_INIT, other = ERR_INIT;

	k->asked = true;
	k->code = ask(&x->v, &x->x.packet, RTM_F_LOOKUP_TABLE, &k->arena, &k->way, &e);
	snprintf(k->text, sizeof(k->text), "%s", e.msg);
	int code = ask(&x->v, &x->x.packet, RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH, &k->arena,
		       &k->match, &other);

	query.query = true;
	fib_lookup(x->v.f, &query, &r);
	k->differs = fib_answer_differs(x->v.f, &query, &r, k->code, &k->way);
	if (!k->differs)
		k->differs = fib_match_differs(x->v.f, &query, &r, code, &k->match);
	if (!k->differs && x->x.guessed && !k->code) {
		struct ip_addr via = fib_route_via(&k->way);
		struct ip_addr src = source_of(&k->way);
		explain_settle(&x->m, (int)k->way.oif, &via, &src, &x->a, &x->x);
	}
}
