/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main process's side: it says what there is to probe (prober_wire.h), keeps the verdicts, and
 * judges the uplinks by them (probe/judge.h). Verdicts outlive the process that found them: one
 * that is started anew gets them with its first list.
 */
#include "daemon/prober.h"

#include "base/cleanup.h"
#include "daemon/channel.h"
#include "daemon/events.h"
#include "daemon/http_child.h"
#include "daemon/log.h"
#include "daemon/prober_process.h"
#include "daemon/prober_terms.h"
#include "probe/judge.h"
#include "probe/page.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#define SECOND UINT64_C(1000000)
#define CALM   10 /* on a metered uplink: so much less often */
#define SLOTS  64 /* at least so many probes are remembered of a target */

struct prober {
	struct channel *channel;
	struct channel *http; /* while there is a check that needs it */
	int page[2];	      /* between it and the process that probes */
	uv_loop_t *loop;
	uv_timer_t timer;
	prober_fn *changed;
	void *arg;
	uint8_t *memory; /* what the process that probes writes */
	struct judge judge;
	struct prober_target *list; /* beside judge.target; `at` counts from the half's start */
	struct prober_terms *terms;
	size_t terms_n;
	uint32_t number;
	bool recalled; /* the judge's ways are those of an earlier daemon */
	bool doubt;
	struct way_health *health;
};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

/* Judgement */

static void tell(void *arg, const struct judge_news *n)
{
	static const char *const text[] = {
		[JUDGE_SUSPECT] = "every check of every uplink fails: the targets are suspect, "
				  "what has carrier stays in use",
		[JUDGE_AGAINST] = "", /* why */
		[JUDGE_GOOD] = "is good again",
		[JUDGE_LAST] = "is all that is left",
	};
	bool bad = n->what == JUDGE_SUSPECT || n->what == JUDGE_AGAINST;

	(void)arg;
	event_emit((struct event){.kind = n->what == JUDGE_SUSPECT ? EVENT_SUSPECT : EVENT_NOTE,
				  .level = bad ? EVENT_IS_WARNING : EVENT_IS_NOTICE,
				  .uplink = n->way ? n->way->name : NULL,
				  .family = n->family ? AF_INET6 : AF_INET},
		   "%s%s", text[n->what], n->what == JUDGE_AGAINST ? n->why : "");
}

static void judge(struct prober *p);

static void due(uv_timer_t *timer)
{
	judge(timer->data);
}

static void judge(struct prober *p)
{
	uint64_t now = now_us();
	bool turned = judge_all(&p->judge, now, tell, p);
	uint64_t next = judge_due(&p->judge, now);

	if (next != UINT64_MAX) {
		uv_update_time(p->loop);
		uv_timer_start(&p->timer, due, (next - now) / 1000 + 1, 0);
	}
	if (turned)
		p->changed(p->arg);
}

const struct way_health *prober_health(struct prober *p, size_t *n)
{
	for (size_t i = 0; i < p->judge.way_n; i++) {
		const struct judge_way *w = &p->judge.way[i];
		p->health[i] = (struct way_health){w->name, *w->why[0] ? w->why[0] : NULL,
						   *w->why[1] ? w->why[1] : NULL};
	}
	*n = p->judge.way_n;
	return p->health;
}

/* What comes */

static void take_verdict(struct prober *p, const struct prober_verdict *v)
{
	if (v->list != p->number || v->index >= p->judge.target_n)
		return;
	struct judge_target *t = &p->judge.target[v->index];
	t->verdict = (struct verdict){v->health, v->why};
	judge_one(&p->judge, &p->judge.way[t->way], now_us());
	judge(p);
}

static void say_moved(struct prober *p, const struct prober_moved *m)
{
	char address[IP_ADDR_STRLEN];

	if (m->list != p->number || m->index >= p->judge.target_n)
		return;
	event_emit((struct event){.kind = EVENT_CHANGE,
				  .level = EVENT_IS_NOTICE,
				  .uplink = p->judge.way[p->judge.target[m->index].way].name,
				  .family = p->list[m->index].dst.family},
		   "%s answers as another machine: %02x:%02x:%02x:%02x:%02x:%02x",
		   ip_addr_str(&p->list[m->index].dst, address), m->mac[0], m->mac[1], m->mac[2],
		   m->mac[3], m->mac[4], m->mac[5]);
}

static void heard(void *arg, const union wire_message *m)
{
	struct prober *p = arg;

	switch (m->head.type) {
	case PROBER_VERDICT:
		take_verdict(p, (const struct prober_verdict *)m);
		break;
	case PROBER_APPEAL:
		p->changed(p->arg);
		break;
	case PROBER_MOVED:
		say_moved(p, (const struct prober_moved *)m);
		break;
	case PROBER_STRANGERS:
		log_line(LOG_WARN, "%llu messages were no answers to our probes: forged or damaged",
			 (unsigned long long)((const struct prober_strangers *)m)->n);
		break;
	}
}

/* What goes */

static void say_word(struct prober *p, uint32_t type)
{
	const struct prober_word w = {{type, sizeof(w)}};

	channel_send(p->channel, &w);
}

/* Where in the memory the list in force has its windows. */
static uint32_t half(const struct prober *p)
{
	return p->number % 2 * PROBER_HALF;
}

static void say_list(struct prober *p)
{
	const struct prober_begin b = {WIRE_HEAD(PROBER_BEGIN, b), p->number,
				       (uint32_t)p->judge.target_n, (uint32_t)p->terms_n};

	channel_send(p->channel, &b);
	for (size_t i = 0; i < p->terms_n; i++)
		channel_send(p->channel, &p->terms[i]);
	for (size_t i = 0; i < p->judge.target_n; i++) {
		struct prober_target t = p->list[i];
		t.at += half(p);
		t.health = (uint8_t)p->judge.target[i].verdict.health;
		t.why = (uint8_t)p->judge.target[i].verdict.why;
		channel_send(p->channel, &t);
	}
	say_word(p, PROBER_END);
}

static void started(void *arg, struct channel *c)
{
	struct prober *p = arg;

	p->channel = c;
	say_list(p);
	if (p->doubt)
		say_word(p, PROBER_DOUBT);
}

static int child(int fd, void *arg)
{
	page_use(((struct prober *)arg)->page[0]);
	return prober_process(fd, ((struct prober *)arg)->memory);
}

void prober_damp(struct prober *p, uint32_t ms)
{
	p->judge.half_life = ms * UINT64_C(1000);
}

void prober_doubt(struct prober *p)
{
	if (!p->doubt)
		say_word(p, PROBER_DOUBT);
	p->doubt = true;
}

/* Lists */

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
	return window_slots(most + late > SLOTS ? most + late : SLOTS);
}

static const struct ip_addr *source(const struct uplink_family *f)
{
	return f->address_n ? &f->address[0].addr : NULL;
}

/* A list being made, and the one that it takes the place of. */
struct making {
	struct prober *p;
	struct judge judge;
	struct prober_target *list;
	struct prober_terms *terms;
	size_t terms_n;
	size_t at; /* in the memory, of the next window */
	uint32_t next_id;
	bool used[PROBER_IDS]; /* by the list in force, or this one */
};

/* The lowest that neither list has: a late answer is never taken for another target's. */
static uint32_t new_id(struct making *m)
{
	while (m->used[m->next_id])
		m->next_id++;
	m->used[m->next_id] = true;
	return m->next_id;
}

/* Places from 1, in the list in force and in this one. */
static bool same_terms(const struct making *m, uint32_t old, uint32_t new)
{
	if (!old || !new)
		return old == new;
	return !memcmp(&m->p->terms[old - 1], &m->terms[new - 1], sizeof(*m->terms));
}

/* Its place, from 1; that of the target before if it is the same. 0: it needs none. */
static uint32_t add_terms(struct making *m, const struct check_config *c,
			  const struct check_target *asked)
{
	struct prober_terms *t = &m->terms[m->terms_n];

	if (!prober_terms_fill(c, asked, t))
		return 0;
	if (!m->terms_n || memcmp(t, t - 1, sizeof(*t)) != 0)
		m->terms_n++;
	return (uint32_t)m->terms_n;
}

/* The same target of the same uplink, as far as its window can go on: its place, or SIZE_MAX. */
static size_t find_old(const struct making *m, const struct judge_way *old, unsigned check,
		       const struct prober_target *t)
{
	const struct prober *p = m->p;

	for (size_t i = old->first; i < old->first + old->n; i++) {
		const struct prober_target *o = &p->list[i];
		if (p->judge.target[i].check == check && ip_addr_eq(&o->dst, &t->dst) &&
		    o->slots == t->slots && o->limits.every == t->limits.every &&
		    o->kind == t->kind && o->port == t->port && same_terms(m, o->terms, t->terms))
			return i;
	}
	return SIZE_MAX;
}

static void fill_target(struct making *m, struct prober_target *t, const struct uplink_state *u,
			const struct uplink_family *f, const struct check_config *k,
			const struct check_target *asked, const struct ip_addr *dst)
{
	memset(t, 0, sizeof(*t)); /* lists are compared byte by byte */
	t->head = (struct wire_head)WIRE_HEAD(PROBER_TARGET, *t);
	t->limits = limits_of(k);
	t->calm = u->config->metered && k->every < UINT32_MAX / CALM ? CALM * k->every : k->every;
	t->ifindex = u->link->h.ifi_index;
	t->src = *source(f);
	t->dst = *dst;
	t->slots = (uint16_t)slots_of(&t->limits);
	t->kind = (uint8_t)prober_kind(k->kind);
	t->port = asked->port;
	t->terms = add_terms(m, k, asked);
}

static int add_target(struct making *m, const struct uplink_state *u, const struct judge_way *old,
		      unsigned check, const struct check_target *asked, const struct ip_addr *dst)
{
	const struct check_config *k = &u->config->check[check];
	unsigned family = dst->family == AF_INET6;
	const struct uplink_family *f = family ? &u->v6 : &u->v4;
	struct prober *p = m->p;

	/* Without an address, or an interface, there is nothing to ask from. */
	if (!f->present || !source(f) || !u->link->h.ifi_index)
		return 0;
	struct prober_target *t = &m->list[m->judge.target_n];
	struct judge_target *j = &m->judge.target[m->judge.target_n++];
	fill_target(m, t, u, f, k, asked, dst);
	*j = (struct judge_target){(unsigned)(m->judge.way_n - 1),
				   check,
				   family,
				   k->quorum,
				   {HEALTH_UNKNOWN, WHY_NOTHING}};
	size_t i = old && !p->recalled ? find_old(m, old, check, t) : SIZE_MAX;
	if (i != SIZE_MAX)
		j->verdict = p->judge.target[i].verdict;
	else if (old && p->recalled && *old->why[family]) /* dead to an earlier daemon */
		j->verdict = (struct verdict){HEALTH_DOWN, WHY_SILENCE};
	t->id = i != SIZE_MAX ? p->list[i].id : new_id(m);
	t->at = (uint32_t)m->at;
	m->at += window_bytes(t->slots);
	return m->at <= PROBER_HALF && m->judge.target_n < PROBER_TARGETS_MAX ? 0 : -E2BIG;
}

/* Its gateways; there is none that could be asked where there are no link-layer addresses. */
static int add_gateways(struct making *m, const struct uplink_state *u, const struct judge_way *old,
			unsigned check)
{
	const struct check_target *asked = u->config->check[check].target;
	const struct uplink_family *const families[] = {&u->v4, &u->v6};
	int rc = 0;

	for (size_t i = 0; !rc && i < 2 && u->link->h.ifi_type == ARPHRD_ETHER; i++)
		if (families[i]->gateway.family)
			rc = add_target(m, u, old, check, asked, &families[i]->gateway);
	return rc;
}

static int add_check(struct making *m, const struct uplink_state *u, const struct judge_way *old,
		     unsigned check)
{
	const struct check_config *k = &u->config->check[check];
	/* A host known by name is asked for its IPv4 address if the uplink has IPv4. */
	const struct ip_addr any = {.family = u->v4.present ? AF_INET : AF_INET6};
	int rc = 0;

	if (k->kind == CHECK_GATEWAY)
		return add_gateways(m, u, old, check);
	for (size_t i = 0; !rc && i < k->target_n; i++) {
		const struct check_target *t = &k->target[i];
		rc = add_target(m, u, old, check, t, t->addr.family ? &t->addr : &any);
	}
	return rc;
}

/* True if it could carry traffic if no check said otherwise. */
static bool has_carrier(const struct uplink_family *f)
{
	return f->usable || (f->why && f->why == f->health);
}

static int add_way(struct making *m, const struct uplink_state *u)
{
	const struct judge_way *old = judge_find(&m->p->judge, u->config->name, m->judge.way_n);
	struct judge_way *w = &m->judge.way[m->judge.way_n];
	int rc = 0;

	w->name = strdup(u->config->name);
	if (!w->name)
		return -ENOMEM;
	m->judge.way_n++;
	w->check_n = (unsigned)u->config->check_n;
	w->carrier[0] = has_carrier(&u->v4);
	w->carrier[1] = has_carrier(&u->v6);
	w->hold = u->config->hold * UINT64_C(1000);
	w->first = m->judge.target_n;
	if (old)
		judge_take(w, old);
	for (unsigned c = 0; !rc && c < w->check_n; c++)
		rc = add_check(m, u, old, c);
	w->n = m->judge.target_n - w->first;
	return rc;
}

static int make_list(struct making *m, const struct desired *d)
{
	size_t targets = 0;
	int rc = 0;

	for (size_t i = 0; i < d->uplink_n; i++)
		for (size_t c = 0; c < d->uplink[i].config->check_n; c++)
			targets += 2 * d->uplink[i].config->check[c].target_n; /* two families */
	m->judge.target = calloc(targets + 1, sizeof(*m->judge.target));
	m->judge.way = calloc(d->uplink_n + 1, sizeof(*m->judge.way));
	m->list = calloc(targets + 1, sizeof(*m->list));
	m->terms = calloc(targets + 1, sizeof(*m->terms));
	if (!m->judge.target || !m->judge.way || !m->list || !m->terms)
		return -ENOMEM;
	if (targets > 2 * PROBER_TARGETS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < m->p->judge.target_n; i++)
		m->used[m->p->list[i].id] = true;
	for (size_t i = 0; !rc && i < d->uplink_n; i++)
		rc = add_way(m, &d->uplink[i]);
	return rc;
}

static bool is_same_list(const struct making *m)
{
	size_t n = m->judge.target_n;

	return n == m->p->judge.target_n && m->terms_n == m->p->terms_n &&
	       !memcmp(m->list, m->p->list, n * sizeof(*m->list)) &&
	       (!m->terms_n || !memcmp(m->terms, m->p->terms, m->terms_n * sizeof(*m->terms)));
}

/* What was made takes the place of what there was; says whether there is something to tell. */
static bool put_in_force(struct making *m, struct way_health *health)
{
	struct prober *p = m->p;
	bool same = !p->recalled && is_same_list(m);

	m->judge.half_life = p->judge.half_life;
	memcpy(m->judge.suspect, p->judge.suspect, sizeof(m->judge.suspect));
	judge_free(&p->judge);
	free(p->list);
	free(p->terms);
	free(p->health);
	p->judge = m->judge;
	p->list = m->list;
	p->terms = m->terms;
	p->terms_n = m->terms_n;
	p->health = health;
	p->recalled = false;
	p->number += !same;
	return !same;
}

/* The program that fetches pages is there as long as somebody asks for one. */
static void set_http(struct prober *p)
{
	struct err e = ERR_INIT;
	bool want = false;

	for (size_t i = 0; i < p->judge.target_n; i++)
		want |= p->list[i].kind == PROBE_HTTP;
	if (want && !p->http) {
		if (http_child_open(&p->http, p->loop, p->page[1], &e) < 0)
			log_err("checks by http", &e);
	} else if (!want) {
		channel_close(p->http);
		p->http = NULL;
	}
}

int prober_set(struct prober *p, const struct desired *d, struct err *e)
{
	struct making m = {.p = p};
	struct way_health *health = calloc(d->uplink_n + 1, sizeof(*health));
	int rc = health ? make_list(&m, d) : -ENOMEM;

	if (rc < 0) {
		judge_free(&m.judge);
		free(m.list);
		free(m.terms);
		free(health);
		return rc == -E2BIG ? err_set(e, rc, "more than can be probed")
				    : err_errno(e, rc, "probes");
	}
	if (put_in_force(&m, health)) {
		set_http(p);
		say_list(p);
	}
	if (p->doubt)
		say_word(p, PROBER_CLEAR);
	p->doubt = false;
	for (size_t i = 0; i < p->judge.way_n; i++)
		judge_one(&p->judge, &p->judge.way[i], now_us());
	/* Who has carrier has changed perhaps, and so what is left. */
	uv_timer_start(&p->timer, due, 0, 0);
	return 0;
}

int prober_recall(struct prober *p, const struct way_health *health, size_t n, struct err *e)
{
	p->judge.way = calloc(n + 1, sizeof(*p->judge.way));
	p->health = calloc(n + 1, sizeof(*p->health));
	if (!p->judge.way || !p->health)
		return err_errno(e, -ENOMEM, "probes");
	for (size_t i = 0; i < n; i++) {
		struct judge_way *w = &p->judge.way[i];
		w->down = health[i].why4 || health[i].why6;
		snprintf(w->why[0], sizeof(w->why[0]), "%s", health[i].why4 ? health[i].why4 : "");
		snprintf(w->why[1], sizeof(w->why[1]), "%s", health[i].why6 ? health[i].why6 : "");
		w->name = strdup(health[i].uplink);
		if (!w->name)
			return err_errno(e, -ENOMEM, "probes");
		p->judge.way_n++;
	}
	p->recalled = true;
	return 0;
}

/* What is shown */

bool prober_view(const struct prober *p, const char *uplink, size_t nth, struct prober_view *ret)
{
	const struct judge_way *w = judge_find(&p->judge, uplink, 0);

	if (!w || nth >= w->n)
		return false;
	const struct prober_target *t = &p->list[w->first + nth];
	const struct judge_target *j = &p->judge.target[w->first + nth];
	union {
		struct window w;
		uint8_t bytes[sizeof(struct window) + WINDOW_MAX * sizeof(struct window_slot)];
	} copy;
	/* The other process writes there: what is looked at is a copy, and of the size we know. */
	memcpy(copy.bytes, p->memory + half(p) + t->at, window_bytes(t->slots));
	copy.w.size = t->slots;
	struct window_stats s = window_stats(&copy.w, t->limits.window);
	*ret = (struct prober_view){.target = t->dst,
				    .check = j->check,
				    .verdict = j->verdict,
				    .sent = s.sent,
				    .rtt = s.latency,
				    .jitter = s.jitter,
				    .loss = (uint16_t)s.loss};
	ret->history_n = window_history(&copy.w, ret->history, PROBER_HISTORY);
	return true;
}

static bool answers_better(const struct prober_figures *a, const struct prober_figures *b)
{
	return a->loss != b->loss ? a->loss < b->loss : a->rtt < b->rtt;
}

bool prober_figures(const struct prober *p, const char *uplink, uint8_t family,
		    struct prober_figures *ret)
{
	struct prober_view v;
	bool found = false;

	for (size_t i = 0; prober_view(p, uplink, i, &v); i++) {
		struct prober_figures f = {v.rtt, v.jitter, v.loss, v.sent};
		if (v.target.family != family || !v.sent || (found && !answers_better(&f, ret)))
			continue;
		*ret = f;
		found = true;
	}
	return found;
}

/* Life */

static void prober_free(struct prober *p)
{
	judge_free(&p->judge);
	free(p->terms);
	free(p->list);
	free(p->health);
	if (p->memory)
		munmap(p->memory, 2 * PROBER_HALF);
	free_fd(&p->page[0]);
	free_fd(&p->page[1]);
	free(p);
}

static void closed(uv_handle_t *h)
{
	prober_free(h->data);
}

/* What the processes share. */
static int open_shared(struct prober *p, struct err *e)
{
	void *memory = mmap(NULL, 2 * PROBER_HALF, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return err_errno(e, -errno, "memory for probes");
	p->memory = memory;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, p->page) < 0)
		return err_errno(e, -errno, "socket for pages");
	return 0;
}

int prober_open(struct prober **ret, uv_loop_t *loop, prober_fn *changed, void *arg, struct err *e)
{
	struct prober *p = calloc(1, sizeof(*p));

	if (!p)
		return err_errno(e, -ENOMEM, "probes");
	*p = (struct prober){.loop = loop, .changed = changed, .arg = arg, .page = {-1, -1}};
	int rc = open_shared(p, e);
	const struct channel_role role = {.name = "prober",
					  .child = child,
					  .keep = {p->page[0]},
					  .in = prober_out,
					  .heard = heard,
					  .started = started,
					  .arg = p};
	if (!rc)
		rc = channel_open(&p->channel, loop, &role, e);
	if (rc < 0) {
		prober_free(p);
		return rc;
	}
	uv_timer_init(loop, &p->timer);
	p->timer.data = p;
	*ret = p;
	return 0;
}

void prober_close(struct prober *p)
{
	if (!p)
		return;
	channel_close(p->http);
	channel_close(p->channel);
	uv_close((uv_handle_t *)&p->timer, closed);
}
