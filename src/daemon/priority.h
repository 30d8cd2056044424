/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_PRIORITY_H
#define MH_DAEMON_PRIORITY_H

/*
 * From now on this process is woken before the machine's other work: what it does is short, and
 * packets are lost until it is done. Its children are as any process is. Where that is not allowed,
 * nothing changes.
 */
void priority_raise(void);

#endif
