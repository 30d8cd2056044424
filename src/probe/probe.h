/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_PROBE_H
#define MH_PROBE_PROBE_H

#include "base/ipaddr.h"

/*
 * A probe: one question to one target of a check, and what came of it. Each kind has a file that
 * asks and listens (pinger.h, neigh.h, tcp.h, dns.h, page.h). They are alike:
 *
 *	KIND_open   in the caller's network namespace
 *	KIND_fd     one descriptor to wait for, however many sockets are behind it
 *	KIND_send   asks, and does not wait; each probe that did not go out has its error
 *	KIND_read   tells what has come, and does not wait
 *	KIND_forget no answer to what was asked before is told any more
 *
 * None has a clock: times are the caller's, microseconds that do not go back. Whether a probe is
 *lost is the caller's to say (window.h); what is asked in vain costs a socket until its time is
 *over.
 *
 * Every probe leaves by its uplink's own table, whether traffic is sent there at the moment or not,
 * because its socket is bound to the interface and to the uplink's address (pin.h).
 */
enum probe_kind {
	PROBE_PING,
	PROBE_GATEWAY,
	PROBE_TCP,
	PROBE_DNS,
	PROBE_HTTP,
};

/* What makes an answer a good one, where that is not plain; the caller's, for as long as it asks.
 */
struct probe_terms {
	const char *name; /* dns: what is asked for; http, tcp: the host */
	uint16_t type;	  /* dns: DNS_A or DNS_AAAA (dns_message.h) */
	bool refused_ok;  /* tcp: a refusal is a sign of life */
	bool nxdomain_ok; /* dns: that there is no such name is an answer */
	/* http; `name` is the host */
	const char *url;
	uint16_t status_first, status_last;
	const char *body;	      /* must be in the first 64 KiB; NULL: anything */
	const struct ip_addr *server; /* http, tcp: who knows the host's address */
	unsigned server_n;
};

struct probe {
	struct ip_addr src; /* the uplink's */
	struct ip_addr dst; /* http, tcp: family alone, if the host is a name */
	int ifindex;
	uint16_t port;
	uint16_t seq;
	uint32_t target;  /* comes back with the answer */
	uint32_t timeout; /* an answer after this is none */
	const struct probe_terms *terms;
	/*
	 * Set by KIND_send: 0, or a negative errno if it did not go out. -EAGAIN: something has to
	 * be found out first, which says nothing; -ENOENT: the host's name has no address.
	 */
	int error;
};

/* Why an answer is not a good one. */
enum probe_fault {
	FAULT_NONE, /* it is good */
	FAULT_SILENCE,
	FAULT_UNSENT,	   /* this machine has no way for it */
	FAULT_UNREACHABLE, /* a router says so, or this machine; no sign of life */
	FAULT_REFUSED,
	FAULT_RCODE, /* dns: the server cannot or will not */
	FAULT_NO_NAME,
	FAULT_NO_RECORD,
	FAULT_RESOLVE, /* http, tcp: no address for the host */
	FAULT_TLS,
	FAULT_STATUS,
	FAULT_REDIRECT,
	FAULT_BODY,
	FAULT_PROTOCOL, /* http: that is no answer of HTTP, or a connection that broke off */
	FAULT_HELPER,	/* http: the program that asks is not there */
	FAULTS
};

struct probe_answer {
	uint32_t target;
	uint16_t seq;
	uint8_t fault; /* enum probe_fault */
	/* gateway: the link-layer address that answers is another than before. */
	bool moved;
	uint8_t mac[6];
};

typedef void probe_fn(void *arg, const struct probe_answer *a);

/* "refused", ...: static, for messages. */
const char *probe_fault_text(enum probe_fault f);

#endif
