/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time is one number, that of what is due next: a probe to send, or one to give up. All that is due
 * goes out with one call, and what falls due within a twentieth of the shortest interval is taken
 * together, so that a thousand targets do not wake the process for each probe.
 *
 * A probe is given up after a time that follows its target's usual round trip, so that a failure is
 * noticed soon on a short line and not imagined on a long one (probe/window.h). Probes of different
 * targets are spread over the interval.
 */
#include "daemon/prober_process.h"

#include "base/cleanup.h"
#include "daemon/log.h"
#include "daemon/prober_wire.h"
#include "daemon/sandbox.h"
#include "probe/pinger.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define SECOND	 UINT64_C(1000000)
#define BATCH	 256
#define PATIENCE 3000	       /* microseconds; no probe is given up sooner */
#define SLACK	 5000	       /* microseconds; nothing is put off longer than this */
#define TELL	 (60 * SECOND) /* between two words about strangers */

struct target {
	struct prober_target say;
	struct window *window;
	struct verdict verdict;
	uint64_t due;
};

/* Targets, and when each is next to be looked at. */
struct list {
	struct target *target;
	uint64_t *next;
	size_t n, room;
	uint32_t number;
};

struct asking {
	struct wire wire;
	uint8_t *memory;
	struct pinger *pinger;
	struct list now, coming;
	uint64_t slack;
	enum { NO_DOUBT, DOUBT, APPEALED } doubt;
	uint64_t strangers, told; /* how many were told of, and when */
	bool lost;
};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

/* What is not told is as good as a death: the main process starts us anew, and we it. */
static void say(struct asking *p, const void *message)
{
	if (wire_send(&p->wire, message) < 0)
		p->lost = true;
}

static void say_verdict(struct asking *p, size_t index)
{
	const struct target *t = &p->now.target[index];
	struct prober_verdict v;

	memset(&v, 0, sizeof(v)); /* nothing of ours goes out with what is between the members */
	v.head = (struct wire_head)WIRE_HEAD(PROBER_VERDICT, v);
	v.list = p->now.number;
	v.index = (uint32_t)index;
	v.health = (uint8_t)t->verdict.health;
	v.why = (uint8_t)t->verdict.why;
	say(p, &v);
}

static void appeal(struct asking *p)
{
	const struct prober_word w = {WIRE_HEAD(PROBER_APPEAL, w)};

	if (p->doubt == DOUBT)
		say(p, &w);
	p->doubt = APPEALED;
}

static void judge(struct asking *p, size_t i)
{
	struct target *t = &p->now.target[i];
	struct verdict was = t->verdict, v = target_judge(t->window, &t->say.limits, was.health);

	if (p->doubt && v.health == HEALTH_DOWN && was.health != HEALTH_DOWN) {
		appeal(p);
		return;
	}
	t->verdict = v;
	if (v.health != was.health || v.why != was.why)
		say_verdict(p, i);
}

/* Time */

static uint32_t patience(const struct target *t)
{
	uint32_t least = t->say.limits.every / 5;

	return window_patience(t->window, least > PATIENCE ? least : PATIENCE,
			       t->say.limits.timeout);
}

static void look_again(struct asking *p, size_t i)
{
	const struct target *t = &p->now.target[i];
	uint64_t oldest = window_oldest(t->window), next = t->due;

	if (oldest != UINT64_MAX && oldest + patience(t) < next)
		next = oldest + patience(t);
	p->now.next[i] = next;
}

/* On a metered uplink: seldom, until something is amiss. */
static uint32_t interval(const struct target *t)
{
	bool well = t->verdict.health == HEALTH_UP && !window_row(t->window, PROBE_LOST);

	return well ? t->say.calm : t->say.limits.every;
}

static void schedule(struct target *t, uint64_t now)
{
	/* What could not be sent in its time is not sent twice. */
	t->due += interval(t);
	if (t->due <= now)
		t->due = now + interval(t);
}

static void send_batch(struct asking *p, struct ping *v, size_t n)
{
	pinger_send(p->pinger, v, n);
	for (size_t i = 0; i < n; i++) {
		if (v[i].error) {
			window_failed(p->now.target[v[i].target].window, v[i].seq);
			judge(p, v[i].target);
		}
		look_again(p, v[i].target);
	}
}

static void give_up(struct asking *p, size_t i, uint64_t now)
{
	struct target *t = &p->now.target[i];

	if (!window_expire(t->window, now, patience(t)))
		return;
	judge(p, i);
	/* Not as late as a calm one would be. */
	if (t->due > now + t->say.limits.every)
		t->due = now + t->say.limits.every;
}

static void tick(struct asking *p, uint64_t now)
{
	struct ping v[BATCH];
	size_t n = 0;

	for (size_t i = 0; i < p->now.n; i++) {
		struct target *t = &p->now.target[i];
		if (p->now.next[i] > now)
			continue;
		give_up(p, i, now);
		if (t->due > now) {
			look_again(p, i);
			continue;
		}
		schedule(t, now);
		v[n++] = (struct ping){.src = t->say.src,
				       .dst = t->say.dst,
				       .ifindex = t->say.ifindex,
				       .target = (uint32_t)i,
				       .seq = window_sent(t->window, now)};
		if (n == BATCH) {
			send_batch(p, v, n);
			n = 0;
		}
	}
	if (n)
		send_batch(p, v, n);
}

/* The time to wait, in which nothing is due. */
static struct timespec until_next(const struct asking *p, uint64_t now)
{
	uint64_t next = now + 3600 * SECOND;

	for (size_t i = 0; i < p->now.n; i++)
		next = p->now.next[i] < next ? p->now.next[i] : next;
	next = (next + p->slack - 1) / p->slack * p->slack;
	uint64_t wait = next > now ? next - now : 0;
	return (struct timespec){(time_t)(wait / SECOND), (long)(wait % SECOND * 1000)};
}

/* Answers */

static void answered(void *arg, uint32_t target, uint16_t seq, const struct ip_addr *from,
		     int ifindex)
{
	struct asking *p = arg;

	if (target >= p->now.n)
		return;
	struct target *t = &p->now.target[target];
	/* By another interface it proves nothing about this uplink. */
	if (!ip_addr_eq(from, &t->say.dst) || ifindex != t->say.ifindex)
		return;
	if (!window_answered(t->window, seq, now_us(), t->say.limits.timeout))
		return;
	judge(p, target);
	look_again(p, target);
}

static void read_answers(struct asking *p)
{
	/* An error is the socket's of a moment; what was asked in vain shows in the windows. */
	pinger_read(p->pinger, answered, p, NULL);
}

static void tell_of_strangers(struct asking *p, uint64_t now)
{
	uint64_t n = pinger_strangers(p->pinger) - p->strangers;
	const struct prober_strangers s = {WIRE_HEAD(PROBER_STRANGERS, s), n};

	if (!n || (p->told && now - p->told < TELL))
		return;
	p->strangers += n;
	p->told = now;
	say(p, &s);
}

/* Lists */

static void free_list(struct list *l)
{
	free(l->target);
	free(l->next);
	*l = (struct list){.target = NULL};
}

static int begin_list(struct asking *p, const struct prober_begin *m)
{
	free_list(&p->coming);
	p->coming = (struct list){.target = calloc(m->n + 1, sizeof(struct target)),
				  .next = calloc(m->n + 1, sizeof(uint64_t)),
				  .room = m->n,
				  .number = m->list};
	return p->coming.target && p->coming.next ? 0 : -ENOMEM;
}

static int add_target(struct asking *p, const struct prober_target *m)
{
	struct list *l = &p->coming;

	if (l->n == l->room)
		return -EBADMSG;
	l->target[l->n++].say = *m;
	return 0;
}

/* The same target in the list in force; the two lists have them in about the same order. */
static struct target *find_old(struct list *old, uint32_t id, size_t *at)
{
	for (size_t i = 0; i < old->n; i++) {
		struct target *t = &old->target[*at];
		*at = (*at + 1) % old->n;
		if (t->say.id == id)
			return t;
	}
	return NULL;
}

static void take_over(struct target *t, const struct target *old)
{
	memcpy(t->window, old->window, window_bytes(t->say.slots));
	t->verdict = old->verdict;
	t->due = old->due;
	/* Another way to the same target: what is under way says nothing any more. */
	if (old->say.ifindex != t->say.ifindex || !ip_addr_eq(&old->say.src, &t->say.src))
		window_reset(t->window);
}

static void place(struct asking *p, size_t i, uint64_t now, size_t *at)
{
	struct target *t = &p->coming.target[i], *old = find_old(&p->now, t->say.id, at);

	t->window = window_place(p->memory + t->say.at, t->say.slots);
	t->verdict = (struct verdict){t->say.health, t->say.why};
	t->due = now + i * 997 % t->say.limits.every;
	if (old && old->say.slots == t->say.slots)
		take_over(t, old);
	/* The first look sets it right. */
	p->coming.next[i] = now;
	if (t->say.limits.every / 20 < p->slack)
		p->slack = t->say.limits.every / 20;
}

/* The half of the list before, unless the new one has it. */
static void leave_half(struct asking *p, uint32_t half)
{
	if (!p->coming.n || p->coming.target->say.at / PROBER_HALF != half)
		madvise(p->memory + half * PROBER_HALF, PROBER_HALF, MADV_REMOVE);
}

static void end_list(struct asking *p, uint64_t now)
{
	size_t at = 0;

	p->slack = SLACK;
	for (size_t i = 0; i < p->coming.n; i++)
		place(p, i, now, &at);
	if (p->now.n)
		leave_half(p, p->now.target->say.at / PROBER_HALF);
	free_list(&p->now);
	p->now = p->coming;
	p->coming = (struct list){.target = NULL};
	for (size_t i = 0; i < p->now.n; i++) {
		const struct target *t = &p->now.target[i];
		if (t->verdict.health != t->say.health || t->verdict.why != t->say.why)
			say_verdict(p, i);
	}
}

/* Everything is there again that probes need. */
static void end_doubt(struct asking *p)
{
	for (size_t i = 0; p->doubt && i < p->now.n; i++) {
		window_excuse(p->now.target[i].window);
		look_again(p, i);
	}
	p->doubt = NO_DOUBT;
}

int asking_hear(struct asking *p, const union wire_message *m)
{
	switch (m->head.type) {
	case PROBER_BEGIN:
		return begin_list(p, (const struct prober_begin *)m);
	case PROBER_TARGET:
		return add_target(p, (const struct prober_target *)m);
	case PROBER_END:
		end_list(p, now_us());
		return 0;
	case PROBER_DOUBT:
		if (!p->doubt)
			p->doubt = DOUBT;
		return 0;
	case PROBER_CLEAR:
		end_doubt(p);
		return 0;
	}
	return -EBADMSG;
}

static int hear_all(struct asking *p)
{
	union wire_message m;
	int rc;

	while ((rc = wire_receive(&p->wire, &m)) > 0)
		if ((rc = asking_hear(p, &m)) < 0)
			return rc;
	return rc;
}

/* Life */

struct asking *asking_new(void *memory)
{
	struct asking *p = calloc(1, sizeof(*p));

	if (p)
		*p = (struct asking){.memory = memory, .slack = SLACK, .wire.fd = -1};
	return p;
}

void asking_free(struct asking *p)
{
	free_list(&p->now);
	free_list(&p->coming);
	wire_free(&p->wire);
	pinger_close(p->pinger);
	free(p);
}

static int wait_once(struct asking *p)
{
	struct pollfd fds[] = {
		{p->wire.fd, (short)(POLLIN | (p->wire.queued ? POLLOUT : 0)), 0},
		{pinger_fd(p->pinger, AF_INET), POLLIN, 0},
		{pinger_fd(p->pinger, AF_INET6), POLLIN, 0},
	};
	struct timespec wait = until_next(p, now_us());
	int rc = 0;

	if (ppoll(fds, ARRAY_SIZE(fds), &wait, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[1].revents || fds[2].revents)
		read_answers(p);
	if (fds[0].revents & POLLOUT)
		rc = wire_flush(&p->wire);
	if (rc >= 0 && fds[0].revents & ~POLLOUT)
		rc = hear_all(p);
	uint64_t now = now_us();
	tick(p, now);
	tell_of_strangers(p, now);
	return p->lost ? -EPIPE : rc;
}

static const char *const no_calls[] = {NULL};

int prober_process(int fd, void *memory)
{
	static const struct sandbox sandbox = {.name = "prober",
					       .caps = 1u << CAP_NET_RAW,
					       .nobody = true,
					       .files = 8,
					       .megabytes = 256,
					       .calls = no_calls};
	struct asking *p = asking_new(memory);
	struct err e = ERR_INIT;
	int rc = p ? pinger_open(&p->pinger, &e) : err_errno(&e, -ENOMEM, "probes");

	if (rc < 0) {
		log_err("prober", &e);
		return 1;
	}
	sandbox_enter(&sandbox);
	wire_init(&p->wire, fd, &prober_in);
	while (rc >= 0)
		rc = wait_once(p);
	asking_free(p);
	return rc != -EPIPE;
}
