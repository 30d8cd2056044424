/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_COMMAND_H
#define MH_LAB_COMMAND_H

#include "base/err.h"
#include "base/out.h"

/*
 * Runs a program on a host of a lab, without input, and collects in `ret` what it says on both of
 * its outputs. Returns its exit status (128 + N if signal N ended it), or a negative errno. It dies
 * with the caller.
 */
int command_run(const char *dir, const char *lab, const char *host, char *const argv[],
		struct out *ret, struct err *e);

#endif
