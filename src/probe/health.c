/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/health.h"

#include <math.h>
#include <stdio.h>

/*
 * A target that comes back is measured over so many times `up` probes: long enough to tell a lossy
 * line from a good one, and not so long that an outage holds it back for a whole window.
 */
#define RECENT_ROWS 4

/* What is over its limit, if anything; coming back, a limit is a tenth narrower (hysteresis). */
static struct verdict over_limit(const struct window_stats *s, const struct check_limits *l,
				 bool coming_back)
{
	unsigned part = coming_back ? 9 : 10;

	if (l->loss && s->loss * 10 > l->loss * part)
		return (struct verdict){HEALTH_DOWN, WHY_LOSS, s->loss};
	if (l->latency && (uint64_t)s->latency * 10 > (uint64_t)l->latency * part)
		return (struct verdict){HEALTH_DOWN, WHY_LATENCY, s->latency};
	if (l->jitter && (uint64_t)s->jitter * 10 > (uint64_t)l->jitter * part)
		return (struct verdict){HEALTH_DOWN, WHY_JITTER, s->jitter};
	return (struct verdict){HEALTH_UP, WHY_ANSWERS, 0};
}

struct verdict target_judge(const struct window *w, const struct check_limits *l, enum health was)
{
	unsigned most = l->window && l->window < w->size ? l->window : w->size;
	unsigned recent =
		was == HEALTH_DOWN && l->up * RECENT_ROWS < most ? l->up * RECENT_ROWS : most;

	if (window_row(w, PROBE_LOST) >= l->down)
		return (struct verdict){HEALTH_DOWN, WHY_SILENCE, 0};
	/* One answer is enough to begin with: nobody waits for five at start. */
	if (was == HEALTH_UNKNOWN)
		return window_row(w, PROBE_ANSWERED)
			       ? (struct verdict){HEALTH_UP, WHY_ANSWERS, 0}
			       : (struct verdict){HEALTH_UNKNOWN, WHY_NOTHING, 0};
	if (was == HEALTH_DOWN) {
		unsigned good = window_row(w, PROBE_ANSWERED);
		if (good < l->up)
			return (struct verdict){HEALTH_DOWN, good ? WHY_RECOVERING : WHY_SILENCE,
						0};
	}
	/* Of most targets no more is asked, and this is done for every answer. */
	if (!l->loss && !l->latency && !l->jitter)
		return (struct verdict){HEALTH_UP, WHY_ANSWERS, 0};
	struct window_stats s = window_stats(w, recent);
	if (was == HEALTH_UP && s.sent < most)
		return (struct verdict){HEALTH_UP, WHY_ANSWERS, 0};
	return over_limit(&s, l, was == HEALTH_DOWN);
}

struct verdict check_judge(const struct verdict *target, size_t n, unsigned quorum)
{
	size_t up = 0, unknown = 0, first_down = n;
	size_t need = quorum ? quorum : 1;

	for (size_t i = 0; i < n; i++) {
		up += target[i].health == HEALTH_UP;
		unknown += target[i].health == HEALTH_UNKNOWN;
		if (target[i].health == HEALTH_DOWN && first_down == n)
			first_down = i;
	}
	if (up >= need)
		return (struct verdict){HEALTH_UP, WHY_ANSWERS, 0};
	if (up + unknown >= need)
		return (struct verdict){HEALTH_UNKNOWN, WHY_NOTHING, 0};
	return first_down < n ? target[first_down] : (struct verdict){HEALTH_DOWN, WHY_NOTHING, 0};
}

/* "loss 31 % over 20 %" */
static void over_text(const char *what, uint32_t figure, uint32_t limit, double scale,
		      const char *unit, char *ret, size_t size)
{
	/* The limit is a tenth narrower for a target that comes back. */
	double met = figure > limit ? limit : limit * 0.9;

	snprintf(ret, size, "%s %.5g %s over %.5g %s", what, figure / scale, unit, met / scale,
		 unit);
}

void verdict_text(const struct verdict *v, const struct check_limits *l, char *ret, size_t size)
{
	switch (v->why) {
	case WHY_NOTHING:
		snprintf(ret, size, "too few probes as yet");
		break;
	case WHY_ANSWERS:
		snprintf(ret, size, "probes are answered");
		break;
	case WHY_SILENCE:
		snprintf(ret, size, "%u in a row without an answer", l->down);
		break;
	case WHY_LOSS:
		over_text("loss", v->figure, l->loss, 10, "%", ret, size);
		break;
	case WHY_LATENCY:
		over_text("latency", v->figure, l->latency, 1000, "ms", ret, size);
		break;
	case WHY_JITTER:
		over_text("jitter", v->figure, l->jitter, 1000, "ms", ret, size);
		break;
	case WHY_RECOVERING:
		snprintf(ret, size, "answers again, not long enough yet");
		break;
	default:
		snprintf(ret, size, "%s", probe_fault_text(v->why - WHY_FAULT));
	}
}

const char *health_text(enum health h)
{
	return h == HEALTH_UP ? "up" : h == HEALTH_DOWN ? "down" : "unknown";
}

static void decay(struct flap *f, uint64_t now, uint64_t half_life)
{
	if (now <= f->at)
		return;
	if (half_life)
		f->penalty *= exp2(-(double)(now - f->at) / (double)half_life);
	f->at = now;
}

void flap_down(struct flap *f, uint64_t now, uint64_t half_life)
{
	decay(f, now, half_life);
	f->penalty += FLAP_POINTS;
	if (f->penalty > FLAP_CEILING)
		f->penalty = FLAP_CEILING;
	if (f->penalty > FLAP_SUPPRESS)
		f->held = true;
}

bool flap_held(struct flap *f, uint64_t now, uint64_t half_life)
{
	decay(f, now, half_life);
	if (f->penalty < FLAP_REUSE)
		f->held = false;
	return f->held;
}

uint64_t flap_remaining(struct flap *f, uint64_t now, uint64_t half_life)
{
	if (!flap_held(f, now, half_life))
		return 0;
	/* One more, so that rounding does not end the wait before its time. */
	return (uint64_t)((double)half_life * log2(f->penalty / FLAP_REUSE)) + 1;
}
