/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_NETCONF_H
#define MH_MODEL_NETCONF_H

#include "model/print.h"
#include "netlink/nl.h"

#include <linux/netconf.h>

/* The settings of an interface for one family: RTM_NEWNETCONF. In the order of the text. */
enum netconf_field {
	NETCONF_FAMILY, /* derived: header */
	NETCONF_IFINDEX,
	NETCONF_FORWARDING,
	NETCONF_RP_FILTER,
	NETCONF_MC_FORWARDING,
	NETCONF_PROXY_NEIGH,
	NETCONF_LINKDOWN,
	NETCONF_INPUT,
	NETCONF_FIELDS
};

struct netconf {
	uint64_t has; /* enum netconf_field */
	struct netconfmsg h;
	uint32_t ifindex; /* or NETCONFA_IFINDEX_ALL, NETCONFA_IFINDEX_DEFAULT */
	uint32_t forwarding, rp_filter, mc_forwarding, proxy_neigh, linkdown, input;
};

extern const struct attr_set netconf_attrs;

int netconf_decode(const struct nlmsghdr *h, struct netconf *ret, struct err *e);
/* One line as `ip netconf show` has it, or one JSON object. */
void netconf_print(struct print *p, const struct netconf *n);

#endif
