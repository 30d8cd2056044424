/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_TESTS_UNIT_PEER_H
#define MH_TESTS_UNIT_PEER_H

#include "probe/probe.h"

/*
 * The other end of a cable, in a namespace of its own: va (192.0.2.2/24, 2001:db8:1::2/64) is here,
 * vb there, without addresses. What the peer does, the test does itself, through sockets that were
 * opened over there: so nothing depends on who is faster.
 */
void peer_new(void);
/* va's number here, and vb's there. */
int peer_here(void);
int peer_there(void);
/* Runs a command over there, or here; it must succeed. */
void peer_run(const char *command);
void here_run(const char *command);
/* A socket over there; it must be had. */
int peer_socket(int family, int type, int protocol);

/* Addresses that are known to be good. */
struct ip_addr addr(const char *text);
/* A probe from va's address of the family to `dst`. */
struct probe probe_to(const char *dst, uint16_t port, uint16_t seq);

/* What a KIND_read() has told. */
struct told {
	unsigned n;
	struct probe_answer v[64];
};
void tell(void *told, const struct probe_answer *a);
/* Waits until a descriptor can be read; ten seconds without are a failure. */
void wait_readable(int fd);

#endif
