/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/desk.h"

#include "apply/daemon.h"
#include "apply/history.h"
#include "daemon/control.h"
#include "daemon/events.h"
#include "daemon/hooks.h"
#include "daemon/log.h"
#include "daemon/view.h"
#include "daemon/web.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PULSE 5000 /* milliseconds */

struct desk {
	struct converge *converge;
	struct desk_calls calls;
	struct view *view;
	struct control *control;
	struct hooks *hooks;
	struct http *http;
	uv_timer_t pulse;
};

static int status(void *arg, struct json *j, struct err *e)
{
	struct desk *d = arg;
	struct status s;
	int rc = view_status(d->view, &s, e);

	if (rc < 0)
		return rc;
	status_json(j, &s);
	status_free(&s);
	return 0;
}

static const struct uplink_config *find_uplink(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->uplink_n; i++)
		if (!strcmp(c->uplink[i].name, name))
			return &c->uplink[i];
	return NULL;
}

static int take_in_hand(struct desk *d, const struct request *r, const char *who, struct err *e)
{
	static const char *const text[] = {[WAY_BY_ITSELF] = "up by hand",
					   [WAY_DOWN] = "put down by hand",
					   [WAY_DRAIN] = "drained by hand"};

	if (!find_uplink(&d->converge->config, r->uplink)) {
		err_set(e, -ENOENT, "there is no uplink \"%s\"", r->uplink);
		return err_hint(e, "`multihome status` lists them");
	}
	int rc = daemon_say(d->converge->dir, r->uplink, r->hand, e);
	if (!rc)
		event_emit((struct event){.kind = EVENT_HAND,
					  .level = EVENT_IS_NOTICE,
					  .uplink = r->uplink,
					  .who = who},
			   "%s, by %s", text[r->hand], who);
	return rc;
}

static int restore(struct desk *d, const struct request *r, struct err *e)
{
	struct history_entry old;
	struct arena a = {0};
	int rc = history_find(d->converge->dir, r->number, &a, &old, e);

	if (!rc)
		rc = d->calls.reload(d->calls.arg, old.path, !r->no_prove, e);
	arena_free(&a);
	return rc;
}

static int change(void *arg, const struct request *r, const char *who, struct err *e)
{
	struct desk *d = arg;
	int rc = -EINVAL;

	switch (r->kind) {
	case REQUEST_UPLINK:
		rc = take_in_hand(d, r, who, e);
		break;
	case REQUEST_RELOAD:
		rc = d->calls.reload(d->calls.arg, NULL, !r->no_prove, e);
		break;
	case REQUEST_RESTORE:
		rc = restore(d, r, e);
		break;
	default:
		break;
	}
	if (!rc)
		d->calls.again(d->calls.arg);
	return rc;
}

static void pulse(uv_timer_t *t)
{
	struct desk *d = t->data;

	view_sample(d->view);
	http_refresh(d->http);
}

void desk_configured(struct desk *d)
{
	struct err e = ERR_INIT;

	if (control_set_group(d->control, d->converge->config.control_group, &e) < 0)
		log_err("control socket", &e);
	hooks_configured(d->hooks);
	http_configured(d->http);
}

void desk_tried(struct desk *d, const struct err *e)
{
	control_tried(d->control, e);
}

struct view *desk_view(const struct desk *d)
{
	return d->view;
}

void desk_converged(struct desk *d, size_t steps, const struct err *e)
{
	http_refresh(d->http);
	control_done(d->control, steps, e);
}

int desk_open(struct desk **ret, struct starter *s, struct converge *c, const struct prober *p,
	      const struct audit *a, const struct desk_calls *calls, struct err *e)
{
	struct desk *d = calloc(1, sizeof(*d));
	uv_loop_t *loop = starter_loop(s);

	if (!d)
		return err_errno(e, -ENOMEM, "control");
	*d = (struct desk){.converge = c, .calls = *calls};
	uv_timer_init(loop, &d->pulse);
	d->pulse.data = d;
	const struct control_calls answers = {.status = status, .change = change, .arg = d};
	int rc = view_open(&d->view, c, p, a, e);
	if (!rc)
		rc = control_open(&d->control, loop, c->dir, &answers, e);
	if (!rc)
		rc = hooks_open(&d->hooks, s, c, e);
	if (!rc)
		rc = http_open(&d->http, s, c, d->view, e);
	if (rc < 0) {
		desk_close(d);
		return rc;
	}
	uv_timer_start(&d->pulse, pulse, PULSE, PULSE);
	desk_configured(d);
	*ret = d;
	return 0;
}

static void closed(uv_handle_t *h)
{
	struct desk *d = h->data;

	view_close(d->view);
	free(d);
}

void desk_close(struct desk *d)
{
	if (!d)
		return;
	control_close(d->control);
	hooks_close(d->hooks);
	http_close(d->http);
	uv_close((uv_handle_t *)&d->pulse, closed);
}
