/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index of prefixes against a look at each of them. 4 bytes a prefix: its length and three
 * bytes of its address, a byte of which chooses where in the address they stand, so that prefixes
 * meet.
 */
#include "fib/lpm.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST 64

static uint32_t plain(const struct prefix_value *p, size_t n, const struct ip_addr *a)
{
	const struct prefix_value *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (ip_prefix_contains(&p[i].prefix, a) &&
		    (!best || p[i].prefix.len >= best->prefix.len))
			best = &p[i];
	return best ? best->value : LPM_NONE;
}

static void compare(const struct lpm *l, const struct prefix_value *p, size_t n, struct key k,
		    uint8_t family)
{
	struct ip_addr a = key_addr(k, family);

	if (lpm_lookup(l, &a) != plain(p, n, &a))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct prefix_value p[MOST] = {0};
	struct lpm *l;
	size_t n = 0;

	if (!size)
		return 0;
	uint8_t family = *data & 1 ? AF_INET6 : AF_INET;
	unsigned bits = ip_bits(family);
	for (data++, size--; n < MOST && size >= 4; data += 4, size -= 4, n++) {
		p[n].prefix = (struct ip_prefix){{family, {0}}, (uint8_t)(data[0] % (bits + 1))};
		p[n].prefix.addr.b[data[1] % (bits / 8)] = data[2];
		p[n].prefix.addr.b[(data[1] >> 4) % (bits / 8)] |= data[3];
		p[n].value = (uint32_t)n / 2;
	}
	if (lpm_new(family, p, n, NULL, &l, NULL) < 0)
		abort();
	for (size_t i = 0; i < n; i++) {
		struct key first = key_first(key_of(&p[i].prefix.addr), p[i].prefix.len);
		struct key last = key_last(first, p[i].prefix.len);
		struct key before = {first.hi - !first.lo, first.lo - 1};
		compare(l, p, n, first, family);
		compare(l, p, n, last, family);
		compare(l, p, n, before, family);
		compare(l, p, n, key_next(last), family);
	}
	lpm_free(l);
	return 0;
}
