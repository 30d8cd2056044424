/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip address: addresses of interfaces.
 */
#include "model/address.h"

#include "ip/link.h"
#include "ip/objects.h"
#include "ip/save.h"
#include "ip/values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* An address to set; what depends on several words is settled at the end. */
struct address_request {
	struct address a;
	bool local_given, peer_given, scope_given;
	struct prefix_arg local, peer;
	char brd; /* '+' or '-': computed from the prefix */
	const char *dev;
};

static int begin(struct parser *p, struct err *e)
{
	struct address_request *q = p->obj;

	(void)e;
	q->a.h.ifa_family = p->ip->opt.family;
	return 0;
}

static void learn_family(struct parser *p, uint8_t family)
{
	struct address_request *q = p->obj;

	if (!q->a.h.ifa_family)
		q->a.h.ifa_family = family;
	p->values.family = q->a.h.ifa_family;
}

static int take_peer(struct parser *p, const struct keyword *k, struct err *e)
{
	struct address_request *q = p->obj;
	int rc = parse_prefix(p, q->a.h.ifa_family, &q->peer, e);

	(void)k;
	if (rc < 0)
		return rc;
	q->peer_given = true;
	learn_family(p, q->peer.prefix.addr.family);
	return 0;
}

static int take_local(struct parser *p, const struct keyword *k, struct err *e)
{
	struct address_request *q = p->obj;
	int rc = parse_prefix(p, q->a.h.ifa_family, &q->local, e);

	(void)k;
	if (rc < 0)
		return rc;
	q->local_given = true;
	learn_family(p, q->local.prefix.addr.family);
	return 0;
}

static int take_broadcast(struct parser *p, const struct keyword *k, struct err *e)
{
	struct address_request *q = p->obj;
	const char *word = parse_peek(p);

	(void)k;
	if (word && (!strcmp(word, "+") || !strcmp(word, "-"))) {
		p->at++;
		q->brd = *word;
		return 0;
	}
	int rc = parse_host(p, q->a.h.ifa_family, &q->a.broadcast, e);
	if (rc < 0)
		return rc;
	learn_family(p, q->a.broadcast.family);
	set_has(&q->a, ADDRESS_BROADCAST);
	return 0;
}

static int take_anycast(struct parser *p, const struct keyword *k, struct err *e)
{
	struct address_request *q = p->obj;
	int rc = parse_host(p, q->a.h.ifa_family, &q->a.anycast, e);

	(void)k;
	if (rc < 0)
		return rc;
	learn_family(p, q->a.anycast.family);
	set_has(&q->a, ADDRESS_ANYCAST);
	return 0;
}

static int take_scope(struct parser *p, const struct keyword *k, struct err *e)
{
	struct address_request *q = p->obj;
	uint32_t v = 0;
	int rc = parse_name(p, NAMES_RT_SCOPES, UINT8_MAX, &v, e);

	(void)k;
	q->a.h.ifa_scope = (uint8_t)v;
	q->scope_given = true;
	return rc;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct address_request *)p->obj)->dev, e);
}

static int take_lifetime(struct parser *p, const struct keyword *k, struct err *e)
{
	struct address_request *q = p->obj;
	uint32_t *valid = &q->a.cacheinfo.ifa_valid, *preferred = &q->a.cacheinfo.ifa_prefered;
	const char *word = parse_peek(p);
	uint64_t v = UINT32_MAX;
	int rc = 0;

	if (!has(&q->a, ADDRESS_CACHEINFO))
		*valid = *preferred = UINT32_MAX;
	if (word && !strcmp(word, "forever"))
		p->at++;
	else
		rc = parse_number(p, UINT32_MAX, &v, e);
	if (rc < 0)
		return rc;
	*(k->num ? valid : preferred) = (uint32_t)v;
	set_has(&q->a, ADDRESS_CACHEINFO);
	return 0;
}

static int take_flag(struct parser *p, const struct keyword *k, struct err *e)
{
	struct address_request *q = p->obj;

	(void)e;
	q->a.flags |= k->num;
	return 0;
}

static int take_proto(struct parser *p, const struct keyword *k, struct err *e)
{
	struct address_request *q = p->obj;
	uint64_t v = 0;
	int rc = parse_number(p, UINT8_MAX, &v, e);

	(void)k;
	q->a.proto = (uint8_t)v;
	set_has(&q->a, ADDRESS_PROTO);
	return rc;
}

/* With an IPv4 address they mean nothing, and are no error in scripts. */
#define IPV6_FLAGS                                                                                 \
	(uint32_t)(IFA_F_HOMEADDRESS | IFA_F_NODAD | IFA_F_MANAGETEMPADDR | IFA_F_OPTIMISTIC)

static const struct keyword modify_words[] = {
	{"=peer =remote", take_peer, ADDRESS_ADDRESS, KW_ONCE, "PREFIX", 0},
	{"broadcast =brd", take_broadcast, ADDRESS_BROADCAST, KW_ONCE, "{ ADDRESS | + | - }", 0},
	{"=anycast", take_anycast, ADDRESS_ANYCAST, KW_ONCE, "ADDRESS", 0},
	{"=scope", take_scope, ADDRESS_FLAGS, 0, "SCOPE", 0},
	{"=dev", take_dev, ADDRESS_FLAGS, 0, "DEVICE", 0},
	{"=label", NULL, ADDRESS_LABEL, 0, "LABEL", 0},
	{"metric priority preference", NULL, ADDRESS_METRIC, 0, "NUMBER", 0},
	{"valid_lft", take_lifetime, ADDRESS_CACHEINFO, KW_ONCE, "{ SECONDS | forever }", 1},
	{"preferred_lft", take_lifetime, ADDRESS_CACHEINFO, KW_ONCE, "{ SECONDS | forever }", 0},
	{"=home", take_flag, ADDRESS_FLAGS, 0, NULL, IFA_F_HOMEADDRESS},
	{"=nodad", take_flag, ADDRESS_FLAGS, 0, NULL, IFA_F_NODAD},
	{"=mngtmpaddr", take_flag, ADDRESS_FLAGS, 0, NULL, IFA_F_MANAGETEMPADDR},
	{"=noprefixroute", take_flag, ADDRESS_FLAGS, 0, NULL, IFA_F_NOPREFIXROUTE},
	{"=autojoin", take_flag, ADDRESS_FLAGS, 0, NULL, IFA_F_MCAUTOJOIN},
	{"=optimistic", take_flag, ADDRESS_FLAGS, 0, NULL, IFA_F_OPTIMISTIC},
	{"=proto", take_proto, ADDRESS_PROTO, 0, "NUMBER", 0},
	{"=local", take_local, ADDRESS_LOCAL, KW_BARE | KW_ONCE, "PREFIX", 0},
	{0},
};

/* The prefix's last address (all host bits set) or first. */
static void compute_broadcast(struct address_request *q)
{
	struct ip_addr *b = &q->a.broadcast;

	*b = q->peer_given ? q->peer.prefix.addr : q->local.prefix.addr;
	for (unsigned i = q->a.h.ifa_prefixlen; i < 32; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);
		b->b[i / 8] = (uint8_t)(q->brd == '+' ? b->b[i / 8] | bit : b->b[i / 8] & ~bit);
	}
	set_has(&q->a, ADDRESS_BROADCAST);
}

static bool is_loopback(const struct ip_addr *a)
{
	return a->family == AF_INET && a->b[0] == 127;
}

static int put_addresses(struct parser *p, struct err *e)
{
	struct address_request *q = p->obj;
	struct address *a = &q->a;

	if ((q->local_given && !q->local.has_bytes) || (q->peer_given && !q->peer.has_bytes))
		return ip_fail(p->ip, STATUS_KERNEL, e, -EINVAL,
			       "\"any\" and \"all\" are no single address");
	if (q->local_given) {
		a->local = q->local.prefix.addr;
		set_has(a, ADDRESS_LOCAL);
	}
	if (q->peer_given) {
		a->address = q->peer.prefix.addr;
		a->h.ifa_prefixlen = q->peer.prefix.len;
		set_has(a, ADDRESS_ADDRESS);
	}
	if (!a->h.ifa_prefixlen)
		a->h.ifa_prefixlen = q->local.prefix.len;
	/* Without a peer it is its own; an IPv4 one without a length is deleted whatever its peer.
	 */
	if (!q->peer_given && q->local_given &&
	    (p->command->type != RTM_DELADDR || q->local.has_len || a->h.ifa_family == AF_INET6)) {
		a->address = a->local;
		set_has(a, ADDRESS_ADDRESS);
	}
	if (q->brd && p->command->type != RTM_DELADDR) {
		if (a->h.ifa_family != AF_INET)
			return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
				       "only IPv4 has broadcast addresses");
		if (q->local_given && a->h.ifa_prefixlen <= 30)
			compute_broadcast(q); /* longer ones have none */
	}
	return 0;
}

static bool is_multicast(const struct address_request *q)
{
	return q->local_given && ip_addr_is_multicast(&q->local.prefix.addr);
}

static int finish_modify(struct parser *p, struct err *e)
{
	struct address_request *q = p->obj;
	struct address *a = &q->a;

	if (!q->dev)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "the interface is missing (\"dev eth0\")");
	if (a->h.ifa_family != AF_INET6)
		a->flags &= ~IPV6_FLAGS;
	if (a->flags)
		set_has(a, ADDRESS_FLAGS);
	int rc = put_addresses(p, e);
	if (rc < 0)
		return rc;
	if (!q->scope_given && p->command->type != RTM_DELADDR && q->local_given &&
	    is_loopback(&a->local))
		a->h.ifa_scope = RT_SCOPE_HOST;
	a->h.ifa_index = (uint32_t)devices_index(p->values.devices, q->dev);
	if (!a->h.ifa_index)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -ENODEV, "there is no interface \"%s\"",
			       q->dev);
	if (has(a, ADDRESS_CACHEINFO) && a->cacheinfo.ifa_valid < a->cacheinfo.ifa_prefered)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "preferred_lft is greater than valid_lft");
	if (a->flags & IFA_F_MCAUTOJOIN && !is_multicast(q))
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "\"autojoin\" is for multicast addresses");
	return 0;
}

static int run_modify(struct parser *p, struct err *e)
{
	struct address_request *q = p->obj;
	struct nl_msg m;
	int rc = address_message(&m, p->command->type, p->command->flags, &q->a, e);

	return rc < 0 ? rc : parser_talk(p, &m, NULL, NULL, e);
}

static bool is_selected(const struct nlmsghdr *h, void *arg)
{
	const struct parser *p = arg;
	struct address a;

	return h->nlmsg_type == RTM_NEWADDR && !address_decode(h, &a, NULL) &&
	       address_selects(p->obj, &a, p->ip->devices);
}

static void show_flushed(const struct nlmsghdr *h, void *arg)
{
	const struct parser *p = arg;
	struct address a;

	if (!address_decode(h, &a, NULL))
		address_print(&p->ip->print, &a, true);
}

static int dump_request(const struct link_filter *f, struct nl_msg *m, struct err *e)
{
	struct address a = {.h = {.ifa_family = f->family, .ifa_index = (uint32_t)f->ifindex}};

	return nl_msg_object(m, RTM_GETADDR, 0, &address_attrs, &a, e);
}

static int run_flush(struct parser *p, struct err *e)
{
	const struct link_filter *filter = p->obj;
	const struct flush f = {.type = RTM_DELADDR,
				.wanted = is_selected,
				.show = show_flushed,
				.arg = p,
				.what = "addresses",
				/* Without its primary the next address becomes one. */
				.once = filter->flag_mask & IFA_F_SECONDARY &&
					!(filter->flags & IFA_F_SECONDARY)};
	struct nl_msg m;
	int rc = dump_request(filter, &m, e);

	return rc < 0 ? rc : ip_flush(p->ip, &m.h, &f, e);
}

static const struct saved_kind saved_addresses = {0x47361222, RTM_NEWADDR, "addresses", 0,
						  NULL,	      true,	   "addr_info"};

static int run_save(struct parser *p, struct err *e)
{
	struct nl_msg m;
	int rc = dump_request(p->obj, &m, e);

	return rc < 0 ? rc : saved_write(p->ip, &saved_addresses, &m.h, is_selected, p, e);
}

static int run_restore(struct parser *p, struct err *e)
{
	return saved_restore(p->ip, &saved_addresses, e);
}

/* Each below the number of its interface, as whose name it was saved under is not known. */
static int show_saved(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct print *p = arg;
	struct address a;
	int rc = address_decode(h, &a, e);

	if (rc < 0)
		return rc;
	if (p->json) {
		jw_object(&p->j, NULL);
		jw_u64(&p->j, "index", a.h.ifa_index);
	} else {
		out_puts(p->o, "if");
		out_u64(p->o, a.h.ifa_index);
		out_putc(p->o, ':');
		print_line(p);
	}
	address_print(p, &a, false);
	if (p->json)
		jw_object_end(&p->j);
	return 0;
}

static int run_showdump(struct parser *p, struct err *e)
{
	return saved_show(p->ip, &saved_addresses, show_saved, &p->ip->print, e);
}

#define FILTER(words, what, run, type)                                                             \
	{                                                                                          \
		words, what, &address_attrs, sizeof(struct link_filter), link_filter_words,        \
			link_filter_begin, link_filter_finish, run, type, 0, NULL                  \
	}
#define MODIFY(words, what, type, flags)                                                           \
	{                                                                                          \
		words, what, &address_attrs, sizeof(struct address_request), modify_words, begin,  \
			finish_modify, run_modify, type, flags, NULL                               \
	}

const struct command address_commands[] = {
	FILTER("show lst list", "shows interfaces and their addresses", links_show, RTM_GETADDR),
	MODIFY("add", "adds an address", RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL),
	MODIFY("change =chg", "changes an address", RTM_NEWADDR, NLM_F_REPLACE),
	MODIFY("replace", "changes or adds an address", RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE),
	MODIFY("delete", "deletes an address", RTM_DELADDR, 0),
	FILTER("flush", "deletes addresses", run_flush, RTM_DELADDR),
	FILTER("save", "writes addresses to standard output, as bytes", run_save, RTM_GETADDR),
	{"showdump", "shows the addresses that were saved", &address_attrs,
	 sizeof(struct link_filter), no_words, link_filter_begin, NULL, run_showdump, RTM_GETADDR,
	 0, NULL},
	{"restore", "sets the addresses that were saved", &address_attrs,
	 sizeof(struct link_filter), no_words, link_filter_begin, NULL, run_restore, RTM_NEWADDR, 0,
	 NULL},
	{0},
};
