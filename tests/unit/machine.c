/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine.h"

#include "unit.h"

static const char *get_sysctl(void *arg, const char *name)
{
	return owned_sysctl(arg, name);
}

void machine_init(struct machine_made *m)
{
	*m = (struct machine_made){0};
	m->machine =
		(struct machine){.snap = &m->snap, .sysctl = get_sysctl, .sysctl_arg = &m->sysctl};
}

void machine_free(struct machine_made *m)
{
	snapshot_free(&m->snap);
	owned_free(&m->sysctl);
}

static void add(struct machine_made *m, const struct nl_msg *msg)
{
	struct err e = ERR_INIT;

	if (snapshot_add(&m->snap, &msg->h, &e))
		fail_msg("%s", e.msg);
}

void machine_link(struct machine_made *m, int ifindex, const char *name, unsigned flags,
		  uint32_t group)
{
	struct link l = {.has = HAS(LINK_NAME) | HAS(LINK_GROUP),
			 .h.ifi_index = ifindex,
			 .h.ifi_flags = flags,
			 .group = group};
	struct nl_msg msg;

	strcpy(l.name, name);
	assert_int_equal(link_message(&msg, RTM_NEWLINK, 0, &l, NULL), 0);
	add(m, &msg);
}

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	if (!ip_prefix_parse(text, 0, &p))
		fail_msg("%s is no prefix", text);
	return p;
}

void machine_address(struct machine_made *m, int ifindex, const char *text, uint32_t flags)
{
	struct ip_prefix p = prefix(text), net = ip_prefix_masked(p);
	struct address a = {.has = HAS(ADDRESS_ADDRESS) | HAS(ADDRESS_LOCAL) | HAS(ADDRESS_FLAGS),
			    .h = {.ifa_family = p.addr.family,
				  .ifa_prefixlen = p.len,
				  .ifa_index = (uint32_t)ifindex},
			    .local = p.addr,
			    .address = p.addr,
			    .flags = flags};
	struct nl_msg msg;
	char buf[IP_PREFIX_STRLEN];

	assert_int_equal(address_message(&msg, RTM_NEWADDR, 0, &a, NULL), 0);
	add(m, &msg);
	if (p.len == ip_bits(p.addr.family) || flags & IFA_F_SECONDARY)
		return;
	struct route *r =
		machine_route(m, p.addr.family, ip_prefix_str(&net, buf), NULL, ifindex,
			      RT_TABLE_MAIN, RTPROT_KERNEL, p.addr.family == AF_INET6 ? 256 : 0);
	r->prefsrc = p.addr;
	if (p.addr.family == AF_INET)
		set_has(r, ROUTE_PREFSRC);
}

struct route *machine_route(struct machine_made *m, uint8_t family, const char *to, const char *via,
			    int ifindex, uint32_t table, uint8_t protocol, uint32_t metric)
{
	struct route r = route_init(family);
	struct nl_msg msg;

	if (to)
		route_set_dst(&r, prefix(to));
	r.table = table;
	r.oif = (uint32_t)ifindex;
	r.metric = metric;
	r.h.rtm_protocol = protocol;
	r.has |= HAS(ROUTE_OIF) | (metric ? HAS(ROUTE_METRIC) : 0);
	if (via) {
		assert_true(ip_addr_parse(via, family, &r.gateway));
		set_has(&r, ROUTE_GATEWAY);
	} else if (family == AF_INET) {
		r.h.rtm_scope = RT_SCOPE_LINK;
	}
	assert_int_equal(route_message(&msg, RTM_NEWROUTE, 0, &r, NULL), 0);
	add(m, &msg);
	return &m->snap.route[m->snap.route_n - 1];
}

void machine_rule(struct machine_made *m, uint8_t family, uint32_t priority, const char *from,
		  uint32_t table, uint8_t protocol)
{
	struct rule r = {.h = {.family = family, .action = FR_ACT_TO_TBL},
			 .priority = priority,
			 .table = table,
			 .src.family = family,
			 .dst.family = family,
			 .protocol = protocol};
	struct nl_msg msg;

	r.has = HAS(RULE_PRIORITY) | HAS(RULE_TABLE) | HAS(RULE_PROTOCOL);
	if (from)
		rule_set_src(&r, prefix(from));
	assert_int_equal(rule_message(&msg, RTM_NEWRULE, 0, &r, NULL), 0);
	add(m, &msg);
}

void machine_sysctl(struct machine_made *m, const char *name, const char *value)
{
	owned_set_sysctl(&m->sysctl, name, value);
}

void machine_two_isps(struct machine_made *m)
{
	machine_init(m);
	machine_link(m, 2, "eth0", UP, 0);
	machine_link(m, 3, "eth1", UP, 0);
	machine_link(m, 4, "eth2", UP, 0);
	machine_address(m, 2, "192.168.1.2/24", 0);
	machine_address(m, 3, "192.168.2.2/24", 0);
	machine_address(m, 4, "10.0.0.1/24", 0);
	machine_address(m, 2, "2001:db8:1::2/64", 0);
	machine_address(m, 3, "2001:db8:2::2/64", 0);
}

char *machine_commands(const struct machine_made *m, const struct plan *p, struct arena *a)
{
	struct out o;
	struct print pr = {.o = &o, .devices = m->snap.devices};

	out_init(&o, -1);
	for (size_t i = 0; i < p->n; i++)
		plan_step_command(&pr, &p->step[i]);
	char *ret = arena_strdup(a, out_str(&o));
	out_free(&o);
	return ret;
}
