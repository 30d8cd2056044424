/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * route: changes. The old requests know no table but main, add a route in front of its equals
 * (`ip route prepend`) and delete only what is "unicast" unless "reject" is said; IPv6's have the
 * metric 1 where nothing is said, also when deleting.
 */
#include "ip/classic_route.h"

#include "model/value.h"

#include <errno.h>
#include <string.h>

/* net-tools' exit statuses. */
enum { BAD_WORDS = 3, NO_HOST = 6, REFUSED = 7 };

struct change {
	struct classic *c;
	bool add, reject, gateway_given, metric_given;
	struct ip_addr dst, gateway;
	int len;   /* of the destination's mask, -1: not given */
	bool host; /* the destination is one host */
	uint32_t metric;
	const char *dev;
	struct classic_line metrics;
};

static int bad(struct change *r, struct err *e, const char *what, const char *word)
{
	return classic_fail(r->c, BAD_WORDS, e, "%s: \"%s\"", what, word);
}

static int take_metric(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct change *r = state;
	uint64_t v;

	(void)w;
	if (!value_read_number(arg, INT32_MAX, &v))
		return bad(r, e, "this is no metric", arg);
	r->metric = (uint32_t)v;
	r->metric_given = true;
	return 0;
}

static int take_netmask(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct change *r = state;
	struct ip_addr mask;
	bool net;

	(void)w;
	if (r->len >= 0)
		return bad(r, e, "a second mask", arg);
	if (!classic_resolve(arg, false, &mask, &net))
		return classic_fail(r->c, NO_HOST, e, "\"%s\" is not a mask", arg);
	r->len = classic_mask_len(&mask);
	return r->len < 0 ? bad(r, e, "a mask with holes", arg) : 0;
}

static int take_gateway(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct change *r = state;
	bool net = false;

	(void)w;
	if (r->gateway_given)
		return bad(r, e, "a second gateway", arg);
	bool found = r->dst.family == AF_INET6 ? ip_addr_parse(arg, AF_INET6, &r->gateway)
					       : classic_resolve(arg, true, &r->gateway, &net);
	if (!found)
		return classic_fail(r->c, NO_HOST, e, "there is no host \"%s\"", arg);
	if (net)
		return bad(r, e, "a network cannot be a gateway", arg);
	r->gateway_given = true;
	return 0;
}

/* What TCP starts from. `ip` tells the segment, the classic word the packet around it. */
static int take_size(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct change *r = state;
	bool mss = !strcmp(w->ip, "advmss");
	uint64_t v;

	if (!value_read_number(arg, mss ? 65536 : UINT32_MAX, &v) || v < (mss ? 64 : 128))
		return bad(r, e, "this is no size", arg);
	classic_word(&r->metrics, w->ip);
	classic_wordf(&r->metrics, "%llu", (unsigned long long)(mss ? v - 40 : v));
	return 0;
}

static int take_time(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct change *r = state;
	uint64_t v;

	if (!value_read_number(arg, UINT32_MAX / 8, &v))
		return bad(r, e, "these are no milliseconds", arg);
	classic_word(&r->metrics, w->ip);
	classic_wordf(&r->metrics, "%llums", (unsigned long long)v);
	return 0;
}

static int take_dev(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct change *r = state;

	(void)w;
	if (r->dev)
		return bad(r, e, "a second interface", arg);
	r->dev = arg;
	return 0;
}

static int take_reject(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	(void)w;
	(void)arg;
	(void)e;
	((struct change *)state)->reject = true;
	return 0;
}

/* Marks of a routing daemon, which the kernel has long ignored. */
static int take_nothing(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	(void)state;
	(void)w;
	(void)arg;
	(void)e;
	return 0;
}

static const struct classic_word words[] = {
	{"gw gateway", "ADDRESS", take_gateway, NULL, 0},
	{"dev device", "DEVICE", take_dev, NULL, 0},
	{"metric", "NUMBER", take_metric, NULL, 0},
	{"mod", NULL, take_nothing, NULL, 0},
	{"dyn", NULL, take_nothing, NULL, 0},
	/* IPv4 only, from here on. */
	{"netmask", "MASK", take_netmask, NULL, 0},
	{"mss mtu", "BYTES", take_size, "advmss", 0},
	{"window", "BYTES", take_size, "window", 0},
	{"irtt", "MILLISECONDS", take_time, "rtt", 0},
	{"reject", NULL, take_reject, NULL, 0},
	{"reinstate", NULL, take_nothing, NULL, 0},
	{0},
};

static const struct classic_word words6[] = {
	{"gw gateway", "ADDRESS", take_gateway, NULL, 0},
	{"dev device", "DEVICE", take_dev, NULL, 0},
	{"metric", "NUMBER", take_metric, NULL, 0},
	{"mod", NULL, take_nothing, NULL, 0},
	{"dyn", NULL, take_nothing, NULL, 0},
	{0},
};

/* "/16" behind the target; false if it is no length. */
static bool split_length(char *target, uint8_t max, int *len)
{
	char *slash = strchr(target, '/');
	uint64_t v;

	*len = -1;
	if (!slash)
		return true;
	*slash = '\0';
	if (!value_read_number(slash + 1, max, &v))
		return false;
	*len = (int)v;
	return true;
}

static int read_target(struct change *r, const char *flag, const char *word, struct err *e)
{
	char *target = arena_strdup(&r->c->arena, word);
	bool net;

	if (!split_length(target, 32, &r->len))
		return bad(r, e, "this is no prefix", word);
	bool host_first = flag && !strcmp(flag, "-host");
	if (!classic_resolve(target, host_first, &r->dst, &net))
		return classic_fail(r->c, 1, e, "there is no host or network \"%s\"", word);
	r->host = flag ? host_first : !net;
	return 0;
}

static int read_target6(struct change *r, const char *word, struct err *e)
{
	char *target = arena_strdup(&r->c->arena, word);
	bool whole = !strcmp(word, "default");

	if (!split_length(target, 128, &r->len))
		return bad(r, e, "this is no prefix", word);
	r->dst = (struct ip_addr){.family = AF_INET6};
	if (!whole && !ip_addr_parse(target, AF_INET6, &r->dst))
		return classic_fail(r->c, 1, e, "\"%s\" is not an IPv6 address", word);
	if (r->len < 0)
		r->len = whole ? 0 : 128;
	return 0;
}

/* Mask and target against each other. */
static int check_mask(struct change *r, const char *word, struct err *e)
{
	struct ip_prefix p = {r->dst, (uint8_t)(r->len < 0 ? 0 : r->len)};

	if (r->dst.family == AF_INET6)
		return 0;
	if (r->len > 0 && r->host)
		return bad(r, e, "a host has no mask (\"-net\" is for networks)", word);
	struct ip_prefix masked = ip_prefix_masked(p);
	if (r->len > 0 && !ip_addr_eq(&masked.addr, &r->dst))
		return bad(r, e, "the mask does not cover the address", word);
	if (r->host)
		r->len = 32;
	else if (r->len < 0)
		r->len = 0;
	return 0;
}

/* An alias ("eth0:1") stands for its interface, and its address is the source. */
static int put_dev(struct change *r, struct classic_line *l, struct err *e)
{
	char base[IFNAMSIZ];

	if (!r->dev || r->reject)
		return 0;
	bool alias = classic_base(r->dev, base);
	classic_word(l, "dev");
	classic_word(l, base);
	if (!alias)
		return 0;
	struct snapshot s;
	int rc = snapshot_take(r->c->ip->nl, SNAPSHOT_ADDRESSES, &s, e);
	const struct address *a = rc < 0 ? NULL : classic_labelled(&s, r->dev);
	if (a) {
		char buf[IP_ADDR_STRLEN];
		classic_word(l, "src");
		classic_word(l, ip_addr_str(&a->local, buf));
	}
	if (!rc && !a)
		rc = classic_fail(r->c, REFUSED, e, "there is no interface \"%s\"", r->dev);
	snapshot_free(&s);
	return rc;
}

static int carry_out(struct change *r, struct err *e)
{
	bool v6 = r->dst.family == AF_INET6;
	struct classic_line l = {.c = r->c, .family = v6 ? AF_INET6 : AF_UNSPEC};
	struct ip_prefix dst = {r->dst, (uint8_t)r->len};
	char buf[IP_PREFIX_STRLEN];

	classic_words(&l, r->add ? "route prepend" : "route del");
	if (r->reject)
		classic_word(&l, "unreachable");
	else if (!r->add && !v6)
		classic_word(&l, "unicast");
	classic_word(&l, ip_prefix_str(&dst, buf));
	if (r->gateway_given && !r->reject) {
		classic_word(&l, "via");
		classic_word(&l, ip_addr_str(&r->gateway, buf));
	}
	int rc = put_dev(r, &l, e);
	if (rc < 0)
		return rc;
	if (r->metric || (v6 && !r->metric_given)) {
		classic_word(&l, "metric");
		classic_wordf(&l, "%u", r->metric ? r->metric : 1);
	}
	if (r->reject)
		classic_words(&l, "scope host");
	else if (r->gateway_given && !v6 && classic_is_here(r->c, &r->gateway))
		classic_words(&l, "scope link");
	/* The old request's flag for a host is read as the next hop's "onlink". */
	if (v6 && r->add && r->len == 128)
		classic_word(&l, "onlink");
	for (size_t i = 0; r->add && !r->reject && i < r->metrics.n; i++)
		classic_word(&l, r->metrics.word[i]);
	return classic_do(&l, e);
}

static int change(struct classic *c, bool add, struct err *e)
{
	struct change r = {.c = c, .add = add, .metrics = {.c = c}};
	bool v6 = c->opt.family == AF_INET6;
	const char *flag = NULL, *target = classic_next(c);

	if (target && !v6 && target[0] == '-') {
		flag = target;
		target = classic_next(c);
	}
	if (!target)
		return classic_fail(c, BAD_WORDS, e, "a target is missing");
	int rc = v6 ? read_target6(&r, target, e) : read_target(&r, flag, target, e);
	if (!rc)
		rc = classic_read(c, v6 ? words6 : words, &r, e);
	if (!rc && c->at == c->n - 1 && !r.dev)
		r.dev = classic_next(c); /* an interface may go without its word, as the last */
	if (!rc && classic_peek(c))
		rc = bad(&r, e, "this word makes no sense here", classic_peek(c));
	if (!rc)
		rc = check_mask(&r, target, e);
	return rc < 0 ? rc : carry_out(&r, e);
}

static int run(struct classic *c, struct err *e)
{
	const char *verb = classic_next(c);

	if (!verb)
		return c->opt.family == AF_INET6 ? route_view6(c, e) : route_view(c, e);
	if (!strcmp(verb, "add") || !strcmp(verb, "del") || !strcmp(verb, "delete"))
		return change(c, verb[0] == 'a', e);
	if (!strcmp(verb, "flush"))
		return classic_fail(c, BAD_WORDS, e,
				    "flush is not supported (\"ip route flush\" is)");
	return classic_fail(c, BAD_WORDS, e, "\"%s\" is none of add, del", verb);
}

#define MEMBER(m) offsetof(struct classic_options, m)
static const struct classic_option options[] = {
	{'n', "numeric", CLASSIC_COUNT, MEMBER(numeric), 0, "addresses, not names"},
	{'e', "extend", CLASSIC_COUNT, MEMBER(extend), 0, "other columns; twice: all of them"},
	{'F', "fib", CLASSIC_COUNT, MEMBER(fib), 0, "the routing table (what is shown anyway)"},
	{'C', "cache", CLASSIC_COUNT, MEMBER(cache), 0, "the routing cache"},
	{'A', "protocol", CLASSIC_NAMED, MEMBER(family), 0, "the family: inet, inet6"},
	{'4', "inet", CLASSIC_FAMILY, MEMBER(family), AF_INET, "IPv4"},
	{'6', "inet6", CLASSIC_FAMILY, MEMBER(family), AF_INET6, "IPv6"},
	{'v', "verbose", CLASSIC_COUNT, MEMBER(verbose), 0, "says which ip command a change is"},
	{'N', "symbolic", CLASSIC_IGNORE, 0, 0, NULL},
	{'V', "version", CLASSIC_VERSION, 0, 0, "the version"},
	{'h', "help", CLASSIC_HELP, 0, 0, "this"},
	{0, "net", CLASSIC_WORD, 0, 0, NULL},
	{0, "host", CLASSIC_WORD, 0, 0, NULL},
	{0},
};

const struct classic_program classic_route = {
	.name = "route",
	.synopsis =
		"Usage: route [ OPTIONS ]\n"
		"       route [ OPTIONS ] { add | del } [ -net | -host ] TARGET[/LENGTH] WORDS\n",
	.options = options,
	.words = words,
	.run = run,
	.status_option = BAD_WORDS,
	.status_usage = BAD_WORDS,
	.status_kernel = REFUSED,
};
