/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The doctor on the configuration, and on other programs. */
#include "uplink/doctor_own.h"

#include <netinet/in.h>

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
