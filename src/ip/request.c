/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says of an object is more than it takes back: states, ages, counters, and next
 * hops that are written out beside the object they come from. Here that is left out.
 */
#include "ip/request.h"

#include "model/address.h"
#include "model/link.h"
#include "model/neigh.h"
#include "model/nexthop.h"
#include "model/rule.h"

#include <errno.h>

static int make_route(const struct nlmsghdr *object, unsigned type, unsigned flags,
		      struct nl_msg *m, struct err *e)
{
	struct route r;
	int rc = route_decode(object, &r, e);

	if (rc < 0)
		return rc;
	/* The object stands for them. */
	if (has(&r, ROUTE_NHID))
		r.has &= ~(HAS(ROUTE_OIF) | HAS(ROUTE_GATEWAY) | HAS(ROUTE_VIA) |
			   HAS(ROUTE_MULTIPATH) | HAS(ROUTE_ENCAP) | HAS(ROUTE_ENCAP_TYPE));
	/* Without one the kernel deletes the first, of whatever metric. */
	if (r.h.rtm_family == AF_INET6 && !has(&r, ROUTE_METRIC)) {
		r.metric = 1024; /* IP6_RT_PRIO_USER */
		set_has(&r, ROUTE_METRIC);
	}
	return route_message(m, type, flags, &r, e);
}

unsigned request_route_pass(const struct route *r)
{
	if (has(r, ROUTE_GATEWAY) || has(r, ROUTE_VIA) || has(r, ROUTE_MULTIPATH))
		return 2;
	return has(r, ROUTE_PREFSRC) && !ip_addr_eq(&r->prefsrc, &r->dst);
}

static int make_rule(const struct nlmsghdr *object, unsigned type, unsigned flags, struct nl_msg *m,
		     struct err *e)
{
	struct rule r;
	int rc = rule_decode(object, &r, e);

	return rc < 0 ? rc : rule_message(m, type, flags, &r, e);
}

static int make_address(const struct nlmsghdr *object, unsigned type, unsigned flags,
			struct nl_msg *m, struct err *e)
{
	struct address a;
	int rc = address_decode(object, &a, e);

	if (rc < 0)
		return rc;
	a.flags &= IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |
		   IFA_F_MCAUTOJOIN;
	a.h.ifa_flags = (uint8_t)a.flags;
	return address_message(m, type, flags, &a, e);
}

static int make_neigh(const struct nlmsghdr *object, unsigned type, unsigned flags,
		      struct nl_msg *m, struct err *e)
{
	struct neigh n;
	int rc = neigh_decode(object, &n, e);

	if (rc < 0)
		return rc;
	n.has &= HAS(NEIGH_DST) | HAS(NEIGH_LLADDR) | HAS(NEIGH_FLAGS_EXT) | HAS(NEIGH_PROTOCOL);
	if (type == RTM_DELNEIGH)
		n.has &= HAS(NEIGH_DST);
	return neigh_message(m, type, flags, &n, e);
}

/* Single ones; of a group the kernel says more than can be given back (buckets, counters). */
static int add_nexthop(const struct nlmsghdr *object, unsigned flags, struct nl_msg *m,
		       struct err *e)
{
	struct nh n;
	int rc = nh_decode(object, &n, e);

	if (rc < 0)
		return rc;
	if (has(&n, NH_GROUP))
		return err_set(e, -EOPNOTSUPP, "a group of next hops cannot be made again");
	n.h.nh_flags &= RTNH_F_ONLINK;
	n.h.nh_scope = 0;
	return nh_message(m, RTM_NEWNEXTHOP, flags, &n, e);
}

int request_add(const struct nlmsghdr *object, unsigned flags, struct nl_msg *m, struct err *e)
{
	switch (object->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return make_route(object, RTM_NEWROUTE, flags, m, e);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return make_rule(object, RTM_NEWRULE, flags, m, e);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return make_address(object, RTM_NEWADDR, flags, m, e);
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return make_neigh(object, RTM_NEWNEIGH, flags, m, e);
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		return add_nexthop(object, flags, m, e);
	}
	return err_set(e, -EOPNOTSUPP, "such an object cannot be made again");
}

static int delete_nexthop(const struct nlmsghdr *object, struct nl_msg *m, struct err *e)
{
	struct nh n, id = {.has = HAS(NH_ID)};
	int rc = nh_decode(object, &n, e);

	id.id = n.id;
	return rc < 0 ? rc : nh_message(m, RTM_DELNEXTHOP, 0, &id, e);
}

static int delete_link(const struct nlmsghdr *object, struct nl_msg *m, struct err *e)
{
	struct link l;
	int rc = link_decode(object, &l, e);

	if (rc < 0)
		return rc;
	l.h = (struct ifinfomsg){.ifi_index = l.h.ifi_index};
	l.has &= HAS(LINK_NAME);
	return link_message(m, RTM_DELLINK, 0, &l, e);
}

int request_delete(const struct nlmsghdr *object, struct nl_msg *m, struct err *e)
{
	switch (object->nlmsg_type) {
	case RTM_NEWROUTE:
		return make_route(object, RTM_DELROUTE, 0, m, e);
	case RTM_NEWRULE:
		return make_rule(object, RTM_DELRULE, 0, m, e);
	case RTM_NEWADDR:
		return make_address(object, RTM_DELADDR, 0, m, e);
	case RTM_NEWNEIGH:
		return make_neigh(object, RTM_DELNEIGH, 0, m, e);
	case RTM_NEWNEXTHOP:
		return delete_nexthop(object, m, e);
	case RTM_NEWLINK:
		return delete_link(object, m, e);
	}
	return err_set(e, -EOPNOTSUPP, "such an object cannot be deleted");
}
