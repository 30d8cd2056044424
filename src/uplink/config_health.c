/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The value of `check`: a kind, its targets, and options in any order, each a word and its value.
 *
 *	ping 192.0.2.1 2001:db8::1 every 500ms down 3 up 5 loss 20%
 */
#include "base/cleanup.h"
#include "base/suggest.h"
#include "uplink/ini.h"
#include "uplink/schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {[CHECK_PING] = "ping"};
/* Those that the design has and this version has not. */
static const char *const kinds_not_yet[] = {"gateway", "tcp", "dns", "http"};

enum form { TIME, COUNT, PERCENT };

/* From the smallest to the largest; times in microseconds, percents in tenths. */
static const struct option {
	const char *word;
	enum form form;
	size_t off;
	uint32_t min, max, dflt;
} options[] = {
	{"every", TIME, offsetof(struct check_config, every), 1000, 3600000000, 500000},
	{"timeout", TIME, offsetof(struct check_config, timeout), 1000, 60000000, 0},
	{"down", COUNT, offsetof(struct check_config, down), 1, 100, 3},
	{"up", COUNT, offsetof(struct check_config, up), 1, 100, 5},
	{"loss", PERCENT, offsetof(struct check_config, loss), 1, 1000, 0},
	{"latency", TIME, offsetof(struct check_config, latency), 1, 60000000, 0},
	{"jitter", TIME, offsetof(struct check_config, jitter), 1, 60000000, 0},
	{"window", COUNT, offsetof(struct check_config, window), 4, 512, 20},
	{"quorum", COUNT, offsetof(struct check_config, quorum), 1, 64, 1},
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

static bool amount(const char *text, const struct option *o, uint32_t *ret)
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

static const struct option *find_option(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(options[i].word, word))
			return &options[i];
	return NULL;
}

static int read_kind(struct reading *r, const struct word *w, struct check_config *c, struct err *e)
{
	struct suggest s = suggest_init(w->text);

	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i], w->text)) {
			c->kind = (enum check_kind)i;
			return 0;
		}
		suggest_try(&s, kinds[i]);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(kinds_not_yet); i++)
		if (!strcmp(kinds_not_yet[i], w->text))
			return place_err(&w->place, e, "checks by %s are not in this version",
					 w->text);
	place_err(&w->place, e, "there is no check \"%s\"", word_clip(&r->c->arena, w->text));
	return err_hint(e, s.best ? "did you mean \"%s\"?" : "there is ping", s.best);
}

static int read_option(struct reading *r, const struct option *o, struct word *rest,
		       struct check_config *c, struct err *e)
{
	uint32_t *value = (uint32_t *)((char *)c + o->off);
	char min[24], max[24];
	struct word w;

	if (!word_next(&r->c->arena, rest, &w))
		return place_err(&rest->place, e, "\"%s\" is followed by nothing", o->word);
	if (amount(w.text, o, value))
		return 0;
	amount_text(o->min, o->form, min, sizeof(min));
	amount_text(o->max, o->form, max, sizeof(max));
	return place_err(&w.place, e, "%s takes %s, from %s to %s, not \"%s\"", o->word,
			 form_text[o->form], min, max, word_clip(&r->c->arena, w.text));
}

static int read_target(struct reading *r, const struct word *w, struct check_config *c,
		       struct err *e)
{
	struct suggest s = suggest_init(w->text);
	struct ip_addr a;

	if (ip_addr_parse(w->text, 0, &a)) {
		if (ip_addr_is_any(&a) || ip_addr_is_multicast(&a) || ip_addr_is_loopback(&a))
			return place_err(&w->place, e, "%s is no host behind an uplink", w->text);
		*ARENA_PUSH(&r->c->arena, c->target, c->target_n, c->target_cap) = a;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		suggest_try(&s, options[i].word);
	place_err(&w->place, e, "\"%s\" is neither an address nor an option of the check",
		  word_clip(&r->c->arena, w->text));
	return s.best ? err_hint(e, "did you mean \"%s\"?", s.best) : -EINVAL;
}

static int complete(const struct word *v, const struct check_config *c, struct err *e)
{
	if (!c->target_n) {
		place_err(&v->place, e, "the check asks nobody");
		return err_hint(e, "ping 192.0.2.1 198.51.100.1");
	}
	if (c->quorum > c->target_n)
		return place_err(&v->place, e, "a quorum of %u, but %zu target%s", c->quorum,
				 c->target_n, c->target_n == 1 ? "" : "s");
	return 0;
}

int key_read_check(struct reading *r, const struct key *k, const struct object *o, struct word v,
		   void *data, struct err *e)
{
	struct uplink_config *u = data;
	struct check_config c = {.place = v.place};
	struct word rest = v, w;
	int rc = word_next(&r->c->arena, &rest, &w) ? read_kind(r, &w, &c, e) : 0;

	(void)k, (void)o;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		*(uint32_t *)((char *)&c + options[i].off) = options[i].dflt;
	while (!rc && word_next(&r->c->arena, &rest, &w)) {
		const struct option *option = find_option(w.text);
		rc = option ? read_option(r, option, &rest, &c, e) : read_target(r, &w, &c, e);
	}
	if (!rc)
		rc = complete(&v, &c, e);
	if (!rc)
		*ARENA_PUSH(&r->c->arena, u->check, u->check_n, u->check_cap) = c;
	return rc;
}
