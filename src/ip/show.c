/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What -echo and -dry-run show: what a change came to, and what it would be.
 */
#include "ip/show.h"

#include "model/address.h"
#include "model/link_print.h"
#include "model/neigh.h"
#include "model/nexthop.h"
#include "model/route.h"
#include "model/rule.h"

#include <string.h>

static int print_route(struct print *p, const struct nlmsghdr *h, struct err *e)
{
	struct route r;
	int rc = route_decode(h, &r, e);

	if (!rc)
		route_print(p, &r);
	return rc;
}

static int print_rule(struct print *p, const struct nlmsghdr *h, struct err *e)
{
	struct rule r;
	int rc = rule_decode(h, &r, e);

	if (!rc)
		rule_print(p, &r);
	return rc;
}

static int print_neigh(struct print *p, const struct nlmsghdr *h, struct err *e)
{
	struct neigh n;
	int rc = neigh_decode(h, &n, e);

	if (!rc)
		neigh_print(p, &n, 0);
	return rc;
}

static int print_nexthop(struct print *p, const struct nlmsghdr *h, struct err *e)
{
	struct nh n;
	int rc = nh_decode(h, &n, e);

	if (!rc)
		nh_print(p, NULL, &n);
	return rc;
}

static int print_address(struct print *p, const struct nlmsghdr *h, struct err *e)
{
	struct address a;
	int rc = address_decode(h, &a, e);

	if (rc < 0)
		return rc;
	if (p->json)
		jw_object(&p->j, NULL);
	address_print(p, &a, true);
	if (p->json)
		jw_object_end(&p->j);
	return 0;
}

static int print_link(struct print *p, const struct nlmsghdr *h, struct err *e)
{
	const struct link_style style = {.link = true};
	struct link l;
	int rc = link_decode(h, &l, e);

	if (rc < 0)
		return rc;
	if (p->json)
		jw_object(&p->j, NULL);
	link_print(p, &l, &style);
	if (p->json)
		jw_object_end(&p->j);
	return 0;
}

static const struct {
	uint16_t new, del;
	bool ends_line; /* by itself */
	int (*print)(struct print *p, const struct nlmsghdr *h, struct err *e);
} kinds[] = {
	{RTM_NEWROUTE, RTM_DELROUTE, false, print_route},
	{RTM_NEWRULE, RTM_DELRULE, false, print_rule},
	{RTM_NEWADDR, RTM_DELADDR, true, print_address},
	{RTM_NEWNEIGH, RTM_DELNEIGH, false, print_neigh},
	{RTM_NEWNEXTHOP, RTM_DELNEXTHOP, false, print_nexthop},
	{RTM_NEWLINK, RTM_DELLINK, true, print_link},
};

int show_message(struct ip *ip, const struct nlmsghdr *h, struct err *e)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (h->nlmsg_type != kinds[i].new && h->nlmsg_type != kinds[i].del)
			continue;
		ip_list_open(ip);
		if (h->nlmsg_type == kinds[i].del)
			print_text(&ip->print, "Deleted ");
		int rc = kinds[i].print(&ip->print, h, e);
		if (!kinds[i].ends_line)
			print_text(&ip->print, "\n");
		return rc;
	}
	return 0;
}

int show_object(struct print *p, const struct nlmsghdr *h, struct err *e)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (h->nlmsg_type == kinds[i].new)
			return kinds[i].print(p, h, e);
	return 0;
}

/* One command's text, as a line or as {"command": ...}. */
static void show_text(struct ip *ip, struct out *text)
{
	size_t n = text->len;

	while (n && text->buf[n - 1] == ' ')
		n--;
	ip_list_open(ip);
	if (ip->print.json) {
		jw_object(&ip->print.j, NULL);
		jw_strn(&ip->print.j, "command", text->buf, n);
		jw_object_end(&ip->print.j);
	} else {
		out_mem(&ip->out, text->buf, n);
		out_putc(&ip->out, '\n');
	}
}

static void out_start(struct out *o, uint8_t family)
{
	out_puts(o, "ip ");
	if (family == AF_INET6)
		out_puts(o, "-6 ");
	else if (family == AF_MPLS)
		out_puts(o, "-M ");
}

/* Quoted if it would not be one word else. */
static void out_word(struct out *o, const char *word)
{
	bool quote = !*word || strpbrk(word, " \t#");

	if (quote)
		out_putc(o, '"');
	out_puts(o, word);
	if (quote)
		out_putc(o, '"');
	out_putc(o, ' ');
}

int show_command(struct ip *ip)
{
	struct out text;

	if (ip->told)
		return 0;
	ip->told = true;
	out_init(&text, -1);
	out_start(&text, ip->opt.family);
	for (int i = 0; i < ip->words; i++)
		out_word(&text, ip->word[i]);
	show_text(ip, &text);
	out_free(&text);
	return 0;
}

static int out_rule(struct print *p, const struct nlmsghdr *object, struct err *e)
{
	struct rule r;
	int rc = rule_decode(object, &r, e);

	if (rc < 0)
		return rc;
	out_start(p->o, r.h.family);
	out_puts(p->o, "rule del pref ");
	/* The line is "PREF:\tSELECTORS", of which a blank is made. */
	size_t at = p->o->len;
	rule_print(p, &r);
	char *colon = memchr(p->o->buf + at, ':', p->o->len - at);
	if (colon) {
		*colon = ' ';
		memmove(colon + 1, colon + 2, (size_t)(p->o->buf + p->o->len - (colon + 2)));
		p->o->len--;
	}
	return 0;
}

static int out_route(struct print *p, const struct nlmsghdr *object, struct err *e)
{
	struct route r;
	int rc = route_decode(object, &r, e);

	if (rc < 0)
		return rc;
	/* States are no words of the grammar. */
	r.h.rtm_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
	r.has &= ~HAS(ROUTE_CACHEINFO);
	out_start(p->o, r.h.rtm_family);
	out_puts(p->o, "route del ");
	p->oneline = true;
	route_print(p, &r);
	return 0;
}

static int out_address(struct print *p, const struct nlmsghdr *object, struct err *e)
{
	struct address a;
	int rc = address_decode(object, &a, e);

	if (rc < 0)
		return rc;
	out_puts(p->o, "ip address del ");
	out_addr(p->o, &a.local);
	if (address_has_peer(&a)) {
		out_puts(p->o, " peer ");
		out_addr(p->o, &a.address);
	}
	out_printf(p->o, "/%u dev %s", a.h.ifa_prefixlen,
		   devices_name(p->devices, (int)a.h.ifa_index));
	return 0;
}

static int out_neigh(struct print *p, const struct nlmsghdr *object, struct err *e)
{
	struct neigh n;
	int rc = neigh_decode(object, &n, e);

	if (rc < 0)
		return rc;
	out_puts(p->o, n.h.ndm_flags & NTF_PROXY ? "ip neigh del proxy " : "ip neigh del ");
	out_addr(p->o, &n.dst);
	out_puts(p->o, " dev ");
	out_puts(p->o, devices_name(p->devices, n.h.ndm_ifindex));
	return 0;
}

int show_delete(struct ip *ip, const struct nlmsghdr *object, struct err *e)
{
	struct print p = ip->print;
	struct out text;
	int rc;

	out_init(&text, -1);
	p.o = &text;
	p.json = p.details = false;
	switch (object->nlmsg_type) {
	case RTM_NEWROUTE:
		rc = out_route(&p, object, e);
		break;
	case RTM_NEWRULE:
		rc = out_rule(&p, object, e);
		break;
	case RTM_NEWADDR:
		rc = out_address(&p, object, e);
		break;
	case RTM_NEWNEIGH:
		rc = out_neigh(&p, object, e);
		break;
	default:
		rc = show_command(ip);
	}
	if (rc >= 0 && text.len)
		show_text(ip, &text);
	out_free(&text);
	return rc;
}
