/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The doctor on rules and routes. */
#include "uplink/doctor_own.h"

#include "base/cleanup.h"

#include <netinet/in.h>
#include <string.h>

#define OUR_MARKS 0x00ff0000u /* mark-mask, unless the configuration says otherwise */

/* What prove says. */
int doctor_proof(struct doctor *d)
{
	struct prove_failure *x;
	long n = d->goal.uplink_n ? prove_machine(d->f, &d->goal, d->a, &x, NULL, d->e) : 0;

	for (long i = 0; i < n; i++) {
		const struct prove_failure *y = &x[i];
		struct doctor_finding *z =
			doctor_find(d, arena_printf(d->a, "%s: %s", prove_subject(y, d->a),
						    prove_text(y, d->a)));
		if (y->kind == PROVE_RULE || y->kind == PROVE_TABLE)
			z->severity = DOCTOR_WARNING;
		if (y->rule)
			doctor_evidence(d, z, "%s", doctor_rule(d, y->rule));
		if (y->result.route)
			doctor_evidence(d, z, "%s", doctor_route(d, y->result.route));
		if (y->packet.family)
			doctor_evidence(d, z, "packet %s: %s", prove_packet(d->f, &y->packet, d->a),
					prove_way(d->f, &y->result, d->a));
		z->remedy = prove_remedy(d->f, y, d->a);
	}
	return n < 0 ? (int)n : 0;
}

static bool is_default(const struct route *r, uint8_t family)
{
	return r->h.rtm_family == family && r->h.rtm_type == RTN_UNICAST && !r->h.rtm_dst_len &&
	       !r->h.rtm_src_len && !r->h.rtm_tos;
}

/* A way that is there, and that no packet without a source takes. */
static void shadowed(struct doctor *d, const struct route *by, const struct route *r)
{
	struct doctor_finding *x = doctor_find(
		d, arena_printf(d->a,
				"%s: nothing is sent through it unless it bears its address: its "
				"default route is shadowed",
				doctor_dev(d, (int)r->oif)));
	const char *ip = doctor_ip(r->h.rtm_family);
	char a[IP_ADDR_STRLEN], b[IP_ADDR_STRLEN];

	doctor_evidence(d, x, "%s", doctor_route(d, by));
	doctor_evidence(d, x, "%s", doctor_route(d, r));
	if (by->gateway.family && r->gateway.family)
		doctor_remedy(
			d, x,
			"%s route %s default metric %u nexthop via %s dev %s nexthop via %s dev "
			"%s",
			ip, by->metric > 1 ? "add" : "replace",
			by->metric > 1 ? by->metric - 1 : by->metric, ip_addr_str(&by->gateway, a),
			doctor_dev(d, (int)by->oif), ip_addr_str(&r->gateway, b),
			doctor_dev(d, (int)r->oif));
	else
		doctor_remedy(d, x,
			      "# a multihome.conf with both as uplinks, then: multihome apply");
}

void doctor_shadowed(struct doctor *d)
{
	for (unsigned i = 0; i < 2; i++) {
		uint8_t family = i ? AF_INET6 : AF_INET;
		struct fib_packet p = {
			.family = family, .src.family = family, .proto = IPPROTO_TCP};
		struct fib_result got;

		ip_addr_parse(i ? "2001:db8:ffff::1" : "203.0.113.254", family, &p.dst);
		fib_lookup(d->f, &p, &got);
		if (got.verdict != FIB_FORWARD || !got.route || got.route->h.rtm_dst_len ||
		    got.nexthops > 1 || got.table != RT_TABLE_MAIN || !has(got.route, ROUTE_OIF))
			continue;
		for (size_t k = 0; k < d->snap->route_n; k++) {
			const struct route *r = &d->snap->route[k];
			struct fib_nexthop nh;
			if (is_default(r, family) && r->table == RT_TABLE_MAIN && r != got.route &&
			    has(r, ROUTE_OIF) && r->oif != got.route->oif &&
			    r->metric > got.route->metric && fib_route_nexthop(d->f, r, 0, &nh) &&
			    !nh.dead)
				shadowed(d, got.route, r);
		}
	}
}

/* A table that a rule by source looks up, and that has a default, but none that holds. */
static void check_backstop(struct doctor *d, const struct rule *rule)
{
	const struct route *way = NULL;
	struct doctor_finding *x;

	for (size_t i = 0; i < d->snap->route_n; i++) {
		const struct route *r = &d->snap->route[i];
		if (r->table != rule->table || r->h.rtm_family != rule->h.family ||
		    r->h.rtm_dst_len)
			continue;
		if (is_default(r, rule->h.family))
			way = r;
		else if (r->h.rtm_type != RTN_THROW)
			return;
	}
	if (!way)
		return;
	x = doctor_find(d, arena_printf(d->a,
					"table %u does not hold its packets when its way out is "
					"down: they leave by another",
					rule->table));
	doctor_evidence(d, x, "%s", doctor_rule(d, rule));
	doctor_evidence(d, x, "%s", doctor_route(d, way));
	doctor_remedy(d, x, "%s route add unreachable default metric 4294967295 table %u",
		      doctor_ip(rule->h.family), rule->table);
}

static bool is_by_source(const struct rule *r)
{
	return r->h.src_len && r->table && r->table != RT_TABLE_MAIN &&
	       r->table != RT_TABLE_DEFAULT && r->table != RT_TABLE_LOCAL;
}

void doctor_backstop(struct doctor *d)
{
	for (size_t i = 0; i < d->snap->rule_n; i++) {
		const struct rule *r = &d->snap->rule[i];
		bool known = !is_by_source(r) || !doctor_several(d, r->h.family);
		for (size_t k = 0; k < i; k++) {
			const struct rule *o = &d->snap->rule[k];
			known = known || (is_by_source(o) && o->table == r->table &&
					  o->h.family == r->h.family);
		}
		if (!known)
			check_backstop(d, r);
	}
}

void doctor_one_address(struct doctor *d)
{
	char buf[IP_ADDR_STRLEN];

	for (size_t i = 0; i < d->goal.uplink_n; i++)
		for (size_t k = 0; k < i; k++) {
			const struct prove_uplink *a = &d->goal.uplink[k], *b = &d->goal.uplink[i];
			for (size_t m = 0; m < a->from_n; m++)
				for (size_t n = 0; n < b->from_n; n++) {
					if (!ip_addr_eq(&a->from[m].addr, &b->from[n].addr))
						continue;
					ip_addr_str(&a->from[m].addr, buf);
					struct doctor_finding *x = doctor_find(
						d,
						arena_printf(d->a,
							     "%s is %s's and %s's: nothing tells "
							     "their packets apart",
							     buf, a->name, b->name));
					doctor_evidence(d, x, "address %s on %s and on %s", buf,
							doctor_dev(d, a->ifindex),
							doctor_dev(d, b->ifindex));
					doctor_remedy(d, x, "ip address del %s/%u dev %s", buf,
						      (unsigned)b->from[n].len,
						      doctor_dev(d, b->ifindex));
				}
		}
}

/* A network that an uplink's gateway is in: docker's pools overlap with many a provider's. */
static void check_network(struct doctor *d, const struct prove_uplink *u, const struct route *r)
{
	uint8_t family = r->h.rtm_family;
	const struct ip_addr *gateway = &u->gateway[family == AF_INET6];
	struct ip_prefix to = {r->dst, r->h.rtm_dst_len};
	char net[IP_PREFIX_STRLEN], text[IP_ADDR_STRLEN];

	if (!gateway->family || !to.len || !ip_prefix_contains(&to, gateway))
		return;
	const char *dev = doctor_dev(d, (int)r->oif);
	struct doctor_finding *x = doctor_find(
		d, arena_printf(d->a, "%s has %s, in which %s's gateway %s is, too", dev,
				ip_prefix_str(&to, net), u->name, ip_addr_str(gateway, text)));
	doctor_evidence(d, x, "%s", doctor_route(d, r));
	doctor_remedy(d, x,
		      "# give %s other addresses (docker: default-address-pools in "
		      "/etc/docker/daemon.json)",
		      dev);
}

static bool is_uplinks(const struct doctor *d, int ifindex)
{
	for (size_t i = 0; i < d->goal.uplink_n; i++)
		if (d->goal.uplink[i].ifindex == ifindex)
			return true;
	return false;
}

void doctor_network(struct doctor *d)
{
	for (size_t i = 0; i < d->snap->route_n; i++) {
		const struct route *r = &d->snap->route[i];
		if (r->table != RT_TABLE_MAIN || r->h.rtm_type != RTN_UNICAST ||
		    r->h.rtm_scope != RT_SCOPE_LINK || !has(r, ROUTE_OIF) ||
		    is_uplinks(d, (int)r->oif))
			continue;
		for (size_t k = 0; k < d->goal.uplink_n; k++)
			check_network(d, &d->goal.uplink[k], r);
	}
}

void doctor_table_names(struct doctor *d)
{
	for (size_t i = 0; i < d->snap->rule_n; i++) {
		const struct rule *r = &d->snap->rule[i];
		bool known = false;
		for (size_t k = 0; k < i; k++)
			known = known || d->snap->rule[k].table == r->table;
		if (known || !r->table || owned_is_rule(r) ||
		    names_get(d->facts->names, NAMES_RT_TABLES, r->table))
			continue;
		struct doctor_finding *x =
			doctor_find(d, arena_printf(d->a, "table %u has no name", r->table));
		doctor_evidence(d, x, "%s", doctor_rule(d, r));
		doctor_remedy(d, x, "echo '%u table%u' >> /etc/iproute2/rt_tables", r->table,
			      r->table);
	}
}

/* Marks of others' rules in the bits that ours are compared in. */
void doctor_marks(struct doctor *d)
{
	uint32_t ours = d->goal.mark_mask;

	for (size_t i = 0; i < d->snap->rule_n; i++)
		if (owned_is_rule(&d->snap->rule[i]) && has(&d->snap->rule[i], RULE_FWMARK) &&
		    !ours)
			ours = OUR_MARKS;
	for (size_t i = 0; i < d->snap->rule_n; i++) {
		const struct rule *r = &d->snap->rule[i];
		uint32_t mask = has(r, RULE_FWMASK) ? r->fwmask : UINT32_MAX;
		if (owned_is_rule(r) || !has(r, RULE_FWMARK) || !(mask & r->fwmark & ours))
			continue;
		struct doctor_finding *x = doctor_find(
			d, arena_printf(d->a,
					"the mark %#x of somebody's rule has bits of %#x, in which "
					"flows bear their uplink",
					r->fwmark, ours));
		doctor_evidence(d, x, "%s", doctor_rule(d, r));
		doctor_remedy(d, x, "# in multihome.conf: [multihome] mark-mask = %#x",
			      ours == OUR_MARKS ? 0x0000ff00u : OUR_MARKS);
	}
}

/* Before Linux 6.13 the kernel takes the rule, leaves its dscp out, and matches everything. */
void doctor_dscp(struct doctor *d)
{
	if (d->snap->settings.kernel >= 0x060d)
		return;
	for (size_t i = 0; i < d->snap->rule_n; i++) {
		const struct rule *r = &d->snap->rule[i];
		if (!has(r, RULE_DSCP))
			continue;
		struct doctor_finding *x = doctor_find(d, "a rule by dscp matches every packet");
		doctor_evidence(d, x, "%s", doctor_rule(d, r));
		doctor_remedy(d, x, "%s rule del priority %u", doctor_ip(r->h.family), r->priority);
	}
}
