/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip netconf: what interfaces are set to, for each family.
 */
#include "model/netconf.h"
#include "ip/objects.h"
#include "ip/values.h"

static int print_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	const struct netconf *wanted = p->obj;
	struct netconf n;
	int rc = netconf_decode(h, &n, e);

	if (rc < 0)
		return rc;
	if ((wanted->h.ncm_family && wanted->h.ncm_family != n.h.ncm_family) ||
	    (has(wanted, NETCONF_IFINDEX) &&
	     (!has(&n, NETCONF_IFINDEX) || n.ifindex != wanted->ifindex)))
		return 0;
	netconf_print(&p->ip->print, &n);
	if (!p->ip->print.json)
		out_putc(&p->ip->out, '\n');
	return 0;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	struct netconf *n = p->obj;
	int ifindex = 0, rc = parse_dev(p, &ifindex, e);

	n->ifindex = (uint32_t)ifindex;
	set_has(n, k->field);
	return rc;
}

static const struct keyword show_words[] = {
	{"=dev", take_dev, NETCONF_IFINDEX, 0, "DEVICE", 0},
	{0},
};

static int begin(struct parser *p, struct err *e)
{
	(void)e;
	((struct netconf *)p->obj)->h.ncm_family = p->ip->opt.family;
	return 0;
}

/* The kernel finds one interface's settings of one family; of all families it only lists all. */
static int run_show(struct parser *p, struct err *e)
{
	const struct netconf *n = p->obj;
	bool one = n->h.ncm_family && has(n, NETCONF_IFINDEX);
	struct netconf request = {.h = n->h, .ifindex = n->ifindex, .has = one ? n->has : 0};
	struct nl_msg m;
	int rc = nl_msg_object(&m, RTM_GETNETCONF, 0, &netconf_attrs, &request, e);

	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = one ? ip_talk(p->ip, &m.h, print_one, p, e) : ip_dump(p->ip, &m.h, print_one, p, e);
	ip_list_end(p->ip);
	return rc;
}

const struct command netconf_commands[] = {
	{"show list lst", "shows settings of interfaces", &netconf_attrs, sizeof(struct netconf),
	 show_words, begin, NULL, run_show, RTM_GETNETCONF, 0, NULL},
	{0},
};
