/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_TCP_H
#define MH_PROBE_TCP_H

#include "base/err.h"
#include "probe/probe.h"

/*
 * Connections (RFC 9293): a target that completes the handshake lives, and is left at once with a
 * reset, so that neither side keeps anything. A refusal is the target's own word, but says that the
 * service is gone: it counts only with terms.refused_ok. An ICMP error, whoever sends it, never
 * counts. A SYN that is lost is repeated by the kernel after a second, so with a timeout of more
 * than that, loss shows as a slow answer. A host may have a name (hosts.h).
 */
struct tcp;

int tcp_open(struct tcp **ret, struct err *e);
void tcp_close(struct tcp *t); /* NULL is fine */
int tcp_fd(const struct tcp *t);
/* Returns how many went out. */
size_t tcp_send(struct tcp *t, struct probe *v, size_t n, uint64_t now);
void tcp_read(struct tcp *t, probe_fn *fn, void *arg);
void tcp_forget(struct tcp *t);

#endif
