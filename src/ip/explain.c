/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why the kernel refuses things, for people: its errno has many causes, its text (where there is
 * one) is written for programmers, and neither says what to do. A table knows the common cases; it
 * is consulted after the failure and changes neither error nor exit status.
 */
#include "ip/explain.h"

#include "base/suggest.h"
#include "ip/route.h"
#include "ip/show.h"
#include "model/address.h"
#include "model/link.h"
#include "model/neigh.h"
#include "model/nexthop.h"
#include "model/route.h"
#include "model/rule.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

/* In place of a field, whose word would be the last of what follows the keyword. */
enum { NO_WORD = -1, BEHIND_TYPE = -2, BEHIND_CONGCTL = -3 };

static const struct refusal {
	uint16_t type;	  /* of the request, 0: any */
	int error;	  /* 0: any */
	const char *text; /* in the message; NULL: any */
	int field;	  /* whose word is to blame */
	const char *hint; /* NULL: the kernel's text says it all */
} refusals[] = {
	{0, EPERM, NULL, NO_WORD, "only root may do this, or who has CAP_NET_ADMIN"},
	{RTM_NEWLINK, EEXIST, NULL, LINK_NAME, "an interface of this name is there already"},
	{RTM_NEWLINK, EOPNOTSUPP, "Unknown device type", BEHIND_TYPE,
	 "the kernel has no such kind, or its module is missing"},
	{RTM_NEWLINK, EOPNOTSUPP, NULL, LINK_MASTER,
	 "only bridges, bonds, VRFs and the like take other interfaces in"},
	{RTM_NEWLINK, EINVAL, "mtu ", LINK_MTU, NULL},
	{RTM_NEWLINK, EBUSY, NULL, LINK_NAME, "it cannot be renamed now, \"down\" may help"},
	{RTM_NEWLINK, 0, "VLAN", LINK_INFO, NULL},
	{RTM_DELLINK, EOPNOTSUPP, NULL, LINK_ALT_NAME,
	 "only interfaces that were added can be deleted"},
	{RTM_NEWADDR, EOPNOTSUPP, NULL, NO_WORD, "is the address missing?"},
	{RTM_DELADDR, EADDRNOTAVAIL, NULL, ADDRESS_LOCAL, "the interface has no such address"},
	{RTM_NEWROUTE, ENETUNREACH, "gateway", ROUTE_GATEWAY,
	 "the gateway is in no subnet of the interface; \"onlink\" takes it all the same"},
	{RTM_NEWROUTE, EHOSTUNREACH, NULL, ROUTE_GATEWAY, "there is no way to the gateway"},
	{RTM_NEWROUTE, EINVAL, "Egress device", ROUTE_GATEWAY,
	 "a link-local gateway needs its interface, \"dev\""},
	{RTM_NEWROUTE, EINVAL, "prefix length", ROUTE_DST, NULL},
	{RTM_NEWROUTE, EINVAL, "prefsrc", ROUTE_PREFSRC, "no interface has this address"},
	{RTM_NEWROUTE, EINVAL, "Nexthop id", ROUTE_NHID, "see \"ip nexthop\""},
	{RTM_NEWROUTE, EINVAL, "congestion", BEHIND_CONGCTL,
	 "see net.ipv4.tcp_available_congestion_control"},
	{RTM_NEWROUTE, ENODEV, NULL, NO_WORD, "by what way? \"via ADDRESS\" or \"dev DEVICE\""},
	{RTM_NEWROUTE, ENETDOWN, NULL, ROUTE_OIF, "\"ip link set ... up\" comes first"},
	{RTM_NEWROUTE, ENOENT, NULL, ROUTE_DST,
	 "there is no such route to change, \"replace\" would add it"},
	{RTM_DELROUTE, ESRCH, NULL, ROUTE_DST, "there is no such route"},
	{RTM_GETROUTE, ENETUNREACH, NULL, ROUTE_DST, "no route leads there"},
	{RTM_GETROUTE, EHOSTUNREACH, NULL, ROUTE_DST, "a route says that it is unreachable"},
	{RTM_GETROUTE, EACCES, NULL, ROUTE_DST, "a route prohibits it"},
	{RTM_NEWRULE, EINVAL, "goto", RULE_ACTION, NULL},
	{RTM_DELRULE, ENOENT, NULL, RULE_PRIORITY, "there is no such rule, see \"ip rule\""},
	{RTM_DELNEIGH, ENOENT, NULL, NEIGH_DST, "there is no such entry"},
	{RTM_NEWNEIGH, EINVAL, "link address", NEIGH_LLADDR, NULL},
	{RTM_NEWNEIGH, ENOENT, NULL, NEIGH_DST,
	 "there is no such entry to change, \"replace\" would add it"},
	{RTM_DELNEXTHOP, ENOENT, NULL, NH_ID, "there is no such next hop"},
	{RTM_GETNEXTHOP, ENOENT, NULL, NH_ID, "there is no such next hop"},
	{RTM_NEWNEXTHOP, EINVAL, "Device attribute", NH_GATEWAY, "\"dev\" is missing"},
	{RTM_NEWNEXTHOP, EINVAL, "nexthop id", NH_GROUP, "see \"ip nexthop\""},
	{RTM_NEWNEXTHOP, ENETUNREACH, NULL, NH_GATEWAY,
	 "the gateway is in no subnet of the interface; \"onlink\" takes it all the same"},
};

static const struct refusal *find_refusal(const struct parser *p, unsigned type,
					  const struct err *e)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refusal *r = &refusals[i];
		/* The row is about a word that may not have been given. */
		if ((!r->type || r->type == type) && (!r->error || r->error == -e->code) &&
		    (!r->text || strstr(e->msg, r->text)) &&
		    (r->field != LINK_MASTER || r->type != RTM_NEWLINK ||
		     p->word_of[LINK_MASTER] >= 0))
			return r;
	}
	return NULL;
}

/* What was to be added, and is there. */
struct existing {
	const struct nlmsghdr *req;
	struct print print;
	struct out text;
};

static bool same_address(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	struct address x, y;

	return !address_decode(a, &x, NULL) && !address_decode(b, &y, NULL) &&
	       x.h.ifa_index == y.h.ifa_index && x.h.ifa_family == y.h.ifa_family &&
	       ip_addr_eq(&x.local, has(&y, ADDRESS_LOCAL) ? &y.local : &y.address);
}

static int decode_request(const struct nlmsghdr *h, struct route *ret)
{
	int rc = route_decode(h, ret, NULL);

	if (!rc && ret->h.rtm_family == AF_INET6 && !has(ret, ROUTE_METRIC))
		ret->metric = 1024; /* the kernel's default */
	return rc;
}

static bool same_route(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	struct route x, y;

	return !decode_request(a, &x) && !route_decode(b, &y, NULL) && !route_key_cmp(&x, &y);
}

static bool same_rule(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	struct rule x, y;

	if (rule_decode(a, &x, NULL) < 0 || rule_decode(b, &y, NULL) < 0)
		return false;
	x.protocol = y.protocol; /* who made it does not tell rules apart */
	if (has(&y, RULE_PROTOCOL))
		set_has(&x, RULE_PROTOCOL);
	return rule_eq(&x, &y);
}

static bool same_neigh(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	struct neigh x, y;

	return !neigh_decode(a, &x, NULL) && !neigh_decode(b, &y, NULL) &&
	       x.h.ndm_ifindex == y.h.ndm_ifindex && ip_addr_eq(&x.dst, &y.dst);
}

static bool same_nexthop(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	struct nh x, y;

	return !nh_decode(a, &x, NULL) && !nh_decode(b, &y, NULL) && x.id == y.id;
}

static bool is_same(const struct nlmsghdr *req, const struct nlmsghdr *h)
{
	if (req->nlmsg_type != h->nlmsg_type)
		return false;
	switch (req->nlmsg_type) {
	case RTM_NEWADDR:
		return same_address(req, h);
	case RTM_NEWROUTE:
		return same_route(req, h);
	case RTM_NEWRULE:
		return same_rule(req, h);
	case RTM_NEWNEIGH:
		return same_neigh(req, h);
	case RTM_NEWNEXTHOP:
		return same_nexthop(req, h);
	}
	return false;
}

static int show_existing(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct existing *x = arg;

	(void)e;
	if (!x->text.len && is_same(x->req, h))
		show_object(&x->print, h, NULL);
	return 0;
}

static int ask_route(struct ip *ip, struct existing *x)
{
	struct route r;
	int rc = decode_request(x->req, &r);

	return rc < 0 ? rc : route_find(ip, &r, show_existing, x, NULL);
}

static int ask_others(struct ip *ip, struct existing *x)
{
	static const uint8_t sizes[] = {sizeof(struct ifaddrmsg), sizeof(struct ndmsg),
					sizeof(struct fib_rule_hdr), sizeof(struct nhmsg)};
	uint16_t type = x->req->nlmsg_type;
	struct nl_msg m;

	nl_msg_init(&m, (unsigned)type + 2, 0); /* RTM_GET... */
	size_t size = sizes[type == RTM_NEWADDR	   ? 0
			    : type == RTM_NEWNEIGH ? 1
			    : type == RTM_NEWRULE  ? 2
						   : 3];
	memset(m.buf + m.h.nlmsg_len, 0, size);
	/* Each begins with its family; next hops are of all of them. */
	if (type != RTM_NEWNEXTHOP)
		m.buf[m.h.nlmsg_len] = *(const uint8_t *)NLMSG_DATA(x->req);
	m.h.nlmsg_len += (uint32_t)size;
	return nl_dump(ip->nl, &m.h, show_existing, x, NULL);
}

/* In one line, single blanks between the words; an address's lifetimes are of no interest. */
static void hint_existing(const struct out *text, struct err *e)
{
	char line[sizeof(e->hint)];
	size_t n = 0;

	for (size_t i = 0; i < text->len && n < sizeof(line) - 1; i++) {
		bool blank = strchr(" \n\t\\", text->buf[i]) != NULL;
		if (!blank)
			line[n++] = text->buf[i];
		else if (n && line[n - 1] != ' ')
			line[n++] = ' ';
	}
	line[n] = 0;
	char *lifetimes = strstr(line, " valid_lft");
	n = lifetimes ? (size_t)(lifetimes - line) : n;
	n -= n && line[n - 1] == ' ';
	if (n)
		err_hint(e, "there is: %.*s", (int)n, line);
}

static void explain_existing(struct ip *ip, const struct nlmsghdr *req, struct err *e)
{
	struct existing x = {.req = req, .print = ip->print};

	out_init(&x.text, -1);
	x.print.o = &x.text;
	x.print.json = false;
	x.print.details = 0;
	x.print.stats = 0;
	x.print.oneline = 1;
	if (req->nlmsg_type == RTM_NEWROUTE)
		ask_route(ip, &x);
	else
		ask_others(ip, &x);
	hint_existing(&x.text, e);
	out_free(&x.text);
}

static bool can_be_shown(unsigned type)
{
	return type == RTM_NEWADDR || type == RTM_NEWROUTE || type == RTM_NEWRULE ||
	       type == RTM_NEWNEIGH || type == RTM_NEWNEXTHOP;
}

static int blamed(const struct parser *p, int field)
{
	if (field >= NO_WORD)
		return field == NO_WORD ? -1 : p->word_of[field];
	for (int i = 0; i + 1 < p->n; i++)
		if (words_match(field == BEHIND_TYPE ? "type" : "congctl", p->word[i]))
			return i + 1;
	return -1;
}

void explain_refusal(struct parser *p, const struct nlmsghdr *req, struct err *e)
{
	const struct refusal *r = find_refusal(p, req->nlmsg_type, e);

	if (p->ip->status != STATUS_KERNEL || e->hint[0])
		return;
	if (r && r->hint)
		err_hint(e, "%s", r->hint);
	if (r && p->ip->blame < 0)
		p->ip->blame = blamed(p, r->field);
	if (e->code == -EEXIST && !nl_is_busy(p->ip->nl) && can_be_shown(req->nlmsg_type))
		explain_existing(p->ip, req, e);
}

struct near {
	struct suggest s;
	char best[IFNAMSIZ];
};

static int try_interface(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct near *x = arg;
	struct link l;

	if (link_decode(h, &l, e) < 0 || !has(&l, LINK_NAME))
		return 0;
	suggest_try(&x->s, l.name);
	if (x->s.best == l.name) {
		memcpy(x->best, l.name, sizeof(x->best));
		x->s.best = x->best;
	}
	return 0;
}

static void near_interface(struct ip *ip, struct err *e, const char *word)
{
	struct near x = {.s = suggest_init(word)};
	struct link all = {.has = HAS(LINK_EXT_MASK), .ext_mask = RTEXT_FILTER_SKIP_STATS};
	struct nl_msg m;

	if (!ip->nl || nl_is_busy(ip->nl) || link_message(&m, RTM_GETLINK, 0, &all, NULL) < 0)
		return;
	nl_dump(ip->nl, &m.h, try_interface, &x, NULL);
	if (x.s.best)
		err_hint(e, "did you mean \"%s\"?", x.best);
}

int explain_word(struct ip *ip, struct err *e, char *const *word, int n)
{
	const char *quote = strchr(e->msg, '"');
	size_t len = quote ? strcspn(++quote, "\"") : 0;

	for (int i = 0; i < n && len; i++)
		if (strlen(word[i]) == len && !memcmp(word[i], quote, len)) {
			if (e->code == -ENODEV && !e->hint[0])
				near_interface(ip, e, word[i]);
			return i;
		}
	return -1;
}

const char *explain_foreign(const char *word)
{
	static const char *const words[][2] = {
		{"gw", "via"},	       {"gateway", "via"},   {"netmask", "ADDRESS/LENGTH"},
		{"device", "dev"},     {"interface", "dev"}, {"iface", "dev"},
		{"ether", "address"},  {"hw", "lladdr"},     {"mac", "lladdr"},
		{"hwaddr", "address"}, {"remove", "delete"}, {"rm", "delete"},
		{"nexthop", "via"},    {"mark", "fwmark"},   {"source", "src"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i][0], word))
			return words[i][1];
	return NULL;
}
