/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_HOOKS_H
#define MH_DAEMON_HOOKS_H

#include "daemon/converge.h"
#include "daemon/starter.h"
#include "daemon/wire.h"

/*
 * Hooks: commands of the user's that are run when something happens to an uplink. A child of the
 * daemon (hooks_child.c) runs them, so that the daemon never waits, forks or is hung for one; there
 * is none as long as no hook is configured.
 */
struct hooks;

/* `c`, of which the state of an uplink is asked, is to outlive it. */
int hooks_open(struct hooks **ret, struct starter *s, const struct converge *c, struct err *e);
/* What is running ends with it. NULL is fine. */
void hooks_close(struct hooks *h);
/* Another configuration is in force. */
void hooks_configured(struct hooks *h);

/* The two processes' messages. Texts end within their arrays. */
enum { HOOK_RUN, HOOK_REPORT };

struct hook_run {
	struct wire_head head;
	uint32_t timeout; /* milliseconds */
	char hook[40], uplink[40], interface[16], family[8], event[8], state[8], time[24];
	char why[256];
	char run[HOOK_COMMAND + 1];
};

enum hook_end { HOOK_EXITED, HOOK_SIGNALLED, HOOK_TIMED_OUT, HOOK_DROPPED, HOOK_NOT_STARTED };

struct hook_report {
	struct wire_head head;
	uint32_t end;	/* enum hook_end */
	uint32_t value; /* exit status, signal, number of those dropped, errno */
	char hook[40];
};

bool hook_run_is_sound(const void *message);
bool hook_report_is_sound(const void *message);

/* The child's life (starter.h): its one descriptor is its end of the channel. */
int hooks_child(const int fd[]);

#endif
