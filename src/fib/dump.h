/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_DUMP_H
#define MH_FIB_DUMP_H

#include "fib/fib.h"

/*
 * A machine's state as a folder of what its own commands say, of whatever iproute2:
 *
 *	link.json       ip -j -d link             address.json   ip -j address
 *	rule.json       ip -j rule                rule6.json     ip -j -6 rule
 *	route.json      ip -j -4 route show table all
 *	route6.json     ip -j -6 route show table all
 *	nexthop.json    ip -j nexthop             bucket.json    ip -j nexthop bucket
 *	neigh.json      ip -j neigh               sysctl.txt     sysctl -a
 *	kernel.txt      uname -r                  rt_tables      /etc/iproute2/rt_tables
 *	netconf.json    ip -j netconf: what sysctl.txt has of forwarding, rp_filter and
 *	                ignore_routes_with_linkdown
 *
 * link.json must be there, and one of the files of rules and of routes; the others may be missing.
 */
int dump_read(const char *dir, struct snapshot *ret, struct err *e);

/*
 * Adds the text of one such file, known by its name, to a snapshot; the links come first. `names`
 * are those of the machine. Errors say which file, which object of it, and what is wrong: -EINVAL
 * if it is no such JSON, or contradicts what is there (a device that does not exist, an interface
 * twice), -ENOENT for another file name.
 */
int dump_add(struct snapshot *s, struct names *names, const char *file, const char *text,
	     size_t len, struct err *e);

/* The file names, for who makes such folders: NULL behind the last; and the command for each. */
const char *dump_file(unsigned i, const char **command);

#endif
