/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is read while others change it may be a machine that never was. So a failure counts when
 * another proof finds one, too, and nothing that concerns us has happened in between.
 *
 * A proof of a million routes takes a second or two, and there can be a convergence each second; so
 * it rests many times as long as it works.
 */
#include "daemon/audit.h"

#include "daemon/events.h"

#include <stdlib.h>
#include <string.h>

/* Milliseconds. */
#define REST 500 /* after a convergence, and before a failure is looked at again */
#define PART 20	 /* so many times as long as a proof took, until the next */

struct audit {
	uv_loop_t *loop;
	const struct converge *converge;
	uv_timer_t timer;
	struct proving *proving;
	uint64_t begun, next; /* the last one; none before this (the loop's clock) */
	bool suspect;	      /* the last one failed, the next one decides */
	bool again;	      /* there was a convergence since it has begun */
	struct audit_found found;
	char what[PROVING_TEXT]; /* a failure, without the packet that shows it */
};

static void say(enum event_level level, const char *what, const char *text)
{
	event_emit((struct event){.kind = EVENT_PROOF, .level = level}, "%s%s", what, text);
}

/* The same failure is not said twice, be it that another packet shows it. */
static void find(struct audit *a, enum audit_state state, const struct proving_answer *x)
{
	enum audit_state was = a->found.state;

	if (state == AUDIT_FAILS && (was != AUDIT_FAILS || strcmp(a->what, x->what) != 0))
		say(EVENT_IS_WARNING, "not proved: ", x->text);
	if (state == AUDIT_HOLDS && *a->what)
		say(EVENT_IS_NOTICE, "proved again", "");
	if (state != AUDIT_UNKNOWN)
		memcpy(a->what, x->what, sizeof(a->what));
	a->found.state = state;
	a->found.number++;
	memcpy(a->found.text, x->text, sizeof(a->found.text));
}

static void begin(uv_timer_t *timer);

static void schedule(struct audit *a)
{
	uv_update_time(a->loop);
	uint64_t now = uv_now(a->loop);

	uv_timer_start(&a->timer, begin, a->next > now + REST ? a->next - now : REST, 0);
}

static void proved(void *arg, const struct proving_answer *x)
{
	struct audit *a = arg;
	bool fails = x->outcome == PROVING_UNPROVED, first = fails && !a->suspect;

	a->proving = NULL;
	uv_update_time(a->loop);
	a->next = uv_now(a->loop) + PART * (uv_now(a->loop) - a->begun);
	a->suspect = fails;
	if (first || a->again)
		schedule(a);
	if (!first)
		find(a,
		     fails			    ? AUDIT_FAILS
		     : x->outcome == PROVING_PROVED ? AUDIT_HOLDS
						    : AUDIT_UNKNOWN,
		     x);
}

static void begin(uv_timer_t *timer)
{
	struct audit *a = timer->data;
	const struct converge *c = a->converge;
	const struct proving_job job = {.config = &c->config, .desired = &c->desired};
	struct proving_answer none = {.outcome = PROVING_FAILED};
	struct err e = ERR_INIT;

	if (!c->has_desired)
		return;
	a->begun = uv_now(a->loop);
	a->again = false;
	if (proving_start(&a->proving, a->loop, &job, proved, a, &e) < 0) {
		err_line(&e, none.text, sizeof(none.text));
		find(a, AUDIT_UNKNOWN, &none);
	}
}

void audit_begin(struct audit *a)
{
	a->again = true;
	if (!a->proving && !uv_is_active((uv_handle_t *)&a->timer))
		schedule(a);
}

void audit_stop(struct audit *a)
{
	uv_timer_stop(&a->timer);
	proving_stop(a->proving);
	a->proving = NULL;
	a->suspect = false;
}

const struct audit_found *audit_found(const struct audit *a)
{
	return &a->found;
}

int audit_open(struct audit **ret, uv_loop_t *loop, const struct converge *c, struct err *e)
{
	struct audit *a = calloc(1, sizeof(*a));

	if (!a)
		return err_errno(e, -ENOMEM, "audit");
	a->loop = loop;
	a->converge = c;
	uv_timer_init(loop, &a->timer);
	a->timer.data = a;
	*ret = a;
	return 0;
}

static void closed(uv_handle_t *h)
{
	free(h->data);
}

void audit_close(struct audit *a)
{
	if (!a)
		return;
	audit_stop(a);
	uv_close((uv_handle_t *)&a->timer, closed);
}
