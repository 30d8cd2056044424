/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/view.h"

#include "apply/confirm.h"
#include "daemon/events.h"
#include "daemon/log.h"
#include "daemon/traffic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define RATE_OVER 1000 /* milliseconds, at least */

/* What is remembered of an uplink, between two convergences. */
struct memory {
	char name[STATUS_NAME];
	struct daemon_use use[2];
	char *face[2]; /* its addresses and gateway, as far as this process has seen any */
};

struct view {
	const struct converge *converge;
	const struct prober *prober;
	const struct audit *audit;
	struct traffic *traffic;
	uint64_t started;
	struct memory *memory;
	size_t memory_n;
	char failure[STATUS_TEXT];
	struct stat state_file; /* as it was read last */
	bool unconfirmed;
	int64_t confirm_by;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int view_open(struct view **ret, const struct converge *c, const struct prober *p,
	      const struct audit *a, struct err *e)
{
	struct view *v = calloc(1, sizeof(*v));

	if (!v)
		return err_errno(e, -ENOMEM, "status");
	*v = (struct view){.converge = c, .prober = p, .audit = a, .started = now_ms()};
	int rc = traffic_open(&v->traffic, e);
	if (rc < 0)
		view_close(v);
	else
		*ret = v;
	return rc;
}

static void forget(struct memory *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(m[i].face[0]);
		free(m[i].face[1]);
	}
	free(m);
}

void view_close(struct view *v)
{
	if (!v)
		return;
	traffic_close(v->traffic);
	forget(v->memory, v->memory_n);
	free(v);
}

static const struct uplink_family *family_of(const struct uplink_state *u, unsigned f)
{
	return f ? &u->v6 : &u->v4;
}

/* Memory */

/* "192.0.2.2/24 2001:db8::1/64 via 192.0.2.1" */
static char *face_of(const struct uplink_family *f)
{
	char text[IP_PREFIX_STRLEN];
	struct out o;

	out_init(&o, -1);
	for (size_t i = 0; i < f->address_n; i++)
		out_printf(&o, "%s%s", i ? " " : "", ip_prefix_str(&f->address[i], text));
	if (f->gateway.family)
		out_printf(&o, " via %s", ip_addr_str(&f->gateway, text));
	char *face = strdup(out_str(&o));
	out_free(&o);
	return face;
}

/* As a rule at the place that the uplink has in the configuration. */
static struct memory *memory_of(const struct view *v, const char *name, size_t place)
{
	if (place < v->memory_n && !strcmp(v->memory[place].name, name))
		return &v->memory[place];
	for (size_t i = 0; i < v->memory_n; i++)
		if (!strcmp(v->memory[i].name, name))
			return &v->memory[i];
	return NULL;
}

/* What has no address is out of use, which is said elsewhere. */
static void compare_faces(const char *uplink, unsigned f, const char *was, const char *is)
{
	struct event e = {.kind = EVENT_CHANGE,
			  .level = EVENT_IS_NOTICE,
			  .uplink = uplink,
			  .family = f ? AF_INET6 : AF_INET};

	if (was && is && *was && *is && strcmp(was, is) != 0)
		event_emit(e, "now %s, was %s", is, was);
}

static void take_family(struct memory *m, struct memory *was, const struct uplink_state *u,
			unsigned f, uint64_t now)
{
	bool usable = family_of(u, f)->usable;

	m->use[f] = (struct daemon_use){.known = true, .usable = usable, .since = now};
	m->face[f] = face_of(family_of(u, f));
	if (!was || !was->use[f].known)
		return;
	m->use[f].failovers = was->use[f].failovers + (was->use[f].usable && !usable);
	if (was->use[f].usable == usable)
		m->use[f].since = was->use[f].since;
	compare_faces(m->name, f, was->face[f], m->face[f]);
}

static void take_memory(struct view *v, const struct desired *d)
{
	struct memory *all = calloc(d->uplink_n + 1, sizeof(*all));
	uint64_t now = now_ms();

	if (!all)
		return;
	for (size_t i = 0; i < d->uplink_n; i++) {
		const struct uplink_state *u = &d->uplink[i];
		struct memory *was = memory_of(v, u->config->name, i);
		snprintf(all[i].name, sizeof(all[i].name), "%s", u->config->name);
		take_family(&all[i], was, u, 0, now);
		take_family(&all[i], was, u, 1, now);
	}
	forget(v->memory, v->memory_n);
	v->memory = all;
	v->memory_n = d->uplink_n;
}

void view_past(const struct view *v, const char *uplink, struct daemon_past *ret)
{
	const struct memory *m = memory_of(v, uplink, 0);

	if (m)
		memcpy(ret->use, m->use, sizeof(ret->use));
}

int view_recall(struct view *v, const struct way_health *health, const struct daemon_past *past,
		size_t n, struct err *e)
{
	uint64_t now = now_ms();

	v->memory = calloc(n + 1, sizeof(*v->memory));
	if (!v->memory)
		return err_errno(e, -ENOMEM, "status");
	for (size_t i = 0; i < n; i++) {
		struct memory *m = &v->memory[i];
		snprintf(m->name, sizeof(m->name), "%s", health[i].uplink);
		memcpy(m->use, past[i].use, sizeof(m->use));
		/* A time to come cannot be of this clock. */
		for (unsigned f = 0; f < 2; f++)
			if (m->use[f].since > now)
				m->use[f].since = now;
	}
	v->memory_n = n;
	return 0;
}

void view_converged(struct view *v, const char *failure)
{
	snprintf(v->failure, sizeof(v->failure), "%s", failure);
	if (v->converge->has_desired)
		take_memory(v, &v->converge->desired);
}

void view_sample(struct view *v)
{
	struct err e = ERR_INIT;

	if (traffic_sample(v->traffic, now_ms(), RATE_OVER, &e) < 0)
		log_err("counters", &e);
}

/* Status */

static void fill_share(struct status_family *s, const struct desired *d, unsigned uplink,
		       unsigned f)
{
	uint64_t total = 0, mine = 0;

	for (size_t i = 0; i < d->share_n[f]; i++) {
		total += d->share[f][i].weight;
		if (d->share[f][i].uplink == uplink)
			mine += d->share[f][i].weight;
	}
	s->balanced = total != 0;
	s->share = (uint16_t)(total ? (mine * 1000 + total / 2) / total : 0);
}

static void fill_addresses(struct status_family *s, const struct uplink_family *f)
{
	char text[IP_PREFIX_STRLEN];

	s->address_n = (uint32_t)f->address_n;
	for (size_t i = 0; i < f->address_n && i < STATUS_ADDRESSES; i++)
		snprintf(s->address[i], STATUS_ADDRESS, "%s", ip_prefix_str(&f->address[i], text));
	if (f->gateway.family)
		snprintf(s->gateway, STATUS_ADDRESS, "%s", ip_addr_str(&f->gateway, text));
}

static void fill_family(struct view *v, struct status_uplink *s, unsigned i, unsigned f,
			uint64_t now)
{
	const struct uplink_state *u = &v->converge->desired.uplink[i];
	struct status_family *sf = &s->family[f];
	const struct uplink_family *uf = family_of(u, f);
	const struct memory *m = memory_of(v, u->config->name, i);
	struct prober_figures g;

	sf->present = uf->present;
	sf->usable = uf->usable;
	snprintf(sf->why, sizeof(sf->why), "%s", uf->why ? uf->why : "");
	fill_addresses(sf, uf);
	if (m && m->use[f].known) {
		sf->since = now - m->use[f].since;
		sf->failovers = m->use[f].failovers;
	}
	if (prober_figures(v->prober, u->config->name, f ? AF_INET6 : AF_INET, &g)) {
		sf->checked = true;
		sf->loss = g.loss;
		sf->rtt = g.rtt;
		sf->jitter = g.jitter;
	}
}

static void fill_uplink(struct view *v, struct status_uplink *s, unsigned i, uint64_t now)
{
	const struct desired *d = &v->converge->desired;
	const struct uplink_state *u = &d->uplink[i];
	struct traffic_counters c;

	snprintf(s->name, sizeof(s->name), "%s", u->config->name);
	snprintf(s->interface, sizeof(s->interface), "%s", u->config->interface);
	s->table = u->table;
	s->mark = u->mark;
	s->weight = u->config->weight;
	s->hand = u->hand; /* the two enumerations are the same */
	for (unsigned f = 0; f < 2; f++) {
		fill_family(v, s, i, f, now);
		fill_share(&s->family[f], d, i, f);
	}
	if (!traffic_of(v->traffic, u->link->h.ifi_index, &c))
		return;
	s->counted = true;
	s->rx_bytes = c.rx_bytes;
	s->tx_bytes = c.tx_bytes;
	s->rx_rate = c.rx_rate;
	s->tx_rate = c.tx_rate;
}

/* What waits to be confirmed stands in the state's file, which the verbs write, too. */
static unsigned confirm_seconds(struct view *v)
{
	struct state s = {.no_wait = true};
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/state.json", v->converge->dir);
	if (stat(path, &st) < 0)
		return 0;
	if (st.st_ino != v->state_file.st_ino ||
	    st.st_mtim.tv_nsec != v->state_file.st_mtim.tv_nsec ||
	    st.st_mtim.tv_sec != v->state_file.st_mtim.tv_sec) {
		if (!state_open(&s, v->converge->dir, NULL)) {
			v->state_file = st;
			v->unconfirmed = s.unconfirmed;
			v->confirm_by = s.confirm_by;
			state_close(&s);
		}
	}
	struct state now = {.unconfirmed = v->unconfirmed, .confirm_by = v->confirm_by};
	return confirm_pending(&now);
}

static void fill_daemon(struct view *v, struct status_daemon *s, uint64_t now)
{
	const struct audit_found *found = audit_found(v->audit);
	const struct converge *c = v->converge;
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	s->time = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
	s->pid = (uint32_t)getpid();
	s->uptime = now - v->started;
	s->confirm_seconds = confirm_seconds(v);
	snprintf(s->version, sizeof(s->version), "%s", MH_VERSION);
	snprintf(s->config, sizeof(s->config), "%s", c->config_path);
	snprintf(s->failure, sizeof(s->failure), "%s", v->failure);
	s->proofs = found->number;
	/* Of a machine that is not as configured, nothing is said. */
	s->proof = *v->failure ? STATUS_PROOF_NONE : (uint32_t)found->state;
	snprintf(s->proof_text, sizeof(s->proof_text), "%s", *v->failure ? "" : found->text);
}

int view_status(struct view *v, struct status *ret, struct err *e)
{
	const struct converge *c = v->converge;
	size_t n = c->has_desired ? c->desired.uplink_n : 0;
	size_t warnings = c->has_desired ? c->desired.warning_n : 0;
	uint64_t now = now_ms();

	warnings = warnings < STATUS_WARNINGS ? warnings : STATUS_WARNINGS;
	*ret = (struct status){.uplink = calloc(n + 1, sizeof(*ret->uplink)),
			       .warning = calloc(warnings + 1, sizeof(*ret->warning))};
	if (!ret->uplink || !ret->warning) {
		status_free(ret);
		return err_errno(e, -ENOMEM, "status");
	}
	view_sample(v);
	fill_daemon(v, &ret->daemon, now);
	ret->daemon.uplink_n = (uint32_t)n;
	for (unsigned i = 0; i < n; i++)
		fill_uplink(v, &ret->uplink[i], i, now);
	ret->daemon.warning_n = (uint32_t)warnings;
	for (size_t i = 0; i < warnings; i++)
		snprintf(ret->warning[i].text, sizeof(ret->warning[i].text), "%s",
			 c->desired.warning[i]);
	return 0;
}
