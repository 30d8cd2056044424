/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main process's side: it says what there is to probe (prober_wire.h), keeps the verdicts, and
 * judges the uplinks by them (probe/judge.h). Verdicts outlive the process that found them: one
 * that is started anew gets them with its first list.
 */
#include "daemon/prober.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "daemon/channel.h"
#include "daemon/children.h"
#include "daemon/events.h"
#include "daemon/log.h"
#include "daemon/prober_list.h"
#include "daemon/prober_process.h"
#include "probe/names.h"
#include "probe/page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000)

struct prober {
	struct channel *channel;
	struct channel *http; /* while there is a check that needs it */
	int page[2];	      /* between it and the process that probes */
	struct starter *starter;
	uv_timer_t timer;
	prober_fn *changed;
	void *arg;
	int shared;
	uint8_t *memory; /* `shared`, which the process that probes writes */
	struct prober_list list;
	uint32_t number;
	bool doubt;
	/* What prober_health() and prober_past() give out. */
	struct shown {
		struct way_health *health;
		struct daemon_past *past;
	} shown;
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
		[JUDGE_SUSPECT] = ("every check of every uplink fails: the targets are suspect, "
				   "what has carrier stays in use"),
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
	bool turned = judge_all(&p->list.judge, now, tell, p);
	uint64_t next = judge_due(&p->list.judge, now);

	if (next != UINT64_MAX) {
		uv_update_time(starter_loop(p->starter));
		uv_timer_start(&p->timer, due, (next - now) / 1000 + 1, 0);
	}
	if (turned)
		p->changed(p->arg);
}

const struct way_health *prober_health(struct prober *p, size_t *n)
{
	for (size_t i = 0; i < p->list.judge.way_n; i++) {
		const struct judge_way *w = &p->list.judge.way[i];
		p->shown.health[i] = (struct way_health){w->name, *w->why[0] ? w->why[0] : NULL,
							 *w->why[1] ? w->why[1] : NULL};
	}
	*n = p->list.judge.way_n;
	return p->shown.health;
}

struct daemon_past *prober_past(struct prober *p)
{
	for (size_t i = 0; i < p->list.judge.way_n; i++) {
		const struct flap *f = &p->list.judge.way[i].flap;
		p->shown.past[i] = (struct daemon_past){
			.penalty = (uint64_t)f->penalty, .at = f->at, .held = f->held};
	}
	return p->shown.past;
}

/* What comes */

static void take_verdict(struct prober *p, const struct prober_verdict *v)
{
	if (v->list != p->number || v->index >= p->list.judge.target_n)
		return;
	struct judge_target *t = &p->list.judge.target[v->index];
	t->verdict = (struct verdict){v->health, v->why, v->figure};
	judge_one(&p->list.judge, &p->list.judge.way[t->way], now_us());
	judge(p);
}

static void say_moved(struct prober *p, const struct prober_moved *m)
{
	char address[IP_ADDR_STRLEN];

	if (m->list != p->number || m->index >= p->list.judge.target_n)
		return;
	event_emit(
		(struct event){.kind = EVENT_CHANGE,
			       .level = EVENT_IS_NOTICE,
			       .uplink = p->list.judge.way[p->list.judge.target[m->index].way].name,
			       .family = p->list.target[m->index].dst.family},
		"%s answers as another machine: %02x:%02x:%02x:%02x:%02x:%02x",
		ip_addr_str(&p->list.target[m->index].dst, address), m->mac[0], m->mac[1],
		m->mac[2], m->mac[3], m->mac[4], m->mac[5]);
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
				       (uint32_t)p->list.judge.target_n, (uint32_t)p->list.terms_n};

	channel_send(p->channel, &b);
	for (size_t i = 0; i < p->list.terms_n; i++)
		channel_send(p->channel, &p->list.terms[i]);
	for (size_t i = 0; i < p->list.judge.target_n; i++) {
		struct prober_target t = p->list.target[i];
		t.at += half(p);
		t.health = (uint8_t)p->list.judge.target[i].verdict.health;
		t.why = (uint8_t)p->list.judge.target[i].verdict.why;
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

void prober_damp(struct prober *p, uint32_t ms)
{
	p->list.judge.half_life = ms * UINT64_C(1000);
}

void prober_doubt(struct prober *p)
{
	if (!p->doubt)
		say_word(p, PROBER_DOUBT);
	p->doubt = true;
}

/* Lists */

static int make_shown(struct shown *s, size_t n)
{
	s->health = calloc(n + 1, sizeof(*s->health));
	s->past = calloc(n + 1, sizeof(*s->past));
	return s->health && s->past ? 0 : -ENOMEM;
}

static void free_shown(struct shown *s)
{
	free(s->health);
	free(s->past);
}

/* What was made takes the place of what there was; says whether there is something to tell. */
static bool put_in_force(struct prober *p, const struct prober_list *list,
			 const struct shown *shown)
{
	bool same = !p->list.recalled && prober_list_is_same(list, &p->list);

	prober_list_free(&p->list);
	free_shown(&p->shown);
	p->list = *list;
	p->shown = *shown;
	p->number += !same;
	return !same;
}

/* The program that fetches pages is there as long as somebody asks for one. */
static void set_http(struct prober *p)
{
	const struct channel_role role = {
		.kind = CHILD_HTTP, .give = {p->page[1]}, .give_n = 1}; /* it says nothing */
	struct err e = ERR_INIT;
	bool want = false;

	for (size_t i = 0; i < p->list.judge.target_n; i++)
		want |= p->list.target[i].kind == PROBE_HTTP;
	if (want && !p->http) {
		if (channel_open(&p->http, p->starter, &role, &e) < 0)
			log_err("checks by http", &e);
	} else if (!want) {
		channel_close(p->http);
		p->http = NULL;
	}
}

/* As the system's name servers are now: they change with the uplinks. */
static int make_list(const struct prober *p, const struct desired *d, struct prober_list *ret)
{
	CLEANUP(arena_free) struct arena a = {NULL};
	char *text;
	size_t len;

	if (file_read(&a, NAMES_SYSTEM, &text, &len, NULL) < 0)
		text = "";
	return prober_list_make(ret, &p->list, d, text);
}

int prober_set(struct prober *p, const struct desired *d, struct err *e)
{
	struct prober_list list = {.terms_n = 0};
	struct shown shown;
	int rc = make_shown(&shown, d->uplink_n);

	if (!rc)
		rc = make_list(p, d, &list);
	if (rc < 0) {
		free_shown(&shown);
		return rc == -E2BIG ? err_set(e, rc, "more than can be probed")
				    : err_errno(e, rc, "probes");
	}
	if (put_in_force(p, &list, &shown)) {
		set_http(p);
		say_list(p);
	}
	if (p->doubt)
		say_word(p, PROBER_CLEAR);
	p->doubt = false;
	for (size_t i = 0; i < p->list.judge.way_n; i++)
		judge_one(&p->list.judge, &p->list.judge.way[i], now_us());
	/* Who has carrier has changed perhaps, and so what is left. */
	uv_timer_start(&p->timer, due, 0, 0);
	return 0;
}

int prober_recall(struct prober *p, const struct way_health *health, const struct daemon_past *past,
		  size_t n, struct err *e)
{
	p->list.judge.way = calloc(n + 1, sizeof(*p->list.judge.way));
	if (!p->list.judge.way || make_shown(&p->shown, n) < 0)
		return err_errno(e, -ENOMEM, "probes");
	for (size_t i = 0; i < n; i++) {
		struct judge_way *w = &p->list.judge.way[i];
		w->down = health[i].why4 || health[i].why6;
		/* A time to come is of another boot. */
		if (past[i].at <= now_us())
			w->flap = (struct flap){(double)past[i].penalty, past[i].at, past[i].held};
		snprintf(w->why[0], sizeof(w->why[0]), "%s", health[i].why4 ? health[i].why4 : "");
		snprintf(w->why[1], sizeof(w->why[1]), "%s", health[i].why6 ? health[i].why6 : "");
		w->name = strdup(health[i].uplink);
		if (!w->name)
			return err_errno(e, -ENOMEM, "probes");
		p->list.judge.way_n++;
	}
	p->list.recalled = true;
	return 0;
}

/* What is shown */

bool prober_view(const struct prober *p, const char *uplink, size_t nth, struct prober_view *ret)
{
	const struct judge_way *w = judge_find(&p->list.judge, uplink, 0);

	if (!w || nth >= w->n)
		return false;
	const struct prober_target *t = &p->list.target[w->first + nth];
	const struct judge_target *j = &p->list.judge.target[w->first + nth];
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

bool prober_is_silent(const struct prober *p, const char *uplink, size_t nth, unsigned f)
{
	const struct judge_way *w = judge_find(&p->list.judge, uplink, nth);

	return w && w->verdict[f].health == HEALTH_DOWN && w->verdict[f].why == WHY_SILENCE;
}

/* Life */

static void prober_free(struct prober *p)
{
	prober_list_free(&p->list);
	free_shown(&p->shown);
	if (p->memory)
		munmap(p->memory, 2 * PROBER_HALF);
	free_fd(&p->shared);
	free_fd(&p->page[0]);
	free_fd(&p->page[1]);
	free(p);
}

static void closed(uv_handle_t *h)
{
	prober_free(h->data);
}

/* Its size is for good: a page that the other process took away would be our end. */
static int open_memory(size_t size)
{
	int fd = memfd_create("multihomed probes", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && ftruncate(fd, (off_t)size) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	int rc = -errno;
	free_fd(&fd);
	return rc;
}

/* What the processes share. */
static int open_shared(struct prober *p, struct err *e)
{
	p->shared = open_memory(2 * PROBER_HALF);
	if (p->shared < 0)
		return err_errno(e, p->shared, "memory for probes");
	void *memory =
		mmap(NULL, 2 * PROBER_HALF, PROT_READ, MAP_SHARED | MAP_NORESERVE, p->shared, 0);
	if (memory == MAP_FAILED)
		return err_errno(e, -errno, "memory for probes");
	p->memory = memory;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, p->page) < 0)
		return err_errno(e, -errno, "socket for pages");
	return 0;
}

int prober_open(struct prober **ret, struct starter *s, prober_fn *changed, void *arg,
		struct err *e)
{
	struct prober *p = calloc(1, sizeof(*p));

	if (!p)
		return err_errno(e, -ENOMEM, "probes");
	*p = (struct prober){
		.starter = s, .changed = changed, .arg = arg, .shared = -1, .page = {-1, -1}};
	int rc = open_shared(p, e);
	const struct channel_role role = {.kind = CHILD_PROBER,
					  .give = {p->page[0], p->shared},
					  .give_n = 2,
					  .in = prober_out,
					  .heard = heard,
					  .started = started,
					  .arg = p};
	if (!rc)
		rc = channel_open(&p->channel, s, &role, e);
	if (rc < 0) {
		prober_free(p);
		return rc;
	}
	uv_timer_init(starter_loop(s), &p->timer);
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
