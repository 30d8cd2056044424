/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_NOTIFY_H
#define MH_DAEMON_NOTIFY_H

/* Tells the service manager ("READY=1"), as sd_notify(3) does; nothing if there is none. */
void notify_manager(const char *text);

#endif
