/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `explain`: our reading of the rules and tables beside the kernel's own answer (RTM_GETROUTE),
 * asked twice: for the way it would take, and (RTM_F_FIB_MATCH) for the route that decided.
 */

#include "base/suggest.h"
#include "cli/cli.h"
#include "fib/walk.h"
#include "model/value.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

struct question {
	struct fib_packet p;
	const char *iif, *oif;
};

static int word_number(const char *word, const char *arg, uint64_t max, uint64_t *ret,
		       struct err *e)
{
	if (value_read_number(arg, max, ret))
		return 0;
	return err_set(e, -EINVAL, "%s takes a number up to %llu, not \"%s\"", word,
		       (unsigned long long)max, arg);
}

static int word_protocol(const char *arg, uint8_t *ret, struct err *e)
{
	static const struct {
		const char *name;
		uint8_t number;
	} known[] = {{"tcp", IPPROTO_TCP},	 {"udp", IPPROTO_UDP},	 {"icmp", IPPROTO_ICMP},
		     {"icmpv6", IPPROTO_ICMPV6}, {"sctp", IPPROTO_SCTP}, {"gre", IPPROTO_GRE}};
	uint64_t v;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].name, arg)) {
			*ret = known[i].number;
			return 0;
		}
	if (!value_read_number(arg, 255, &v))
		return err_set(e, -EINVAL, "\"%s\" is not a protocol (tcp, udp, icmp, ..., 0-255)",
			       arg);
	*ret = (uint8_t)v;
	return 0;
}

static int read_word(struct question *q, const char *word, const char *arg, struct err *e)
{
	struct fib_packet *p = &q->p;
	uint64_t v = 0;
	int rc = 0;

	if (!strcmp(word, "from")) {
		if (!ip_addr_parse(arg, 0, &p->src))
			return err_set(e, -EINVAL, "\"%s\" is not an IP address", arg);
	} else if (!strcmp(word, "proto")) {
		rc = word_protocol(arg, &p->proto, e);
	} else if (!strcmp(word, "sport")) {
		rc = word_number(word, arg, UINT16_MAX, &v, e);
		p->sport = (uint16_t)v;
	} else if (!strcmp(word, "dport")) {
		rc = word_number(word, arg, UINT16_MAX, &v, e);
		p->dport = (uint16_t)v;
	} else if (!strcmp(word, "mark")) {
		rc = word_number(word, arg, UINT32_MAX, &v, e);
		p->mark = (uint32_t)v;
	} else if (!strcmp(word, "uid")) {
		rc = word_number(word, arg, UINT32_MAX - 1, &v, e);
		p->uid = (uint32_t)v;
	} else if (!strcmp(word, "iif")) {
		q->iif = arg;
	} else if (!strcmp(word, "oif")) {
		q->oif = arg;
	} else {
		return -ENOENT;
	}
	return rc;
}

static int unknown_word(const char *word, struct err *e)
{
	static const char *const words[] = {"from", "proto", "sport", "dport",
					    "mark", "iif",   "oif",   "uid"};
	struct suggest s = suggest_init(word);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		suggest_try(&s, words[i]);
	err_set(e, -EINVAL, "explain: \"%s\" is neither an IP address nor a word it knows", word);
	return s.best ? err_hint(e, "did you mean \"%s\"?", s.best)
		      : err_hint(e, "multihome explain --help");
}

static int read_question(struct cli *c, struct question *q, struct err *e)
{
	for (int i = 1; i < c->argc; i++) {
		const char *word = c->argv[i];
		if (!q->p.dst.family && ip_addr_parse(word, 0, &q->p.dst))
			continue;
		if (!strcmp(word, "to"))
			continue;
		int rc = read_word(q, word, i + 1 < c->argc ? c->argv[i + 1] : "", e);
		if (rc == -ENOENT)
			return unknown_word(word, e);
		if (rc < 0)
			return rc;
		if (++i == c->argc)
			return err_set(e, -EINVAL, "explain: \"%s\" needs a value", word);
	}
	if (!q->p.dst.family) {
		err_set(e, -EINVAL, "explain: where does the packet go?");
		return err_hint(e, "multihome explain [from SRC] DST ...");
	}
	q->p.family = q->p.dst.family;
	if (q->p.src.family && q->p.src.family != q->p.family)
		return err_set(e, -EINVAL, "explain: source and destination are of two families");
	q->p.src.family = q->p.family;
	return 0;
}

static int find_device(const struct session *s, const char *name, int *ret, struct err *e)
{
	const struct link *l = name ? snapshot_link_named(&s->snap, name) : NULL;

	if (name && !l)
		return err_set(e, -ENODEV, "there is no interface \"%s\"", name);
	*ret = l ? l->h.ifi_index : 0;
	return 0;
}

/* What the kernel said: a route, or the error it gave. */
struct answer {
	struct arena arena; /* of the route's references */
	struct route route;
	int code;
	char text[512];
};

static int take_answer(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct answer *a = arg;

	if (h->nlmsg_type != RTM_NEWROUTE)
		return 0;
	return route_decode(arena_dup(&a->arena, h, h->nlmsg_len), &a->route, e);
}

static void ask_kernel(struct session *s, const struct fib_packet *p, uint32_t flags,
		       struct answer *a)
{
	struct route r = fib_packet_route(p);
	struct nl_msg m;
	struct err e = ERR_INIT;

	a->code = route_lookup_message(&m, flags, &r, &e);
	if (!a->code)
		a->code = nl_talk(kernel_nl(s->kernel), &m.h, take_answer, a, &e);
	snprintf(a->text, sizeof(a->text), "%s", e.msg);
}

/* Whether the route that the kernel says decided is the one that our reading ended at. */
static bool agree(const struct fib_step *last, const struct answer *match)
{
	if (!last || last->outcome == FIB_ACTION)
		return match->code < 0;
	unsigned type = last->route->h.rtm_type;
	if (type == RTN_UNREACHABLE || type == RTN_BLACKHOLE || type == RTN_PROHIBIT)
		return match->code < 0;
	return !match->code && match->route.table == last->route->table &&
	       match->route.h.rtm_dst_len == last->route->h.rtm_dst_len &&
	       ip_addr_eq(&match->route.dst, &last->route->dst);
}

static bool decides(const struct fib_step *x)
{
	return x->outcome == FIB_ROUTE || x->outcome == FIB_ACTION;
}

static void put_steps(struct session *s, struct cli *c, const struct fib_step *step, size_t n)
{
	struct out
		text; /* one rule after the other: their widths are needed before the first line */
	struct print p = session_print(s, c);
	size_t widest = 0, *end = arena_alloc(&s->snap.arena, (n + 1) * sizeof(*end));

	out_init(&text, -1);
	p.o = &text;
	for (size_t i = 0; i < n; i++) {
		rule_print(&p, step[i].rule);
		end[i + 1] = text.len;
		if (end[i + 1] - end[i] > widest)
			widest = end[i + 1] - end[i];
	}
	for (size_t i = 0; i < n; i++) {
		out_puts(&c->out, decides(&step[i]) ? "* " : "  ");
		out_mem(&c->out, text.buf + end[i], end[i + 1] - end[i]);
		if (step[i].why[0]) {
			cli_pad(c, end[i + 1] - end[i], widest + 1);
			cli_put(c, CLI_DIM, step[i].why);
		}
		out_putc(&c->out, '\n');
	}
	out_free(&text);
}

static void put_route(struct session *s, struct cli *c, const char *label, const struct route *r)
{
	struct print p = session_print(s, c);

	p.oneline = true;
	cli_put(c, CLI_BOLD, label);
	route_print(&p, r);
	out_putc(&c->out, '\n');
}

static void put_answer(struct session *s, struct cli *c, const struct fib_step *last,
		       const struct answer *way, bool same)
{
	if (last && last->route)
		put_route(s, c, "route:  ", last->route);
	else if (!last)
		out_puts(&c->out, "No rule decides: the packet is unreachable.\n");
	if (way->code < 0) {
		cli_put(c, CLI_BOLD, "kernel: ");
		out_puts(&c->out, way->text);
		out_putc(&c->out, '\n');
	} else {
		put_route(s, c, "kernel: ", &way->route);
	}
	if (same)
		cli_put(c, CLI_GOOD, "Our reading and the kernel agree.\n");
	else
		cli_put(c, CLI_BAD,
			"Our reading and the kernel do not agree; the kernel's word counts.\n");
}

static void json_steps(struct session *s, struct cli *c, const struct fib_step *step, size_t n)
{
	struct print p = session_print(s, c);

	jw_array(&p.j, "rules");
	for (size_t i = 0; i < n; i++) {
		jw_object(&p.j, NULL);
		jw_raw(&p.j, "rule");
		p.j.comma = false;
		rule_print(&p, step[i].rule);
		jw_str(&p.j, "outcome", fib_outcome_name(step[i].outcome));
		if (step[i].why[0])
			jw_str(&p.j, "why", step[i].why);
		jw_object_end(&p.j);
	}
	jw_array_end(&p.j);
	c->j = p.j;
}

static void json_route(struct session *s, struct cli *c, const char *key, const struct route *r)
{
	struct print p = session_print(s, c);

	jw_raw(&p.j, key);
	p.j.comma = false;
	p.details = true;
	route_print(&p, r);
	c->j = p.j;
}

static void put_json(struct session *s, struct cli *c, const struct fib_step *step, size_t n,
		     const struct answer *way, bool same)
{
	const struct fib_step *last = n && decides(&step[n - 1]) ? &step[n - 1] : NULL;

	jw_object(&c->j, NULL);
	json_steps(s, c, step, n);
	if (last && last->route)
		json_route(s, c, "route", last->route);
	if (way->code < 0)
		jw_str(&c->j, "kernel_error", way->text);
	else
		json_route(s, c, "kernel", &way->route);
	jw_bool(&c->j, "agree", same);
	jw_object_end(&c->j);
	out_putc(&c->out, '\n');
}

int cli_explain(struct cli *c, struct err *e)
{
	struct question q = {0};
	struct session s;
	struct answer way = {0}, match = {0};
	struct arena a = {0};
	struct fib_step *step = NULL;
	struct fib_result result;
	struct fib *f = NULL;
	int rc = read_question(c, &q, e);

	if (rc < 0)
		return rc;
	rc = session_open(&s, c, SESSION_KERNEL, e);
	if (rc >= 0)
		rc = find_device(&s, q.iif, &q.p.iif, e);
	if (rc >= 0)
		rc = find_device(&s, q.oif, &q.p.oif, e);
	if (rc >= 0)
		rc = fib_new(&f, &s.snap, e);
	if (rc >= 0) {
		size_t n = fib_walk(f, &q.p, &a, &step, &result);
		const struct fib_step *last = n && decides(&step[n - 1]) ? &step[n - 1] : NULL;
		ask_kernel(&s, &q.p, RTM_F_LOOKUP_TABLE, &way);
		ask_kernel(&s, &q.p, RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH, &match);
		bool same = agree(last, &match);
		if (c->json) {
			put_json(&s, c, step, n, &way, same);
		} else {
			put_steps(&s, c, step, n);
			put_answer(&s, c, last, &way, same);
		}
	}
	fib_free(f);
	arena_free(&a);
	arena_free(&way.arena);
	arena_free(&match.arena);
	session_close(&s);
	return rc;
}
