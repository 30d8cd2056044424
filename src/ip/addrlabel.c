/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip addrlabel: the labels by which IPv6 source addresses are chosen (RFC 6724).
 */
#include "model/addrlabel.h"
#include "ip/objects.h"
#include "ip/values.h"

#include <errno.h>

static int begin(struct parser *p, struct err *e)
{
	struct addrlabel *l = p->obj;

	(void)e;
	l->h.ifal_family = p->ip->opt.family ? p->ip->opt.family : AF_INET6;
	return 0;
}

static int take_prefix(struct parser *p, const struct keyword *k, struct err *e)
{
	struct addrlabel *l = p->obj;
	struct prefix_arg a;
	int rc = parse_prefix(p, p->ip->opt.family, &a, e);

	if (rc < 0)
		return rc;
	if (a.has_bytes) /* "any" is none, and refused */
		l->address = a.prefix.addr;
	l->h.ifal_prefixlen = a.prefix.len;
	if (a.prefix.addr.family)
		l->h.ifal_family = a.prefix.addr.family;
	set_has(l, k->field);
	return 0;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	int rc = parse_field(p, k->field, NULL, e);

	if (rc < 0)
		p->ip->status = STATUS_USAGE;
	return rc;
}

static const struct keyword modify_words[] = {
	{"=prefix", take_prefix, ADDRLABEL_PREFIX, 0, "PREFIX", 0},
	{"=dev", take_dev, ADDRLABEL_DEV, 0, "DEVICE", 0},
	{"=label", NULL, ADDRLABEL_LABEL, 0, NULL, 0},
	{0},
};

static int finish_modify(struct parser *p, struct err *e)
{
	const struct addrlabel *l = p->obj;

	if (!has(l, ADDRLABEL_PREFIX) || !has(l, ADDRLABEL_LABEL))
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "a \"prefix\" and a \"label\" are needed");
	if (l->label != UINT32_MAX)
		return 0;
	p->ip->blame = p->word_of[ADDRLABEL_LABEL];
	return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL, "%u stands for no label", l->label);
}

static int run_modify(struct parser *p, struct err *e)
{
	struct nl_msg m;
	int rc =
		nl_msg_object(&m, p->command->type, p->command->flags, &addrlabel_attrs, p->obj, e);

	return rc < 0 ? rc : parser_talk(p, &m, NULL, NULL, e);
}

static int finish_list(struct parser *p, struct err *e)
{
	return p->at < p->n ? ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "\"%s\" is not known here",
				      p->word[p->at])
			    : 0;
}

static int print_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	struct addrlabel l;
	int rc = addrlabel_decode(h, &l, e);

	if (rc < 0)
		return rc;
	addrlabel_print(&p->ip->print, &l);
	if (!p->ip->print.json)
		out_putc(&p->ip->out, '\n');
	return 0;
}

static int dump_request(const struct parser *p, struct nl_msg *m, struct err *e)
{
	p->ip->status = STATUS_USAGE; /* of a refused dump; iproute2's, unlike other objects' */
	return nl_msg_object(m, RTM_GETADDRLABEL, 0, &addrlabel_attrs, p->obj, e);
}

static int run_list(struct parser *p, struct err *e)
{
	struct nl_msg m;
	int rc = dump_request(p, &m, e);

	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = ip_dump(p->ip, &m.h, print_one, p, e);
	ip_list_end(p->ip);
	return rc;
}

static int run_flush(struct parser *p, struct err *e)
{
	struct messages labels = {.wanted = NULL};
	struct nl_msg m;
	int rc = dump_request(p, &m, e);

	if (rc >= 0)
		rc = ip_collect(p->ip, &m.h, &labels, e);
	if (rc >= 0)
		rc = ip_delete_all(p->ip, &labels, RTM_DELADDRLABEL, e);
	return rc < 0 ? rc : 0;
}

#define ADDRLABEL(words, what, keywords, finish, run, type, flags)                                 \
	{                                                                                          \
		words, what, &addrlabel_attrs, sizeof(struct addrlabel), keywords, begin, finish,  \
			run, type, flags, NULL                                                     \
	}
const struct command addrlabel_commands[] = {
	ADDRLABEL("list show lst", "shows labels", NULL, finish_list, run_list, RTM_GETADDRLABEL,
		  0),
	ADDRLABEL("add", "adds a label", modify_words, finish_modify, run_modify, RTM_NEWADDRLABEL,
		  NLM_F_CREATE | NLM_F_EXCL),
	ADDRLABEL("delete", "deletes a label", modify_words, finish_modify, run_modify,
		  RTM_DELADDRLABEL, 0),
	ADDRLABEL("flush", "deletes all labels", NULL, finish_list, run_flush, RTM_GETADDRLABEL, 0),
	{0},
};
