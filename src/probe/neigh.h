/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_NEIGH_H
#define MH_PROBE_NEIGH_H

#include "base/err.h"
#include "probe/probe.h"

/*
 * Is the gateway on the link? ARP requests and neighbour solicitations, as the kernel sends them,
 * but each time: what the kernel's own neighbour table says may be half a minute old.
 *
 * The first question goes to all stations; once the gateway has answered, to it alone; and to all
 * again when it did not answer the last one, since another machine may have taken over its address.
 * Neither protocol knows a question from another, so an answer is one to the last question, and
 * each question takes one answer. Nobody can tell a forged ARP answer from a true one: what is
 * checked is that it comes by the interface, from the gateway's address, to ours, and that it was
 * asked for.
 *
 * Interfaces without Ethernet's addresses have no such questions: -EAFNOSUPPORT for the probe.
 */
struct neigh_asker;

/* Needs CAP_NET_RAW. Without IPv6 on the machine, probes of it fail. */
int neigh_open(struct neigh_asker **ret, struct err *e);
void neigh_close(struct neigh_asker *a); /* NULL is fine */
int neigh_fd(const struct neigh_asker *a);
size_t neigh_send(struct neigh_asker *a, struct probe *v, size_t n);
void neigh_read(struct neigh_asker *a, probe_fn *fn, void *arg);
/* What gateways answered is remembered, so that one that moves is still noticed. */
void neigh_forget(struct neigh_asker *a);
/* Messages that were nobody's answer. */
uint64_t neigh_strangers(const struct neigh_asker *a);

#endif
