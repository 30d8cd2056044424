/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/hooks.h"

#include "base/cleanup.h"
#include "daemon/channel.h"
#include "daemon/children.h"
#include "daemon/events.h"
#include "daemon/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct hooks {
	struct starter *starter;
	const struct converge *converge;
	struct channel *channel; /* NULL: no hooks */
};

#define ENDS(text) (memchr((text), 0, sizeof(text)) != NULL)

bool hook_run_is_sound(const void *message)
{
	const struct hook_run *m = message;

	return ENDS(m->hook) && ENDS(m->uplink) && ENDS(m->interface) && ENDS(m->family) &&
	       ENDS(m->event) && ENDS(m->state) && ENDS(m->time) && ENDS(m->why) && ENDS(m->run) &&
	       *m->hook && m->timeout;
}

bool hook_report_is_sound(const void *message)
{
	const struct hook_report *m = message;

	return ENDS(m->hook) && m->end <= HOOK_NOT_STARTED;
}

/* Reports */

static void heard(void *arg, const union wire_message *message)
{
	const struct hook_report *m = (const void *)message;
	struct event e = {.kind = EVENT_HOOK, .level = EVENT_IS_WARNING, .who = m->hook};

	(void)arg;
	switch (m->end) {
	case HOOK_EXITED:
		event_emit(e, "hook %s: ended with status %u", m->hook, m->value);
		break;
	case HOOK_SIGNALLED:
		event_emit(e, "hook %s: ended by signal %u", m->hook, m->value);
		break;
	case HOOK_TIMED_OUT:
		event_emit(e, "hook %s: took too long, and was killed", m->hook);
		break;
	case HOOK_DROPPED:
		event_emit(e, "hook %s: too many events wait for it: the oldest is dropped",
			   m->hook);
		break;
	default:
		event_emit(e, "hook %s: not run: %s", m->hook, strerror((int)m->value));
	}
}

/* Events */

static bool when_of(enum event_kind kind, enum hook_when *ret)
{
	*ret = kind == EVENT_UP ? HOOK_UP : kind == EVENT_DOWN ? HOOK_DOWN : HOOK_CHANGE;
	return kind == EVENT_UP || kind == EVENT_DOWN || kind == EVENT_CHANGE;
}

#define PUT(dst, ...) snprintf(dst, sizeof(dst), __VA_ARGS__)

static void describe(const struct hooks *h, const struct event *e, struct hook_run *m)
{
	const struct desired *d = &h->converge->desired;
	bool v6 = e->family == AF_INET6;

	PUT(m->uplink, "%s", e->uplink);
	PUT(m->family, "%s", v6 ? "ipv6" : "ipv4");
	PUT(m->event, "%s", event_kind_text(e->kind));
	PUT(m->time, "%lld", (long long)(e->time / 1000000));
	PUT(m->why, "%s", e->text);
	for (size_t i = 0; h->converge->has_desired && i < d->uplink_n; i++) {
		const struct uplink_state *u = &d->uplink[i];
		if (strcmp(u->config->name, e->uplink) != 0)
			continue;
		PUT(m->interface, "%s", u->config->interface);
		PUT(m->state, "%s", (v6 ? u->v6.usable : u->v4.usable) ? "up" : "down");
	}
}

static void happened(void *arg, const struct event *e)
{
	const struct hooks *h = arg;
	const struct config *c = &h->converge->config;
	enum hook_when when;

	if (!h->channel || !when_of(e->kind, &when))
		return;
	for (size_t i = 0; i < c->hook_n; i++) {
		const struct hook_config *k = &c->hook[i];
		struct hook_run m = {.head = WIRE_HEAD(HOOK_RUN, m), .timeout = k->timeout};
		if (!(k->on & 1u << when))
			continue;
		describe(h, e, &m);
		PUT(m.hook, "%s", k->name);
		PUT(m.run, "%s", k->run);
		channel_send(h->channel, &m);
	}
}

/* Life */

void hooks_configured(struct hooks *h)
{
	static const struct wire_type from_child[] = {
		[HOOK_REPORT] = {sizeof(struct hook_report), hook_report_is_sound}};
	const struct channel_role role = {.kind = CHILD_HOOKS,
					  .in = {from_child, ARRAY_SIZE(from_child)},
					  .heard = heard,
					  .arg = h};
	struct err e = ERR_INIT;

	if (!h->converge->config.hook_n) {
		channel_close(h->channel);
		h->channel = NULL;
	} else if (!h->channel && channel_open(&h->channel, h->starter, &role, &e) < 0) {
		log_err("hooks", &e);
	}
}

int hooks_open(struct hooks **ret, struct starter *s, const struct converge *c, struct err *e)
{
	struct hooks *h = calloc(1, sizeof(*h));

	if (!h)
		return err_errno(e, -ENOMEM, "hooks");
	*h = (struct hooks){.starter = s, .converge = c};
	events_listen(happened, h);
	*ret = h;
	return 0;
}

void hooks_close(struct hooks *h)
{
	if (!h)
		return;
	events_deafen(h);
	channel_close(h->channel);
	free(h);
}
