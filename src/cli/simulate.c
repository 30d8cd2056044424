/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `simulate`: made-up flows through the machine as the configuration wants it (or as it is), and
 * through what is left of it when an uplink fails.
 */
#include "cli/simulate.h"

#include "base/file.h"
#include "base/suggest.h"
#include "fib/prefix_list.h"
#include "model/value.h"
#include "uplink/applied.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ── What is asked ──────────────────────────────────────────────────────────────────────────── */

static int read_number(const char *option, const char *arg, uint64_t max, uint64_t *ret,
		       struct err *e)
{
	if (value_read_number(arg, max, ret) && *ret)
		return 0;
	return err_set(e, -EINVAL, "simulate: %s takes a number from 1 to %llu, not \"%s\"", option,
		       (unsigned long long)max, arg);
}

static int read_zipf(const char *arg, double *ret, struct err *e)
{
	char *end;

	*ret = strtod(arg, &end);
	if (end != arg && !*end && *ret > 0 && *ret <= 10)
		return 0;
	return err_set(e, -EINVAL, "simulate: --zipf takes a number over 0, up to 10, not \"%s\"",
		       arg);
}

static int read_option(struct simulating *s, const char *w, const char *arg, struct err *e)
{
	const struct {
		const char *name, **to;
	} texts[] = {{"--dump", &s->dump},
		     {"--table", &s->table},
		     {"--fail", &s->fail},
		     {"--iif", &s->iif},
		     {"--svg", &s->svg}};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(w, texts[i].name)) {
			*texts[i].to = arg;
			return 0;
		}
	if (!strcmp(w, "--flows"))
		return read_number(w, arg, 10000000000, &s->n, e);
	if (!strcmp(w, "--seed"))
		return read_number(w, arg, UINT64_MAX, &s->seed, e);
	if (!strcmp(w, "--zipf"))
		return read_zipf(arg, &s->zipf, e);
	if (!strcmp(w, "--from"))
		return ip_prefix_parse(arg, 0, &s->from)
			       ? 0
			       : err_set(e, -EINVAL, "simulate: \"%s\" is no prefix", arg);
	err_set(e, -EINVAL, "simulate: there is no option %s", w);
	return err_hint(e, "multihome simulate --help");
}

static int read_arguments(struct cli *c, struct simulating *s, struct err *e)
{
	for (int i = 1; i < c->argc; i++) {
		const char *w = c->argv[i];
		if (!strcmp(w, "-6")) {
			s->ipv6 = true;
		} else if (!strcmp(w, "--as-is")) {
			s->as_is = true;
		} else {
			const char *arg = i + 1 < c->argc ? c->argv[i + 1] : NULL;
			int rc = read_option(s, w, arg ? arg : "", e);
			if (rc < 0)
				return rc;
			if (!arg)
				return err_set(e, -EINVAL, "simulate: %s needs a value", w);
			i++;
		}
	}
	if (s->from.addr.family && !s->iif)
		return err_set(e, -EINVAL, "simulate: --from is of forwarded flows: --iif DEV");
	if (s->zipf > 0 && !s->table)
		return err_set(e, -EINVAL, "simulate: --zipf is over the prefixes of --table FILE");
	return 0;
}

/* ── Flows ──────────────────────────────────────────────────────────────────────────────────── */

static int read_table(struct simulating *s, struct err *e)
{
	char *text;
	size_t len;

	if (!s->table)
		return 0;
	int rc = file_read_large(s->table, &text, &len, e);
	if (rc < 0)
		return rc;
	s->to_n = prefix_list_read(text, len, &s->a, &s->to, e);
	free(text);
	if (s->to_n < 0)
		return err_prefix(e, "%s", s->table);
	return s->to_n ? 0 : err_set(e, -EINVAL, "%s has no prefixes", s->table);
}

/* Those behind a device: by default, the network of its first address. */
static int find_sources(struct simulating *s, int *ret_iif, struct err *e)
{
	const struct snapshot *snap = &s->v.snap;
	uint8_t family = s->ipv6 ? AF_INET6 : AF_INET;

	*ret_iif = s->iif ? devices_index(snap->devices, s->iif) : 0;
	if (s->iif && !*ret_iif)
		return err_set(e, -ENODEV, "there is no interface \"%s\"", s->iif);
	if (!s->iif || s->from.addr.family)
		return 0;
	for (size_t i = 0; i < snap->address_n; i++) {
		const struct address *x = &snap->address[i];
		if ((int)x->h.ifa_index != *ret_iif || x->h.ifa_family != family ||
		    ip_addr_is_linklocal(&x->local))
			continue;
		s->from = ip_prefix_masked((struct ip_prefix){x->local, x->h.ifa_prefixlen});
		return 0;
	}
	err_set(e, -EADDRNOTAVAIL, "%s has no IPv%d address to take a network from", s->iif,
		s->ipv6 ? 6 : 4);
	return err_hint(e, "--from PREFIX");
}

static struct ip_addr router_of(const struct snapshot *snap, int iif, const struct ip_prefix *net)
{
	for (size_t i = 0; i < snap->address_n; i++)
		if ((int)snap->address[i].h.ifa_index == iif && net->addr.family &&
		    ip_prefix_contains(net, &snap->address[i].local))
			return snap->address[i].local;
	return (struct ip_addr){0};
}

/* A flow has two addresses of one family. */
static void keep_family(struct simulating *s, uint8_t family)
{
	long k = 0;

	for (long i = 0; family && i < s->to_n; i++)
		if (s->to[i].addr.family == family)
			s->to[k++] = s->to[i];
	if (family)
		s->to_n = k;
}

static int make_flows(struct simulating *s, struct flows *f, struct err *e)
{
	uint8_t family = s->ipv6 ? AF_INET6 : AF_INET;
	int iif, rc = find_sources(s, &iif, e);

	if (rc < 0)
		return rc;
	if (s->from.addr.family)
		family = s->from.addr.family;
	if (s->to_n) {
		keep_family(s, s->from.addr.family ? s->from.addr.family : s->ipv6 ? AF_INET6 : 0);
		if (!s->to_n)
			return err_set(e, -EINVAL, "%s has no prefixes of that family", s->table);
	}
	flows_begin(f, s->seed, family, s->to, (size_t)s->to_n, s->zipf, &s->a);
	f->from = s->from;
	f->iif = iif;
	f->router = router_of(&s->v.snap, iif, &s->from);
	return 0;
}

/* ── Machines ───────────────────────────────────────────────────────────────────────────────── */

/* One that is not there, but could be. */
struct could_be {
	struct desired desired;
	struct snapshot snap;
	struct fib *f;
};

static void could_be_free(struct could_be *x)
{
	fib_free(x->f);
	applied_free(&x->snap);
	desired_free(&x->desired);
}

static int find_failed(struct simulating *s, struct err *e)
{
	struct suggest near = suggest_init(s->fail);

	for (size_t i = 0; i < s->m.uplink_n; i++) {
		s->failed = i;
		if (!strcmp(s->m.uplink[i].name, s->fail))
			return 0;
		suggest_try(&near, s->m.uplink[i].name);
	}
	err_set(e, -ENOENT, "there is no uplink \"%s\" to fail", s->fail);
	return near.best ? err_hint(e, "did you mean \"%s\"?", near.best) : e->code;
}

/* As the configuration wants it; `failed` NULL: with everything alive. */
static int make_wanted(struct simulating *s, const char *failed, struct could_be *x, struct err *e)
{
	struct way_health health = {failed, "failed", "failed"};
	struct machine m = s->v.s.machine;

	m.health = failed ? &health : NULL;
	m.health_n = failed ? 1 : 0;
	int rc = desired_make(&s->v.s.config, &m, s->v.s.desired.slot, s->v.s.desired.slot_n,
			      &x->desired, e);
	if (rc < 0)
		return rc;
	applied_make(&s->v.snap, &x->desired, &x->snap);
	return fib_new(&x->f, &x->snap, e);
}

static int make_failed(struct simulating *s, struct could_be *x, struct err *e)
{
	applied_without(&s->v.snap, s->m.uplink[s->failed].ifindex, &x->snap);
	return fib_new(&x->f, &x->snap, e);
}

static int simulate(struct simulating *s, struct could_be *now, struct could_be *then,
		    struct err *e)
{
	bool wanted = s->v.configured && !s->as_is;
	struct flows f;
	int rc = read_table(s, e);

	s->m = view_machine(&s->v);
	if (rc >= 0 && wanted)
		rc = make_wanted(s, NULL, now, e);
	if (rc >= 0 && wanted) {
		s->m.f = now->f;
		s->m.nft = &now->desired.nft;
	}
	if (rc >= 0 && s->fail)
		rc = find_failed(s, e);
	if (rc >= 0 && s->fail)
		rc = wanted ? make_wanted(s, s->fail, then, e) : make_failed(s, then, e);
	if (rc >= 0)
		rc = make_flows(s, &f, e);
	if (rc < 0)
		return rc;
	s->after = s->m;
	s->after.f = then->f;
	simulate_run(&s->m, s->fail ? &s->after : NULL, s->failed, &f, s->n, &s->a, &s->r);
	return 0;
}

static int write_svg(struct simulating *s, struct err *e)
{
	struct out o;

	out_init(&o, -1);
	simulate_svg(s, &o);
	int rc = file_write(s->svg, o.buf, o.len, 0644, e);
	out_free(&o);
	return rc;
}

int cli_simulate(struct cli *c, struct err *e)
{
	struct simulating s = {.n = 1000000, .seed = 1};
	struct could_be now = {0}, then = {0};
	int rc = read_arguments(c, &s, e);

	if (rc < 0)
		return rc;
	rc = view_open(&s.v, c, s.dump, e);
	if (rc >= 0)
		rc = simulate(&s, &now, &then, e);
	if (rc >= 0 && s.svg)
		rc = write_svg(&s, e);
	if (rc >= 0 && c->json)
		simulate_json(&s, c);
	else if (rc >= 0)
		simulate_text(&s, c);
	could_be_free(&then);
	could_be_free(&now);
	arena_free(&s.a);
	view_close(&s.v);
	return rc;
}
