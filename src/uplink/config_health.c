/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The value of `check`: a kind, whom it asks (check_target.h), and options in any order, each a
 *word and its value.
 *
 *	ping 192.0.2.1 2001:db8::1 every 500ms down 3 up 5 loss 20%
 */
#include "base/cleanup.h"
#include "base/suggest.h"
#include "uplink/check_target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum check_kind kind;
	uint32_t every; /* unless it is written */
} kinds[] = {
	{"ping", CHECK_PING, 500000},  {"gateway", CHECK_GATEWAY, 500000},
	{"tcp", CHECK_TCP, 500000},    {"dns", CHECK_DNS, 1000000},
	{"http", CHECK_HTTP, 5000000},
};

enum form { TIME, COUNT, PERCENT, OK, RECORD, STATUS, TEXT, SERVER };

#define KIND(k) (1u << CHECK_##k)
#define ANY	UINT32_MAX

/* From the smallest to the largest; times in microseconds, percents in tenths. */
static const struct option {
	const char *word;
	uint32_t kinds;
	enum form form;
	size_t off;
	uint32_t min, max, dflt;
} options[] = {
	{"every", ANY, TIME, offsetof(struct check_config, every), 1000, 3600000000, 0},
	{"timeout", ANY, TIME, offsetof(struct check_config, timeout), 1000, 60000000, 0},
	{"down", ANY, COUNT, offsetof(struct check_config, down), 1, 100, 3},
	{"up", ANY, COUNT, offsetof(struct check_config, up), 1, 100, 5},
	{"loss", ANY, PERCENT, offsetof(struct check_config, loss), 1, 1000, 0},
	{"latency", ANY, TIME, offsetof(struct check_config, latency), 1, 60000000, 0},
	{"jitter", ANY, TIME, offsetof(struct check_config, jitter), 1, 60000000, 0},
	{"window", ANY, COUNT, offsetof(struct check_config, window), 4, 512, 20},
	{"quorum", ANY, COUNT, offsetof(struct check_config, quorum), 1, 64, 1},
	{"refused", KIND(TCP), OK, offsetof(struct check_config, refused_ok), 0, 0, 0},
	{"nxdomain", KIND(DNS), OK, offsetof(struct check_config, nxdomain_ok), 0, 0, 0},
	{"type", KIND(DNS), RECORD, 0, 0, 0, 0},
	{"status", KIND(HTTP), STATUS, 0, 0, 0, 0},
	{"body", KIND(HTTP), TEXT, 0, 0, 0, 0},
	{"server", KIND(TCP) | KIND(HTTP), SERVER, 0, 0, 0, 0},
};

static const struct {
	const char *unit;
	enum form form;
	double factor;
} units[] = {
	{"us", TIME, 1},   {"ms", TIME, 1e3}, {"s", TIME, 1e6},
	{"m", TIME, 60e6}, {"", COUNT, 1},    {"%", PERCENT, 10},
};

static const char *const form_text[] = {
	[TIME] = "a time such as 500ms or 2s",
	[COUNT] = "a number",
	[PERCENT] = "a part such as 20%",
};

static bool parse_amount(const char *text, const struct option *o, uint32_t *ret)
{
	char *unit;

	if (*text < '0' || *text > '9')
		return false;
	double v = strtod(text, &unit);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i].form == o->form && !strcmp(units[i].unit, unit)) {
			v *= units[i].factor;
			if (v < o->min || v > o->max)
				return false;
			*ret = (uint32_t)v;
			return true;
		}
	return false;
}

static void amount_text(uint32_t v, enum form form, char *buf, size_t size)
{
	if (form == TIME && v % 1000000 == 0)
		snprintf(buf, size, "%us", v / 1000000);
	else if (form == TIME && v % 1000 == 0)
		snprintf(buf, size, "%ums", v / 1000);
	else if (form == TIME)
		snprintf(buf, size, "%uus", v);
	else if (form == PERCENT)
		snprintf(buf, size, "%u.%u%%", v / 10, v % 10);
	else
		snprintf(buf, size, "%u", v);
}

static const struct option *find_option(const char *word, enum check_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].kinds & 1u << kind && !strcmp(options[i].word, word))
			return &options[i];
	return NULL;
}

static int read_kind(struct reading *r, const struct word *w, struct check_config *c, struct err *e)
{
	struct suggest s = suggest_init(w->text);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].name, w->text)) {
			c->kind = kinds[i].kind;
			c->every = kinds[i].every;
			return 0;
		}
		suggest_try(&s, kinds[i].name);
	}
	place_err(&w->place, e, "there is no check \"%s\"", word_clip(&r->c->arena, w->text));
	return err_hint(
		e, s.best ? "did you mean \"%s\"?" : "there are ping, gateway, tcp, dns and http",
		s.best);
}

static int read_amount(struct reading *r, const struct option *o, const struct word *w,
		       uint32_t *value, struct err *e)
{
	char min[24], max[24];

	if (parse_amount(w->text, o, value))
		return 0;
	amount_text(o->min, o->form, min, sizeof(min));
	amount_text(o->max, o->form, max, sizeof(max));
	return place_err(&w->place, e, "%s takes %s, from %s to %s, not \"%s\"", o->word,
			 form_text[o->form], min, max, word_clip(&r->c->arena, w->text));
}

static int read_ok(struct reading *r, const struct option *o, const struct word *w,
		   struct check_config *c, struct err *e)
{
	if (!strcmp(w->text, "ok")) {
		*(bool *)((char *)c + o->off) = true;
		return 0;
	}
	return place_err(&w->place, e, "\"%s ok\" is meant, not \"%s\"?", o->word,
			 word_clip(&r->c->arena, w->text));
}

static int read_record(struct reading *r, const struct word *w, struct check_config *c,
		       struct err *e)
{
	c->ipv6_address = !strcmp(w->text, "AAAA");
	if (c->ipv6_address || !strcmp(w->text, "A"))
		return 0;
	return place_err(&w->place, e, "type takes A or AAAA, not \"%s\"",
			 word_clip(&r->c->arena, w->text));
}

/* "200" or "200-399"; three digits each. */
static int read_status(struct reading *r, const struct word *w, struct check_config *c,
		       struct err *e)
{
	char *end;
	unsigned long first = strtoul(w->text, &end, 10), last = first;

	if (*end == '-')
		last = strtoul(end + 1, &end, 10);
	if (*end || first < 100 || last > 599 || first > last)
		return place_err(&w->place, e,
				 "status takes a number such as 204, or two such as 200-299, from "
				 "100 to 599, not \"%s\"",
				 word_clip(&r->c->arena, w->text));
	c->status_first = (uint16_t)first;
	c->status_last = (uint16_t)last;
	return 0;
}

#define BODY_MAX 200

/* A word, or anything between quotes. */
static int read_text(struct reading *r, struct word *rest, struct check_config *c, struct err *e)
{
	const char *p = rest->text + strspn(rest->text, " \t"), *end;
	struct place at = word_at(rest, p);
	struct word w;

	if (*p != '"') {
		if (!word_next(&r->c->arena, rest, &w))
			return place_err(&rest->place, e, "\"body\" is followed by nothing");
		c->body = w.text;
	} else if (!(end = strchr(p + 1, '"')) || end == p + 1) {
		return place_err(&at, e,
				 end ? "no text between the quotes" : "the quote has no end");
	} else {
		c->body = arena_strndup(&r->c->arena, p + 1, (size_t)(end - p - 1));
		rest->place = word_at(rest, end + 1);
		rest->text = end + 1;
	}
	if (strlen(c->body) > BODY_MAX)
		return place_err(&at, e, "a text of more than %d letters", BODY_MAX);
	return 0;
}

static int read_server(struct reading *r, const struct word *w, struct check_config *c,
		       struct err *e)
{
	struct ip_addr a;

	if (!ip_addr_parse(w->text, 0, &a) || ip_addr_is_any(&a) || ip_addr_is_multicast(&a) ||
	    ip_addr_is_loopback(&a))
		return place_err(&w->place, e, "server takes a name server's address, not \"%s\"",
				 word_clip(&r->c->arena, w->text));
	if (c->server_n == CHECK_SERVERS_MAX)
		return place_err(&w->place, e, "more than %d name servers", CHECK_SERVERS_MAX);
	*ARENA_PUSH(&r->c->arena, c->server, c->server_n, c->server_cap) = a;
	return 0;
}

static int read_option(struct reading *r, const struct option *o, struct word *rest,
		       struct check_config *c, struct err *e)
{
	struct word w;

	if (o->form == TEXT)
		return read_text(r, rest, c, e);
	if (!word_next(&r->c->arena, rest, &w))
		return place_err(&rest->place, e, "\"%s\" is followed by nothing", o->word);
	switch (o->form) {
	case OK:
		return read_ok(r, o, &w, c, e);
	case RECORD:
		return read_record(r, &w, c, e);
	case STATUS:
		return read_status(r, &w, c, e);
	case SERVER:
		return read_server(r, &w, c, e);
	default:
		return read_amount(r, o, &w, (uint32_t *)((char *)c + o->off), e);
	}
}

/* "its options are every, timeout, ..." */
static int hint_options(struct reading *r, enum check_kind kind, struct err *e)
{
	const char *list = "its options are ";

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].kinds & 1u << kind)
			list = arena_printf(&r->c->arena, "%s%s%s", list, i ? ", " : "",
					    options[i].word);
	return err_hint(e, "%s", list);
}

/* A word that is no option: a target, or an option of another kind, or a slip of the pen. */
static int read_target(struct reading *r, const struct word *w, struct check_config *c,
		       struct err *e)
{
	struct suggest s = suggest_init(w->text);
	int rc = check_target_read(r, w, c, e);

	if (rc != -ENOENT)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].kinds & 1u << c->kind)
			suggest_try(&s, options[i].word);
	return s.best ? err_hint(e, "did you mean \"%s\"?", s.best) : hint_options(r, c->kind, e);
}

static void set_defaults(struct check_config *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].dflt)
			*(uint32_t *)((char *)c + options[i].off) = options[i].dflt;
	c->status_first = 200;
	c->status_last = 299;
}

int key_read_check(struct reading *r, const struct key *k, const struct object *o, struct word v,
		   void *data, struct err *e)
{
	struct uplink_config *u = data;
	struct check_config c = {.place = v.place, .text = v.text};
	struct word rest = v, w;
	int rc = word_next(&r->c->arena, &rest, &w) ? read_kind(r, &w, &c, e) : 0;

	(void)k, (void)o;
	set_defaults(&c);
	if (!rc && c.kind == CHECK_GATEWAY)
		*ARENA_PUSH(&r->c->arena, c.target, c.target_n, c.target_cap) =
			(struct check_target){.text = w.text};
	while (!rc && word_next(&r->c->arena, &rest, &w)) {
		const struct option *option = find_option(w.text, c.kind);
		rc = option ? read_option(r, option, &rest, &c, e) : read_target(r, &w, &c, e);
	}
	if (!rc)
		rc = check_target_complete(&v, &c, e);
	if (!rc)
		*ARENA_PUSH(&r->c->arena, u->check, u->check_n, u->check_cap) = c;
	return rc;
}

int key_read_limit(struct reading *r, const struct key *k, const struct object *o, struct word v,
		   void *data, struct err *e)
{
	(void)o;
	return read_amount(r, find_option(k->name + strlen("max-"), CHECK_PING), &v,
			   (uint32_t *)((char *)data + k->off), e);
}
