/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/priority.h"

#include <sched.h>
#include <sys/resource.h>

#define NICE (-10)

void priority_raise(void)
{
	const struct sched_param p = {0};

	/* First what children get, so that none is ever born with it. */
	if (!sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &p))
		setpriority(PRIO_PROCESS, 0, NICE);
}
