/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fib/walk.h"

#include <stdio.h>
#include <string.h>

#define LOOPBACK_IFINDEX 1 /* the kernel's iif of a packet that the machine itself sends */

#define NO(...) (snprintf(why, size, __VA_ARGS__), false)

static bool address_matches(const char *word, const struct ip_addr *sel, uint8_t len,
			    const struct ip_addr *addr, char *why, size_t size)
{
	char text[IP_ADDR_STRLEN];
	struct ip_prefix prefix = {*sel, len};

	if (!len || (!ip_addr_is_any(addr) && ip_prefix_contains(&prefix, addr)))
		return true;
	if (ip_addr_is_any(addr))
		return NO("the packet has no %s address yet", word);
	return NO("%s is not in it", ip_addr_str(addr, text));
}

static bool device_matches(const struct snapshot *s, const char *name, int ifindex,
			   const char *word, char *why, size_t size)
{
	const struct link *l = snapshot_link_named(s, name);

	if (!l)
		return NO("there is no interface %s", name);
	if (l->h.ifi_index == ifindex)
		return true;
	return NO("%s is %s", word, ifindex ? devices_name(s->devices, ifindex) : "not given");
}

static bool port_matches(const struct fib_rule_port_range *r, uint16_t mask, uint16_t port,
			 const char *word, char *why, size_t size)
{
	if (r->start == r->end ? (port & mask) == (r->start & mask)
			       : port >= r->start && port <= r->end)
		return true;
	return port ? NO("%s is %u", word, port) : NO("no %s given", word);
}

static bool header_matches(const struct rule *r, const struct fib_packet *p, char *why, size_t size)
{
	uint16_t smask = has(r, RULE_SPORT_MASK) ? r->sport_mask : UINT16_MAX;
	uint16_t dmask = has(r, RULE_DPORT_MASK) ? r->dport_mask : UINT16_MAX;

	if (r->h.tos && r->h.tos != p->tos)
		return NO("tos is %#x", p->tos);
	if (has(r, RULE_DSCP) && r->dscp != p->tos >> 2)
		return NO("dscp is %u", p->tos >> 2);
	if (has(r, RULE_IPPROTO) && r->ipproto != p->proto)
		return p->proto ? NO("protocol is %u", p->proto) : NO("no protocol given");
	if (has(r, RULE_SPORT) && !port_matches(&r->sport, smask, p->sport, "sport", why, size))
		return false;
	return !has(r, RULE_DPORT) || port_matches(&r->dport, dmask, p->dport, "dport", why, size);
}

static bool selectors_match(const struct snapshot *s, const struct rule *r,
			    const struct fib_packet *p, char *why, size_t size)
{
	uint32_t mask = has(r, RULE_FWMASK) ? r->fwmask : UINT32_MAX;
	int iif = p->iif ? p->iif : LOOPBACK_IFINDEX;

	if (has(r, RULE_IIF) && !device_matches(s, r->iif, iif, "iif", why, size))
		return false;
	if (has(r, RULE_OIF) && !device_matches(s, r->oif, p->oif, "oif", why, size))
		return false;
	if (has(r, RULE_FWMARK) && ((p->mark ^ r->fwmark) & mask))
		return NO("mark is %#x", p->mark);
	if (has(r, RULE_L3MDEV) && r->l3mdev)
		return NO("not in a VRF");
	if (has(r, RULE_UIDRANGE) && (p->uid < r->uid.start || p->uid > r->uid.end))
		return NO("uid is %u", p->uid);
	return address_matches("source", &r->src, r->h.src_len, &p->src, why, size) &&
	       address_matches("destination", &r->dst, r->h.dst_len, &p->dst, why, size) &&
	       header_matches(r, p, why, size);
}

static bool rule_matches(const struct snapshot *s, const struct rule *r, const struct fib_packet *p,
			 char *why, size_t size)
{
	bool match = selectors_match(s, r, p, why, size);

	if (!(r->h.flags & FIB_RULE_INVERT))
		return match;
	if (match)
		snprintf(why, size, "matches, and the rule says not");
	return !match;
}

/* Whether a way through this device may be taken, given the device a socket is bound to. */
static bool usable(uint32_t flags, int ifindex, const struct fib_packet *p)
{
	/* The kernel says "dead" of what lost its carrier only where it passes it over. */
	if (flags & RTNH_F_DEAD)
		return false;
	return !p->oif || p->oif == ifindex;
}

static bool route_usable(const struct route *r, const struct fib_packet *p)
{
	struct route_nexthop nh;
	size_t at = 0;

	if (r->h.rtm_type != RTN_UNICAST)
		return true;
	if (!has(r, ROUTE_MULTIPATH))
		return usable(r->h.rtm_flags, has(r, ROUTE_OIF) ? (int)r->oif : 0, p);
	while (route_nexthop_next(r->multipath, &at, &nh))
		if (usable(nh.h.rtnh_flags, nh.h.rtnh_ifindex, p))
			return true;
	return false;
}

static bool route_matches(const struct route *r, const struct rule *rule,
			  const struct fib_packet *p)
{
	struct ip_prefix dst = route_dst(r), src = {r->src, r->h.rtm_src_len};

	return r->h.rtm_family == p->family && r->table == rule->table &&
	       ip_prefix_contains(&dst, &p->dst) &&
	       (!src.len || ip_prefix_contains(&src, &p->src)) &&
	       (!r->h.rtm_tos || r->h.rtm_tos == p->tos) && route_usable(r, p);
}

/* Longest destination, then longest source, then least metric; the first of equals. */
static bool better(const struct route *a, const struct route *b)
{
	if (a->h.rtm_dst_len != b->h.rtm_dst_len)
		return a->h.rtm_dst_len > b->h.rtm_dst_len;
	if (a->h.rtm_src_len != b->h.rtm_src_len)
		return a->h.rtm_src_len > b->h.rtm_src_len;
	if (a->h.rtm_tos != b->h.rtm_tos)
		return a->h.rtm_tos > b->h.rtm_tos;
	return a->metric < b->metric;
}

static const struct route *lookup(const struct snapshot *s, const struct rule *rule,
				  const struct fib_packet *p)
{
	const struct route *best = NULL;

	for (size_t i = 0; i < s->route_n; i++)
		if (route_matches(&s->route[i], rule, p) && (!best || better(&s->route[i], best)))
			best = &s->route[i];
	return best;
}

static int first_device(const struct route *r)
{
	struct route_nexthop nh;
	size_t at = 0;

	if (has(r, ROUTE_MULTIPATH) && route_nexthop_next(r->multipath, &at, &nh))
		return nh.h.rtnh_ifindex;
	return has(r, ROUTE_OIF) ? (int)r->oif : 0;
}

static bool suppressed(const struct snapshot *s, const struct rule *rule, const struct route *r,
		       char *why, size_t size)
{
	const struct link *l = snapshot_link(s, first_device(r));

	if (has(rule, RULE_SUPPRESS_PREFIXLEN) && rule->suppress_prefixlen != UINT32_MAX &&
	    r->h.rtm_dst_len <= rule->suppress_prefixlen) {
		snprintf(why, size, "suppressed: prefix length %u", r->h.rtm_dst_len);
		return true;
	}
	if (has(rule, RULE_SUPPRESS_IFGROUP) && rule->suppress_ifgroup != UINT32_MAX && l &&
	    l->group == rule->suppress_ifgroup) {
		snprintf(why, size, "suppressed: %s is of group %u", l->name, l->group);
		return true;
	}
	return false;
}

static void try_table(const struct snapshot *s, const struct fib_packet *p, struct fib_step *step)
{
	const struct rule *rule = step->rule;
	const struct route *r = lookup(s, rule, p);

	step->route = r;
	if (!r) {
		step->outcome = FIB_NO_ROUTE;
		snprintf(step->why, sizeof(step->why), "no route there");
	} else if (r->h.rtm_type == RTN_THROW) {
		step->outcome = FIB_THROW;
		snprintf(step->why, sizeof(step->why), "throw: on to the next rule");
	} else if ((r->h.rtm_type == RTN_UNICAST || r->h.rtm_type == RTN_LOCAL ||
		    r->h.rtm_type == RTN_BROADCAST) &&
		   suppressed(s, rule, r, step->why, sizeof(step->why))) {
		step->outcome = FIB_SUPPRESSED;
	} else {
		step->outcome = FIB_ROUTE;
	}
}

static void try_rule(const struct snapshot *s, const struct fib_packet *p, struct fib_step *step)
{
	const struct rule *r = step->rule;

	if (!rule_matches(s, r, p, step->why, sizeof(step->why))) {
		step->outcome = FIB_NO_MATCH;
		return;
	}
	switch (r->h.action) {
	case FR_ACT_TO_TBL:
		try_table(s, p, step);
		break;
	case FR_ACT_GOTO:
		step->outcome = FIB_GOTO;
		if (r->h.flags & FIB_RULE_UNRESOLVED)
			snprintf(step->why, sizeof(step->why),
				 "there is no rule %u: on to the next", r->goto_target);
		else
			snprintf(step->why, sizeof(step->why), "on at %u", r->goto_target);
		break;
	case FR_ACT_BLACKHOLE:
	case FR_ACT_UNREACHABLE:
	case FR_ACT_PROHIBIT:
		step->outcome = FIB_ACTION;
		snprintf(step->why, sizeof(step->why), "the rule refuses it");
		break;
	default:
		step->outcome = FIB_GOTO;
		snprintf(step->why, sizeof(step->why), "nop: on to the next rule");
		break;
	}
}

size_t fib_walk(const struct snapshot *s, const struct fib_packet *p, struct arena *a,
		struct fib_step **ret)
{
	struct fib_step *step = NULL;
	size_t n = 0, cap = 0;
	uint32_t from = 0;

	/* goto leads to greater priorities only (the kernel sees to it), so one pass is enough. */
	for (size_t i = 0; i < s->rule_n; i++) {
		const struct rule *r = &s->rule[i];
		if (r->h.family != p->family || r->priority < from)
			continue;
		struct fib_step *x = ARENA_PUSH(a, step, n, cap);
		x->rule = r;
		try_rule(s, p, x);
		if (x->outcome == FIB_ROUTE || x->outcome == FIB_ACTION)
			break;
		if (x->outcome == FIB_GOTO && r->h.action == FR_ACT_GOTO &&
		    !(r->h.flags & FIB_RULE_UNRESOLVED))
			from = r->goto_target;
	}
	*ret = step;
	return n;
}
