/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The doctor on the configuration, and on other programs. */
#include "uplink/doctor_own.h"

#include <ctype.h>
#include <netinet/in.h>
#include <string.h>

/* Priorities, tables, link groups and addresses that somebody else has: uplink/recipe_check.c. */
void doctor_config(struct doctor *d)
{
	const struct err *e = &d->facts->config_error;

	if (!e->code)
		return;
	struct doctor_finding *x = doctor_find(d, arena_strdup(d->a, e->msg));
	if (e->where[0])
		doctor_evidence(d, x, "%s", e->where);
	if (e->hint[0])
		doctor_remedy(d, x, "# %s", e->hint);
}

void doctor_config_warnings(struct doctor *d)
{
	for (size_t i = 0; i < d->facts->config_warning_n; i++)
		doctor_find(d, d->facts->config_warning[i]);
}

/* Ports at which nobody asks from afar: DHCP's, mDNS, LLMNR, SSDP. */
static bool is_of_the_link(uint16_t port)
{
	return port == 67 || port == 68 || port == 546 || port == 547 || port == 5353 ||
	       port == 5355 || port == 1900;
}

/*
 * The kernel chooses the source of what such a socket sends anew for each packet, unless the
 * program takes it from the request (IP_PKTINFO). Neither rules nor marks can mend it.
 */
void doctor_udp(struct doctor *d)
{
	for (size_t i = 0; i < d->facts->socket_n; i++) {
		const struct doctor_socket *s = &d->facts->socket[i];
		const char *any = s->family == AF_INET6 ? "[::]" : "0.0.0.0";
		if (is_of_the_link(s->port) ||
		    !(doctor_several(d, s->family) ||
		      (s->family == AF_INET6 && doctor_several(d, AF_INET))))
			continue;
		struct doctor_finding *x = doctor_find(
			d, arena_printf(d->a,
					"%s may answer from another address than it was asked at",
					s->program));
		doctor_evidence(d, x, "UDP %s:%u, process %d", any, s->port, s->pid);
		doctor_remedy(d, x,
			      "# have %s bind each address, unless it is known to answer with "
			      "IP_PKTINFO",
			      s->program);
	}
}

void doctor_networkd(struct doctor *d)
{
	if (!d->facts->networkd || !d->facts->networkd_rules)
		return;
	for (size_t i = 0; i < d->snap->rule_n; i++) {
		const struct rule *r = &d->snap->rule[i];
		if (!r->priority || (has(r, RULE_PROTOCOL) && r->protocol == RTPROT_KERNEL) ||
		    r->table == RT_TABLE_MAIN || r->table == RT_TABLE_DEFAULT)
			continue;
		struct doctor_finding *x = doctor_find(
			d,
			"systemd-networkd deletes rules that it did not make, when it starts or is "
			"reconfigured");
		doctor_evidence(d, x, "%s", doctor_rule(d, r));
		doctor_remedy(d, x, "mkdir -p /etc/systemd/networkd.conf.d");
		doctor_remedy(d, x,
			      "printf '[Network]\\nManageForeignRoutingPolicyRules=no\\n"
			      "ManageForeignRoutes=no\\n' > "
			      "/etc/systemd/networkd.conf.d/50-multihome.conf");
		doctor_remedy(d, x, "systemctl try-restart systemd-networkd");
		return;
	}
}

/* What NetworkManager adds to the metric of a default route behind which its check finds nothing.
 */
#define NM_PENALTY 20000

void doctor_nm(struct doctor *d)
{
	for (size_t i = 0; i < d->snap->route_n && d->facts->nm; i++) {
		const struct route *r = &d->snap->route[i];
		if (r->h.rtm_dst_len || r->table != RT_TABLE_MAIN || !has(r, ROUTE_OIF) ||
		    r->h.rtm_type != RTN_UNICAST || r->metric < NM_PENALTY ||
		    r->metric >= 2 * NM_PENALTY)
			continue;
		const char *dev = doctor_dev(d, (int)r->oif);
		struct doctor_finding *x = doctor_find(
			d, arena_printf(d->a,
					"NetworkManager has reached nobody by %s, and puts its "
					"default route behind all others",
					dev));
		doctor_evidence(d, x, "%s", doctor_route(d, r));
		doctor_remedy(d, x, "# see what is behind %s: nmcli networking connectivity check",
			      dev);
		doctor_remedy(d, x,
			      "# or leave that to multihomed: [connectivity] enabled=false in "
			      "/etc/NetworkManager/conf.d/50-multihome.conf");
	}
}

/* docker0, and br- with twelve hexadecimal digits for its other networks; podman's. */
static bool is_of_containers(const struct link *l)
{
	const char *name = l->name;

	if (strcmp(link_kind(l), "bridge") != 0)
		return false;
	if (!strcmp(name, "docker0") || !strncmp(name, "podman", 6) || !strncmp(name, "cni-", 4))
		return true;
	if (strncmp(name, "br-", 3) != 0)
		return false;
	for (name += 3; isxdigit((unsigned char)*name); name++)
		;
	return !*name && name - l->name == 15;
}

/* Published ports are DNATed. Without marks, their replies are routed as what containers begin. */
void doctor_docker(struct doctor *d)
{
	for (size_t i = 0; i < d->goal.uplink_n; i++)
		if (d->goal.uplink[i].mark)
			return;
	for (size_t i = 0; i < d->snap->address_n && doctor_several(d, AF_INET); i++) {
		const struct address *a = &d->snap->address[i];
		const struct link *l = snapshot_link(d->snap, (int)a->h.ifa_index);
		char buf[IP_ADDR_STRLEN];
		if (a->h.ifa_family != AF_INET || !l || !is_of_containers(l))
			continue;
		struct doctor_finding *x = doctor_find(
			d, "containers answer by the default uplink, whichever they were asked by");
		doctor_evidence(d, x, "%s has %s/%u, and no rule goes by the mark of a connection",
				l->name, ip_addr_str(&a->local, buf), a->h.ifa_prefixlen);
		doctor_remedy(d, x, "# a multihome.conf with these uplinks, then: multihome apply");
		return;
	}
}
