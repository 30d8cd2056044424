/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip route: what its commands do, once their words are read.
 */
#include "ip/route.h"

#include "ip/objects.h"
#include "ip/request.h"
#include "ip/save.h"
#include "ip/values.h"

#include <limits.h>

static int run_modify(struct parser *p, struct err *e)
{
	struct route_request *q = p->obj;
	struct nl_msg m;
	int rc = route_message(&m, p->command->type, p->command->flags, &q->route, e);

	return rc < 0 ? rc : parser_talk(p, &m, NULL, NULL, e);
}

int route_show_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	const struct route_filter *f = p->obj;
	struct route r;
	int rc = route_decode(h, &r, e);

	if (rc >= 0 && route_is_behind(f, &r))
		return NL_ENOUGH;
	if (rc < 0 || !route_selects(f, &r))
		return rc;
	r.has &= ~f->hide;
	route_print(&p->ip->print, &r);
	if (!p->ip->print.json)
		out_putc(&p->ip->out, '\n');
	return 0;
}

int route_dump_request(const struct route_filter *f, struct nl_msg *m, struct err *e)
{
	struct route r = {.h.rtm_family = f->family};

	if (f->cloned)
		r.h.rtm_flags |= RTM_F_CLONED;
	if (f->protocol > 0)
		r.h.rtm_protocol = (uint8_t)f->protocol;
	if (f->table) {
		r.table = f->table;
		set_has(&r, ROUTE_TABLE);
	}
	if (f->oif) {
		r.oif = (uint32_t)f->oif;
		set_has(&r, ROUTE_OIF);
	}
	return nl_msg_object(m, RTM_GETROUTE, 0, &route_attrs, &r, e);
}

static int run_list(struct parser *p, struct err *e)
{
	struct nl_msg m;
	int rc = route_dump_request(p->obj, &m, e);

	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = ip_dump_until(p->ip, &m.h, route_show_one, p, e);
	ip_list_end(p->ip);
	return rc;
}

static unsigned restore_pass(const struct nlmsghdr *h)
{
	struct route r;

	if (route_decode(h, &r, NULL) < 0)
		return 0;
	/* Those come with the addresses; made by anybody else they would get another metric. */
	if (r.h.rtm_family == AF_INET6 && !r.metric)
		return UINT_MAX;
	return request_route_pass(&r);
}

static const struct saved_kind saved_routes = {0x45311224,   RTM_NEWROUTE, "routes", ROUTE_PASSES,
					       restore_pass, true,	   NULL};

static bool is_saved(const struct nlmsghdr *h, void *arg)
{
	struct route r;

	return route_decode(h, &r, NULL) < 0 || route_selects(arg, &r);
}

static int run_save(struct parser *p, struct err *e)
{
	struct nl_msg m;
	int rc = route_dump_request(p->obj, &m, e);

	return rc < 0 ? rc : saved_write(p->ip, &saved_routes, &m.h, is_saved, p->obj, e);
}

static int run_restore(struct parser *p, struct err *e)
{
	return saved_restore(p->ip, &saved_routes, e);
}

static int begin_showdump(struct parser *p, struct err *e)
{
	struct route_filter *f = p->obj;
	int rc = route_list_begin(p, e);

	f->table = 0;
	return rc;
}

static int run_showdump(struct parser *p, struct err *e)
{
	return saved_show(p->ip, &saved_routes, route_show_one, p, e);
}

#define LIST(words, what, run, type)                                                               \
	{                                                                                          \
		words, what, &route_attrs, sizeof(struct route_filter), route_list_words,          \
			route_list_begin, route_list_finish, run, type, 0, NULL                    \
	}
#define MODIFY(words, what, type, flags)                                                           \
	{                                                                                          \
		words, what, &route_attrs, sizeof(struct route_request), route_modify_words,       \
			route_modify_begin, route_modify_finish, run_modify, type, flags, NULL     \
	}

const struct command route_commands[] = {
	LIST("list show lst", "shows routes", run_list, RTM_GETROUTE),
	{"get", "asks which way a packet takes", &route_attrs, sizeof(struct route_get_request),
	 route_get_words, route_get_begin, route_get_finish, route_get_run, RTM_GETROUTE, 0, NULL},
	MODIFY("add", "adds a route", RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL),
	MODIFY("change =chg", "changes a route", RTM_NEWROUTE, NLM_F_REPLACE),
	MODIFY("replace", "changes or adds a route", RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE),
	MODIFY("prepend", "adds a route before those of its kind", RTM_NEWROUTE, NLM_F_CREATE),
	MODIFY("append", "adds a route behind those of its kind", RTM_NEWROUTE,
	       NLM_F_CREATE | NLM_F_APPEND),
	MODIFY("test", "says whether a route could be added", RTM_NEWROUTE, NLM_F_EXCL),
	MODIFY("delete", "deletes a route", RTM_DELROUTE, 0),
	LIST("flush", "deletes routes", route_flush_run, RTM_DELROUTE),
	LIST("save", "writes routes to standard output, as bytes", run_save, RTM_GETROUTE),
	{"restore", "makes the routes that were saved", &route_attrs, sizeof(struct route_filter),
	 no_words, begin_showdump, NULL, run_restore, RTM_NEWROUTE, 0, NULL},
	{"showdump", "shows the routes that were saved", &route_attrs, sizeof(struct route_filter),
	 no_words, begin_showdump, NULL, run_showdump, RTM_GETROUTE, 0, NULL},
	{0},
};
