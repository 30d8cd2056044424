/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip mroute: the multicast routes that a daemon has made; they can only be looked at. (ip mrule is
 * ip rule for these tables, see rule.c.)
 */
#include "model/mroute.h"
#include "ip/objects.h"
#include "ip/values.h"

#include <string.h>

struct mroute_filter {
	uint64_t has; /* nothing of `set`; the rows are hooks */
	uint8_t family;
	uint32_t table; /* 0: all */
	int iif;
	struct ip_prefix src, dst; /* length 0: any */
};

static int begin(struct parser *p, struct err *e)
{
	struct mroute_filter *f = p->obj;

	(void)e;
	f->family = p->ip->opt.family ? p->ip->opt.family : AF_INET;
	f->table = f->family == AF_INET ? RT_TABLE_DEFAULT : RT_TABLE_MAIN;
	return 0;
}

static int take_table(struct parser *p, const struct keyword *k, struct err *e)
{
	struct mroute_filter *f = p->obj;
	const char *word = parse_peek(p);
	uint32_t v;

	(void)k;
	if (word && !strcmp(word, "all") &&
	    !names_find(p->values.names, NAMES_RT_TABLES, word, &v)) {
		p->at++;
		f->table = 0;
		return 0;
	}
	return parse_name(p, NAMES_RT_TABLES, UINT32_MAX, &f->table, e);
}

static int take_iif(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_dev(p, &((struct mroute_filter *)p->obj)->iif, e);
}

static int take_prefix(struct parser *p, const struct keyword *k, struct err *e)
{
	struct mroute_filter *f = p->obj;
	struct prefix_arg a;
	int rc = parse_prefix(p, f->family, &a, e);

	*(k->field == MROUTE_SRC ? &f->src : &f->dst) = a.prefix;
	return rc;
}

static const struct keyword words[] = {
	{"table", take_table, MROUTE_TABLE, 0, "{ TABLE | all }", 0},
	{"=iif", take_iif, MROUTE_IIF, 0, "DEVICE", 0},
	{"from", take_prefix, MROUTE_SRC, 0, "PREFIX", 0},
	{"=to", take_prefix, MROUTE_DST, KW_BARE, "PREFIX", 0},
	{0},
};

static bool selects(const struct mroute_filter *f, const struct mroute *m)
{
	return (!f->table || f->table == m->table) && (!f->iif || (uint32_t)f->iif == m->iif) &&
	       (!f->src.len || !has(m, MROUTE_SRC) || ip_prefix_contains(&f->src, &m->src)) &&
	       (!f->dst.len || !has(m, MROUTE_DST) || ip_prefix_contains(&f->dst, &m->dst));
}

static int print_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	const struct mroute_filter *f = p->obj;
	struct mroute m;
	int rc = mroute_decode(h, &m, e);

	if (rc < 0 || !selects(f, &m))
		return rc;
	if (p->ip->print.json)
		jw_object(&p->ip->print.j, NULL);
	mroute_print(&p->ip->print, &m, !f->table);
	if (p->ip->print.json)
		jw_object_end(&p->ip->print.j);
	return 0;
}

static int run_list(struct parser *p, struct err *e)
{
	const struct mroute_filter *f = p->obj;
	struct mroute m = {.h.rtm_family =
				   f->family == AF_INET ? RTNL_FAMILY_IPMR : RTNL_FAMILY_IP6MR};
	struct nl_msg msg;

	if (f->family != AF_INET && f->family != AF_INET6)
		return 0;
	int rc = nl_msg_object(&msg, RTM_GETROUTE, 0, &mroute_attrs, &m, e);
	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = ip_dump(p->ip, &msg.h, print_one, p, e);
	ip_list_end(p->ip);
	if (rc < 0)
		p->ip->status = STATUS_SYNTAX;
	return rc;
}

const struct command mroute_commands[] = {
	{"list show lst", "shows multicast routes", &mroute_attrs, sizeof(struct mroute_filter),
	 words, begin, NULL, run_list, RTM_GETROUTE, 0, NULL},
	{0},
};
