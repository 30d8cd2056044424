/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip route flush. What is to go is found by a dump, but for the routes to one prefix of one table:
 * the kernel can be told to delete those without looking at a million others.
 */
#include "base/cleanup.h"
#include "ip/change.h"
#include "ip/route.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What the kernel learned by itself (path MTUs, redirects) is forgotten. */
static int flush_cache(struct ip *ip, struct err *e)
{
	static const char path[] = "/proc/sys/net/ipv4/route/flush";
	int rc = ip_act(ip, e);

	if (rc <= 0)
		return rc;
	CLEANUP(free_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "-1", 2) != 2) {
		ip->status = STATUS_USAGE;
		return err_errno(e, -errno, "cannot flush the routing cache: %s", path);
	}
	return 0;
}

static bool is_flushed(const struct nlmsghdr *h, void *arg)
{
	const struct parser *p = arg;
	struct route r;

	if (route_decode(h, &r, NULL) < 0 || !route_selects(p->obj, &r))
		return false;
	/* IPv6's built-in "unreachable default" cannot be deleted. */
	return !(r.h.rtm_family == AF_INET6 && !r.h.rtm_dst_len &&
		 r.h.rtm_type == RTN_UNREACHABLE && r.metric == UINT32_MAX);
}

static void show_flushed(const struct nlmsghdr *h, void *arg)
{
	route_show_one(h, arg, NULL);
}

static int first_is_enough(const struct nlmsghdr *h, void *arg, struct err *e)
{
	(void)h;
	(void)arg;
	(void)e;
	return NL_ENOUGH;
}

/* A request without a type, a scope or a metric deletes a route of any, but only of one tos. */
static int delete_prefix(struct ip *ip, const struct route_filter *f, struct err *e)
{
	struct ip_prefix dst = ip_prefix_masked(f->root_dst.prefix);
	struct route r = {.h = {.rtm_family = f->family, .rtm_scope = RT_SCOPE_NOWHERE},
			  .table = f->table};
	struct messages m = {.arena = &ip->arena};
	struct nl_msg one;
	int rc = 0;

	route_set_dst(&r, dst);
	do {
		rc = route_message(&one, RTM_DELROUTE, 0, &r, e);
		if (!rc)
			*ARENA_PUSH(m.arena, m.item, m.n, m.cap) =
				arena_dup(m.arena, &one, one.h.nlmsg_len);
		r.h.rtm_tos += 4;
	} while (!rc && r.h.rtm_tos && f->family == AF_INET);
	return rc < 0 ? rc : ip_delete_while(ip, &m, e);
}

static int flush_selected(struct parser *p, const struct route_filter *f, struct err *e)
{
	const struct flush flush = {.type = RTM_DELROUTE,
				    .wanted = is_flushed,
				    .show = show_flushed,
				    .arg = p,
				    .what = "entries"};
	const struct options *o = &p->ip->opt;
	struct nl_msg m;
	int rc = route_dump_request(f, &m, e);

	if (rc < 0)
		return rc;
	if (!route_is_prefix(f) || o->stats || o->dry_run || o->atomic)
		return ip_flush(p->ip, &m.h, &flush, e);
	/* That there is no such table only a dump says. */
	rc = ip_dump_until(p->ip, &m.h, first_is_enough, NULL, e);
	return rc < 0 ? rc : delete_prefix(p->ip, f, e);
}

int route_flush_run(struct parser *p, struct err *e)
{
	const struct route_filter *f = p->obj;

	if (f->cloned && f->family != AF_INET6) {
		int rc = flush_cache(p->ip, e);
		if (rc < 0)
			return rc;
		if (p->ip->opt.stats && !p->ip->print.json)
			out_puts(&p->ip->out, "*** IPv4 routing cache is flushed.\n");
		if (f->family == AF_INET)
			return 0;
	}
	return flush_selected(p, f, e);
}
