/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/watch.h"

#include "daemon/events.h"
#include "daemon/log.h"
#include "model/route.h"
#include "model/rule.h"
#include "netlink/nl.h"
#include "uplink/owned.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

struct watch {
	struct nl *route, *nft; /* nft: NULL where the kernel has none */
	uv_poll_t poll[2];
	unsigned open; /* handles that are not closed yet */
	uint32_t own_port;
	watch_fn *fn;
	void *arg;
};

/* Who it was: a port is, as a rule, the number of the process that opened the socket. */
static const char *who(uint32_t port, char buf[static 64])
{
	char path[32], name[32] = "";

	snprintf(path, sizeof(path), "/proc/%u/comm", port);
	FILE *f = port ? fopen(path, "re") : NULL;
	if (f && fgets(name, sizeof(name), f))
		name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
	if (*name)
		snprintf(buf, 64, "%s (process %u)", name, port);
	else
		snprintf(buf, 64, port ? "a process that is gone" : "the kernel");
	return buf;
}

/* Whether a message is about something that bears our protocol number. */
static bool is_ours(const struct nlmsghdr *h)
{
	struct route route;
	struct rule rule;

	switch (h->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return !route_decode(h, &route, NULL) && route.h.rtm_protocol == MULTIHOME_PROTOCOL;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return !rule_decode(h, &rule, NULL) && owned_is_rule(&rule);
	}
	return false;
}

static void tell(unsigned type, const char *doer)
{
	bool rule = type == RTM_NEWRULE || type == RTM_DELRULE;
	bool gone = type == RTM_DELROUTE || type == RTM_DELRULE;

	event_emit((struct event){.kind = EVENT_FOREIGN, .level = EVENT_IS_WARNING, .who = doer},
		   "a %s of ours was %s by %s", rule ? "rule" : "route",
		   gone ? "deleted" : "changed", doer);
}

struct hearing {
	struct watch *w;
	unsigned news, told;
};

static int hear(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct hearing *r = arg;
	char buf[64];

	(void)e;
	if (h->nlmsg_pid && h->nlmsg_pid == r->w->own_port)
		return 0;
	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		r->news |= WATCH_LINK;
		return 0;
	}
	r->news |= WATCH_OTHER;
	/* The kernel takes routes away with their link or address: nobody's doing. */
	if (!h->nlmsg_pid || !is_ours(h))
		return 0;
	r->news |= WATCH_OURS;
	/* One line for a burst: a flush is many. */
	if (!r->told++)
		tell(h->nlmsg_type, who(h->nlmsg_pid, buf));
	return 0;
}

static int hear_nft(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct hearing *r = arg;

	(void)h, (void)e;
	r->news |= WATCH_NFT;
	return 0;
}

static void readable(uv_poll_t *p, int status, int events)
{
	struct watch *w = p->data;
	bool nft = p == &w->poll[1];
	struct hearing r = {.w = w};
	struct err e = ERR_INIT;
	int rc;

	(void)status, (void)events;
	while ((rc = nl_receive(nft ? w->nft : w->route, nft ? hear_nft : hear, &r, &e)) > 0)
		;
	if (rc == -ENOBUFS)
		r.news |= WATCH_LOST;
	else if (rc < 0)
		log_err("notifications", &e);
	if (r.news)
		w->fn(w->arg, r.news);
}

static int open_route(struct watch *w, struct err *e)
{
	static const uint32_t groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
				       RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE;
	int rc = nl_open(&w->route, NETLINK_ROUTE, groups, e);
	int room = 4 << 20;

	if (!rc)
		rc = nl_join(w->route, RTNLGRP_IPV6_RULE, e);
	if (!rc)
		setsockopt(nl_fd(w->route), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return rc;
}

static void start(struct watch *w, uv_loop_t *loop, unsigned which, const struct nl *nl)
{
	uv_poll_init(loop, &w->poll[which], nl_fd(nl));
	w->poll[which].data = w;
	w->open++;
	uv_poll_start(&w->poll[which], UV_READABLE, readable);
}

int watch_open(struct watch **ret, uv_loop_t *loop, uint32_t own_port, watch_fn *fn, void *arg,
	       struct err *e)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return err_errno(e, -ENOMEM, "notifications");
	w->own_port = own_port;
	w->fn = fn;
	w->arg = arg;
	int rc = open_route(w, e);
	if (rc < 0) {
		nl_close(w->route);
		free(w);
		return rc;
	}
	start(w, loop, 0, w->route);
	if (!nl_open(&w->nft, NETLINK_NETFILTER, 0, NULL)) {
		if (!nl_join(w->nft, NFNLGRP_NFTABLES, NULL)) {
			start(w, loop, 1, w->nft);
		} else {
			nl_close(w->nft);
			w->nft = NULL;
		}
	}
	*ret = w;
	return 0;
}

static void closed(uv_handle_t *h)
{
	struct watch *w = h->data;

	if (--w->open)
		return;
	nl_close(w->route);
	nl_close(w->nft);
	free(w);
}

void watch_close(struct watch *w)
{
	if (!w)
		return;
	uv_close((uv_handle_t *)&w->poll[0], closed);
	if (w->nft)
		uv_close((uv_handle_t *)&w->poll[1], closed);
}
