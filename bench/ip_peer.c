/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bench/ip.sh measures `ip` against, and with.
 *
 *   bench_ip_peer table N SHAPE       prefixes, a line each; SHAPE: "internet" or a length
 *   bench_ip_peer send N SHAPE DEV    adds routes to them, as fast as the kernel takes them: the
 *                                     same messages as `ip route add PREFIX dev DEV`, 128 a send
 *   bench_ip_peer dump                reads the main table and does nothing with it
 *   bench_ip_peer time RUNS CMD...    median CPU seconds (user and system) and the peak resident
 *                                     size in KiB of the runs
 *
 * The table is drawn from a fixed seed with the lengths that the Internet's IPv4 table had in 2024;
 * every prefix is there once, in random order.
 */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Of a thousand, from /8 on. */
static const unsigned share[25] = {
	[10] = 1,  [11] = 1,  [12] = 1,	 [13] = 1,  [14] = 2,	[15] = 2,   [16] = 14,	[17] = 8,
	[18] = 14, [19] = 25, [20] = 45, [21] = 53, [22] = 116, [23] = 117, [24] = 600,
};

static uint64_t state = 20240101;

static uint32_t draw(void)
{
	/* splitmix64 */
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(z >> 32);
}

static unsigned draw_length(void)
{
	unsigned x = draw() % 1000, len = 10;

	while (len < 24 && x >= share[len])
		x -= share[len++];
	return len;
}

/* Prefixes that were drawn before; a set with open addressing. */
static uint64_t *seen;
static size_t slots;

static bool is_new(uint32_t addr, unsigned len)
{
	uint64_t key = (uint64_t)addr << 8 | len | UINT64_C(1) << 63;
	size_t i = (key * 0x9e3779b97f4a7c15 >> 20) % slots;

	while (seen[i] && seen[i] != key)
		i = (i + 1) % slots;
	if (seen[i])
		return false;
	seen[i] = key;
	return true;
}

static void draw_prefix(const char *shape, uint32_t *addr, unsigned *len)
{
	do {
		*len = *shape == 'i' ? draw_length() : (unsigned)atoi(shape);
		*addr = draw() >> (32 - *len) << (32 - *len);
		/* Unicast, and outside of what the benchmark itself uses. */
	} while (*addr >> 24 < 11 || *addr >> 24 > 223 || *addr >> 24 == 127 ||
		 !is_new(*addr, *len));
}

static void prepare(size_t n)
{
	slots = n * 2 + 1;
	seen = calloc(slots, sizeof(*seen));
	if (!seen)
		exit(1);
}

static int table(size_t n, const char *shape)
{
	prepare(n);
	for (size_t i = 0; i < n; i++) {
		uint32_t a;
		unsigned len;
		draw_prefix(shape, &a, &len);
		printf("%u.%u.%u.%u/%u\n", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255, len);
	}
	return 0;
}

static int open_socket(void)
{
	struct sockaddr_nl self = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), one = 1;

	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0)
		exit(1);
	return fd;
}

static void put_route(char *at, uint32_t addr, unsigned len, uint32_t dev)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(at);

	h->nlmsg_type = RTM_NEWROUTE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));
	*r = (struct rtmsg){.rtm_family = AF_INET,
			    .rtm_dst_len = (uint8_t)len,
			    .rtm_table = RT_TABLE_MAIN,
			    .rtm_protocol = RTPROT_BOOT,
			    .rtm_scope = RT_SCOPE_LINK,
			    .rtm_type = RTN_UNICAST};
	mnl_attr_put_u32(h, RTA_DST, htonl(addr));
	mnl_attr_put_u32(h, RTA_OIF, dev);
}

#define BLOCK 128

static int read_acks(int fd, size_t want)
{
	static char buf[262144];

	while (want) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		int left = (int)n;
		if (n < 0)
			return 1;
		for (struct nlmsghdr *h = (void *)buf; mnl_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left), want--)
			if (((struct nlmsgerr *)mnl_nlmsg_get_payload(h))->error)
				return 1;
	}
	return 0;
}

static int send_routes(size_t n, const char *shape, const char *dev)
{
	static char buf[BLOCK * 64];
	uint32_t index = if_nametoindex(dev);
	int fd = open_socket();

	/* Drawing them is not what is measured. */
	struct {
		uint32_t addr;
		unsigned len;
	} *prefix = calloc(n, sizeof(*prefix));
	if (!prefix || !index)
		return 1;
	prepare(n);
	for (size_t i = 0; i < n; i++)
		draw_prefix(shape, &prefix[i].addr, &prefix[i].len);
	free(seen);
	struct rusage before, after;
	getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < n;) {
		size_t used = 0, k = 0;
		for (; k < BLOCK && i < n; k++, i++) {
			put_route(buf + used, prefix[i].addr, prefix[i].len, index);
			used += ((struct nlmsghdr *)(void *)(buf + used))->nlmsg_len;
		}
		if (send(fd, buf, used, 0) < 0 || read_acks(fd, k))
			return 1;
	}
	getrusage(RUSAGE_SELF, &after);
	struct timeval user, sys;
	timersub(&after.ru_utime, &before.ru_utime, &user);
	timersub(&after.ru_stime, &before.ru_stime, &sys);
	timeradd(&user, &sys, &user);
	printf("%.4f\n", (double)user.tv_sec + (double)user.tv_usec / 1e6);
	return 0;
}

static int dump(void)
{
	static char buf[262144];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	int fd = open_socket();

	h->nlmsg_type = RTM_GETROUTE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));
	r->rtm_family = AF_INET;
	r->rtm_table = RT_TABLE_MAIN;
	if (send(fd, buf, h->nlmsg_len, 0) < 0)
		return 1;
	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		if (n < 0)
			return 1;
		/* The end comes in a datagram of its own, or as the last of one. */
		int left = (int)n;
		h = (void *)buf;
		if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
			return 0;
		for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

#define RUNS 1000

static double run(char **cmd, struct rusage *ru)
{
	int status;
	pid_t pid = vfork();

	if (!pid) {
		execvp(*cmd, cmd);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, ru) < 0 || status) {
		fprintf(stderr, "%s failed\n", *cmd);
		exit(1);
	}
	return (double)(ru->ru_utime.tv_sec + ru->ru_stime.tv_sec) +
	       (double)(ru->ru_utime.tv_usec + ru->ru_stime.tv_usec) / 1e6;
}

static int measure(int runs, char **cmd)
{
	static double cpu[RUNS];
	long peak = 0;

	for (int i = 0; i < runs && i < RUNS; i++) {
		struct rusage ru;
		cpu[i] = run(cmd, &ru);
		if (ru.ru_maxrss > peak)
			peak = ru.ru_maxrss;
	}
	qsort(cpu, (size_t)runs, sizeof(*cpu), by_size);
	fprintf(stderr, "%.6f %ld\n", cpu[runs / 2], peak);
	return 0;
}

int main(int argc, char **argv)
{
	size_t n = argc > 2 ? (size_t)atol(argv[2]) : 0;

	if (argc == 4 && !strcmp(argv[1], "table"))
		return table(n, argv[3]);
	if (argc == 5 && !strcmp(argv[1], "send"))
		return send_routes(n, argv[3], argv[4]);
	if (argc == 2 && !strcmp(argv[1], "dump"))
		return dump();
	if (argc > 3 && !strcmp(argv[1], "time") && n && n <= RUNS)
		return measure((int)n, argv + 3);
	return 2;
}
