/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_LOG_H
#define MH_DAEMON_LOG_H

#include "base/err.h"

/* The daemon's log, for what is nothing but a line: an event (events.h) of kind note or error. */
enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTE = 5, LOG_FACT = 6 };

void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_err(const char *what, const struct err *e);

#endif
