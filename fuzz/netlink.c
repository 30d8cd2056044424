/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel (or somebody who plays one) may answer: a message, read as each of the objects and
 * shown as text and as JSON. The input's first byte chooses how, the rest is the message behind its
 * netlink header.
 */
#include "model/address.h"
#include "model/addrlabel.h"
#include "model/link_print.h"
#include "model/neigh.h"
#include "model/netconf.h"
#include "model/nexthop.h"
#include "model/ntable.h"
#include "model/route.h"
#include "model/rule.h"
#include "model/tcp_metrics.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show_link(struct print *p, const struct nlmsghdr *h)
{
	const struct link_style style = {.link = true};
	struct link l;

	if (link_decode(h, &l, NULL) < 0)
		return;
	if (!has(&l, LINK_NAME))
		return; /* it has one, always */
	if (p->json)
		jw_object(&p->j, NULL);
	link_print(p, &l, &style);
	if (p->json)
		jw_object_end(&p->j);
}

static void show_address(struct print *p, const struct nlmsghdr *h)
{
	struct address a;

	if (address_decode(h, &a, NULL) < 0)
		return;
	if (p->json)
		jw_object(&p->j, NULL);
	address_print(p, &a, true);
	if (p->json)
		jw_object_end(&p->j);
}

static void show_others(struct print *p, const struct nlmsghdr *h)
{
	struct neigh n;
	struct rule r;
	struct route t;
	struct nl_msg m;

	if (!neigh_decode(h, &n, NULL))
		neigh_print(p, &n, 0);
	if (!rule_decode(h, &r, NULL)) {
		rule_print(p, &r);
		rule_message(&m, RTM_NEWRULE, 0, &r, NULL);
	}
	if (!route_decode(h, &t, NULL)) {
		route_print(p, &t);
		route_message(&m, RTM_NEWROUTE, 0, &t, NULL);
	}
}

static void show_settings(struct print *p, const struct nlmsghdr *h)
{
	struct addrlabel a;
	struct netconf c;
	struct nh n;
	struct ntable t;
	struct ntable_parms parms;
	struct tcp_metrics m;

	if (!addrlabel_decode(h, &a, NULL))
		addrlabel_print(p, &a);
	if (!netconf_decode(h, &c, NULL))
		netconf_print(p, &c);
	if (!nh_decode(h, &n, NULL))
		nh_print(p, NULL, &n);
	if (!ntable_decode(h, &t, &parms, NULL))
		ntable_print(p, &t, &parms);
	if (!tcp_metrics_decode(h, &m, NULL))
		tcp_metrics_print(p, &m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(struct nlmsghdr) uint8_t buf[NLMSG_HDRLEN + 4096];
	struct nlmsghdr *h = (void *)buf;
	struct print p = {.json = false};
	struct out o;

	if (size < 1 || size - 1 > sizeof(buf) - NLMSG_HDRLEN)
		return 0;
	memset(buf, 0, NLMSG_HDRLEN);
	memcpy(buf + NLMSG_HDRLEN, data + 1, size - 1);
	h->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size - 1);
	out_init(&o, -1);
	p.o = &o;
	p.json = data[0] & 1;
	p.details = data[0] & 2;
	p.numeric = data[0] & 4;
	p.oneline = data[0] & 8;
	p.brief = data[0] & 16;
	p.human = data[0] & 32;
	p.stats = (data[0] >> 6) & 3;
	p.names = names_new("/nonexistent", "/nonexistent");
	p.devices = devices_new(NULL);
	jw_init(&p.j, &o, false);
	show_link(&p, h);
	show_address(&p, h);
	show_others(&p, h);
	show_settings(&p, h);
	names_free(p.names);
	devices_free(p.devices);
	out_free(&o);
	return 0;
}
