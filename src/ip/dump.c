/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ip/context.h"

#include "base/cleanup.h"
#include "ip/change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void ip_list_begin(struct ip *ip)
{
	ip->listing = true;
	if (!ip->changes)
		jw_init(&ip->print.j, &ip->out, ip->opt.pretty);
	if (ip->print.json)
		jw_array(&ip->print.j, NULL);
}

void ip_list_end(struct ip *ip)
{
	ip->listing = false;
	if (!ip->print.json)
		return;
	jw_array_end(&ip->print.j);
	if (!ip->changes)
		out_putc(&ip->out, '\n');
}

void ip_list_open(struct ip *ip)
{
	if (!ip->listing)
		ip_list_begin(ip);
}

static int dump_over(struct ip *ip, struct nl *nl, struct nlmsghdr *req, nl_fn *fn, void *arg,
		     struct err *e)
{
	int rc = nl_dump(nl, req, fn, arg, e);

	if (rc < 0 && !ip->status)
		ip->status = STATUS_KERNEL;
	if (rc > 0)
		fputs("The kernel's tables changed while they were read: what is shown may be "
		      "inconsistent.\n",
		      stderr);
	return rc < 0 ? rc : 0;
}

int ip_dump(struct ip *ip, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e)
{
	int rc = ip_settle(ip, e);

	return rc < 0 ? rc : dump_over(ip, ip->nl, req, fn, arg, e);
}

int ip_dump_until(struct ip *ip, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e)
{
	CLEANUP(free_nl) struct nl *nl = NULL;
	int rc = ip_settle(ip, e);

	if (!rc)
		rc = nl_open(&nl, NETLINK_ROUTE, 0, e);
	return rc < 0 ? rc : dump_over(ip, nl, req, fn, arg, e);
}

int ip_talk(struct ip *ip, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e)
{
	if (!fn)
		return ip_change(ip, req, e);
	int rc = ip_settle(ip, e);
	if (rc < 0)
		return rc;
	rc = nl_talk(ip->nl, req, fn, arg, e);
	if (rc < 0 && !ip->status)
		ip->status = STATUS_KERNEL;
	return rc;
}

static int collect(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct messages *m = arg;

	(void)e;
	if (!m->wanted || m->wanted(h, m->arg))
		*ARENA_PUSH(m->arena, m->item, m->n, m->cap) = arena_dup(m->arena, h, h->nlmsg_len);
	return 0;
}

int ip_collect(struct ip *ip, struct nlmsghdr *req, struct messages *m, struct err *e)
{
	m->arena = &ip->arena;
	m->item = NULL;
	m->n = m->cap = 0;
	return ip_dump(ip, req, collect, m, e);
}
