/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of keys that only multihomed has a use for: who may ask it, where it serves, its hooks. */
#include "base/cleanup.h"
#include "base/suggest.h"
#include "uplink/ini.h"
#include "uplink/schema.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

static void *member(void *data, const struct key *k)
{
	return (char *)data + k->off;
}

int key_read_group(struct reading *r, const struct key *k, const struct object *o, struct word v,
		   void *data, struct err *e)
{
	struct group gr, *found = NULL;
	size_t size = 65536;
	char *buf = arena_alloc(&r->c->arena, size);
	int rc = getgrnam_r(v.text, &gr, buf, size, &found);

	(void)o;
	if (rc && rc != ENOENT && rc != ESRCH && rc != EBADF && rc != EPERM)
		return place_err(&v.place, e, "\"%s\" cannot be looked up: %s",
				 word_clip(&r->c->arena, v.text), strerror(rc));
	if (!found)
		return place_err(&v.place, e, "there is no group \"%s\" on this machine",
				 word_clip(&r->c->arena, v.text));
	*(uint32_t *)member(data, k) = found->gr_gid;
	return 0;
}

/* "127.0.0.1:9180", "[::1]:9180" */
int key_read_listen(struct reading *r, const struct key *k, const struct object *o, struct word v,
		    void *data, struct err *e)
{
	struct listen_config *l = member(data, k);
	char *host = arena_strdup(&r->c->arena, v.text), *colon = strrchr(host, ':'), *end;
	size_t n = colon ? (size_t)(colon - host) : 0;

	(void)o;
	if (!colon || colon[1] < '0' || colon[1] > '9')
		return place_err(&v.place, e, "\"%s\" is no address and port",
				 word_clip(&r->c->arena, v.text));
	*colon = 0;
	bool brackets = n > 2 && host[0] == '[' && host[n - 1] == ']';
	if (brackets)
		host[n - 1] = 0;
	unsigned long port = strtoul(colon + 1, &end, 10);
	if (!ip_addr_parse(host + brackets, 0, &l->addr) ||
	    brackets != (l->addr.family == AF_INET6))
		return place_err(&v.place, e, "\"%s\" is no address",
				 word_clip(&r->c->arena, host));
	if (*end || port < 1 || port > 65535)
		return place_err(&v.place, e, "\"%s\" is no port",
				 word_clip(&r->c->arena, colon + 1));
	l->port = (uint16_t)port;
	return 0;
}

static const char *const hook_words[HOOK_WHENS] = {
	[HOOK_UP] = "up", [HOOK_DOWN] = "down", [HOOK_CHANGE] = "change"};

int key_read_on(struct reading *r, const struct key *k, const struct object *o, struct word v,
		void *data, struct err *e)
{
	struct hook_config *h = data;
	struct word rest = v, w;

	(void)k, (void)o;
	h->on = 0;
	while (word_next(&r->c->arena, &rest, &w)) {
		struct suggest s = suggest_init(w.text);
		unsigned i = 0;
		for (; i < HOOK_WHENS && strcmp(hook_words[i], w.text) != 0; i++)
			suggest_try(&s, hook_words[i]);
		if (i == HOOK_WHENS) {
			place_err(&w.place, e, "\"%s\" is neither up, down nor change",
				  word_clip(&r->c->arena, w.text));
			return s.best ? err_hint(e, "did you mean \"%s\"?", s.best) : -EINVAL;
		}
		h->on |= 1u << i;
	}
	return 0;
}

int key_read_run(struct reading *r, const struct key *k, const struct object *o, struct word v,
		 void *data, struct err *e)
{
	struct hook_config *h = data;

	(void)r, (void)k, (void)o;
	if (strlen(v.text) > HOOK_COMMAND)
		return place_err(&v.place, e, "a command of more than %d characters", HOOK_COMMAND);
	h->run = v.text;
	return 0;
}

/* "10s", "500ms", "2m" in milliseconds. */
int key_read_time(struct reading *r, const struct key *k, const struct object *o, struct word v,
		  void *data, struct err *e)
{
	static const struct {
		const char *unit;
		double factor;
	} units[] = {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}};
	uint32_t *ret = member(data, k);
	char *unit;
	double n = strtod(v.text, &unit);

	(void)o;
	for (size_t i = 0; *v.text >= '0' && *v.text <= '9' && i < ARRAY_SIZE(units); i++)
		if (!strcmp(units[i].unit, unit) && n * units[i].factor >= k->min &&
		    n * units[i].factor <= k->max) {
			*ret = (uint32_t)(n * units[i].factor);
			return 0;
		}
	return place_err(&v.place, e, "\"%s\" is no time such as 500ms or 10s, from %ums to %us",
			 word_clip(&r->c->arena, v.text), k->min, k->max / 1000);
}

int key_read_damping(struct reading *r, const struct key *k, const struct object *o, struct word v,
		     void *data, struct err *e)
{
	if (strcmp(v.text, "no") != 0)
		return key_read_time(r, k, o, v, data, e);
	*(uint32_t *)member(data, k) = 0;
	return 0;
}

int key_read_failback(struct reading *r, const struct key *k, const struct object *o, struct word v,
		      void *data, struct err *e)
{
	struct uplink_config *u = data;
	struct suggest s = suggest_init(v.text);
	struct key time = *k;
	struct word w, line = v;

	word_next(&r->c->arena, &v, &w);
	u->failback_now = !strcmp(w.text, "now");
	u->hold = 0;
	if (!strcmp(w.text, "hold")) {
		time.off = offsetof(struct uplink_config, hold);
		if (word_next(&r->c->arena, &v, &w))
			return key_read_time(r, &time, o, w, data, e);
		place_err(&line.place, e, "how long is it to be held?");
		return err_hint(e, "such as failback = hold 60s");
	}
	for (unsigned i = 0; k->words[i]; i++) {
		if (!strcmp(k->words[i], line.text))
			return 0;
		suggest_try(&s, k->words[i]);
	}
	place_err(&line.place, e, "\"%s\" is none of %s", word_clip(&r->c->arena, line.text),
		  k->value);
	return s.best ? err_hint(e, "did you mean \"%s\"?", s.best) : -EINVAL;
}
