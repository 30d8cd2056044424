/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ifconfig: what it shows. An interface has one IPv4 address there, the first that bears its name
 * as a label; other labels ("eth0:1") are interfaces of their own. IPv6 addresses come in the order
 * of /proc/net/if_inet6, which netlink does not tell.
 */
#include "ip/classic_ifconfig.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct iface {
	const char *name;
	bool alias; /* has no counters of its own */
	struct link l;
	struct rtnl_link_ifmap map;
};

struct view {
	struct classic *c;
	struct snapshot s; /* the addresses */
	struct iface *item;
	size_t n, cap;
};

/* In the order of the long form. */
static const struct {
	uint32_t bit;
	const char *name;
	char letter;
} flags[] = {
	{IFF_UP, "UP", 'U'},
	{IFF_BROADCAST, "BROADCAST", 'B'},
	{IFF_DEBUG, "DEBUG", 'D'},
	{IFF_LOOPBACK, "LOOPBACK", 'L'},
	{IFF_POINTOPOINT, "POINTOPOINT", 'P'},
	{IFF_NOTRAILERS, "NOTRAILERS", 'N'},
	{IFF_RUNNING, "RUNNING", 'R'},
	{IFF_NOARP, "NOARP", 'O'},
	{IFF_PROMISC, "PROMISC", 'P'},
	{IFF_ALLMULTI, "ALLMULTI", 'A'},
	{IFF_SLAVE, "SLAVE", 's'},
	{IFF_MASTER, "MASTER", 'm'},
	{IFF_MULTICAST, "MULTICAST", 'M'},
	{IFF_DYNAMIC, "DYNAMIC", 'd'},
};
/* Rows of it, in the order of the short form. */
static const uint8_t brief_order[] = {9, 1, 2, 3, 12, 13, 8, 5, 7, 4, 10, 11, 6, 0};

/* "eth0:1": stem "eth", number 0, alias 1. */
struct name_parts {
	size_t whole, stem; /* lengths: without the alias; without the number, too */
	long number, alias; /* alias -1: none */
};

static struct name_parts take_apart(const char *name)
{
	struct name_parts p = {strlen(name), 0, 0, -1};
	size_t i = p.whole;

	while (i && isdigit((unsigned char)name[i - 1]))
		i--;
	if (i > 1 && name[i - 1] == ':' && i < p.whole) {
		p.alias = strtol(name + i, NULL, 10);
		p.whole = i - 1;
	}
	for (p.stem = p.whole; p.stem && isdigit((unsigned char)name[p.stem - 1]);)
		p.stem--;
	p.number = p.stem < p.whole ? strtol(name + p.stem, NULL, 10) : 0;
	return p;
}

static int sign(long a, long b)
{
	return (a > b) - (a < b);
}

/* By stem, then numbers as numbers. */
static int compare_names(const char *a, const char *b)
{
	struct name_parts x = take_apart(a), y = take_apart(b);
	int d = strncmp(a, b, x.stem < y.stem ? x.stem : y.stem);

	if (!d)
		d = sign((long)x.stem, (long)y.stem);
	if (!d)
		d = sign(x.number, y.number);
	if (!d)
		d = sign((long)x.whole, (long)y.whole);
	if (!d)
		d = strncmp(a, b, x.whole);
	return d ? d : sign(x.alias, y.alias);
}

static int compare(const void *a, const void *b)
{
	return compare_names(((const struct iface *)a)->name, ((const struct iface *)b)->name);
}

static int keep_link(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct view *v = arg;
	const char *start = arena_dup(&v->c->arena, h, h->nlmsg_len);
	struct iface *i = ARENA_PUSH(&v->c->arena, v->item, v->n, v->cap);
	int rc = link_decode((const struct nlmsghdr *)(const void *)start, &i->l, e);

	if (rc < 0)
		return rc;
	const size_t head = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct ifinfomsg));
	const struct nl_ref all = {start + head, (uint16_t)(h->nlmsg_len - head)};
	attr_each (a, all) {
		struct nl_ref map = attr_payload(a);
		if (attr_type(a) == IFLA_MAP && map.len >= sizeof(i->map))
			memcpy(&i->map, map.p, sizeof(i->map));
	}
	i->name = arena_strdup(&v->c->arena, i->l.name);
	return 0;
}

static const struct iface *find(const struct view *v, const char *name)
{
	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->item[i].name, name))
			return &v->item[i];
	return NULL;
}

static struct iface *add_alias(struct view *v, const struct iface *base, const char *name)
{
	const struct iface copy = *base;
	struct iface *i = ARENA_PUSH(&v->c->arena, v->item, v->n, v->cap);

	*i = copy;
	i->name = arena_strdup(&v->c->arena, name);
	i->alias = true;
	return i;
}

static void add_aliases(struct view *v)
{
	char base[IFNAMSIZ];

	for (size_t i = 0; i < v->s.address_n; i++) {
		const struct address *a = &v->s.address[i];
		if (a->h.ifa_family != AF_INET || !has(a, ADDRESS_LABEL) || find(v, a->label))
			continue;
		classic_base(a->label, base);
		const struct iface *owner = find(v, base);
		if (owner)
			add_alias(v, owner, a->label);
	}
}

static void print_flags(struct out *o, unsigned all)
{
	const int16_t shown = (int16_t)all; /* as wide as they once were */
	char before = '<';

	out_printf(o, "flags=%d", shown);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (all & flags[i].bit & 0xffff) {
			out_printf(o, "%c%s", before, flags[i].name);
			before = ',';
		}
	out_puts(o, before == ',' ? ">" : shown ? "" : "<");
}

static void print_inet(struct view *v, const struct iface *i)
{
	const struct address *a = classic_labelled(&v->s, i->name);
	struct ip_addr mask, none = {.family = AF_INET};
	struct out *o = &v->c->ip->out;
	char buf[IP_ADDR_STRLEN];

	if (!a)
		return;
	mask = classic_mask(a->h.ifa_prefixlen);
	out_printf(o, "        inet %s", ip_addr_str(&a->local, buf));
	out_printf(o, "  netmask %s", ip_addr_str(&mask, buf));
	if (i->l.h.ifi_flags & IFF_BROADCAST)
		out_printf(o, "  broadcast %s",
			   ip_addr_str(has(a, ADDRESS_BROADCAST) ? &a->broadcast : &none, buf));
	if (i->l.h.ifi_flags & IFF_POINTOPOINT)
		out_printf(o, "  destination %s",
			   ip_addr_str(has(a, ADDRESS_ADDRESS) ? &a->address : &a->local, buf));
	out_putc(o, '\n');
}

/* The kernel's classes of addresses (IPV6_ADDR_*, net/ipv6.h), and what they are called. */
enum { COMPATIBLE = 0x80 };
static const struct {
	unsigned bit;
	const char *name;
} scopes[] = {{0x20, "link"}, {0x40, "site"}, {0x10, "host"}};

static void print_scope(struct out *o, unsigned scope)
{
	char before = '<';

	out_printf(o, "  scopeid 0x%x", scope);
	if (scope & COMPATIBLE) {
		out_puts(o, "<compat");
		before = ',';
		scope &= ~(unsigned)COMPATIBLE;
	}
	if (!scope) {
		out_printf(o, "%cglobal", before);
		before = ',';
	}
	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++)
		if (scope & scopes[i].bit) {
			out_printf(o, "%c%s", before, scopes[i].name);
			before = ',';
		}
	out_puts(o, before == ',' ? ">\n" : "\n");
}

static void print_inet6(struct view *v, const struct iface *i)
{
	CLEANUP(free_file) FILE *f = fopen("/proc/net/if_inet6", "re");
	struct ip_addr a = {.family = AF_INET6};
	char hex[33], name[IFNAMSIZ], buf[IP_ADDR_STRLEN];
	unsigned len, scope;

	while (f && fscanf(f, "%32[0-9a-f] %*x %x %x %*x %15s\n", hex, &len, &scope, name) == 4) {
		if (strcmp(name, i->name) != 0 || strlen(hex) != 32)
			continue;
		for (size_t b = 0; b < 16; b++)
			sscanf(hex + 2 * b, "%2" SCNx8, &a.b[b]);
		out_printf(&v->c->ip->out, "        inet6 %s  prefixlen %u", ip_addr_str(&a, buf),
			   len);
		print_scope(&v->c->ip->out, scope);
	}
}

static void print_hardware(struct view *v, const struct iface *i)
{
	const struct classic_hw *hw = classic_hw(i->l.h.ifi_type);
	const struct lladdr none = {0}, *a = has(&i->l, LINK_ADDRESS) ? &i->l.address : &none;
	struct out *o = &v->c->ip->out;

	hw = hw ? hw : classic_hw(UINT16_MAX);
	out_printf(o, "        %s", hw->name);
	if (hw->separator)
		out_printf(o, " %s", classic_hw_address(v->c, hw, a));
	out_printf(o, "  txqueuelen %d  (%s)\n", has(&i->l, LINK_TXQLEN) ? (int)i->l.txqlen : 0,
		   hw->title);
}

static bool counters(const struct iface *i, struct rtnl_link_stats64 *s)
{
	memset(s, 0, sizeof(*s));
	if (i->alias || !has(&i->l, LINK_STATS64))
		return false;
	struct nl_ref r = i->l.stats64;
	memcpy(s, r.p, r.len < sizeof(*s) ? r.len : sizeof(*s));
	return true;
}

/* "1.2 KiB": with one place, which is cut. */
static void print_bytes(struct out *o, const char *way, uint64_t packets, uint64_t bytes)
{
	const char *units = "\0KMGTPE";
	uint64_t unit = 1;
	size_t u = 0;

	while (u < 6 && bytes > unit << 10) {
		unit <<= 10;
		u++;
	}
	uint64_t tenths = u < 6 ? bytes * 10 / unit : bytes / (unit / 10);
	char suffix[] = {units[u], 'i', 'B', '\0'};
	out_printf(o,
		   "        %s packets %" PRIu64 "  bytes %" PRIu64 " (%" PRIu64 ".%" PRIu64
		   " %s)\n",
		   way, packets, bytes, tenths / 10, tenths % 10, u ? suffix : "B");
}

/* As /proc/net/dev adds them up. */
static uint64_t frame_errors(const struct rtnl_link_stats64 *s)
{
	return s->rx_length_errors + s->rx_over_errors + s->rx_crc_errors + s->rx_frame_errors;
}

static uint64_t carrier_errors(const struct rtnl_link_stats64 *s)
{
	return s->tx_carrier_errors + s->tx_aborted_errors + s->tx_window_errors +
	       s->tx_heartbeat_errors;
}

static void print_counters(struct out *o, const struct rtnl_link_stats64 *s)
{
	print_bytes(o, "RX", s->rx_packets, s->rx_bytes);
	out_printf(o, "        RX errors %llu  dropped %llu  overruns %llu  frame %" PRIu64 "\n",
		   s->rx_errors, s->rx_dropped + s->rx_missed_errors, s->rx_fifo_errors,
		   frame_errors(s));
	print_bytes(o, "TX", s->tx_packets, s->tx_bytes);
	out_printf(o,
		   "        TX errors %llu  dropped %llu overruns %llu  carrier %" PRIu64
		   "  collisions %llu\n",
		   s->tx_errors, s->tx_dropped, s->tx_fifo_errors, carrier_errors(s),
		   s->collisions);
}

static void print_map(struct out *o, const struct rtnl_link_ifmap *m)
{
	bool base = m->base_addr >= 0x100;

	if (!m->irq && !m->mem_start && !m->dma && !base)
		return;
	out_puts(o, "        device ");
	if (m->irq)
		out_printf(o, "interrupt %d  ", m->irq);
	if (base)
		out_printf(o, "base 0x%x  ", (unsigned)m->base_addr);
	if (m->mem_start)
		out_printf(o, "memory 0x%llx-%llx  ", m->mem_start, m->mem_end);
	if (m->dma)
		out_printf(o, "  dma 0x%x", m->dma);
	out_putc(o, '\n');
}

static void print_long(struct view *v, const struct iface *i)
{
	struct out *o = &v->c->ip->out;
	struct rtnl_link_stats64 s;

	out_printf(o, "%s: ", i->name);
	print_flags(o, i->l.h.ifi_flags);
	out_printf(o, "  mtu %d\n", (int)i->l.mtu);
	print_inet(v, i);
	print_inet6(v, i);
	print_hardware(v, i);
	if (counters(i, &s))
		print_counters(o, &s);
	print_map(o, &i->map);
	out_putc(o, '\n');
}

static void print_brief(struct view *v, const struct iface *i)
{
	unsigned all = i->l.h.ifi_flags & 0xffff;
	struct out *o = &v->c->ip->out;
	struct rtnl_link_stats64 s;

	out_printf(o, "%-15.15s %5d ", i->name, (int)i->l.mtu);
	if (counters(i, &s))
		out_printf(o, "%8llu %6llu %6llu %-6llu %8llu %6llu %6llu %6llu ", s.rx_packets,
			   s.rx_errors, s.rx_dropped + s.rx_missed_errors, s.rx_fifo_errors,
			   s.tx_packets, s.tx_errors, s.tx_dropped, s.tx_fifo_errors);
	else
		out_printf(o, "%-56s", "     - no statistics available -");
	for (size_t n = 0; n < ARRAY_SIZE(brief_order); n++)
		if (all & flags[brief_order[n]].bit)
			out_putc(o, flags[brief_order[n]].letter);
	out_puts(o, all ? "\n" : "[NO FLAGS]\n");
}

static void print(struct view *v, const struct iface *i)
{
	if (v->c->opt.brief)
		print_brief(v, i);
	else
		print_long(v, i);
}

static void print_all(struct view *v)
{
	add_aliases(v);
	qsort(v->item, v->n, sizeof(*v->item), compare);
	for (size_t i = 0; i < v->n; i++)
		if (v->c->opt.all || link_is_up(&v->item[i].l))
			print(v, &v->item[i]);
}

/* An alias is shown whether it has an address or not; so is an interface's other name. */
static int print_one(struct view *v, const char *name, struct err *e)
{
	const struct iface *i = find(v, name);
	char base[IFNAMSIZ];

	if (!i) {
		classic_base(name, base);
		int index = devices_index(v->c->ip->devices, base);
		for (size_t n = 0; n < v->n && !i; n++)
			if (v->item[n].l.h.ifi_index == index)
				i = add_alias(v, &v->item[n], name);
	}
	if (!i)
		return classic_fail(v->c, 1, e, "there is no interface \"%s\"", name);
	print(v, i);
	return 0;
}

int ifconfig_view(struct classic *c, const char *name, struct err *e)
{
	const struct link none = {0};
	struct view v = {.c = c};
	struct nl_msg m;
	int rc = link_message(&m, RTM_GETLINK, 0, &none, e);

	if (!rc)
		rc = snapshot_take(c->ip->nl, SNAPSHOT_ADDRESSES, &v.s, e);
	if (!rc)
		rc = ip_dump(c->ip, &m.h, keep_link, &v, e);
	if (!rc && c->opt.brief)
		out_puts(&c->ip->out,
			 "Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR "
			 "TX-DRP TX-OVR Flg\n");
	if (!rc && name)
		rc = print_one(&v, name, e);
	else if (!rc)
		print_all(&v);
	snapshot_free(&v.s);
	return rc;
}
