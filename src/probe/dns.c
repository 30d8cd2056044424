/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/dns.h"

#include "probe/flight.h"
#include "probe/pin.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#define BATCH	 64
#define DATAGRAM 4096 /* more than anybody sends who was not told that he may */
#define ATTEMPTS 8    /* datagrams read of one socket in one go */

struct dns {
	struct flight flight;
	struct dns_query query[FLIGHT_MAX]; /* a slot's */
	struct dns_addrs addrs;
	uint64_t strangers;
};

int dns_open(struct dns **ret, struct err *e)
{
	struct dns *d = calloc(1, sizeof(*d));

	*ret = NULL;
	if (!d)
		return err_errno(e, -ENOMEM, "questions to name servers");
	int rc = flight_open(&d->flight, e);
	if (rc < 0)
		free(d);
	else
		*ret = d;
	return rc;
}

void dns_close(struct dns *d)
{
	if (!d)
		return;
	flight_close(&d->flight);
	free(d);
}

int dns_fd(const struct dns *d)
{
	return d->flight.epoll;
}

void dns_forget(struct dns *d)
{
	flight_expire(&d->flight, UINT64_MAX);
}

uint64_t dns_strangers(const struct dns *d)
{
	return d->strangers;
}

const struct dns_addrs *dns_addrs(const struct dns *d)
{
	return &d->addrs;
}

static int connected(const struct probe *p)
{
	int fd = pin_socket(p->dst.family, SOCK_DGRAM, &p->src, p->ifindex);
	union pin_addr to;

	if (fd < 0)
		return fd;
	socklen_t len = pin_addr(&p->dst, p->port, p->ifindex, &to);
	if (connect(fd, &to.sa, len) < 0) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

static int ask(struct dns *d, const struct probe *p, uint64_t now)
{
	struct dns_query q;
	uint16_t id;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -EIO;
	if (!dns_query_write(&q, id, p->terms->name, p->terms->type))
		return -EINVAL;
	int fd = connected(p);
	if (fd < 0)
		return fd;
	if (send(fd, q.bytes, q.len, 0) < 0) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	int slot = flight_add(&d->flight, fd, EPOLLIN, p, now);
	if (slot < 0)
		return slot;
	d->flight.slot[slot].lenient = p->terms->nxdomain_ok;
	d->query[slot] = q;
	return 0;
}

size_t dns_send(struct dns *d, struct probe *v, size_t n, uint64_t now)
{
	size_t sent = 0;

	flight_expire(&d->flight, now);
	for (size_t i = 0; i < n; i++) {
		v[i].error = ask(d, &v[i], now);
		sent += !v[i].error;
	}
	return sent;
}

/* The first datagram that answers the question; false as long as none has come. */
static bool answer(struct dns *d, unsigned slot, enum dns_outcome *ret)
{
	uint8_t p[DATAGRAM];

	for (unsigned i = 0; i < ATTEMPTS; i++) {
		/* An ICMP error is told once, and then forgotten by the socket. */
		ssize_t n = recv(d->flight.slot[slot].fd, p, sizeof(p), MSG_TRUNC);
		if (n < 0 && errno == EAGAIN)
			return false;
		*ret = n < 0 || n > DATAGRAM
			       ? DNS_STRANGER
			       : dns_answer_read(&d->query[slot], p, (size_t)n, &d->addrs);
		if (*ret != DNS_STRANGER)
			return true;
		d->strangers += n >= 0;
	}
	return false;
}

static enum probe_fault fault_of(enum dns_outcome o, bool lenient)
{
	switch (o) {
	case DNS_FOUND:
		return FAULT_NONE;
	case DNS_NO_NAME:
		return lenient ? FAULT_NONE : FAULT_NO_NAME;
	case DNS_NO_RECORD:
		return FAULT_NO_RECORD;
	default:
		return FAULT_RCODE;
	}
}

void dns_read(struct dns *d, probe_fn *fn, void *arg)
{
	unsigned slot[BATCH], n = flight_news(&d->flight, slot, BATCH);
	enum dns_outcome o;

	for (unsigned i = 0; i < n; i++) {
		const struct flight_slot *s = &d->flight.slot[slot[i]];
		if (!answer(d, slot[i], &o))
			continue;
		struct probe_answer a = {.target = s->target,
					 .seq = s->seq,
					 .fault = (uint8_t)fault_of(o, s->lenient)};
		flight_end(&d->flight, slot[i]);
		fn(arg, &a);
	}
}
