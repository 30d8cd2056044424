/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_CHILD_H
#define MH_LAB_CHILD_H

#include "base/err.h"

/*
 * Calls `fn` in a child process that dies with the caller, waits for it, and returns its result
 * and error. What else it changes, its network namespace above all, stays in the child.
 */
int child_call(int (*fn)(void *arg, struct err *e), void *arg, struct err *e);

#endif
