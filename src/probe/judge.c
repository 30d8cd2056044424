/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void judge_free(struct judge *j)
{
	for (size_t i = 0; i < j->way_n; i++)
		free(j->way[i].name);
	free(j->way);
	free(j->target);
	*j = (struct judge){.way = NULL};
}

/* One check in one family; false if it has no targets there. */
static bool judge_check(const struct judge *j, const struct judge_way *w, unsigned check,
			unsigned family, struct verdict *ret)
{
	struct verdict v[64];
	size_t n = 0;
	unsigned quorum = 1;

	for (size_t i = w->first; i < w->first + w->n && n < 64; i++) {
		const struct judge_target *t = &j->target[i];
		if (t->check != check || t->family != family)
			continue;
		quorum = t->quorum;
		v[n++] = t->verdict;
	}
	/* A quorum of targets in both families is one of those in each, as far as there are. */
	*ret = check_judge(v, n, quorum < n ? quorum : (unsigned)n);
	return n;
}

static struct verdict judge_family(const struct judge *j, const struct judge_way *w,
				   unsigned family, bool *asked)
{
	struct verdict all = {HEALTH_UP, WHY_ANSWERS}, one;

	*asked = false;
	for (unsigned c = 0; c < w->check_n; c++) {
		if (!judge_check(j, w, c, family, &one))
			continue;
		*asked = true;
		if (one.health == HEALTH_DOWN)
			return one;
		if (one.health == HEALTH_UNKNOWN)
			all = one;
	}
	return all;
}

void judge_one(struct judge *j, struct judge_way *w, uint64_t now)
{
	bool asked[2];

	for (unsigned f = 0; f < 2; f++)
		w->verdict[f] = judge_family(j, w, f, &asked[f]);
	for (unsigned f = 0; f < 2; f++)
		if (!asked[f])
			w->verdict[f] = w->verdict[!f];
	bool down = w->verdict[0].health == HEALTH_DOWN || w->verdict[1].health == HEALTH_DOWN;
	if (down && !w->down && j->half_life)
		flap_down(&w->flap, now, j->half_life);
	w->down = down;
}

/* When the time is over that it has to be good for. */
static uint64_t waits_until(const struct judge_way *w, unsigned f)
{
	return w->since[f] ? w->since[f] + w->hold : 0;
}

static void reason(const struct judge_way *w, unsigned f, uint64_t now, char ret[static 160])
{
	*ret = 0;
	if (w->verdict[f].health == HEALTH_DOWN)
		snprintf(ret, 160, "check: %s", health_why_text(w->verdict[f].why));
	else if (w->held)
		snprintf(ret, 160, "held back: it went down too often");
	/* Said before its carrier comes, so that it is not used for the moment until it is judged.
	 */
	else if (waits_until(w, f) > now || (!w->carrier[f] && w->hold))
		snprintf(ret, 160, "held back: it has to be good for %llu s first",
			 (unsigned long long)(w->hold / 1000000));
}

/* How far an uplink may be trusted: the best that there are have to do. */
enum trust {
	NO_CARRIER,
	FAILS, /* its checks say that it is dead, and it is out of use */
	LAST,  /* the same, but it is in use */
	HELD,  /* it answers, but has gone down too often, or returned too recently */
	GOOD,
};

static enum trust trust(const struct judge_way *w, unsigned f, uint64_t now)
{
	if (!w->carrier[f])
		return NO_CARRIER;
	if (w->verdict[f].health == HEALTH_DOWN)
		return *w->why[f] ? FAILS : LAST;
	return w->held || waits_until(w, f) > now ? HELD : GOOD;
}

/* Since when it is good. What was good when it was first seen has not returned. */
static void look(struct judge_way *w, uint64_t now)
{
	for (unsigned f = 0; f < 2; f++) {
		bool good = w->carrier[f] && w->verdict[f].health != HEALTH_DOWN;
		if (good && !w->good[f])
			w->since[f] = w->seen ? now : 0;
		w->good[f] = good;
	}
	w->seen = true;
}

/*
 * Whatever the checks say, the best uplinks of a family stay in use, or come into use if nothing
 * else is left. If all fail, the targets are as suspect as the uplinks.
 */
static enum trust best(struct judge *j, unsigned f, uint64_t now, judge_fn *tell, void *arg)
{
	enum trust most = NO_CARRIER;

	for (size_t i = 0; i < j->way_n; i++) {
		enum trust t = trust(&j->way[i], f, now);
		most = t > most ? t : most;
	}
	bool suspect = most == FAILS || most == LAST;
	if (suspect && !j->suspect[f])
		tell(arg, &(struct judge_news){JUDGE_SUSPECT, f, NULL, NULL});
	j->suspect[f] = suspect;
	return most;
}

/* True if the way comes into use or goes out of it, or is held back rather than dead. */
static bool compare_one(struct judge_way *w, unsigned f, uint64_t now, enum trust most,
			judge_fn *tell, void *arg)
{
	enum trust t = trust(w, f, now);
	char why[160] = "";

	if (t != GOOD && (t != most || t == NO_CARRIER))
		reason(w, f, now, why);
	bool turned = !*why != !*w->why[f], other = strncmp(why, w->why[f], 4) != 0;
	memcpy(w->why[f], why, sizeof(why));
	if (turned && t != NO_CARRIER)
		tell(arg, &(struct judge_news){*why	   ? JUDGE_AGAINST
					       : t == GOOD ? JUDGE_GOOD
							   : JUDGE_LAST,
					       f, w, w->why[f]});
	return other;
}

bool judge_all(struct judge *j, uint64_t now, judge_fn *tell, void *arg)
{
	bool turned = false;

	for (size_t i = 0; i < j->way_n; i++) {
		look(&j->way[i], now);
		j->way[i].held = j->half_life && flap_held(&j->way[i].flap, now, j->half_life);
	}
	for (unsigned f = 0; f < 2; f++) {
		enum trust most = best(j, f, now, tell, arg);
		for (size_t i = 0; i < j->way_n; i++)
			turned |= compare_one(&j->way[i], f, now, most, tell, arg);
	}
	return turned;
}

uint64_t judge_due(struct judge *j, uint64_t now)
{
	uint64_t due = UINT64_MAX;

	for (size_t i = 0; i < j->way_n; i++) {
		const struct judge_way *w = &j->way[i];
		uint64_t end = w->held ? now + flap_remaining(&j->way[i].flap, now, j->half_life)
				       : UINT64_MAX;
		for (unsigned f = 0; f < 2; f++)
			if (w->good[f] && waits_until(w, f) > now && waits_until(w, f) < end)
				end = waits_until(w, f);
		due = end < due ? end : due;
	}
	return due;
}

const struct judge_way *judge_find(const struct judge *j, const char *name, size_t guess)
{
	if (guess < j->way_n && !strcmp(j->way[guess].name, name))
		return &j->way[guess];
	for (size_t i = 0; i < j->way_n; i++)
		if (!strcmp(j->way[i].name, name))
			return &j->way[i];
	return NULL;
}

void judge_take(struct judge_way *w, const struct judge_way *old)
{
	w->flap = old->flap;
	w->held = old->held;
	w->down = old->down;
	w->seen = old->seen;
	memcpy(w->good, old->good, sizeof(w->good));
	memcpy(w->since, old->since, sizeof(w->since));
	memcpy(w->why, old->why, sizeof(w->why));
}
