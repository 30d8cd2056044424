/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * multihome-http SOCKET LIFE: fetches pages for multihomed, which starts it when there is a check
 * that needs it. SOCKET is where it is asked (probe/http_wire.h), and LIFE is closed when its
 * parent is no more; both are numbers of descriptors. It has no more rights than anybody.
 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "daemon/sandbox.h"
#include "http/fetch.h"
#include "probe/names.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define SECOND	UINT64_C(1000000)
#define BATCH	16  /* questions taken in one go */
#define SLICE	200 /* milliseconds between two looks at what has waited too long */
#define FOREVER 3600000

struct program {
	int socket, life;
	struct fetcher *fetcher;
	struct names *names;
	unsigned busy; /* questions that are not answered yet */
};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

/* What the socket has no room for is lost, as a packet may be. */
static void tell(void *arg, const struct http_ask *ask, enum probe_fault fault)
{
	struct program *p = arg;
	const struct http_told t = {ask->target, ask->seq, (uint8_t)fault, 0};

	p->busy--;
	send(p->socket, &t, sizeof(t), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void begin(struct program *p, const struct http_ask *ask, const struct ip_addr *addr)
{
	if (fetch(p->fetcher, ask, addr) < 0)
		tell(p, ask, FAULT_HELPER);
}

static void named(void *arg, const void *ask, const struct ip_addr *addr, enum probe_fault fault)
{
	(void)fault;
	if (addr)
		begin(arg, ask, addr);
	else
		tell(arg, ask, FAULT_RESOLVE);
}

/* Those that were said, or else the system's as they are now. */
static unsigned servers_of(const struct http_ask *a, struct ip_addr ret[static HTTP_SERVERS])
{
	CLEANUP(arena_free) struct arena arena = {NULL};
	char *text;
	size_t len;

	memcpy(ret, a->server, sizeof(a->server));
	if (a->server_n || file_read(&arena, NAMES_SYSTEM, &text, &len, NULL) < 0)
		return a->server_n;
	return names_servers(text, a->src.family, ret, HTTP_SERVERS);
}

static void look_up(struct program *p, const struct http_ask *ask)
{
	struct ip_addr server[HTTP_SERVERS];
	const struct probe_terms terms = {
		.name = ask->host, .server = server, .server_n = servers_of(ask, server)};
	const struct probe probe = {
		.src = ask->src, .ifindex = ask->ifindex, .timeout = ask->timeout, .terms = &terms};

	if (!names_ask(p->names, &probe, ask, now_us()))
		tell(p, ask, FAULT_RESOLVE);
}

/* -EPIPE: nobody asks any more. */
static int take_questions(struct program *p)
{
	struct http_ask ask;

	for (unsigned i = 0; i < BATCH; i++) {
		ssize_t n = recv(p->socket, &ask, sizeof(ask), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (!n)
			return -EPIPE;
		if (!http_ask_is_sound(&ask, (size_t)n))
			return -EBADMSG;
		p->busy++;
		if (ask.named)
			look_up(p, &ask);
		else
			begin(p, &ask, &ask.dst);
	}
	return 0;
}

static int wait_once(struct program *p)
{
	struct pollfd fds[] = {
		{p->socket, POLLIN, 0}, {p->life, POLLIN, 0}, {names_fd(p->names), POLLIN, 0}};
	int rc = fetcher_wait(p->fetcher, fds, ARRAY_SIZE(fds), p->busy ? SLICE : FOREVER);

	if (!rc && fds[1].revents)
		return -EPIPE;
	if (!rc && fds[2].revents)
		names_read(p->names);
	if (!rc && fds[0].revents)
		rc = take_questions(p);
	names_expire(p->names, now_us());
	return rc;
}

/* Beside the names' servers, nothing of the file system: the authorities are read before. */
static const char *const files[] = {"/etc/resolv.conf", "/etc/hosts", "/run/systemd/resolve",
				    "/run/resolvconf", NULL};
static const char *const calls[] = {
	"socket",  "bind",   "connect", "setsockopt", "getsockname", "getpeername", "socketpair",
	"pipe2",   "openat", "open",	"stat",	      "lstat",	     "ioctl",	    "uname",
	"sysinfo", "getuid", "geteuid", "getgid",     "getegid",     NULL};

static int open_all(struct program *p, struct err *e)
{
	int rc = fetcher_open(&p->fetcher, tell, p, e);

	return rc < 0 ? rc : names_open(&p->names, sizeof(struct http_ask), named, p, e);
}

int main(int argc, char **argv)
{
	static const struct sandbox sandbox = {.name = "http",
					       .nobody = true,
					       .files = 1024,
					       .megabytes = 256,
					       .read = files,
					       .calls = calls};
	struct program p = {.socket = argc == 3 ? atoi(argv[1]) : 0,
			    .life = argc == 3 ? atoi(argv[2]) : 0};
	struct err e = ERR_INIT;
	char line[1024];

	if (p.socket < 3 || p.life < 3) {
		fputs("multihome-http is started by multihomed\n", stderr);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int rc = open_all(&p, &e);
	if (rc < 0) {
		fprintf(stderr, "multihome-http: %s\n", err_line(&e, line, sizeof(line)));
		return 1;
	}
	sandbox_enter(&sandbox);
	while (rc >= 0)
		rc = wait_once(&p);
	names_close(p.names);
	fetcher_close(p.fetcher);
	return rc != -EPIPE;
}
