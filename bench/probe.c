/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a health probe costs, in CPU of this process and of the kernel on its behalf, to receive
 * what comes back included.
 *
 *   bench_probe DEVICE [SECONDS]   prints: one probe by the pinger, one by a forked ping, and 1,000
 * targets 20 times a second, each judged after every answer
 *
 * To be run in namespaces of its own, where 10.0.0.0/16 answers by DEVICE (bench/probe.sh).
 */
#include "probe/health.h"
#include "probe/pinger.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TARGETS 1000
#define RATE	20

static const struct check_limits limits = {
	.every = 50000, .timeout = 50000, .down = 3, .up = 5, .loss = 200, .window = 64};

struct target {
	struct ip_addr addr;
	struct window *window;
	struct verdict verdict;
};

struct bench {
	struct target target[TARGETS];
	struct probe ping[TARGETS];
	struct pinger *pinger;
	uint64_t answered, sent;
};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static double cpu_seconds(int who)
{
	struct rusage r;

	getrusage(who, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void answered(void *arg, const struct probe_answer *a)
{
	struct bench *b = arg;
	struct target *t = &b->target[a->target];

	if (window_answered(t->window, a->seq, now_us(), limits.timeout)) {
		b->answered++;
		t->verdict = target_judge(t->window, &limits, t->verdict.health);
	}
}

/* The targets from `first` on, `n` of them, once. */
static void round_of(struct bench *b, unsigned first, unsigned n)
{
	uint64_t now = now_us();

	for (unsigned i = first; i < first + n; i++) {
		window_expire(b->target[i].window, now, limits.timeout);
		b->ping[i].seq = window_sent(b->target[i].window, now);
	}
	b->sent += pinger_send(b->pinger, b->ping + first, n, now);
}

static void set_up(struct bench *b, int ifindex)
{
	for (unsigned i = 0; i < TARGETS; i++) {
		struct target *t = &b->target[i];
		t->addr = (struct ip_addr){AF_INET,
					   {10, 0, (uint8_t)(i / 250), (uint8_t)(1 + i % 250)}};
		t->window = window_place(malloc(window_bytes(64)), 64);
		b->ping[i] = (struct probe){.dst = t->addr, .ifindex = ifindex, .target = i};
	}
}

/* Every 5 ms a tenth of a round: 1,000 targets 20 times a second. */
static void at_rate(struct bench *b, unsigned seconds)
{
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct itimerspec every = {{0, 5000000}, {0, 5000000}};
	unsigned turns = seconds * 200, part = TARGETS * RATE / 200;
	struct pollfd fds[2] = {{timer, POLLIN, 0}, {pinger_fd(b->pinger), POLLIN, 0}};

	timerfd_settime(timer, 0, &every, NULL);
	for (unsigned turn = 0; turn < turns;) {
		uint64_t due = 0;
		if (poll(fds, 2, -1) < 0)
			exit(1);
		if (fds[1].revents)
			pinger_read(b->pinger, answered, b);
		if (fds[0].revents && read(timer, &due, sizeof(due)) != sizeof(due))
			exit(1);
		for (; due && turn < turns; due--, turn++)
			round_of(b, turn * part % TARGETS, part);
	}
	close(timer);
}

static double forked_ping(unsigned n)
{
	double before = cpu_seconds(RUSAGE_CHILDREN) + cpu_seconds(RUSAGE_SELF);

	for (unsigned i = 0; i < n; i++) {
		pid_t pid = fork();
		if (!pid) {
			if (!freopen("/dev/null", "w", stdout))
				_exit(1);
			execlp("ping", "ping", "-n", "-q", "-c1", "-W1", "10.0.0.1", NULL);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	}
	return (cpu_seconds(RUSAGE_CHILDREN) + cpu_seconds(RUSAGE_SELF) - before) / n;
}

static long resident_kib(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_maxrss;
}

int main(int argc, char **argv)
{
	static struct bench b;
	int ifindex = argc > 1 ? (int)if_nametoindex(argv[1]) : 0;
	unsigned seconds = argc > 2 ? (unsigned)atoi(argv[2]) : 5;
	struct err e = ERR_INIT;

	if (!ifindex) {
		fprintf(stderr, "bench_probe: which device?\n");
		return 1;
	}
	if (pinger_open(&b.pinger, &e) < 0) {
		fprintf(stderr, "bench_probe: %s\n", e.msg);
		return 1;
	}
	set_up(&b, ifindex);
	double before = cpu_seconds(RUSAGE_SELF);
	for (unsigned i = 0; i < 100; i++) {
		round_of(&b, 0, TARGETS);
		pinger_read(b.pinger, answered, &b);
	}
	double one = (cpu_seconds(RUSAGE_SELF) - before) / (100 * TARGETS);
	printf("one probe, in batches:        %6.2f us of CPU (%.1f %% answered)\n", one * 1e6,
	       (double)b.answered * 100 / (double)b.sent);
	fflush(stdout);
	double ping = forked_ping(100);
	printf("one probe, a forked ping:     %6.0f us of CPU, %.0f times as much\n", ping * 1e6,
	       ping / one);
	b.answered = b.sent = 0;
	before = cpu_seconds(RUSAGE_SELF);
	at_rate(&b, seconds);
	double used = cpu_seconds(RUSAGE_SELF) - before;
	printf("%u targets, %u times a second: %.1f %% of a core, %.2f us a probe, %.1f %% answered, "
	       "%ld KiB\n",
	       TARGETS, RATE, used * 100 / seconds, used * 1e6 / (double)b.sent,
	       (double)b.answered * 100 / (double)b.sent, resident_kib());
	pinger_close(b.pinger);
	return 0;
}
