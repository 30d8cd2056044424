/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip maddress: the multicast addresses that interfaces listen to. The kernel tells them in
 * /proc/net alone (net/core/net-procfs.c, net/ipv4/igmp.c, net/ipv6/mcast.c).
 */
#include "base/cleanup.h"
#include "base/file.h"
#include "ip/change.h"
#include "ip/objects.h"
#include "ip/values.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

struct maddr_request {
	uint64_t has; /* nothing of `set` */
	const char *dev;
	bool given;
	struct lladdr lladdr;
};

/* An address that interface `ifindex` listens to; the family is 0 for one of the link. */
struct maddr {
	int ifindex;
	char dev[IFNAMSIZ];
	struct lladdr link;
	struct ip_addr addr;
	unsigned users;
	bool is_static;
};

struct maddrs {
	struct maddr *item;
	size_t n, cap;
};

static bool read_hex(const char *s, uint8_t *ret, size_t max, size_t *n)
{
	for (*n = 0; *n < max && s[0] && s[1]; s += 2, ++*n) {
		unsigned v;
		if (sscanf(s, "%2x", &v) != 1)
			return false;
		ret[*n] = (uint8_t)v;
	}
	return !*s;
}

/* "2    eth0            1     0     01005e000001" */
static bool read_link(const char *line, struct maddr *m)
{
	char hex[65];
	int is_static = 0;
	size_t n;

	if (sscanf(line, "%d %15s %u %d %64s", &m->ifindex, m->dev, &m->users, &is_static, hex) !=
		    5 ||
	    !read_hex(hex, m->link.b, sizeof(m->link.b), &n))
		return false;
	m->link.len = (uint8_t)n;
	m->is_static = is_static;
	return true;
}

/* "2    eth0            ff020000000000000000000000000001     1 0000000C 0" */
static bool read_inet6(const char *line, struct maddr *m)
{
	char hex[33];
	size_t n;

	m->addr.family = AF_INET6;
	return sscanf(line, "%d %15s %32s %u", &m->ifindex, m->dev, hex, &m->users) == 4 &&
	       read_hex(hex, m->addr.b, 16, &n) && n == 16;
}

/*
 * "2	eth0      :     1      V3", and below it
 * "				010000E0     1 0:00000000		0"; `m` keeps the interface.
 */
static bool read_inet(const char *line, struct maddr *m)
{
	uint32_t addr;

	if (*line != '\t') {
		if (sscanf(line, "%d %15[^ :\t]", &m->ifindex, m->dev) != 2)
			m->ifindex = 0;
		return false;
	}
	if (!m->ifindex || sscanf(line, "%x %u", &addr, &m->users) != 2)
		return false;
	m->addr = (struct ip_addr){.family = AF_INET};
	memcpy(m->addr.b, &addr, 4);
	return true;
}

/* Those of interfaces of the same number are kept together, in the order in which they came. */
static void insert(struct arena *a, struct maddrs *all, const struct maddr *m)
{
	(void)ARENA_PUSH(a, all->item, all->n, all->cap);
	size_t at = all->n - 1;
	for (; at && all->item[at - 1].ifindex > m->ifindex; at--)
		all->item[at] = all->item[at - 1];
	all->item[at] = *m;
}

static void read_all(struct parser *p, const char *path, bool (*read)(const char *, struct maddr *),
		     struct maddrs *all)
{
	const struct maddr_request *q = p->obj;
	struct maddr m = {.users = 0};
	char *text = NULL, *save = NULL;
	size_t len;

	/* A kernel without the protocol has no such file. */
	if (file_read(&p->ip->arena, path, &text, &len, NULL) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (read(line, &m) && (!q->dev || !strcmp(q->dev, m.dev)))
			insert(&p->ip->arena, all, &m);
}

static void print_address(struct print *p, const struct maddr *m)
{
	const char *family = m->addr.family == AF_INET ? "inet" : "inet6";

	if (p->json)
		jw_object(&p->j, NULL);
	if (p->json && m->addr.family) {
		jw_str(&p->j, "family", family);
		print_host(p, "address", &m->addr);
	} else if (p->json) {
		jw_raw(&p->j, "link");
		out_putc(p->o, '"');
		out_hexpairs(p->o, m->link.b, m->link.len, ':');
		out_putc(p->o, '"');
	} else if (m->addr.family) {
		out_printf(p->o, "\t%-5s ", family);
		print_host(p, NULL, &m->addr);
	} else {
		out_puts(p->o, "\tlink  ");
		out_hexpairs(p->o, m->link.b, m->link.len, ':');
	}
	if (m->users != 1) {
		print_text(p, " users ");
		if (p->json)
			jw_u64(&p->j, "users", m->users);
		else
			out_u64(p->o, m->users);
	}
	if (m->is_static) {
		print_text(p, " static");
		if (p->json)
			jw_str(&p->j, "features", "static");
	}
	if (p->json)
		jw_object_end(&p->j);
	else
		out_putc(p->o, '\n');
}

static void print_interface(struct print *p, const struct maddr *m)
{
	if (p->json) {
		jw_object(&p->j, NULL);
		jw_u64(&p->j, "ifindex", (uint64_t)m->ifindex);
		jw_str(&p->j, "ifname", m->dev);
		jw_array(&p->j, "maddr");
		return;
	}
	out_printf(p->o, "%d:\t%s", m->ifindex, m->dev);
	print_line(p);
}

static int run_show(struct parser *p, struct err *e)
{
	struct print *print = &p->ip->print;
	uint8_t family = p->ip->opt.family;
	struct maddrs all = {.item = NULL};
	int ifindex = 0;

	(void)e;
	if (!family || family == AF_PACKET)
		read_all(p, "/proc/net/dev_mcast", read_link, &all);
	if (!family || family == AF_INET)
		read_all(p, "/proc/net/igmp", read_inet, &all);
	if (!family || family == AF_INET6)
		read_all(p, "/proc/net/igmp6", read_inet6, &all);
	ip_list_begin(p->ip);
	for (size_t i = 0; i < all.n; i++) {
		const struct maddr *m = &all.item[i];
		bool first = m->ifindex != ifindex;
		if (first && ifindex && print->json) {
			jw_array_end(&print->j);
			jw_object_end(&print->j);
		}
		if (first || (print->oneline && !print->json))
			print_interface(print, m);
		print_address(print, m);
		ifindex = m->ifindex;
	}
	if (ifindex && print->json) {
		jw_array_end(&print->j);
		jw_object_end(&print->j);
	}
	ip_list_end(p->ip);
	return 0;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	struct maddr_request *q = p->obj;
	int rc = parse_next(p, &q->dev, e);

	(void)k;
	if (!rc && (!*q->dev || strlen(q->dev) >= IFNAMSIZ))
		return parse_invalid(p, e, "\"%s\" cannot be the name of an interface", q->dev);
	return rc;
}

static int take_address(struct parser *p, const struct keyword *k, struct err *e)
{
	struct maddr_request *q = p->obj;
	const char *word = NULL;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0 || lladdr_parse(word, &q->lladdr))
		return rc;
	p->ip->blame = p->at - 1;
	return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "\"%s\" is not a link-layer address",
		       word);
}

static const struct keyword show_words[] = {
	{"=dev", take_dev, 0, KW_BARE | KW_ONCE, "DEVICE", 0},
	{0},
};

static const struct keyword modify_words[] = {
	{"=dev", take_dev, 0, 0, "DEVICE", 0},
	{"address", take_address, 0, KW_BARE | KW_ONCE, "LLADDR", 0},
	{0},
};

static int finish_modify(struct parser *p, struct err *e)
{
	const struct maddr_request *q = p->obj;

	if (!q->dev)
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL, "\"dev DEVICE\" is missing");
	if (q->lladdr.len && q->lladdr.len != 6)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "the address has %u bytes and not 6", q->lladdr.len);
	return 0;
}

static int run_modify(struct parser *p, struct err *e)
{
	const struct maddr_request *q = p->obj;
	CLEANUP(free_fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = {.ifr_hwaddr.sa_family = AF_UNSPEC};
	int rc = ip_act(p->ip, e);

	if (rc <= 0)
		return rc;
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", q->dev);
	memcpy(r.ifr_hwaddr.sa_data, q->lladdr.b, 6);
	p->ip->status = STATUS_SYNTAX;
	if (fd < 0 || ioctl(fd, p->command->type, &r) < 0)
		return err_errno(e, -errno, "interface \"%s\"", q->dev);
	return 0;
}

#define MADDR(words, what, keywords, finish, run, type)                                            \
	{                                                                                          \
		words, what, NULL, sizeof(struct maddr_request), keywords, NULL, finish, run,      \
			type, 0, NULL                                                              \
	}
const struct command maddress_commands[] = {
	MADDR("show list lst", "shows multicast addresses", show_words, NULL, run_show, 0),
	MADDR("add", "adds a link-layer multicast address", modify_words, finish_modify, run_modify,
	      SIOCADDMULTI),
	MADDR("delete", "deletes a link-layer multicast address", modify_words, finish_modify,
	      run_modify, SIOCDELMULTI),
	{0},
};
