/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/snapshot.h"

#include <errno.h>
#include <string.h>

#define RETRIES 20

void snapshot_free(struct snapshot *s)
{
	devices_free(s->devices);
	arena_free(&s->arena);
	*s = (struct snapshot){0};
}

static struct devices *devices_of(struct snapshot *s)
{
	if (!s->devices)
		s->devices = devices_new(NULL);
	return s->devices;
}

/* What cannot be read is found out by who adds it. */
static bool is_wanted(const struct snapshot *s, const struct nlmsghdr *h)
{
	struct route r;

	return !s->which || !s->which->keep || route_decode(h, &r, NULL) < 0 ||
	       s->which->keep(s, &r, s->which->arg);
}

int snapshot_add(struct snapshot *s, const struct nlmsghdr *h, struct err *e)
{
	struct arena *a = &s->arena;
	const struct nlmsghdr *m;
	int rc;

	if (h->nlmsg_type == RTM_NEWROUTE && !is_wanted(s, h))
		return 0;
	/* The structs' references must outlive the receive buffer. */
	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_NEWADDR:
	case RTM_NEWNEIGH:
	case RTM_NEWRULE:
	case RTM_NEWROUTE:
	case RTM_NEWNEXTHOP:
	case RTM_NEWNEXTHOPBUCKET:
	case RTM_NEWADDRLABEL:
		m = arena_dup(a, h, h->nlmsg_len);
		break;
	default:
		return 0;
	}
	switch (h->nlmsg_type) {
	case RTM_NEWLINK: {
		struct link *l = ARENA_PUSH(a, s->link, s->link_n, s->link_cap);
		rc = link_decode(m, l, e);
		if (!rc && has(l, LINK_NAME))
			devices_add(devices_of(s), l->h.ifi_index, l->name);
		return rc;
	}
	case RTM_NEWADDR:
		return address_decode(m, ARENA_PUSH(a, s->address, s->address_n, s->address_cap),
				      e);
	case RTM_NEWNEIGH:
		return neigh_decode(m, ARENA_PUSH(a, s->neigh, s->neigh_n, s->neigh_cap), e);
	case RTM_NEWNEXTHOP:
		return nh_decode(m, ARENA_PUSH(a, s->nexthop, s->nexthop_n, s->nexthop_cap), e);
	case RTM_NEWNEXTHOPBUCKET:
		return nh_decode(m, ARENA_PUSH(a, s->bucket, s->bucket_n, s->bucket_cap), e);
	case RTM_NEWADDRLABEL:
		return addrlabel_decode(m, ARENA_PUSH(a, s->label, s->label_n, s->label_cap), e);
	case RTM_NEWRULE: {
		struct rule *r = ARENA_PUSH(a, s->rule, s->rule_n, s->rule_cap);
		rc = rule_decode(m, r, e);
		if (r->h.family != AF_INET && r->h.family != AF_INET6)
			s->rule_n--; /* multicast routing's rules */
		return rc;
	}
	default: {
		struct route *r = ARENA_PUSH(a, s->route, s->route_n, s->route_cap);
		rc = route_decode(m, r, e);
		if ((r->h.rtm_flags & RTM_F_CLONED) ||
		    (r->h.rtm_family != AF_INET && r->h.rtm_family != AF_INET6))
			s->route_n--;
		return rc;
	}
	}
}

static int add(const struct nlmsghdr *h, void *arg, struct err *e)
{
	return snapshot_add(arg, h, e);
}

/* One kind of object; `n` is its count, put back when the dump has to be read again. */
static int read_part(struct nl *nl, struct snapshot *s, unsigned type, uint8_t family,
		     size_t header, size_t *n, struct err *e)
{
	size_t before = *n;

	for (int i = 0; i < RETRIES; i++) {
		struct nl_msg m;
		nl_msg_init(&m, type, 0);
		memset(m.buf + m.h.nlmsg_len, 0, header);
		m.buf[m.h.nlmsg_len] = family; /* the first byte of every family header */
		m.h.nlmsg_len += (uint32_t)header;
		*n = before;
		int rc = nl_dump(nl, &m.h, add, s, e);
		if (rc <= 0)
			return rc;
	}
	return err_set(e, -EAGAIN, "the kernel's tables change faster than they can be read");
}

/* The routes of one table; none if there is no such table. */
static int read_table(struct nl *nl, struct snapshot *s, uint8_t family, uint32_t table,
		      struct err *e)
{
	size_t before = s->route_n;

	for (int i = 0; i < RETRIES; i++) {
		struct nl_msg m;
		const struct route of = {
			.h = {.rtm_family = family,
			      .rtm_table = table < 256 ? (uint8_t)table : RT_TABLE_COMPAT},
			.has = HAS(ROUTE_TABLE),
			.table = table};
		int rc = route_message(&m, RTM_GETROUTE, 0, &of, e);
		s->route_n = before;
		if (!rc)
			rc = nl_dump(nl, &m.h, add, s, e);
		if (rc == -ENOENT) {
			if (e)
				*e = ERR_INIT;
			return 0;
		}
		if (rc <= 0)
			return rc;
	}
	return err_set(e, -EAGAIN, "the kernel's tables change faster than they can be read");
}

static int read_routes(struct nl *nl, struct snapshot *s, uint8_t family, struct err *e)
{
	int rc = 0;

	if (!s->which || !s->which->table)
		return read_part(nl, s, RTM_GETROUTE, family, sizeof(struct rtmsg), &s->route_n, e);
	for (size_t i = 0; i < s->which->table_n && !rc; i++)
		rc = read_table(nl, s, family, s->which->table[i], e);
	return rc;
}

/* Next hops as objects came with Linux 5.3, buckets with 5.13: who has none, has none to tell. */
static int read_nexthops(struct nl *nl, struct snapshot *s, struct err *e)
{
	int rc =
		read_part(nl, s, RTM_GETNEXTHOP, AF_UNSPEC, sizeof(struct nhmsg), &s->nexthop_n, e);

	if (!rc)
		rc = read_part(nl, s, RTM_GETNEXTHOPBUCKET, AF_UNSPEC, sizeof(struct nhmsg),
			       &s->bucket_n, e);
	return rc == -EOPNOTSUPP ? 0 : rc;
}

static void add_endpoint(const struct mptcp_endpoint *x, void *arg)
{
	struct snapshot *s = arg;

	*ARENA_PUSH(&s->arena, s->endpoint, s->endpoint_n, s->endpoint_cap) = *x;
}

/* A kernel without MPTCP has none, and who may not ask sees none. */
static int read_endpoints(struct snapshot *s, struct err *e)
{
	struct err mine = ERR_INIT;
	int rc = mptcp_each_endpoint(add_endpoint, s, &mine);

	if (rc == -ENOENT || rc == -EPERM)
		return 0;
	if (rc < 0 && e)
		*e = mine;
	return rc;
}

static void read_settings(struct snapshot *s)
{
	const char **names = arena_alloc(&s->arena, (s->link_n + 1) * sizeof(*names));

	for (size_t i = 0; i < s->link_n; i++)
		names[i] = s->link[i].name;
	settings_read(&s->arena, &s->settings, names, s->link_n);
}

int snapshot_take_some(struct nl *nl, unsigned parts, const struct snapshot_routes *which,
		       struct snapshot *s, struct err *e)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	int rc = 0;

	*s = (struct snapshot){.settings = SETTINGS_INIT, .which = which};
	devices_of(s);
	if (parts & SNAPSHOT_LINKS)
		rc = read_part(nl, s, RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg), &s->link_n,
			       e);
	for (unsigned i = 0; i < 2 && !rc; i++) {
		uint8_t f = families[i];
		if (!rc && (parts & SNAPSHOT_ADDRESSES))
			rc = read_part(nl, s, RTM_GETADDR, f, sizeof(struct ifaddrmsg),
				       &s->address_n, e);
		if (!rc && (parts & SNAPSHOT_NEIGHS))
			rc = read_part(nl, s, RTM_GETNEIGH, f, sizeof(struct ndmsg), &s->neigh_n,
				       e);
		if (!rc && (parts & SNAPSHOT_RULES))
			rc = read_part(nl, s, RTM_GETRULE, f, sizeof(struct fib_rule_hdr),
				       &s->rule_n, e);
		if (!rc && (parts & SNAPSHOT_ROUTES))
			rc = read_routes(nl, s, f, e);
	}
	if (!rc && (parts & SNAPSHOT_NEXTHOPS))
		rc = read_nexthops(nl, s, e);
	if (!rc && (parts & SNAPSHOT_LABELS))
		rc = read_part(nl, s, RTM_GETADDRLABEL, AF_INET6, sizeof(struct ifaddrlblmsg),
			       &s->label_n, e);
	if (!rc && (parts & SNAPSHOT_ENDPOINTS))
		rc = read_endpoints(s, e);
	if (!rc && (parts & SNAPSHOT_SETTINGS))
		read_settings(s);
	s->which = NULL;
	return rc;
}

int snapshot_take(struct nl *nl, unsigned parts, struct snapshot *s, struct err *e)
{
	return snapshot_take_some(nl, parts, NULL, s, e);
}

const struct link *snapshot_link(const struct snapshot *s, int ifindex)
{
	for (size_t i = 0; i < s->link_n; i++)
		if (s->link[i].h.ifi_index == ifindex)
			return &s->link[i];
	return NULL;
}

const struct link *snapshot_link_named(const struct snapshot *s, const char *name)
{
	for (size_t i = 0; i < s->link_n; i++)
		if (!strcmp(s->link[i].name, name))
			return &s->link[i];
	return NULL;
}
