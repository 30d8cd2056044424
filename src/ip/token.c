/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip token: the lower half of the addresses that an interface makes from router advertisements.
 */
#include "base/cleanup.h"
#include "ip/objects.h"
#include "ip/values.h"
#include "model/link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>

struct token_request {
	uint64_t has; /* nothing of `set` */
	int ifindex;
	struct ip_addr token;
};

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	struct token_request *q = p->obj;
	int ifindex = 0, rc = parse_dev(p, &ifindex, e);

	(void)k;
	if (rc < 0)
		p->ip->status = STATUS_USAGE;
	else if (!q->ifindex)
		q->ifindex = ifindex; /* of several, as with iproute2, the first */
	return rc;
}

static int take_token(struct parser *p, const struct keyword *k, struct err *e)
{
	struct token_request *q = p->obj;
	struct prefix_arg a;
	int rc = parse_prefix(p, AF_INET6, &a, e);

	(void)k;
	if (!rc)
		q->token = a.prefix.addr;
	return rc;
}

/* IFLA_INET6_TOKEN of an interface; false if it has none. */
static bool get_token(const struct link *l, struct ip_addr *ret)
{
	if (!has(l, LINK_PROTINFO))
		return false;
	attr_each (a, l->protinfo) {
		struct nl_ref r = attr_payload(a);
		if (attr_type(a) == IFLA_INET6_TOKEN && r.len == 16) {
			*ret = (struct ip_addr){.family = AF_INET6};
			memcpy(ret->b, r.p, 16);
			return true;
		}
	}
	return false;
}

static int print_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	struct print *print = &p->ip->print;
	const struct token_request *q = p->obj;
	struct ip_addr token;
	struct link l;
	int rc = link_decode(h, &l, e);

	if (rc < 0 || (q->ifindex && q->ifindex != l.h.ifi_index) ||
	    (l.h.ifi_flags & (IFF_LOOPBACK | IFF_NOARP)) || !get_token(&l, &token))
		return rc;
	if (print->json)
		jw_object(&print->j, NULL);
	print_addr(print, "token", "token", &token);
	print_text(print, "dev ");
	const char *name = devices_name(print->devices, l.h.ifi_index);
	print_text(print, name);
	print_text(print, "\n");
	if (print->json) {
		jw_str(&print->j, "ifname", name);
		jw_object_end(&print->j);
	}
	return 0;
}

static int run_list(struct parser *p, struct err *e)
{
	struct link l = {.h.ifi_family = AF_INET6};
	struct nl_msg m;
	int rc = link_message(&m, RTM_GETLINK, 0, &l, e);

	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = ip_dump(p->ip, &m.h, print_one, p, e);
	ip_list_end(p->ip);
	return rc;
}

static int finish_set(struct parser *p, struct err *e)
{
	struct token_request *q = p->obj;

	if (p->command->flags)
		q->token = (struct ip_addr){.family = AF_INET6};
	else if (!q->token.family)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "a token is missing (\"::1\")");
	if (!q->ifindex)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "\"dev DEVICE\" is missing");
	return 0;
}

static int run_set(struct parser *p, struct err *e)
{
	const struct token_request *q = p->obj;
	struct link l = {.h = {.ifi_family = AF_INET6, .ifi_index = q->ifindex}};
	struct nl_msg m;
	int rc = link_message(&m, RTM_SETLINK, 0, &l, e);

	if (rc < 0)
		return rc;
	struct nlattr *spec = mnl_attr_nest_start(&m.h, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(&m.h, AF_INET6);
	mnl_attr_put(&m.h, IFLA_INET6_TOKEN, 16, q->token.b);
	mnl_attr_nest_end(&m.h, inet6);
	mnl_attr_nest_end(&m.h, spec);
	return ip_talk(p->ip, &m.h, NULL, NULL, e);
}

static const struct keyword list_words[] = {
	{"=dev", take_dev, 0, 0, "DEVICE", 0},
	{0},
};

static const struct keyword set_words[] = {
	{"=dev", take_dev, 0, 0, "DEVICE", 0},
	{"=token", take_token, 0, KW_BARE | KW_ONCE, "TOKEN", 0},
	{0},
};

#define TOKEN(words, what, keywords, finish, run, clear)                                           \
	{                                                                                          \
		words, what, NULL, sizeof(struct token_request), keywords, NULL, finish, run, 0,   \
			clear, NULL                                                                \
	}
const struct command token_commands[] = {
	TOKEN("list show lst", "shows tokens", list_words, NULL, run_list, 0),
	TOKEN("set add", "sets an interface's token", set_words, finish_set, run_set, 0),
	TOKEN("delete", "clears an interface's token", list_words, finish_set, run_set, 1),
	TOKEN("get", "shows an interface's token", list_words, NULL, run_list, 0),
	{0},
};
