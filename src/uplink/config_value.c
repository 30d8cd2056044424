/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The value types of the schema: one function each, from the word to the member. */
#include "base/cleanup.h"
#include "base/suggest.h"
#include "uplink/ini.h"
#include "uplink/schema.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

static void *member(void *data, const struct key *k)
{
	return (char *)data + k->off;
}

static const char *clip(struct reading *r, const struct word *v)
{
	return word_clip(&r->c->arena, v->text);
}

/* Decimal or 0x, nothing before or behind it. A leading zero does not make it octal. */
static bool number(const char *s, size_t n, uint32_t min, uint32_t max, uint32_t *ret)
{
	char text[24], *end;
	bool hex = n > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X');

	if (!n || n >= sizeof(text) || !isxdigit((unsigned char)s[hex ? 2 : 0]))
		return false;
	memcpy(text, s, n);
	text[n] = 0;
	errno = 0;
	unsigned long long v = strtoull(text, &end, hex ? 16 : 10);
	if (errno || *end || v < min || v > max)
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* N or A-B. */
static bool range(const char *s, uint32_t min, uint32_t max, uint32_t *first, uint32_t *last)
{
	const char *dash = strchr(s, '-');

	if (!dash) {
		if (!number(s, strlen(s), min, max, first))
			return false;
		*last = *first;
		return true;
	}
	return number(s, (size_t)(dash - s), min, max, first) &&
	       number(dash + 1, strlen(dash + 1), min, max, last) && *first <= *last;
}

int key_read_use(struct reading *r, const struct key *k, const struct object *o, struct word v,
		 void *data, struct err *e)
{
	(void)r, (void)k, (void)o, (void)v, (void)data, (void)e;
	return 0;
}

int key_read_number(struct reading *r, const struct key *k, const struct object *o, struct word v,
		    void *data, struct err *e)
{
	(void)o;
	if (!number(v.text, strlen(v.text), k->min, k->max, member(data, k)))
		return place_err(&v.place, e, "\"%s\" is not a number from %u to %u", clip(r, &v),
				 k->min, k->max);
	return 0;
}

int key_read_mask(struct reading *r, const struct key *k, const struct object *o, struct word v,
		  void *data, struct err *e)
{
	uint32_t mask;

	(void)o;
	if (!number(v.text, strlen(v.text), k->min, k->max, &mask))
		return place_err(&v.place, e, "\"%s\" is not a mask of up to 32 bits", clip(r, &v));
	uint32_t bits = mask >> __builtin_ctz(mask);
	if (bits & (bits + 1)) {
		place_err(&v.place, e, "the bits of \"%s\" are not adjacent", clip(r, &v));
		return err_hint(e, "such as %s = %s", k->name, k->dflt);
	}
	*(uint32_t *)member(data, k) = mask;
	return 0;
}

/* The index of a fixed word. */
static int choice(struct reading *r, const struct key *k, const struct word *v, unsigned *ret,
		  struct err *e)
{
	struct suggest s = suggest_init(v->text);

	for (*ret = 0; k->words[*ret]; ++*ret) {
		if (!strcmp(k->words[*ret], v->text))
			return 0;
		suggest_try(&s, k->words[*ret]);
	}
	place_err(&v->place, e, "\"%s\" is none of %s", clip(r, v), k->value);
	if (s.best)
		err_hint(e, "did you mean \"%s\"?", s.best);
	return -EINVAL;
}

int key_read_choice(struct reading *r, const struct key *k, const struct object *o, struct word v,
		    void *data, struct err *e)
{
	unsigned i;
	int rc = choice(r, k, &v, &i, e);

	(void)o;
	if (rc < 0)
		return rc;
	_Static_assert(sizeof(enum when_all_down) == sizeof(i), "enums are unsigned");
	memcpy(member(data, k), &i, sizeof(i));
	return 0;
}

int key_read_yes_no(struct reading *r, const struct key *k, const struct object *o, struct word v,
		    void *data, struct err *e)
{
	unsigned i;
	int rc = choice(r, k, &v, &i, e);

	(void)o;
	if (rc < 0)
		return rc;
	*(bool *)member(data, k) = i;
	return 0;
}

/*
 * What dev_valid_name() of the kernel takes (net/core/dev.c), but for quotes: nft cannot write
 * them, and here they are most likely a habit from other files.
 */
int key_read_device(struct reading *r, const struct key *k, const struct object *o, struct word v,
		    void *data, struct err *e)
{
	char *name = member(data, k);

	(void)o;
	if (strpbrk(v.text, " \t,")) {
		place_err(&v.place, e, "\"%s\" names several interfaces", clip(r, &v));
		return err_hint(e, "one each: write another [%s NAME] for the next",
				schema[o->kind].name);
	}
	if (strchr(v.text, ':')) {
		place_err(&v.place, e, "\"%s\" cannot be the name of an interface", clip(r, &v));
		return err_hint(e, "what stands behind the \":\" is an address's label: write the "
				   "interface's name, and the address at address =");
	}
	if (strpbrk(v.text, "/\"'") || !strcmp(v.text, ".") || !strcmp(v.text, ".."))
		return place_err(&v.place, e, "\"%s\" cannot be the name of an interface",
				 clip(r, &v));
	if (strlen(v.text) >= IFNAMSIZ)
		return place_err(&v.place, e,
				 "\"%s\" is longer than the name of an interface can be, %d",
				 clip(r, &v), IFNAMSIZ - 1);
	memset(name, 0, IFNAMSIZ);
	memcpy(name, v.text, strlen(v.text));
	return 0;
}

int key_read_interface(struct reading *r, const struct key *k, const struct object *o,
		       struct word v, void *data, struct err *e)
{
	struct uplink_config *u = data;

	u->interface_place = v.place;
	if (!strcmp(v.text, "lo"))
		return place_err(&v.place, e, "\"lo\" leads nowhere out");
	return key_read_device(r, k, o, v, data, e);
}

/* What an address is, if not one that a machine can have. */
static const char *no_host(const struct ip_addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (ip_addr_is_any(a))
		return "the unspecified address";
	if (ip_addr_is_multicast(a))
		return "a multicast address";
	if (ip_addr_is_loopback(a))
		return "a loopback address";
	if (a->family == AF_INET && a->b[0] >= 240)
		return "a reserved address";
	if (a->family == AF_INET6 && !memcmp(a->b, mapped, sizeof(mapped)))
		return "an IPv4 address in IPv6 form";
	return NULL;
}

/* An address of one machine; with an on-link length only if `length`. */
static int host(struct reading *r, const struct key *k, const struct word *v, bool length,
		struct ip_prefix *ret, struct err *e)
{
	struct suggest s = suggest_init(v->text);
	char text[IP_ADDR_STRLEN];

	if (!ip_prefix_parse(v->text, 0, ret)) {
		place_err(&v->place, e, "\"%s\" is not an address", clip(r, v));
		for (const char *const *w = k->words; w && *w; w++)
			suggest_try(&s, *w);
		if (s.best)
			err_hint(e, "did you mean \"%s\"?", s.best);
		else if (strchr(v->text, '%'))
			err_hint(e, "write it without \"%%\": the interface is known");
		return -EINVAL;
	}
	if (!length && strchr(v->text, '/')) {
		place_err(&v->place, e, "\"%s\" has a prefix length", clip(r, v));
		return err_hint(e, "write %s", ip_addr_str(&ret->addr, text));
	}
	const char *what = no_host(&ret->addr);
	if (what)
		return place_err(&v->place, e, "\"%s\" is %s", clip(r, v), what);
	return 0;
}

static bool is_fixed(const struct key *k, const char *text)
{
	for (const char *const *w = k->words; *w; w++)
		if (!strcmp(*w, text))
			return true;
	return false;
}

/* `auto` and `none` say it all: the key has no other word then, on this line or another. */
static int alone(const struct key *k, const struct object *o, const struct word *line,
		 const struct word *v, struct err *e)
{
	const char *before = o->given[k - schema[o->kind].key].text;

	if (is_fixed(k, v->text) ? !before && !strcmp(line->text, v->text)
				 : !before || !is_fixed(k, before))
		return 0;
	place_err(&v->place, e, "\"%s\" cannot be added to what is there", v->text);
	return err_hint(e, "auto and none stand alone");
}

int key_read_address(struct reading *r, const struct key *k, const struct object *o, struct word v,
		     void *data, struct err *e)
{
	struct arena *a = &r->c->arena;
	struct uplink_config *u = data;
	struct word line = v, w;
	struct ip_prefix p;
	int rc;

	while (word_next(a, &v, &w)) {
		if ((rc = alone(k, o, &line, &w, e)) < 0)
			return rc;
		if (is_fixed(k, w.text))
			return 0;
		if ((rc = host(r, k, &w, true, &p, e)) < 0)
			return rc;
		if (p.addr.family == AF_INET6 && ip_addr_is_linklocal(&p.addr))
			return place_err(&w.place, e, "\"%s\" is good on its link only", w.text);
		*ARENA_PUSH(a, u->address, u->address_n, u->address_cap) = p;
		*ARENA_PUSH(a, u->address_place, u->address_place_n, u->address_place_cap) =
			w.place;
	}
	return 0;
}

static const char *family_name(uint8_t family)
{
	return family == AF_INET ? "IPv4" : "IPv6";
}

static int only_one(const struct ip_addr *list, size_t n, const struct ip_addr *addr,
		    const struct word *v, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].family == addr->family)
			return place_err(&v->place, e, "\"%s\" is the second %s address", v->text,
					 family_name(addr->family));
	return 0;
}

int key_read_gateway(struct reading *r, const struct key *k, const struct object *o, struct word v,
		     void *data, struct err *e)
{
	struct arena *a = &r->c->arena;
	struct uplink_config *u = data;
	struct word line = v, w;
	struct ip_prefix p;
	int rc;

	while (word_next(a, &v, &w)) {
		if ((rc = alone(k, o, &line, &w, e)) < 0)
			return rc;
		u->gateway_none = !strcmp(w.text, "none");
		if (is_fixed(k, w.text))
			return 0;
		if ((rc = host(r, k, &w, false, &p, e)) < 0 ||
		    (rc = only_one(u->gateway, u->gateway_n, &p.addr, &w, e)) < 0)
			return rc;
		*ARENA_PUSH(a, u->gateway, u->gateway_n, u->gateway_cap) = p.addr;
		*ARENA_PUSH(a, u->gateway_place, u->gateway_place_n, u->gateway_place_cap) =
			w.place;
	}
	return 0;
}

int key_read_table(struct reading *r, const struct key *k, const struct object *o, struct word v,
		   void *data, struct err *e)
{
	static const char *const reserved[] = {"default", "main", "local"};
	int rc = key_read_number(r, k, o, v, data, e);
	struct uplink_config *u = data;

	u->table_place = v.place;
	if (rc < 0)
		return rc;
	if (u->table >= 253 && u->table <= 255)
		return place_err(&v.place, e, "%u is the table \"%s\", which is not multihome's",
				 u->table, reserved[u->table - 253]);
	return 0;
}

int key_read_nat(struct reading *r, const struct key *k, const struct object *o, struct word v,
		 void *data, struct err *e)
{
	struct arena *a = &r->c->arena;
	struct uplink_config *u = data;
	struct word w, line = v;
	struct ip_prefix p;
	unsigned i;
	int rc;

	(void)o;
	word_next(a, &v, &w);
	if ((rc = choice(r, k, &w, &i, e)) < 0)
		return rc;
	memcpy(&u->nat, &i, sizeof(i));
	while (word_next(a, &v, &w)) {
		if (u->nat != NAT_SNAT)
			return place_err(&w.place, e, "\"%s\" is too much: %s takes no address",
					 clip(r, &w), k->words[i]);
		if ((rc = host(r, k, &w, false, &p, e)) < 0 ||
		    (rc = only_one(u->snat, u->snat_n, &p.addr, &w, e)) < 0)
			return rc;
		*ARENA_PUSH(a, u->snat, u->snat_n, u->snat_cap) = p.addr;
	}
	if (u->nat == NAT_SNAT && !u->snat_n)
		return place_err(&line.place, e, "snat needs an address");
	return 0;
}

int key_read_family(struct reading *r, const struct key *k, const struct object *o, struct word v,
		    void *data, struct err *e)
{
	struct uplink_config *u = data;
	unsigned i;
	int rc = choice(r, k, &v, &i, e);

	(void)o;
	if (rc < 0)
		return rc;
	u->ipv4 = i != 2;
	u->ipv6 = i != 1;
	return 0;
}

/* Prefixes that rules select: whole networks. */
static int prefix(struct reading *r, const struct word *w, struct ip_prefix *ret, struct err *e)
{
	char text[IP_PREFIX_STRLEN];

	if (!strcmp(w->text, "any") || !strcmp(w->text, "all") || !strcmp(w->text, "default")) {
		place_err(&w->place, e, "\"%s\" is not a prefix", w->text);
		return err_hint(e, "leave the key out for any address, or write 0.0.0.0/0, ::/0");
	}
	if (!ip_prefix_parse(w->text, 0, ret))
		return place_err(&w->place, e, "\"%s\" is neither an address nor a prefix",
				 clip(r, w));
	struct ip_prefix masked = ip_prefix_masked(*ret);
	if (ip_prefix_eq(&masked, ret))
		return 0;
	place_err(&w->place, e, "\"%s\" has bits set behind its length", clip(r, w));
	ip_prefix_str(&masked, text);
	return err_hint(e, "write %s for the network, or leave out the length for the one address",
			text);
}

static int prefixes(struct reading *r, struct word v, struct ip_prefix **item, size_t *n,
		    size_t *cap, struct err *e)
{
	struct ip_prefix one;
	struct word w;
	int rc = 0;

	while (!rc && word_next(&r->c->arena, &v, &w)) {
		rc = prefix(r, &w, &one, e);
		if (!rc)
			*ARENA_PUSH(&r->c->arena, *item, *n, *cap) = one;
	}
	return rc;
}

/* One of the two prefixes of a translation. */
static int npt_prefix(struct reading *r, struct word *v, const struct word *line,
		      struct ip_prefix *ret, struct err *e)
{
	struct word w;

	if (!word_next(&r->c->arena, v, &w)) {
		place_err(&line->place, e, "two prefixes are needed");
		return err_hint(e, "such as npt = fd00:1::/64 2001:db8:1::/64");
	}
	int rc = prefix(r, &w, ret, e);
	if (!rc && ret->addr.family != AF_INET6)
		return place_err(&w.place, e, "\"%s\" is not an IPv6 prefix", clip(r, &w));
	return rc;
}

int key_read_npt(struct reading *r, const struct key *k, const struct object *o, struct word v,
		 void *data, struct err *e)
{
	struct uplink_config *u = data;
	struct word line = v, more;
	struct npt x;
	int rc = npt_prefix(r, &v, &line, &x.inside, e);

	(void)k, (void)o;
	if (!rc)
		rc = npt_prefix(r, &v, &line, &x.outside, e);
	if (rc < 0)
		return rc;
	if (word_next(&r->c->arena, &v, &more))
		return place_err(&more.place, e, "\"%s\" is too much: two prefixes are needed",
				 clip(r, &more));
	if (x.inside.len != x.outside.len) {
		place_err(&line.place, e, "the two prefixes have different lengths");
		return err_hint(e, "every host inside needs one address outside");
	}
	for (size_t i = 0; i < u->npt_n; i++)
		if (ip_prefix_overlaps(&u->npt[i].inside, &x.inside) ||
		    ip_prefix_overlaps(&u->npt[i].outside, &x.outside))
			return place_err(&line.place, e, "it overlaps an earlier translation");
	*ARENA_PUSH(&r->c->arena, u->npt, u->npt_n, u->npt_cap) = x;
	return 0;
}

int key_read_from(struct reading *r, const struct key *k, const struct object *o, struct word v,
		  void *data, struct err *e)
{
	struct policy_config *p = data;

	(void)k, (void)o;
	return prefixes(r, v, &p->from, &p->from_n, &p->from_cap, e);
}

int key_read_to(struct reading *r, const struct key *k, const struct object *o, struct word v,
		void *data, struct err *e)
{
	struct policy_config *p = data;

	(void)k, (void)o;
	return prefixes(r, v, &p->to, &p->to_n, &p->to_cap, e);
}
/* A number behind a name, or did-you-mean. */
struct named {
	const char *name;
	uint8_t number;
};

static int named(struct reading *r, const struct word *v, const struct named *list, size_t n,
		 uint32_t min, uint32_t max, const char *what, uint8_t *ret, struct err *e)
{
	struct suggest s = suggest_init(v->text);
	uint32_t value;

	for (size_t i = 0; i < n; i++) {
		if (!strcasecmp(list[i].name, v->text)) {
			*ret = list[i].number;
			return 0;
		}
		suggest_try(&s, list[i].name);
	}
	if (number(v->text, strlen(v->text), min, max, &value)) {
		*ret = (uint8_t)value;
		return 0;
	}
	place_err(&v->place, e, "\"%s\" is not a %s", clip(r, v), what);
	if (s.best)
		err_hint(e, "did you mean \"%s\"?", s.best);
	return -EINVAL;
}

int key_read_proto(struct reading *r, const struct key *k, const struct object *o, struct word v,
		   void *data, struct err *e)
{
	static const struct named list[] = {
		{"tcp", IPPROTO_TCP},	{"udp", IPPROTO_UDP},
		{"icmp", IPPROTO_ICMP}, {"icmpv6", IPPROTO_ICMPV6},
		{"sctp", IPPROTO_SCTP}, {"gre", IPPROTO_GRE},
		{"esp", IPPROTO_ESP},	{"ah", IPPROTO_AH},
		{"dccp", IPPROTO_DCCP}, {"udplite", IPPROTO_UDPLITE},
		{"igmp", IPPROTO_IGMP}, {"ipip", IPPROTO_IPIP},
		{"ipv6", IPPROTO_IPV6}, {"ipv6-icmp", IPPROTO_ICMPV6},
		{"l2tp", 115},		{"ospf", 89},
		{"pim", IPPROTO_PIM},	{"vrrp", 112},
	};
	struct policy_config *p = data;

	(void)k, (void)o;
	if (strpbrk(v.text, " \t,")) {
		place_err(&v.place, e, "\"%s\" is more than one protocol", clip(r, &v));
		return err_hint(e, "write another [policy NAME] for the next");
	}
	return named(r, &v, list, ARRAY_SIZE(list), 1, 255, "protocol", &p->proto, e);
}

/* A rule's range cannot reach 65535 (fib_rule_port_range_valid(), net/core/fib_rules.c). */
#define PORT_MAX 65534

int key_read_ports(struct reading *r, const struct key *k, const struct object *o, struct word v,
		   void *data, struct err *e)
{
	struct port_range *p = member(data, k);
	uint32_t first, last;

	(void)o;
	if (!range(v.text, 1, PORT_MAX, &first, &last)) {
		place_err(&v.place, e, "\"%s\" is neither a port (1-%d) nor a range of ports",
			  clip(r, &v), PORT_MAX);
		if (range(v.text, 1, PORT_MAX + 1, &first, &last))
			err_hint(e, "the kernel's rules cannot name port %d", PORT_MAX + 1);
		else if (strpbrk(v.text, " \t,"))
			err_hint(e, "write another [policy NAME] for the next port");
		return -EINVAL;
	}
	*p = (struct port_range){(uint16_t)first, (uint16_t)last};
	return 0;
}

/* `uid` and `user` are two words for one thing. */
static int one_user(const struct policy_config *p, const struct word *v, struct err *e)
{
	if (!(p->has & UINT64_C(1) << POLICY_UID))
		return 0;
	place_err(&v->place, e, "the policy has a user already");
	return err_hint(e, "write either uid or user, and another [policy NAME] for the next");
}

int key_read_uid(struct reading *r, const struct key *k, const struct object *o, struct word v,
		 void *data, struct err *e)
{
	struct policy_config *p = data;
	int rc = one_user(p, &v, e);

	(void)k, (void)o;
	if (rc < 0 || range(v.text, 0, UINT32_MAX - 1, &p->uid_first, &p->uid_last))
		return rc;
	place_err(&v.place, e, "\"%s\" is neither a user's number nor a range of them",
		  clip(r, &v));
	if (isalpha((unsigned char)*v.text))
		err_hint(e, "for a name write user = %s", clip(r, &v));
	return -EINVAL;
}

int key_read_user(struct reading *r, const struct key *k, const struct object *o, struct word v,
		  void *data, struct err *e)
{
	struct policy_config *p = data;
	struct passwd pw, *found = NULL;
	int rc = one_user(p, &v, e);
	size_t size = 65536;

	(void)k, (void)o;
	if (rc < 0)
		return rc;
	char *buf = arena_alloc(&r->c->arena, size);
	rc = getpwnam_r(v.text, &pw, buf, size, &found);
	if (rc && rc != ENOENT && rc != ESRCH && rc != EBADF && rc != EPERM)
		return place_err(&v.place, e, "\"%s\" cannot be looked up: %s", clip(r, &v),
				 strerror(rc));
	if (!found) {
		place_err(&v.place, e, "there is no user \"%s\" on this machine", clip(r, &v));
		if (range(v.text, 0, UINT32_MAX - 1, &p->uid_first, &p->uid_last))
			err_hint(e, "for a number write uid = %s", v.text);
		return -EINVAL;
	}
	p->uid_first = p->uid_last = found->pw_uid;
	return 0;
}

int key_read_mark(struct reading *r, const struct key *k, const struct object *o, struct word v,
		  void *data, struct err *e)
{
	struct policy_config *p = data;
	const char *slash = strchr(v.text, '/');
	size_t n = slash ? (size_t)(slash - v.text) : strlen(v.text);

	(void)k, (void)o;
	p->mark_mask = UINT32_MAX;
	if (!number(v.text, n, 0, UINT32_MAX, &p->mark) ||
	    (slash && !number(slash + 1, strlen(slash + 1), 1, UINT32_MAX, &p->mark_mask)))
		return place_err(&v.place, e, "\"%s\" is not a mark of 32 bits", clip(r, &v));
	if (p->mark & ~p->mark_mask)
		return place_err(&v.place, e, "\"%s\" has bits that its mask has not", clip(r, &v));
	if (!p->mark && p->mark_mask == UINT32_MAX) {
		place_err(&v.place, e, "\"%s\" selects what has no mark at all", clip(r, &v));
		return err_hint(e, "leave it out, or give the mask that must be clear: 0/MASK");
	}
	return 0;
}

int key_read_dscp(struct reading *r, const struct key *k, const struct object *o, struct word v,
		  void *data, struct err *e)
{
	/* RFC 2474, 2597, 3246, 5865, 8622 */
	static const struct named list[] = {
		{"CS0", 0},   {"CS1", 8},   {"CS2", 16},  {"CS3", 24},	{"CS4", 32},  {"CS5", 40},
		{"CS6", 48},  {"CS7", 56},  {"AF11", 10}, {"AF12", 12}, {"AF13", 14}, {"AF21", 18},
		{"AF22", 20}, {"AF23", 22}, {"AF31", 26}, {"AF32", 28}, {"AF33", 30}, {"AF41", 34},
		{"AF42", 36}, {"AF43", 38}, {"EF", 46},	  {"VA", 44},	{"LE", 1},    {"BE", 0},
	};
	struct policy_config *p = data;

	(void)k, (void)o;
	return named(r, &v, list, ARRAY_SIZE(list), 0, 63, "DSCP", &p->dscp, e);
}
