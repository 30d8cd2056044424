/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_BASE_SUGGEST_H
#define MH_BASE_SUGGEST_H

#include <stddef.h>

/*
 * "Did you mean": the edit distance (Damerau: insert, drop, change, swap of neighbours) between two
 * words, and the search for the nearest of several. Feed candidates one by one; `best` is NULL when
 * none is near enough (a third of the word's letters, at least one).
 */
struct suggest {
	const char *word;
	const char *best;
	unsigned distance;
};

struct suggest suggest_init(const char *word);
void suggest_try(struct suggest *s, const char *candidate);

#endif
