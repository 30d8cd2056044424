/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flows, and what is seen of them.
 *
 * One epoll loop has the clients, the service that answers them, and after each turn the sniffers'
 * rings are read. A TCP service sends one byte and closes; the client closes with a reset when it
 * has the byte, so that neither side is left with sockets in TIME_WAIT. A UDP service answers from
 * the address that was asked (IP_PKTINFO), as a well-made server with several addresses does.
 */
#include "lab/traffic.h"

#include "base/cleanup.h"
#include "lab/sniff.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>

#define WINDOW	 64
#define LISTENER UINT32_MAX

struct traffic {
	const struct lab *lab;
	int netns[LAB_HOSTS];
	struct sniffer *sniffer[TOPOLOGY_UPLINKS];
	struct ip_addr address[TOPOLOGY_UPLINKS][2]; /* IPv4, IPv6 */
	struct lladdr router[TOPOLOGY_UPLINKS];
};

/* One traffic_run(). */
struct run {
	struct traffic *t;
	const struct flows *f;
	struct tally *tally;
	int epoll, service;
	int client[WINDOW]; /* -1: free */
	unsigned started, done;
	unsigned uplink; /* whose sniffer is being read */
};

static int enter(const struct traffic *t, const char *host, struct err *e)
{
	int i = topology_find_host(t->lab->topology, host, e);

	if (i < 0)
		return i;
	if (setns(t->netns[i], CLONE_NEWNET) < 0)
		return err_errno(e, -errno, "namespace of host %s", host);
	return 0;
}

static int open_uplink(struct traffic *t, unsigned i, struct err *e)
{
	const struct topology *topo = t->lab->topology;
	const struct topology_uplink *u = &topo->uplink[i];
	const struct topology_link *l;
	int rc = topology_find_link(topo, u->link, &l, e);

	if (!rc)
		rc = enter(t, l->b.host, e);
	if (!rc)
		rc = sniffer_open(&t->sniffer[i], l->b.dev, e);
	if (rc < 0)
		return rc;
	t->router[i] = topology_dev_lladdr(topo, u->router.host, u->router.dev);
	if (!ip_addr_parse(u->address[0], AF_INET, &t->address[i][0]) ||
	    !ip_addr_parse(u->address[1], AF_INET6, &t->address[i][1]))
		return err_set(e, -EINVAL, "topology: address of uplink %s", u->name);
	return 0;
}

int traffic_open(struct traffic **ret, const struct lab *l, struct err *e)
{
	struct traffic *t = calloc(1, sizeof(*t));
	int rc = 0;

	if (!t)
		return err_errno(e, -ENOMEM, "traffic");
	t->lab = l;
	for (int i = 0; i < LAB_HOSTS; i++)
		t->netns[i] = -1;
	for (int i = 0; !rc && l->topology->host[i]; i++) {
		const struct lab_host *h = lab_find_host(l, l->topology->host[i], e);
		t->netns[i] = h ? lab_host_netns(h, e) : -ENOENT;
		rc = t->netns[i] < 0 ? t->netns[i] : 0;
	}
	for (unsigned i = 0; !rc && i < TOPOLOGY_UPLINKS; i++)
		rc = open_uplink(t, i, e);
	if (rc < 0) {
		traffic_close(t);
		return rc;
	}
	*ret = t;
	return 0;
}

void traffic_close(struct traffic *t)
{
	if (!t)
		return;
	for (int i = 0; i < LAB_HOSTS; i++)
		free_fd(&t->netns[i]);
	for (int i = 0; i < TOPOLOGY_UPLINKS; i++)
		sniffer_close(t->sniffer[i]);
	free(t);
}

static void on_packet(void *arg, const struct sniff_packet *p)
{
	struct run *r = arg;
	const struct flows *f = r->f;
	unsigned u = r->uplink;

	if (p->proto != f->proto || p->src.family != f->family ||
	    (f->replies ? p->sport : p->dport) != f->port)
		return;
	r->tally->packets++;
	if (ip_addr_eq(&p->src, &r->t->address[u][f->family == AF_INET6]) &&
	    (f->onlink || !memcmp(p->lldst, r->t->router[u].b, sizeof(p->lldst))))
		r->tally->right++;
	r->tally->flows[u] += p->first;
}

static void read_sniffers(struct run *r)
{
	for (r->uplink = 0; r->uplink < TOPOLOGY_UPLINKS; r->uplink++)
		sniffer_read(r->t->sniffer[r->uplink], on_packet, r);
}

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t make_address(union address *a, const struct ip_addr *ip, uint16_t port)
{
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = ip->family;
	if (ip->family == AF_INET) {
		a->in.sin_port = htons(port);
		memcpy(&a->in.sin_addr, ip->b, 4);
		return sizeof(a->in);
	}
	a->in6.sin6_port = htons(port);
	memcpy(&a->in6.sin6_addr, ip->b, 16);
	return sizeof(a->in6);
}

/* Address number `i` of `n` from `first` on; they stay within its last byte. */
static struct ip_addr nth(struct ip_addr first, unsigned n, unsigned i)
{
	if (n > 1)
		first.b[ip_bytes(first.family) - 1] += (uint8_t)(i % n);
	return first;
}

static int watch(struct run *r, int fd, uint32_t tag, struct err *e)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = tag};

	if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return err_errno(e, -errno, "epoll");
	return 0;
}

static int open_socket(const struct flows *f, struct err *e)
{
	int type = f->proto == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
	int fd = socket(f->family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, f->proto);

	return fd < 0 ? err_errno(e, -errno, "socket") : fd;
}

static void set_option(int fd, int level, int option)
{
	int one = 1;

	setsockopt(fd, level, option, &one, sizeof(one));
}

static int open_service(struct run *r, struct err *e)
{
	const struct flows *f = r->f;
	struct ip_addr any = {.family = f->family};
	uint16_t port = f->listener ? f->listener : f->port;
	union address a;
	int rc = enter(r->t, f->to, e);

	if (rc < 0)
		return rc;
	r->service = open_socket(f, e);
	if (r->service < 0)
		return r->service;
	set_option(r->service, SOL_SOCKET, SO_REUSEADDR);
	set_option(r->service, IPPROTO_IP, IP_FREEBIND); /* see start_client() */
	if (f->family == AF_INET) {
		set_option(r->service, IPPROTO_IP, IP_PKTINFO);
	} else {
		set_option(r->service, IPPROTO_IPV6, IPV6_V6ONLY);
		set_option(r->service, IPPROTO_IPV6, IPV6_RECVPKTINFO);
	}
	socklen_t len = make_address(&a, &any, port);
	if (bind(r->service, &a.sa, len) < 0 ||
	    (f->proto == IPPROTO_TCP && listen(r->service, 4 * WINDOW) < 0))
		return err_errno(e, -errno, "port %u of %s", port, f->to);
	return watch(r, r->service, LISTENER, e);
}

static void answer_tcp(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (send(fd, "y", 1, MSG_NOSIGNAL) < 0) {
			/* The client has gone, and will not count it as answered. */
		}
		close(fd);
	}
}

/*
 * The control message that says which address was asked also says, sent back, which one answers;
 * but the interface must be the kernel's choice.
 */
static void forget_interface(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			((struct in_pktinfo *)(void *)CMSG_DATA(c))->ipi_ifindex = 0;
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			((struct in6_pktinfo *)(void *)CMSG_DATA(c))->ipi6_ifindex = 0;
	}
}

static void answer_udp(int fd)
{
	for (;;) {
		char byte;
		union address from;
		_Alignas(struct cmsghdr) char control[128];
		struct iovec iov = {&byte, 1};
		struct msghdr m = {.msg_name = &from,
				   .msg_namelen = sizeof(from),
				   .msg_iov = &iov,
				   .msg_iovlen = 1,
				   .msg_control = control,
				   .msg_controllen = sizeof(control)};
		if (recvmsg(fd, &m, 0) < 0)
			return;
		forget_interface(&m);
		if (sendmsg(fd, &m, MSG_NOSIGNAL) < 0)
			continue; /* unreachable: the client waits in vain, and that is counted */
	}
}

/* A client's way out of the door; how it fared shows when the answer is there or is not. */
static int start_client(struct run *r, unsigned slot, struct err *e)
{
	const struct flows *f = r->f;
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	unsigned i = r->started++;
	union address a;
	int fd = open_socket(f, e);

	if (fd < 0)
		return fd;
	r->client[slot] = fd;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (f->source.family) {
		struct ip_addr source = nth(f->source, f->source_n, i);
		/* A whole prefix is local to the internet host. */
		set_option(fd, IPPROTO_IP, IP_FREEBIND);
		set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
		socklen_t len = make_address(&a, &source, 0);
		if (bind(fd, &a.sa, len) < 0)
			return err_errno(e, -errno, "address of a client on %s", f->from);
	}
	struct ip_addr to = nth(f->destination, f->destination_n, i);
	socklen_t len = make_address(&a, &to, f->port);
	if ((connect(fd, &a.sa, len) < 0 && errno != EINPROGRESS) ||
	    (f->proto == IPPROTO_UDP && send(fd, "x", 1, MSG_NOSIGNAL) < 0)) {
		close(fd);
		r->client[slot] = -1;
		r->done++;
		return 0;
	}
	return watch(r, fd, slot, e);
}

static int start_clients(struct run *r, struct err *e)
{
	for (unsigned i = 0; i < WINDOW && r->started < r->f->n; i++) {
		int rc = r->client[i] < 0 ? start_client(r, i, e) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void end_client(struct run *r, unsigned slot)
{
	char byte;

	if (slot >= WINDOW || r->client[slot] < 0)
		return;
	if (recv(r->client[slot], &byte, 1, 0) == 1)
		r->tally->answered++;
	close(r->client[slot]);
	r->client[slot] = -1;
	r->done++;
}

static int loop(struct run *r, struct err *e)
{
	struct epoll_event ev[WINDOW];

	while (r->done < r->f->n) {
		int rc = start_clients(r, e);
		if (rc < 0)
			return rc;
		if (r->done == r->started)
			continue; /* none of them got out of the door */
		int n = epoll_wait(r->epoll, ev, WINDOW, (int)r->f->patience);
		if (n < 0 && errno != EINTR)
			return err_errno(e, -errno, "epoll");
		for (int i = 0; i < n; i++) {
			if (ev[i].data.u32 != LISTENER)
				end_client(r, ev[i].data.u32);
			else if (r->f->proto == IPPROTO_TCP)
				answer_tcp(r->service);
			else
				answer_udp(r->service);
		}
		read_sniffers(r);
		if (!n)
			break; /* no answer to any of those under way */
	}
	return 0;
}

static void close_run(struct run *r)
{
	for (unsigned i = 0; i < WINDOW; i++)
		free_fd(&r->client[i]);
	free_fd(&r->service);
	free_fd(&r->epoll);
}

int traffic_run(struct traffic *t, const struct flows *f, struct tally *ret, struct err *e)
{
	CLEANUP(close_run)
	struct run r = {.t = t, .f = f, .tally = ret, .service = -1};

	*ret = (struct tally){.answered = 0};
	memset(r.client, -1, sizeof(r.client));
	r.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (r.epoll < 0)
		return err_errno(e, -errno, "epoll");
	int rc = open_service(&r, e);
	if (!rc)
		rc = enter(t, f->from, e);
	if (!rc)
		rc = loop(&r, e);
	read_sniffers(&r);
	for (unsigned i = 0; !rc && i < TOPOLOGY_UPLINKS; i++)
		rc = sniffer_check(t->sniffer[i], e);
	return rc;
}
