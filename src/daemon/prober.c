/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time is one timer, set to what is due next: a probe to send, one to give up, or an uplink whose
 * time of being held back is over. All that is due goes out with one call to the pinger.
 *
 * A probe is given up after a time that follows its target's usual round trip, so that a failure is
 * noticed soon on a short line and not imagined on a long one (probe/window.h). Probes of different
 * targets are spread over the interval.
 */
#include "daemon/prober.h"

#include "daemon/events.h"
#include "daemon/log.h"
#include "probe/health.h"
#include "probe/pinger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND	  UINT64_C(1000000)
#define HALF_LIFE (60 * SECOND) /* of the penalty for flapping */
#define BATCH	  256
#define PATIENCE  3000 /* microseconds; no probe is given up sooner */

struct target {
	struct ip_addr addr, src;
	int ifindex;
	unsigned uplink, check;
	struct check_limits limits;
	struct window window;
	struct verdict verdict;
	uint64_t due;
};

struct way {
	char *name;
	unsigned check_n;
	bool carrier[2]; /* per family: it could be used but for its checks */
	struct verdict verdict[2];
	struct flap flap;
	bool held, down; /* down: in any family, for counting flaps */
	bool recalled;	 /* only `name` and `why` are known, from before */
	char why[2][160];
};

struct prober {
	uv_loop_t *loop;
	uv_timer_t timer;
	uv_poll_t poll[2];
	unsigned handles;
	struct pinger *pinger;
	prober_fn *changed;
	void *arg;
	struct target *target;
	size_t target_n;
	struct way *way;
	size_t way_n;
	struct way_health *health;
	bool suspect[2];
	enum { NO_DOUBT, DOUBT, APPEALED, SAID_SO } doubt;
};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

static unsigned family_index(uint8_t family)
{
	return family == AF_INET6;
}

/* Judgement */

/* One check of one uplink in one family: its verdict, unknown health if it has no targets there. */
static bool judge_check(const struct prober *p, unsigned way, unsigned check, unsigned f,
			struct verdict *ret)
{
	struct verdict v[64];
	size_t n = 0;
	unsigned quorum = 1;

	for (size_t i = 0; i < p->target_n && n < 64; i++) {
		const struct target *t = &p->target[i];
		if (t->uplink != way || t->check != check || family_index(t->addr.family) != f)
			continue;
		quorum = t->limits.quorum;
		v[n++] = t->verdict;
	}
	/* A quorum of targets in both families is one of those in each, as far as there are. */
	*ret = check_judge(v, n, quorum < n ? quorum : (unsigned)n);
	return n;
}

static struct verdict judge_family(const struct prober *p, unsigned way, unsigned f, bool *asked)
{
	struct verdict all = {HEALTH_UP, WHY_ANSWERS}, one;

	*asked = false;
	for (unsigned c = 0; c < p->way[way].check_n; c++) {
		if (!judge_check(p, way, c, f, &one))
			continue;
		*asked = true;
		if (one.health == HEALTH_DOWN)
			return one;
		if (one.health == HEALTH_UNKNOWN)
			all = one;
	}
	return all;
}

static void judge_way(struct prober *p, unsigned i, uint64_t now)
{
	struct way *w = &p->way[i];
	bool asked[2];

	for (unsigned f = 0; f < 2; f++)
		w->verdict[f] = judge_family(p, i, f, &asked[f]);
	for (unsigned f = 0; f < 2; f++)
		if (!asked[f])
			w->verdict[f] = w->verdict[!f];
	bool down = w->verdict[0].health == HEALTH_DOWN || w->verdict[1].health == HEALTH_DOWN;
	if (down && !w->down)
		flap_down(&w->flap, now, HALF_LIFE);
	w->down = down;
	w->held = flap_held(&w->flap, now, HALF_LIFE);
}

static bool bad(const struct way *w, unsigned f)
{
	return w->verdict[f].health == HEALTH_DOWN || w->held;
}

static void reason(struct way *w, unsigned f, char ret[static 160])
{
	*ret = 0;
	if (w->verdict[f].health == HEALTH_DOWN)
		snprintf(ret, 160, "check: %s", health_why_text(w->verdict[f].why));
	else if (w->held)
		snprintf(ret, 160, "held back: it went down too often");
}

/* How far an uplink may be trusted: the best that there are have to do. */
enum trust {
	NO_CARRIER,
	FAILS, /* its checks say that it is dead, and it is out of use */
	HELD,  /* it answers, but has gone down too often */
	LAST,  /* its checks say that it is dead, but it is in use */
	GOOD,
};

static enum trust trust(const struct way *w, unsigned f)
{
	if (!w->carrier[f])
		return NO_CARRIER;
	if (!bad(w, f))
		return GOOD;
	if (!*w->why[f])
		return LAST;
	return w->verdict[f].health == HEALTH_DOWN ? FAILS : HELD;
}

/*
 * Whatever the checks say, the best uplinks of a family stay in use, or come into use if nothing
 * else is left. If all fail, the targets are as suspect as the uplinks.
 */
static enum trust best(struct prober *p, unsigned f)
{
	enum trust most = NO_CARRIER;

	for (size_t i = 0; i < p->way_n; i++) {
		enum trust t = trust(&p->way[i], f);
		most = t > most ? t : most;
	}
	bool suspect = most == FAILS || most == LAST;
	if (suspect && !p->suspect[f])
		event_emit((struct event){.kind = EVENT_SUSPECT,
					  .level = EVENT_IS_WARNING,
					  .family = f ? AF_INET6 : AF_INET},
			   "every check of every uplink fails: the targets are suspect, what has "
			   "carrier stays in use");
	p->suspect[f] = suspect;
	return most;
}

static bool judge_in(struct prober *p, unsigned f)
{
	enum trust most = best(p, f);
	bool changed = false;
	char why[160];

	for (size_t i = 0; i < p->way_n; i++) {
		struct way *w = &p->way[i];
		enum trust t = trust(w, f);
		*why = 0;
		if (t != GOOD && (t != most || t == NO_CARRIER))
			reason(w, f, why);
		if (!strcmp(why, w->why[f]))
			continue;
		if (!*why != !*w->why[f]) {
			changed = true;
			event_emit(
				(struct event){.kind = EVENT_NOTE,
					       .level = *why ? EVENT_IS_WARNING : EVENT_IS_NOTICE,
					       .uplink = w->name,
					       .family = f ? AF_INET6 : AF_INET},
				"%s",
				*why	    ? why
				: t == GOOD ? "is good again"
					    : "is all that is left");
		}
		memcpy(w->why[f], why, sizeof(why));
	}
	return changed;
}

static void judge(struct prober *p, uint64_t now)
{
	for (unsigned i = 0; i < p->way_n; i++)
		judge_way(p, i, now);
	bool changed = judge_in(p, 0);
	changed |= judge_in(p, 1);
	if (p->doubt == APPEALED) {
		p->doubt = SAID_SO;
		changed = true;
	}
	if (changed)
		p->changed(p->arg);
}

const struct way_health *prober_health(struct prober *p, size_t *n)
{
	for (size_t i = 0; i < p->way_n; i++)
		p->health[i] = (struct way_health){
			p->way[i].name,
			*p->way[i].why[0] ? p->way[i].why[0] : NULL,
			*p->way[i].why[1] ? p->way[i].why[1] : NULL,
		};
	*n = p->way_n;
	return p->health;
}

/* Time */

static uint32_t patience(const struct target *t)
{
	uint32_t least = t->limits.every / 5;

	return window_patience(&t->window, least > PATIENCE ? least : PATIENCE, t->limits.timeout);
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void tick(uv_timer_t *timer);

static void set_timer(struct prober *p, uint64_t now)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < p->target_n; i++) {
		const struct target *t = &p->target[i];
		uint64_t oldest = window_oldest(&t->window);
		next = min_u64(next, t->due);
		if (oldest != UINT64_MAX)
			next = min_u64(next, oldest + patience(t));
	}
	for (size_t i = 0; i < p->way_n; i++)
		if (p->way[i].held)
			next = min_u64(next, now + flap_remaining(&p->way[i].flap, now, HALF_LIFE));
	if (next == UINT64_MAX) {
		uv_timer_stop(&p->timer);
		return;
	}
	uv_update_time(p->loop);
	uv_timer_start(&p->timer, tick, next > now ? (next - now + 999) / 1000 : 0, 0);
}

static void judge_target(struct prober *p, struct target *t)
{
	struct verdict v = target_judge(&t->window, &t->limits, t->verdict.health);

	if (p->doubt && v.health == HEALTH_DOWN && t->verdict.health != HEALTH_DOWN) {
		if (p->doubt == DOUBT)
			p->doubt = APPEALED;
		return;
	}
	t->verdict = v;
}

void prober_doubt(struct prober *p)
{
	if (!p->doubt)
		p->doubt = DOUBT;
}

static void send_due(struct prober *p, uint64_t now)
{
	struct ping v[BATCH];
	size_t n = 0;

	for (size_t i = 0; i < p->target_n && n < BATCH; i++) {
		struct target *t = &p->target[i];
		if (t->due > now)
			continue;
		/* What could not be sent in its time is not sent twice. */
		t->due += t->limits.every;
		if (t->due <= now)
			t->due = now + t->limits.every;
		v[n++] = (struct ping){.src = t->src,
				       .dst = t->addr,
				       .ifindex = t->ifindex,
				       .target = (uint32_t)i,
				       .seq = window_sent(&t->window, now)};
	}
	if (n)
		pinger_send(p->pinger, v, n);
	for (size_t i = 0; i < n; i++)
		if (v[i].error) {
			struct target *t = &p->target[v[i].target];
			window_failed(&t->window, v[i].seq);
			judge_target(p, t);
		}
}

static void tick(uv_timer_t *timer)
{
	struct prober *p = timer->data;
	uint64_t now = now_us();

	for (size_t i = 0; i < p->target_n; i++) {
		struct target *t = &p->target[i];
		if (window_expire(&t->window, now, patience(t)))
			judge_target(p, t);
	}
	send_due(p, now);
	judge(p, now);
	set_timer(p, now);
}

static void answered(void *arg, uint32_t target, uint16_t seq, const struct ip_addr *from,
		     int ifindex)
{
	struct prober *p = arg;

	if (target >= p->target_n)
		return;
	struct target *t = &p->target[target];
	/* By another interface it proves nothing about this uplink. */
	if (!ip_addr_eq(from, &t->addr) || ifindex != t->ifindex)
		return;
	if (window_answered(&t->window, seq, now_us(), t->limits.timeout))
		judge_target(p, t);
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct prober *p = poll->data;
	struct err e = ERR_INIT;

	(void)status, (void)events;
	if (pinger_read(p->pinger, answered, p, &e) < 0)
		log_err("probes", &e);
	uint64_t now = now_us();
	judge(p, now);
	set_timer(p, now);
}

/* Targets */

static struct check_limits limits_of(const struct check_config *c)
{
	return (struct check_limits){
		.every = c->every,
		.timeout = c->timeout	       ? c->timeout
			   : c->every > SECOND ? c->every
					       : (uint32_t)SECOND,
		.down = (uint16_t)c->down,
		.up = (uint16_t)c->up,
		.loss = (uint16_t)c->loss,
		.latency = c->latency,
		.jitter = c->jitter,
		.window = (uint16_t)c->window,
		.quorum = (uint16_t)c->quorum,
	};
}

/* Room for what is judged, and for what may still be answered. */
static unsigned slots_of(const struct check_limits *l)
{
	unsigned late = l->timeout / l->every + 1, most = l->window;

	most = l->down > most ? l->down : most;
	most = l->up * 4u > most ? l->up * 4u : most;
	return most + late;
}

/* A target that is new, of an uplink that was found to be down by an earlier daemon. */
static void begin(struct prober *old, const char *uplink, struct target *t)
{
	for (size_t i = 0; i < old->way_n; i++)
		if (!strcmp(old->way[i].name, uplink) && old->way[i].recalled &&
		    *old->way[i].why[family_index(t->addr.family)])
			t->verdict = (struct verdict){HEALTH_DOWN, WHY_SILENCE};
}

/* Takes over what is known of the same target of the same uplink. */
static int take_target(struct prober *old, const char *uplink, struct target *t)
{
	for (size_t i = 0; i < old->target_n; i++) {
		struct target *o = &old->target[i];
		if (!o->window.slot || o->check != t->check || !ip_addr_eq(&o->addr, &t->addr) ||
		    strcmp(old->way[o->uplink].name, uplink) != 0 ||
		    o->window.size < slots_of(&t->limits) || o->limits.every != t->limits.every)
			continue;
		t->window = o->window;
		t->verdict = o->verdict;
		t->due = o->due;
		/* Another way to the same target: what is under way says nothing any more. */
		if (o->ifindex != t->ifindex || !ip_addr_eq(&o->src, &t->src))
			window_reset(&t->window);
		o->window.slot = NULL;
		return 0;
	}
	begin(old, uplink, t);
	return window_init(&t->window, slots_of(&t->limits));
}

static const struct ip_addr *source(const struct uplink_family *f)
{
	return f->address_n ? &f->address[0].addr : NULL;
}

static int add_targets(struct prober *p, struct prober *old, const struct uplink_state *u,
		       unsigned way, uint64_t now)
{
	for (unsigned c = 0; c < u->config->check_n; c++) {
		const struct check_config *k = &u->config->check[c];
		for (size_t i = 0; i < k->target_n; i++) {
			const struct uplink_family *f =
				k->target[i].family == AF_INET ? &u->v4 : &u->v6;
			/* Without an address, or an interface, there is nothing to ask from. */
			if (!f->present || !source(f) || !u->link->h.ifi_index)
				continue;
			struct target *t = &p->target[p->target_n];
			*t = (struct target){.addr = k->target[i],
					     .src = *source(f),
					     .ifindex = u->link->h.ifi_index,
					     .uplink = way,
					     .check = c,
					     .limits = limits_of(k),
					     .due = now + p->target_n * 997 % k->every};
			if (take_target(old, u->config->name, t) < 0)
				return -ENOMEM;
			p->target_n++;
		}
	}
	return 0;
}

/* True if it could carry traffic if no check said otherwise. */
static bool has_carrier(const struct uplink_family *f)
{
	return f->usable || (f->why && f->why == f->health);
}

static int take_way(struct way *w, struct prober *old, const struct uplink_state *u)
{
	for (size_t i = 0; i < old->way_n; i++)
		if (!strcmp(old->way[i].name, u->config->name)) {
			struct way *o = &old->way[i];
			w->flap = o->flap;
			w->held = o->held;
			w->down = o->down;
			memcpy(w->why, o->why, sizeof(w->why));
		}
	w->check_n = (unsigned)u->config->check_n;
	w->carrier[0] = has_carrier(&u->v4);
	w->carrier[1] = has_carrier(&u->v6);
	w->name = strdup(u->config->name);
	return w->name ? 0 : -ENOMEM;
}

static void free_lists(struct prober *p)
{
	for (size_t i = 0; i < p->target_n; i++)
		window_free(&p->target[i].window);
	for (size_t i = 0; i < p->way_n; i++)
		free(p->way[i].name);
	free(p->target);
	free(p->way);
	free(p->health);
}

static int fill(struct prober *p, struct prober *old, const struct desired *d)
{
	size_t targets = 0;

	for (size_t i = 0; i < d->uplink_n; i++)
		for (size_t c = 0; c < d->uplink[i].config->check_n; c++)
			targets += d->uplink[i].config->check[c].target_n;
	p->target = calloc(targets + 1, sizeof(*p->target));
	p->way = calloc(d->uplink_n + 1, sizeof(*p->way));
	p->health = calloc(d->uplink_n + 1, sizeof(*p->health));
	int rc = p->target && p->way && p->health ? 0 : -ENOMEM;
	uint64_t now = now_us();
	for (unsigned i = 0; !rc && i < d->uplink_n; i++) {
		rc = take_way(&p->way[p->way_n], old, &d->uplink[i]);
		if (!rc)
			rc = add_targets(p, old, &d->uplink[i], (unsigned)p->way_n++, now);
	}
	return rc;
}

/* Everything is there again that probes need. */
static void end_doubt(struct prober *p)
{
	for (size_t i = 0; p->doubt && i < p->target_n; i++)
		window_excuse(&p->target[i].window);
	p->doubt = NO_DOUBT;
}

int prober_set(struct prober *p, const struct desired *d, struct err *e)
{
	end_doubt(p);
	struct prober old = *p;

	p->target = NULL;
	p->way = NULL;
	p->health = NULL;
	p->target_n = p->way_n = 0;
	int rc = fill(p, &old, d);
	free_lists(&old);
	if (rc < 0)
		return err_errno(e, rc, "probes");
	/* Who has carrier has changed perhaps, and so what is left. */
	uv_timer_start(&p->timer, tick, 0, 0);
	return 0;
}

int prober_recall(struct prober *p, const struct way_health *health, size_t n, struct err *e)
{
	p->way = calloc(n + 1, sizeof(*p->way));
	p->health = calloc(n + 1, sizeof(*p->health));
	if (!p->way || !p->health)
		return err_errno(e, -ENOMEM, "probes");
	for (size_t i = 0; i < n; i++) {
		struct way *w = &p->way[p->way_n];
		w->recalled = true;
		w->down = health[i].why4 || health[i].why6;
		snprintf(w->why[0], sizeof(w->why[0]), "%s", health[i].why4 ? health[i].why4 : "");
		snprintf(w->why[1], sizeof(w->why[1]), "%s", health[i].why6 ? health[i].why6 : "");
		w->name = strdup(health[i].uplink);
		if (!w->name)
			return err_errno(e, -ENOMEM, "probes");
		p->way_n++;
	}
	return 0;
}

/* Life */

static void closed(uv_handle_t *h)
{
	struct prober *p = h->data;

	if (--p->handles)
		return;
	pinger_close(p->pinger);
	free_lists(p);
	free(p);
}

static void start(struct prober *p, unsigned which, int fd)
{
	if (fd < 0)
		return;
	uv_poll_init(p->loop, &p->poll[which], fd);
	p->poll[which].data = p;
	p->handles++;
	uv_poll_start(&p->poll[which], UV_READABLE, readable);
}

int prober_open(struct prober **ret, uv_loop_t *loop, prober_fn *changed, void *arg, struct err *e)
{
	struct prober *p = calloc(1, sizeof(*p));

	if (!p)
		return err_errno(e, -ENOMEM, "probes");
	*p = (struct prober){.loop = loop, .changed = changed, .arg = arg};
	int rc = pinger_open(&p->pinger, e);
	if (rc < 0) {
		free(p);
		return rc;
	}
	uv_timer_init(loop, &p->timer);
	p->timer.data = p;
	p->handles = 1;
	start(p, 0, pinger_fd(p->pinger, AF_INET));
	start(p, 1, pinger_fd(p->pinger, AF_INET6));
	*ret = p;
	return 0;
}

void prober_close(struct prober *p)
{
	if (!p)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (p->poll[i].data)
			uv_close((uv_handle_t *)&p->poll[i], closed);
	uv_close((uv_handle_t *)&p->timer, closed);
}

/* What is shown. */

static bool answers_better(const struct prober_figures *a, const struct prober_figures *b)
{
	return a->loss != b->loss ? a->loss < b->loss : a->rtt < b->rtt;
}

bool prober_figures(const struct prober *p, const char *uplink, uint8_t family,
		    struct prober_figures *ret)
{
	bool found = false;

	for (size_t i = 0; i < p->target_n; i++) {
		const struct target *t = &p->target[i];
		if (t->addr.family != family || strcmp(p->way[t->uplink].name, uplink) != 0)
			continue;
		struct window_stats s = window_stats(&t->window, t->limits.window);
		struct prober_figures f = {s.latency, s.jitter, (uint16_t)s.loss, s.sent};
		if (!s.sent || (found && !answers_better(&f, ret)))
			continue;
		*ret = f;
		found = true;
	}
	return found;
}
