/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_TOPOLOGY_H
#define MH_LAB_TOPOLOGY_H

#include "base/err.h"
#include "base/ipaddr.h"
#include "netlink/attr.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A network as data: hosts, the cables between them, and what each host knows when it has just been
 * set up by DHCP, by RA or by hand. Addresses are text, as a person reads them; the unit test reads
 * them all.
 */

#define TOPOLOGY_ADDRESSES 4

/* One end of a cable. */
struct topology_end {
	const char *host, *dev;
	const char *address[TOPOLOGY_ADDRESSES]; /* "ADDR/LEN", NULL after the last */
	const char *bridge; /* the host's bridge that it is a port of, or NULL */
};

/* A cable: a veth pair. To cut it, end b is set down, so that end a loses its carrier. */
struct topology_link {
	const char *name;
	struct topology_end a, b;
};

struct topology_route {
	const char *host;
	const char *dst; /* "ADDR/LEN", "default" (IPv4), "default6" */
	const char *via; /* NULL: on-link */
	const char *dev;
	uint8_t type;	  /* RTN_*, 0: unicast */
	uint8_t protocol; /* RTPROT_*, 0: static */
	uint32_t metric;
};

/* An address on a host's loopback device. */
struct topology_local {
	const char *host, *address;
};

struct topology_sysctl {
	const char *host;
	const char *name; /* "net/ipv4/ip_forward" */
	const char *value;
};

/* A router that announces itself (RFC 4861) with a prefix for its neighbours' addresses. */
struct topology_announce {
	const char *host, *dev, *prefix;
};

/*
 * An uplink of the server: its link, the server's own addresses on it, and the router to which its
 * packets go on the link layer, with the router's addresses in the uplink's subnets.
 */
struct topology_uplink {
	const char *name, *dev; /* of TOPOLOGY_SERVER */
	const char *link;
	const char *address[2]; /* IPv4, IPv6 */
	struct {
		const char *host, *dev;
		const char *address[2];
	} router;
};

/* Topologies are put together from parts; a row of any part counts the same. */
struct topology_part {
	const struct topology_link *link;
	const struct topology_route *route;
	const struct topology_local *local;
	const struct topology_sysctl *sysctl;
	const struct topology_announce *announce;
	uint8_t link_n, route_n, local_n, sysctl_n, announce_n;
};

/* Hosts that every topology has. */
#define TOPOLOGY_SERVER	  "server"
#define TOPOLOGY_CLIENT	  "client"
#define TOPOLOGY_INTERNET "internet"

#define TOPOLOGY_PARTS	 3
#define TOPOLOGY_UPLINKS 2

struct topology {
	const char *name, *title, *summary;
	const char *const *host; /* NULL after the last */
	const struct topology_part *part[TOPOLOGY_PARTS];
	struct topology_uplink uplink[TOPOLOGY_UPLINKS];
	const char *picture; /* lines of text */
};

extern const struct topology *const topologies[]; /* NULL after the last */

/* -ENOENT with "did you mean". */
int topology_find(const char *name, const struct topology **ret, struct err *e);
int topology_find_link(const struct topology *t, const char *name, const struct topology_link **ret,
		       struct err *e);
/* The place of a host in t->host, or -ENOENT. */
int topology_find_host(const struct topology *t, const char *name, struct err *e);

/* The rows of all parts by number, from 0; NULL after the last. */
const struct topology_link *topology_link(const struct topology *t, unsigned i);
const struct topology_route *topology_route(const struct topology *t, unsigned i);
const struct topology_local *topology_local(const struct topology *t, unsigned i);
const struct topology_sysctl *topology_sysctl(const struct topology *t, unsigned i);
const struct topology_announce *topology_announce(const struct topology *t, unsigned i);

/* The link-layer address of end 0 (a) or 1 (b) of link number `i`: a lab is always the same. */
struct lladdr topology_lladdr(unsigned i, unsigned end);
/* The link-layer address of a host's interface; len 0 if it has none of that name. */
struct lladdr topology_dev_lladdr(const struct topology *t, const char *host, const char *dev);

/* "default" and "default6" as well. */
bool topology_prefix_parse(const char *s, struct ip_prefix *ret);

#endif
