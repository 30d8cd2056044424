/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/traffic.h"

#include "netlink/nl.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	int ifindex;
	struct traffic_counters counters;
};

struct sample {
	struct entry *entry; /* in the order of ifindex */
	size_t n, cap;
	uint64_t at;
};

struct traffic {
	struct nl *nl;
	struct sample now;
};

int traffic_open(struct traffic **ret, struct err *e)
{
	struct traffic *t = calloc(1, sizeof(*t));

	if (!t)
		return err_errno(e, -ENOMEM, "counters");
	int rc = nl_open(&t->nl, NETLINK_ROUTE, 0, e);
	if (rc < 0)
		free(t);
	else
		*ret = t;
	return rc;
}

void traffic_close(struct traffic *t)
{
	if (!t)
		return;
	nl_close(t->nl);
	free(t->now.entry);
	free(t);
}

static int cmp_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

static const struct entry *find(const struct sample *s, int ifindex)
{
	struct entry key = {.ifindex = ifindex};

	return s->n ? bsearch(&key, s->entry, s->n, sizeof(key), cmp_entries) : NULL;
}

bool traffic_of(const struct traffic *t, int ifindex, struct traffic_counters *ret)
{
	const struct entry *x = find(&t->now, ifindex);

	if (x)
		*ret = x->counters;
	return x;
}

static int grow(struct sample *s)
{
	size_t cap = s->cap ? 2 * s->cap : 16;
	struct entry *more = reallocarray(s->entry, cap, sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->entry = more;
	s->cap = cap;
	return 0;
}

/* The attribute of the wanted type behind the message's header, if it has all that is needed. */
static const void *stats_in(const struct nlmsghdr *h)
{
	const size_t need = RTA_LENGTH(offsetof(struct rtnl_link_stats64, rx_errors));
	size_t at = NLMSG_SPACE(sizeof(struct if_stats_msg));

	while (at + sizeof(struct rtattr) <= h->nlmsg_len) {
		const struct rtattr *a = (const void *)((const char *)h + at);
		if (a->rta_len < sizeof(*a) || a->rta_len > h->nlmsg_len - at)
			break;
		if (a->rta_type == IFLA_STATS_LINK_64 && a->rta_len >= need)
			return RTA_DATA(a);
		at += RTA_ALIGN(a->rta_len);
	}
	return NULL;
}

static int take(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct sample *s = arg;
	struct if_stats_msg m;
	uint64_t v[4]; /* rx_packets, tx_packets, rx_bytes, tx_bytes; perhaps not aligned */
	const void *stats = stats_in(h);

	if (h->nlmsg_type != RTM_NEWSTATS || !stats)
		return 0;
	memcpy(&m, NLMSG_DATA(h), sizeof(m));
	memcpy(v, stats, sizeof(v));
	if (s->n == s->cap && grow(s) < 0)
		return err_errno(e, -ENOMEM, "counters");
	s->entry[s->n++] = (struct entry){(int)m.ifindex, {.rx_bytes = v[2], .tx_bytes = v[3]}};
	return 0;
}

static uint64_t rate(uint64_t was, uint64_t is, uint64_t ms)
{
	return is > was && ms ? (uint64_t)((double)(is - was) * 1000 / (double)ms) : 0;
}

static void reckon(struct sample *s, const struct sample *was)
{
	uint64_t ms = s->at - was->at;

	qsort(s->entry, s->n, sizeof(*s->entry), cmp_entries);
	for (size_t i = 0; i < s->n; i++) {
		struct traffic_counters *c = &s->entry[i].counters;
		const struct entry *w = find(was, s->entry[i].ifindex);
		if (!w)
			continue;
		c->rx_rate = rate(w->counters.rx_bytes, c->rx_bytes, ms);
		c->tx_rate = rate(w->counters.tx_bytes, c->tx_bytes, ms);
	}
}

int traffic_sample(struct traffic *t, uint64_t now, uint64_t least, struct err *e)
{
	const struct if_stats_msg all = {.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64)};
	struct sample s = {.at = now};
	struct nl_msg m;

	if (t->now.entry && now - t->now.at < least)
		return 0;
	nl_msg_init(&m, RTM_GETSTATS, 0);
	memcpy(m.buf + NLMSG_HDRLEN, &all, sizeof(all));
	m.h.nlmsg_len = NLMSG_SPACE(sizeof(all));
	int rc = nl_dump(t->nl, &m.h, take, &s, e);
	if (rc < 0) {
		free(s.entry);
		return rc;
	}
	if (s.n)
		reckon(&s, &t->now);
	free(t->now.entry);
	t->now = s;
	return 0;
}
