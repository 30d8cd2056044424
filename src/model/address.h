/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_ADDRESS_H
#define MH_MODEL_ADDRESS_H

#include "model/print.h"
#include "netlink/nl.h"

#include <linux/if_addr.h>
#include <net/if.h>

/* An address of an interface: RTM_NEWADDR (net/ipv4/devinet.c, net/ipv6/addrconf.c). */
enum address_field {
	ADDRESS_LOCAL,	 /* IPv6 has it only where there is a peer; set after decoding */
	ADDRESS_ADDRESS, /* the peer's, else the same as local; its prefix length is h.ifa_prefixlen
			  */
	ADDRESS_METRIC,
	ADDRESS_BROADCAST,
	ADDRESS_ANYCAST,
	ADDRESS_FLAGS, /* IFA_F_*, all 32 bits; set after decoding */
	ADDRESS_PROTO,
	ADDRESS_LABEL,
	ADDRESS_CACHEINFO,
	ADDRESS_TARGET_NETNSID,
	ADDRESS_FIELDS
};

struct address {
	uint64_t has;	    /* enum address_field */
	struct ifaddrmsg h; /* ifa_index, ifa_prefixlen, ifa_scope */
	struct ip_addr local, address, broadcast, anycast;
	uint32_t flags, metric, target_netnsid;
	struct ifa_cacheinfo cacheinfo; /* lifetimes in seconds, UINT32_MAX for ever */
	uint8_t proto;
	char label[IFNAMSIZ];
};

extern const struct attr_set address_attrs;

int address_decode(const struct nlmsghdr *h, struct address *ret, struct err *e);
/* Writes a request: RTM_NEWADDR, RTM_DELADDR. */
int address_message(struct nl_msg *m, unsigned type, unsigned flags, const struct address *a,
		    struct err *e);
/*
 * An address as `ip address show` has it, without JSON's braces; with its interface's name before
 * it, for one line each, if `dev`. Brief is ADDRESS/LENGTH alone.
 */
void address_print(struct print *p, const struct address *a, bool dev);
/* The name of a flag (IFA_F_*) as it is typed and shown, with its bit; false behind the last. */
bool address_flag(unsigned i, const char **name, uint32_t *bit);
/* The local address with the on-link prefix's length. */
static inline struct ip_prefix address_prefix(const struct address *a)
{
	return (struct ip_prefix){a->local, a->h.ifa_prefixlen};
}
static inline bool address_has_peer(const struct address *a)
{
	return has(a, ADDRESS_ADDRESS) && !ip_addr_eq(&a->local, &a->address);
}

#endif
