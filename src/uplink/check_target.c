/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ping asks addresses; tcp addresses or hosts' names with ports; dns addresses, the port being 53
 * if none is said, for one name; http asks URLs. Names of hosts are looked up by the uplink.
 */
#include "uplink/check_target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT_DNS	 53
#define NAME_MAX_LETTERS 253
#define URL_MAX_LETTERS	 250

static void push(struct reading *r, struct check_config *c, struct check_target t)
{
	*ARENA_PUSH(&r->c->arena, c->target, c->target_n, c->target_cap) = t;
}

/* An address that a packet may be sent to by an uplink. */
static int check_host(const struct word *w, const struct ip_addr *a, struct err *e)
{
	char text[IP_ADDR_STRLEN];

	if (!ip_addr_is_any(a) && !ip_addr_is_multicast(a) && !ip_addr_is_loopback(a))
		return 0;
	return place_err(&w->place, e, "%s is no host behind an uplink", ip_addr_str(a, text));
}

/* 1 to 65535, and nothing behind it; 0 if it is no port. */
static uint16_t port_parse(const char *s)
{
	char *end;
	unsigned long v = *s >= '0' && *s <= '9' ? strtoul(s, &end, 10) : 0;

	return v && v <= UINT16_MAX && !*end ? (uint16_t)v : 0;
}

/* "192.0.2.1:53", "[2001:db8::1]:53", or an address alone (port 0). */
static bool endpoint_parse(struct arena *a, const char *s, struct check_target *t)
{
	const char *end = *s == '[' ? strchr(s, ']') : strchr(s, ':');

	t->port = 0;
	if (ip_addr_parse(s, 0, &t->addr))
		return true;
	if (!end || end == s)
		return false;
	const char *host = *s == '[' ? s + 1 : s, *behind = *s == '[' ? end + 1 : end;
	if (!ip_addr_parse(arena_strndup(a, host, (size_t)(end - host)),
			   *s == '[' ? AF_INET6 : AF_INET, &t->addr))
		return false;
	if (!*behind)
		return true;
	t->port = *behind == ':' ? port_parse(behind + 1) : 0;
	return t->port;
}

/* Letters, digits, "-" and "_" in labels of at most 63; `dots`: at least one dot. */
static bool is_name(const char *s, bool dots)
{
	size_t len = strlen(s), label = 0;
	bool dot = false;

	if (len > NAME_MAX_LETTERS)
		return false;
	for (; *s; s++) {
		if (*s == '.') {
			if (!label)
				return false;
			label = 0;
			dot = true;
		} else if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_",
				   *s) ||
			   ++label > 63)
			return false;
	}
	return len && (dot || !dots);
}

/* A name that cannot be meant as an IPv4 address: its last label is not a number. */
static bool is_host(const char *s)
{
	const char *dot = strrchr(s, '.'), *last = dot ? dot + 1 : s;

	return is_name(s, false) && last[strspn(last, "0123456789")];
}

/* Not a word that this check knows: the caller may have something nearer. */
static int unknown(struct reading *r, const struct word *w, const char *what, struct err *e)
{
	place_err(&w->place, e, "\"%s\" is neither %s nor an option of the check",
		  word_clip(&r->c->arena, w->text), what);
	return -ENOENT;
}

static int read_ping(struct reading *r, const struct word *w, struct check_config *c, struct err *e)
{
	struct check_target t = {.text = w->text};

	if (!ip_addr_parse(w->text, 0, &t.addr))
		return unknown(r, w, "an address", e);
	push(r, c, t);
	return check_host(w, &t.addr, e);
}

static int read_tcp(struct reading *r, const struct word *w, struct check_config *c, struct err *e)
{
	struct check_target t = {.text = w->text};
	const char *colon = strchr(w->text, ':');

	if (!endpoint_parse(&r->c->arena, w->text, &t)) {
		t.addr.family = 0;
		if (colon)
			t.host = arena_strndup(&r->c->arena, w->text, (size_t)(colon - w->text));
		t.port = colon ? port_parse(colon + 1) : 0;
		if (!t.port || !is_host(t.host))
			return unknown(r, w, "an address or a name with a port", e);
		push(r, c, t);
		return 0;
	}
	if (!t.port) {
		place_err(&w->place, e, "which port of %s?", w->text);
		return err_hint(e, strchr(w->text, ':') && *w->text != '[' ? "[%s]:443" : "%s:443",
				w->text);
	}
	push(r, c, t);
	return check_host(w, &t.addr, e);
}

static int read_dns(struct reading *r, const struct word *w, struct check_config *c, struct err *e)
{
	struct check_target t = {.text = w->text};

	if (endpoint_parse(&r->c->arena, w->text, &t)) {
		t.port = t.port ? t.port : PORT_DNS;
		push(r, c, t);
		return check_host(w, &t.addr, e);
	}
	if (!is_name(w->text, true))
		return unknown(r, w, "a name server's address, a name with a dot in it,", e);
	if (c->name)
		return place_err(&w->place, e, "a second name: the check asks for %s already",
				 c->name);
	c->name = w->text;
	return 0;
}

/* What a URL says; false if there is something that a check has no use for. */
static bool url_parse(struct arena *a, const char *s, struct check_target *t)
{
	bool tls = !strncmp(s, "https://", 8);
	const char *host = s + (tls ? 8 : 7);
	size_t n = strcspn(host, "/?#");
	const char *end = host + n, *colon;

	for (const char *p = s; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '#' || *p == '"' || *p == '\\')
			return false;
	if (memchr(host, '@', n))
		return false;
	if (*host == '[') {
		colon = memchr(host, ']', n);
		if (!colon)
			return false;
		t->host = arena_strndup(a, host + 1, (size_t)(colon++ - host - 1));
	} else {
		colon = memchr(host, ':', n);
		colon = colon ? colon : end;
		t->host = arena_strndup(a, host, (size_t)(colon - host));
	}
	t->port = tls ? 443 : 80;
	if (colon < end)
		t->port =
			*colon == ':'
				? port_parse(arena_strndup(a, colon + 1, (size_t)(end - colon - 1)))
				: 0;
	if (!t->port)
		return false;
	if (*host == '[')
		return ip_addr_parse(t->host, AF_INET6, &t->addr);
	return ip_addr_parse(t->host, AF_INET, &t->addr) || is_host(t->host);
}

static int read_http(struct reading *r, const struct word *w, struct check_config *c, struct err *e)
{
	struct check_target t = {.text = w->text};

	if (strncmp(w->text, "http://", 7) != 0 && strncmp(w->text, "https://", 8) != 0)
		return unknown(r, w, "a URL (http://... or https://...)", e);
	if (strlen(w->text) > URL_MAX_LETTERS || !url_parse(&r->c->arena, w->text, &t)) {
		place_err(&w->place, e, "\"%s\" is no URL that can be asked for",
			  word_clip(&r->c->arena, w->text));
		return err_hint(e, "http[s]://HOST[:PORT][/PATH], without a user or a fragment");
	}
	push(r, c, t);
	return t.addr.family ? check_host(w, &t.addr, e) : 0;
}

int check_target_read(struct reading *r, const struct word *w, struct check_config *c,
		      struct err *e)
{
	switch (c->kind) {
	case CHECK_PING:
		return read_ping(r, w, c, e);
	case CHECK_TCP:
		return read_tcp(r, w, c, e);
	case CHECK_DNS:
		return read_dns(r, w, c, e);
	case CHECK_HTTP:
		return read_http(r, w, c, e);
	case CHECK_GATEWAY:
		break;
	}
	place_err(&w->place, e, "\"%s\" is no option of a check by gateway",
		  word_clip(&r->c->arena, w->text));
	return -ENOENT;
}

int check_target_complete(const struct word *v, const struct check_config *c, struct err *e)
{
	static const char *const example[] = {
		[CHECK_PING] = "ping 192.0.2.1 198.51.100.1",
		[CHECK_TCP] = "tcp 192.0.2.1:443",
		[CHECK_DNS] = "dns 192.0.2.1 example.org",
		[CHECK_HTTP] = "http http://example.org/",
	};

	if (c->kind != CHECK_GATEWAY && !c->target_n) {
		place_err(&v->place, e, "the check asks nobody");
		return err_hint(e, "%s", example[c->kind]);
	}
	if (c->kind == CHECK_DNS && !c->name) {
		place_err(&v->place, e, "the check asks for no name");
		return err_hint(e, "%s", example[c->kind]);
	}
	if (c->quorum > c->target_n)
		return place_err(&v->place, e, "a quorum of %u, but %zu target%s", c->quorum,
				 c->target_n, c->target_n == 1 ? "" : "s");
	return 0;
}
