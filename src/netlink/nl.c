/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netlink socket: one request at a time; pipe.c sends many.
 *
 * Acknowledgements are capped (NETLINK_CAP_ACK: without the request's payload), because the request
 * is still in our own buffer and is found by its sequence number.
 *
 * An answer is never trusted: its sender must be the kernel (port 0), its sequence number one we
 * sent, its lengths inside the datagram.
 */
#include "netlink/nl.h"

#include "base/cleanup.h"
#include "netlink/socket.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* The kernel fills at most 32 KiB of a dump into one datagram; one object may be larger. */
#define RECEIVE_SIZE ((size_t)256 * 1024)

static int set_option(int fd, int option, struct err *e)
{
	int one = 1;

	/* An old kernel without the option works, with less comfort. */
	if (setsockopt(fd, SOL_NETLINK, option, &one, sizeof(one)) < 0 && errno != ENOPROTOOPT)
		return err_errno(e, -errno, "netlink socket option %d", option);
	return 0;
}

int nl_open(struct nl **ret, int protocol, uint32_t groups, struct err *e)
{
	static const int options[] = {NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK};
	CLEANUP(free_fd) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return err_errno(e, -errno, "netlink socket");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		int rc = set_option(fd, options[i], e);
		if (rc < 0)
			return rc;
	}
	struct sockaddr_nl self = {.nl_family = AF_NETLINK, .nl_groups = groups};
	if (bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0)
		return err_errno(e, -errno, "netlink socket");
	struct nl *nl = calloc(1, sizeof(*nl));
	uint8_t *rbuf = malloc(RECEIVE_SIZE);
	if (!nl || !rbuf) {
		free(nl);
		free(rbuf);
		return err_errno(e, -ENOMEM, "netlink socket");
	}
	nl->rbuf = rbuf;
	nl->fd = fd;
	fd = -1;
	*ret = nl;
	return 0;
}

void nl_close(struct nl *nl)
{
	if (!nl)
		return;
	close(nl->fd);
	free(nl->rbuf);
	free(nl);
}

int nl_fd(const struct nl *nl)
{
	return nl->fd;
}

uint32_t nl_port(const struct nl *nl)
{
	struct sockaddr_nl self;
	socklen_t len = sizeof(self);

	return getsockname(nl->fd, (struct sockaddr *)&self, &len) < 0 ? 0 : self.nl_pid;
}

bool nl_is_busy(const struct nl *nl)
{
	return nl->busy;
}

int nl_join(struct nl *nl, unsigned group, struct err *e)
{
	if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return err_errno(e, -errno, "netlink group %u", group);
	return 0;
}

int nl_listen_all_nsid(struct nl *nl, struct err *e)
{
	return set_option(nl->fd, NETLINK_LISTEN_ALL_NSID, e);
}

int nl_nsid(const struct nl *nl)
{
	return nl->nsid;
}

void nl_msg_init(struct nl_msg *m, unsigned type, unsigned flags)
{
	mnl_nlmsg_put_header(m->buf);
	m->h.nlmsg_type = (uint16_t)type;
	m->h.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
}

int nl_msg_object(struct nl_msg *m, unsigned type, unsigned flags, const struct attr_set *s,
		  const void *obj, struct err *e)
{
	nl_msg_init(m, type, flags);
	return attr_encode_msg(s, obj, &m->h, sizeof(m->buf), e);
}

int nl_send(struct nl *nl, void *p, size_t len, struct err *e)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct iovec iov = {p, len};
	struct msghdr msg = {.msg_name = &kernel,
			     .msg_namelen = sizeof(kernel),
			     .msg_iov = &iov,
			     .msg_iovlen = 1};
	ssize_t n;

	do
		n = sendmsg(nl->fd, &msg, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_errno(e, -errno, "netlink request") : 0;
}

/* The number of the namespace that a message is about, which the kernel says if it is another. */
static int sender_nsid(struct msghdr *msg)
{
	int nsid = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_NETLINK && c->cmsg_type == NETLINK_LISTEN_ALL_NSID &&
		    c->cmsg_len >= CMSG_LEN(sizeof(nsid)))
			memcpy(&nsid, CMSG_DATA(c), sizeof(nsid));
	return nsid;
}

int nl_recv(struct nl *nl, int flags, int *ret, struct err *e)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(64)];
	} control;

	for (;;) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {nl->rbuf, RECEIVE_SIZE};
		struct msghdr msg = {.msg_name = &from,
				     .msg_namelen = sizeof(from),
				     .msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = &control,
				     .msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(nl->fd, &msg, flags);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			*ret = 0;
			return 0;
		}
		if (n < 0)
			return err_errno(e, -errno, "netlink answer");
		if (msg.msg_flags & MSG_TRUNC)
			return err_errno(e, -EMSGSIZE, "netlink answer");
		if (msg.msg_namelen != sizeof(from) || from.nl_pid)
			continue; /* not the kernel's */
		nl->nsid = sender_nsid(&msg);
		*ret = (int)n;
		return 0;
	}
}

int nl_read_ack(const struct nlmsghdr *h, struct err *e)
{
	int code = 0;
	size_t head = sizeof(code);

	if (h->nlmsg_len < NLMSG_HDRLEN + sizeof(code))
		return h->nlmsg_type == NLMSG_DONE
			       ? 0
			       : err_set(e, -EBADMSG, "damaged netlink acknowledgement");
	memcpy(&code, NLMSG_DATA(h), sizeof(code));
	if (code > 0)
		code = 0;
	if (code < -4095) /* MAX_ERRNO of the kernel */
		return err_set(e, -EBADMSG, "damaged netlink acknowledgement");
	if (h->nlmsg_type == NLMSG_ERROR) {
		head = sizeof(struct nlmsgerr);
		if (h->nlmsg_len < NLMSG_HDRLEN + head)
			return err_set(e, -EBADMSG, "damaged netlink acknowledgement");
		const struct nlmsgerr *ne = NLMSG_DATA(h);
		if (!(h->nlmsg_flags & NLM_F_CAPPED) && ne->msg.nlmsg_len >= NLMSG_HDRLEN)
			head += NLMSG_ALIGN(ne->msg.nlmsg_len) - NLMSG_HDRLEN;
	}
	if (!code)
		return 0;
	err_set(e, code, "%s", strerror(-code));
	if (!e || !(h->nlmsg_flags & NLM_F_ACK_TLVS) || h->nlmsg_len <= NLMSG_HDRLEN + head)
		return code;
	struct nl_ref tlvs = {(const char *)NLMSG_DATA(h) + head,
			      (uint16_t)(h->nlmsg_len - NLMSG_HDRLEN - head)};
	attr_each (a, tlvs) {
		struct nl_ref r = attr_payload(a);
		if (attr_type(a) == NLMSGERR_ATTR_MSG && r.len && !((const char *)r.p)[r.len - 1])
			err_set(e, code, "%s: %s", strerror(-code), (const char *)r.p);
	}
	attr_each (b, tlvs) {
		struct nl_ref r = attr_payload(b);
		if (attr_type(b) == NLMSGERR_ATTR_OFFS && r.len >= sizeof(e->ext_off))
			memcpy(&e->ext_off, r.p, sizeof(e->ext_off));
	}
	return code;
}

static int read_until_ack(struct nl *nl, uint32_t seq, nl_fn *fn, void *arg, bool *intr,
			  struct err *e)
{
	int result = 0;

	for (;;) {
		int len;
		int rc = nl_recv(nl, 0, &len, e);
		if (rc < 0)
			return rc;
		const struct nlmsghdr *h;
		for (size_t at = 0; (h = nl_next(nl, len, &at));) {
			if (h->nlmsg_seq != seq)
				continue; /* a late answer to a request that was given up */
			*intr |= !!(h->nlmsg_flags & NLM_F_DUMP_INTR);
			if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
				rc = nl_read_ack(h, result ? NULL : e);
				return result ? result : rc;
			}
			if (fn && h->nlmsg_type >= NLMSG_MIN_TYPE && !result)
				result = fn(h, arg, e);
			if (result == NL_ENOUGH)
				return 0;
		}
	}
}

/*
 * Reads the answer to request `seq` until its acknowledgement (or the dump's end). `intr` is set if
 * a dump was disturbed.
 */
static int read_answer(struct nl *nl, uint32_t seq, nl_fn *fn, void *arg, bool *intr, struct err *e)
{
	nl->busy = true;
	int rc = read_until_ack(nl, seq, fn, arg, intr, e);
	nl->busy = false;
	return rc;
}

int nl_dump(struct nl *nl, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e)
{
	bool intr = false;

	req->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
	req->nlmsg_seq = ++nl->seq;
	int rc = nl_send(nl, req, req->nlmsg_len, e);
	if (!rc)
		rc = read_answer(nl, req->nlmsg_seq, fn, arg, &intr, e);
	return rc < 0 ? rc : intr;
}

int nl_talk(struct nl *nl, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e)
{
	bool intr = false;

	req->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	req->nlmsg_seq = ++nl->seq;
	int rc = nl_send(nl, req, req->nlmsg_len, e);
	return rc < 0 ? rc : read_answer(nl, req->nlmsg_seq, fn, arg, &intr, e);
}

int nl_receive(struct nl *nl, nl_fn *fn, void *arg, struct err *e)
{
	int len;
	int n = 0, rc = nl_recv(nl, MSG_DONTWAIT, &len, e);

	if (rc < 0)
		return rc;
	const struct nlmsghdr *h;
	for (size_t at = 0; (h = nl_next(nl, len, &at));) {
		rc = fn(h, arg, e);
		if (rc < 0)
			return rc;
		n++;
	}
	return n;
}
