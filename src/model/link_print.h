/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_LINK_PRINT_H
#define MH_MODEL_LINK_PRINT_H

#include "model/link.h"

/* What `ip link show` and `ip address show` show differently. */
struct link_style {
	bool link;	/* it is `ip link`: with mode, alias, statistics inside */
	bool no_lladdr; /* only addresses of one family are asked for */
	bool no_qlen;
	bool addresses; /* they follow; brief, on the same line */
};

/*
 * An interface, without JSON's braces and without the last line's end if brief and its addresses
 * follow.
 */
void link_print(struct print *p, const struct link *l, const struct link_style *s);
/* The counters as two (with -s -s four) tables, or as "stats64". */
void link_stats_print(struct print *p, const struct link *l);
/* A link-layer address as its kind of interface writes it: IP addresses for tunnels. */
void lladdr_print(struct out *o, const struct lladdr *a, unsigned arphrd);
/* "ether", "loopback", ...; "[123]" in `buf` if it has no name. */
const char *link_type_name(unsigned arphrd, char *buf, size_t size);

#endif
