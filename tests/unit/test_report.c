/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The demonstration's verdicts: nothing but what was promised is good. */
#include "base/cleanup.h"
#include "lab/report.h"
#include "unit.h"

static struct measure_sum good_ratio(void)
{
	return (struct measure_sum){.flows = 100, .answered = 100, .packets = 250, .right = 250};
}

static struct measure_sum good_split(unsigned first, unsigned second)
{
	unsigned n = first + second;

	return (struct measure_sum){.flows = n,
				    .answered = n,
				    .packets = 4 * n,
				    .right = 4 * n,
				    .by_uplink = {first, second}};
}

static void fill(struct report_section *s)
{
	*s = (struct report_section){.title = "title"};
	for (unsigned f = 0; f < 2; f++)
		for (unsigned m = 0; m < MEASURES; m++)
			s->sum[REPORT_WITH][f][m] =
				measure_is_split(m) ? good_split(3000, 1000) : good_ratio();
}

static void ratios(void **state)
{
	struct report_section s;
	struct measure_sum *m;

	(void)state;
	fill(&s);
	m = &s.sum[REPORT_WITH][0][MEASURE_OWN];
	assert_int_equal(report_verdict(&s, 0, MEASURE_OWN), VERDICT_GOOD);
	m->right--;
	assert_int_equal(report_verdict(&s, 0, MEASURE_OWN), VERDICT_BAD);
	assert_int_equal(report_verdict(&s, 1, MEASURE_OWN), VERDICT_GOOD);
	*m = good_ratio();
	m->answered--;
	assert_int_equal(report_verdict(&s, 0, MEASURE_OWN), VERDICT_BAD);
	/* Nothing measured, or nothing seen, is not good. */
	*m = (struct measure_sum){.flows = 0};
	assert_int_equal(report_verdict(&s, 0, MEASURE_OWN), VERDICT_BAD);
	*m = (struct measure_sum){.flows = 10, .answered = 10};
	assert_int_equal(report_verdict(&s, 0, MEASURE_OWN), VERDICT_BAD);
}

static void splits(void **state)
{
	struct report_section s;
	struct measure_sum *m = &s.sum[REPORT_WITH][1][MEASURE_UDP_MANY];
	static const struct {
		unsigned first, second;
		enum verdict v;
	} cases[] = {{3000, 1000, VERDICT_GOOD}, {3120, 880, VERDICT_GOOD},
		     {2880, 1120, VERDICT_GOOD}, {3121, 879, VERDICT_BAD},
		     {2879, 1121, VERDICT_BAD},	 {4000, 0, VERDICT_BAD},
		     {0, 4000, VERDICT_BAD},	 {1000, 3000, VERDICT_BAD}};

	(void)state;
	fill(&s);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		*m = good_split(cases[i].first, cases[i].second);
		assert_int_equal(report_verdict(&s, 1, MEASURE_UDP_MANY), cases[i].v);
	}
	*m = good_split(3000, 1000);
	m->right--;
	assert_int_equal(report_verdict(&s, 1, MEASURE_UDP_MANY), VERDICT_BAD);
	*m = good_split(3000, 1000);
	m->flows++;
	assert_int_equal(report_verdict(&s, 1, MEASURE_UDP_MANY), VERDICT_BAD);
}

/* Only TCP to one destination, all by one uplink, and only where UDP is shared. */
static void kernels(void **state)
{
	struct report_section s;

	(void)state;
	fill(&s);
	s.sum[REPORT_WITH][0][MEASURE_TCP_ONE] = good_split(4000, 0);
	assert_int_equal(report_verdict(&s, 0, MEASURE_TCP_ONE), VERDICT_KERNEL);
	s.sum[REPORT_WITH][0][MEASURE_TCP_ONE] = good_split(0, 4000);
	assert_int_equal(report_verdict(&s, 0, MEASURE_TCP_ONE), VERDICT_KERNEL);
	s.sum[REPORT_WITH][0][MEASURE_TCP_ONE] = good_split(3900, 100);
	assert_int_equal(report_verdict(&s, 0, MEASURE_TCP_ONE), VERDICT_BAD);
	s.sum[REPORT_WITH][0][MEASURE_TCP_ONE] = good_split(4000, 0);
	s.sum[REPORT_WITH][0][MEASURE_UDP_ONE] = good_split(4000, 0);
	assert_int_equal(report_verdict(&s, 0, MEASURE_TCP_ONE), VERDICT_BAD);
	s.sum[REPORT_WITH][1][MEASURE_TCP_MANY] = good_split(4000, 0);
	assert_int_equal(report_verdict(&s, 1, MEASURE_TCP_MANY), VERDICT_BAD);
}

static void cell_is(const struct measure_sum *s, enum measure m, const char *want)
{
	char buf[32];

	assert_string_equal(report_cell(s, m, buf, sizeof(buf)), want);
}

static void cells(void **state)
{
	struct measure_sum s = good_ratio();

	(void)state;
	cell_is(&s, MEASURE_OWN, "100 %");
	s.right--;
	cell_is(&s, MEASURE_OWN, "99 %");
	s.right = 125;
	cell_is(&s, MEASURE_OWN, "50 %");
	s.right = 0;
	cell_is(&s, MEASURE_OWN, "0 %");
	s = good_ratio();
	s.answered = 99;
	cell_is(&s, MEASURE_OWN, "99 %");
	s.answered = 0;
	cell_is(&s, MEASURE_OWN, "0 %");
	s = (struct measure_sum){.flows = 0};
	cell_is(&s, MEASURE_OWN, "-");
	cell_is(&s, MEASURE_TCP_ONE, "-");
	s = good_split(3010, 990);
	cell_is(&s, MEASURE_TCP_ONE, "75:25");
	s = good_split(4000, 0);
	cell_is(&s, MEASURE_TCP_ONE, "100:0");
	s = (struct measure_sum){.flows = 10};
	cell_is(&s, MEASURE_TCP_ONE, "0 %");
}

/* What is printed agrees with what is returned; it fits a terminal of 80 columns. */
static void table(void **state)
{
	struct report_style style = {.color = false, .utf8 = false};
	CLEANUP(out_free) struct out o;
	struct report_section s;
	bool kernel = false;

	(void)state;
	out_init(&o, -1);
	fill(&s);
	report_head(&o, &style);
	assert_int_equal(report_print(&o, &s, &style, &kernel), 0);
	assert_false(kernel);
	assert_null(strstr(out_str(&o), "BAD"));
	for (const char *p = out_str(&o); *p; p += strcspn(p, "\n") + 1)
		assert_true(strcspn(p, "\n") <= 80);
	s.sum[REPORT_WITH][1][MEASURE_LAN].right = 0;
	s.sum[REPORT_WITH][0][MEASURE_TCP_ONE] = good_split(4000, 0);
	assert_int_equal(report_print(&o, &s, &style, &kernel), 1);
	assert_true(kernel);
	assert_non_null(strstr(out_str(&o), "BAD"));
	assert_null(strchr(out_str(&o), '\033'));
	style.color = true;
	report_line(&o, &style, VERDICT_GOOD, "%s", "text");
	assert_non_null(strchr(out_str(&o), '\033'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ratios), cmocka_unit_test(splits), cmocka_unit_test(kernels),
		cmocka_unit_test(cells),  cmocka_unit_test(table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
