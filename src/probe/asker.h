/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_ASKER_H
#define MH_PROBE_ASKER_H

#include "base/err.h"
#include "probe/probe.h"

/*
 * A kind of probe as the process that probes uses it (daemon/prober_process.c): the functions that
 * probe.h describes, of one shape. A new kind is a row in asker.c; what it needs of a target goes
 * into struct probe_terms, and into the message that brings it (daemon/prober_wire.h). It is opened
 * when there is the first target of its kind, inside the sandbox; a system call that it makes and
 * the others do not is named there.
 */
struct asker {
	int (*open)(void **ret, struct err *e);
	void (*close)(void *self); /* NULL is fine */
	int (*fd)(const void *self);
	size_t (*send)(void *self, struct probe *v, size_t n, uint64_t now);
	void (*read)(void *self, probe_fn *fn, void *arg);
	void (*forget)(void *self);
	uint64_t (*strangers)(const void *self); /* messages that were no answers */
};

/* NULL: none that the process that probes can use. */
const struct asker *asker_of(enum probe_kind kind);

#define ASKERS (PROBE_HTTP + 1)

#endif
