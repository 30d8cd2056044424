/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_TESTS_UNIT_KERNEL_ASK_H
#define MH_TESTS_UNIT_KERNEL_ASK_H

#include "fib/fib.h"

/* The kernel's answers to RTM_GETROUTE, many questions in one send. */
struct ask;

struct ask_answer {
	int code; /* 0, or the kernel's negative errno */
	struct route route;
};
typedef void ask_fn(unsigned i, const struct ask_answer *a, void *arg);

struct ask *ask_open(void); /* in the network namespace of now; fails the test */
void ask_close(struct ask *k);
/* The way of each of n packets; with `match`, the route that decides it (RTM_F_FIB_MATCH). */
void ask_all(struct ask *k, const struct fib_packet *p, unsigned n, bool match, ask_fn *fn,
	     void *arg);

#endif
