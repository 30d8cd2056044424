/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arp: IPv4's neighbours. The old requests made an entry whether there was one or not (`ip neigh
 * replace`), permanent unless said otherwise; "pub" is a proxy entry, which has no address of its
 * own: the one that is typed only finds the interface.
 */
#include "ip/classic.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

/* net-tools' exit statuses. */
enum { BAD_WORDS = 3, FAILED = 255 };

enum { PUB = 1, PRIV = 2, TEMP = 4, DONTPUB = 8 };

struct change {
	struct classic *c;
	struct snapshot s; /* the interfaces */
	struct ip_addr addr;
	const char *host, *dev;
	unsigned marks;
	bool pub, masked; /* the last of pub and priv; a mask of more than one host */
};

static int failed(struct change *r, struct err *e, const char *what, const char *word)
{
	return classic_fail(r->c, FAILED, e, "%s \"%s\"", what, word);
}

static int take_mark(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct change *r = state;

	(void)arg;
	(void)e;
	r->marks |= w->num;
	if (w->num & (PUB | PRIV))
		r->pub = w->num & PUB;
	return 0;
}

static int take_dev(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	(void)w;
	(void)e;
	((struct change *)state)->dev = arg;
	return 0;
}

static int take_netmask(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	(void)w;
	(void)e;
	((struct change *)state)->masked = strcmp(arg, "255.255.255.255") != 0;
	return 0;
}

static const struct classic_word words[] = {
	{"pub", NULL, take_mark, NULL, PUB},	    {"priv", NULL, take_mark, NULL, PRIV},
	{"temp", NULL, take_mark, NULL, TEMP},	    {"dontpub", NULL, take_mark, NULL, DONTPUB},
	{"trail", NULL, take_mark, NULL, 0}, /* these two mean nothing to the kernel */
	{"auto", NULL, take_mark, NULL, 0},	    {"dev", "DEVICE", take_dev, NULL, 0},
	{"netmask", "MASK", take_netmask, NULL, 0}, {0},
};

static int read_host(struct change *r, struct err *e)
{
	bool net;

	r->host = classic_next(r->c);
	if (!r->host)
		return classic_fail(r->c, FAILED, e, "a host is missing");
	if (!classic_resolve(r->host, false, &r->addr, &net))
		return failed(r, e, "there is no host", r->host);
	return 0;
}

static int read_words(struct change *r, struct err *e)
{
	int rc = classic_read(r->c, words, r, e);

	if (!rc && classic_peek(r->c))
		return classic_fail(r->c, BAD_WORDS, e, "\"%s\" makes no sense here",
				    classic_peek(r->c));
	return rc;
}

/* What the kernel's own check of the old requests says. */
static int check_marks(struct change *r, bool pub, struct err *e)
{
	if (r->masked)
		return classic_fail(r->c, FAILED, e,
				    "a mask is not supported (\"sysctl net.ipv4.conf.DEVICE."
				    "proxy_arp=1\" answers for all)");
	if ((r->marks & DONTPUB) && !pub)
		return classic_fail(r->c, FAILED, e, "\"dontpub\" goes with \"pub\"");
	return 0;
}

/* The link-layer address that is typed, or with -D that of an interface which is. */
static int read_lladdr(struct change *r, const struct classic_hw **hw, struct lladdr *ret,
		       struct err *e)
{
	const char *word = classic_next(r->c);

	if (!word)
		return classic_fail(r->c, FAILED, e, "a hardware address is missing");
	if (!r->c->opt.by_device)
		return classic_hw_parse(*hw, word, ret)
			       ? 0
			       : failed(r, e, "this is no hardware address:", word);
	const struct link *l = snapshot_link_named(&r->s, word);
	if (!l)
		return failed(r, e, "there is no interface", word);
	if (r->c->opt.hw && l->h.ifi_type != (*hw)->type)
		return failed(r, e, "another hardware type has", word);
	const struct classic_hw *own = classic_hw(l->h.ifi_type);
	*hw = own ? own : *hw;
	*ret = has(l, LINK_ADDRESS) ? l->address : (struct lladdr){0};
	return 0;
}

/* The interface on whose link the address is. */
static int find_dev(struct change *r, struct err *e)
{
	struct route way;

	if (r->dev)
		return 0;
	int rc = classic_way(r->c, &r->addr, &way, e);
	if (!rc && (!has(&way, ROUTE_OIF) || has(&way, ROUTE_GATEWAY)))
		rc = failed(r, e, "no interface leads straight to", r->host);
	if (rc < 0)
		r->c->ip->status = FAILED;
	else
		r->dev = arena_strdup(&r->c->arena, devices_name(r->c->ip->devices, (int)way.oif));
	return rc;
}

static int find_dev_by_address(struct change *r, const struct classic_hw *hw,
			       const struct lladdr *a, struct err *e)
{
	for (size_t i = 0; i < r->s.link_n && !r->dev; i++) {
		const struct link *l = &r->s.link[i];
		if (l->h.ifi_type == hw->type && has(l, LINK_ADDRESS) && l->address.len == a->len &&
		    !memcmp(l->address.b, a->b, a->len))
			r->dev = l->name;
	}
	return r->dev ? 0 : classic_fail(r->c, FAILED, e, "no interface has this hardware address");
}

static struct classic_line line(struct change *r, const char *text)
{
	struct classic_line l = {.c = r->c};
	char buf[IP_ADDR_STRLEN];

	classic_words(&l, text);
	classic_word(&l, ip_addr_str(&r->addr, buf));
	if (r->dev) {
		classic_word(&l, "dev");
		classic_word(&l, r->dev);
	}
	return l;
}

static int set_entry(struct change *r, const struct classic_hw *hw, const struct lladdr *a,
		     struct err *e)
{
	const struct link *l = r->dev ? snapshot_link_named(&r->s, r->dev) : NULL;

	if (l && l->h.ifi_type != hw->type)
		return failed(r, e, "another hardware type has", r->dev);
	if (r->pub) {
		int rc = find_dev_by_address(r, hw, a, e);
		struct classic_line proxy = line(r, "neigh replace proxy");
		return rc < 0 ? rc : classic_do(&proxy, e);
	}
	int rc = find_dev(r, e);
	if (rc < 0)
		return rc;
	struct classic_line entry = line(r, "neigh replace");
	classic_word(&entry, "lladdr");
	classic_word(&entry, classic_lladdr(r->c, a));
	classic_words(&entry, r->marks & TEMP ? "nud stale" : "nud permanent");
	return classic_do(&entry, e);
}

/* HOST ADDRESS WORDS, from the command line or a file. */
static int set(struct classic *c, const struct classic_hw *hw, struct err *e)
{
	struct change r = {.c = c, .dev = c->opt.dev};
	struct lladdr a;
	int rc = snapshot_take(c->ip->nl, SNAPSHOT_LINKS, &r.s, e);

	if (!rc)
		rc = read_host(&r, e);
	if (!rc)
		rc = read_lladdr(&r, &hw, &a, e);
	if (!rc)
		rc = read_words(&r, e);
	if (!rc)
		rc = check_marks(&r, r.pub, e);
	if (!rc)
		rc = set_entry(&r, hw, &a, e);
	snapshot_free(&r.s);
	return rc;
}

/* A line of /etc/ethers has the two the other way round. */
static void split(struct classic *c, char *text)
{
	size_t n = 0, cap = 0;
	char **word = NULL;

	for (char *save, *w = strtok_r(text, " \t\n", &save); w; w = strtok_r(NULL, " \t\n", &save))
		*ARENA_PUSH(&c->arena, word, n, cap) = w;
	if (n > 1 && strchr(word[0], ':')) {
		char *lladdr = word[0];
		word[0] = word[1];
		word[1] = lladdr;
	}
	c->word = word;
	c->n = (int)n;
	c->at = 0;
}

static int set_file(struct classic *c, const struct classic_hw *hw, struct err *e)
{
	const char *name = classic_next(c);

	name = name ? name : "/etc/ethers";
	CLEANUP(free_file) FILE *f = fopen(name, "re");
	CLEANUP(free_ptr) char *text = NULL;
	size_t size = 0;
	if (!f)
		return classic_fail(c, FAILED, e, "cannot read \"%s\": %s", name, strerror(errno));
	while (getline(&text, &size, f) > 0) {
		split(c, arena_strdup(&c->arena, text));
		if (c->n && c->word[0][0] != '#' && set(c, hw, e) < 0)
			classic_complain(c, NULL, e);
	}
	return 0;
}

/* Deletes one; 1: there is none. */
static int delete_one(struct change *r, bool proxy, struct err *e)
{
	int rc = check_marks(r, proxy, e);

	if (!rc && !proxy)
		rc = find_dev(r, e);
	if (rc < 0)
		return rc;
	struct classic_line l = line(r, proxy ? "neigh del proxy" : "neigh del");
	rc = classic_do(&l, e);
	if (rc != -ENOENT && rc != -ENXIO)
		return rc;
	*e = (struct err)ERR_INIT;
	return 1;
}

/* The entry; if there is none, the proxy entry. */
static int delete_entry(struct classic *c, struct err *e)
{
	struct change r = {.c = c, .dev = c->opt.dev};
	int rc = read_host(&r, e), none = 1;

	if (!rc)
		rc = read_words(&r, e);
	const char *dev = r.dev;
	unsigned which = r.marks & (PUB | PRIV) ? r.marks : PUB | PRIV;
	if (!rc && (which & PRIV))
		rc = none = delete_one(&r, false, e);
	if (rc >= 0 && none && (which & PUB)) {
		r.dev = dev;
		rc = none = delete_one(&r, true, e);
	}
	if (rc < 0)
		return rc;
	if (none) {
		out_printf(&c->ip->out, "No ARP entry for %s\n", r.host);
		c->status = FAILED;
	}
	return 0;
}

/* An entry as it is shown. */
struct entry {
	struct ip_addr addr;
	unsigned type; /* ARPHRD_* */
	bool valid, permanent, proxy;
	struct lladdr lladdr;
	const char *dev;
};

struct view {
	struct classic *c;
	const struct classic_hw *hw; /* NULL: all */
	const char *name;
	struct ip_addr addr; /* no family: all */
	struct snapshot s;
	unsigned entries, shown;
};

static const char *nobody(const struct entry *n, const char *incomplete)
{
	return n->proxy ? "<from_interface>" : incomplete;
}

static void print_row(struct classic *c, const struct entry *n, const char *name, const char *type,
		      const char *lladdr)
{
	struct out *o = &c->ip->out;
	char flags[4] = "";

	strcat(flags, n->valid ? "C" : "");
	strcat(flags, n->permanent ? "M" : "");
	strcat(flags, n->proxy ? "P" : "");
	if (n->valid)
		out_printf(o, "%-23.23s  %-8.8s%-20.20s", name, type, lladdr);
	else
		out_printf(o, "%-23.23s  %-8.8s%-20.20s", name, n->proxy ? "*" : "",
			   nobody(n, "(incomplete)"));
	out_printf(o, "%-6.6s%-15.15s %s\n", flags, "", n->dev);
}

/* -a: a sentence for each. */
static void print_bsd(struct classic *c, const struct entry *n, const char *name, const char *ip,
		      const char *type, const char *lladdr)
{
	struct out *o = &c->ip->out;

	out_printf(o, "%s (%s) at ", name, ip);
	if (n->valid)
		out_printf(o, "%s [%s] ", lladdr, type);
	else
		out_printf(o, "%s ", nobody(n, "<incomplete>"));
	out_puts(o, n->permanent ? "PERM " : "");
	out_puts(o, n->proxy ? "PUB " : "");
	out_printf(o, "on %s\n", n->dev);
}

static void show_entry(struct view *v, const struct entry *n)
{
	const struct classic_hw *hw = classic_hw(n->type);
	const char *type = hw ? hw->name : "ether";
	struct classic *c = v->c;
	char ip[IP_ADDR_STRLEN];

	v->entries++;
	if ((v->hw && v->hw->type != n->type) ||
	    (v->addr.family && !ip_addr_eq(&v->addr, &n->addr)) ||
	    (c->opt.dev && strcmp(c->opt.dev, n->dev) != 0))
		return;
	ip_addr_str(&n->addr, ip);
	const char *name = classic_name(c, &n->addr, 32, true);
	const char *lladdr = classic_lladdr(c, &n->lladdr);
	bool named = !c->opt.numeric && strcmp(name, ip) != 0;
	if (c->opt.extend && !v->shown)
		out_puts(&c->ip->out, "Address                  HWtype  HWaddress           Flags "
				      "Mask            Iface\n");
	if (c->opt.extend)
		print_row(c, n, named ? name : ip, type, lladdr);
	else
		print_bsd(c, n, named ? name : "?", ip, type, lladdr);
	v->shown++;
}

/* What has no state yet, and what needs no address ("noarp"), never was in the table. */
static int show_neigh(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct view *v = arg;
	struct neigh n;
	int rc = neigh_decode(h, &n, e);

	if (rc < 0 || n.h.ndm_family != AF_INET || !has(&n, NEIGH_DST))
		return rc;
	const struct link *l = snapshot_link(&v->s, n.h.ndm_ifindex);
	bool proxy = n.h.ndm_flags & NTF_PROXY;
	struct entry entry = {
		.addr = n.dst,
		.type = l ? l->h.ifi_type : 0,
		.valid = !proxy && has(&n, NEIGH_LLADDR),
		.permanent = proxy || (n.h.ndm_state & NUD_PERMANENT),
		.proxy = proxy,
		.dev = l ? l->name : "*",
	};
	if (has(&n, NEIGH_LLADDR))
		entry.lladdr = n.lladdr;
	if (proxy || (n.h.ndm_state & ~NUD_NOARP))
		show_entry(v, &entry);
	return 0;
}

static int dump(struct view *v, uint8_t flags, struct err *e)
{
	struct neigh n = {.h = {.ndm_family = AF_INET, .ndm_flags = flags}};
	struct nl_msg m;
	int rc = neigh_message(&m, RTM_GETNEIGH, 0, &n, e);

	return rc < 0 ? rc : ip_dump(v->c->ip, &m.h, show_neigh, v, e);
}

static void print_summary(struct view *v)
{
	struct out *o = &v->c->ip->out;
	char ip[IP_ADDR_STRLEN];

	if (v->c->opt.verbose)
		out_printf(o, "Entries: %u\tSkipped: %u\tFound: %u\n", v->entries,
			   v->entries - v->shown, v->shown);
	if (v->shown)
		return;
	if (v->name && v->c->opt.mode != 'a')
		out_printf(o, "%s (%s) -- no entry\n", v->name, ip_addr_str(&v->addr, ip));
	else if (v->hw || v->name || v->c->opt.dev)
		out_printf(o, "arp: in %u entries no match found.\n", v->entries);
}

static int show(struct classic *c, const struct classic_hw *hw, struct err *e)
{
	struct view v = {.c = c, .hw = c->opt.hw ? hw : NULL, .name = classic_next(c)};
	bool net;

	if (v.name && !classic_resolve(v.name, false, &v.addr, &net))
		return classic_fail(c, FAILED, e, "there is no host \"%s\"", v.name);
	int rc = snapshot_take(c->ip->nl, SNAPSHOT_LINKS, &v.s, e);
	if (!rc)
		rc = dump(&v, 0, e);
	if (!rc)
		rc = dump(&v, NTF_PROXY, e);
	if (!rc)
		print_summary(&v);
	snapshot_free(&v.s);
	return rc;
}

static int run(struct classic *c, struct err *e)
{
	const struct classic_hw *hw = classic_hw_named(c->opt.hw ? c->opt.hw : "ether");

	if (c->opt.protocol && classic_family(c->opt.protocol) != AF_INET)
		return classic_fail(c, FAILED, e, "the family \"%s\" is not supported",
				    c->opt.protocol);
	if (!hw || hw->type == UINT16_MAX || !hw->address)
		return classic_fail(c, FAILED, e, "no hardware type with ARP is \"%s\"", c->opt.hw);
	switch (c->opt.mode) {
	case 's':
		return set(c, hw, e);
	case 'd':
		return delete_entry(c, e);
	case 'f':
		return set_file(c, hw, e);
	case 0:
		c->opt.extend = 1;
	}
	return show(c, hw, e);
}

#define MEMBER(m) offsetof(struct classic_options, m)
static const struct classic_option options[] = {
	{'a', "all", CLASSIC_LETTER, MEMBER(mode), 0, "shows entries, as BSD does"},
	{'e', NULL, CLASSIC_COUNT, MEMBER(extend), 0, "shows them as a table"},
	{'s', "set", CLASSIC_LETTER, MEMBER(mode), 0, "sets an entry"},
	{'d', "delete", CLASSIC_LETTER, MEMBER(mode), 0, "deletes an entry"},
	{'f', "file", CLASSIC_LETTER, MEMBER(mode), 0, "sets the entries of a file (/etc/ethers)"},
	{'n', "numeric", CLASSIC_COUNT, MEMBER(numeric), 0, "addresses, not names"},
	{'i', "device", CLASSIC_STRING, MEMBER(dev), 0, "of this interface"},
	{'D', "use-device", CLASSIC_COUNT, MEMBER(by_device), 0,
	 "an interface's name stands for its address"},
	{'H', "hw-type", CLASSIC_STRING, MEMBER(hw), 0, "the hardware type (ether)"},
	{'t', NULL, CLASSIC_STRING, MEMBER(hw), 0, NULL},
	{'A', "protocol", CLASSIC_STRING, MEMBER(protocol), 0, "the family: inet"},
	{'p', NULL, CLASSIC_STRING, MEMBER(protocol), 0, NULL},
	{'v', "verbose", CLASSIC_COUNT, MEMBER(verbose), 0, "says which ip command a change is"},
	{'N', "symbolic", CLASSIC_IGNORE, 0, 0, NULL},
	{'V', "version", CLASSIC_VERSION, 0, 0, "the version"},
	{'h', "help", CLASSIC_HELP, 0, 0, "this"},
	{0},
};

const struct classic_program classic_arp = {
	.name = "arp",
	.synopsis = "Usage: arp [ OPTIONS ] [ HOST ]\n"
		    "       arp [ OPTIONS ] -s HOST ADDRESS WORDS\n"
		    "       arp [ OPTIONS ] -d HOST WORDS\n",
	.options = options,
	.words = words,
	.run = run,
	.status_option = BAD_WORDS,
	.status_usage = BAD_WORDS,
	.status_kernel = FAILED,
};
