/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "whole.h"

#include "base/cleanup.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* The kernel's own rules and the local table. */
void whole_kernels_own(struct machine_made *m)
{
	static const struct {
		uint32_t priority, table;
	} own[] = {{0, RT_TABLE_LOCAL}, {32766, RT_TABLE_MAIN}, {32767, RT_TABLE_DEFAULT}};
	char buf[IP_ADDR_STRLEN];

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		machine_rule(m, AF_INET, own[i].priority, NULL, own[i].table, RTPROT_KERNEL);
		if (own[i].table != RT_TABLE_DEFAULT)
			machine_rule(m, AF_INET6, own[i].priority, NULL, own[i].table,
				     RTPROT_KERNEL);
	}
	for (size_t i = 0; i < m->snap.address_n; i++) {
		const struct address *a = &m->snap.address[i];
		struct route *r =
			machine_route(m, a->local.family, ip_addr_str(&a->local, buf), NULL,
				      (int)a->h.ifa_index, RT_TABLE_LOCAL, RTPROT_KERNEL, 0);
		r->h.rtm_type = RTN_LOCAL;
		r->h.rtm_scope = a->local.family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
		if (a->local.family != AF_INET || a->h.ifa_prefixlen != 24)
			continue;
		struct ip_addr last = a->local;
		last.b[3] = 255;
		r = machine_route(m, AF_INET, ip_addr_str(&last, buf), NULL, (int)a->h.ifa_index,
				  RT_TABLE_LOCAL, RTPROT_KERNEL, 0);
		r->h.rtm_type = RTN_BROADCAST;
	}
}

void whole_setting(struct machine_made *m, const char *name, const char *value)
{
	char buf[128];

	snprintf(buf, sizeof(buf), "%s", name);
	for (char *c = buf; *c; c++)
		*c = *c == '/' ? '.' : *c == '.' ? '/' : *c;
	settings_set(&m->snap.arena, &m->snap.settings, buf, value);
}

/* What is wanted comes to be; rules go where their priority says, families apart. */
void whole_obey(struct machine_made *m, const struct owned *want)
{
	struct snapshot *s = &m->snap;

	for (size_t i = 0; i < want->route_n; i++)
		owned_copy_route(&s->arena,
				 ARENA_PUSH(&s->arena, s->route, s->route_n, s->route_cap),
				 &want->route[i]);
	for (size_t i = 0; i < want->rule_n; i++)
		*ARENA_PUSH(&s->arena, s->rule, s->rule_n, s->rule_cap) = want->rule[i];
	for (size_t i = 0; i < want->group_n; i++)
		for (size_t k = 0; k < s->link_n; k++)
			if (s->link[k].h.ifi_index == want->group[i].ifindex)
				s->link[k].group = want->group[i].group;
	for (size_t i = 0; i < want->sysctl_n; i++)
		whole_setting(m, want->sysctl[i].name, want->sysctl[i].value);
	whole_sort_rules(s);
}

void whole_sort_rules(struct snapshot *s)
{
	for (size_t i = 1; i < s->rule_n; i++)
		for (size_t k = i; k; k--) {
			struct rule *a = &s->rule[k - 1], *b = &s->rule[k], swap = *a;
			if (a->h.family < b->h.family ||
			    (a->h.family == b->h.family && a->priority <= b->priority))
				break;
			*a = *b;
			*b = swap;
		}
}

void whole_machine(struct machine_made *m)
{
	char name[80];

	m->snap.settings = SETTINGS_INIT;
	whole_setting(m, "net/ipv4/conf/all/forwarding", "1");
	whole_setting(m, "net/ipv6/conf/all/forwarding", "1");
	for (size_t i = 0; i < m->snap.link_n; i++) {
		snprintf(name, sizeof(name), "net/ipv4/conf/%s/forwarding", m->snap.link[i].name);
		whole_setting(m, name, "1");
	}
	whole_kernels_own(m);
	whole_sort_rules(&m->snap);
}

void whole_config(struct machine_made *m, const char *text, struct config *c, struct desired *d)
{
	struct err e = ERR_INIT;

	if (config_parse("test.conf", text, strlen(text), c, &e) < 0 ||
	    desired_make(c, &m->machine, NULL, 0, d, &e) < 0)
		fail_msg("%s: %s\n%s", e.where, e.msg, text);
}

static void say(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct out *o, const char *fmt, ...)
{
	char buf[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	out_puts(o, buf);
}

unsigned whole_random_config(struct out *o)
{
	unsigned n = 1 + rnd_below(4);

	for (unsigned i = 0; i < n; i++) {
		say(o, "[uplink u%u]\ninterface = eth%u\nweight = %u\ngateway = 192.168.%u.1\n", i,
		    i, 1 + rnd_below(5), i);
		if (rnd_below(3))
			say(o, "gateway = 2001:db8:%u::1\n", i);
		else
			say(o, "family = ipv4\n");
	}
	for (unsigned i = 0, k = rnd_below(4); i < k; i++) {
		say(o, "[policy p%u]\n", i);
		switch (rnd_below(4)) {
		case 0:
			say(o, "from = 10.0.%u.0/24\n", i);
			break;
		case 1:
			say(o, "proto = tcp\ndport = %u\n", 1000 + i);
			break;
		case 2:
			say(o, "uid = %u\n", 1000 + i);
			break;
		default:
			say(o, "to = 203.0.%u.0/24\n", i);
		}
		unsigned first = rnd_below(n);
		if (n > 1 && rnd_below(2))
			say(o, "use = u%u %c u%u\n", first, ",+"[rnd_below(2)], (first + 1) % n);
		else
			say(o, "use = u%u\n", first);
	}
	if (rnd_below(2))
		say(o, "[multihome]\nwhen-all-down = %s\n", rnd_below(2) ? "main" : "unreachable");
	return n;
}

void whole_random_machine(struct machine_made *m, unsigned uplinks)
{
	char text[64];

	machine_init(m);
	for (unsigned i = 0; i <= uplinks; i++) {
		bool lan = i == uplinks;
		snprintf(text, sizeof(text), "eth%u", i);
		machine_link(m, (int)i + 2, text, lan || rnd_below(5) ? UP : UP & ~IFF_LOWER_UP, 0);
		snprintf(text, sizeof(text), lan ? "10.0.0.1/16" : "192.168.%u.2/24", i);
		machine_address(m, (int)i + 2, text, 0);
		snprintf(text, sizeof(text), "2001:db8:%x::2/64", lan ? 0xff : i);
		machine_address(m, (int)i + 2, text, 0);
	}
}
