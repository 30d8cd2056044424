/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_CONNECTIONS_H
#define MH_APPLY_CONNECTIONS_H

#include "base/err.h"
#include "base/ipaddr.h"

#include <stddef.h>

/*
 * Ends this machine's TCP connections from any of the addresses (all of one family): their programs
 * get ECONNABORTED at once, rather than after the retransmissions of a dead uplink (SOCK_DESTROY,
 * net/ipv4/tcp_diag.c). Sockets that listen stay. Returns how many, or a negative errno:
 * -EOPNOTSUPP where the kernel cannot (CONFIG_INET_DIAG_DESTROY). Opens sockets of its own in the
 * caller's namespace; needs CAP_NET_ADMIN.
 */
long connections_reset(const struct ip_prefix *address, size_t n, struct err *e);

#endif
