/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip rule: the rules that choose a routing table.
 */
#include "model/rule.h"
#include "ip/objects.h"
#include "ip/save.h"
#include "ip/values.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A rule, and for show and flush what cannot be said by one. */
struct rule_request {
	struct rule rule;
	bool table_given, has_src, has_dst, by_protocol;
};

/* The addresses in rules for multicast routes are of the plain family. */
static uint8_t address_family(const struct rule *r)
{
	return r->h.family == RTNL_FAMILY_IPMR	  ? AF_INET
	       : r->h.family == RTNL_FAMILY_IP6MR ? AF_INET6
						  : r->h.family;
}

static int begin(struct parser *p, struct err *e)
{
	struct rule_request *q = p->obj;
	bool add = p->command->type == RTM_NEWRULE;

	if (!p->n) {
		char name[32];
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "\"ip rule %s\" requires arguments",
			       words_first(p->command->words, name, sizeof(name)));
	}
	q->rule.h.family = p->ip->opt.family;
	q->rule.h.action = add ? FR_ACT_TO_TBL : FR_ACT_UNSPEC;
	return 0;
}

static int take_prefix(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule_request *q = p->obj;
	struct prefix_arg a;
	int rc = parse_prefix(p, address_family(&q->rule), &a, e);

	if (rc < 0)
		return rc;
	if (k->field == RULE_SRC)
		rule_set_src(&q->rule, a.prefix);
	else
		rule_set_dst(&q->rule, a.prefix);
	return 0;
}

static int take_not(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule_request *q = p->obj;

	(void)k;
	(void)e;
	q->rule.h.flags |= FIB_RULE_INVERT;
	return 0;
}

/* N, or N/MASK */
static bool read_masked(const char *word, uint32_t max, uint32_t *ret, uint32_t *ret_mask,
			bool *given)
{
	const char *slash = strchr(word, '/');
	char number[32];
	uint64_t v, mask = max;

	snprintf(number, sizeof(number), "%.*s", slash ? (int)(slash - word) : 31, word);
	if (!value_read_number(number, max, &v) ||
	    (slash && !value_read_number(slash + 1, max, &mask)))
		return false;
	*ret = (uint32_t)v;
	*ret_mask = (uint32_t)mask;
	*given = slash != NULL;
	return true;
}

/* The kernel wants the mask of a flow label, too. */
static int take_flowlabel(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule *r = p->obj;
	const char *word;
	bool given;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	if (!read_masked(word, RULE_FLOWLABEL_ALL, &r->flowlabel, &r->flowlabel_mask, &given))
		return parse_invalid(p, e, "\"%s\" is not a flow label, nor LABEL/MASK", word);
	r->has |= HAS(k->field) | HAS(RULE_FLOWLABEL_MASK);
	return 0;
}

static int take_dscp(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule *r = p->obj;
	uint32_t v, mask;
	const char *word;
	bool given;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	if (!read_masked(word, RULE_DSCP_ALL, &v, &mask, &given))
		return parse_invalid(p, e, "\"%s\" is not a DSCP (0 to 63), nor DSCP/MASK", word);
	r->dscp = (uint8_t)v;
	r->dscp_mask = (uint8_t)mask;
	r->has |= HAS(k->field) | (given ? HAS(RULE_DSCP_MASK) : 0);
	return 0;
}

/* N, or N/MASK */
static int take_mark(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule *r = p->obj;
	const char *word;
	uint32_t mask;
	bool given;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (!read_masked(word, UINT32_MAX, &r->fwmark, &mask, &given))
		return parse_invalid(p, e, "\"%s\" is not a mark, nor MARK/MASK", word);
	set_has(r, RULE_FWMARK);
	if (given) {
		r->fwmask = mask;
		set_has(r, RULE_FWMASK);
	}
	return 0;
}

static int take_l3mdev(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule_request *q = p->obj;

	(void)k;
	(void)e;
	q->rule.l3mdev = 1;
	set_has(&q->rule, RULE_L3MDEV);
	q->table_given = true;
	return 0;
}

/* FIRST-LAST; `last` is optional if it may be `first`. */
static bool read_range(const char *word, uint64_t max, bool single, uint32_t *first, uint32_t *last)
{
	const char *dash = strchr(word, '-');
	char text[32];
	uint64_t a, b;

	if (!dash && !single)
		return false;
	snprintf(text, sizeof(text), "%.*s", dash ? (int)(dash - word) : 31, word);
	if (!value_read_number(text, max, &a))
		return false;
	b = a;
	if (dash && !value_read_number(dash + 1, max, &b))
		return false;
	*first = (uint32_t)a;
	*last = (uint32_t)b;
	return true;
}

static int take_uidrange(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule *r = p->obj;
	const char *word;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (!read_range(word, UINT32_MAX, false, &r->uid.start, &r->uid.end))
		return parse_invalid(p, e, "\"%s\" is not a range of user numbers (A-B)", word);
	set_has(r, RULE_UIDRANGE);
	return 0;
}

/* N, A-B, or N/MASK */
static int take_ports(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule *r = p->obj;
	bool source = k->field == RULE_SPORT;
	struct fib_rule_port_range *range = source ? &r->sport : &r->dport;
	uint32_t first, last;
	uint64_t mask;
	const char *word;
	char text[32];
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	const char *slash = strchr(word, '/');
	snprintf(text, sizeof(text), "%.*s", slash ? (int)(slash - word) : 31, word);
	if (!read_range(text, UINT16_MAX, true, &first, &last) ||
	    (slash && !value_read_number(slash + 1, UINT16_MAX, &mask)))
		return parse_invalid(p, e, "\"%s\" is neither a port, nor A-B, nor PORT/MASK",
				     word);
	*range = (struct fib_rule_port_range){(uint16_t)first, (uint16_t)last};
	set_has(r, k->field);
	if (slash) {
		*(source ? &r->sport_mask : &r->dport_mask) = (uint16_t)mask;
		set_has(r, source ? RULE_SPORT_MASK : RULE_DPORT_MASK);
	}
	return 0;
}

static int take_ipproto(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule *r = p->obj;

	(void)k;
	set_has(r, RULE_IPPROTO);
	return parse_ipproto(p, &r->ipproto, e);
}

static int take_tun_id(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule *r = p->obj;
	uint64_t v;
	int rc = parse_number(p, UINT64_MAX, &v, e);

	(void)k;
	r->tun_id = htobe64(v);
	set_has(r, RULE_TUN_ID);
	return rc;
}

static int take_table(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule_request *q = p->obj;

	q->table_given = true;
	return parse_field(p, k->field, NULL, e);
}

/* The last row: "type" or not, what is done with a packet. */
static int take_action(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule_request *q = p->obj;
	const char *word;
	uint64_t v;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	q->table_given = true;
	if (words_match("help", word))
		return ip_fail(p->ip, STATUS_USAGE, e, -ECANCELED, "help");
	if (words_match("goto", word)) {
		rc = parse_number(p, UINT32_MAX, &v, e);
		q->rule.h.action = FR_ACT_GOTO;
		q->rule.goto_target = (uint32_t)v;
		set_has(&q->rule, RULE_GOTO);
		return rc;
	}
	int type = words_match("nop", word) ? FR_ACT_NOP : read_route_type(word);
	if (type < 0)
		return parse_invalid(p, e, "\"%s\" is neither a selector nor an action", word);
	q->rule.h.action = (uint8_t)type;
	return 0;
}

#define SELECTORS                                                                                  \
	{"preference order priority", NULL, RULE_PRIORITY, 0, "NUMBER", 0},                        \
		{"=tos dsfield", NULL, RULE_TOS, 0, NULL, 0},                                      \
		{"=dscp", take_dscp, RULE_DSCP, 0, "DSCP[/MASK]", 0},                              \
		{"=flowlabel", take_flowlabel, RULE_FLOWLABEL, 0, "LABEL[/MASK]", 0},              \
		{"=fwmark", take_mark, RULE_FWMARK, 0, "MARK[/MASK]", 0},                          \
		{"=dev =iif", NULL, RULE_IIF, 0, "DEVICE", 0},                                     \
		{"=oif", NULL, RULE_OIF, 0, "DEVICE", 0},                                          \
		{"=l3mdev", take_l3mdev, RULE_L3MDEV, 0, NULL, 0},                                 \
		{"=uidrange", take_uidrange, RULE_UIDRANGE, 0, "A-B", 0},                          \
		{"tun_id", take_tun_id, RULE_TUN_ID, 0, "NUMBER", 0},                              \
		{"=ipproto", take_ipproto, RULE_IPPROTO, 0, "PROTOCOL", 0},                        \
		{"=sport", take_ports, RULE_SPORT, 0, "PORT", 0},                                  \
	{                                                                                          \
		"=dport", take_ports, RULE_DPORT, 0, "PORT", 0                                     \
	}

static const struct keyword modify_words[] = {
	{"=not", take_not, RULE_NOT, 0, NULL, 0},
	{"=from", take_prefix, RULE_SRC, 0, "PREFIX", 0},
	{"=to", take_prefix, RULE_DST, 0, "PREFIX", 0},
	SELECTORS,
	{"realms", NULL, RULE_FLOW, 0, "[FROM/]TO", 0},
	{"protocol", NULL, RULE_PROTOCOL, 0, NULL, 0},
	{"table =lookup", take_table, RULE_TABLE, 0, "TABLE", 0},
	{"suppress_prefixlength =sup_pl", NULL, RULE_SUPPRESS_PREFIXLEN, 0, "LENGTH", 0},
	{"suppress_ifgroup =sup_group", NULL, RULE_SUPPRESS_IFGROUP, 0, NULL, 0},
	{"=type", take_action, RULE_ACTION, KW_BARE,
	 "{ goto NUMBER | nop | blackhole | unreachable | prohibit }", 0},
	{0},
};

/* Not everything may be set and unset alike. */
static int finish_modify(struct parser *p, struct err *e)
{
	struct rule_request *q = p->obj;
	struct rule *r = &q->rule;

	if (has(r, RULE_L3MDEV) && has(r, RULE_TABLE) && r->table)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "an l3mdev rule looks its table up by itself, \"table\" cannot be "
			       "given as well");
	if (!r->h.family)
		r->h.family = AF_INET;
	if (!q->table_given && p->command->type == RTM_NEWRULE) {
		r->table = RT_TABLE_MAIN;
		set_has(r, RULE_TABLE);
	}
	return 0;
}

static int run_modify(struct parser *p, struct err *e)
{
	struct rule_request *q = p->obj;
	struct nl_msg m;
	int rc = rule_message(&m, p->command->type, p->command->flags, &q->rule, e);

	return rc < 0 ? rc : parser_talk(p, &m, NULL, NULL, e);
}

static int begin_list(struct parser *p, struct err *e)
{
	struct rule_request *q = p->obj;

	(void)e;
	q->rule.h.family = p->ip->opt.family ? p->ip->opt.family : AF_INET;
	return 0;
}

static void to_multicast(struct rule *r)
{
	r->h.family = r->h.family == AF_INET6 ? RTNL_FAMILY_IP6MR : RTNL_FAMILY_IPMR;
}

static int begin_multicast(struct parser *p, struct err *e)
{
	int rc = begin(p, e);

	to_multicast(&((struct rule_request *)p->obj)->rule);
	return rc;
}

static int begin_multicast_list(struct parser *p, struct err *e)
{
	int rc = begin_list(p, e);

	to_multicast(&((struct rule_request *)p->obj)->rule);
	return rc;
}

static int take_prefix_selector(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule_request *q = p->obj;

	*(k->field == RULE_SRC ? &q->has_src : &q->has_dst) = true;
	return take_prefix(p, k, e);
}

static int take_protocol_selector(struct parser *p, const struct keyword *k, struct err *e)
{
	struct rule_request *q = p->obj;
	const char *word = parse_peek(p);
	uint32_t v;

	if (word && !strcmp(word, "all") &&
	    !names_find(p->values.names, NAMES_RT_PROTOS, word, &v)) {
		p->at++;
		q->by_protocol = false;
		return 0;
	}
	q->by_protocol = true;
	return parse_field(p, k->field, NULL, e);
}

static const struct keyword list_words[] = {
	{"=not", take_not, RULE_NOT, 0, NULL, 0},
	SELECTORS,
	{"lookup table", NULL, RULE_TABLE, 0, "TABLE", 0},
	{"from src", take_prefix_selector, RULE_SRC, 0, "PREFIX", 0},
	{"protocol", take_protocol_selector, RULE_PROTOCOL, 0, "{ PROTO | all }", 0},
	{"dst to", take_prefix_selector, RULE_DST, KW_BARE, "PREFIX", 0},
	{0},
};

static bool prefix_selects(const struct ip_addr *want, uint8_t want_len, const struct ip_addr *got,
			   uint8_t len)
{
	struct ip_prefix p = {*want, want_len};

	return want_len <= len && (!want_len || ip_prefix_contains(&p, got));
}

static bool same_range(const struct fib_rule_port_range *a, const struct fib_rule_port_range *b)
{
	return a->start == b->start && a->end == b->end;
}

/* What iproute2 compares; a mark without a mask selects any mask. */
static bool selects(const struct rule_request *q, const struct rule *r)
{
	const struct rule *f = &q->rule;

	if (q->has_src && !prefix_selects(&f->src, f->h.src_len, &r->src, r->h.src_len))
		return false;
	if (q->has_dst && !prefix_selects(&f->dst, f->h.dst_len, &r->dst, r->h.dst_len))
		return false;
	if ((f->h.flags & FIB_RULE_INVERT) && !(r->h.flags & FIB_RULE_INVERT))
		return false;
	if (has(f, RULE_PRIORITY) && f->priority != r->priority)
		return false;
	if (has(f, RULE_TOS) && f->h.tos != r->h.tos)
		return false;
	if (has(f, RULE_FWMARK) && f->fwmark && (!has(r, RULE_FWMARK) || f->fwmark != r->fwmark))
		return false;
	if (has(f, RULE_FWMASK) && f->fwmask && (!has(r, RULE_FWMASK) || f->fwmask != r->fwmask))
		return false;
	if (has(f, RULE_DSCP) && (!has(r, RULE_DSCP) || f->dscp != r->dscp))
		return false;
	if (has(f, RULE_FLOWLABEL) && (!has(r, RULE_FLOWLABEL) || f->flowlabel != r->flowlabel))
		return false;
	if (has(f, RULE_IIF) && (!has(r, RULE_IIF) || strcmp(f->iif, r->iif) != 0))
		return false;
	if (has(f, RULE_OIF) && (!has(r, RULE_OIF) || strcmp(f->oif, r->oif) != 0))
		return false;
	if (has(f, RULE_L3MDEV) && !(has(r, RULE_L3MDEV) && r->l3mdev))
		return false;
	if (has(f, RULE_UIDRANGE) &&
	    (!has(r, RULE_UIDRANGE) || f->uid.start != r->uid.start || f->uid.end != r->uid.end))
		return false;
	if (has(f, RULE_IPPROTO) && (!has(r, RULE_IPPROTO) || f->ipproto != r->ipproto))
		return false;
	if (has(f, RULE_SPORT) && (!has(r, RULE_SPORT) || !same_range(&f->sport, &r->sport)))
		return false;
	if (has(f, RULE_DPORT) && (!has(r, RULE_DPORT) || !same_range(&f->dport, &r->dport)))
		return false;
	if (has(f, RULE_TUN_ID) && (!has(r, RULE_TUN_ID) || f->tun_id != r->tun_id))
		return false;
	return !has(f, RULE_TABLE) || !f->table || f->table == r->table;
}

static void dump_request(struct nl_msg *m, uint8_t family)
{
	struct rule r = {.h.family = family};

	nl_msg_object(m, RTM_GETRULE, 0, &rule_attrs, &r, NULL);
}

static int show_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	struct rule r;
	int rc = rule_decode(h, &r, e);

	if (rc < 0 || !selects(p->obj, &r))
		return rc;
	rule_print(&p->ip->print, &r);
	if (!p->ip->print.json)
		out_putc(&p->ip->out, '\n');
	return 0;
}

static int run_list(struct parser *p, struct err *e)
{
	struct rule_request *q = p->obj;
	struct nl_msg m;

	dump_request(&m, q->rule.h.family);
	ip_list_begin(p->ip);
	int rc = ip_dump(p->ip, &m.h, show_one, p, e);
	ip_list_end(p->ip);
	if (rc < 0) /* a family that the kernel has no rules for */
		p->ip->status = STATUS_USAGE;
	return rc;
}

static const struct saved_kind saved_rules = {0x71706986, RTM_NEWRULE, "rules", 0,
					      NULL,	  false,       NULL};

static bool is_saved(const struct nlmsghdr *h, void *arg)
{
	struct rule r;

	return rule_decode(h, &r, NULL) < 0 || selects(arg, &r);
}

static int run_save(struct parser *p, struct err *e)
{
	struct rule_request *q = p->obj;
	struct nl_msg m;

	dump_request(&m, q->rule.h.family);
	return saved_write(p->ip, &saved_rules, &m.h, is_saved, q, e);
}

static int run_restore(struct parser *p, struct err *e)
{
	return saved_restore(p->ip, &saved_rules, e);
}

/* Rules of priority 0 stay: the first of them is the kernel's own. */
static bool is_flushed(const struct nlmsghdr *h, void *arg)
{
	const struct rule_request *q = arg;
	struct rule r;

	return !rule_decode(h, &r, NULL) && r.priority && selects(q, &r) &&
	       !(q->by_protocol && q->rule.protocol && has(&r, RULE_PROTOCOL) &&
		 r.protocol != q->rule.protocol);
}

static int run_flush(struct parser *p, struct err *e)
{
	struct rule_request *q = p->obj;
	const struct flush f = {.type = RTM_DELRULE, .wanted = is_flushed, .arg = q};
	struct nl_msg m;

	dump_request(&m, q->rule.h.family);
	return ip_flush(p->ip, &m.h, &f, e);
}

/* For "replace": the rules of that priority, but for those that are as wanted already. */
struct replaced {
	const struct rule *wanted;
	bool found;
};

static bool is_replaced(const struct nlmsghdr *h, void *arg)
{
	struct replaced *x = arg;
	struct rule r;

	if (rule_decode(h, &r, NULL) < 0 || r.priority != x->wanted->priority)
		return false;
	if (!rule_eq(&r, x->wanted))
		return true;
	bool again = x->found;
	x->found = true;
	return again;
}

static int finish_replace(struct parser *p, struct err *e)
{
	struct rule_request *q = p->obj;

	if (!has(&q->rule, RULE_PRIORITY))
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "\"preference\" says which rules are replaced, it must be given");
	return finish_modify(p, e);
}

/* The new rule first, so that at no time there is none. */
static int run_replace(struct parser *p, struct err *e)
{
	struct rule_request *q = p->obj;
	struct replaced x = {.wanted = &q->rule};
	struct messages old = {.wanted = is_replaced, .arg = &x};
	struct nl_msg m;

	dump_request(&m, q->rule.h.family);
	int rc = ip_collect(p->ip, &m.h, &old, e);
	if (!rc && !x.found)
		rc = run_modify(p, e);
	if (!rc)
		rc = ip_delete_all(p->ip, &old, RTM_DELRULE, e);
	return rc;
}

#define RULE(words, what, keywords, begin, finish, run, type, flags)                               \
	{                                                                                          \
		words, what, &rule_attrs, sizeof(struct rule_request), keywords, begin, finish,    \
			run, type, flags, NULL                                                     \
	}
/* What both kinds of rules can; rules for multicast routes need no saving. */
#define RULE_COMMANDS(begin, begin_list)                                                           \
	RULE("list lst show", "shows rules", list_words, begin_list, NULL, run_list, RTM_GETRULE,  \
	     0),                                                                                   \
		RULE("add", "adds a rule", modify_words, begin, finish_modify, run_modify,         \
		     RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL),                                      \
		RULE("delete", "deletes the first rule that is so", modify_words, begin,           \
		     finish_modify, run_modify, RTM_DELRULE, 0),                                   \
		RULE("flush", "deletes rules, those of priority 0 excepted", list_words,           \
		     begin_list, NULL, run_flush, RTM_DELRULE, 0)

const struct command rule_commands[] = {
	RULE_COMMANDS(begin, begin_list),
	RULE("save", "writes rules to standard output, as bytes", list_words, begin_list, NULL,
	     run_save, RTM_GETRULE, 0),
	RULE("restore", "makes the rules that were saved, once more if they are there", no_words,
	     begin_list, NULL, run_restore, RTM_NEWRULE, 0),
	RULE("replace", "makes it the one rule of its priority", modify_words, begin,
	     finish_replace, run_replace, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL),
	{0},
};

const struct command mrule_commands[] = {
	RULE_COMMANDS(begin_multicast, begin_multicast_list),
	{0},
};
