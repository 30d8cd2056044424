/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_TESTS_UNIT_RANDOM_MACHINE_H
#define MH_TESTS_UNIT_RANDOM_MACHINE_H

#include "fib/many.h"
#include "kernel_ask.h"

#include <stdio.h>
#include <sys/types.h>

/*
 * A machine made at random from a seed, in a network namespace of its own that the test then is in:
 * devices with and without carrier, some of them in a VRF where the kernel has such, addresses,
 * neighbours, next-hop objects, routes of every type in six tables, rules with every selector,
 * settings. There is one at a time.
 */
#define MACHINE_DEVICES 4u /* v0, v1, ... */
#define MACHINE_IFINDEX 10 /* of v0 */
#define MACHINE_VRF	20 /* of the VRF */

extern struct machine {
	uint64_t seed;
	uint8_t family;
	bool seedable; /* the multipath hash can be predicted */
	bool vrf;      /* it has one */
	struct nl *nl;
	struct ask *ask;
	struct snapshot s;
	struct fib *f;
	struct fib_many *many;
	FILE *ip; /* commands for ip -batch */
} m;

/*
 * If set, the devices' other ends, w0, w1, ..., are in the network namespace of this process, and
 * neighbours need no address (`arp off`), so that packets come out there.
 */
extern pid_t machine_far;

/* Without the selectors that Debian 12's ip does not print. */
extern bool machine_plain;
void machine_make(uint64_t seed, uint8_t family);
void machine_drop(void);
/* Looks at it again. */
void machine_refresh(void);

/* 0..n-1, from the machine's own random numbers. */
uint32_t machine_random(uint32_t n);
/* An address like those of its routes; one of its own. */
struct ip_addr machine_addr(void);
struct ip_addr machine_own_addr(void);

#endif
