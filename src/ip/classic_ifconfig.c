/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ifconfig: changes. Each word is a request of its own; one that fails does not keep the next from
 * being made, and the exit status tells of it: 1, or 255 where the flags could not be set.
 *
 * What concerns the interface's IPv4 address (and "up") is gathered and carried out when another
 * word comes or there is none left, so that address, mask and broadcast address become one line of
 * `ip` (classic_address.c).
 */
#include "ip/classic_ifconfig.h"

#include "model/value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAILED = 1, BAD_WORDS = 3, FLAGS_FAILED = 255 };

struct config {
	struct classic *c;
	char name[IFNAMSIZ], base[IFNAMSIZ]; /* "eth0:1", "eth0" */
	bool alias, up, mask_given, length_given;
	bool read; /* what follows is there */
	struct snapshot s;
	struct classic_address a; /* without a link if there is none of this name */
};

/* A word failed: says so, and goes on. */
static int failed(struct config *f, int status, struct err *e, const char *what, const char *word)
{
	classic_fail(f->c, status, e, "%s \"%s\"", what, word);
	classic_complain(f->c, NULL, e);
	f->c->status |= status;
	return 0;
}

static int carry_out(struct config *f, struct classic_line *l, int status, struct err *e)
{
	if (classic_do(l, e) < 0) {
		classic_complain(f->c, l, e);
		f->c->status |= status;
	}
	return 0;
}

static struct classic_line link_line(struct config *f, const char *what)
{
	struct classic_line l = {.c = f->c};

	classic_words(&l, "link set");
	classic_word(&l, f->base);
	classic_words(&l, what);
	return l;
}

static int read_kernel(struct config *f, struct err *e)
{
	if (f->read)
		return 0;
	int rc = snapshot_take(f->c->ip->nl, SNAPSHOT_LINKS | SNAPSHOT_ADDRESSES, &f->s, e);
	f->read = true;
	if (rc < 0)
		return rc;
	const struct link *l = snapshot_link(&f->s, devices_index(f->c->ip->devices, f->base));
	if (l)
		classic_address_find(&f->a, &f->s, l, f->alias ? f->name : l->name);
	else
		f->a = (struct classic_address){0};
	return 0;
}

/* An alias is up when it is there. */
static int bring_up(struct config *f, struct err *e)
{
	struct classic_line l = link_line(f, "up");

	if (!f->alias)
		return carry_out(f, &l, FLAGS_FAILED, e);
	int rc = read_kernel(f, e);
	return rc < 0 || f->a.there ? rc
				    : failed(f, FLAGS_FAILED, e, "there is no interface", f->name);
}

/* Carries out what was gathered. */
static int settle(struct config *f, struct err *e)
{
	int rc = 0;

	if (f->read && classic_address_do(f->c, &f->a, e) < 0) {
		classic_complain(f->c, NULL, e);
		f->c->status |= FAILED;
		f->a.there = false;
	}
	if (f->up)
		rc = bring_up(f, e);
	if (f->read)
		snapshot_free(&f->s);
	f->read = f->up = false;
	return rc;
}

static int take_flag(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct config *f = state;
	int rc = settle(f, e);

	(void)arg;
	if (rc < 0)
		return rc;
	if (f->alias) {
		f->up = true; /* it has no flags of its own, but must be there */
		return settle(f, e);
	}
	struct classic_line l = link_line(f, w->ip);
	return carry_out(f, &l, FLAGS_FAILED, e);
}

static int take_up(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	(void)w;
	(void)arg;
	(void)e;
	((struct config *)state)->up = true;
	return 0;
}

static int take_down(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct config *f = state;

	if (!f->alias)
		return take_flag(state, w, arg, e);
	int rc = settle(f, e);
	if (!rc)
		rc = read_kernel(f, e);
	if (rc < 0 || !f->a.there)
		return rc < 0 ? rc : failed(f, FLAGS_FAILED, e, "there is no interface", f->name);
	classic_address_remove(&f->a);
	return settle(f, e);
}

/* Flags that the kernel does not let anybody change, and never told so. */
static int take_fixed(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct config *f = state;
	int rc = read_kernel(f, e);

	(void)w;
	(void)arg;
	return rc < 0 || f->a.link ? rc
				   : failed(f, FLAGS_FAILED, e, "there is no interface", f->name);
}

static int take_number(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct config *f = state;
	uint64_t v;
	int rc = settle(f, e);

	if (rc < 0)
		return rc;
	if (!value_read_number(arg, INT32_MAX, &v))
		return failed(f, FAILED, e, "this is no number:", arg);
	struct classic_line l = link_line(f, w->ip);
	classic_wordf(&l, "%llu", (unsigned long long)v);
	return carry_out(f, &l, FAILED, e);
}

static int take_name(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct config *f = state;
	int rc = settle(f, e);

	if (rc < 0)
		return rc;
	struct classic_line l = link_line(f, w->ip);
	classic_word(&l, arg);
	return carry_out(f, &l, FAILED, e);
}

/* TYPE ADDRESS, of which the type must be the interface's. */
static int take_hw(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct config *f = state;
	const struct classic_hw *hw = classic_hw_named(arg);
	const char *word = classic_next(f->c);
	struct lladdr a;
	int rc = settle(f, e);

	(void)w;
	if (rc < 0)
		return rc;
	if (!hw || !word)
		return classic_fail(f->c, BAD_WORDS, e, "%s",
				    hw ? "hardware address missing" : "no such hardware type");
	if (hw->type == UINT16_MAX || !hw->address)
		return failed(f, FAILED, e, "no addresses has the hardware type", arg);
	if (!classic_hw_parse(hw, word, &a))
		return failed(f, FAILED, e, "this is no hardware address:", word);
	rc = read_kernel(f, e);
	if (rc < 0)
		return rc;
	if (!f->a.link || f->a.link->h.ifi_type != hw->type)
		return failed(f, FAILED, e, "not of this hardware type, or not there:", f->name);
	struct classic_line l = link_line(f, "address");
	classic_word(&l, classic_lladdr(f->c, &a));
	carry_out(f, &l, FAILED, e);
	return settle(f, e);
}

static int take_unsupported(void *state, const struct classic_word *w, const char *arg,
			    struct err *e)
{
	(void)arg;
	return failed(state, FAILED, e, "not supported:", w->words);
}

/* An IPv4 address by number or name, and what the name stands for. False: the word has failed. */
static bool resolve(struct config *f, const char *word, struct ip_addr *ret, int *rc, struct err *e)
{
	bool net;

	*rc = 0;
	if (!classic_resolve(word, false, ret, &net)) {
		failed(f, FAILED, e, "there is no host", word);
		return false;
	}
	*rc = read_kernel(f, e);
	if (!*rc && !f->a.link)
		failed(f, FAILED, e, "there is no interface", f->name);
	return !*rc && f->a.link;
}

static int take_netmask(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct config *f = state;
	struct ip_addr mask;
	int rc;

	(void)w;
	if (f->mask_given)
		return classic_fail(f->c, BAD_WORDS, e, "a second mask: \"%s\"", arg);
	if (!resolve(f, arg, &mask, &rc, e))
		return rc;
	f->mask_given = true;
	int len = classic_mask_len(&mask);
	if (len < 0 || (!f->length_given && !classic_address_set_mask(&f->a, len)))
		return failed(f, FAILED, e, len < 0 ? "a mask with holes:" : "no address has",
			      len < 0 ? arg : f->name);
	return 0;
}

static int take_broadcast(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct config *f = state;
	const char *word = classic_next(f->c);
	struct ip_addr a;
	int rc;

	if (!word)
		return take_fixed(state, w, arg, e);
	if (!resolve(f, word, &a, &rc, e)) {
		f->c->status |= f->read && !f->a.link ? FLAGS_FAILED : 0;
		return rc;
	}
	return classic_address_set_broadcast(&f->a, &a)
		       ? 0
		       : failed(f, FAILED, e, "no address has", f->name);
}

static int set_peer(struct config *f, const char *word, struct err *e)
{
	struct ip_addr a;
	int rc;

	if (!resolve(f, word, &a, &rc, e))
		return rc;
	return classic_address_set_peer(&f->a, &a)
		       ? 0
		       : failed(f, FAILED, e, "no address that could have this peer:", word);
}

static int take_peer(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	(void)w;
	return set_peer(state, arg, e);
}

static int take_pointopoint(void *state, const struct classic_word *w, const char *arg,
			    struct err *e)
{
	struct config *f = state;
	const char *word = classic_next(f->c);
	int rc = word ? set_peer(f, word, e) : 0;

	return rc < 0 ? rc : take_fixed(state, w, arg, e);
}

/* "/64" behind an IPv6 address; 128 without, -1 if it is no length. */
static int split_length(char *word)
{
	char *slash = strchr(word, '/');
	uint64_t v;

	if (!slash)
		return 128;
	*slash = '\0';
	return value_read_number(slash + 1, 128, &v) ? (int)v : -1;
}

static int change_inet6(struct config *f, const char *verb, const char *word, struct err *e)
{
	char *text = arena_strdup(&f->c->arena, word);
	int len = split_length(text);
	struct ip_addr a;

	if (len < 0)
		return classic_fail(f->c, BAD_WORDS, e, "this is no prefix: \"%s\"", word);
	if (!ip_addr_parse(text, AF_INET6, &a))
		return failed(f, FAILED, e, "this is no IPv6 address:", word);
	struct classic_line l = {.c = f->c, .family = AF_INET6};
	classic_words(&l, verb);
	classic_wordf(&l, "%s/%d", text, len);
	classic_word(&l, "dev");
	classic_word(&l, f->base);
	return carry_out(f, &l, FAILED, e);
}

/* The alias of this interface that has the address, or NULL; and the first number that is free. */
static const struct address *find_alias(struct config *f, const struct ip_addr *a, unsigned *free)
{
	const struct address *found = NULL;
	bool taken[256] = {false};
	size_t n = strlen(f->name);

	for (size_t i = 0; i < f->s.address_n; i++) {
		const struct address *x = &f->s.address[i];
		if (x->h.ifa_family != AF_INET || !has(x, ADDRESS_LABEL) ||
		    strncmp(x->label, f->name, n) != 0 || x->label[n] != ':')
			continue;
		/* What is no number counts as 0. */
		unsigned long number = strtoul(x->label + n + 1, NULL, 10);
		if (number < 256)
			taken[number] = true;
		if (!found && ip_addr_eq(&x->address, a))
			found = x;
	}
	for (*free = 0; *free < 256 && taken[*free];)
		++*free;
	return found;
}

/* A further address is an alias, with the mask and broadcast address of the first. */
static int add_alias(struct config *f, const struct ip_addr *a, struct err *e)
{
	unsigned number;
	char label[IFNAMSIZ + 8];

	if (find_alias(f, a, &number))
		return 0;
	if (!f->a.there || number > 255)
		return failed(f, FAILED, e, "no address that could have a second:", f->name);
	snprintf(label, sizeof(label), "%s:%u", f->name, number);
	if (strlen(label) >= IFNAMSIZ)
		return failed(f, FAILED, e, "too long a name:", label);
	struct classic_address alias = {.link = f->a.link, .label = label};
	if (!classic_address_set(&alias, a) || !alias.there)
		return failed(f, FAILED, e, "this is no host's address, for", label);
	classic_address_set_mask(&alias, f->a.now.h.ifa_prefixlen);
	classic_address_set_broadcast(&alias, &f->a.now.broadcast);
	if (classic_address_do(f->c, &alias, e) < 0) {
		classic_complain(f->c, NULL, e);
		f->c->status |= FAILED;
	}
	return 0;
}

static int remove_alias(struct config *f, const struct ip_addr *a, const char *word, struct err *e)
{
	unsigned number;
	const struct address *found = find_alias(f, a, &number);

	if (!found)
		return failed(f, FAILED, e, "no alias of the interface has the address", word);
	struct classic_address alias;
	classic_address_find(&alias, &f->s, f->a.link, found->label);
	classic_address_remove(&alias);
	if (classic_address_do(f->c, &alias, e) < 0) {
		classic_complain(f->c, NULL, e);
		f->c->status |= FAILED;
	}
	return 0;
}

static int take_further(void *state, const struct classic_word *w, const char *arg, struct err *e)
{
	struct config *f = state;
	struct ip_addr a;
	int rc = settle(f, e);

	if (rc < 0)
		return rc;
	if (strchr(arg, ':'))
		return change_inet6(f, w->ip, arg, e);
	if (!resolve(f, arg, &a, &rc, e))
		return rc;
	rc = w->num ? add_alias(f, &a, e) : remove_alias(f, &a, arg, e);
	snapshot_free(&f->s);
	f->read = false;
	return rc;
}

static const struct classic_word words[] = {
	{"up", NULL, take_up, NULL, 0},
	{"down", NULL, take_down, "down", 0},
	{"arp", NULL, take_flag, "arp on", 0},
	{"-arp", NULL, take_flag, "arp off", 0},
	{"promisc", NULL, take_flag, "promisc on", 0},
	{"-promisc", NULL, take_flag, "promisc off", 0},
	{"allmulti", NULL, take_flag, "allmulticast on", 0},
	{"-allmulti", NULL, take_flag, "allmulticast off", 0},
	{"multicast", NULL, take_flag, "multicast on", 0},
	{"-multicast", NULL, take_flag, "multicast off", 0},
	{"dynamic", NULL, take_flag, "dynamic on", 0},
	{"-dynamic", NULL, take_flag, "dynamic off", 0},
	{"trailers", NULL, take_flag, "trailers on", 0},
	{"-trailers", NULL, take_flag, "trailers off", 0},
	{"mtu", "NUMBER", take_number, "mtu", 0},
	{"txqueuelen", "NUMBER", take_number, "txqueuelen", 0},
	{"name", "NAME", take_name, "name", 0},
	{"hw", "TYPE ADDRESS", take_hw, NULL, 0},
	{"netmask", "MASK", take_netmask, NULL, 0},
	{"broadcast", NULL, take_broadcast, NULL, 0},
	{"-broadcast", NULL, take_fixed, NULL, 0},
	{"dstaddr", "ADDRESS", take_peer, NULL, 0},
	{"pointopoint pointtopoint", NULL, take_pointopoint, NULL, 0},
	{"-pointopoint -pointtopoint", NULL, take_fixed, NULL, 0},
	{"add", "ADDRESS[/LENGTH]", take_further, "address add", 1},
	{"del", "ADDRESS[/LENGTH]", take_further, "address del", 0},
	{"tunnel", "ADDRESS", take_unsupported, NULL, 0},
	{"media port", "TYPE", take_unsupported, NULL, 0},
	{"mem_start", "NUMBER", take_unsupported, NULL, 0},
	{"io_addr", "NUMBER", take_unsupported, NULL, 0},
	{"irq", "NUMBER", take_unsupported, NULL, 0},
	{"keepalive", "NUMBER", take_unsupported, NULL, 0},
	{"outfill", "NUMBER", take_unsupported, NULL, 0},
	{0},
};

/* What no row has is the interface's address, and brings it up. */
static int take_address(struct config *f, const char *word, struct err *e)
{
	char *text = arena_strdup(&f->c->arena, word), *slash = strchr(text, '/');
	struct ip_addr a;
	uint64_t len = 32;
	bool net;

	if (f->c->opt.family == AF_INET6)
		return classic_fail(f->c, FAILED, e,
				    "\"%s\": an IPv6 address goes with \"add\" or \"del\"", word);
	if (slash)
		*slash = '\0';
	if (slash && (!value_read_number(slash + 1, 32, &len) || f->mask_given))
		return classic_fail(f->c, BAD_WORDS, e, "this is no prefix: \"%s\"", word);
	if (!classic_resolve(text, false, &a, &net))
		return classic_fail(f->c, FAILED, e, "there is no host \"%s\"", word);
	int rc = read_kernel(f, e);
	if (rc < 0)
		return rc;
	f->up |= !f->alias || !(ip_addr_is_any(&a) || f->name[strlen(f->name) - 1] == '-');
	f->length_given |= slash != NULL;
	if (!f->a.link || !classic_address_set(&f->a, &a))
		return failed(f, FAILED, e, "no interface, or no host's address:", word);
	if (slash)
		classic_address_set_mask(&f->a, (int)len);
	return 0;
}

static int change(struct config *f, struct err *e)
{
	struct classic *c = f->c;
	int rc = 0;

	if (classic_family(classic_peek(c)))
		c->opt.family = classic_family(classic_next(c));
	while (!rc && classic_peek(c)) {
		rc = classic_read(c, words, f, e);
		if (!rc && classic_peek(c))
			rc = take_address(f, classic_next(c), e);
	}
	if (!rc)
		return settle(f, e);
	/* What came before a word that makes no sense was carried out. */
	struct err later = ERR_INIT;
	int status = c->ip->status;
	settle(f, &later);
	c->ip->status = status;
	return rc;
}

static int run(struct classic *c, struct err *e)
{
	const char *name = classic_next(c);
	struct config f = {.c = c};

	if (!name || !classic_peek(c))
		return ifconfig_view(c, name, e);
	snprintf(f.name, sizeof(f.name), "%s", name);
	f.alias = classic_base(f.name, f.base);
	return change(&f, e);
}

#define MEMBER(m) offsetof(struct classic_options, m)
static const struct classic_option options[] = {
	{'a', NULL, CLASSIC_COUNT, MEMBER(all), 0, "also interfaces that are down"},
	{'s', NULL, CLASSIC_COUNT, MEMBER(brief), 0, "a line for each"},
	{'v', NULL, CLASSIC_COUNT, MEMBER(verbose), 0, "says which ip command a change is"},
	{'V', "version", CLASSIC_VERSION, 0, 0, "the version"},
	{'h', "help", CLASSIC_HELP, 0, 0, "this"},
	{'?', NULL, CLASSIC_HELP, 0, 0, NULL},
	{0},
};

const struct classic_program classic_ifconfig = {
	.name = "ifconfig",
	.synopsis =
		"Usage: ifconfig [ -a ] [ -s ] [ INTERFACE ]\n"
		"       ifconfig [ -v ] INTERFACE [ inet | inet6 ] [ ADDRESS[/LENGTH] ] WORDS\n",
	.options = options,
	.words = words,
	.run = run,
	.whole = true,
	.status_option = FAILED,
	.status_usage = BAD_WORDS,
	.status_kernel = FAILED,
};
