/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a rule may select by. A selector is written down here once: whether a rule has it, how it is
 * compared, and what to tell a person whose packet it does not fit. Rules are compiled to the
 * comparisons that they have, so that one without selectors costs nothing.
 *
 * The order is the kernel's (fib_rule_match(), fib4_rule_match(), fib6_rule_match()); it decides
 * which of several reasons is told.
 */
#include "fib/compiled.h"

#include <stdio.h>
#include <string.h>

#define COMPILE(name)                                                                              \
	static bool name##_compile(const struct fib *f, const struct rule *r, struct fib_rule *c)
#define MATCH(name) static bool name(const struct fib_rule *c, const struct fib_flow *fl)
#define WHY(name)                                                                                  \
	static void name##_why(const struct fib *f, const struct fib_rule *c,                      \
			       const struct fib_flow *fl, char *buf, size_t size)

static int device_named(const struct fib *f, const char *name)
{
	const struct link *l = snapshot_link_named(f->s, name);

	return l ? l->h.ifi_index : -1;
}

/* Since Linux 6.15 a rule that names a VRF means all of its ports; before, none. */
static bool is_vrf(const struct fib *f, int ifindex)
{
	const struct fib_dev *d = fib_device(f, ifindex);

	return d && d->l3_table && f->set.kernel >= 0x060f;
}

static void device_why(const struct fib *f, const char *word, const char *name, int wanted,
		       int ifindex, char *buf, size_t size)
{
	if (wanted < 0)
		snprintf(buf, size, "there is no interface %s", name);
	else
		snprintf(buf, size, "%s is %s", word,
			 ifindex ? devices_name(f->s->devices, ifindex) : "not given");
}

COMPILE(iif)
{
	if (!has(r, RULE_IIF))
		return false;
	c->iif = device_named(f, r->iif);
	c->iif_l3 = is_vrf(f, c->iif);
	return true;
}
MATCH(iif)
{
	return c->iif == (c->iif_l3 ? fl->l3 : fl->iif);
}
WHY(iif)
{
	device_why(f, "iif", c->r->iif, c->iif, fl->iif, buf, size);
}

COMPILE(oif)
{
	if (!has(r, RULE_OIF))
		return false;
	c->oif = device_named(f, r->oif);
	c->oif_l3 = is_vrf(f, c->oif);
	return true;
}
MATCH(oif)
{
	return c->oif == (c->oif_l3 ? fl->l3 : fl->oif);
}
WHY(oif)
{
	device_why(f, "oif", c->r->oif, c->oif, fl->oif, buf, size);
}

/* A mark of 0 is not told by the kernel, its mask is. */
COMPILE(fwmark)
{
	(void)f;
	c->mark = has(r, RULE_FWMARK) ? r->fwmark : 0;
	c->mark_mask = has(r, RULE_FWMASK) ? r->fwmask : has(r, RULE_FWMARK) ? UINT32_MAX : 0;
	return c->mark_mask;
}
MATCH(fwmark)
{
	return !((c->mark ^ fl->mark) & c->mark_mask);
}
WHY(fwmark)
{
	(void)f;
	(void)c;
	snprintf(buf, size, "mark is %#x", fl->mark);
}

COMPILE(tun_id)
{
	(void)f;
	(void)c;
	return has(r, RULE_TUN_ID) && r->tun_id;
}
MATCH(tun_id)
{
	return c->r->tun_id == fl->p->tun_id;
}
WHY(tun_id)
{
	(void)f;
	(void)c;
	if (fl->p->tun_id)
		snprintf(buf, size, "tun_id is %llu",
			 (unsigned long long)__builtin_bswap64(fl->p->tun_id));
	else
		snprintf(buf, size, "it came through no tunnel");
}

COMPILE(l3mdev)
{
	(void)f;
	(void)c;
	return has(r, RULE_L3MDEV) && r->l3mdev;
}
MATCH(l3mdev)
{
	(void)c;
	return fl->l3 != 0;
}
WHY(l3mdev)
{
	(void)f;
	(void)c;
	(void)fl;
	snprintf(buf, size, "not in a VRF");
}

COMPILE(uid)
{
	(void)f;
	c->uid = r->uid;
	return has(r, RULE_UIDRANGE);
}
MATCH(uid)
{
	return fl->uid >= c->uid.start && fl->uid <= c->uid.end;
}
WHY(uid)
{
	(void)f;
	(void)c;
	snprintf(buf, size, "uid is %u", fl->uid);
}

static void address_why(const char *word, const struct ip_addr *a, char *buf, size_t size)
{
	char text[IP_ADDR_STRLEN];

	if (ip_addr_is_any(a))
		snprintf(buf, size, "the packet has no %s address yet", word);
	else
		snprintf(buf, size, "%s is not in it", ip_addr_str(a, text));
}

static uint32_t mask_of(uint8_t len)
{
	return len ? UINT32_MAX << (32 - len) : 0;
}

COMPILE(src)
{
	(void)f;
	c->src = fib_be32(r->src.b);
	c->src_mask = r->h.family == AF_INET ? mask_of(r->h.src_len) : 0;
	return r->h.src_len;
}
/* IPv4 compares an address that is not chosen yet, 0.0.0.0, like any other. */
MATCH(src4)
{
	return !((c->src ^ fl->src4) & c->src_mask);
}
MATCH(src6)
{
	if (!fl->has_src)
		return c->r->h.flags & FIB_RULE_FIND_SADDR;
	return fib_prefix6_has(&(struct ip_prefix){c->r->src, c->r->h.src_len}, fl->src);
}
WHY(src)
{
	(void)f;
	(void)c;
	address_why("source", fl->src, buf, size);
}

COMPILE(dst)
{
	(void)f;
	c->dst = fib_be32(r->dst.b);
	c->dst_mask = r->h.family == AF_INET ? mask_of(r->h.dst_len) : 0;
	return r->h.dst_len;
}
MATCH(dst4)
{
	return !((c->dst ^ fl->dst4) & c->dst_mask);
}
MATCH(dst6)
{
	return fib_prefix6_has(&(struct ip_prefix){c->r->dst, c->r->h.dst_len}, fl->dst);
}
WHY(dst)
{
	(void)f;
	(void)c;
	address_why("destination", fl->dst, buf, size);
}

/*
 * tos and dscp are one field of the kernel's. "tos" of an IPv4 rule is compared with the four bits
 * of RFC 1349 only, all else with the six of RFC 2474.
 */
#define TOS_RFC1349 0x1c
#define TOS_DSCP    0xfc
COMPILE(dscp)
{
	(void)f;
	c->dscp = r->h.tos;
	c->dscp_mask = !r->h.tos ? 0 : r->h.family == AF_INET ? TOS_RFC1349 : TOS_DSCP;
	if (has(r, RULE_DSCP)) {
		c->dscp = (uint8_t)(r->dscp << 2);
		c->dscp_mask = (uint8_t)(has(r, RULE_DSCP_MASK) ? r->dscp_mask << 2 : TOS_DSCP);
	}
	return c->dscp_mask;
}
MATCH(dscp)
{
	return !((c->dscp ^ fl->tos) & c->dscp_mask);
}
/* The kernel masks the packet's tos and compares it with the rule's, whatever bits that has. */
MATCH(dscp4)
{
	if (has(c->r, RULE_DSCP))
		return dscp(c, fl);
	return c->dscp == (fl->tos & TOS_RFC1349);
}
WHY(dscp)
{
	(void)f;
	if (has(c->r, RULE_DSCP))
		snprintf(buf, size, "dscp is %u", fl->tos >> 2);
	else
		snprintf(buf, size, "tos is %#x", fl->tos);
}

COMPILE(flowlabel)
{
	(void)f;
	c->flowlabel = r->flowlabel;
	c->flowlabel_mask = has(r, RULE_FLOWLABEL_MASK) ? r->flowlabel_mask
			    : has(r, RULE_FLOWLABEL)	? 0xfffff
							: 0;
	return r->h.family == AF_INET6 && c->flowlabel_mask;
}
MATCH(flowlabel)
{
	return !((c->flowlabel ^ fl->p->flowlabel) & c->flowlabel_mask);
}
WHY(flowlabel)
{
	(void)f;
	(void)c;
	snprintf(buf, size, "flow label is %#x", fl->p->flowlabel);
}

COMPILE(ipproto)
{
	(void)f;
	(void)c;
	return has(r, RULE_IPPROTO) && r->ipproto;
}
MATCH(ipproto)
{
	return c->r->ipproto == fl->proto;
}
WHY(ipproto)
{
	(void)f;
	(void)c;
	if (fl->proto)
		snprintf(buf, size, "protocol is %u", fl->proto);
	else
		snprintf(buf, size, "no protocol given");
}

/* A mask goes with a single port (fib_rule_port_match()). */
static bool port_fits(const struct fib_rule_port_range *r, uint16_t mask, uint16_t port)
{
	if (r->start == r->end)
		return !((port ^ r->start) & mask);
	return port >= r->start && port <= r->end;
}

static void port_why(const char *word, uint16_t port, char *buf, size_t size)
{
	if (port)
		snprintf(buf, size, "%s is %u", word, port);
	else
		snprintf(buf, size, "no %s given", word);
}

COMPILE(sport)
{
	(void)f;
	(void)c;
	return has(r, RULE_SPORT);
}
MATCH(sport)
{
	uint16_t mask = has(c->r, RULE_SPORT_MASK) ? c->r->sport_mask : UINT16_MAX;

	return port_fits(&c->r->sport, mask, fl->sport);
}
WHY(sport)
{
	(void)f;
	(void)c;
	port_why("sport", fl->sport, buf, size);
}

COMPILE(dport)
{
	(void)f;
	(void)c;
	return has(r, RULE_DPORT);
}
MATCH(dport)
{
	uint16_t mask = has(c->r, RULE_DPORT_MASK) ? c->r->dport_mask : UINT16_MAX;

	return port_fits(&c->r->dport, mask, fl->dport);
}
WHY(dport)
{
	(void)f;
	(void)c;
	port_why("dport", fl->dport, buf, size);
}

/* clang-format off */
const struct fib_selector fib_selectors[] = {
	{"iif",	      iif_compile,	 iif,	  iif,	     iif_why},
	{"oif",	      oif_compile,	 oif,	  oif,	     oif_why},
	{"fwmark",    fwmark_compile,	 fwmark,  fwmark,    fwmark_why},
	{"tun_id",    tun_id_compile,	 tun_id,  tun_id,    tun_id_why},
	{"l3mdev",    l3mdev_compile,	 l3mdev,  l3mdev,    l3mdev_why},
	{"uidrange",  uid_compile,	 uid,	  uid,	     uid_why},
	{"from",      src_compile,	 src4,	  src6,	     src_why},
	{"to",	      dst_compile,	 dst4,	  dst6,	     dst_why},
	{"dscp",      dscp_compile,	 dscp4,	  dscp,	     dscp_why},
	{"flowlabel", flowlabel_compile, NULL,	  flowlabel, flowlabel_why},
	{"ipproto",   ipproto_compile,	 ipproto, ipproto,   ipproto_why},
	{"sport",     sport_compile,	 sport,	  sport,     sport_why},
	{"dport",     dport_compile,	 dport,	  dport,     dport_why},
	{NULL,	      NULL,		 NULL,	  NULL,	     NULL},
};
/* clang-format on */
