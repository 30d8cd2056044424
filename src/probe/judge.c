/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void judge_free(struct judge *j)
{
	for (size_t i = 0; i < j->way_n; i++)
		free(j->way[i].name);
	for (size_t i = 0; i < j->target_n; i++)
		free(j->target[i].name);
	free(j->way);
	free(j->target);
	*j = (struct judge){.way = NULL};
}

/* One check in one family. */
struct vote {
	struct verdict verdict;
	const struct judge_target *dead; /* the first that is */
	unsigned n, good, quorum;
};

/* False if it has no targets there. */
static bool judge_check(const struct judge *j, const struct judge_way *w, unsigned check,
			unsigned family, struct vote *ret)
{
	struct verdict v[64];

	*ret = (struct vote){.quorum = 1};
	for (size_t i = w->first; i < w->first + w->n && ret->n < 64; i++) {
		const struct judge_target *t = &j->target[i];
		if (t->check != check || t->family != family)
			continue;
		ret->quorum = t->quorum;
		ret->good += t->verdict.health == HEALTH_UP;
		if (t->verdict.health == HEALTH_DOWN && !ret->dead)
			ret->dead = t;
		v[ret->n++] = t->verdict;
	}
	/* A quorum of targets in both families is one of those in each, as far as there are. */
	if (ret->quorum > ret->n)
		ret->quorum = ret->n;
	ret->verdict = check_judge(v, ret->n, ret->quorum);
	return ret->n;
}

/* The check that decides; false if none asks in this family. */
static bool judge_family(const struct judge *j, const struct judge_way *w, unsigned family,
			 struct vote *ret)
{
	bool asked = false;
	struct vote one;

	*ret = (struct vote){.verdict = {HEALTH_UP, WHY_ANSWERS, 0}};
	for (unsigned c = 0; c < w->check_n && ret->verdict.health != HEALTH_DOWN; c++) {
		if (!judge_check(j, w, c, family, &one))
			continue;
		asked = true;
		if (one.verdict.health != HEALTH_UP)
			*ret = one;
	}
	return asked;
}

/* The same; a family without targets of its own goes with the other one. */
static struct vote judge_way(const struct judge *j, const struct judge_way *w, unsigned family)
{
	struct vote v;

	if (!judge_family(j, w, family, &v))
		judge_family(j, w, !family, &v);
	return v;
}

void judge_one(struct judge *j, struct judge_way *w, uint64_t now)
{
	for (unsigned f = 0; f < 2; f++)
		w->verdict[f] = judge_way(j, w, f).verdict;
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

#define NAME 60 /* letters of a target's name that are said */

/* "check ping 192.0.2.1: 3 in a row without an answer (1 of 3 targets good, 2 must be)" */
static void accuse(const struct judge *j, const struct judge_way *w, unsigned f,
		   char ret[static 160])
{
	struct vote v = judge_way(j, w, f);
	char text[64];

	if (!v.dead)
		return;
	verdict_text(&v.verdict, v.dead->limits, text, sizeof(text));
	int n = snprintf(ret, 160, "check %.*s%s: %s", NAME, v.dead->name,
			 strlen(v.dead->name) > NAME ? "..." : "", text);
	if (v.n > 1)
		snprintf(ret + n, 160 - (size_t)n, " (%u of %u targets good, %u must be)", v.good,
			 v.n, v.quorum);
}

static void reason(const struct judge *j, const struct judge_way *w, unsigned f, uint64_t now,
		   char ret[static 160])
{
	*ret = 0;
	if (w->verdict[f].health == HEALTH_DOWN)
		accuse(j, w, f, ret);
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
static bool compare_one(const struct judge *j, struct judge_way *w, unsigned f, uint64_t now,
			enum trust most, judge_fn *tell, void *arg)
{
	enum trust t = trust(w, f, now);
	char why[160] = "";

	if (t != GOOD && (t != most || t == NO_CARRIER))
		reason(j, w, f, now, why);
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
			turned |= compare_one(j, &j->way[i], f, now, most, tell, arg);
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
