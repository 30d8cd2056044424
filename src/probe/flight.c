/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/flight.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH 64

int flight_open(struct flight *f, struct err *e)
{
	for (unsigned i = 0; i < FLIGHT_MAX; i++)
		f->slot[i].fd = -1;
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	return f->epoll < 0 ? err_errno(e, -errno, "epoll") : 0;
}

void flight_close(struct flight *f)
{
	flight_expire(f, UINT64_MAX);
	if (f->epoll >= 0)
		close(f->epoll);
}

void flight_end(struct flight *f, unsigned slot)
{
	if (f->slot[slot].fd >= 0)
		close(f->slot[slot].fd);
	f->slot[slot].fd = -1;
}

void flight_expire(struct flight *f, uint64_t now)
{
	for (unsigned i = 0; i < FLIGHT_MAX; i++)
		if (f->slot[i].fd >= 0 && f->slot[i].until <= now)
			flight_end(f, i);
}

/* A free slot, or that of the probe which will be over first. */
static unsigned room(const struct flight *f)
{
	unsigned oldest = 0;

	for (unsigned i = 0; i < FLIGHT_MAX; i++) {
		if (f->slot[i].fd < 0)
			return i;
		if (f->slot[i].until < f->slot[oldest].until)
			oldest = i;
	}
	return oldest;
}

int flight_add(struct flight *f, int fd, uint32_t events, const struct probe *p, uint64_t now)
{
	unsigned i = room(f);
	struct epoll_event ev = {.events = events, .data.u32 = i};

	flight_end(f, i);
	if (epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &ev) < 0) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	f->slot[i] = (struct flight_slot){
		.fd = fd, .seq = p->seq, .target = p->target, .until = now + p->timeout};
	return (int)i;
}

unsigned flight_news(struct flight *f, unsigned *slot, unsigned n)
{
	struct epoll_event ev[BATCH];
	unsigned k = 0;
	int got = epoll_wait(f->epoll, ev, (int)(n < BATCH ? n : BATCH), 0);

	for (int i = 0; i < got; i++)
		if (f->slot[ev[i].data.u32].fd >= 0)
			slot[k++] = ev[i].data.u32;
	return k;
}
