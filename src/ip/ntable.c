/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip ntable: how the kernel keeps its neighbours, by family and interface.
 */
#include "model/ntable.h"
#include "ip/objects.h"
#include "ip/values.h"

#include <errno.h>
#include <string.h>

struct ntable_request {
	struct ntable table;
	struct ntable_parms parms;
	bool no_dev;   /* show: "dev none" */
	char last[64]; /* show: the table that was shown last */
};

static int begin(struct parser *p, struct err *e)
{
	struct ntable_request *q = p->obj;

	(void)e;
	q->table.h.ndtm_family = p->ip->opt.family;
	return 0;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	struct ntable_request *q = p->obj;
	int ifindex = 0, rc;

	if (k->num && parse_peek(p) && !strcmp(parse_peek(p), "none")) {
		p->at++;
		q->no_dev = true;
		return 0;
	}
	rc = parse_dev(p, &ifindex, e);
	if (rc < 0 && k->num)
		p->ip->status = STATUS_USAGE;
	q->parms.ifindex = (uint32_t)ifindex;
	set_has(&q->parms, NTP_DEV);
	return rc;
}

/* A parameter is a field of the nested table. */
static int take_parm(struct parser *p, const struct keyword *k, struct err *e)
{
	struct ntable_request *q = p->obj;
	const struct attr_set *set = p->set;
	void *obj = p->obj;

	p->set = &ntable_parm_attrs;
	p->obj = &q->parms;
	int rc = parse_field(p, k->num, NULL, e);
	p->set = set;
	p->obj = obj;
	return rc;
}

#define PARM(word, field, metavar)                                                                 \
	{                                                                                          \
		"=" word, take_parm, NTABLE_PARMS, 0, metavar, field                               \
	}
static const struct keyword change_words[] = {
	{"=name", NULL, NTABLE_NAME, 0, "NAME", 0},
	{"=thresh1", NULL, NTABLE_THRESH1, 0, NULL, 0},
	{"=thresh2", NULL, NTABLE_THRESH2, 0, NULL, 0},
	{"=thresh3", NULL, NTABLE_THRESH3, 0, NULL, 0},
	{"=gc_int", NULL, NTABLE_GC_INTERVAL, 0, "MSEC", 0},
	{"=dev", take_dev, NTABLE_PARMS, 0, "DEVICE", 0},
	PARM("base_reachable", NTP_BASE_REACHABLE, "MSEC"),
	PARM("retrans", NTP_RETRANS, "MSEC"),
	PARM("gc_stale", NTP_GC_STALE, "MSEC"),
	PARM("delay_probe", NTP_DELAY_PROBE, "MSEC"),
	PARM("queue", NTP_QUEUE, "NUMBER"),
	PARM("app_probes", NTP_APP_PROBES, "NUMBER"),
	PARM("ucast_probes", NTP_UCAST_PROBES, "NUMBER"),
	PARM("mcast_probes", NTP_MCAST_PROBES, "NUMBER"),
	PARM("anycast_delay", NTP_ANYCAST_DELAY, "MSEC"),
	PARM("proxy_delay", NTP_PROXY_DELAY, "MSEC"),
	PARM("proxy_queue", NTP_PROXY_QUEUE, "NUMBER"),
	PARM("locktime", NTP_LOCKTIME, "MSEC"),
	{0},
};

static const struct keyword show_words[] = {
	{"=dev", take_dev, NTABLE_PARMS, 0, "{ DEVICE | none }", 1},
	{"=name", NULL, NTABLE_NAME, 0, "NAME", 0},
	{0},
};

static int finish_change(struct parser *p, struct err *e)
{
	struct ntable_request *q = p->obj;
	bool parms = q->parms.has & ~HAS(NTP_DEV);

	if (!has(&q->table, NTABLE_NAME))
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL, "\"name NAME\" is missing");
	if (!parms && !(q->table.has & ~HAS(NTABLE_NAME)))
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL, "nothing to change is said");
	return 0;
}

static int run_change(struct parser *p, struct err *e)
{
	struct ntable_request *q = p->obj;
	struct nl_msg m, scratch;
	int rc = 0;

	nl_msg_init(&scratch, 0, 0);
	uint32_t start = scratch.h.nlmsg_len;
	if (q->parms.has & ~HAS(NTP_DEV)) {
		rc = attr_encode(&ntable_parm_attrs, &q->parms, &scratch.h, sizeof(scratch.buf), e);
		q->table.parms = (struct nl_ref){scratch.buf + start,
						 (uint16_t)(scratch.h.nlmsg_len - start)};
		set_has(&q->table, NTABLE_PARMS);
	}
	if (!rc)
		rc = nl_msg_object(&m, RTM_SETNEIGHTBL, NLM_F_REPLACE, &ntable_attrs, &q->table, e);
	return rc < 0 ? rc : parser_talk(p, &m, NULL, NULL, e);
}

static int print_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	struct ntable_request *q = p->obj;
	struct ntable_parms parms;
	struct ntable t;
	int rc = ntable_decode(h, &t, &parms, e);

	if (rc < 0)
		return rc;
	if (!has(&t, NTABLE_NAME))
		t.name[0] = 0;
	uint32_t ifindex = has(&parms, NTP_DEV) ? parms.ifindex : 0;
	if ((q->no_dev && ifindex) || (has(&q->parms, NTP_DEV) && q->parms.ifindex != ifindex) ||
	    (has(&q->table, NTABLE_NAME) && strcmp(q->table.name, t.name) != 0))
		return 0;
	/* The kernel begins a table anew with each block of a long answer. */
	if (!ifindex && !strcmp(q->last, t.name))
		return 0;
	if (!ifindex)
		memcpy(q->last, t.name, sizeof(q->last));
	ntable_print(&p->ip->print, &t, &parms);
	if (!p->ip->print.json)
		out_putc(&p->ip->out, '\n');
	return 0;
}

static int run_show(struct parser *p, struct err *e)
{
	const struct ntable_request *q = p->obj;
	struct ntable all = {.h = q->table.h};
	struct nl_msg m;
	int rc = nl_msg_object(&m, RTM_GETNEIGHTBL, 0, &ntable_attrs, &all, e);

	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = ip_dump(p->ip, &m.h, print_one, p, e);
	ip_list_end(p->ip);
	return rc;
}

#define NTABLE(words, what, keywords, finish, run)                                                 \
	{                                                                                          \
		words, what, &ntable_attrs, sizeof(struct ntable_request), keywords, begin,        \
			finish, run, 0, 0, NULL                                                    \
	}
const struct command ntable_commands[] = {
	NTABLE("show list lst", "shows neighbour tables", show_words, NULL, run_show),
	NTABLE("change =chg", "changes a neighbour table", change_words, finish_change, run_change),
	{0},
};
