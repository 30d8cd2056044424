/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_JOURNAL_H
#define MH_DAEMON_JOURNAL_H

#include "daemon/events.h"

/*
 * Where the log goes: lines on standard error. Where standard error is the journal's stream (as
 * JOURNAL_STREAM says, systemd.exec(5)), an event goes to the journal itself, by its native
 * protocol, with the fields MH_EVENT, MH_UPLINK, MH_FAMILY and MH_WHO; should that fail, as a line
 * with its priority in front, as sd-daemon(3) has it.
 */
void journal_write(const struct event *e);

#endif
