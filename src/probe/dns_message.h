/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_DNS_MESSAGE_H
#define MH_PROBE_DNS_MESSAGE_H

#include "base/ipaddr.h"

/*
 * One question to a name server and the answer to it (RFC 1035), bytes <-> struct, pure.
 *
 * It is not c-ares, because a probe is one packet: c-ares repeats a question, goes to the next
 * server, turns to TCP and keeps timers by itself, and what it hands back is the end of all that,
 * not what became of the packet. What is left is to write one question and to read one section.
 *
 * An answer is recognised by its identifier (16 random bits), its question, and the socket it comes
 * to, which is connected to the server from a random port and bound to the interface. Letters are
 * not written in random case (0x20): some forwarders change them, and would be taken for dead.
 */
enum { DNS_A = 1, DNS_AAAA = 28 };
#define DNS_NAME_MAX  255 /* on the wire, the root's label included */
#define DNS_QUERY_MAX (12 + DNS_NAME_MAX + 4)
#define DNS_ADDRS     8

struct dns_query {
	uint16_t id, type, len; /* host order; len: bytes in use */
	uint8_t bytes[DNS_QUERY_MAX];
};

/*
 * Writes the question for `name` ("example.org", a dot at its end allowed), recursion desired.
 * False if that is no name: a label that is empty or has more than 63 bytes, or too long as a
 * whole.
 */
bool dns_query_write(struct dns_query *q, uint16_t id, const char *name, uint16_t type);

enum dns_outcome {
	DNS_STRANGER, /* not an answer to this question, or damaged */
	DNS_FOUND,    /* a record of the type, of the name or of what it is another name for */
	DNS_NO_RECORD,
	DNS_NO_NAME,
	DNS_FAILED, /* the server cannot or will not say: SERVFAIL, REFUSED, ... */
};

struct dns_addrs {
	struct ip_addr v[DNS_ADDRS];
	unsigned n;
};

/* Reads a datagram from the server. `ret` has the addresses of DNS_FOUND, as many as fit. */
enum dns_outcome dns_answer_read(const struct dns_query *q, const uint8_t *p, size_t len,
				 struct dns_addrs *ret);

#endif
