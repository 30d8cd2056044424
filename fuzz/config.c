/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files. What is taken keeps the promises of uplink/config.h; what is refused is
 * refused in one line, with a place.
 */
#include "uplink/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool promise)
{
	if (!promise)
		abort();
}

static void check_use(const struct config *c, const struct use *u)
{
	bool seen[UPLINKS_MAX] = {false};

	hold(u->n > 0);
	for (size_t t = 0; t < u->n; t++) {
		hold(u->tier[t].n > 0);
		for (size_t i = 0; i < u->tier[t].n; i++) {
			const struct use_member *m = &u->tier[t].member[i];
			hold(m->uplink < c->uplink_n && !seen[m->uplink]);
			hold(m->weight >= 1 && m->weight <= 256);
			seen[m->uplink] = true;
		}
	}
}

static void check_uplink(const struct config *c, const struct uplink_config *u)
{
	hold(*u->name && *u->interface && memchr(u->interface, 0, sizeof(u->interface)));
	hold(u->weight >= 1 && u->weight <= 256);
	hold(u->ipv4 || u->ipv6);
	hold(u->address_n == u->address_place_n && u->gateway_n == u->gateway_place_n);
	hold(u->gateway_n <= 2 && u->snat_n <= 2 && !(u->gateway_none && u->gateway_n));
	hold((u->nat == NAT_SNAT) == (u->snat_n > 0));
	hold(u->table < c->table_base || u->table > c->table_base + config_slots(c));
	hold(u->table < 253 || u->table > 255);
}

static void check_policy(const struct config *c, const struct policy_config *p)
{
	hold(p->has != 0);
	for (size_t i = 0; i < p->from_n + p->to_n; i++) {
		const struct ip_prefix *x = i < p->from_n ? &p->from[i] : &p->to[i - p->from_n];
		struct ip_prefix masked = ip_prefix_masked(*x);
		hold(ip_prefix_eq(&masked, x));
	}
	hold(p->sport.first <= p->sport.last && p->dport.first <= p->dport.last);
	hold(p->uid_first <= p->uid_last && p->dscp < 64);
	hold(!(p->mark & ~p->mark_mask) && !(p->mark & c->mark_mask));
	check_use(c, &p->use);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct config c;
	char line[1024];

	if (config_parse("f", (const char *)data, size, &c, &e) < 0) {
		err_line(&e, line, sizeof(line));
		hold(e.code < 0 && e.where[0] == 'f' && *e.msg && !strpbrk(line, "\r\n"));
	} else {
		hold(c.uplink_n >= 1 && c.uplink_n <= config_slots(&c));
		check_use(&c, &c.default_use);
		for (size_t i = 0; i < c.uplink_n; i++)
			check_uplink(&c, &c.uplink[i]);
		for (size_t i = 0; i < c.policy_n; i++)
			check_policy(&c, &c.policy[i]);
	}
	config_free(&c);
	return 0;
}
