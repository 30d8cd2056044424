/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A raw socket is given a copy of every ICMP message that the machine receives; a filter in the
 * kernel leaves echo replies with our identifier. What passes is still not believed: a reply must
 * bear the pinger's cookie, 64 random bits.
 */
#include "probe/pinger.h"

#include "base/cleanup.h"
#include "probe/icmp.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* After <netinet/in.h>, whose structs it would else define. */
#include <linux/icmp.h>

#define BATCH  64
#define BUFFER 256 /* an echo reply of ours with the largest IP header, and more */

/* Room for either family's packet information. */
union control {
	struct cmsghdr h;
	char v4[CMSG_SPACE(sizeof(struct in_pktinfo))];
	char v6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

union sockaddr_any {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Who was asked last for a target, and by which interface. */
struct asked {
	struct ip_addr dst;
	int ifindex;
};

struct pinger {
	int fd[2]; /* IPv4, IPv6 */
	int epoll; /* of both */
	uint16_t id;
	uint64_t cookie, strangers;
	struct asked *asked; /* by the target's number */
	size_t asked_n;
};

static int *fd_of(struct pinger *p, uint8_t family)
{
	return &p->fd[family == AF_INET6];
}

int pinger_fd(const struct pinger *p)
{
	return p->epoll;
}

void pinger_forget(struct pinger *p)
{
	free(p->asked);
	p->asked = NULL;
	p->asked_n = 0;
}

uint64_t pinger_strangers(const struct pinger *p)
{
	return p->strangers;
}

/* Echo replies with this identifier; the IPv4 header's length is the low half of the first byte. */
static int filter_replies(int fd, uint8_t family, uint16_t id)
{
	struct sock_filter v4[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHOREPLY, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter v6[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_ECHO_REPLY, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog f = {ARRAY_SIZE(v4), v4};

	if (family == AF_INET6)
		f = (struct sock_fprog){ARRAY_SIZE(v6), v6};
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &f, sizeof(f));
}

/* The kernel's own filter is asked before a message is copied for us, ours only after that. */
static void filter_early(int fd, uint8_t family)
{
	struct icmp_filter v4 = {~(1u << ICMP_ECHOREPLY)};
	struct icmp6_filter v6;

	ICMP6_FILTER_SETBLOCKALL(&v6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &v6);
	if (family == AF_INET)
		setsockopt(fd, SOL_RAW, ICMP_FILTER, &v4, sizeof(v4));
	else
		setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &v6, sizeof(v6));
}

static int open_family(struct pinger *p, uint8_t family, struct err *e)
{
	int *fd = fd_of(p, family);
	int one = 1, room = 1 << 20, whole = IP_PMTUDISC_PROBE;

	*fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		     family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (*fd < 0) {
		if (family == AF_INET6 && errno == EAFNOSUPPORT)
			return 0;
		return err_errno(e, -errno, "raw socket for ICMP");
	}
	/* The kernel gives what the system's limit allows. */
	setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	filter_early(*fd, family);
	/* What may not be cut needs no identification, which the kernel would have to draw. */
	if (family == AF_INET)
		setsockopt(*fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof(whole));
	if (filter_replies(*fd, family, p->id) < 0 ||
	    (family == AF_INET
		     ? setsockopt(*fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one))
		     : setsockopt(*fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one))) < 0)
		return err_errno(e, -errno, "setting up a raw socket");
	struct epoll_event wanted = {.events = EPOLLIN};
	if (epoll_ctl(p->epoll, EPOLL_CTL_ADD, *fd, &wanted) < 0)
		return err_errno(e, -errno, "waiting for ICMP");
	return 0;
}

int pinger_open(struct pinger **ret, struct err *e)
{
	struct pinger *p = calloc(1, sizeof(*p));
	int rc = 0;

	*ret = NULL;
	if (!p)
		return err_set(e, -ENOMEM, "out of memory");
	p->fd[0] = p->fd[1] = -1;
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll < 0)
		rc = err_errno(e, -errno, "waiting for ICMP");
	if (getrandom(&p->cookie, sizeof(p->cookie), 0) < 0 ||
	    getrandom(&p->id, sizeof(p->id), 0) < 0)
		rc = err_errno(e, -errno, "getrandom");
	if (!rc)
		rc = open_family(p, AF_INET, e);
	if (!rc)
		rc = open_family(p, AF_INET6, e);
	if (rc < 0) {
		pinger_close(p);
		return rc;
	}
	*ret = p;
	return 0;
}

void pinger_close(struct pinger *p)
{
	if (!p)
		return;
	for (int i = 0; i < 2; i++)
		if (p->fd[i] >= 0)
			close(p->fd[i]);
	if (p->epoll >= 0)
		close(p->epoll);
	pinger_forget(p);
	free(p);
}

struct outgoing {
	union sockaddr_any to;
	uint8_t data[ICMP_ECHO_SIZE];
	struct iovec iov;
	union control control;
};

static void bind_by_message(struct msghdr *m, const struct probe *q, union control *c)
{
	m->msg_control = c;
	if (q->dst.family == AF_INET) {
		struct in_pktinfo info = {.ipi_ifindex = q->ifindex};
		memcpy(&info.ipi_spec_dst, q->src.b, 4);
		m->msg_controllen = sizeof(c->v4);
		c->h = (struct cmsghdr){CMSG_LEN(sizeof(info)), IPPROTO_IP, IP_PKTINFO};
		memcpy(CMSG_DATA(&c->h), &info, sizeof(info));
	} else {
		struct in6_pktinfo info = {.ipi6_ifindex = (unsigned)q->ifindex};
		memcpy(&info.ipi6_addr, q->src.b, 16);
		m->msg_controllen = sizeof(c->v6);
		c->h = (struct cmsghdr){CMSG_LEN(sizeof(info)), IPPROTO_IPV6, IPV6_PKTINFO};
		memcpy(CMSG_DATA(&c->h), &info, sizeof(info));
	}
}

static void prepare(const struct pinger *p, const struct probe *q, struct outgoing *o,
		    struct mmsghdr *m)
{
	struct icmp_echo echo = {p->id, q->seq, p->cookie, q->target};

	memset(&o->to, 0, sizeof(o->to));
	memset(&o->control, 0, sizeof(o->control));
	icmp_echo_write(q->dst.family, &echo, o->data);
	o->iov = (struct iovec){o->data, sizeof(o->data)};
	*m = (struct mmsghdr){.msg_hdr = {.msg_name = &o->to, .msg_iov = &o->iov, .msg_iovlen = 1}};
	o->to.sa.sa_family = q->dst.family;
	if (q->dst.family == AF_INET) {
		memcpy(&o->to.v4.sin_addr, q->dst.b, 4);
		m->msg_hdr.msg_namelen = sizeof(o->to.v4);
	} else {
		memcpy(&o->to.v6.sin6_addr, q->dst.b, 16);
		/* A link-local target needs its link; for others it does no harm. */
		o->to.v6.sin6_scope_id = ip_addr_is_linklocal(&q->dst) ? (unsigned)q->ifindex : 0;
		m->msg_hdr.msg_namelen = sizeof(o->to.v6);
	}
	bind_by_message(&m->msg_hdr, q, &o->control);
}

/* Room for one more; a number of this size is no target's. */
#define TARGETS_MAX (1u << 20)

static int remember(struct pinger *p, const struct probe *q)
{
	if (q->target >= TARGETS_MAX)
		return -EINVAL;
	if (q->target >= p->asked_n) {
		size_t n = q->target + 64;
		struct asked *asked = realloc(p->asked, n * sizeof(*asked));
		if (!asked)
			return -ENOMEM;
		memset(asked + p->asked_n, 0, (n - p->asked_n) * sizeof(*asked));
		p->asked = asked;
		p->asked_n = n;
	}
	p->asked[q->target] = (struct asked){q->dst, q->ifindex};
	return 0;
}

/* As many as go out with one call: the next BATCH at most, all of one family. */
static size_t send_some(struct pinger *p, struct probe *v, size_t n)
{
	struct outgoing o[BATCH];
	struct mmsghdr m[BATCH];
	uint8_t family = v->dst.family;
	unsigned k = 0;

	while (k < n && k < BATCH && v[k].dst.family == family) {
		prepare(p, &v[k], &o[k], &m[k]);
		v[k].error = remember(p, &v[k]);
		if (v[k++].error)
			break;
	}
	if (v[k - 1].error && !--k)
		return 0;
	int sent = sendmmsg(*fd_of(p, family), m, k, 0);
	if (sent > 0)
		return (size_t)sent;
	/* The first one was refused; the others are tried again without it. */
	v->error = sent < 0 ? -errno : -EIO;
	return 0;
}

size_t pinger_send(struct pinger *p, struct probe *v, size_t n, uint64_t now)
{
	size_t sent = 0;

	(void)now;

	for (size_t at = 0; at < n;) {
		size_t k = send_some(p, v + at, n - at);
		sent += k;
		at += k ? k : 1;
	}
	return sent;
}

struct incoming {
	union sockaddr_any from;
	uint8_t data[BUFFER];
	struct iovec iov;
	union control control;
};

static int came_by(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO &&
		    c->cmsg_len >= CMSG_LEN(sizeof(struct in_pktinfo))) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			return info.ipi_ifindex;
		}
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
		    c->cmsg_len >= CMSG_LEN(sizeof(struct in6_pktinfo))) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			return (int)info.ipi6_ifindex;
		}
	}
	return 0;
}

/* It bears our cookie, and is from whom it should be. */
static bool is_answer(const struct pinger *p, const struct icmp_echo *echo,
		      const struct ip_addr *from, int ifindex)
{
	if (echo->id != p->id || echo->cookie != p->cookie || echo->target >= p->asked_n)
		return false;
	const struct asked *a = &p->asked[echo->target];
	/* By another interface it proves nothing about this uplink. */
	return ip_addr_eq(&a->dst, from) && a->ifindex == ifindex;
}

static void take(struct pinger *p, uint8_t family, struct incoming *in, struct mmsghdr *m,
		 probe_fn *fn, void *arg)
{
	struct ip_addr from = {.family = family};
	struct icmp_echo echo;

	if (family == AF_INET)
		memcpy(from.b, &in->from.v4.sin_addr, 4);
	else
		memcpy(from.b, &in->from.v6.sin6_addr, 16);
	if (m->msg_hdr.msg_flags & MSG_TRUNC ||
	    !icmp_echo_read(family, in->data, m->msg_len, &echo, NULL) ||
	    !is_answer(p, &echo, &from, came_by(&m->msg_hdr)))
		p->strangers++;
	else
		fn(arg, &(struct probe_answer){.target = echo.target, .seq = echo.seq});
}

static int read_some(struct pinger *p, uint8_t family, probe_fn *fn, void *arg)
{
	struct incoming in[BATCH];
	struct mmsghdr m[BATCH];

	for (unsigned i = 0; i < BATCH; i++) {
		in[i].iov = (struct iovec){in[i].data, BUFFER};
		m[i] = (struct mmsghdr){.msg_hdr = {
						.msg_name = &in[i].from,
						.msg_namelen = sizeof(in[i].from),
						.msg_iov = &in[i].iov,
						.msg_iovlen = 1,
						.msg_control = &in[i].control,
						.msg_controllen = sizeof(in[i].control),
					}};
	}
	int n = recvmmsg(*fd_of(p, family), m, BATCH, MSG_DONTWAIT, NULL);
	/* An error is the socket's of a moment; what was asked in vain is the caller's to count. */
	for (int i = 0; i < n; i++)
		take(p, family, &in[i], &m[i], fn, arg);
	return n;
}

void pinger_read(struct pinger *p, probe_fn *fn, void *arg)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};

	for (unsigned i = 0; i < 2; i++)
		while (*fd_of(p, families[i]) >= 0 && read_some(p, families[i], fn, arg) == BATCH)
			;
}
