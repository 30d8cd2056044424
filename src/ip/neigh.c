/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip neigh: ARP and NDP entries.
 */
#include "model/neigh.h"

#include "ip/objects.h"
#include "ip/values.h"
#include "ip/vrf.h"
#include "netlink/uapi.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>

struct neigh_request {
	struct neigh n;
	bool dst_given;
	const char *dev, *lladdr;
};

static int begin(struct parser *p, struct err *e)
{
	struct neigh_request *q = p->obj;

	(void)e;
	q->n.h.ndm_state = NUD_PERMANENT;
	return 0;
}

static int take_dst(struct parser *p, const struct keyword *k, struct err *e)
{
	struct neigh_request *q = p->obj;
	int rc;

	if (q->dst_given) {
		p->at++;
		return parse_invalid(p, e, "a second address");
	}
	rc = parse_host(p, p->ip->opt.family, &q->n.dst, e);
	if (rc < 0)
		return rc;
	q->dst_given = true;
	q->n.h.ndm_flags |= (uint8_t)k->num;
	set_has(&q->n, NEIGH_DST);
	return 0;
}

static int take_lladdr(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct neigh_request *)p->obj)->lladdr, e);
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct neigh_request *)p->obj)->dev, e);
}

static int take_flag(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)e;
	((struct neigh_request *)p->obj)->n.h.ndm_flags |= (uint8_t)k->num;
	return 0;
}

static int take_flag_ext(struct parser *p, const struct keyword *k, struct err *e)
{
	struct neigh_request *q = p->obj;

	(void)e;
	q->n.flags_ext |= k->num;
	set_has(&q->n, NEIGH_FLAGS_EXT);
	if (k->num == NTF_EXT_MANAGED)
		q->n.h.ndm_state &= (uint16_t)~NUD_PERMANENT;
	return 0;
}

/* A state by name, shortened or not, or number; -1 if it is none. */
static int read_state(const char *word)
{
	uint16_t state;
	uint64_t v;
	const char *name;

	for (unsigned i = 0; (name = neigh_state(i, &state)); i++)
		if (words_match(name, word))
			return state;
	return value_read_number(word, 255, &v) ? (int)v : -1;
}

static int take_state(struct parser *p, const struct keyword *k, struct err *e)
{
	struct neigh_request *q = p->obj;
	const char *word;
	int rc = parse_next(p, &word, e), state;

	(void)k;
	if (rc < 0)
		return rc;
	state = read_state(word);
	if (state < 0)
		return parse_invalid(p, e, "\"%s\" is not a neighbour's state", word);
	q->n.h.ndm_state = (uint16_t)state;
	return 0;
}

static const struct keyword modify_words[] = {
	{"lladdr", take_lladdr, NEIGH_LLADDR, 0, "LLADDR", 0},
	{"=nud", take_state, NEIGH_STATE, 0, "STATE", 0},
	{"proxy", take_dst, NEIGH_DST, 0, "ADDRESS", NTF_PROXY},
	{"=router", take_flag, NEIGH_FLAGS, 0, NULL, NTF_ROUTER},
	{"=use", take_flag, NEIGH_FLAGS, 0, NULL, NTF_USE},
	{"=managed", take_flag_ext, NEIGH_FLAGS_EXT, 0, NULL, NTF_EXT_MANAGED},
	{"=extern_valid", take_flag_ext, NEIGH_FLAGS_EXT, 0, NULL, NTF_EXT_EXT_VALIDATED},
	{"extern_learn", take_flag, NEIGH_FLAGS, 0, NULL, NTF_EXT_LEARNED},
	{"=dev", take_dev, NEIGH_DEV, 0, "DEVICE", 0},
	{"protocol", NULL, NEIGH_PROTOCOL, 0, NULL, 0},
	{"=to", take_dst, NEIGH_DST, KW_BARE, "ADDRESS", 0},
	{0},
};

static int find_dev(struct parser *p, const char *dev, int *ret, struct err *e)
{
	*ret = dev ? devices_index(p->values.devices, dev) : 0;
	if (dev && !*ret)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -ENODEV, "there is no interface \"%s\"",
			       dev);
	return 0;
}

static int finish_modify(struct parser *p, struct err *e)
{
	struct neigh_request *q = p->obj;
	bool proxy = q->n.h.ndm_flags & NTF_PROXY;

	if (!q->dst_given || (!q->dev && !proxy))
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
			       "an address and an interface (\"dev eth0\") are required");
	q->n.h.ndm_family = q->n.dst.family;
	if (q->lladdr && strcmp(q->lladdr, "null") != 0) {
		if (!lladdr_parse(q->lladdr, &q->n.lladdr)) {
			p->ip->blame = p->word_of[NEIGH_LLADDR];
			return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
				       "\"%s\" is not a link-layer address", q->lladdr);
		}
		set_has(&q->n, NEIGH_LLADDR);
	}
	return find_dev(p, q->dev, &q->n.h.ndm_ifindex, e);
}

static int run_modify(struct parser *p, struct err *e)
{
	struct neigh_request *q = p->obj;
	struct nl_msg m;
	int rc = neigh_message(&m, p->command->type, p->command->flags, &q->n, e);

	return rc < 0 ? rc : parser_talk(p, &m, NULL, NULL, e);
}

static const struct keyword get_words[] = {
	{"=dev", take_dev, NEIGH_DEV, 0, "DEVICE", 0},
	{"proxy", take_dst, NEIGH_DST, 0, "ADDRESS", NTF_PROXY},
	{"=to", take_dst, NEIGH_DST, KW_BARE, "ADDRESS", 0},
	{0},
};

static int finish_get(struct parser *p, struct err *e)
{
	struct neigh_request *q = p->obj;

	q->n.h.ndm_state = 0;
	if (!q->dst_given || (!q->dev && !(q->n.h.ndm_flags & NTF_PROXY)))
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "an address and an interface (\"dev eth0\") are required");
	q->n.h.ndm_family = q->n.dst.family;
	return find_dev(p, q->dev, &q->n.h.ndm_ifindex, e);
}

static void show(struct ip *ip, const struct neigh *n, uint64_t hide)
{
	neigh_print(&ip->print, n, hide);
	if (!ip->print.json)
		out_putc(&ip->out, '\n');
}

static int show_answer(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct neigh n;
	int rc = neigh_decode(h, &n, e);

	if (!rc)
		show(arg, &n, 0);
	return rc;
}

static int run_get(struct parser *p, struct err *e)
{
	struct neigh_request *q = p->obj;
	struct nl_msg m;
	int rc = neigh_message(&m, RTM_GETNEIGH, 0, &q->n, e);

	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = parser_talk(p, &m, show_answer, p->ip, e);
	ip_list_end(p->ip);
	return rc;
}

/* Selectors of show and flush. */
struct neigh_filter {
	uint64_t has;
	uint8_t family, proto;
	bool by_proto, states_given, unused, to_given;
	uint32_t states; /* NUD_* bits; STATE_NONE for "none" */
	uint8_t flags;
	int ifindex, master;
	const char *dev;
	struct ip_prefix to;
};
#define STATE_NONE 0x100u

static int begin_filter(struct parser *p, struct err *e)
{
	struct neigh_filter *f = p->obj;
	bool flush = p->command->type == RTM_DELNEIGH;

	if (flush && !p->n)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "flush requires arguments (\"ip neigh flush dev eth0\")");
	f->family = p->ip->opt.family;
	f->states = flush ? ~(uint32_t)(NUD_PERMANENT | NUD_NOARP) : 0xff & ~(uint32_t)NUD_NOARP;
	return 0;
}

static int take_filter_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct neigh_filter *)p->obj)->dev, e);
}

static int take_master(struct parser *p, const struct keyword *k, struct err *e)
{
	int rc = parse_dev(p, &((struct neigh_filter *)p->obj)->master, e);

	(void)k;
	if (rc == -ENODEV)
		p->ip->status = STATUS_USAGE;
	return rc;
}

static int take_vrf(struct parser *p, const struct keyword *k, struct err *e)
{
	uint32_t table;

	(void)k;
	return parse_vrf(p, &((struct neigh_filter *)p->obj)->master, &table, e);
}

static int take_nomaster(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	(void)e;
	((struct neigh_filter *)p->obj)->master = -1;
	return 0;
}

static int take_unused(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	(void)e;
	((struct neigh_filter *)p->obj)->unused = true;
	return 0;
}

static int take_states(struct parser *p, const struct keyword *k, struct err *e)
{
	struct neigh_filter *f = p->obj;
	const char *word;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (!f->states_given)
		f->states = 0;
	f->states_given = true;
	int state = read_state(word);
	if (state < 0 && strcmp(word, "all") != 0)
		return parse_invalid(p, e, "\"%s\" is not a neighbour's state", word);
	if (state < 0)
		f->states |= p->command->type == RTM_DELNEIGH ? ~(uint32_t)NUD_NOARP : UINT32_MAX;
	else
		f->states |= state ? (uint32_t)state : STATE_NONE;
	return 0;
}

static int take_proxy(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	(void)e;
	((struct neigh_filter *)p->obj)->flags = NTF_PROXY;
	return 0;
}

static int take_proto(struct parser *p, const struct keyword *k, struct err *e)
{
	struct neigh_filter *f = p->obj;
	uint32_t v = 0;
	int rc = parse_name(p, NAMES_RT_PROTOS, UINT8_MAX, &v, e);

	(void)k;
	f->by_proto = true;
	f->proto = (uint8_t)v;
	return rc;
}

static int take_to(struct parser *p, const struct keyword *k, struct err *e)
{
	struct neigh_filter *f = p->obj;
	struct prefix_arg a;
	int rc = parse_prefix(p, f->family, &a, e);

	(void)k;
	if (rc < 0)
		return rc;
	f->to_given = true;
	f->to = a.prefix;
	if (!f->family)
		f->family = a.prefix.addr.family;
	return 0;
}

static const struct keyword filter_words[] = {
	{"=dev", take_filter_dev, NEIGH_DEV, KW_ONCE, "DEVICE", 0},
	{"=master", take_master, NEIGH_MASTER, 0, "DEVICE", 0},
	{"=vrf", take_vrf, NEIGH_MASTER, 0, "NAME", 0},
	{"=nomaster", take_nomaster, NEIGH_MASTER, 0, NULL, 0},
	{"=unused", take_unused, NEIGH_CACHEINFO, 0, NULL, 0},
	{"=nud", take_states, NEIGH_STATE, 0, "{ STATE | all }", 0},
	{"=proxy", take_proxy, NEIGH_FLAGS, 0, NULL, 0},
	{"protocol", take_proto, NEIGH_PROTOCOL, 0, "PROTO", 0},
	{"=to", take_to, NEIGH_DST, KW_BARE, "PREFIX", 0},
	{0},
};

static int finish_filter(struct parser *p, struct err *e)
{
	struct neigh_filter *f = p->obj;

	return find_dev(p, f->dev, &f->ifindex, e);
}

static bool selects(const struct neigh_filter *f, const struct neigh *n)
{
	uint16_t state = n->h.ndm_state;

	if ((f->family && f->family != n->h.ndm_family) ||
	    (f->ifindex && f->ifindex != n->h.ndm_ifindex))
		return false;
	if (!(f->states & state) && !(n->h.ndm_flags & (NTF_PROXY | NTF_EXT_LEARNED)) &&
	    (state || !(f->states & STATE_NONE)))
		return false;
	if (f->unused && has(n, NEIGH_CACHEINFO) && n->cacheinfo.ndm_refcnt)
		return false;
	if (f->by_proto && f->proto != (has(n, NEIGH_PROTOCOL) ? n->protocol : 0))
		return false;
	if (f->master < 0 && has(n, NEIGH_MASTER))
		return false;
	return !f->to_given || !f->to.addr.family ||
	       (has(n, NEIGH_DST) && n->dst.family == f->to.addr.family &&
		(!f->to.len || ip_prefix_contains(&f->to, &n->dst)));
}

static int dump_request(const struct neigh_filter *f, struct nl_msg *m, struct err *e)
{
	struct neigh n = {.h = {.ndm_family = f->family, .ndm_flags = f->flags}};

	if (f->master) { /* -1 asks for those without */
		n.master = (uint32_t)f->master;
		set_has(&n, NEIGH_MASTER);
	}
	int rc = neigh_message(m, RTM_GETNEIGH, 0, &n, e);
	if (rc >= 0 && f->ifindex)
		mnl_attr_put_u32(&m->h, NDA_IFINDEX, (uint32_t)f->ifindex);
	return rc;
}

static int show_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	const struct neigh_filter *f = p->obj;
	struct neigh n;
	int rc = neigh_decode(h, &n, e);

	if (!rc && selects(f, &n))
		show(p->ip, &n, f->ifindex ? HAS(NEIGH_DEV) : 0);
	return rc;
}

static int run_show(struct parser *p, struct err *e)
{
	struct nl_msg m;
	int rc = dump_request(p->obj, &m, e);

	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = ip_dump(p->ip, &m.h, show_one, p, e);
	ip_list_end(p->ip);
	return rc;
}

static bool is_flushed(const struct nlmsghdr *h, void *arg)
{
	const struct parser *p = arg;
	struct neigh n;

	return !neigh_decode(h, &n, NULL) && selects(p->obj, &n);
}

static void show_flushed(const struct nlmsghdr *h, void *arg)
{
	show_one(h, arg, NULL);
}

static int run_flush(struct parser *p, struct err *e)
{
	const struct flush f = {.type = RTM_DELNEIGH,
				.wanted = is_flushed,
				.show = show_flushed,
				.arg = p,
				.what = "entries"};
	struct nl_msg m;
	int rc = dump_request(p->obj, &m, e);

	return rc < 0 ? rc : ip_flush(p->ip, &m.h, &f, e);
}

#define FILTER(words, what, run, type)                                                             \
	{                                                                                          \
		words, what, &neigh_attrs, sizeof(struct neigh_filter), filter_words,              \
			begin_filter, finish_filter, run, type, 0, NULL                            \
	}
#define MODIFY(words, what, type, flags)                                                           \
	{                                                                                          \
		words, what, &neigh_attrs, sizeof(struct neigh_request), modify_words, begin,      \
			finish_modify, run_modify, type, flags, NULL                               \
	}

const struct command neigh_commands[] = {
	FILTER("show lst list", "shows entries", run_show, RTM_GETNEIGH),
	MODIFY("add", "adds an entry", RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL),
	MODIFY("change =chg", "changes an entry", RTM_NEWNEIGH, NLM_F_REPLACE),
	MODIFY("replace", "changes or adds an entry", RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE),
	MODIFY("delete", "deletes an entry", RTM_DELNEIGH, 0),
	{"get", "asks for one entry", &neigh_attrs, sizeof(struct neigh_request), get_words, begin,
	 finish_get, run_get, RTM_GETNEIGH, 0, NULL},
	FILTER("flush", "deletes entries", run_flush, RTM_DELNEIGH),
	{0},
};
