/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_BASE_ARENA_H
#define MH_BASE_ARENA_H

#include <stddef.h>

/*
 * An arena owns everything allocated from it and gives it back in one go. Allocation aborts the
 * program when memory is exhausted: a half-built snapshot or plan has no use, and nothing in the
 * kernel has been touched while one is being built.
 */
struct arena {
	struct arena_chunk *head;
};

/* `size` zeroed bytes, aligned for any object. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_dup(struct arena *a, const void *p, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Gives everything back; the arena may be used again. */
void arena_free(struct arena *a);

/* The same, but keeps a chunk for what comes: for work that is done over and over. */
void arena_reset(struct arena *a);

/*
 * A growing array whose memory is an arena's: `items` of T with `n` and `cap` beside it. Evaluates
 * to a pointer to the new, zeroed element.
 */
#define ARENA_PUSH(a, items, n, cap)                                                               \
	(arena_grow((a), (void **)&(items), &(n), &(cap), sizeof(*(items))), &(items)[(n)-1])
void arena_grow(struct arena *a, void **items, size_t *n, size_t *cap, size_t size);

#endif
