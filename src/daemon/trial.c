/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine is read for the plan, and, a moment later, for the proof. If it has become another in
 * between, the plan may be wrong for it and the configuration all the same be good: so it is
 * refused when nothing was heard of the machine since its plan was made, or after several plans.
 */
#include "daemon/trial.h"

#include "daemon/log.h"
#include "daemon/proving.h"

#include <errno.h>
#include <stdlib.h>

/* Milliseconds. */
#define BUSY 10		  /* another run of multihome is at work */
#define CALM UINT64_C(50) /* what has changed is heard of by then; doubled each time */

#define PLANS 7 /* the last is judged as it is */

struct trial {
	uv_loop_t *loop;
	uv_timer_t timer;
	struct converge *converge;
	struct prober *prober;
	struct proving *proving;
	unsigned plans;	    /* made until now */
	bool disturbed;	    /* since the last one */
	struct err refusal; /* of the last one, if it is to stand */
	struct trial_calls calls;
};

static void attempt(uv_timer_t *timer);

static void begin(struct trial *t)
{
	t->calls.before(t->calls.arg);
	uv_timer_start(&t->timer, attempt, 0, 0);
}

static void decide(uv_timer_t *timer)
{
	struct trial *t = timer->data;

	if (t->disturbed && t->plans < PLANS)
		begin(t);
	else
		t->calls.done(t->calls.arg, &t->refusal);
}

static void refuse(struct trial *t)
{
	uv_update_time(t->loop);
	uv_timer_start(&t->timer, decide, CALM << (t->plans - 1), 0);
}

static void proved(void *arg, const struct proving_answer *a)
{
	struct trial *t = arg;

	t->proving = NULL;
	if (a->outcome == PROVING_UNPROVED) {
		err_set(&t->refusal, PROOF_REFUSED, "not proved: %s", a->text);
		err_hint(&t->refusal, "`multihome plan` shows its way; `multihome reload "
				      "--no-prove` does not ask");
	} else if (a->outcome == PROVING_FAILED) {
		err_set(&t->refusal, -EIO, "the proof: %s", a->text);
	} else {
		if (a->outcome == PROVING_UNKNOWN)
			log_line(LOG_NOTE, "%s", a->text);
		t->calls.done(t->calls.arg, NULL);
		return;
	}
	refuse(t);
}

/* Where there is nothing to do, there is nothing to prove. */
static void attempt(uv_timer_t *timer)
{
	struct trial *t = timer->data;
	struct converge_next x;
	size_t n;
	const struct way_health *health = prober_health(t->prober, &n);

	t->disturbed = false;
	int rc = converge_plan_next(t->converge, health, n, &x, &t->refusal);
	bool busy = rc == -EWOULDBLOCK, done = !rc && !x.plan.n;
	if (!rc && !done) {
		const struct proving_job job = {&t->converge->next, &x.desired, &x.plan};
		rc = proving_start(&t->proving, t->loop, &job, proved, t, &t->refusal);
	}
	converge_next_free(&x);
	t->plans += !busy;
	if (busy)
		uv_timer_start(timer, attempt, BUSY, 0);
	else if (done)
		t->calls.done(t->calls.arg, NULL);
	else if (rc < 0)
		refuse(t);
}

void trial_begin(struct trial *t)
{
	trial_end(t);
	t->plans = 0;
	begin(t);
}

void trial_disturb(struct trial *t)
{
	t->disturbed = true;
}

void trial_end(struct trial *t)
{
	uv_timer_stop(&t->timer);
	proving_stop(t->proving);
	t->proving = NULL;
}

int trial_open(struct trial **ret, uv_loop_t *loop, struct converge *c, struct prober *p,
	       const struct trial_calls *calls, struct err *e)
{
	struct trial *t = calloc(1, sizeof(*t));

	if (!t)
		return err_errno(e, -ENOMEM, "trial");
	*t = (struct trial){.loop = loop, .converge = c, .prober = p, .calls = *calls};
	uv_timer_init(loop, &t->timer);
	t->timer.data = t;
	*ret = t;
	return 0;
}

static void closed(uv_handle_t *h)
{
	free(h->data);
}

void trial_close(struct trial *t)
{
	if (!t)
		return;
	trial_end(t);
	uv_close((uv_handle_t *)&t->timer, closed);
}
