/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel gives one errno for a refusal by the target (a reset) and for an ICMP "port
 * unreachable" by anybody on the way. Sockets ask for the error queue, where only the latter
 * leaves a message.
 */
#include "probe/tcp.h"

#include "probe/flight.h"
#include "probe/hosts.h"
#include "probe/pin.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH 64

struct tcp {
	struct flight flight;
	struct hosts *hosts;  /* since the first that has a name */
	int host[FLIGHT_MAX]; /* a slot's; -1: it has an address */
};

int tcp_open(struct tcp **ret, struct err *e)
{
	struct tcp *t = calloc(1, sizeof(*t));

	*ret = NULL;
	if (!t)
		return err_errno(e, -ENOMEM, "connections");
	int rc = flight_open(&t->flight, e);
	if (rc < 0)
		free(t);
	else
		*ret = t;
	return rc;
}

void tcp_close(struct tcp *t)
{
	if (!t)
		return;
	flight_close(&t->flight);
	hosts_close(t->hosts);
	free(t);
}

int tcp_fd(const struct tcp *t)
{
	return t->flight.epoll;
}

void tcp_forget(struct tcp *t)
{
	flight_expire(&t->flight, UINT64_MAX);
}

/* Whom to ask, and the number of a host that has a name, else -1. */
static int address_of(struct tcp *t, const struct probe *p, uint64_t now, struct ip_addr *ret,
		      int *host)
{
	int rc = 0;

	*ret = p->dst;
	*host = -1;
	if (!ip_addr_is_any(&p->dst))
		return 0;
	if (!t->hosts)
		rc = hosts_open(&t->hosts, NULL);
	if (!rc)
		rc = *host = hosts_find(t->hosts, p, now, ret);
	return rc < 0 ? rc : 0;
}

static int begin(const struct probe *p, const struct ip_addr *dst)
{
	const struct linger reset = {.l_onoff = 1};
	int one = 1, fd = pin_socket(dst->family, SOCK_STREAM, &p->src, p->ifindex);
	union pin_addr to;

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &one, sizeof(one));
	if (dst->family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof(one));
	socklen_t len = pin_addr(dst, p->port, p->ifindex, &to);
	if (connect(fd, &to.sa, len) < 0 && errno != EINPROGRESS) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

size_t tcp_send(struct tcp *t, struct probe *v, size_t n, uint64_t now)
{
	size_t sent = 0;

	flight_expire(&t->flight, now);
	for (size_t i = 0; i < n; i++) {
		struct ip_addr dst;
		int host, rc = address_of(t, &v[i], now, &dst, &host);
		if (!rc)
			rc = begin(&v[i], &dst);
		if (rc >= 0)
			rc = flight_add(&t->flight, rc, EPOLLOUT, &v[i], now);
		v[i].error = rc < 0 ? rc : 0;
		if (rc < 0)
			continue;
		t->host[rc] = host;
		t->flight.slot[rc].lenient = v[i].terms && v[i].terms->refused_ok;
		sent++;
	}
	return sent;
}

/* True if an ICMP error has come, which leaves its message in the error queue. */
static bool by_icmp(int fd)
{
	char control[512];
	struct msghdr m = {.msg_control = control, .msg_controllen = sizeof(control)};

	return recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0;
}

static enum probe_fault outcome(const struct flight_slot *s)
{
	bool icmp = by_icmp(s->fd);
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return FAULT_UNREACHABLE;
	switch (error) {
	case 0:
		return icmp ? FAULT_UNREACHABLE : FAULT_NONE;
	case ETIMEDOUT:
		return FAULT_SILENCE;
	case ECONNREFUSED:
		if (icmp)
			return FAULT_UNREACHABLE;
		return s->lenient ? FAULT_NONE : FAULT_REFUSED;
	default:
		return FAULT_UNREACHABLE;
	}
}

void tcp_read(struct tcp *t, probe_fn *fn, void *arg)
{
	unsigned slot[BATCH], n = flight_news(&t->flight, slot, BATCH);

	for (unsigned i = 0; i < n; i++) {
		const struct flight_slot *s = &t->flight.slot[slot[i]];
		struct probe_answer a = {
			.target = s->target, .seq = s->seq, .fault = (uint8_t)outcome(s)};
		flight_end(&t->flight, slot[i]);
		if (a.fault == FAULT_NONE && t->host[slot[i]] >= 0)
			hosts_answered(t->hosts, t->host[slot[i]]);
		fn(arg, &a);
	}
}
