/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip mptcp: the addresses that Multipath TCP uses and announces, and how many of them.
 */
#include "model/mptcp.h"
#include "base/cleanup.h"
#include "ip/change.h"
#include "ip/objects.h"
#include "ip/values.h"

#include <errno.h>
#include <linux/mptcp.h>
#include <poll.h>
#include <string.h>

#define NOT	       0x80000000u /* "nobackup": the flag is to be cleared */
#define CHANGEABLE     (MPTCP_PM_ADDR_FLAG_BACKUP | MPTCP_PM_ADDR_FLAG_FULLMESH)
#define SIGNAL_AND_ALL (MPTCP_PM_ADDR_FLAG_SIGNAL | MPTCP_PM_ADDR_FLAG_FULLMESH)

/* Asks the kernel; `flags` may have NLM_F_DUMP. What is not answered (no `fn`) is a change. */
static int ask(struct parser *p, struct mptcp_msg *q, unsigned flags, nl_fn *fn, struct err *e)
{
	CLEANUP(free_genl) struct genl g = {.nl = NULL};
	struct nl_msg m;
	int rc = fn ? 1 : ip_act(p->ip, e);

	if (rc > 0)
		rc = genl_open(&g, MPTCP_PM_NAME, NULL, e);
	if (rc < 0 || !g.nl)
		return rc;
	q->h = (struct genlmsghdr){.cmd = (uint8_t)p->command->type, .version = MPTCP_PM_VER};
	rc = nl_msg_object(&m, g.family, 0, &mptcp_attrs, q, e);
	if (!rc)
		rc = flags & NLM_F_DUMP ? nl_dump(g.nl, &m.h, fn, p, e)
					: nl_talk(g.nl, &m.h, fn, p, e);
	if (rc < 0)
		p->ip->status = STATUS_KERNEL;
	return rc < 0 ? rc : 0;
}

static int take_flag(struct parser *p, const struct keyword *k, struct err *e)
{
	struct mptcp_endpoint *q = p->obj;
	bool change = p->command->type == MPTCP_PM_CMD_SET_FLAGS;

	if (change && !(k->num & CHANGEABLE))
		return parse_invalid(p, e, "only backup and fullmesh can be changed");
	if (!(k->num & NOT))
		q->flags |= k->num;
	set_has(q, MPTCP_FLAGS);
	return 0;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	int rc = parse_field(p, k->field, NULL, e);

	if (rc < 0)
		p->ip->status = STATUS_USAGE;
	return rc;
}

static int take_address(struct parser *p, const struct keyword *k, struct err *e)
{
	struct mptcp_endpoint *q = p->obj;
	int rc = parse_host(p, AF_UNSPEC, &q->addr, e);

	(void)k;
	if (rc < 0)
		return rc;
	q->family = q->addr.family;
	q->has &= ~(HAS(MPTCP_ADDR4) | HAS(MPTCP_ADDR6));
	q->has |= HAS(MPTCP_FAMILY) | (q->family == AF_INET ? HAS(MPTCP_ADDR4) : HAS(MPTCP_ADDR6));
	return 0;
}

static const struct keyword endpoint_words[] = {
	{"=signal", take_flag, MPTCP_FLAGS, 0, NULL, MPTCP_PM_ADDR_FLAG_SIGNAL},
	{"=subflow", take_flag, MPTCP_FLAGS, 0, NULL, MPTCP_PM_ADDR_FLAG_SUBFLOW},
	{"=backup", take_flag, MPTCP_FLAGS, 0, NULL, MPTCP_PM_ADDR_FLAG_BACKUP},
	{"=fullmesh", take_flag, MPTCP_FLAGS, 0, NULL, MPTCP_PM_ADDR_FLAG_FULLMESH},
	{"=nobackup", take_flag, MPTCP_FLAGS, 0, NULL, NOT | MPTCP_PM_ADDR_FLAG_BACKUP},
	{"=nofullmesh", take_flag, MPTCP_FLAGS, 0, NULL, NOT | MPTCP_PM_ADDR_FLAG_FULLMESH},
	{"id", NULL, MPTCP_ID, 0, "ID", 0},
	{"dev", take_dev, MPTCP_DEV, 0, NULL, 0},
	{"port", NULL, MPTCP_PORT, 0, NULL, 0},
	{"=address", take_address, MPTCP_ADDR4, KW_BARE, "ADDRESS", 0},
	{0},
};

static bool has_address(const struct mptcp_endpoint *q)
{
	return has(q, MPTCP_ADDR4) || has(q, MPTCP_ADDR6);
}

static int finish_add(struct parser *p, struct err *e)
{
	struct mptcp_endpoint *q = p->obj;

	if ((q->flags & SIGNAL_AND_ALL) == SIGNAL_AND_ALL)
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
			       "\"signal\" and \"fullmesh\" exclude each other");
	if (has(q, MPTCP_PORT) && !(q->flags & MPTCP_PM_ADDR_FLAG_SIGNAL))
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
			       "a \"port\" is only for addresses that are announced (\"signal\")");
	if (!has_address(q))
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL, "an address is missing");
	return 0;
}

static int finish_change(struct parser *p, struct err *e)
{
	struct mptcp_endpoint *q = p->obj;

	if (!has(q, MPTCP_ID) && !has_address(q))
		return ip_fail(p->ip, STATUS_KERNEL, e, -EINVAL, "an \"id\" or address is missing");
	return 0;
}

static int finish_delete(struct parser *p, struct err *e)
{
	struct mptcp_endpoint *q = p->obj;

	if (!has(q, MPTCP_ID))
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL, "an \"id\" is missing");
	if (!q->id != has_address(q))
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
			       "an address is needed with \"id 0\", and only there");
	return 0;
}

static int run_modify(struct parser *p, struct err *e)
{
	struct mptcp_msg q = {.has = 0};
	struct nl_msg scratch;
	int rc = mptcp_put_endpoint(&q, p->obj, &scratch, e);

	return rc < 0 ? rc : ask(p, &q, 0, NULL, e);
}

static void begin_record(struct ip *ip)
{
	if (ip->print.json)
		jw_object(&ip->print.j, NULL);
}

static void end_record(struct ip *ip)
{
	if (ip->print.json)
		jw_object_end(&ip->print.j);
	else
		out_putc(&ip->out, '\n');
}

static int print_endpoint(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	struct mptcp_endpoint x;
	int rc = mptcp_get_endpoint(h, &x, e);

	if (rc < 0)
		return rc;
	begin_record(p->ip);
	print_object(&p->ip->print, &mptcp_endpoint_attrs, &x);
	end_record(p->ip);
	return 0;
}

static int run_show(struct parser *p, struct err *e)
{
	const struct mptcp_endpoint *x = p->obj;
	struct mptcp_msg q = {.has = 0};
	struct nl_msg scratch;
	int rc = x->has ? mptcp_put_endpoint(&q, x, &scratch, e) : 0;

	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = ask(p, &q, x->has ? 0 : NLM_F_DUMP, print_endpoint, e);
	ip_list_end(p->ip);
	return rc;
}

static int run_flush(struct parser *p, struct err *e)
{
	struct mptcp_msg q = {.has = 0};

	return ask(p, &q, 0, NULL, e);
}

static int print_limits(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	struct mptcp_msg m;
	int rc = attr_decode_msg(&mptcp_attrs, h, &m, e);

	if (rc < 0)
		return rc;
	begin_record(p->ip);
	print_object(&p->ip->print, &mptcp_attrs, &m);
	end_record(p->ip);
	return 0;
}

static int run_limits_show(struct parser *p, struct err *e)
{
	struct mptcp_msg q = {.has = 0};

	ip_list_begin(p->ip);
	int rc = ask(p, &q, 0, print_limits, e);
	ip_list_end(p->ip);
	return rc;
}

static int run_limits_set(struct parser *p, struct err *e)
{
	return ask(p, p->obj, 0, NULL, e);
}

static int show_event(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct ip *ip = arg;

	jw_init(&ip->print.j, &ip->out, ip->opt.pretty);
	if (ip->print.json)
		jw_object(&ip->print.j, NULL);
	int rc = mptcp_event_print(&ip->print, h, e);
	if (ip->print.json) {
		jw_object_end(&ip->print.j);
		out_putc(&ip->out, '\n');
	}
	return rc;
}

/* In JSON a line for each event, as `ip monitor` has it. */
static int run_monitor(struct parser *p, struct err *e)
{
	CLEANUP(free_genl) struct genl g = {.nl = NULL};
	int rc = genl_open(&g, MPTCP_PM_NAME, MPTCP_PM_EV_GRP_NAME, e);

	if (!rc)
		rc = nl_join(g.nl, g.group, e);
	while (rc >= 0) {
		struct pollfd poll_fd = {.fd = nl_fd(g.nl), .events = POLLIN};
		if (poll(&poll_fd, 1, -1) < 0 && errno != EINTR)
			return err_errno(e, -errno, "poll");
		rc = nl_receive(g.nl, show_event, p->ip, e);
		if (rc == -ENOBUFS)
			rc = 0;
		if (out_flush(&p->ip->out) < 0)
			return p->ip->out.error;
	}
	p->ip->status = STATUS_KERNEL;
	return rc;
}

static const struct keyword limit_words[] = {
	{"subflows", NULL, MPTCP_MSG_SUBFLOWS, 0, NULL, 0},
	{"add_addr_accepted", NULL, MPTCP_MSG_ADD_ADDRS, 0, NULL, 0},
	{0},
};

#define ENDPOINT(words, what, keywords, finish, run, type)                                         \
	{                                                                                          \
		words, what, &mptcp_endpoint_attrs, sizeof(struct mptcp_endpoint), keywords, NULL, \
			finish, run, type, 0, NULL                                                 \
	}
static const struct command endpoint_commands[] = {
	ENDPOINT("show", "shows endpoints", endpoint_words, NULL, run_show, MPTCP_PM_CMD_GET_ADDR),
	ENDPOINT("add", "adds an endpoint", endpoint_words, finish_add, run_modify,
		 MPTCP_PM_CMD_ADD_ADDR),
	ENDPOINT("change", "changes an endpoint's flags", endpoint_words, finish_change, run_modify,
		 MPTCP_PM_CMD_SET_FLAGS),
	ENDPOINT("delete", "deletes an endpoint", endpoint_words, finish_delete, run_modify,
		 MPTCP_PM_CMD_DEL_ADDR),
	ENDPOINT("flush", "deletes all endpoints", NULL, NULL, run_flush, MPTCP_PM_CMD_FLUSH_ADDRS),
	{0},
};

#define LIMITS(words, what, keywords, run, type)                                                   \
	{                                                                                          \
		words, what, &mptcp_attrs, sizeof(struct mptcp_msg), keywords, NULL, NULL, run,    \
			type, 0, NULL                                                              \
	}
static const struct command limits_commands[] = {
	LIMITS("show", "shows limits", NULL, run_limits_show, MPTCP_PM_CMD_GET_LIMITS),
	LIMITS("set", "sets limits", limit_words, run_limits_set, MPTCP_PM_CMD_SET_LIMITS),
	{0},
};

#define GROUP(words, what, sub)                                                                    \
	{                                                                                          \
		words, what, NULL, 0, NULL, NULL, NULL, NULL, 0, 0, sub                            \
	}
const struct command mptcp_commands[] = {
	{"help", "shows this", NULL, 0, NULL, command_help, NULL, NULL, 0, 0, NULL},
	GROUP("endpoint", "addresses", endpoint_commands),
	GROUP("limits", "limits", limits_commands),
	{"monitor", "shows what happens to connections", NULL, 0, NULL, NULL, NULL, run_monitor, 0,
	 0, NULL},
	{0},
};
