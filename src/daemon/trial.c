/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/trial.h"

#include "daemon/log.h"
#include "daemon/proving.h"

#include <errno.h>
#include <stdlib.h>

#define BUSY 10 /* milliseconds: another run of multihome is at work */

struct trial {
	uv_loop_t *loop;
	uv_timer_t timer;
	struct converge *converge;
	struct prober *prober;
	struct proving *proving;
	trial_fn *done;
	void *arg;
};

static void proved(void *arg, const struct proving_answer *a)
{
	struct trial *t = arg;
	struct err e = ERR_INIT;

	t->proving = NULL;
	switch (a->outcome) {
	case PROVING_UNPROVED:
		err_set(&e, PROOF_REFUSED, "not proved: %s", a->text);
		err_hint(&e, "`multihome plan` shows its way; `multihome reload --no-prove` does "
			     "not ask");
		break;
	case PROVING_FAILED:
		err_set(&e, -EIO, "the proof: %s", a->text);
		break;
	case PROVING_UNKNOWN:
		log_line(LOG_NOTE, "%s", a->text);
		break;
	default:
		break;
	}
	t->done(t->arg, e.code ? &e : NULL);
}

/* Where there is nothing to do, there is nothing to prove. */
static void attempt(uv_timer_t *timer)
{
	struct trial *t = timer->data;
	struct converge_next x;
	struct err e = ERR_INIT;
	size_t n;
	const struct way_health *health = prober_health(t->prober, &n);
	int rc = converge_plan_next(t->converge, health, n, &x, &e);

	if (rc == -EWOULDBLOCK) {
		uv_timer_start(timer, attempt, BUSY, 0);
	} else if (!rc && x.plan.n) {
		const struct proving_job job = {&t->converge->next, &x.desired, &x.plan};
		rc = proving_start(&t->proving, t->loop, &job, proved, t, &e);
		if (rc < 0)
			t->done(t->arg, &e);
	} else {
		t->done(t->arg, rc < 0 ? &e : NULL);
	}
	converge_next_free(&x);
}

void trial_begin(struct trial *t)
{
	trial_end(t);
	uv_timer_start(&t->timer, attempt, 0, 0);
}

void trial_end(struct trial *t)
{
	uv_timer_stop(&t->timer);
	proving_stop(t->proving);
	t->proving = NULL;
}

int trial_open(struct trial **ret, uv_loop_t *loop, struct converge *c, struct prober *p,
	       trial_fn *done, void *arg, struct err *e)
{
	struct trial *t = calloc(1, sizeof(*t));

	if (!t)
		return err_errno(e, -ENOMEM, "trial");
	*t = (struct trial){.loop = loop, .converge = c, .prober = p, .done = done, .arg = arg};
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
