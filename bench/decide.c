/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole decisions (fib_many_lookup(): rules, tables, hash, source) beside the kernel's,
 * RTM_GETROUTE in blocks, on the machine that this is run on: bench/fib.sh makes one with a full
 * table.
 *
 *   bench_decide FAMILY [TABLE]   4 or 6; TABLE as it is loaded, for addresses to ask for
 *
 * Every answer that the kernel gives is compared. Time is CPU time of this thread, in which the
 * kernel also answers; rounds take turns, and their median counts. The kernel's questions are ready
 * before, and of its answers only the device is looked at.
 */
#include "bench/table.h"
#include "fib/many.h"
#include "netlink/nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PACKETS 65536u
#define ROUNDS	11
#define BLOCK	128u /* questions to the kernel */
#define ASKED	512u
#define PASSES	32 /* of ours in a round: with as much time as the kernel to get the caches warm */

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *x, size_t n)
{
	qsort(x, n, sizeof(*x), by_number);
	return x[n / 2];
}

static void check(int rc, const struct err *e)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "bench_decide: %s\n", e->msg);
	exit(1);
}

/* ── Packets: those of a LAN, some of them marked, by the destinations of a kind ─────────────────
 */

static struct ip_addr lan_host(uint8_t family)
{
	struct ip_addr a = {.family = family};

	if (family == AF_INET)
		memcpy(a.b, (uint8_t[]){10, 2, 0}, 3);
	else
		memcpy(a.b, "\x20\x01\x0d\xb8\0\2", 6);
	a.b[family == AF_INET ? 3 : 15] = (uint8_t)(2 + table_random() % 250);
	return a;
}

static void make_packets(const struct table *t, enum keys_kind kind, int iif, struct fib_packet *p)
{
	struct key *k = table_keys(t, kind, PACKETS);

	for (uint32_t i = 0; i < PACKETS; i++)
		p[i] = (struct fib_packet){.family = t->family,
					   .src = lan_host(t->family),
					   .dst = key_addr(k[i], t->family),
					   .proto = 6,
					   .sport = (uint16_t)(1024 + table_random() % 60000),
					   .dport = 443,
					   .mark = table_random() % 4 ? 0 : 0x10000,
					   .iif = iif,
					   .query = true};
	free(k);
}

/* ── The two ─────────────────────────────────────────────────────────────────────────────────────
 */

static uint64_t sum; /* so that nothing is left out */

static double our_rate(struct fib_many *m, const struct fib_packet *p)
{
	static struct fib_result r[ASKED];
	double start = now_us();

	for (unsigned pass = 0; pass < PASSES; pass++)
		for (uint32_t i = 0; i < PACKETS; i += ASKED) {
			fib_many_lookup(m, &p[i], r, ASKED);
			sum += (uint64_t)r[0].dev;
		}
	return PASSES * PACKETS / (now_us() - start);
}

struct asked {
	int fd;
	uint8_t *buf; /* the questions, one after the other */
	uint32_t *at; /* where each begins */
	int *dev;     /* the answers: a device, or the error */
};

static void make_questions(struct asked *a, const struct fib_packet *p)
{
	static struct nl_msg m;
	struct err e = ERR_INIT;
	uint32_t len = 0;

	for (uint32_t i = 0; i < PACKETS; i++) {
		struct route r = fib_packet_route(&p[i]);
		check(route_lookup_message(&m, 0, &r, &e), &e);
		m.h.nlmsg_seq = i;
		a->at[i] = len;
		memcpy(a->buf + len, &m, m.h.nlmsg_len);
		len += NLMSG_ALIGN(m.h.nlmsg_len);
	}
	a->at[PACKETS] = len;
}

static int answer(const struct nlmsghdr *h)
{
	if (h->nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)(const void *)(h + 1))->error;
	struct rtattr *x = RTM_RTA((struct rtmsg *)(void *)((struct nlmsghdr *)(uintptr_t)h + 1));
	for (uint32_t n = (uint32_t)RTM_PAYLOAD(h); RTA_OK(x, n); x = RTA_NEXT(x, n))
		if (x->rta_type == RTA_OIF)
			return *(int *)RTA_DATA(x);
	return 0;
}

static double kernel_rate(struct asked *a)
{
	static uint8_t in[1 << 16];
	double start = now_us();

	for (uint32_t i = 0; i < PACKETS; i += BLOCK) {
		if (send(a->fd, a->buf + a->at[i], a->at[i + BLOCK] - a->at[i], 0) < 0)
			perror("bench_decide: send"), exit(1);
		for (uint32_t got = 0; got < BLOCK;) {
			ssize_t n = recv(a->fd, in, sizeof(in), 0);
			if (n <= 0)
				perror("bench_decide: recv"), exit(1);
			const struct nlmsghdr *h = (const void *)in;
			for (uint32_t left = (uint32_t)n; NLMSG_OK(h, left);
			     h = NLMSG_NEXT(h, left), got++)
				a->dev[h->nlmsg_seq % PACKETS] = answer(h);
		}
	}
	return PACKETS / (now_us() - start);
}

static void open_kernel(struct asked *a)
{
	int on = 1, room = 8 << 20;

	a->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (a->fd < 0 || setsockopt(a->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		perror("bench_decide: netlink"), exit(1);
	if (setsockopt(a->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(a->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(a->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	a->buf = malloc(PACKETS * 128);
	a->at = malloc((PACKETS + 1) * sizeof(*a->at));
	a->dev = calloc(PACKETS, sizeof(*a->dev));
	if (!a->buf || !a->at || !a->dev)
		exit(1);
}

static void compare(const struct fib *f, const struct fib_packet *p, const struct asked *a)
{
	struct fib_result r;
	char text[IP_ADDR_STRLEN];

	for (uint32_t i = 0; i < PACKETS; i++) {
		fib_lookup(f, &p[i], &r);
		if (r.verdict == FIB_FORWARD ? r.dev != a->dev[i] : a->dev[i] > 1) {
			fprintf(stderr, "bench_decide: to %s: ours %s by %d, the kernel's %d\n",
				ip_addr_str(&p[i].dst, text), fib_verdict_name(r.verdict), r.dev,
				a->dev[i]);
			exit(1);
		}
	}
}

static int device(const struct snapshot *s, const char *name)
{
	const struct link *l = snapshot_link_named(s, name);

	return l ? l->h.ifi_index : 0;
}

static void race(const struct table *t, const struct fib *f, int lan)
{
	static struct fib_packet p[PACKETS];
	double ours[ROUNDS], kernel[ROUNDS];
	struct err e = ERR_INIT;
	struct fib_many *m;
	struct asked a;

	check(fib_many_new(f, &m, &e), &e);
	open_kernel(&a);
	for (unsigned kind = 0; kind < KEYS_KINDS; kind++) {
		make_packets(t, kind, lan, p);
		make_questions(&a, p);
		for (unsigned i = 0; i < ROUNDS; i++) {
			ours[i] = our_rate(m, p);
			kernel[i] = kernel_rate(&a);
		}
		compare(f, p, &a);
		printf("  %-10s %6.1f M/s, the kernel %6.2f M/s\n", keys_name[kind],
		       median(ours, ROUNDS), median(kernel, ROUNDS));
		fflush(stdout);
	}
	fib_many_free(m);
	close(a.fd);
	free(a.buf);
	free(a.at);
	free(a.dev);
}

int main(int argc, char **argv)
{
	struct table t = {.family = argc > 1 && *argv[1] == '6' ? AF_INET6 : AF_INET};
	struct snapshot s = {.settings = SETTINGS_INIT};
	const struct rule *const *rules;
	struct err e = ERR_INIT;
	struct nl *nl;
	struct fib *f;

	if (argc > 2)
		table_read(&t, argv[2]);
	else
		table_make(&t);
	check(nl_open(&nl, NETLINK_ROUTE, 0, &e), &e);
	check(snapshot_take(nl, SNAPSHOT_ALL, &s, &e), &e);
	double start = now_us();
	check(fib_new(&f, &s, &e), &e);
	printf("IPv%c, %zu routes, %zu rules: the model is made in %.0f ms; decisions\n",
	       t.family == AF_INET ? '4' : '6', s.route_n, fib_rules(f, t.family, &rules),
	       (now_us() - start) / 1e3);
	race(&t, f, device(&s, "lan"));
	fib_free(f);
	snapshot_free(&s);
	nl_close(nl);
	free(t.p);
	return sum == 1;
}
