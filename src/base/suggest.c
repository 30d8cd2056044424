/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/suggest.h"

#include <limits.h>
#include <string.h>

#define LONGEST 64

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Three rows of the usual matrix; words longer than LONGEST are never near. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][LONGEST + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > LONGEST || m > LONGEST)
		return UINT_MAX;
	for (unsigned k = 0; k <= m; k++)
		row[0][k] = k;
	for (unsigned i = 1; i <= n; i++) {
		unsigned *cur = row[i % 3], *up = row[(i - 1) % 3], *up2 = row[(i + 1) % 3];
		cur[0] = i;
		for (unsigned k = 1; k <= m; k++) {
			cur[k] =
				min3(up[k] + 1, cur[k - 1] + 1, up[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
			    up2[k - 2] + 1 < cur[k])
				cur[k] = up2[k - 2] + 1;
		}
	}
	return row[n % 3][m];
}

struct suggest suggest_init(const char *word)
{
	unsigned near = (unsigned)strlen(word) / 3;

	return (struct suggest){.word = word, .distance = (near ? near : 1) + 1};
}

void suggest_try(struct suggest *s, const char *candidate)
{
	unsigned d = distance(s->word, candidate);

	if (d < s->distance) {
		s->distance = d;
		s->best = candidate;
	}
}
