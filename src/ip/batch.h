/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_BATCH_H
#define MH_IP_BATCH_H

#include "ip/context.h"

/*
 * Carries out the commands in a file ("-": standard input), one a line; '#' begins a comment, a
 * backslash at the end joins lines, quotes hold blanks. Stops at the first failure, unless -force
 * was given; either way a failed line is named, and the result is an error.
 */
int ip_batch(struct ip *ip, const char *path, struct err *e);

#endif
