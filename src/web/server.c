/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "web/server.h"

#include "base/cleanup.h"

#include <dlfcn.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

#define LIBRARY "libmicrohttpd.so.12"

/* At one time, for so long without a word, and with so much memory each. */
#define CLIENTS 64u
#define SECONDS 15u
#define MEMORY	((size_t)16384)

static struct {
	typeof(MHD_start_daemon) *start_daemon;
	typeof(MHD_get_fdset2) *get_fdset;
	typeof(MHD_run_from_select) *run_from_select;
	typeof(MHD_get_timeout) *get_timeout;
	typeof(MHD_lookup_connection_value) *lookup;
	typeof(MHD_create_response_from_buffer) *create;
	typeof(MHD_add_response_header) *add_header;
	typeof(MHD_queue_response) *queue;
	typeof(MHD_destroy_response) *destroy;
} mhd;

static const struct {
	const char *name;
	void *at;
} functions[] = {
	{"MHD_start_daemon", &mhd.start_daemon},
	{"MHD_get_fdset2", &mhd.get_fdset},
	{"MHD_run_from_select", &mhd.run_from_select},
	{"MHD_get_timeout", &mhd.get_timeout},
	{"MHD_lookup_connection_value", &mhd.lookup},
	{"MHD_create_response_from_buffer", &mhd.create},
	{"MHD_add_response_header", &mhd.add_header},
	{"MHD_queue_response", &mhd.queue},
	{"MHD_destroy_response", &mhd.destroy},
};

struct web {
	struct MHD_Daemon *daemon;
	bool only_here, was_asked;
	struct status status;
	struct status_event event[WEB_EVENTS];
	uint64_t event_n; /* all that came */
};

/* Answers */

static void put_events(const struct web *w, struct out *o)
{
	struct json j;

	jw_init(&j, o, false);
	jw_array(&j, NULL);
	for (uint64_t i = w->event_n > WEB_EVENTS ? w->event_n - WEB_EVENTS : 0; i < w->event_n;
	     i++)
		status_event_json(&j, &w->event[i % WEB_EVENTS]);
	jw_array_end(&j);
	out_putc(o, '\n');
}

static void put_status(const struct web *w, struct out *o)
{
	struct json j;

	jw_init(&j, o, false);
	status_json(&j, &w->status);
	out_putc(o, '\n');
}

bool web_is_here(const char *host)
{
	char name[64];
	size_t n = host[0] == '[' ? strcspn(host, "]") : strcspn(host, ":");
	struct ip_addr a;

	if (n >= sizeof(name))
		return false;
	memcpy(name, host, n);
	name[n] = 0;
	return !strcmp(name, "localhost") || ip_addr_parse(name + (*name == '['), 0, &a);
}

static void refuse(struct web_answer *ret, struct out *o, unsigned code, const char *text)
{
	*ret = (struct web_answer){code, "text/plain; charset=utf-8", false};
	out_puts(o, text);
}

void web_answer(const struct web *w, const char *method, const char *path, const char *host,
		struct web_answer *ret, struct out *o)
{
	*ret = (struct web_answer){MHD_HTTP_OK, "application/json", false};
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		refuse(ret, o, MHD_HTTP_METHOD_NOT_ALLOWED, "There is only GET.\n");
	} else if (w->only_here && host && !web_is_here(host)) {
		refuse(ret, o, MHD_HTTP_FORBIDDEN, "Ask for localhost.\n");
	} else if (!strcmp(path, "/")) {
		*ret = (struct web_answer){MHD_HTTP_OK, "text/html; charset=utf-8", true};
	} else if (!strcmp(path, "/status.json")) {
		put_status(w, o);
	} else if (!strcmp(path, "/events.json")) {
		put_events(w, o);
	} else if (!strcmp(path, "/metrics")) {
		ret->type = "text/plain; version=0.0.4; charset=utf-8";
		status_metrics(o, &w->status);
	} else {
		refuse(ret, o, MHD_HTTP_NOT_FOUND,
		       "There are /, /status.json, /events.json and /metrics.\n");
	}
}

static enum MHD_Result send_answer(struct MHD_Connection *c, const struct web_answer *a,
				   struct out *o)
{
	static const char *const headers[][2] = {
		{"Cache-Control", "no-store"},
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "no-referrer"},
		{"Content-Security-Policy",
		 "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
		 "connect-src 'self'; img-src data:; frame-ancestors 'none'"},
	};
	struct MHD_Response *r =
		a->page ? mhd.create(web_page_size, (void *)web_page, MHD_RESPMEM_PERSISTENT)
			: mhd.create(o->len, o->buf, MHD_RESPMEM_MUST_FREE);

	if (!r)
		return MHD_NO;
	*o = (struct out){.fd = -1}; /* the response has it */
	mhd.add_header(r, "Content-Type", a->type);
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		mhd.add_header(r, headers[i][0], headers[i][1]);
	enum MHD_Result rc = mhd.queue(c, a->code, r);
	mhd.destroy(r);
	return rc;
}

/* Called once when the head is there, and once more when the body is, which is nobody's matter. */
static enum MHD_Result asked(void *arg, struct MHD_Connection *c, const char *path,
			     const char *method, const char *version, const char *body,
			     size_t *body_len, void **seen)
{
	static const char mark;
	struct web *w = arg;
	struct web_answer a;
	struct out o;

	(void)version, (void)body;
	if (!*seen) {
		*seen = (void *)&mark;
		return MHD_YES;
	}
	if (*body_len) {
		*body_len = 0;
		return MHD_YES;
	}
	w->was_asked = true;
	out_init(&o, -1);
	web_answer(w, method, path, mhd.lookup(c, MHD_HEADER_KIND, "Host"), &a, &o);
	enum MHD_Result rc = send_answer(c, &a, &o);
	out_free(&o);
	return rc;
}

/* Life */

static int load(struct err *e)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		err_set(e, -ENOENT, "http: %s", dlerror());
		return err_hint(e, "install libmicrohttpd");
	}
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *f = dlsym(library, functions[i].name);
		if (!f)
			return err_set(e, -ENOENT, "http: %s has no %s", LIBRARY,
				       functions[i].name);
		memcpy(functions[i].at, &f, sizeof(f));
	}
	return 0;
}

int web_open(struct web **ret, int fd, bool only_here, struct err *e)
{
	struct web *w = calloc(1, sizeof(*w));

	if (!w)
		return err_errno(e, -ENOMEM, "http");
	w->only_here = only_here;
	int rc = load(e);
	if (rc < 0) {
		free(w);
		return rc;
	}
	w->daemon = mhd.start_daemon(MHD_NO_FLAG, 0, NULL, NULL, asked, w, MHD_OPTION_LISTEN_SOCKET,
				     fd, MHD_OPTION_CONNECTION_LIMIT, CLIENTS,
				     MHD_OPTION_CONNECTION_TIMEOUT, SECONDS,
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY, MHD_OPTION_END);
	if (!w->daemon) {
		free(w);
		return err_set(e, -EIO, "http: libmicrohttpd does not start");
	}
	*ret = w;
	return 0;
}

int web_serve(struct web *w, int fd, bool writing)
{
	MHD_UNSIGNED_LONG_LONG ms = 0;
	fd_set in, out, other;
	int last = fd;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&other);
	if (mhd.get_fdset(w->daemon, &in, &out, &other, &last, FD_SETSIZE) != MHD_YES)
		return -EIO;
	FD_SET(fd, &in);
	if (writing)
		FD_SET(fd, &out);
	bool wake = mhd.get_timeout(w->daemon, &ms) == MHD_YES;
	struct timeval t = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	if (select(last + 1, &in, &out, &other, wake ? &t : NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	mhd.run_from_select(w->daemon, &in, &out, &other);
	return 0;
}

bool web_was_asked(struct web *w)
{
	bool was = w->was_asked;

	w->was_asked = false;
	return was;
}

void web_set(struct web *w, struct status *s)
{
	status_free(&w->status);
	w->status = *s;
	*s = (struct status){0};
}

void web_event(struct web *w, const struct status_event *e)
{
	w->event[w->event_n++ % WEB_EVENTS] = *e;
}
