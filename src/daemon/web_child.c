/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/ipaddr.h"
#include "daemon/log.h"
#include "daemon/sandbox.h"
#include "daemon/web.h"
#include "web/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ASK_EVERY 900 /* milliseconds */

/* Messages */

static bool daemon_is_sound(const void *m)
{
	return status_daemon_is_sound(&((const struct web_daemon *)m)->daemon);
}

static bool uplink_is_sound(const void *m)
{
	return status_uplink_is_sound(&((const struct web_uplink *)m)->uplink);
}

static bool warning_is_sound(const void *m)
{
	return status_warning_is_sound(&((const struct web_warning *)m)->warning);
}

static bool event_is_sound(const void *m)
{
	return status_event_is_sound(&((const struct web_event *)m)->event);
}

static const struct wire_type types[WEB_KINDS] = {
	[WEB_DAEMON] = {sizeof(struct web_daemon), daemon_is_sound},
	[WEB_UPLINK] = {sizeof(struct web_uplink), uplink_is_sound},
	[WEB_WARNING] = {sizeof(struct web_warning), warning_is_sound},
	[WEB_END] = {sizeof(struct web_word), NULL},
	[WEB_EVENT] = {sizeof(struct web_event), event_is_sound},
};
const struct wire_protocol web_protocol = {types, WEB_KINDS};

static void begin(struct web_gather *g, const struct status_daemon *d)
{
	status_free(&g->next);
	*g = (struct web_gather){.next = {.daemon = *d}};
	g->next.uplink = calloc(d->uplink_n + 1, sizeof(*g->next.uplink));
	g->next.warning = calloc(d->warning_n + 1, sizeof(*g->next.warning));
	if (!g->next.uplink || !g->next.warning)
		status_free(&g->next);
}

bool web_gather(struct web_gather *g, const union wire_message *m, struct status *ret)
{
	switch (m->head.type) {
	case WEB_DAEMON:
		begin(g, &((const struct web_daemon *)m)->daemon);
		break;
	case WEB_UPLINK:
		if (g->uplink_n < g->next.daemon.uplink_n)
			g->next.uplink[g->uplink_n++] = ((const struct web_uplink *)m)->uplink;
		break;
	case WEB_WARNING:
		if (g->warning_n < g->next.daemon.warning_n)
			g->next.warning[g->warning_n++] = ((const struct web_warning *)m)->warning;
		break;
	case WEB_END:
		if (!g->next.uplink || g->uplink_n != g->next.daemon.uplink_n ||
		    g->warning_n != g->next.daemon.warning_n)
			return false;
		*ret = g->next;
		*g = (struct web_gather){0};
		return true;
	}
	return false;
}

/* Life */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void ask(struct wire *wire)
{
	const struct web_word m = {WIRE_HEAD(WEB_ASKED, m)};
	static int64_t asked;

	if (now_ms() - asked < ASK_EVERY)
		return;
	asked = now_ms();
	wire_send(wire, &m);
}

static int hear(struct wire *wire, struct web_gather *g, struct web *w)
{
	union wire_message m;
	struct status s;
	int rc;

	while ((rc = wire_receive(wire, &m)) > 0) {
		if (m.head.type == WEB_EVENT)
			web_event(w, &((const struct web_event *)(const void *)&m)->event);
		else if (web_gather(g, &m, &s))
			web_set(w, &s);
	}
	return rc < 0 ? rc : wire_flush(wire);
}

static int serve(struct wire *wire, struct web *w)
{
	struct web_gather g = {0};
	int rc = 0;

	while (rc >= 0) {
		rc = web_serve(w, wire->fd, wire->queued);
		if (rc < 0)
			break;
		rc = hear(wire, &g, w);
		if (web_was_asked(w))
			ask(wire);
	}
	return rc;
}

/* Whether the socket listens where nobody but this machine can ask. */
static bool only_here(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} a = {.any.sa_family = AF_UNSPEC};
	struct ip_addr addr = {0};
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.any, &len) < 0)
		return false;
	addr.family = (uint8_t)a.any.sa_family;
	if (addr.family == AF_INET)
		memcpy(addr.b, &a.four.sin_addr, 4);
	else
		memcpy(addr.b, &a.six.sin6_addr, 16);
	return ip_addr_is_loopback(&addr);
}

int web_child(const int fd[])
{
	static const char *const calls[] = {"accept4",	"accept",      "setsockopt", "getsockname",
					    "writev",	"getpeername", "sendfile",   "ioctl",
					    "pselect6", "select",      NULL};
	static const struct sandbox sandbox = {
		.name = "web", .nobody = true, .files = 128, .megabytes = 256, .calls = calls};
	struct err e = ERR_INIT;
	struct wire wire;
	struct web *w;

	if (web_open(&w, fd[1], only_here(fd[1]), &e) < 0) {
		log_err("web", &e);
		return 1;
	}
	tzset(); /* or gmtime_r() would read a file */
	sandbox_enter(&sandbox);
	wire_init(&wire, fd[0], &web_protocol);
	return serve(&wire, w) != -EPIPE;
}
