/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_TESTS_UNIT_UNIT_H
#define MH_TESTS_UNIT_UNIT_H

/* What cmocka.h wants before it, and what most unit tests need. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * At the head of a test that talks to the kernel: it is skipped where it would talk about the
 * machine's own network, because tests/run got no namespaces, or did not start it.
 */
#define NEED_NAMESPACES()                                                                          \
	do {                                                                                       \
		const char *root = getenv("MH_ROOT");                                              \
		if (!root || !strcmp(root, "none"))                                                \
			skip();                                                                    \
	} while (0)

/* The same for what takes long: `make check-long`, or a number of packets, has it run. */
#define NEED_LONG()                                                                                \
	do {                                                                                       \
		if (!getenv("MH_LONG") && !getenv("MH_PACKETS"))                                   \
			skip();                                                                    \
	} while (0)

/*
 * Random numbers for property tests (xorshift64*): the same ones in every run, so that a failure
 * comes again, unless MH_SEED says otherwise.
 */
static inline uint64_t rnd(void)
{
	static uint64_t s;

	if (!s) {
		const char *seed = getenv("MH_SEED");
		s = seed ? strtoull(seed, NULL, 0) : 0;
		s = s ? s : 0x9e3779b97f4a7c15;
	}
	s ^= s >> 12;
	s ^= s << 25;
	s ^= s >> 27;
	return s * 0x2545f4914f6cdd1d;
}

/* 0..n-1 */
static inline uint32_t rnd_below(uint32_t n)
{
	return (uint32_t)((rnd() >> 32) * n >> 32);
}

static inline void rnd_bytes(void *p, size_t n)
{
	for (uint8_t *b = p; n; n--)
		*b++ = (uint8_t)(rnd() >> 56);
}

#endif
