/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_CLI_ASK_H
#define MH_CLI_ASK_H

#include "cli/cli.h"

/* Asking the daemon, by its control socket: a line there, a line of JSON back. */
struct ask;

/* 1: connected; 0: no daemon is at work here; or an error. */
int ask_open(struct ask **ret, const struct cli *c, struct err *e);
void ask_close(struct ask *a); /* NULL is fine */
int ask_fd(const struct ask *a);

/*
 * Sends a request (without the line's end) and reads the answer, which is valid until the next
 * call. An answer that is an error becomes one.
 */
int ask_line(struct ask *a, const char *request, const char **ret, struct err *e);
int ask_send(struct ask *a, const char *request, struct err *e);
/* The next line; 1, or 0 at the end. */
int ask_next(struct ask *a, const char **ret, struct err *e);
/* Whether a whole line has been received already. */
bool ask_has_line(const struct ask *a);

/* As ask_open(), and an error where there is no daemon. */
int ask_need(struct ask **ret, const struct cli *c, struct err *e);

#endif
