/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_HTTP_WIRE_H
#define MH_PROBE_HTTP_WIRE_H

#include "probe/probe.h"

/*
 * What multihome-http is asked and what it tells: structs, whole, over a SOCK_SEQPACKET socket
 * pair. Neither side believes the other.
 */
#define HTTP_NAME    256 /* a host, a URL, a text: all end with a zero */
#define HTTP_SERVERS 3

struct http_ask {
	uint32_t target, timeout;
	int32_t ifindex;
	struct ip_addr src, dst; /* dst: family alone, if `host` is a name */
	uint16_t seq, port, status_first, status_last;
	uint8_t named; /* `host` is a name, not an address */
	uint8_t server_n;
	struct ip_addr server[HTTP_SERVERS]; /* none: the system's */
	char host[HTTP_NAME], url[HTTP_NAME];
	char body[HTTP_NAME]; /* empty: any */
};

struct http_told {
	uint32_t target;
	uint16_t seq;
	uint8_t fault; /* enum probe_fault */
	uint8_t unused;
};

/* Whether `len` bytes are one. Pure. */
bool http_ask_is_sound(const struct http_ask *a, size_t len);

#endif
