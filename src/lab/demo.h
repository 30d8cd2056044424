/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_DEMO_H
#define MH_LAB_DEMO_H

#include "base/err.h"

/*
 * The demonstration: labs, the real program on their server, real packets, one table. Prints.
 */
struct demo_options {
	const char *dir;     /* of labs */
	const char *program; /* the multihome to show; NULL: this one */
	unsigned flows;	     /* that are to be shared out, in each case */
	int topology_n;	     /* 0: two-isp and shared-subnet */
	const char *const *topology;
};

/* 0 if everything is as promised, 1 if not, or a negative errno if it could not be found out. */
int demo_run(const struct demo_options *options, struct err *e);

#endif
