/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_FACTS_H
#define MH_APPLY_FACTS_H

#include "apply/kernel.h"
#include "uplink/doctor.h"

/*
 * What the doctor has to know of this machine. `snap` is the machine whole, and must outlive the
 * facts, as must the kernel; the rest is the arena's, but for the names, which facts_free() gives
 * back. What cannot be found out (sockets of others' without privileges) is left out.
 */
int facts_gather(struct kernel *k, const struct snapshot *snap, struct arena *a,
		 struct doctor_facts *ret, struct err *e);
void facts_free(struct doctor_facts *f);

#endif
