/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The opposite of each change.
 *
 * Adding what was not there is undone by deleting it. Of a deletion the kernel says what it
 * deleted. Of a change it only says what came out of it, so that what was there must be asked for
 * before. Some changes take more along than they name: an address its routes, and (if it is the
 * first of its prefix) other addresses; putting an interface down its routes and its IPv6
 * addresses. Then all of the interface's addresses and routes are kept, and made anew in their
 * order.
 */
#include "ip/request.h"
#include "ip/undo.h"

#include "model/address.h"
#include "model/link.h"
#include "model/neigh.h"
#include "model/nexthop.h"
#include "model/rule.h"

#include <errno.h>
#include <string.h>

static bool has_attr(const struct nlmsghdr *req, const struct attr_set *s, unsigned type)
{
	size_t head = NLMSG_HDRLEN + NLMSG_ALIGN((size_t)s->header_size);

	if (req->nlmsg_len < head)
		return false;
	struct nl_ref r = {(const char *)req + head, (uint16_t)(req->nlmsg_len - head)};
	attr_each (a, r) {
		if (attr_type(a) == type)
			return true;
	}
	return false;
}

enum undo_way undo_way(const struct nlmsghdr *req)
{
	bool adds = (req->nlmsg_flags & NLM_F_CREATE) && !(req->nlmsg_flags & NLM_F_REPLACE);
	bool only_new = adds && (req->nlmsg_flags & NLM_F_EXCL);

	switch (req->nlmsg_type) {
	case RTM_NEWROUTE:
		return adds ? UNDO_KNOWN : UNDO_PREPARED;
	case RTM_NEWRULE:
		/* Which priority it gets the kernel decides. */
		return has_attr(req, &rule_attrs, FRA_PRIORITY) ? UNDO_KNOWN : UNDO_HEARD;
	case RTM_DELROUTE:
	case RTM_DELRULE:
		return UNDO_HEARD;
	case RTM_NEWADDR:
	case RTM_NEWNEIGH:
		return only_new ? UNDO_KNOWN : UNDO_PREPARED;
	case RTM_DELADDR:
	case RTM_DELNEIGH:
		return UNDO_PREPARED;
	case RTM_NEWNEXTHOP:
		if (!only_new)
			return UNDO_IMPOSSIBLE;
		return has_attr(req, &nh_attrs, NHA_ID) ? UNDO_KNOWN : UNDO_HEARD;
	case RTM_NEWLINK:
		if (only_new)
			return has_attr(req, &link_attrs, IFLA_IFNAME) ? UNDO_KNOWN
								       : UNDO_IMPOSSIBLE;
		return UNDO_PREPARED;
	}
	return UNDO_IMPOSSIBLE;
}

int undo_note(struct undo *u, const struct nlmsghdr *req, struct err *e)
{
	struct nl_msg m;
	int rc = request_delete(req, &m, e);

	return rc < 0 ? rc : undo_add(u, &m.h, e);
}

static int note_made(struct undo *u, const struct nlmsghdr *object, unsigned flags, struct err *e)
{
	struct nl_msg m;
	int rc = request_add(object, flags, &m, e);

	return rc < 0 ? rc : undo_add(u, &m.h, e);
}

int undo_heard(struct undo *u, const struct nlmsghdr *heard, struct err *e)
{
	if (heard->nlmsg_type != RTM_DELROUTE && heard->nlmsg_type != RTM_DELRULE)
		return undo_note(u, heard, e);
	/* A route goes before those of the same kind: it was the first that matched. */
	return note_made(u, heard, NLM_F_CREATE, e);
}

static int keep_neigh(const struct nlmsghdr *h, void *arg, struct err *e)
{
	return request_add(h, NLM_F_CREATE | NLM_F_REPLACE, arg, e);
}

static int prepare_neigh(struct undo *u, struct ip *ip, const struct nlmsghdr *req, struct err *e)
{
	struct nl_msg get, old = {.h.nlmsg_len = 0};
	struct neigh n, key = {.has = HAS(NEIGH_DST)};
	int rc = neigh_decode(req, &n, e);

	if (rc < 0)
		return rc;
	key.h = (struct ndmsg){.ndm_family = n.h.ndm_family,
			       .ndm_ifindex = n.h.ndm_ifindex,
			       .ndm_flags = n.h.ndm_flags & NTF_PROXY};
	key.dst = n.dst;
	rc = neigh_message(&get, RTM_GETNEIGH, 0, &key, e);
	if (rc < 0)
		return rc;
	rc = nl_talk(ip->nl, &get.h, keep_neigh, &old, e);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (old.h.nlmsg_len)
		return undo_add(u, &old.h, e);
	/* What is deleted without being there fails anyway. */
	rc = neigh_message(&get, RTM_DELNEIGH, 0, &key, e);
	return rc < 0 ? rc : undo_add(u, &get.h, e);
}

/*
 * What an interface has of one kind, to be made again in the order in which the kernel shows it,
 * or, where it puts what is new in front, the other way round. The log is read backwards.
 */
struct kept {
	unsigned flags; /* to make them again with */
	bool backwards, delete_first;
	bool (*wanted)(const struct nlmsghdr *h, void *arg);
	void *arg;
};

static int keep_dump(struct undo *u, struct ip *ip, struct nlmsghdr *req, const struct kept *k,
		     struct err *e)
{
	struct messages old = {.wanted = k->wanted, .arg = k->arg};
	int rc = ip_collect(ip, req, &old, e);

	for (size_t i = 0; i < old.n && rc >= 0; i++)
		rc = note_made(u, old.item[k->backwards ? i : old.n - 1 - i], k->flags, e);
	for (size_t i = 0; k->delete_first && i < old.n && rc >= 0; i++)
		rc = undo_note(u, old.item[i], e);
	return rc;
}

/*
 * Routes may be many, and go to the log as they are read. The log is read backwards: those on which
 * others rest are written last, and of one key, which stay together, each goes in front of what is
 * there.
 */
struct kept_routes {
	struct undo *u;
	unsigned pass;
	struct route first; /* of its key */
	unsigned first_pass;
};

static int keep_route(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct kept_routes *k = arg;
	struct route r;

	if (h->nlmsg_type != RTM_NEWROUTE || route_decode(h, &r, NULL) < 0 ||
	    r.h.rtm_protocol == RTPROT_KERNEL || (r.h.rtm_flags & RTM_F_CLONED))
		return 0;
	if (route_key_cmp(&k->first, &r)) {
		k->first = r;
		k->first_pass = request_route_pass(&r);
	}
	return k->first_pass == k->pass ? note_made(k->u, h, NLM_F_CREATE, e) : 0;
}

static int keep_routes(struct undo *u, struct ip *ip, uint8_t family, uint32_t ifindex,
		       struct err *e)
{
	struct route r = {.has = HAS(ROUTE_OIF), .oif = ifindex, .h.rtm_family = family};
	struct kept_routes k = {.u = u, .pass = ROUTE_PASSES};
	struct nl_msg m;
	int rc = nl_msg_object(&m, RTM_GETROUTE, 0, &route_attrs, &r, e);

	while (!rc && k.pass--)
		rc = ip_dump(ip, &m.h, keep_route, &k, e);
	return rc;
}

/* Neighbours that somebody set go with an interface's last address. */
static bool is_permanent(const struct nlmsghdr *h, void *arg)
{
	struct neigh n;

	(void)arg;
	return h->nlmsg_type == RTM_NEWNEIGH && !neigh_decode(h, &n, NULL) &&
	       (n.h.ndm_state & NUD_PERMANENT);
}

static int keep_neighs(struct undo *u, struct ip *ip, uint8_t family, uint32_t ifindex,
		       struct err *e)
{
	const struct kept k = {.flags = NLM_F_CREATE | NLM_F_REPLACE, .wanted = is_permanent};
	struct {
		struct nlmsghdr h;
		struct ndmsg n;
		struct nlattr a;
		uint32_t ifindex;
	} req = {.h = {.nlmsg_len = sizeof(req), .nlmsg_type = RTM_GETNEIGH},
		 .n = {.ndm_family = family},
		 .a = {.nla_len = ATTR_HDRLEN + sizeof(ifindex), .nla_type = NDA_IFINDEX},
		 .ifindex = ifindex};

	return keep_dump(u, ip, &req.h, &k, e);
}

/* A link-local address is the kernel's own to make, unless it is the very one that is changed. */
static bool is_address(const struct nlmsghdr *h, void *arg)
{
	const struct address *changed = arg;
	struct address a;

	return h->nlmsg_type == RTM_NEWADDR && !address_decode(h, &a, NULL) &&
	       (a.h.ifa_family == AF_INET || !ip_addr_is_linklocal(&a.local) ||
		(changed && ip_addr_eq(&a.local, &changed->local)));
}

/* IPv4: the first of a prefix is its primary one. IPv6 puts new ones in front. */
static int keep_addresses(struct undo *u, struct ip *ip, uint8_t family, uint32_t ifindex,
			  struct address *changed, struct err *e)
{
	const struct kept k = {.flags = NLM_F_CREATE | NLM_F_EXCL,
			       .backwards = family == AF_INET6,
			       .delete_first = true,
			       .wanted = is_address,
			       .arg = changed};
	struct address a = {.h = {.ifa_family = family, .ifa_index = ifindex}};
	struct nl_msg m;
	int rc = nl_msg_object(&m, RTM_GETADDR, 0, &address_attrs, &a, e);

	return rc < 0 ? rc : keep_dump(u, ip, &m.h, &k, e);
}

/* Next hop objects go when their interface goes down, and do not come back. */
static int keep_nexthops(struct undo *u, struct ip *ip, uint32_t ifindex, struct err *e)
{
	const struct kept k = {.flags = NLM_F_CREATE | NLM_F_EXCL};
	struct nh n = {.has = HAS(NH_OIF), .oif = ifindex};
	struct nl_msg m;
	int rc = nh_message(&m, RTM_GETNEXTHOP, 0, &n, e);

	return rc < 0 ? rc : keep_dump(u, ip, &m.h, &k, e);
}

/* What an interface has of one family. `changed`: the address that is about to change, or NULL. */
static int keep_interface(struct undo *u, struct ip *ip, uint8_t family, uint32_t ifindex,
			  struct address *changed, struct err *e)
{
	int rc = keep_routes(u, ip, family, ifindex, e);

	if (rc >= 0)
		rc = keep_neighs(u, ip, family, ifindex, e);
	return rc < 0 ? rc : keep_addresses(u, ip, family, ifindex, changed, e);
}

static int prepare_address(struct undo *u, struct ip *ip, const struct nlmsghdr *req, struct err *e)
{
	struct address a;
	int rc = address_decode(req, &a, e);

	if (rc >= 0)
		rc = keep_interface(u, ip, a.h.ifa_family, a.h.ifa_index, &a, e);
	/* Undone first: what the request adds, should it be new. */
	if (rc >= 0 && req->nlmsg_type == RTM_NEWADDR)
		rc = undo_note(u, req, e);
	return rc;
}

/* What a change of an interface may set, to be undone by setting what was there. */
static const uint64_t settable = HAS(LINK_MTU) | HAS(LINK_NAME) | HAS(LINK_TXQLEN) |
				 HAS(LINK_ADDRESS) | HAS(LINK_BROADCAST) | HAS(LINK_GROUP) |
				 HAS(LINK_MASTER) | HAS(LINK_ALIAS);

/*
 * The old link's references point into the socket's buffer, which the next answer overwrites, so
 * that the opposite is made right where the answer is read.
 */
struct old_link {
	const struct link *change;
	struct nl_msg m;
	bool goes_down;
};

static int invert_link(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct old_link *x = arg;
	struct link old;
	int rc = link_decode(h, &old, e);

	if (rc < 0)
		return rc;
	uint64_t changed = x->change->has & settable;
	if (!has(&old, LINK_MASTER))
		old.master = 0;
	if (!has(&old, LINK_ALIAS))
		old.alias = (struct nl_ref){"", 1};
	/* What was not there, and has no "none", cannot be set to it. */
	if (changed & ~(old.has | HAS(LINK_MASTER) | HAS(LINK_ALIAS)))
		return err_set(e, -EOPNOTSUPP, "this cannot be taken back, so -atomic refuses it");
	old.has = changed;
	old.h.ifi_change = x->change->h.ifi_change;
	x->goes_down =
		(old.h.ifi_change & old.h.ifi_flags & IFF_UP) && !(x->change->h.ifi_flags & IFF_UP);
	return link_message(&x->m, RTM_NEWLINK, 0, &old, e);
}

/* What goes when an interface is put down; it returns in the opposite order. */
static int keep_all(struct undo *u, struct ip *ip, uint32_t ifindex, struct err *e)
{
	int rc = keep_interface(u, ip, AF_INET6, ifindex, NULL, e);

	if (rc >= 0)
		rc = keep_interface(u, ip, AF_INET, ifindex, NULL, e);
	return rc < 0 ? rc : keep_nexthops(u, ip, ifindex, e);
}

static int prepare_link(struct undo *u, struct ip *ip, const struct nlmsghdr *req, struct err *e)
{
	struct link l, q = {.has = HAS(LINK_EXT_MASK), .ext_mask = RTEXT_FILTER_SKIP_STATS};
	struct old_link x = {.change = &l};
	struct nl_msg m;
	int rc = link_decode(req, &l, e);

	if (rc < 0)
		return rc;
	if (!l.h.ifi_index || (l.has & ~settable))
		return err_set(e, -EOPNOTSUPP, "this cannot be taken back, so -atomic refuses it");
	q.h.ifi_index = l.h.ifi_index;
	rc = link_message(&m, RTM_GETLINK, 0, &q, e);
	if (rc >= 0)
		rc = nl_talk(ip->nl, &m.h, invert_link, &x, e);
	if (rc >= 0 && x.goes_down)
		rc = keep_all(u, ip, (uint32_t)l.h.ifi_index, e);
	return rc < 0 ? rc : undo_add(u, &x.m.h, e);
}

int undo_prepare(struct undo *u, struct ip *ip, const struct nlmsghdr *req, struct err *e)
{
	switch (req->nlmsg_type) {
	case RTM_NEWROUTE:
		return undo_prepare_route(u, ip, req, e);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return prepare_address(u, ip, req, e);
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return prepare_neigh(u, ip, req, e);
	case RTM_NEWLINK:
		return prepare_link(u, ip, req, e);
	}
	return err_set(e, -EOPNOTSUPP, "this cannot be taken back, so -atomic refuses it");
}
