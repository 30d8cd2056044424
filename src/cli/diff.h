/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_CLI_DIFF_H
#define MH_CLI_DIFF_H

#include "cli/cli.h"

/*
 * The difference of two texts, line by line, as `diff -u` shows it (-j: an array of lines). False
 * if there is none, and then nothing is written.
 */
bool diff_write(struct cli *c, const char *old_name, const char *old_text, const char *new_name,
		const char *new_text);

#endif
