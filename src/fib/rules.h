/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_RULES_H
#define MH_FIB_RULES_H

#include "fib/compiled.h"
#include "fib/walk.h"

/* The steps as they are made, for fib_walk(). */
struct fib_trace {
	struct arena *a;
	struct fib_step *step;
	size_t n, cap;
};

#endif
