/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Classes of addresses (fib/classes.h) of four full tables: the time to find
 * them all, and what one changed route costs.
 *
 *   bench_classes [TABLE]   one prefix a line; without it a table of the same
 * shape is made up
 *
 * Each table has nine tenths of the prefixes, chosen by chance, and three next
 * hops. Time is CPU time.
 */
#include "fib/classes.h"
#include "bench/table.h"

#include <time.h>

#define TABLES	4
#define CHANGES 1000

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static struct classes *make(uint8_t family, const struct class_layer *layer, double *took)
{
	struct err e = ERR_INIT;
	struct classes *c;
	double start = now_us();

	if (classes_new(family, layer, TABLES, &c, &e) < 0) {
		fprintf(stderr, "bench_classes: %s\n", e.msg);
		exit(1);
	}
	*took = now_us() - start;
	return c;
}

static void run(uint8_t family, const char *path)
{
	struct table t = {.family = family};
	struct class_layer layer[TABLES];
	double took, us[CHANGES];
	long come = 0;

	if (path)
		table_read(&t, path);
	else
		table_make(&t);
	for (size_t i = 0; i < TABLES; i++) {
		struct prefix_value *p = malloc(t.n * sizeof(*p));
		size_t n = 0;
		if (!p)
			exit(1);
		for (size_t k = 0; k < t.n; k++)
			if (table_random() % 10) {
				p[n] = t.p[k];
				p[n++].value = (uint32_t)(table_random() % 3);
			}
		layer[i] = (struct class_layer){p, n};
	}
	struct classes *c = make(family, layer, &took);
	printf("IPv%c, %d tables of %zu prefixes: %zu classes in %.0f ms\n",
	       family == AF_INET ? '4' : '6', TABLES, layer[0].n, classes_count(c), took / 1e3);
	/* One change each; it is taken back before the next. */
	for (size_t i = 0; i < CHANGES; i++) {
		size_t l = i % TABLES;
		const struct prefix_value *x = &layer[l].p[table_random() % layer[l].n];
		double start = now_us();
		come += classes_change(c, l, &x->prefix, i % 3 ? 3 : RANGE_NONE, NULL);
		us[i] = now_us() - start;
		classes_change(c, l, &x->prefix, x->value, NULL);
	}
	qsort(us, CHANGES, sizeof(*us), by_number);
	printf("  one route changed: median %.1f us, 99 of 100 within %.1f us, %.0f us at most; "
	       "%ld classes came\n",
	       us[CHANGES / 2], us[CHANGES * 99 / 100], us[CHANGES - 1], come);
	classes_free(c);
	for (size_t i = 0; i < TABLES; i++)
		free((void *)layer[i].p);
	free(t.p);
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 && *argv[1] ? argv[1] : NULL;

	run(AF_INET, path);
	run(AF_INET6, path);
	return 0;
}
