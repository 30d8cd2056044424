/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof (fib/prove.h) of a machine with four uplinks, each of which has a full table of its
 * own: the time to make the model, and to show what holds of every packet, the engine's answers
 * included.
 *
 *   bench_prove [TABLE]   one prefix a line; without it a table of the same shape is made up
 *
 * Each table has nine tenths of the prefixes, chosen by chance, of which a hundredth go by a second
 * gateway. Time is CPU time.
 */
#include "fib/prove.h"
#include "bench/table.h"
#include "fib/dump.h"

#include <string.h>
#include <time.h>

#define UPLINKS 4

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void add(struct snapshot *s, const char *file, const char *text)
{
	struct err e = ERR_INIT;

	if (dump_add(s, NULL, file, text, strlen(text), &e) < 0) {
		fprintf(stderr, "bench_prove: %s: %s\n", e.where, e.msg);
		exit(1);
	}
}

/* up0 to up3 with 10.0.N.2/24, whose rules lead to the tables 100 to 103. */
static void make_machine(struct snapshot *s)
{
	char link[2048] =
		"[{\"ifindex\":1,\"ifname\":\"lo\",\"flags\":[\"LOOPBACK\",\"UP\",\"LOWER_UP\"]}";
	char address[2048] = "[", rule[2048] = "[{\"priority\":0,\"table\":\"local\"}";
	char local[2048] = "[";

	for (int i = 0; i < UPLINKS; i++) {
		snprintf(link + strlen(link), 128,
			 ",{\"ifindex\":%d,\"ifname\":\"up%d\",\"flags\":[\"UP\",\"LOWER_UP\"]}",
			 2 + i, i);
		snprintf(
			address + strlen(address), 160,
			"%s{\"ifindex\":%d,\"ifname\":\"up%d\",\"addr_info\":[{\"family\":\"inet\","
			"\"local\":\"10.0.%d.2\",\"prefixlen\":24,\"scope\":\"global\"}]}",
			i ? "," : "", 2 + i, i, i);
		snprintf(rule + strlen(rule), 128,
			 ",{\"priority\":%d,\"src\":\"10.0.%d.2\",\"table\":\"%d\"}", 100 + i, i,
			 100 + i);
		snprintf(
			local + strlen(local), 320,
			"%s{\"type\":\"local\",\"dst\":\"10.0.%d.2\",\"dev\":\"up%d\",\"table\":\"local\","
			"\"scope\":\"host\",\"prefsrc\":\"10.0.%d.2\"},{\"dst\":\"10.0.%d.0/24\",\"dev\":"
			"\"up%d\",\"scope\":\"link\",\"prefsrc\":\"10.0.%d.2\"}",
			i ? "," : "", i, i, i, i, i, i);
	}
	strcat(rule, ",{\"priority\":32766,\"table\":\"main\"}]");
	add(s, "link.json", strcat(link, "]"));
	add(s, "address.json", strcat(address, "]"));
	add(s, "rule.json", rule);
	add(s, "route.json", strcat(local, "]"));
}

static void add_route(struct snapshot *s, const struct ip_prefix *p, uint32_t table, int dev)
{
	struct route *r = ARENA_PUSH(&s->arena, s->route, s->route_n, s->route_cap);

	*r = route_init(AF_INET);
	route_set_dst(r, *p);
	r->table = table;
	r->oif = (uint32_t)(2 + dev);
	r->gateway = (struct ip_addr){AF_INET, {10, 0, (uint8_t)dev, table_random() % 100 ? 1 : 3}};
	r->has |= HAS(ROUTE_OIF) | HAS(ROUTE_GATEWAY);
}

int main(int argc, char **argv)
{
	struct table t = {.family = AF_INET};
	struct snapshot s = {.settings = SETTINGS_INIT};
	struct ip_prefix all = {{AF_INET, {0}}, 0};
	struct arena a = {0};
	struct prove_goal goal = {.uplink_n = 0};
	struct prove_failure *x = NULL;
	struct err e = ERR_INIT;
	uint64_t looked = 0;
	struct fib *f;

	if (argc > 1 && *argv[1])
		table_read(&t, argv[1]);
	else
		table_make(&t);
	make_machine(&s);
	for (int i = 0; i < UPLINKS; i++) {
		struct ip_prefix link = {{AF_INET, {10, 0, (uint8_t)i}}, 24};
		add_route(&s, &all, 100 + (uint32_t)i, i);
		add_route(&s, &link, 100 + (uint32_t)i, i);
		s.route[s.route_n - 1].has &= ~HAS(ROUTE_GATEWAY);
		for (size_t k = 0; k < t.n; k++)
			if (table_random() % 10)
				add_route(&s, &t.p[k].prefix, 100 + (uint32_t)i, i);
	}
	double start = now_ms();
	if (fib_new(&f, &s, &e) < 0) {
		fprintf(stderr, "bench_prove: %s\n", e.msg);
		return 1;
	}
	double made = now_ms();
	prove_discover(f, &a, &goal);
	long n = prove_machine(f, &goal, &a, &x, &looked, &e);
	printf("%zu routes in %d tables, %zu uplinks: the model in %.0f ms, the proof in %.0f ms: %llu "
	       "packets looked at, %ld failures\n",
	       s.route_n, UPLINKS, goal.uplink_n, made - start, now_ms() - made,
	       (unsigned long long)looked, n);
	for (long i = 0; i < n && i < 3; i++)
		printf("  %s\n", prove_kind_text(x[i].kind));
	arena_free(&a);
	fib_free(f);
	snapshot_free(&s);
	free(t.p);
	return n < 0;
}
