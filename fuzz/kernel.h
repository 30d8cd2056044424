/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FUZZ_KERNEL_H
#define MH_FUZZ_KERNEL_H

/*
 * Somebody who plays the kernel: sendmsg() and recvmsg() of the program at hand are the two below,
 * so that no request ever leaves it, and what it receives are the bytes of the input.
 *
 * The input is cut into datagrams, each with its length (two bytes) before it. Sequence numbers are
 * set to the request's, as nothing else would be looked at. When the input has ended, each request
 * is acknowledged.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* Requests that wait for an answer: their sequence numbers, and the latest of all. */
struct kernel_socket {
	uint32_t seq[256];
	unsigned first, waiting;
	uint32_t last;
};

static struct {
	const uint8_t *data;
	size_t size;
	struct kernel_socket socket[16]; /* by file descriptor */
} kernel;

static struct kernel_socket *kernel_socket(int fd)
{
	return &kernel.socket[(unsigned)fd % 16];
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t recvmsg(int fd, struct msghdr *msg, int flags);

static void kernel_begin(const uint8_t *data, size_t size)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.data = data;
	kernel.size = size;
}

static void kernel_asked(struct kernel_socket *s, const struct nlmsghdr *h)
{
	s->last = h->nlmsg_seq;
	if (s->waiting < 256)
		s->seq[(s->first + s->waiting++) % 256] = h->nlmsg_seq;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	ssize_t n = 0;

	(void)flags;
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		unsigned left = (unsigned)msg->msg_iov[i].iov_len;
		const struct nlmsghdr *h = msg->msg_iov[i].iov_base;
		n += left;
		for (; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
			kernel_asked(kernel_socket(fd), h);
	}
	return n;
}

static uint32_t kernel_next_seq(struct kernel_socket *s, bool answered)
{
	uint32_t seq = s->waiting ? s->seq[s->first] : s->last;

	if (answered && s->waiting) {
		s->first = (s->first + 1) % 256;
		s->waiting--;
	}
	return seq;
}

/* An acknowledgement, which also ends a dump. */
static size_t kernel_ack(struct kernel_socket *s, uint8_t *buf)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
	} m = {.h = {sizeof(m), NLMSG_ERROR, NLM_F_CAPPED, kernel_next_seq(s, true), 0}};

	memcpy(buf, &m, sizeof(m));
	return sizeof(m);
}

static size_t kernel_answer(struct kernel_socket *s, uint8_t *buf, size_t room)
{
	size_t n = kernel.data[0] | (size_t)kernel.data[1] << 8;

	kernel.data += 2;
	kernel.size -= 2;
	n = n > kernel.size ? kernel.size : n;
	n = n > room ? room : n;
	memcpy(buf, kernel.data, n);
	kernel.data += n;
	kernel.size -= n;
	for (size_t at = 0; at + NLMSG_HDRLEN <= n;) {
		struct nlmsghdr *h = (void *)(buf + at);
		bool last = h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE;
		h->nlmsg_seq = kernel_next_seq(s, last);
		if (h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > n - at)
			break;
		at += NLMSG_ALIGN(h->nlmsg_len);
	}
	return n;
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	uint8_t *buf = msg->msg_iov[0].iov_base;
	struct sockaddr_nl from = {.nl_family = AF_NETLINK};
	struct kernel_socket *s = kernel_socket(fd);

	if (!s->waiting && flags & MSG_DONTWAIT) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(msg->msg_name, &from, sizeof(from));
	msg->msg_namelen = sizeof(from);
	msg->msg_flags = 0;
	return (ssize_t)(kernel.size > 2 ? kernel_answer(s, buf, msg->msg_iov[0].iov_len)
					 : kernel_ack(s, buf));
}

#endif
