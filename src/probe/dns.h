/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_DNS_H
#define MH_PROBE_DNS_H

#include "base/err.h"
#include "probe/dns_message.h"
#include "probe/probe.h"

/*
 * Questions to name servers, over UDP, each from a socket and a port of its own. A good answer is
 * one from the server that was asked, to the question that was asked, with a record of its type
 * (or, with terms.nxdomain_ok, that there is no such name). An ICMP error is no answer, and what is
 * no answer to the question is passed over: the right one may still come.
 */
struct dns;

int dns_open(struct dns **ret, struct err *e);
void dns_close(struct dns *d); /* NULL is fine */
int dns_fd(const struct dns *d);
/* Returns how many went out. */
size_t dns_send(struct dns *d, struct probe *v, size_t n, uint64_t now);
void dns_read(struct dns *d, probe_fn *fn, void *arg);
void dns_forget(struct dns *d);
/* Datagrams that were no answers. */
uint64_t dns_strangers(const struct dns *d);

/* The addresses of the good answer that is being told; for the probe_fn alone. */
const struct dns_addrs *dns_addrs(const struct dns *d);

#endif
