/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The doctor on sysctls. */
#include "uplink/doctor_own.h"

#include "base/cleanup.h"

#include <netinet/in.h>
#include <stdlib.h>

static void set(struct doctor *d, struct doctor_finding *x, const char *name, unsigned value)
{
	doctor_remedy(d, x, "sysctl -w %s=%u", name, value);
}

static void set_conf(struct doctor *d, struct doctor_finding *x, const char *family,
		     const char *dev, const char *key, unsigned value)
{
	set(d, x, arena_printf(d->a, "net/%s/conf/%s/%s", family, dev, key), value);
}

/* A stranger's packet to the uplink's address, as it comes in. */
static const char *dropped(struct doctor *d, const struct prove_uplink *u,
			   const struct ip_addr *own)
{
	struct fib_packet p = {.family = AF_INET,
			       .dst = *own,
			       .iif = u->ifindex,
			       .proto = IPPROTO_TCP,
			       .sport = 40000,
			       .dport = 40000};
	struct fib_result r;

	ip_addr_parse("203.0.113.254", AF_INET, &p.src);
	fib_lookup(d->f, &p, &r);
	return r.verdict == FIB_RPF ? r.why : NULL;
}

void doctor_rp_filter(struct doctor *d)
{
	for (size_t i = 0; i < d->goal.uplink_n; i++) {
		const struct prove_uplink *u = &d->goal.uplink[i];
		const char *dev = doctor_dev(d, u->ifindex), *why = NULL;
		for (size_t k = 0; k < u->from_n && !why; k++)
			if (u->from[k].addr.family == AF_INET && u->from[k].len == 32)
				why = dropped(d, u, &u->from[k].addr);
		if (!why)
			continue;
		struct doctor_finding *x = doctor_find(
			d, arena_printf(d->a, "%s: what comes in from the Internet is dropped",
					u->name));
		doctor_evidence(d, x, "%s", why);
		doctor_evidence(d, x, "rp_filter is %ld for %s, %ld for all: the greater counts",
				doctor_conf(d, "ipv4", dev, "rp_filter"), dev,
				doctor_conf(d, "ipv4", "all", "rp_filter"));
		set_conf(d, x, "ipv4", dev, "rp_filter", 2);
	}
}

/* Two devices with addresses of one network. */
static bool one_network(const struct doctor *d, int a, int b)
{
	for (size_t i = 0; i < d->snap->address_n; i++)
		for (size_t k = 0; k < d->snap->address_n; k++) {
			const struct address *x = &d->snap->address[i], *y = &d->snap->address[k];
			struct ip_prefix p = {x->local, x->h.ifa_prefixlen},
					 q = {y->local, y->h.ifa_prefixlen};
			if ((int)x->h.ifa_index == a && (int)y->h.ifa_index == b &&
			    p.addr.family == AF_INET && q.addr.family == AF_INET &&
			    ip_prefix_overlaps(&p, &q))
				return true;
		}
	return false;
}

static void check_arp(struct doctor *d, const struct prove_uplink *u)
{
	const char *dev = doctor_dev(d, u->ifindex);
	long ignore = doctor_conf_max(d, "ipv4", dev, "arp_ignore");
	long announce = doctor_conf_max(d, "ipv4", dev, "arp_announce");

	if (ignore >= 1 && announce >= 2)
		return;
	struct doctor_finding *x = doctor_find(
		d, arena_printf(d->a,
				"%s answers ARP for, or asks in the name of, another card's "
				"address in its network",
				dev));
	doctor_evidence(d, x, "arp_ignore %ld, arp_announce %ld", ignore, announce);
	if (ignore < 1)
		set_conf(d, x, "ipv4", dev, "arp_ignore", 1);
	if (announce < 2)
		set_conf(d, x, "ipv4", dev, "arp_announce", 2);
}

void doctor_arp(struct doctor *d)
{
	for (size_t i = 0; i < d->goal.uplink_n; i++) {
		bool shared = false;
		for (size_t k = 0; k < d->goal.uplink_n; k++)
			shared =
				shared || (d->goal.uplink[k].ifindex != d->goal.uplink[i].ifindex &&
					   one_network(d, d->goal.uplink[i].ifindex,
						       d->goal.uplink[k].ifindex));
		if (shared)
			check_arp(d, &d->goal.uplink[i]);
	}
}

void doctor_linkdown(struct doctor *d)
{
	static const char key[] = "ignore_routes_with_linkdown";

	for (size_t i = 0; i < d->goal.uplink_n; i++) {
		const struct prove_uplink *u = &d->goal.uplink[i];
		const char *dev = doctor_dev(d, u->ifindex);
		bool four = doctor_several(d, AF_INET) && !doctor_conf_max(d, "ipv4", dev, key);
		bool six = doctor_several(d, AF_INET6) && !doctor_conf(d, "ipv6", dev, key);
		if (!four && !six)
			continue;
		struct doctor_finding *x = doctor_find(
			d, arena_printf(d->a, "%s: its routes stay in use when its carrier is lost",
					u->name));
		doctor_evidence(d, x, "%s is 0 for %s", key, dev);
		if (four)
			set_conf(d, x, "ipv4", dev, key, 1);
		if (six)
			set_conf(d, x, "ipv6", dev, key, 1);
	}
}

static const struct route *balanced(const struct doctor *d, uint8_t family)
{
	struct fib_nexthop a, b;

	for (size_t i = 0; i < d->snap->route_n; i++) {
		const struct route *r = &d->snap->route[i];
		if (r->h.rtm_family == family && !r->h.rtm_dst_len &&
		    fib_route_nexthop(d->f, r, 0, &a) && fib_route_nexthop(d->f, r, 1, &b))
			return r;
	}
	return NULL;
}

void doctor_hash(struct doctor *d)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct route *r = balanced(d, i ? AF_INET6 : AF_INET);
		if (!r || d->snap->settings.hash_policy[i])
			continue;
		struct doctor_finding *x =
			doctor_find(d, arena_printf(d->a, "%s: all flows to one host take one way",
						    doctor_family(i ? AF_INET6 : AF_INET)));
		doctor_evidence(d, x, "%s", doctor_route(d, r));
		doctor_evidence(d, x,
				"fib_multipath_hash_policy is 0: addresses alone choose the way");
		set(d, x,
		    arena_printf(d->a, "net/%s/fib_multipath_hash_policy", i ? "ipv6" : "ipv4"), 1);
	}
}

void doctor_accept_ra(struct doctor *d)
{
	for (size_t i = 0; i < d->goal.uplink_n; i++) {
		const char *dev = doctor_dev(d, d->goal.uplink[i].ifindex);
		bool learned = false;
		for (size_t k = 0; k < d->snap->route_n; k++)
			learned = learned ||
				  (d->snap->route[k].h.rtm_family == AF_INET6 &&
				   d->snap->route[k].h.rtm_protocol == RTPROT_RA &&
				   (int)d->snap->route[k].oif == d->goal.uplink[i].ifindex);
		if (!learned || doctor_conf(d, "ipv6", dev, "accept_ra") != 1)
			continue;
		struct doctor_finding *x = doctor_find(
			d, arena_printf(d->a,
					"%s: its IPv6 default route goes for good when somebody "
					"turns on forwarding",
					dev));
		doctor_evidence(d, x, "accept_ra is 1 for %s", dev);
		set_conf(d, x, "ipv6", dev, "accept_ra", 2);
	}
}

void doctor_icmp(struct doctor *d)
{
	const char *v =
		d->facts->sysctl(d->facts->sysctl_arg, "net/ipv4/icmp_errors_use_inbound_ifaddr");

	if (!v || atoi(v) || !doctor_several(d, AF_INET))
		return;
	struct doctor_finding *x = doctor_find(
		d,
		"ICMP errors bear the address of the way they take, not of the way they are about");
	doctor_evidence(d, x, "icmp_errors_use_inbound_ifaddr is 0");
	set(d, x, "net/ipv4/icmp_errors_use_inbound_ifaddr", 1);
}

/* Seen on 6.1, not on 6.18: the path of a connection is chosen before its port is. */
void doctor_tcp_hash(struct doctor *d)
{
	const struct route *r = balanced(d, AF_INET);

	if (!r || d->snap->settings.kernel > 0x0601)
		return;
	struct doctor_finding *x = doctor_find(
		d, "local TCP connections to one address and port all take one way on this kernel");
	doctor_evidence(d, x, "%s", doctor_route(d, r));
	doctor_remedy(d, x, "# a newer kernel; what is forwarded is spread as it should be");
}
