/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_CLI_STATUS_H
#define MH_CLI_STATUS_H

#include "cli/ask.h"

/* `status` as the daemon tells it (daemon_status.c). */
int status_of_daemon(struct cli *c, struct ask *a, struct err *e);

/* "12.3 ms", "1.2 Mbit/s" of bytes a second, "3 h 20 min": the arena's. */
const char *text_ms(struct arena *a, double ms);
const char *text_rate(struct arena *a, double bytes);
const char *text_time(struct arena *a, double seconds);
const char *text_part(struct arena *a, double part); /* "75 %" of 0.75 */

#endif
