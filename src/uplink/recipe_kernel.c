/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the running kernel cannot do. A policy that it would misunderstand is refused; an unevenness
 * that nobody can mend is said.
 */
#include "uplink/recipe.h"

#include <errno.h>
#include <stdio.h>

/* As 0x00MMmm; the newest there is where the kernel does not say. */
static unsigned kernel_version(const struct recipe *r)
{
	const char *release = r->machine->sysctl(r->machine->sysctl_arg, "kernel/osrelease");
	unsigned major, minor;

	if (!release || sscanf(release, "%u.%u", &major, &minor) != 2)
		return UINT32_MAX;
	return major << 8 | minor;
}

#define LINUX(major, minor) ((major) << 8 | (minor))

/* Before Linux 6.13 FRA_DSCP is taken and not looked at: the rule would match everything. */
static int check_dscp(const struct recipe *r, unsigned version, struct err *e)
{
	for (size_t i = 0; i < r->config->policy_n; i++) {
		const struct policy_config *p = &r->config->policy[i];
		if (!(p->has & HAS(POLICY_DSCP)) || version >= LINUX(6u, 13u))
			continue;
		err_set(e, -EOPNOTSUPP, "policy %s: rules by dscp need Linux 6.13, this is %u.%u",
			p->name, version >> 8, version & 0xff);
		err_hint(e, "let nftables set a mark by dscp and use `mark = `");
		return recipe_place(e, &p->place);
	}
	return 0;
}

/* True if the default is spread over several uplinks. */
static bool balances(const struct recipe *r)
{
	for (size_t i = 0; i < r->config->default_use.n; i++)
		if (r->config->default_use.tier[i].n > 1)
			return true;
	return false;
}

/*
 * A local TCP connection's path is chosen twice: before the source port is known, which gives it
 * its source address, and after. The `from` rule of that address then holds the first choice, in
 * which, before Linux 6.15, the port did not count; and on one interface with two gateways, in
 * which the address does not tell the gateways apart.
 */
static void say_how_tcp_is_spread(struct recipe *r, unsigned version)
{
	if (!balances(r))
		return;
	if (version < LINUX(6u, 15u))
		recipe_warn(r,
			    "Linux %u.%u sends all of this machine's own TCP connections to one "
			    "address and port by one uplink; other traffic is spread",
			    version >> 8, version & 0xff);
	for (unsigned i = 0; i < r->d->uplink_n; i++)
		if (recipe_shares_link(r, i))
			recipe_warn(r,
				    "%s shares %s with another uplink: this machine's own TCP "
				    "connections leave by the one with the first address, unless "
				    "bound to the other's",
				    r->d->uplink[i].config->name, r->d->uplink[i].link->name);
}

static bool in_balance(const struct use *u, unsigned uplink)
{
	for (size_t t = 0; t < u->n; t++)
		for (size_t m = 0; m < u->tier[t].n; m++)
			if (u->tier[t].n > 1 && u->tier[t].member[m].uplink == uplink)
				return true;
	return false;
}

static void say_what_cannot_balance(struct recipe *r)
{
	const struct config *c = r->config;

	for (unsigned i = 0; i < r->d->uplink_n; i++) {
		const struct uplink_state *u = &r->d->uplink[i];
		bool asked = in_balance(&c->default_use, i);
		for (size_t p = 0; p < c->policy_n && !asked; p++)
			asked = in_balance(&c->policy[p].use, i);
		if (asked && u->v6.usable && !recipe_can_balance(u, AF_INET6))
			recipe_warn(r,
				    "%s: IPv6 without a gateway cannot be balanced over %s: the "
				    "others have its share",
				    u->config->name, u->link->name);
	}
}

int recipe_kernel(struct recipe *r, struct err *e)
{
	unsigned version = kernel_version(r);
	int rc = check_dscp(r, version, e);

	if (!rc) {
		say_how_tcp_is_spread(r, version);
		say_what_cannot_balance(r);
	}
	return rc;
}
