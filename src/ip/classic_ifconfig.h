/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_CLASSIC_IFCONFIG_H
#define MH_IP_CLASSIC_IFCONFIG_H

#include "ip/classic.h"

/* The interfaces, or (`name`) one of them or of their aliases (classic_ifconfig_view.c). */
int ifconfig_view(struct classic *c, const char *name, struct err *e);

/*
 * The IPv4 address that an interface's name (or an alias, "eth0:1") stood for in the old requests,
 * as it is and as it is to be (classic_address.c). The functions do what a request did to it; false
 * if it was refused.
 */
struct classic_address {
	const struct link *link;
	const char *label;
	bool was_there, there;
	struct address was, now;
};

/* Finds what the name stands for; nothing is changed yet. */
void classic_address_find(struct classic_address *a, const struct snapshot *s,
			  const struct link *link, const char *label);
/* SIOCSIFADDR, SIOCSIFNETMASK, SIOCSIFBRDADDR, SIOCSIFDSTADDR; and an alias's end. */
bool classic_address_set(struct classic_address *a, const struct ip_addr *local);
bool classic_address_set_mask(struct classic_address *a, int len);
bool classic_address_set_broadcast(struct classic_address *a, const struct ip_addr *broadcast);
bool classic_address_set_peer(struct classic_address *a, const struct ip_addr *peer);
void classic_address_remove(struct classic_address *a);
/* Makes it so: up to two lines of `ip`. */
int classic_address_do(struct classic *c, struct classic_address *a, struct err *e);

#endif
