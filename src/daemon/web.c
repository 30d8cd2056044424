/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/web.h"

#include "base/cleanup.h"
#include "daemon/channel.h"
#include "daemon/children.h"
#include "daemon/events.h"
#include "daemon/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BACKLOG	    64
#define ASKED_EVERY 500 /* milliseconds; more often it is not heard */

struct http {
	struct starter *starter;
	const struct converge *converge;
	struct view *view;
	struct listen_config at; /* where it listens */
	int listening;		 /* -1: nothing is */
	struct channel *channel; /* NULL: it does not */
	uint64_t fresh;		 /* when the child was told last, by the loop's clock */
};

/* What the child is told */

static void put(char *dst, size_t size, const char *text)
{
	snprintf(dst, size, "%s", text);
}

static void send_event(struct http *h, const struct event *e)
{
	struct web_event m = {.head = WIRE_HEAD(WEB_EVENT, m),
			      .event = {.number = e->number,
					.time = e->time,
					.level = e->level,
					.family = e->family}};

	put(m.event.kind, sizeof(m.event.kind), event_kind_text(e->kind));
	put(m.event.uplink, sizeof(m.event.uplink), e->uplink);
	put(m.event.text, sizeof(m.event.text), e->text);
	channel_send(h->channel, &m);
}

static void happened(void *arg, const struct event *e)
{
	struct http *h = arg;

	if (h->channel)
		send_event(h, e);
}

void http_refresh(struct http *h)
{
	struct err e = ERR_INIT;
	struct status s;

	if (!h->channel)
		return;
	if (view_status(h->view, &s, &e) < 0) {
		log_err("web", &e);
		return;
	}
	const struct web_daemon d = {WIRE_HEAD(WEB_DAEMON, d), s.daemon};
	channel_send(h->channel, &d);
	for (uint32_t i = 0; i < s.daemon.uplink_n; i++) {
		const struct web_uplink u = {WIRE_HEAD(WEB_UPLINK, u), s.uplink[i]};
		channel_send(h->channel, &u);
	}
	for (uint32_t i = 0; i < s.daemon.warning_n; i++) {
		const struct web_warning w = {WIRE_HEAD(WEB_WARNING, w), s.warning[i]};
		channel_send(h->channel, &w);
	}
	const struct web_word end = {WIRE_HEAD(WEB_END, end)};
	channel_send(h->channel, &end);
	status_free(&s);
	h->fresh = uv_now(starter_loop(h->starter));
}

static void started(void *arg, struct channel *c)
{
	struct http *h = arg;
	uint64_t from = 0;

	h->channel = c;
	for (const struct event *e; (e = events_from(from)); from = e->number + 1)
		send_event(h, e);
	http_refresh(h);
}

static void heard(void *arg, const union wire_message *m)
{
	struct http *h = arg;

	(void)m; /* there is one only; the child asks seldom, unless it is somebody else's by now */
	if (uv_now(starter_loop(h->starter)) - h->fresh >= ASKED_EVERY)
		http_refresh(h);
}

/* Where it listens */

static int open_socket(const struct listen_config *l, struct err *e)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(l->port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(l->port)};
	bool v6 = l->addr.family == AF_INET6;
	const struct sockaddr *a = v6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	char text[IP_ADDR_STRLEN];
	const int on = 1;

	memcpy(&six.sin6_addr, l->addr.b, 16);
	memcpy(&four.sin_addr, l->addr.b, 4);
	CLEANUP(free_fd)
	int fd = socket(l->addr.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		/* The address may come later. */
		setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
		if (v6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	}
	if (fd < 0 || bind(fd, a, v6 ? sizeof(six) : sizeof(four)) < 0 || listen(fd, BACKLOG) < 0)
		return err_errno(e, -errno, "http: %s port %u", ip_addr_str(&l->addr, text),
				 l->port);
	int ret = fd;
	fd = -1;
	return ret;
}

static void stop(struct http *h)
{
	channel_close(h->channel);
	h->channel = NULL;
	if (h->listening >= 0)
		close(h->listening);
	h->listening = -1;
}

static int start(struct http *h, const struct listen_config *l, struct err *e)
{
	static const struct wire_type types[] = {[WEB_ASKED] = {sizeof(struct web_word), NULL}};
	struct channel_role role = {.kind = CHILD_WEB,
				    .give_n = 1,
				    .in = {types, ARRAY_SIZE(types)},
				    .heard = heard,
				    .started = started,
				    .arg = h};

	h->listening = open_socket(l, e);
	if (h->listening < 0)
		return h->listening;
	role.give[0] = h->listening;
	return channel_open(&h->channel, h->starter, &role, e);
}

void http_configured(struct http *h)
{
	const struct listen_config *l = &h->converge->config.http;
	struct err e = ERR_INIT;

	if (ip_addr_eq(&l->addr, &h->at.addr) && l->port == h->at.port)
		return;
	stop(h);
	h->at = *l;
	if (l->addr.family && start(h, l, &e) < 0) {
		log_err("not served", &e);
		stop(h);
		h->at = (struct listen_config){0}; /* a reload tries again */
	}
}

/* Life */

int http_open(struct http **ret, struct starter *s, const struct converge *c, struct view *v,
	      struct err *e)
{
	struct http *h = calloc(1, sizeof(*h));

	if (!h)
		return err_errno(e, -ENOMEM, "http");
	*h = (struct http){.starter = s, .converge = c, .view = v, .listening = -1};
	events_listen(happened, h);
	*ret = h;
	return 0;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	events_deafen(h);
	stop(h);
	free(h);
}
