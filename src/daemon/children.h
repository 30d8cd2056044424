/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_CHILDREN_H
#define MH_DAEMON_CHILDREN_H

#include "daemon/starter.h"

/* The processes that multihomed's starter can start (starter.h). */
enum { CHILD_PROBER, CHILD_WEB, CHILD_HTTP, CHILD_HOOKS, CHILD_KINDS };

extern const struct child_kind child_kinds[CHILD_KINDS];

#endif
