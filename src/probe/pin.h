/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_PIN_H
#define MH_PROBE_PIN_H

#include "base/ipaddr.h"

#include <netinet/in.h>
#include <stdbool.h>

/*
 * Sockets that are pinned to an uplink: bound to its interface and to its address. The rule for the
 * source, or else that for the interface, then leads to the uplink's own table.
 */
union pin_addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Fills in `ret`; a link-local address is one of the interface's. Returns its length. */
socklen_t pin_addr(const struct ip_addr *a, uint16_t port, int ifindex, union pin_addr *ret);
struct ip_addr pin_addr_read(const union pin_addr *a);

/*
 * A socket that neither blocks nor is inherited; the port is left to the kernel. `type` is
 * SOCK_STREAM or SOCK_DGRAM. `src` may have family 0, then only the interface binds it. The
 * descriptor is the caller's; negative errno.
 */
int pin_socket(uint8_t family, int type, const struct ip_addr *src, int ifindex);
/* False if the interface has no such address to send from: not any more, or not yet. */
bool pin_has(const struct ip_addr *src, int ifindex);

#endif
