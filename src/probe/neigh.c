/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One packet socket for ARP on all interfaces and one raw socket for ICMPv6, behind one epoll. The
 * kernel sorts out what is no reply (a filter each); the rest is read as if by an enemy.
 */
#include "probe/neigh.h"

#include "base/cleanup.h"
#include "probe/neigh_message.h"
#include "probe/pin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BATCH	  256 /* messages read in one go: a flood must not hold up everything else */
#define BUFFER	  512
#define HOP_LIMIT 255 /* what was not sent on the link itself has less (RFC 4861, 3.1) */

struct peer {
	struct ip_addr addr, src;
	int ifindex;
	uint32_t target;
	uint16_t seq;
	bool waiting; /* for an answer to `seq` */
	bool known;   /* `mac` */
	uint8_t mac[ETHERNET_ADDR];
};

struct neigh_asker {
	int epoll, arp, nd;
	struct peer *peer;
	size_t peer_n;
	uint64_t strangers;
};

int neigh_fd(const struct neigh_asker *a)
{
	return a->epoll;
}

uint64_t neigh_strangers(const struct neigh_asker *a)
{
	return a->strangers;
}

static int watch(struct neigh_asker *a, int fd, struct err *e)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &ev) < 0 ? err_errno(e, -errno, "epoll") : 0;
}

static int open_arp(struct neigh_asker *a, struct err *e)
{
	struct sock_filter replies[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPOP_REPLY, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, BUFFER),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog f = {ARRAY_SIZE(replies), replies};
	struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP)};

	/* Deaf until it is bound, so that nothing passes before the filter is there. */
	a->arp = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->arp < 0 || setsockopt(a->arp, SOL_SOCKET, SO_ATTACH_FILTER, &f, sizeof(f)) < 0 ||
	    bind(a->arp, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		return err_errno(e, -errno, "packet socket for ARP");
	return watch(a, a->arp, e);
}

static int open_nd(struct neigh_asker *a, struct err *e)
{
	int one = 1, hops = HOP_LIMIT;
	struct icmp6_filter f;

	a->nd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
	if (a->nd < 0)
		return errno == EAFNOSUPPORT ? 0 : err_errno(e, -errno, "raw socket for ICMPv6");
	ICMP6_FILTER_SETBLOCKALL(&f);
	ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &f);
	if (setsockopt(a->nd, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof(f)) < 0 ||
	    setsockopt(a->nd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) < 0 ||
	    setsockopt(a->nd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof(hops)) < 0 ||
	    setsockopt(a->nd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof(one)) < 0 ||
	    setsockopt(a->nd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one)) < 0)
		return err_errno(e, -errno, "setting up a raw socket");
	return watch(a, a->nd, e);
}

int neigh_open(struct neigh_asker **ret, struct err *e)
{
	struct neigh_asker *a = calloc(1, sizeof(*a));

	*ret = NULL;
	if (!a)
		return err_errno(e, -ENOMEM, "questions to neighbours");
	a->arp = a->nd = -1;
	a->epoll = epoll_create1(EPOLL_CLOEXEC);
	int rc = a->epoll < 0 ? err_errno(e, -errno, "epoll") : open_arp(a, e);
	if (!rc)
		rc = open_nd(a, e);
	if (rc < 0) {
		neigh_close(a);
		return rc;
	}
	*ret = a;
	return 0;
}

void neigh_close(struct neigh_asker *a)
{
	if (!a)
		return;
	free_fd(&a->epoll);
	free_fd(&a->arp);
	free_fd(&a->nd);
	free(a->peer);
	free(a);
}

void neigh_forget(struct neigh_asker *a)
{
	for (size_t i = 0; i < a->peer_n; i++)
		a->peer[i].waiting = false;
}

/* Asking */

/* Two uplinks may ask one gateway, from different addresses: they are two peers. */
static struct peer *peer_of(struct neigh_asker *a, const struct probe *p)
{
	for (size_t i = 0; i < a->peer_n; i++) {
		struct peer *q = &a->peer[i];
		if (q->ifindex == p->ifindex && ip_addr_eq(&q->addr, &p->dst) &&
		    ip_addr_eq(&q->src, &p->src))
			return q;
	}
	struct peer *v = reallocarray(a->peer, a->peer_n + 1, sizeof(*v));
	if (!v)
		return NULL;
	a->peer = v;
	v += a->peer_n++;
	*v = (struct peer){.addr = p->dst, .src = p->src, .ifindex = p->ifindex};
	return v;
}

/* Our own address on the link; it may change while we run. */
static int own_mac(int fd, int ifindex, uint8_t mac[static ETHERNET_ADDR])
{
	struct ifreq r = {.ifr_ifindex = ifindex};

	if (ioctl(fd, SIOCGIFNAME, &r) < 0 || ioctl(fd, SIOCGIFHWADDR, &r) < 0)
		return -errno;
	if (r.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return -EAFNOSUPPORT;
	memcpy(mac, r.ifr_hwaddr.sa_data, ETHERNET_ADDR);
	return 0;
}

static int ask_arp(const struct neigh_asker *a, const struct peer *q, const uint8_t *mac,
		   bool everybody)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ARP),
				 .sll_ifindex = q->ifindex,
				 .sll_halen = ETHERNET_ADDR};
	uint8_t message[ARP_SIZE];

	arp_ask_write(&q->src, mac, &q->addr, message);
	if (everybody)
		memset(to.sll_addr, 0xff, ETHERNET_ADDR);
	else
		memcpy(to.sll_addr, q->mac, ETHERNET_ADDR);
	return sendto(a->arp, message, sizeof(message), 0, (struct sockaddr *)&to, sizeof(to)) < 0
		       ? -errno
		       : 0;
}

static int ask_nd(const struct neigh_asker *a, const struct peer *q, const uint8_t *mac,
		  bool everybody)
{
	struct ip_addr dst = everybody ? nd_group(&q->addr) : q->addr;
	uint8_t message[ND_ASK_SIZE];
	union pin_addr to;
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = {.h = {CMSG_LEN(sizeof(struct in6_pktinfo)), IPPROTO_IPV6, IPV6_PKTINFO}};
	struct in6_pktinfo info = {.ipi6_ifindex = (unsigned)q->ifindex};
	struct iovec iov = {message, sizeof(message)};
	struct msghdr m = {.msg_name = &to,
			   .msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control.room)};

	nd_ask_write(mac, &q->addr, message);
	/* A link-local gateway is asked from our link-local address, which the kernel knows. */
	if (!ip_addr_is_linklocal(&q->addr))
		memcpy(&info.ipi6_addr, q->src.b, 16);
	memcpy(CMSG_DATA(&control.h), &info, sizeof(info));
	m.msg_namelen = pin_addr(&dst, 0, q->ifindex, &to);
	to.v6.sin6_scope_id = (unsigned)q->ifindex;
	return sendmsg(a->nd, &m, 0) < 0 ? -errno : 0;
}

static int ask(struct neigh_asker *a, const struct probe *p)
{
	struct peer *q = peer_of(a, p);
	uint8_t mac[ETHERNET_ADDR];

	if (!q)
		return -ENOMEM;
	int rc = own_mac(a->arp, p->ifindex, mac);
	if (rc < 0)
		return rc;
	bool everybody = !q->known || q->waiting;
	q->target = p->target;
	q->seq = p->seq;
	q->waiting = true;
	if (p->dst.family == AF_INET)
		return ask_arp(a, q, mac, everybody);
	return a->nd < 0 ? -EAFNOSUPPORT : ask_nd(a, q, mac, everybody);
}

size_t neigh_send(struct neigh_asker *a, struct probe *v, size_t n)
{
	size_t sent = 0;

	for (size_t i = 0; i < n; i++) {
		v[i].error = ask(a, &v[i]);
		sent += !v[i].error;
	}
	return sent;
}

/* Listening */

struct heard {
	struct neigh_answer answer; /* family 0: not an answer to anybody */
	int ifindex;
};

static bool read_arp(int fd, struct heard *ret)
{
	uint8_t message[BUFFER];
	struct sockaddr_ll from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(fd, message, sizeof(message), 0, (struct sockaddr *)&from, &from_len);

	if (n < 0)
		return false;
	*ret = (struct heard){.ifindex = from.sll_ifindex};
	/* What is told to everybody is no answer. */
	if (from.sll_pkttype != PACKET_HOST || !arp_answer_read(message, (size_t)n, &ret->answer))
		ret->answer.addr.family = 0;
	return true;
}

/* By which interface it came and to which of our addresses; returns its hop limit. */
static int read_control(struct msghdr *m, int *ifindex, struct ip_addr *to)
{
	struct in6_pktinfo info;
	int hops = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		if (c->cmsg_type == IPV6_HOPLIMIT && c->cmsg_len >= CMSG_LEN(sizeof(hops)))
			memcpy(&hops, CMSG_DATA(c), sizeof(hops));
		if (c->cmsg_type == IPV6_PKTINFO && c->cmsg_len >= CMSG_LEN(sizeof(info))) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			*ifindex = (int)info.ipi6_ifindex;
			to->family = AF_INET6;
			memcpy(to->b, &info.ipi6_addr, 16);
		}
	}
	return hops;
}

static bool read_nd(int fd, struct heard *ret)
{
	uint8_t message[BUFFER];
	_Alignas(struct cmsghdr) char control[256];
	struct iovec iov = {message, sizeof(message)};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct ip_addr to = {.family = 0};
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		return false;
	*ret = (struct heard){.ifindex = 0};
	int hops = read_control(&m, &ret->ifindex, &to);
	if (hops != HOP_LIMIT || m.msg_flags & MSG_TRUNC ||
	    !nd_answer_read(message, (size_t)n, &ret->answer))
		ret->answer.addr.family = 0;
	ret->answer.to = to;
	return true;
}

/* Whoever waits for just this. A link-local gateway was asked from an address that we never saw. */
static struct peer *asked_by(struct neigh_asker *a, const struct heard *h)
{
	for (size_t i = 0; i < a->peer_n; i++) {
		struct peer *q = &a->peer[i];
		if (q->waiting && q->ifindex == h->ifindex &&
		    ip_addr_eq(&q->addr, &h->answer.addr) &&
		    (ip_addr_eq(&q->src, &h->answer.to) ||
		     (q->addr.family == AF_INET6 && ip_addr_is_linklocal(&q->addr))))
			return q;
	}
	return NULL;
}

static void take(struct peer *q, const struct neigh_answer *got, probe_fn *fn, void *arg)
{
	struct probe_answer r = {.target = q->target, .seq = q->seq};

	if (got->has_mac) {
		r.moved = q->known && memcmp(q->mac, got->mac, ETHERNET_ADDR) != 0;
		memcpy(q->mac, got->mac, ETHERNET_ADDR);
		memcpy(r.mac, got->mac, ETHERNET_ADDR);
		q->known = true;
	}
	q->waiting = false;
	fn(arg, &r);
}

static void read_some(struct neigh_asker *a, int fd, bool (*read_one)(int fd, struct heard *ret),
		      probe_fn *fn, void *arg)
{
	struct heard h;

	for (unsigned i = 0; i < BATCH && read_one(fd, &h); i++) {
		struct peer *q = asked_by(a, &h);
		if (q)
			take(q, &h.answer, fn, arg);
		else
			a->strangers++;
	}
}

void neigh_read(struct neigh_asker *a, probe_fn *fn, void *arg)
{
	read_some(a, a->arp, read_arp, fn, arg);
	if (a->nd >= 0)
		read_some(a, a->nd, read_nd, fn, arg);
}
