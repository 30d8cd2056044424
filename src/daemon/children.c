/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/children.h"

#include "daemon/hooks.h"
#include "daemon/http_child.h"
#include "daemon/prober_process.h"
#include "daemon/web.h"

const struct child_kind child_kinds[CHILD_KINDS] = {
	[CHILD_PROBER] = {"prober", PROBER_FDS, prober_process},
	[CHILD_WEB] = {"web", WEB_FDS, web_child},
	[CHILD_HTTP] = {"http", HTTP_CHILD_FDS, http_child},
	[CHILD_HOOKS] = {"hooks", 1, hooks_child},
};
