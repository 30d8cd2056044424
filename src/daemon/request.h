/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_REQUEST_H
#define MH_DAEMON_REQUEST_H

#include "base/err.h"
#include "uplink/desired.h"

#include <stddef.h>

/*
 * What may be asked on the control socket: one line of words, of letters, digits and "_.-".
 *
 *	status
 *	events [FROM]              those from this number on that are remembered
 *	follow [FROM]              the same, and then each one as it happens
 *	uplink NAME up|down|drain
 *	reload [no-prove]
 *	restore N [no-prove]       the configuration applied N times ago
 *
 * Each is answered by one line of JSON, `follow` by one for each event; what could not be done by
 * {"error": {"message", "hint"}}, with "unproved": true if it is for want of a proof.
 */
#define REQUEST_SIZE 128 /* of a line, its end included */

enum request_kind {
	REQUEST_STATUS,
	REQUEST_EVENTS,
	REQUEST_FOLLOW,
	/* Those that change something. */
	REQUEST_UPLINK,
	REQUEST_RELOAD,
	REQUEST_RESTORE,
};

struct request {
	enum request_kind kind;
	uint64_t number;
	bool no_prove; /* RELOAD, RESTORE: its plan need not be proved */
	char uplink[40];
	enum way_hand hand;
};

static inline bool request_changes(const struct request *r)
{
	return r->kind >= REQUEST_UPLINK;
}

/* Another configuration is to be in force. */
static inline bool request_configures(const struct request *r)
{
	return r->kind == REQUEST_RELOAD || r->kind == REQUEST_RESTORE;
}

/* Reads a line without its end; it comes from anybody. -EINVAL. */
int request_parse(const char *line, size_t len, struct request *ret, struct err *e);

#endif
