/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_TESTS_UNIT_MACHINE_H
#define MH_TESTS_UNIT_MACHINE_H

#include "uplink/desired.h"
#include "uplink/plan.h"

/*
 * A machine made up in memory: objects go into the snapshot as the messages that a kernel would
 * send for them. Mistakes in the texts end the test.
 */
struct machine_made {
	struct snapshot snap;
	struct machine machine; /* of the two */
	struct owned sysctl;	/* only its sysctls are used */
};

#define UP (IFF_UP | IFF_LOWER_UP | IFF_BROADCAST | IFF_MULTICAST)

void machine_init(struct machine_made *m);
void machine_free(struct machine_made *m);
void machine_link(struct machine_made *m, int ifindex, const char *name, unsigned flags,
		  uint32_t group);
/* "192.168.1.2/24"; IPv4's and IPv6's connected route in main is added with it. */
void machine_address(struct machine_made *m, int ifindex, const char *prefix, uint32_t flags);
/* A unicast route; `to` NULL for a default, `via` NULL for none. */
struct route *machine_route(struct machine_made *m, uint8_t family, const char *to, const char *via,
			    int ifindex, uint32_t table, uint8_t protocol, uint32_t metric);
void machine_rule(struct machine_made *m, uint8_t family, uint32_t priority, const char *from,
		  uint32_t table, uint8_t protocol);
void machine_sysctl(struct machine_made *m, const char *name, const char *value);

/* eth0 192.168.1.2/24 and 2001:db8:1::2/64, eth1 192.168.2.2/24 and 2001:db8:2::2/64,
 * eth2 10.0.0.1/24; no gateways. Interfaces have the indices 2, 3, 4. */
void machine_two_isps(struct machine_made *m);

/* The commands of a plan, one a line, in an arena. */
char *machine_commands(const struct machine_made *m, const struct plan *p, struct arena *a);

#endif
