/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_PREFIX_LIST_H
#define MH_FIB_PREFIX_LIST_H

#include "base/arena.h"
#include "base/err.h"
#include "base/ipaddr.h"

/*
 * Reads the prefixes of a table, in its order: text with a prefix a line (an address alone is one,
 * "default" is all of IPv4; what stands behind it is passed over, so that the output of `ip route`
 * will do; "#" begins a comment), or what `ip -j route` prints. -EINVAL: the first line, or object,
 * that has none. The arena's; returns their number.
 */
long prefix_list_read(const char *text, size_t len, struct arena *a, struct ip_prefix **ret,
		      struct err *e);

#endif
