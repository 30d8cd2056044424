/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip monitor: what changes, as it changes, or as it was recorded in a file of netlink messages. In
 * JSON each change is a line of its own, {"deleted":true,"route":{...}}, the object under the keys
 * that `show` has.
 */
#include "ip/monitor.h"
#include "base/cleanup.h"
#include "ip/netns.h"
#include "ip/objects.h"
#include "ip/values.h"
#include "model/link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

struct monitor {
	uint64_t has;	 /* nothing of `set` */
	uint32_t wanted; /* bits of monitor_kinds[] */
	bool chosen;	 /* by name: a group that the kernel lacks is then an error */
	bool labels, all_nsid;
	const char *file;
	int ifindex;   /* 0: any */
	struct nl *nl; /* NULL: from a file */
};

#define ALL ((1u << MONITOR_KINDS) - 1)

static void print_moment(struct ip *ip, time_t seconds, long usec, bool recorded)
{
	struct print *p = &ip->print;
	bool iso = ip->opt.short_time || p->json;
	char buf[64];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(buf, sizeof(buf), iso && !recorded ? "%Y-%m-%dT%H:%M:%S" : "%a %b %e %H:%M:%S %Y",
		 &tm);
	if (p->json)
		jw_printf(&p->j, "timestamp", "%s.%06ld", buf, usec);
	else if (recorded)
		out_printf(p->o, "Timestamp: %s %lu us\n", buf, (unsigned long)usec);
	else if (iso)
		out_printf(p->o, "[%s.%06ld] ", buf, usec);
	else
		out_printf(p->o, "Timestamp: %s %06ld usec\n", buf, usec);
}

static void print_headers(struct parser *p, const struct monitor_kind *k)
{
	const struct monitor *q = p->obj;
	struct print *print = &p->ip->print;
	const int nsid = q->nl ? nl_nsid(q->nl) : -1;
	struct timeval now;

	if ((p->ip->opt.timestamp || p->ip->opt.short_time) && !q->file) {
		gettimeofday(&now, NULL);
		print_moment(p->ip, now.tv_sec, now.tv_usec, false);
	}
	if (print->json) {
		if (q->all_nsid && nsid >= 0)
			jw_s64(&print->j, "nsid", nsid);
		return;
	}
	if (q->all_nsid && nsid < 0)
		out_puts(print->o, "[nsid current]");
	else if (q->all_nsid)
		out_printf(print->o, "[nsid %d]", nsid);
	if (q->labels)
		out_printf(print->o, "[%s]", k->label);
}

static const struct monitor_kind *kind_of(const struct nlmsghdr *h)
{
	uint8_t family =
		mnl_nlmsg_get_payload_len(h) ? *(const uint8_t *)mnl_nlmsg_get_payload(h) : 0;
	bool multicast = family == RTNL_FAMILY_IPMR || family == RTNL_FAMILY_IP6MR;

	for (unsigned i = 0; i < MONITOR_KINDS; i++) {
		const struct monitor_kind *k = &monitor_kinds[i];
		for (unsigned t = 0; t < ARRAY_SIZE(k->type); t++)
			if (k->type[t] == h->nlmsg_type && h->nlmsg_type &&
			    (k->family != 0) == multicast)
				return k;
	}
	return NULL;
}

/* What is not to be shown is unwritten. */
static int show(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	const struct monitor *q = p->obj;
	const struct monitor_kind *k = kind_of(h);
	struct out *o = &p->ip->out;
	struct print *print = &p->ip->print;
	size_t start = o->len;

	if (!k)
		return 0;
	jw_init(&print->j, o, p->ip->opt.pretty);
	if (print->json)
		jw_object(&print->j, NULL);
	print_headers(p, k);
	int rc = k->show(p->ip, h, q->ifindex, e);
	if (print->json) {
		jw_object_end(&print->j);
		out_putc(o, '\n');
	}
	if (rc)
		o->len = start;
	return rc < 0 ? rc : 0;
}

/* Two kinds have labels, too. */
static unsigned mpls_group(unsigned kind)
{
	return kind == MONITOR_ROUTE	 ? RTNLGRP_MPLS_ROUTE
	       : kind == MONITOR_NETCONF ? RTNLGRP_MPLS_NETCONF
					 : 0;
}

static int join_kind(struct nl *nl, unsigned kind, uint8_t family, struct err *e)
{
	const struct monitor_kind *k = &monitor_kinds[kind];
	int rc = 0;

	if (k->group)
		rc = nl_join(nl, k->group, e);
	if (!rc && k->group4 && (!family || family == AF_INET))
		rc = nl_join(nl, k->group4, e);
	if (!rc && k->group6 && (!family || family == AF_INET6))
		rc = nl_join(nl, k->group6, e);
	if (!rc && mpls_group(kind) && (!family || family == AF_MPLS))
		rc = nl_join(nl, mpls_group(kind), e);
	return rc;
}

/* An older kernel lacks some groups; only those that were asked for must be there. */
static int join(struct nl *nl, const struct monitor *q, uint8_t family, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < MONITOR_KINDS && !rc; i++)
		if (q->wanted & 1u << i)
			rc = join_kind(nl, i, family, q->chosen ? e : NULL) * q->chosen;
	return rc;
}

static int learn(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct link l;
	int rc = link_decode(h, &l, e);

	if (!rc && has(&l, LINK_NAME))
		devices_add_flags(arg, l.h.ifi_index, l.name, l.h.ifi_flags);
	return rc;
}

static int listen_to(struct parser *p, struct nl *nl, struct err *e)
{
	int rc = 0;

	((struct monitor *)p->obj)->nl = nl;
	while (rc >= 0) {
		struct pollfd poll_fd = {.fd = nl_fd(nl), .events = POLLIN};
		if (poll(&poll_fd, 1, -1) < 0 && errno != EINTR)
			return err_errno(e, -errno, "poll");
		rc = nl_receive(nl, show, p, e);
		if (rc == -ENOBUFS) {
			fputs("Changes came faster than they were read: some are not shown.\n",
			      stderr);
			rc = 0;
		}
		if (out_flush(&p->ip->out) < 0)
			return p->ip->out.error;
	}
	return rc;
}

static int run_live(struct parser *p, struct err *e)
{
	const struct monitor *q = p->obj;
	CLEANUP(free_nl) struct nl *nl = NULL;
	struct link all = {.has = 0};
	struct nl_msg m;
	int rc = nl_open(&nl, NETLINK_ROUTE, 0, e);

	if (!rc)
		rc = join(nl, q, p->ip->opt.family, e);
	if (!rc && q->all_nsid)
		rc = nl_listen_all_nsid(nl, e);
	if (rc < 0) {
		p->ip->status = STATUS_SYNTAX;
		return rc;
	}
	rc = link_message(&m, RTM_GETLINK, 0, &all, e);
	if (!rc)
		rc = ip_dump(p->ip, &m.h, learn, p->ip->devices, e);
	if (rc >= 0)
		rc = listen_to(p, nl, e);
	p->ip->status = STATUS_KERNEL;
	return rc;
}

/* The moment at which rtmon wrote what follows. */
static void show_recorded_time(struct ip *ip, const struct nlmsghdr *h)
{
	uint32_t t[2]; /* seconds, microseconds */

	if (mnl_nlmsg_get_payload_len(h) < sizeof(t))
		return;
	memcpy(t, mnl_nlmsg_get_payload(h), sizeof(t));
	jw_init(&ip->print.j, &ip->out, ip->opt.pretty);
	if (ip->print.json)
		jw_object(&ip->print.j, NULL);
	print_moment(ip, (time_t)t[0], (long)t[1], true);
	if (ip->print.json) {
		jw_object_end(&ip->print.j);
		out_putc(&ip->out, '\n');
	}
}

enum { RECORDED_TIME = 15 }; /* a message type of rtmon's */

static int read_message(FILE *f, const char *name, struct nl_msg *m, struct err *e)
{
	size_t n = fread(m->buf, 1, sizeof(m->h), f);

	if (!n && !ferror(f))
		return 0;
	size_t len = m->h.nlmsg_len, padded = (len + MNL_ALIGNTO - 1) / MNL_ALIGNTO * MNL_ALIGNTO;
	if (n != sizeof(m->h) || len < sizeof(m->h) || padded > sizeof(m->buf) ||
	    fread(m->buf + n, 1, padded - n, f) != padded - n)
		return err_set(e, -EBADMSG, "\"%s\" is no record of netlink messages, or damaged",
			       name);
	return 1;
}

static int run_file(struct parser *p, struct err *e)
{
	const struct monitor *q = p->obj;
	CLEANUP(free_file) FILE *f = fopen(q->file, "re");
	struct nl_msg m;
	int rc;

	if (!f)
		return ip_fail(p->ip, STATUS_USAGE, e, -errno, "cannot open \"%s\"", q->file);
	while ((rc = read_message(f, q->file, &m, e)) > 0) {
		if (m.h.nlmsg_type == RECORDED_TIME)
			show_recorded_time(p->ip, &m.h);
		else
			rc = show(&m.h, p, e);
		if (rc < 0)
			break;
	}
	if (rc < 0)
		p->ip->status = STATUS_USAGE;
	return rc;
}

static int run_monitor(struct parser *p, struct err *e)
{
	return ((struct monitor *)p->obj)->file ? run_file(p, e) : run_live(p, e);
}

static int take_kind(struct parser *p, const struct keyword *k, struct err *e)
{
	struct monitor *q = p->obj;

	(void)e;
	q->wanted |= 1u << k->num;
	if (k->num == MONITOR_NEXTHOP)
		q->wanted |= 1u << MONITOR_BUCKET;
	q->chosen = true;
	return 0;
}

enum { LABELS, EVERYTHING, ALL_NSID };

static int take_flag(struct parser *p, const struct keyword *k, struct err *e)
{
	struct monitor *q = p->obj;

	(void)e;
	if (k->num == ALL_NSID)
		q->all_nsid = true;
	else
		q->labels = true;
	if (k->num == EVERYTHING)
		q->wanted = ALL;
	return 0;
}

static int take_file(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct monitor *)p->obj)->file, e);
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	int rc = parse_dev(p, &((struct monitor *)p->obj)->ifindex, e);

	(void)k;
	if (rc < 0)
		p->ip->status = STATUS_USAGE;
	return rc;
}

static const struct keyword words[] = {
	{"file", take_file, 0, 0, "FILE", 0},
	{"label", take_flag, 0, 0, NULL, LABELS},
	{"link", take_kind, 0, 0, NULL, MONITOR_LINK},
	{"address", take_kind, 0, 0, NULL, MONITOR_ADDR},
	{"route", take_kind, 0, 0, NULL, MONITOR_ROUTE},
	{"mroute", take_kind, 0, 0, NULL, MONITOR_MROUTE},
	{"maddress", take_kind, 0, 0, NULL, MONITOR_MADDR},
	{"prefix", take_kind, 0, 0, NULL, MONITOR_PREFIX},
	{"neigh", take_kind, 0, 0, NULL, MONITOR_NEIGH},
	{"netconf", take_kind, 0, 0, NULL, MONITOR_NETCONF},
	{"rule", take_kind, 0, 0, NULL, MONITOR_RULE},
	{"nsid", take_kind, 0, 0, NULL, MONITOR_NSID},
	{"nexthop", take_kind, 0, 0, NULL, MONITOR_NEXTHOP},
	{"=stats", take_kind, 0, 0, NULL, MONITOR_STATS},
	{"=all", take_flag, 0, 0, NULL, EVERYTHING},
	{"all-nsid", take_flag, 0, 0, NULL, ALL_NSID},
	{"=dev", take_dev, 0, 0, "DEVICE", 0},
	{0},
};

static int finish(struct parser *p, struct err *e)
{
	struct monitor *q = p->obj;

	(void)e;
	if (!q->wanted)
		q->wanted = ALL;
	return 0;
}

const struct command monitor_commands[] = {
	{"", "shows changes", NULL, sizeof(struct monitor), words, NULL, finish, run_monitor, 0, 0,
	 NULL},
	{0},
};
