/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void wire_init(struct wire *w, int fd, const struct wire_protocol *in)
{
	*w = (struct wire){.fd = fd, .in = *in};
}

void wire_free(struct wire *w)
{
	free(w->queue);
	w->queue = NULL;
	w->queued = w->room = 0;
}

/* Room for the descriptors of a message. */
union descriptors {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(WIRE_FDS * sizeof(int))];
};

static int send_msg(const struct wire *w, const struct msghdr *m)
{
	ssize_t n;

	do
		n = sendmsg(w->fd, m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int send_one(const struct wire *w, const void *message, size_t size)
{
	struct iovec part = {(void *)message, size};

	return send_msg(w, &(struct msghdr){.msg_iov = &part, .msg_iovlen = 1});
}

static int keep(struct wire *w, const void *message, size_t size)
{
	if (w->queued + size > w->room) {
		size_t room = w->room ? w->room * 2 : 4 * WIRE_MAX;
		if (room > WIRE_QUEUE_MAX)
			return -ENOBUFS;
		uint8_t *queue = realloc(w->queue, room);
		if (!queue)
			return -ENOMEM;
		w->queue = queue;
		w->room = room;
	}
	memcpy(w->queue + w->queued, message, size);
	w->queued += size;
	return 0;
}

int wire_send(struct wire *w, const void *message)
{
	struct wire_head h;

	memcpy(&h, message, sizeof(h));
	if (h.size < sizeof(h) || h.size > WIRE_MAX)
		return -EMSGSIZE;
	/* Nothing overtakes what is kept. */
	int rc = w->queued ? -EAGAIN : send_one(w, message, h.size);
	return rc == -EAGAIN || rc == -ENOBUFS ? keep(w, message, h.size) : rc;
}

int wire_send_fds(struct wire *w, const void *message, const int *fd, unsigned n)
{
	struct wire_head h;
	union descriptors d = {.head = {.cmsg_level = SOL_SOCKET,
					.cmsg_type = SCM_RIGHTS,
					.cmsg_len = CMSG_LEN(n * sizeof(*fd))}};

	memcpy(&h, message, sizeof(h));
	memcpy(CMSG_DATA(&d.head), fd, n * sizeof(*fd));
	struct iovec part = {(void *)message, h.size};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	if (n) {
		m.msg_control = &d;
		m.msg_controllen = CMSG_SPACE(n * sizeof(*fd));
	}
	return w->queued ? -EAGAIN : send_msg(w, &m);
}

int wire_flush(struct wire *w)
{
	size_t at = 0;
	int rc = 0;

	if (!w->queued)
		return 0;

	while (at < w->queued) {
		struct wire_head h;
		memcpy(&h, w->queue + at, sizeof(h));
		rc = send_one(w, w->queue + at, h.size);
		if (rc < 0)
			break;
		at += h.size;
	}
	memmove(w->queue, w->queue + at, w->queued - at);
	w->queued -= at;
	if (!w->queued)
		wire_free(w);
	return rc == -EAGAIN || rc == -ENOBUFS ? 1 : rc;
}

bool wire_is_sound(const struct wire_protocol *p, const union wire_message *m, size_t len)
{
	if (len < sizeof(m->head) || m->head.size != len || m->head.type >= p->type_n)
		return false;
	const struct wire_type *t = &p->type[m->head.type];
	return t->size == len && (!t->sound || t->sound(m));
}

static int receive(struct wire *w, union wire_message *ret, struct msghdr *m)
{
	struct iovec part = {ret, sizeof(*ret)};
	ssize_t n;

	m->msg_iov = &part;
	m->msg_iovlen = 1;
	do /* MSG_TRUNC: the true length comes back, though not all of the message fits */
		n = recvmsg(w->fd, m, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : errno == ECONNRESET ? -EPIPE : -errno;
	if (!n)
		return -EPIPE;
	return wire_is_sound(&w->in, ret, (size_t)n) ? 1 : -EBADMSG;
}

int wire_receive(struct wire *w, union wire_message *ret)
{
	return receive(w, ret, &(struct msghdr){.msg_iov = NULL});
}

int wire_receive_fds(struct wire *w, union wire_message *ret, int fd[static WIRE_FDS], unsigned *n)
{
	union descriptors d;
	struct msghdr m = {.msg_control = &d, .msg_controllen = sizeof(d)};
	int rc = receive(w, ret, &m);
	const struct cmsghdr *c = rc > 0 || rc == -EBADMSG ? CMSG_FIRSTHDR(&m) : NULL;

	*n = 0;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		*n = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(*fd));
		memcpy(fd, CMSG_DATA(c), *n * sizeof(*fd));
	}
	if (rc > 0 && m.msg_flags & MSG_CTRUNC)
		rc = -EBADMSG;
	while (rc == -EBADMSG && *n)
		close(fd[--*n]);
	return rc;
}
