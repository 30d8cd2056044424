/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_MANY_H
#define MH_FIB_MANY_H

#include "fib/fib.h"

/*
 * The ways of many packets, one after the other or in blocks: what fib_lookup() says of each, in a
 * fraction of the time. It remembers what it has found, so that each thread needs one of its own.
 */
struct fib_many;

/* The model must outlive it. -ENOMEM. */
int fib_many_new(const struct fib *f, struct fib_many **ret, struct err *e);
/* The same; tables of at least `great` prefixes are taken for great ones, as tests want. */
int fib_many_new_great(const struct fib *f, uint32_t great, struct fib_many **ret, struct err *e);
void fib_many_free(struct fib_many *m); /* NULL is fine */

/* The results point into the model. Blocks of some hundred packets take the least time. */
void fib_many_lookup(struct fib_many *m, const struct fib_packet *p, struct fib_result *ret,
		     size_t n);

#endif
