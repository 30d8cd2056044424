/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip route get: which way the kernel would send a packet.
 */
#include "ip/route.h"
#include "ip/values.h"
#include "ip/vrf.h"

#include <errno.h>

int route_get_begin(struct parser *p, struct err *e)
{
	struct route_get_request *q = p->obj;

	(void)e;
	q->r.h.rtm_family = p->ip->opt.family;
	return 0;
}

static void learn_family(struct parser *p, struct route *r, uint8_t family)
{
	if (!r->h.rtm_family)
		r->h.rtm_family = family;
	p->values.family = r->h.rtm_family;
}

static int take_prefix(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_get_request *q = p->obj;
	struct prefix_arg a;
	int rc = parse_prefix(p, q->r.h.rtm_family, &a, e);

	if (rc < 0)
		return rc;
	learn_family(p, &q->r, a.prefix.addr.family);
	if (a.any && k->field == ROUTE_SRC)
		return 0;
	if (!a.prefix.addr.family)
		a.prefix.addr.family = AF_INET;
	if (k->field == ROUTE_SRC) {
		q->r.src = a.prefix.addr;
		q->r.h.rtm_src_len = a.prefix.len;
		q->from_given = true;
	} else {
		q->r.dst = a.prefix.addr;
		/* Of a prefix, the way to its address. */
		q->r.h.rtm_dst_len = ip_bits(a.prefix.addr.family);
	}
	set_has(&q->r, k->field);
	return 0;
}

static int take_flag(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)e;
	((struct route_get_request *)p->obj)->flags |= k->num;
	return 0;
}

static int take_vrf(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_get_request *q = p->obj;
	uint32_t table;
	int ifindex;
	int rc = parse_vrf(p, &ifindex, &table, e);

	(void)k;
	if (rc < 0)
		return rc;
	q->r.oif = (uint32_t)ifindex;
	set_has(&q->r, ROUTE_OIF);
	return 0;
}

static int take_connected(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	(void)e;
	((struct route_get_request *)p->obj)->connected = true;
	return 0;
}

static int take_ipproto(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_get_request *q = p->obj;

	(void)k;
	set_has(&q->r, ROUTE_IP_PROTO);
	return parse_ipproto(p, &q->r.ip_proto, e);
}

static int take_flowlabel(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route *r = p->obj;
	uint64_t v = 0;
	int rc = parse_number(p, 0xfffff, &v, e);

	r->flowlabel = (uint32_t)v;
	set_has(r, k->field);
	return rc;
}

const struct keyword route_get_words[] = {
	{"=tos dsfield", NULL, ROUTE_TOS, 0, NULL, 0},
	{"from", take_prefix, ROUTE_SRC, 0, "ADDRESS", 0},
	{"iif", NULL, ROUTE_IIF, 0, NULL, 0},
	{"mark", NULL, ROUTE_MARK, 0, NULL, 0},
	{"oif =dev", NULL, ROUTE_OIF, 0, NULL, 0},
	{"notify", take_flag, ROUTE_FLAGS, 0, NULL, RTM_F_NOTIFY},
	{"connected", take_connected, ROUTE_FLAGS, 0, NULL, 0},
	{"vrf", take_vrf, ROUTE_OIF, 0, "NAME", 0},
	{"uid", NULL, ROUTE_UID, 0, NULL, 0},
	{"fibmatch", take_flag, ROUTE_FLAGS, 0, NULL, RTM_F_FIB_MATCH},
	{"=ipproto", take_ipproto, ROUTE_IP_PROTO, 0, "PROTOCOL", 0},
	{"=sport", NULL, ROUTE_SPORT, 0, "PORT", 0},
	{"=dport", NULL, ROUTE_DPORT, 0, "PORT", 0},
	{"=flowlabel", take_flowlabel, ROUTE_FLOWLABEL, 0, "LABEL", 0},
	{"=as", route_take_newdst, ROUTE_NEWDST, 0, "[to] LABELS", 0},
	{"=to", take_prefix, ROUTE_DST, KW_BARE, "ADDRESS", 0},
	{0},
};

int route_get_finish(struct parser *p, struct err *e)
{
	struct route_get_request *q = p->obj;

	if (!has(&q->r, ROUTE_DST))
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "the way to where? A destination is missing");
	if (!q->r.h.rtm_family)
		q->r.h.rtm_family = AF_INET;
	return 0;
}

struct answer {
	struct parser *p;
	struct route r;
	struct nlmsghdr *msg;
};

static int keep(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct answer *a = arg;

	a->msg = arena_dup(&a->p->ip->arena, h, h->nlmsg_len);
	return route_decode(a->msg, &a->r, e);
}

static int ask(struct parser *p, struct route_get_request *q, struct answer *a, struct err *e)
{
	struct nl_msg m;
	int rc = route_lookup_message(&m, RTM_F_LOOKUP_TABLE | q->flags, &q->r, e);

	if (rc >= 0)
		rc = parser_talk(p, &m, keep, a, e);
	if (rc >= 0 && !a->msg)
		rc = ip_fail(p->ip, STATUS_KERNEL, e, -ENODATA, "the kernel gave no answer");
	return rc;
}

static void show(struct ip *ip, const struct route *r)
{
	route_print(&ip->print, r);
	if (!ip->print.json)
		out_putc(&ip->out, '\n');
}

int route_get_run(struct parser *p, struct err *e)
{
	struct route_get_request *q = p->obj;
	struct answer a = {.p = p};
	int rc = ask(p, q, &a, e);

	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	show(p->ip, &a.r);
	/* "connected": asked again, as iproute2 does. */
	if (q->connected && !q->from_given)
		rc = ask(p, q, &a, e);
	if (rc >= 0 && q->connected && !q->from_given)
		show(p->ip, &a.r);
	ip_list_end(p->ip);
	return rc;
}
