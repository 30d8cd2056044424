/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is held against which uplink: the best that there are stay in use, whatever checks say. */
#include "unit.h"

#include "probe/judge.h"

#define SECOND 1000000u

/* Three uplinks, each with a check of two IPv4 targets and one of a target of each family. */
#define WAYS 3
struct scene {
	struct judge j;
	uint64_t now;
	unsigned told[JUDGE_LAST + 1];
};

static void count(void *arg, const struct judge_news *n)
{
	((struct scene *)arg)->told[n->what]++;
}

static void set_up(struct scene *s)
{
	static const struct check_limits limits = {.down = 3, .loss = 200};
	static const struct {
		unsigned check, family;
		const char *name;
	} shape[] = {{0, 0, "ping 192.0.2.1"},
		     {0, 0, "ping 192.0.2.2"},
		     {1, 0, "dns 192.0.2.3 example.org"},
		     {1, 1, "dns 2001:db8::3 example.org"}};

	*s = (struct scene){.now = 1000 * (uint64_t)SECOND};
	s->j = (struct judge){.way = calloc(WAYS, sizeof(struct judge_way)),
			      .way_n = WAYS,
			      .target = calloc(4 * WAYS, sizeof(struct judge_target)),
			      .target_n = 4 * WAYS,
			      .half_life = 60 * SECOND};
	for (unsigned i = 0; i < WAYS; i++) {
		struct judge_way *w = &s->j.way[i];
		*w = (struct judge_way){
			.carrier = {true, true}, .check_n = 2, .first = 4 * i, .n = 4};
		w->name = strdup((const char[]){(char)('a' + i), 0});
		for (unsigned k = 0; k < 4; k++)
			s->j.target[4 * i + k] =
				(struct judge_target){.way = i,
						      .check = shape[k].check,
						      .family = shape[k].family,
						      .quorum = 1,
						      .verdict = {HEALTH_UP, WHY_ANSWERS, 0},
						      .name = strdup(shape[k].name),
						      .limits = &limits};
	}
}

/* Says of one target, or of all of a way (4), what it is; true if a way has turned. */
static bool say(struct scene *s, unsigned way, unsigned target, enum health h)
{
	for (unsigned k = 0; k < 4; k++)
		if (target == k || target == 4)
			s->j.target[4 * way + k].verdict =
				(struct verdict){h, h == HEALTH_UP ? WHY_ANSWERS : WHY_SILENCE, 0};
	judge_one(&s->j, &s->j.way[way], s->now);
	return judge_all(&s->j, s->now, count, s);
}

static bool against(const struct scene *s, unsigned way, unsigned family)
{
	return *s->j.way[way].why[family];
}

static void every_check_must_pass_in_its_family(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	assert_false(say(&s, 0, 0, HEALTH_DOWN)); /* its check has another target */
	assert_true(say(&s, 0, 1, HEALTH_DOWN));
	assert_true(against(&s, 0, 0));
	assert_false(against(&s, 0, 1)); /* of IPv6 nothing was heard */
	assert_string_equal(s.j.way[0].why[0], "check ping 192.0.2.1: 3 in a row without an answer "
					       "(0 of 2 targets good, 1 must be)");
	assert_true(say(&s, 0, 3, HEALTH_DOWN));
	assert_true(against(&s, 0, 1));
	assert_string_equal(s.j.way[0].why[1],
			    "check dns 2001:db8::3 example.org: 3 in a row without an answer");
	assert_true(say(&s, 0, 4, HEALTH_UP));
	assert_false(against(&s, 0, 0) || against(&s, 0, 1));
	assert_int_equal(s.told[JUDGE_AGAINST], 2);
	assert_int_equal(s.told[JUDGE_GOOD], 2);
	judge_free(&s.j);
}

static void a_family_that_is_not_asked_goes_with_the_other(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	s.j.target[3].family = 0;
	say(&s, 0, 4, HEALTH_DOWN);
	assert_true(against(&s, 0, 0) && against(&s, 0, 1));
	judge_free(&s.j);
}

static void it_says_which_check_failed_and_how(void **state)
{
	struct scene s;
	struct judge_target *t;

	(void)state;
	set_up(&s);
	t = &s.j.target[2];
	t->verdict = (struct verdict){HEALTH_DOWN, WHY_LOSS, 313};
	judge_one(&s.j, s.j.way, s.now);
	judge_all(&s.j, s.now, count, &s);
	assert_string_equal(s.j.way[0].why[0],
			    "check dns 192.0.2.3 example.org: loss 31.3 % over 20 %");
	/* One that is as long as names may be, with what there is to say of it. */
	free(t->name);
	assert_true(asprintf(&t->name, "http://%0250d/", 0) > 0);
	t->verdict = (struct verdict){HEALTH_DOWN, WHY_FAULT + FAULT_NO_NAME, 0};
	s.j.target[3].family = 0;
	s.j.target[3].verdict = t->verdict;
	judge_one(&s.j, s.j.way, s.now);
	judge_all(&s.j, s.now, count, &s);
	assert_string_equal(
		s.j.way[0].why[0],
		"check http://00000000000000000000000000000000000000000000000000000...: "
		"there is no such name, says the name server "
		"(0 of 2 targets good, 1 must be)");
	assert_string_equal(s.j.way[0].why[1], s.j.way[0].why[0]);
	judge_free(&s.j);
}

static void the_last_one_stays(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	say(&s, 0, 4, HEALTH_DOWN);
	say(&s, 1, 4, HEALTH_DOWN);
	assert_true(against(&s, 0, 0) && against(&s, 1, 0));
	assert_false(say(&s, 2, 4, HEALTH_DOWN));
	assert_false(against(&s, 2, 0));
	assert_int_equal(s.told[JUDGE_SUSPECT], 2); /* in each family */
	/* A better one has come: now it goes. */
	assert_true(say(&s, 1, 4, HEALTH_UP));
	assert_false(against(&s, 1, 0));
	assert_true(against(&s, 2, 0));
	judge_free(&s.j);
}

static void what_was_out_of_use_is_better_than_nothing(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	say(&s, 0, 4, HEALTH_DOWN);
	s.j.way[1].carrier[0] = s.j.way[2].carrier[0] = false;
	assert_true(judge_all(&s.j, s.now, count, &s));
	assert_false(against(&s, 0, 0)); /* all that is left */
	assert_true(against(&s, 0, 1));
	assert_int_equal(s.told[JUDGE_LAST], 1);
	judge_free(&s.j);
}

static void flapping_holds_back_unless_needed(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	for (unsigned i = 0; i < 4; i++) {
		s.now += SECOND;
		say(&s, 0, 4, HEALTH_DOWN);
		say(&s, 0, 4, HEALTH_UP);
	}
	assert_true(against(&s, 0, 0));
	assert_string_equal(s.j.way[0].why[0], "held back: it went down too often");
	/* The others die: what answers is better than what does not. */
	say(&s, 1, 4, HEALTH_DOWN);
	say(&s, 2, 4, HEALTH_DOWN);
	assert_false(against(&s, 0, 0));
	say(&s, 1, 4, HEALTH_UP);
	assert_true(against(&s, 0, 0));
	uint64_t due = judge_due(&s.j, s.now);
	assert_in_range(due - s.now, 60 * SECOND, 120 * SECOND);
	judge_all(&s.j, due - 1000, count, &s);
	assert_true(against(&s, 0, 0));
	assert_true(judge_all(&s.j, due, count, &s));
	assert_false(against(&s, 0, 0));
	assert_int_equal(judge_due(&s.j, due), UINT64_MAX);
	/* Not counted where nobody wants it. */
	s.j.half_life = 0;
	for (unsigned i = 0; i < 20; i++) {
		say(&s, 0, 4, HEALTH_DOWN);
		say(&s, 0, 4, HEALTH_UP);
	}
	assert_false(against(&s, 0, 0));
	judge_free(&s.j);
}

static void what_returns_can_be_made_to_wait(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	s.j.way[0].hold = 30 * SECOND;
	judge_all(&s.j, s.now, count, &s);
	assert_false(against(&s, 0, 0)); /* it has not returned, it was there */
	say(&s, 0, 4, HEALTH_DOWN);
	s.now += SECOND;
	assert_true(say(&s, 0, 4, HEALTH_UP)); /* another reason */
	assert_string_equal(s.j.way[0].why[0], "held back: it has to be good for 30 s first");
	assert_int_equal(judge_due(&s.j, s.now), s.now + 30 * SECOND);
	/* Needed, it does not wait. */
	say(&s, 1, 4, HEALTH_DOWN);
	say(&s, 2, 4, HEALTH_DOWN);
	assert_false(against(&s, 0, 0));
	say(&s, 1, 4, HEALTH_UP);
	assert_true(against(&s, 0, 0));
	s.now += 30 * SECOND;
	assert_true(judge_all(&s.j, s.now, count, &s));
	assert_false(against(&s, 0, 0));
	/* Neither after its cable was out. */
	s.j.way[0].carrier[0] = false;
	judge_all(&s.j, s.now, count, &s);
	assert_true(against(&s, 0, 0)); /* for the moment in which it comes back */
	s.now += 60 * SECOND;
	s.j.way[0].carrier[0] = true;
	assert_false(judge_all(&s.j, s.now, count, &s));
	assert_true(against(&s, 0, 0));
	assert_false(against(&s, 0, 1));
	judge_free(&s.j);
}

/*
 * At random: of those with carrier, at least one is in use in each family; and nothing is held
 * against one that answers, unless it flaps.
 */
static void there_is_always_one(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned way = rnd_below(WAYS), carriers[2] = {0}, used[2] = {0};
		s.now += rnd_below(10 * SECOND);
		if (!rnd_below(4))
			s.j.way[way].carrier[rnd_below(2)] ^= true;
		say(&s, way, rnd_below(5), (enum health)rnd_below(3));
		for (unsigned k = 0; k < 2 * WAYS; k++) {
			const struct judge_way *w = &s.j.way[k / 2];
			unsigned f = k % 2;
			bool good = w->verdict[f].health != HEALTH_DOWN && !w->held;
			carriers[f] += w->carrier[f];
			used[f] += w->carrier[f] && !*w->why[f];
			assert_false(good && *w->why[f]);
		}
		assert_int_equal(!carriers[0], !used[0]);
		assert_int_equal(!carriers[1], !used[1]);
	}
	judge_free(&s.j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_check_must_pass_in_its_family),
		cmocka_unit_test(a_family_that_is_not_asked_goes_with_the_other),
		cmocka_unit_test(it_says_which_check_failed_and_how),
		cmocka_unit_test(the_last_one_stays),
		cmocka_unit_test(what_was_out_of_use_is_better_than_nothing),
		cmocka_unit_test(what_returns_can_be_made_to_wait),
		cmocka_unit_test(flapping_holds_back_unless_needed),
		cmocka_unit_test(there_is_always_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
