/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel answers each question inside our send, with one message, a route or an error; so a
 * block is as many questions as have room for their answers in the receive queue.
 */
#include "kernel_ask.h"

#include "unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK	256u
#define REQUEST 128u
#define ROOM	(4 * 1024 * 1024)

struct ask {
	int fd;
	uint32_t seq;
	uint8_t out[BLOCK * REQUEST];
	uint8_t in[1 << 16];
};

struct ask *ask_open(void)
{
	struct ask *k = calloc(1, sizeof(*k));
	int on = 1, room = ROOM;

	assert_non_null(k);
	k->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	assert_true(k->fd >= 0);
	if (setsockopt(k->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(k->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(k->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	assert_int_equal(0,
			 setsockopt(k->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on)));
	setsockopt(k->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	struct timeval patience = {.tv_sec = 60}; /* an answer that was dropped never comes */
	setsockopt(k->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return k;
}

void ask_close(struct ask *k)
{
	close(k->fd);
	free(k);
}

static void question(struct nl_msg *m, const struct fib_packet *p, bool match)
{
	struct route r = fib_packet_route(p);

	assert_int_equal(0,
			 route_lookup_message(m, RTM_F_LOOKUP_TABLE | (match ? RTM_F_FIB_MATCH : 0),
					      &r, NULL));
}

static void one_answer(struct ask *k, const struct nlmsghdr *h, uint32_t first, unsigned base,
		       ask_fn *fn, void *arg)
{
	struct ask_answer a = {0};

	(void)k;
	if (h->nlmsg_type == NLMSG_ERROR)
		a.code = ((const struct nlmsgerr *)(const void *)(h + 1))->error;
	else
		assert_int_equal(0, route_decode(h, &a.route, NULL));
	fn(base + h->nlmsg_seq - first, &a, arg);
}

static void ask_block(struct ask *k, const struct fib_packet *p, unsigned base, unsigned n,
		      bool match, ask_fn *fn, void *arg)
{
	static struct nl_msg m;
	uint32_t first = k->seq + 1;
	size_t len = 0;

	for (unsigned i = 0; i < n; i++) {
		question(&m, &p[base + i], match);
		m.h.nlmsg_seq = ++k->seq;
		assert_true(NLMSG_ALIGN(m.h.nlmsg_len) <= REQUEST);
		memcpy(k->out + len, &m, m.h.nlmsg_len);
		len += NLMSG_ALIGN(m.h.nlmsg_len);
	}
	assert_int_equal((ssize_t)len, send(k->fd, k->out, len, 0));
	for (unsigned got = 0; got < n;) {
		ssize_t r = recv(k->fd, k->in, sizeof(k->in), 0);
		assert_true(r > 0);
		for (size_t at = 0; at + sizeof(struct nlmsghdr) <= (size_t)r; got++) {
			const struct nlmsghdr *h = (const void *)(k->in + at);
			assert_true(h->nlmsg_len >= sizeof(*h) && h->nlmsg_len <= (size_t)r - at);
			one_answer(k, h, first, base, fn, arg);
			at += NLMSG_ALIGN(h->nlmsg_len);
		}
	}
}

void ask_all(struct ask *k, const struct fib_packet *p, unsigned n, bool match, ask_fn *fn,
	     void *arg)
{
	for (unsigned i = 0; i < n; i += BLOCK)
		ask_block(k, p, i, n - i < BLOCK ? n - i : BLOCK, match, fn, arg);
}
