/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index of prefixes (fib/lpm.h) beside DPDK's rte_fib and rte_fib6, when the build found them:
 * time to build, memory, lookups a second, on the same prefixes and the same addresses. Every
 * answer of both is compared.
 *
 *   bench_fib [TABLE]   one prefix a line; without it a table of the same shape is made up
 *
 * Time is CPU time of this thread. Lookups take turns, round by round, and the median of the rounds
 * counts, so that what else the machine does falls on all alike. DPDK's memory is what its lookups
 * read (the first level and as many groups of the second as the prefixes need), without the tree
 * that it keeps beside for changes; it is put on huge pages, where it usually is.
 */
#include "bench/table.h"
#include "fib/lpm.h"

#include <sys/mman.h>
#include <time.h>

#define KEYS   (1 << 20)
#define BURST  512
#define ROUNDS 11

/* Keys as each asks for them. */
struct keys {
	uint32_t four[KEYS];
	uint8_t six[KEYS][16];
};

struct contestant {
	const char *name;
	double build; /* ms */
	size_t bytes;
	void *fib;
	/* Looks up BURST keys from `at` on; answers are 0 for "none". */
	void (*burst)(const struct contestant *, struct keys *, size_t at, uint64_t *ret);
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Ours */

static uint32_t out32[BURST];

static void our_burst4(const struct contestant *c, struct keys *k, size_t at, uint64_t *ret)
{
	(void)ret;
	lpm_lookup4_n(c->fib, k->four + at, out32, BURST);
}

static void our_burst6(const struct contestant *c, struct keys *k, size_t at, uint64_t *ret)
{
	(void)ret;
	lpm_lookup6_n(c->fib, (const uint8_t(*)[16])k->six + at, out32, BURST);
}

static void our_single4(const struct contestant *c, struct keys *k, size_t at, uint64_t *ret)
{
	(void)ret;
	for (size_t i = 0; i < BURST; i++)
		out32[i] = lpm_lookup4(c->fib, k->four[at + i]);
}

static void our_single6(const struct contestant *c, struct keys *k, size_t at, uint64_t *ret)
{
	(void)ret;
	for (size_t i = 0; i < BURST; i++)
		out32[i] = lpm_lookup6(c->fib, k->six[at + i]);
}

static void ours(const struct table *t, struct contestant *c)
{
	struct err e = ERR_INIT;
	struct lpm *l;
	double best = 1e9;

	for (unsigned i = 0; i < 5; i++) {
		double start = now_ms();
		if (lpm_new(t->family, t->p, t->n, NULL, &l, &e) < 0) {
			fprintf(stderr, "bench_fib: %s\n", e.msg);
			exit(1);
		}
		double took = now_ms() - start;
		best = took < best ? took : best;
		if (i < 4)
			lpm_free(l);
	}
	*c = (struct contestant){"multihome", best, lpm_bytes(l), l,
				 t->family == AF_INET ? our_burst4 : our_burst6};
}

/* DPDK's */

#ifdef HAVE_DPDK
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_fib6.h>

static void dpdk_start(void)
{
	static char *argv[] = {"bench_fib",
			       "--no-huge",
			       "--no-pci",
			       "--no-shconf",
			       "--no-telemetry",
			       "-m",
			       "2500",
			       "--log-level=error",
			       "--force-max-simd-bitwidth=512",

			       "-l",
			       "0",
			       NULL};
	if (rte_eal_init(sizeof(argv) / sizeof(*argv) - 1, argv) < 0) {
		fprintf(stderr, "bench_fib: DPDK: %s\n", rte_strerror(rte_errno));
		exit(1);
	}
}

static void dpdk_burst4(const struct contestant *c, struct keys *k, size_t at, uint64_t *ret)
{
	rte_fib_lookup_bulk(c->fib, k->four + at, ret, BURST);
}

static void dpdk_burst6(const struct contestant *c, struct keys *k, size_t at, uint64_t *ret)
{
	rte_fib6_lookup_bulk(c->fib, k->six + at, ret, BURST);
}

static int by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return key_less(*x, *y) ? -1 : key_less(*y, *x);
}

/* Groups of the second level: one for each value of 24, 32, ... bits that a longer prefix has. */
static size_t dpdk_groups(const struct table *t)
{
	struct key *k = malloc(t->n * sizeof(*k));
	size_t groups = 0;

	for (unsigned len = 24; k && len < ip_bits(t->family); len += 8) {
		size_t n = 0;
		for (size_t i = 0; i < t->n; i++)
			if (t->p[i].prefix.len > len)
				k[n++] = key_first(key_of(&t->p[i].prefix.addr), len);
		qsort(k, n, sizeof(*k), by_key);
		for (size_t i = 0; i < n; i++)
			groups += !i || !key_eq(k[i], k[i - 1]);
	}
	free(k);
	return groups;
}

/*
 * Onto huge pages what the lookups read: DPDK's memory without hugetlbfs is a file in memory, which
 * has none. The whole huge pages within are replaced by anonymous ones of the same content.
 */
static void huge(void *p, size_t bytes)
{
	uintptr_t page = UINT64_C(2) << 20, from = ((uintptr_t)p + page - 1) & ~(page - 1);
	size_t n = (((uintptr_t)p + bytes) & ~(page - 1)) - from;
	char *spare =
		mmap(NULL, n + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *copy = (char *)(((uintptr_t)spare + page - 1) & ~(page - 1));

	if (spare == MAP_FAILED || madvise(copy, n, MADV_HUGEPAGE) < 0 ||
	    !memcpy(copy, (void *)from, n) ||
	    mremap(copy, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, from) == MAP_FAILED)
		perror("bench_fib: DPDK's memory stays on small pages");
}

static void dpdk4(const struct table *t, struct contestant *c)
{
	size_t groups = dpdk_groups(t) + 1;
	struct rte_fib_conf conf = {.type = RTE_FIB_DIR24_8, .max_routes = (int)t->n * 2};
	double start = now_ms();

	/* 2 bytes: 1 has no place for the numbers of so many groups. */
	conf.dir24_8.nh_sz = RTE_FIB_DIR24_8_2B;
	conf.dir24_8.num_tbl8 = (uint32_t)groups;
	struct rte_fib *f = rte_fib_create("four", -1, &conf);
	for (size_t i = 0; f && i < t->n; i++)
		if (rte_fib_add(f, (uint32_t)(key_of(&t->p[i].prefix.addr).hi >> 32),
				t->p[i].prefix.len, t->p[i].value) < 0)
			f = NULL;
	if (!f) {
		fprintf(stderr, "bench_fib: rte_fib: %s\n", rte_strerror(rte_errno));
		exit(1);
	}
	*c = (struct contestant){"rte_fib, 2 bytes", now_ms() - start,
				 ((1 << 24) + groups * 256) * 2, f, dpdk_burst4};
	huge(rte_fib_get_dp(f), 2 << 24);
}

static void dpdk6(const struct table *t, struct contestant *c)
{
	size_t groups = dpdk_groups(t) + 1;
	struct rte_fib6_conf conf = {.type = RTE_FIB6_TRIE, .max_routes = (int)t->n * 2};
	/* 15 bits number the groups of the size below. */
	size_t size = groups < 1 << 15 ? 2 : 4;
	double start = now_ms();

	conf.trie.nh_sz = size == 2 ? RTE_FIB6_TRIE_2B : RTE_FIB6_TRIE_4B;
	conf.trie.num_tbl8 = 1 << 18; /* it sets aside more than it takes */

	struct rte_fib6 *f = rte_fib6_create("six", -1, &conf);
	int rc = f ? 0 : -rte_errno;
	for (size_t i = 0; !rc && i < t->n; i++)
		rc = rte_fib6_add(f, t->p[i].prefix.addr.b, t->p[i].prefix.len, t->p[i].value);
	if (rc) {
		fprintf(stderr, "bench_fib: rte_fib6: %s\n", rte_strerror(-rc));
		exit(1);
	}
	*c = (struct contestant){size == 2 ? "rte_fib6, 2 bytes" : "rte_fib6, 4 bytes",
				 now_ms() - start, ((1 << 24) + groups * 256) * size, f,
				 dpdk_burst6};
	huge(rte_fib6_get_dp(f), size << 24);
}
#endif

/* The race */

static double rate(const struct contestant *c, struct keys *k)
{
	static uint64_t out[BURST];
	double start = now_ms();

	for (size_t at = 0; at < KEYS; at += BURST)
		c->burst(c, k, at, out);
	return KEYS / (now_ms() - start) / 1e3;
}

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *x, size_t n)
{
	qsort(x, n, sizeof(*x), by_number);
	return x[n / 2];
}

static void compare(const struct contestant *us, const struct contestant *them, struct keys *k)
{
	uint64_t out[BURST];

	for (size_t at = 0; at < KEYS; at += BURST) {
		us->burst(us, k, at, NULL);
		them->burst(them, k, at, out);
		for (size_t i = 0; i < BURST; i++)
			if ((out32[i] == LPM_NONE ? 0 : out32[i]) != out[i]) {
				fprintf(stderr, "bench_fib: %s says %u, %s says %u\n", us->name,
					out32[i], them->name, (unsigned)out[i]);
				exit(1);
			}
	}
}

static void race(const struct table *t, struct contestant *c, size_t n)
{
	static struct keys k;
	double r[4][ROUNDS], result[KEYS_KINDS][4];

	for (unsigned kind = 0; kind < KEYS_KINDS; kind++) {
		struct key *key = table_keys(t, kind, KEYS);
		for (size_t i = 0; i < KEYS; i++) {
			struct ip_addr a = key_addr(key[i], AF_INET6);
			k.four[i] = (uint32_t)(key[i].hi >> 32);
			memcpy(k.six[i], a.b, 16);
		}
		free(key);
		/* Of those with the same values. */
		for (size_t i = 2; i < n && i < 3; i++)
			compare(&c[0], &c[i], &k);
		for (unsigned round = 0; round < ROUNDS; round++)
			for (size_t i = 0; i < n; i++)
				r[i][round] = rate(&c[i], &k);
		for (size_t i = 0; i < n; i++)
			result[kind][i] = median(r[i], ROUNDS);
	}
	printf("%-22s %9s %9s %9s  M lookups/s: %9s %9s %9s\n",
	       t->family == AF_INET ? "IPv4" : "IPv6", "build ms", "MiB", "B/prefix", keys_name[0],
	       keys_name[1], keys_name[2]);
	for (size_t i = 0; i < n; i++)
		printf("%-22s %9.0f %9.1f %9.1f %24.0f %9.0f %9.0f\n", c[i].name, c[i].build,
		       (double)c[i].bytes / (1 << 20), (double)c[i].bytes / (double)t->n,
		       result[0][i], result[1][i], result[2][i]);
	fflush(stdout);
}

static void run(uint8_t family, const char *path)
{
	struct table t = {.family = family};
	struct contestant c[4];
	size_t n = 2;

	if (path)
		table_read(&t, path);
	else
		table_make(&t);
	printf("%zu prefixes of IPv%c%s, %d next hops\n", t.n, family == AF_INET ? '4' : '6',
	       path ? "" : " (made up)", NEXT_HOPS);
	ours(&t, &c[0]);
	c[1] = c[0];
	c[1].name = " one at a time";
	c[1].burst = family == AF_INET ? our_single4 : our_single6;
#ifdef HAVE_DPDK
	if (family == AF_INET) {
		dpdk4(&t, &c[n++]);
	} else {
		dpdk6(&t, &c[n++]);
	}
#endif
	race(&t, c, n);
	lpm_free(c[0].fib);
	free(t.p);
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 && *argv[1] ? argv[1] : NULL;

#ifdef HAVE_DPDK
	dpdk_start();
#else
	printf("built without DPDK (libdpdk-dev): nothing to compare with\n");
#endif
	run(AF_INET, path);
	run(AF_INET6, path);
	return 0;
}
