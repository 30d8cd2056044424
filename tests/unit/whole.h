/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_TESTS_UNIT_WHOLE_H
#define MH_TESTS_UNIT_WHOLE_H

#include "machine.h"

/* Machines in memory that are whole enough for the engine: with what every kernel has by itself. */

/* Forwarding on; the kernel's own rules, and the local table for the addresses that are there. */
void whole_machine(struct machine_made *m);
void whole_kernels_own(struct machine_made *m);
/* A setting by its path: "net/ipv4/conf/eth0/rp_filter". */
void whole_setting(struct machine_made *m, const char *name, const char *value);
/* What is wanted comes to be. */
void whole_obey(struct machine_made *m, const struct owned *want);
void whole_sort_rules(struct snapshot *s);
/* What a configuration wants; a bad one ends the test. */
void whole_config(struct machine_made *m, const char *text, struct config *c, struct desired *d);

/* A configuration of u0 .. on eth0 .. 192.168.N.2/24; and a machine for it, with a LAN 10.0.0.1/16
 * on the last interface. Returns the number of uplinks. */
unsigned whole_random_config(struct out *o);
void whole_random_machine(struct machine_made *m, unsigned uplinks);

#endif
