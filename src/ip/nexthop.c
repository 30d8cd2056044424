/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip nexthop: next hops as objects of their own, groups of them, and the buckets of resilient
 * groups.
 */
#include "model/nexthop.h"
#include "ip/encap.h"
#include "ip/nexthop.h"
#include "ip/objects.h"
#include "ip/values.h"
#include "ip/vrf.h"
#include "netlink/uapi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A next hop, or for list and flush what they have in common. */
struct nh_request {
	struct nh nh;
	int protocol; /* list, flush: -1 any */
	struct nh_res res;
	struct nh_bucket bucket;
};

static int begin(struct parser *p, struct err *e)
{
	struct nh_request *q = p->obj;

	(void)e;
	if (p->command->type != RTM_DELNEXTHOP)
		q->nh.h.nh_family = p->ip->opt.family;
	q->protocol = -1;
	return 0;
}

/* What has no address is IPv4's, unless an option says otherwise. */
static void default_family(struct parser *p, struct nh *n)
{
	if (!n->h.nh_family)
		n->h.nh_family = AF_INET;
	p->values.family = n->h.nh_family;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nh_request *q = p->obj;
	int rc = parse_field(p, k->field, NULL, e);

	if (rc < 0)
		p->ip->status = STATUS_USAGE;
	else if (p->command->type == RTM_NEWNEXTHOP || p->command->type == RTM_DELNEXTHOP)
		default_family(p, &q->nh);
	return rc;
}

static int take_via(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nh_request *q = p->obj;
	uint8_t family = parse_family(p);
	int rc = parse_host(p, family ? family : q->nh.h.nh_family, &q->nh.gateway, e);

	if (rc < 0)
		return rc;
	if (!q->nh.h.nh_family)
		q->nh.h.nh_family = q->nh.gateway.family;
	set_has(&q->nh, k->field);
	return 0;
}

static int take_encap(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nh *n = &((struct nh_request *)p->obj)->nh;

	n->has |= HAS(k->field) | HAS(NH_ENCAP_TYPE);
	return parse_encap(p, &n->encap_type, &n->encap, e);
}

static int take_flag(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nh_request *q = p->obj;

	(void)e;
	set_has(&q->nh, k->field);
	if (k->field == NH_BLACKHOLE)
		default_family(p, &q->nh);
	return 0;
}

static int take_onlink(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nh_request *q = p->obj;

	(void)e;
	q->nh.h.nh_flags |= k->num;
	return 0;
}

/* A number that ends at '/', ',' or the word's end; moves *s there. */
static bool read_part(const char **s, uint32_t max, uint32_t *ret)
{
	char *end;

	if (**s < '0' || **s > '9')
		return false;
	errno = 0;
	unsigned long v = strtoul(*s, &end, 0);
	*s = end;
	*ret = (uint32_t)v;
	return !errno && v <= max;
}

/* ID[,WEIGHT]/... */
static int take_group(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nh_request *q = p->obj;
	const char *word = NULL;
	int rc = parse_next(p, &word, e);
	size_t n = 0, cap = 0;
	struct nexthop_grp *group = NULL;

	if (rc < 0)
		return rc;
	for (const char *s = word;; s++) {
		struct nexthop_grp *g = ARENA_PUSH(&p->ip->arena, group, n, cap);
		uint32_t id, weight = 1;
		if (!read_part(&s, UINT32_MAX, &id))
			return parse_invalid(p, e, "\"%s\" is not a group: ID[,WEIGHT]/...", word);
		if (*s == ',' && (s++, !read_part(&s, 256, &weight) || !weight))
			return parse_invalid(p, e,
					     "in \"%s\" a weight is not a number from 1 to "
					     "256",
					     word);
		*g = (struct nexthop_grp){.id = id, .weight = (uint8_t)(weight - 1)};
		if (!*s)
			break;
		if (*s != '/')
			return parse_invalid(p, e, "\"%s\" is not a group: ID[,WEIGHT]/...", word);
	}
	q->nh.group = (struct nl_ref){group, (uint16_t)(n * sizeof(*group))};
	set_has(&q->nh, k->field);
	return 0;
}

static const struct keyword res_words[] = {
	{"=buckets", NULL, NH_RES_BUCKETS, 0, NULL, 0},
	{"=idle_timer", NULL, NH_RES_IDLE, 0, NULL, 0},
	{"=unbalanced_timer", NULL, NH_RES_UNBALANCED, 0, NULL, 0},
	{0},
};

static int take_type(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nh_request *q = p->obj;
	const char *word = NULL;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	if (!strcmp(word, "resilient"))
		q->nh.group_type = NEXTHOP_GRP_TYPE_RES;
	else if (strcmp(word, "mpath") != 0)
		return parse_invalid(p, e, "\"%s\" is not a type of groups: mpath, resilient",
				     word);
	set_has(&q->nh, k->field);
	if (q->nh.group_type == NEXTHOP_GRP_TYPE_RES) {
		rc = parse_nested(p, res_words, &nh_res_attrs, &q->res, e);
		if (!rc)
			rc = parse_nest(p, &nh_res_attrs, &q->res, &q->nh.res_group, e);
		set_has(&q->nh, NH_RES_GROUP);
	}
	return rc;
}

#define TYPE                                                                                       \
	"{ mpath | resilient [ buckets NUMBER ] [ idle_timer SECONDS ] [ unbalanced_timer SECONDS ] }"
static const struct keyword modify_words[] = {
	{"=id", NULL, NH_ID, 0, "ID", 0},
	{"=dev", take_dev, NH_OIF, 0, "DEVICE", 0},
	{"=via", take_via, NH_GATEWAY, 0, "[FAMILY] ADDRESS", 0},
	{"=encap", take_encap, NH_ENCAP, 0, ENCAP_METAVAR, 0},
	{"=blackhole", take_flag, NH_BLACKHOLE, 0, NULL, 0},
	{"fdb", take_flag, NH_FDB, 0, NULL, 0},
	{"=onlink", take_onlink, NH_FLAGS, 0, NULL, RTNH_F_ONLINK},
	{"=group", take_group, NH_GROUP, 0, "ID[,WEIGHT]/...", 0},
	{"=hw_stats", NULL, NH_HW_STATS, 0, NULL, 0},
	{"=type", take_type, NH_GROUP_TYPE, 0, TYPE, 0},
	{"protocol", NULL, NH_PROTOCOL, 0, NULL, 0},
	{0},
};

static int run_modify(struct parser *p, struct err *e)
{
	struct nh_request *q = p->obj;
	struct nl_msg m;
	int rc;

	if (p->command->type == RTM_DELNEXTHOP && !has(&q->nh, NH_ID))
		return ip_fail(p->ip, STATUS_KERNEL, e, -EINVAL, "which? \"id ID\" is missing");
	rc = nh_message(&m, p->command->type, p->command->flags, &q->nh, e);
	return rc < 0 ? rc : parser_talk(p, &m, NULL, NULL, e);
}

static int print_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	const struct nh_request *q = p->obj;
	struct nh n;
	int rc = nh_decode(h, &n, e);

	if (rc < 0 || (q->protocol > 0 && q->protocol != n.h.nh_protocol))
		return rc;
	nh_print(&p->ip->print, NULL, &n);
	if (!p->ip->print.json)
		out_putc(&p->ip->out, '\n');
	return 0;
}

static int print_answer(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;

	ip_list_open(p->ip);
	return print_one(h, p, e);
}

/* The one that is asked for; not even JSON's brackets if there is none. */
static int show_one(struct parser *p, struct nl_msg *m, struct err *e)
{
	int rc = ip_talk(p->ip, &m->h, print_answer, p, e);

	if (rc >= 0 && p->ip->listing)
		ip_list_end(p->ip);
	return rc;
}

/*
 * The same question, with statistics, if the kernel knows them (Linux 6.9): one that does not
 * refuses the word. Asked of no next hop, so that there is no other reason.
 */
static int ask_statistics(struct parser *p, const struct nh *question, struct nl_msg *m,
			  struct err *e)
{
	struct nh n = *question, none = {.has = HAS(NH_ID) | HAS(NH_OP_FLAGS), .id = UINT32_MAX};
	struct nl_msg probe;

	n.op_flags = none.op_flags =
		NHA_OP_FLAG_DUMP_STATS | (p->ip->opt.stats > 1 ? NHA_OP_FLAG_DUMP_HW_STATS : 0);
	set_has(&n, NH_OP_FLAGS);
	int rc = nh_message(&probe, RTM_GETNEXTHOP, 0, &none, e);
	if (!rc && nl_talk(p->ip->nl, &probe.h, NULL, NULL, NULL) == -EINVAL)
		return 0;
	return rc < 0 ? rc : nh_message(m, RTM_GETNEXTHOP, 0, &n, e);
}

static int run_get(struct parser *p, struct err *e)
{
	struct nh_request *q = p->obj;
	struct nh wanted = {.has = HAS(NH_ID), .id = q->nh.id};
	struct nl_msg m;
	int rc = nh_message(&m, RTM_GETNEXTHOP, 0, &wanted, e);

	q->protocol = -1;
	if (!rc && p->ip->opt.stats)
		rc = ask_statistics(p, &wanted, &m, e);
	return rc < 0 ? rc : show_one(p, &m, e);
}

static int finish_get(struct parser *p, struct err *e)
{
	struct nh_request *q = p->obj;

	if (!has(&q->nh, NH_ID) || !q->nh.id)
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL, "which? \"id ID\" is missing");
	return 0;
}

static const struct keyword get_words[] = {
	{"=id", NULL, NH_ID, 0, "ID", 0},
	{0},
};

static int take_vrf(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nh_request *q = p->obj;
	const char *word = NULL;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	int ifindex = devices_index(p->values.devices, word);
	if (!ifindex || !vrf_table(p->ip, ifindex, NULL))
		return parse_invalid(p, e, "there is no VRF \"%s\"", word);
	q->nh.master = (uint32_t)ifindex;
	set_has(&q->nh, k->field);
	return 0;
}

/* One number is all that is shown then: the first. */
static int take_id(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nh_request *q = p->obj;
	struct nh first = q->nh;
	int rc = parse_field(p, k->field, NULL, e);

	if (!rc && has(&first, NH_ID))
		q->nh.id = first.id;
	return rc;
}

static int take_protocol(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nh_request *q = p->obj;
	uint32_t v = 0;
	int rc = parse_name(p, NAMES_RT_PROTOS, UINT8_MAX, &v, e);

	(void)k;
	q->protocol = (int)v;
	return rc;
}

static const struct keyword list_words[] = {
	{"=dev", take_dev, NH_OIF, 0, NULL, 0},
	{"groups", take_flag, NH_GROUPS, 0, NULL, 0},
	{"master", take_dev, NH_MASTER, 0, NULL, 0},
	{"=vrf", take_vrf, NH_MASTER, 0, "NAME", 0},
	{"=id", take_id, NH_ID, 0, "ID", 0},
	{"protocol", take_protocol, NH_PROTOCOL, 0, "PROTO", 0},
	{"fdb", take_flag, NH_FDB, 0, NULL, 0},
	{0},
};

static int run_list(struct parser *p, struct err *e)
{
	struct nh_request *q = p->obj;
	struct nl_msg m;

	if (has(&q->nh, NH_ID))
		return run_get(p, e);
	int rc = nh_message(&m, RTM_GETNEXTHOP, 0, &q->nh, e);
	if (!rc && p->ip->opt.stats)
		rc = ask_statistics(p, &q->nh, &m, e);
	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = ip_dump(p->ip, &m.h, print_one, p, e);
	ip_list_end(p->ip);
	return rc;
}

static bool is_flushed(const struct nlmsghdr *h, void *arg)
{
	const struct nh_request *q = arg;
	struct nh n;

	return !nh_decode(h, &n, NULL) && (q->protocol <= 0 || q->protocol == n.h.nh_protocol);
}

/* In a request to delete nothing but the number may stand. */
static int make_delete(struct parser *p, uint32_t id, struct nlmsghdr **ret, struct err *e)
{
	struct nh n = {.has = HAS(NH_ID), .id = id};
	struct nl_msg m;
	int rc = nh_message(&m, RTM_DELNEXTHOP, 0, &n, e);

	*ret = arena_dup(&p->ip->arena, &m, m.h.nlmsg_len);
	return rc;
}

static int flush_all(struct parser *p, struct messages *found, struct err *e)
{
	struct nh n;
	int rc = 0;

	for (size_t i = 0; i < found->n && rc >= 0; i++) {
		rc = nh_decode(found->item[i], &n, e);
		if (!rc)
			rc = make_delete(p, n.id, &found->item[i], e);
	}
	if (rc >= 0)
		rc = ip_delete_all(p->ip, found, RTM_DELNEXTHOP, e);
	if (rc < 0)
		return rc;
	if (p->ip->print.json)
		return 0;
	if (found->n)
		out_printf(&p->ip->out, "Flushed %zu nexthops\n", found->n);
	else
		out_puts(&p->ip->out, "Nothing to flush\n");
	return 0;
}

static int run_flush(struct parser *p, struct err *e)
{
	struct nh_request *q = p->obj;
	struct messages found = {.wanted = is_flushed, .arg = q};
	struct nl_msg m;

	if (has(&q->nh, NH_ID)) {
		struct nlmsghdr *one = NULL;
		int rc = make_delete(p, q->nh.id, &one, e);
		p->ip->status = STATUS_SYNTAX;
		return rc < 0 ? rc : nl_talk(p->ip->nl, one, NULL, NULL, e);
	}
	int rc = nh_message(&m, RTM_GETNEXTHOP, 0, &q->nh, e);
	if (rc >= 0)
		rc = ip_collect(p->ip, &m.h, &found, e);
	return rc < 0 ? rc : flush_all(p, &found, e);
}

static int take_bucket(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nh_request *q = p->obj;
	uint64_t v = 0;
	int rc = parse_number(p, k->field == NH_BUCKET_INDEX ? UINT16_MAX : UINT32_MAX, &v, e);

	if (rc < 0)
		return rc;
	if (k->field == NH_BUCKET_INDEX)
		q->bucket.index = (uint16_t)v;
	else
		q->bucket.nhid = (uint32_t)v;
	set_has(&q->bucket, k->field);
	rc = parse_nest(p, &nh_bucket_attrs, &q->bucket, &q->nh.res_bucket, e);
	set_has(&q->nh, NH_RES_BUCKET);
	return rc;
}

static const struct keyword bucket_list_words[] = {
	{"=dev", take_dev, NH_OIF, 0, NULL, 0},
	{"=master", take_dev, NH_MASTER, 0, NULL, 0},
	{"=vrf", take_vrf, NH_MASTER, 0, "NAME", 0},
	{"=id", NULL, NH_ID, 0, "ID", 0},
	{"=nhid", take_bucket, NH_BUCKET_NHID, 0, "ID", 0},
	{0},
};

static int run_bucket_list(struct parser *p, struct err *e)
{
	struct nh_request *q = p->obj;
	struct nl_msg m;
	int rc = nh_message(&m, RTM_GETNEXTHOPBUCKET, 0, &q->nh, e);

	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = ip_dump(p->ip, &m.h, print_one, p, e);
	ip_list_end(p->ip);
	return rc;
}

static const struct keyword bucket_get_words[] = {
	{"=id", NULL, NH_ID, 0, "ID", 0},
	{"=index", take_bucket, NH_BUCKET_INDEX, 0, "INDEX", 0},
	{0},
};

static int finish_bucket_get(struct parser *p, struct err *e)
{
	struct nh_request *q = p->obj;

	if (!has(&q->nh, NH_ID) || !has(&q->nh, NH_RES_BUCKET))
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
			       "which bucket? \"id ID index INDEX\" is needed");
	return 0;
}

static int run_bucket_get(struct parser *p, struct err *e)
{
	struct nh_request *q = p->obj;
	struct nl_msg m;
	int rc = nh_message(&m, RTM_GETNEXTHOPBUCKET, 0, &q->nh, e);

	return rc < 0 ? rc : show_one(p, &m, e);
}

#define NH(words, what, keywords, finish, run, type, flags)                                        \
	{                                                                                          \
		words, what, &nh_attrs, sizeof(struct nh_request), keywords, begin, finish, run,   \
			type, flags, NULL                                                          \
	}

static const struct command bucket_commands[] = {
	NH("list show lst", "shows the buckets of resilient groups", bucket_list_words, NULL,
	   run_bucket_list, RTM_GETNEXTHOPBUCKET, 0),
	NH("get", "shows one bucket", bucket_get_words, finish_bucket_get, run_bucket_get,
	   RTM_GETNEXTHOPBUCKET, 0),
	{0},
};

const struct command nexthop_commands[] = {
	NH("list show lst", "shows next hops", list_words, NULL, run_list, RTM_GETNEXTHOP, 0),
	NH("add", "adds a next hop or a group", modify_words, NULL, run_modify, RTM_NEWNEXTHOP,
	   NLM_F_CREATE | NLM_F_EXCL),
	NH("replace", "changes or adds a next hop or a group", modify_words, NULL, run_modify,
	   RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE),
	NH("delete", "deletes a next hop or a group", modify_words, NULL, run_modify,
	   RTM_DELNEXTHOP, 0),
	NH("get", "shows one next hop", get_words, finish_get, run_get, RTM_GETNEXTHOP, 0),
	NH("flush", "deletes next hops", list_words, NULL, run_flush, RTM_GETNEXTHOP, 0),
	{"bucket", "buckets of resilient groups", NULL, 0, NULL, NULL, NULL, NULL, 0, 0,
	 bucket_commands},
	{0},
};

static int print_info(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct print *print = arg;
	struct nh n;
	int rc = nh_decode(h, &n, e);

	if (rc < 0)
		return rc;
	print_text(print, "\n\tnh_info ");
	nh_print(print, "nh_info", &n);
	return 0;
}

void nexthop_info(struct print *print, uint32_t id)
{
	struct ip *ip = print->nh_info_arg;
	struct nh n = {.has = HAS(NH_ID), .id = id};
	struct nl_msg m;

	/* The routes come in over ip->nl. */
	if (!ip->side_nl && nl_open(&ip->side_nl, NETLINK_ROUTE, 0, NULL) < 0)
		return;
	if (!nh_message(&m, RTM_GETNEXTHOP, 0, &n, NULL))
		nl_talk(ip->side_nl, &m.h, print_info, print, NULL);
}
