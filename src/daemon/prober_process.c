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
#include "daemon/priority.h"
#include "daemon/prober_wire.h"
#include "daemon/sandbox.h"
#include "probe/asker.h"
#include "probe/page.h"
#include "probe/pin.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SECOND	 UINT64_C(1000000)
#define BATCH	 256
#define PATIENCE 1000	       /* microseconds; no probe is given up sooner */
#define SLACK	 5000	       /* microseconds; no probe is put off longer than this */
#define AGAIN	 100000	       /* microseconds; a probe that had to wait for something else */
#define TELL	 (60 * SECOND) /* between two words about strangers */

struct target {
	struct prober_target say;
	struct window *window;
	struct verdict verdict;
	uint8_t fault; /* enum probe_fault: of the last answer */
	uint64_t due;
	uint32_t patience; /* by its answers so far */
};

/* Targets, and when each is next to be looked at; and what their answers must be. */
struct list {
	struct target *target;
	uint64_t *next;
	size_t n, room;
	struct terms {
		struct probe_terms terms;
		struct prober_terms say; /* what `terms` points to */
	} * terms;
	size_t terms_n, terms_room;
	uint32_t number;
};

/* A kind of probe: open as soon as there is a target for it. */
struct kind {
	const struct asker *how;
	void *self;
	struct probe batch[BATCH]; /* to go out */
	size_t n;
};

struct asking {
	struct wire wire;
	uint8_t *memory;
	struct kind *kind[ASKERS];
	struct list now, coming;
	uint16_t place[PROBER_IDS]; /* in the list in force, by the target's id */
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
	v.figure = t->verdict.figure;
	say(p, &v);
}

static void appeal(struct asking *p)
{
	const struct prober_word w = {WIRE_HEAD(PROBER_APPEAL, w)};

	if (p->doubt == DOUBT)
		say(p, &w);
	p->doubt = APPEALED;
}

/*
 * Where a verdict takes several lost ones in a row, those before have had whole intervals for their
 * answers by the time that the last is given up, so this may be soon; a single one has nobody to
 * vouch for it.
 */
static uint32_t patience_with(const struct target *t)
{
	uint32_t least = t->say.limits.down > 1 ? 0 : t->say.limits.every / 5;

	return window_patience(t->window, least > PATIENCE ? least : PATIENCE,
			       t->say.limits.timeout);
}

static void judge(struct asking *p, size_t i)
{
	struct target *t = &p->now.target[i];
	struct verdict was = t->verdict, v = target_judge(t->window, &t->say.limits, was.health);

	t->patience = patience_with(t);
	if (v.why == WHY_SILENCE && t->fault > FAULT_SILENCE)
		v.why = (unsigned)WHY_FAULT + t->fault;
	bool dies = v.health == HEALTH_DOWN && was.health != HEALTH_DOWN;
	if (p->doubt && dies) {
		appeal(p);
		return;
	}
	/* The address is gone, and the list that says so is on its way: the silence is our own. */
	if (dies && !pin_has(&t->say.src, t->say.ifindex)) {
		window_excuse(t->window);
		return;
	}
	t->verdict = v;
	if (v.health != was.health || v.why != was.why)
		say_verdict(p, i);
}

/* Time */

/* Probes that are due at about the same time go out together; none is given up late. */
static void look_again(struct asking *p, size_t i)
{
	const struct target *t = &p->now.target[i];
	uint64_t oldest = window_oldest(t->window);
	uint64_t next = (t->due + p->slack - 1) / p->slack * p->slack;

	if (oldest != UINT64_MAX && oldest + t->patience < next)
		next = oldest + t->patience;
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

/* What became of a probe that did not go out. */
static void not_sent(struct asking *p, size_t i, const struct probe *v, uint64_t now)
{
	struct target *t = &p->now.target[i];

	if (v->error == -EAGAIN) {
		window_withdrawn(t->window, v->seq);
		t->due = t->due < now + AGAIN ? t->due : now + AGAIN;
		return;
	}
	window_failed(t->window, v->seq);
	t->fault = v->error == -ENOENT ? FAULT_RESOLVE : FAULT_UNSENT;
	judge(p, i);
}

static void send_batch(struct asking *p, struct kind *k, uint64_t now)
{
	k->how->send(k->self, k->batch, k->n, now);
	for (size_t i = 0; i < k->n; i++) {
		size_t at = p->place[k->batch[i].target];
		if (k->batch[i].error)
			not_sent(p, at, &k->batch[i], now);
		look_again(p, at);
	}
	k->n = 0;
}

static void ask(struct asking *p, struct target *t, uint64_t now)
{
	struct kind *k = p->kind[t->say.kind];
	uint32_t terms = t->say.terms;

	if (!k) { /* it could not be opened */
		window_failed(t->window, window_sent(t->window, now));
		return;
	}
	k->batch[k->n++] = (struct probe){
		.src = t->say.src,
		.dst = t->say.dst,
		.ifindex = t->say.ifindex,
		.port = t->say.port,
		.target = t->say.id,
		.timeout = t->say.limits.timeout,
		.terms = terms ? &p->now.terms[terms - 1].terms : NULL,
		.seq = window_sent(t->window, now),
	};
	if (k->n == BATCH)
		send_batch(p, k, now);
}

static void give_up(struct asking *p, size_t i, uint64_t now)
{
	struct target *t = &p->now.target[i];

	if (window_oldest(t->window) == UINT64_MAX || !window_expire(t->window, now, t->patience))
		return;
	t->fault = FAULT_SILENCE;
	judge(p, i);
	/* Not as late as a calm one would be. */
	if (t->due > now + t->say.limits.every)
		t->due = now + t->say.limits.every;
}

static void tick(struct asking *p, uint64_t now)
{
	for (size_t i = 0; i < p->now.n; i++) {
		struct target *t = &p->now.target[i];
		if (p->now.next[i] > now)
			continue;
		give_up(p, i, now);
		if (t->due <= now) {
			schedule(t, now);
			ask(p, t, now);
		}
		look_again(p, i);
	}
	for (size_t k = 0; k < ASKERS; k++)
		if (p->kind[k] && p->kind[k]->n)
			send_batch(p, p->kind[k], now);
}

/* The time to wait, in which nothing is due. */
static struct timespec until_next(const struct asking *p, uint64_t now)
{
	uint64_t next = now + 3600 * SECOND;

	for (size_t i = 0; i < p->now.n; i++)
		next = p->now.next[i] < next ? p->now.next[i] : next;
	uint64_t wait = next > now ? next - now : 0;
	return (struct timespec){(time_t)(wait / SECOND), (long)(wait % SECOND * 1000)};
}

/* Answers */

static void say_moved(struct asking *p, size_t index, const struct probe_answer *a)
{
	struct prober_moved m;

	memset(&m, 0, sizeof(m));
	m.head = (struct wire_head)WIRE_HEAD(PROBER_MOVED, m);
	m.list = p->now.number;
	m.index = (uint32_t)index;
	memcpy(m.mac, a->mac, sizeof(m.mac));
	say(p, &m);
}

static void answered(void *arg, const struct probe_answer *a)
{
	struct asking *p = arg;
	size_t at = a->target < PROBER_IDS ? p->place[a->target] : p->now.n;

	/* One that is not in the list any more has no place, or another's. */
	if (at >= p->now.n || p->now.target[at].say.id != a->target)
		return;
	struct target *t = &p->now.target[at];
	if (a->fault)
		window_failed(t->window, a->seq);
	else if (!window_answered(t->window, a->seq, now_us(), t->say.limits.timeout))
		return;
	t->fault = a->fault;
	if (a->moved)
		say_moved(p, at, a);
	judge(p, at);
	look_again(p, at);
}

static void tell_of_strangers(struct asking *p, uint64_t now)
{
	uint64_t n = 0;

	if (p->told && now - p->told < TELL)
		return;
	for (size_t k = 0; k < ASKERS; k++)
		n += p->kind[k] ? p->kind[k]->how->strangers(p->kind[k]->self) : 0;
	if (n == p->strangers)
		return;
	const struct prober_strangers s = {WIRE_HEAD(PROBER_STRANGERS, s), n - p->strangers};
	p->strangers = n;
	p->told = now;
	say(p, &s);
}

/* Lists */

static void free_list(struct list *l)
{
	free(l->target);
	free(l->next);
	free(l->terms);
	*l = (struct list){.target = NULL};
}

static int begin_list(struct asking *p, const struct prober_begin *m)
{
	free_list(&p->coming);
	p->coming = (struct list){.target = calloc(m->n + 1, sizeof(struct target)),
				  .next = calloc(m->n + 1, sizeof(uint64_t)),
				  .terms = calloc(m->terms + 1, sizeof(struct terms)),
				  .room = m->n,
				  .terms_room = m->terms,
				  .number = m->list};
	return p->coming.target && p->coming.next && p->coming.terms ? 0 : -ENOMEM;
}

static int add_terms(struct asking *p, const struct prober_terms *m)
{
	struct list *l = &p->coming;

	if (l->terms_n == l->terms_room)
		return -EBADMSG;
	struct terms *t = &l->terms[l->terms_n++];
	t->say = *m;
	t->terms = (struct probe_terms){.name = t->say.name,
					.type = m->type,
					.refused_ok = m->refused_ok,
					.nxdomain_ok = m->nxdomain_ok,
					.url = t->say.url,
					.status_first = m->status_first,
					.status_last = m->status_last,
					.body = t->say.body,
					.server = t->say.server,
					.server_n = m->server_n};
	return 0;
}

static int open_kind(struct asking *p, enum probe_kind kind)
{
	struct kind *k = p->kind[kind] ? NULL : calloc(1, sizeof(*k));
	struct err e = ERR_INIT;

	if (!k)
		return p->kind[kind] ? 0 : -ENOMEM;
	k->how = asker_of(kind);
	int rc = k->how->open(&k->self, &e);
	if (rc < 0) {
		log_err("prober", &e);
		free(k);
		return rc;
	}
	p->kind[kind] = k;
	return 0;
}

static int add_target(struct asking *p, const struct prober_target *m)
{
	struct list *l = &p->coming;

	if (l->n == l->room || m->terms > l->terms_n)
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
	t->due = old->due;
	/* Another way to the same target: what is under way says nothing any more. */
	if (old->say.ifindex != t->say.ifindex || !ip_addr_eq(&old->say.src, &t->say.src)) {
		window_reset(t->window);
		return;
	}
	t->verdict = old->verdict;
	t->fault = old->fault;
}

static void place(struct asking *p, size_t i, uint64_t now, size_t *at)
{
	struct target *t = &p->coming.target[i], *old = find_old(&p->now, t->say.id, at);

	t->window = window_place(p->memory + t->say.at, t->say.slots);
	t->verdict = (struct verdict){t->say.health, t->say.why, 0};
	t->due = now + i * 997 % t->say.limits.every;
	if (old && old->say.slots == t->say.slots)
		take_over(t, old);
	t->patience = patience_with(t);
	/* The first look sets it right. */
	p->coming.next[i] = now;
	p->place[t->say.id] = (uint16_t)i;
	/* Without its means its probes fail: that is said once, and shown by their fate. */
	if (p->wire.fd >= 0)
		open_kind(p, t->say.kind);
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
	case PROBER_TERMS:
		return add_terms(p, (const struct prober_terms *)m);
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
	for (size_t k = 0; k < ASKERS; k++) {
		if (p->kind[k])
			p->kind[k]->how->close(p->kind[k]->self);
		free(p->kind[k]);
	}
	free(p);
}

/* The answers of each kind that has any; 0 is the channel. */
static unsigned poll_fds(const struct asking *p, struct pollfd fds[static ASKERS + 1],
			 struct kind *kinds[static ASKERS + 1])
{
	unsigned n = 0;

	fds[n++] = (struct pollfd){p->wire.fd, (short)(POLLIN | (p->wire.queued ? POLLOUT : 0)), 0};
	for (size_t k = 0; k < ASKERS; k++)
		if (p->kind[k]) {
			kinds[n] = p->kind[k];
			fds[n++] =
				(struct pollfd){p->kind[k]->how->fd(p->kind[k]->self), POLLIN, 0};
		}
	return n;
}

static int wait_once(struct asking *p)
{
	struct pollfd fds[ASKERS + 1];
	struct kind *kinds[ASKERS + 1];
	unsigned n = poll_fds(p, fds, kinds);
	struct timespec wait = until_next(p, now_us());
	int rc = 0;

	if (ppoll(fds, n, &wait, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	for (unsigned i = 1; i < n; i++)
		if (fds[i].revents)
			kinds[i]->how->read(kinds[i]->self, answered, p);
	if (fds[0].revents & POLLOUT)
		rc = wire_flush(&p->wire);
	if (rc >= 0 && fds[0].revents & ~POLLOUT)
		rc = hear_all(p);
	uint64_t now = now_us();
	tick(p, now);
	tell_of_strangers(p, now);
	return p->lost ? -EPIPE : rc;
}

/* Sockets are made as long as there are probes that need one each. */
static const char *const calls[] = {"socket",	   "bind",	  "connect", "setsockopt",
				    "getsockname", "getpeername", "ioctl",   NULL};

static void *share(int fd)
{
	void *ret = mmap(NULL, 2 * PROBER_HALF, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			 fd, 0);

	close(fd);
	return ret == MAP_FAILED ? NULL : ret;
}

int prober_process(const int fd[])
{
	static const struct sandbox sandbox = {.name = "prober",
					       .caps = 1u << CAP_NET_RAW,
					       .nobody = true,
					       .files = 1024,
					       .megabytes = 256,
					       .calls = calls};
	void *memory = share(fd[2]);
	struct asking *p = memory ? asking_new(memory) : NULL;
	struct err e = ERR_INIT;

	if (!p) {
		err_errno(&e, -ENOMEM, "probes");
		log_err("prober", &e);
		return 1;
	}
	page_use(fd[1]);
	priority_raise();
	sandbox_enter(&sandbox);
	wire_init(&p->wire, fd[0], &prober_in);
	int rc;
	do
		rc = wait_once(p);
	while (rc >= 0);
	asking_free(p);
	return rc != -EPIPE;
}
