/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip tcp_metrics: what TCP has learned about its peers.
 */
#include "model/tcp_metrics.h"
#include "base/cleanup.h"
#include "ip/change.h"
#include "ip/objects.h"
#include "ip/values.h"

#include <errno.h>
#include <stdio.h>

struct tcp_metrics_request {
	uint64_t has; /* nothing of `set` */
	bool dst_given, src_given;
	struct prefix_arg dst, src;
	struct messages found; /* flush */
};

static int take_address(struct parser *p, const struct keyword *k, struct err *e)
{
	struct tcp_metrics_request *q = p->obj;

	(void)k;
	q->dst_given = true;
	return parse_prefix(p, p->ip->opt.family, &q->dst, e);
}

static int take_source(struct parser *p, const struct keyword *k, struct err *e)
{
	struct tcp_metrics_request *q = p->obj;

	(void)k;
	if (q->dst_given)
		return parse_invalid(p, e, "it is either an address or a \"source\"");
	q->src_given = true;
	return parse_prefix(p, p->ip->opt.family, &q->src, e);
}

static const struct keyword words[] = {
	{"=src =source", take_source, 0, KW_ONCE, "PREFIX", 0},
	{"=address", take_address, 0, KW_BARE | KW_ONCE, "PREFIX", 0},
	{0},
};

static bool is_host(const struct prefix_arg *a)
{
	return !a->any && a->prefix.len == ip_bits(a->prefix.addr.family);
}

static int finish_delete(struct parser *p, struct err *e)
{
	const struct tcp_metrics_request *q = p->obj;

	if (!q->dst_given || q->src_given)
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL, "%s",
			       q->src_given ? "the peer's address is needed, not a \"source\""
					    : "an address is missing");
	if (!is_host(&q->dst))
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "one address is needed");
	return 0;
}

static bool within(const struct prefix_arg *a, bool given, const struct ip_addr *addr)
{
	if (!given || a->any || !a->prefix.len)
		return true;
	return a->prefix.addr.family == addr->family && ip_prefix_contains(&a->prefix, addr);
}

static bool selects(const struct parser *p, const struct tcp_metrics *t)
{
	const struct tcp_metrics_request *q = p->obj;
	uint8_t family = p->ip->opt.family;

	if ((!has(t, TCPM_DST4) && !has(t, TCPM_DST6)) || (family && family != t->dst.family))
		return false;
	struct ip_addr none = {.family = t->dst.family};
	bool has_src = has(t, TCPM_SRC4) || has(t, TCPM_SRC6);
	return within(&q->dst, q->dst_given, &t->dst) &&
	       within(&q->src, q->src_given, has_src ? &t->src : &none);
}

static int request(const struct genl *g, struct nl_msg *m, uint8_t cmd, const struct ip_addr *dst,
		   const struct ip_addr *src, struct err *e)
{
	struct tcp_metrics t = {.h = {.cmd = cmd, .version = TCP_METRICS_GENL_VERSION}};

	if (dst) {
		t.dst = *dst;
		set_has(&t, dst->family == AF_INET ? TCPM_DST4 : TCPM_DST6);
	}
	if (src) {
		t.src = *src;
		set_has(&t, src->family == AF_INET ? TCPM_SRC4 : TCPM_SRC6);
	}
	return nl_msg_object(m, g->family, 0, &tcp_metrics_attrs, &t, e);
}

static int print_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	struct tcp_metrics t;
	int rc = tcp_metrics_decode(h, &t, e);

	if (rc < 0 || !selects(p, &t))
		return rc;
	tcp_metrics_print(&p->ip->print, &t);
	if (!p->ip->print.json)
		out_putc(&p->ip->out, '\n');
	return 0;
}

static int kernel_said(struct parser *p, int rc)
{
	if (rc < 0)
		p->ip->status = STATUS_KERNEL;
	return rc < 0 ? rc : 0;
}

static int run_show(struct parser *p, struct err *e)
{
	const struct tcp_metrics_request *q = p->obj;
	CLEANUP(free_genl) struct genl g = {.nl = NULL};
	bool one = q->dst_given && is_host(&q->dst);
	struct nl_msg m;
	int rc = genl_open(&g, TCP_METRICS_GENL_NAME, NULL, e);

	if (!rc)
		rc = request(&g, &m, TCP_METRICS_CMD_GET, one ? &q->dst.prefix.addr : NULL, NULL,
			     e);
	if (rc < 0)
		return kernel_said(p, rc);
	ip_list_begin(p->ip);
	rc = one ? nl_talk(g.nl, &m.h, print_one, p, e) : nl_dump(g.nl, &m.h, print_one, p, e);
	ip_list_end(p->ip);
	return kernel_said(p, rc);
}

static int run_delete(struct parser *p, struct err *e)
{
	const struct tcp_metrics_request *q = p->obj;
	CLEANUP(free_genl) struct genl g = {.nl = NULL};
	bool all = !q->dst_given;
	struct nl_msg m;
	int rc = ip_act(p->ip, e);

	if (rc <= 0)
		return rc;
	rc = genl_open(&g, TCP_METRICS_GENL_NAME, NULL, e);
	if (!rc)
		rc = request(&g, &m, TCP_METRICS_CMD_DEL, all ? NULL : &q->dst.prefix.addr, NULL,
			     e);
	if (!rc)
		rc = nl_talk(g.nl, &m.h, NULL, NULL, e);
	return kernel_said(p, rc);
}

static int keep_selected(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	struct tcp_metrics_request *q = p->obj;
	struct tcp_metrics t;
	int rc = tcp_metrics_decode(h, &t, e);

	if (!rc && selects(p, &t))
		*ARENA_PUSH(&p->ip->arena, q->found.item, q->found.n, q->found.cap) =
			arena_dup(&p->ip->arena, h, h->nlmsg_len);
	return rc;
}

static int run_flush(struct parser *p, struct err *e)
{
	struct tcp_metrics_request *q = p->obj;
	CLEANUP(free_genl) struct genl g = {.nl = NULL};
	bool all = !p->ip->opt.family && !q->src_given &&
		   (!q->dst_given || q->dst.any || !q->dst.prefix.len);
	struct nl_msg m;
	int rc;

	if (all) {
		q->dst_given = false;
		return run_delete(p, e);
	}
	rc = ip_act(p->ip, e);
	if (rc <= 0)
		return rc;
	rc = genl_open(&g, TCP_METRICS_GENL_NAME, NULL, e);
	if (!rc)
		rc = request(&g, &m, TCP_METRICS_CMD_GET, NULL, NULL, e);
	if (!rc)
		rc = nl_dump(g.nl, &m.h, keep_selected, p, e);
	for (size_t i = 0; i < q->found.n && rc >= 0; i++) {
		struct tcp_metrics t;
		rc = tcp_metrics_decode(q->found.item[i], &t, e);
		if (!rc)
			rc = request(&g, &m, TCP_METRICS_CMD_DEL, &t.dst,
				     t.src.family ? &t.src : NULL, e);
		if (!rc)
			rc = nl_talk(g.nl, &m.h, NULL, NULL, e);
	}
	if (!rc && !q->found.n)
		fputs("Nothing to flush.\n", stderr);
	return kernel_said(p, rc);
}

#define TCPM(names, what, finish, run)                                                             \
	{                                                                                          \
		names, what, NULL, sizeof(struct tcp_metrics_request), words, NULL, finish, run,   \
			0, 0, NULL                                                                 \
	}
const struct command tcp_metrics_commands[] = {
	TCPM("show list lst", "shows what is known", NULL, run_show),
	TCPM("delete", "forgets one peer", finish_delete, run_delete),
	TCPM("flush", "forgets peers", NULL, run_flush),
	{0},
};
