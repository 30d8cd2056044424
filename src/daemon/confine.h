/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_CONFINE_H
#define MH_DAEMON_CONFINE_H

/*
 * What the main process of multihomed gives up for good (sandbox.h), once it has its starter
 * (starter.h) and its folder, `dir`.
 */
void confine_main(const char *dir);

#endif
