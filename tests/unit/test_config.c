/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration. Bad ones: tests/golden/config-errors/X.conf, whose first line says what must
 * be said of it. Good ones: written here, and made at random. The lists of keys in the man page are
 * those of the schema. MH_UPDATE=1 writes messages and lists anew; look at the difference.
 */
#include "base/cleanup.h"
#include "base/file.h"
#include "unit.h"
#include "uplink/config.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/stat.h>

#define ERRORS "tests/golden/config-errors"
#define MAN    "man/multihome.conf.5"

static bool updating(void)
{
	return getenv("MH_UPDATE");
}

static struct config conf;
static struct err err;

static int parse(const char *text)
{
	err = ERR_INIT;
	config_free(&conf);
	return config_parse("x.conf", text, strlen(text), &conf, &err);
}

static const char *line(void)
{
	static char buf[1024];

	return err_line(&err, buf, sizeof(buf));
}

static void good(const char *text)
{
	if (parse(text) < 0)
		fail_msg("%s", line());
}

static void bad(const char *text, const char *want)
{
	if (parse(text) >= 0)
		fail_msg("taken: %s", text);
	assert_string_equal(line(), want);
}

/* One file: the first line is "# error: " and the message. */
static void one_error(struct arena *a, const char *name)
{
	char *path = arena_printf(a, ERRORS "/%s", name), *text;
	size_t len;

	assert_int_equal(file_read(a, path, &text, &len, NULL), 0);
	int rc = (config_free(&conf), err = ERR_INIT, config_parse(name, text, len, &conf, &err));
	char *end = strchr(text, '\n');
	char *first = arena_printf(a, "# error: %s", rc < 0 ? line() : "none");

	assert_non_null(end);
	assert_null(strchr(first, '\n'));
	if (updating()) {
		char *all = arena_printf(a, "%s%s", first, end);
		assert_int_equal(file_write(path, all, strlen(all), 0644, NULL), 0);
		return;
	}
	*end = 0;
	if (strcmp(first, text) != 0 || rc >= 0)
		fail_msg("%s: says\n%s\nbut should\n%s", path, first, text);
}

static void errors(void **state)
{
	struct arena a = {0};
	char **name;
	size_t n;

	(void)state;
	assert_int_equal(file_list(&a, ERRORS, ".conf", &name, &n, NULL), 0);
	assert_true(n > 100);
	for (size_t i = 0; i < n; i++)
		one_error(&a, name[i]);
	arena_free(&a);
}

/* A use as it is written in the configuration, every weight spelt out. */
static const char *use_text(const struct use *u)
{
	static char text[2000];
	size_t n = 0;

	text[0] = 0;
	for (size_t t = 0; t < u->n; t++)
		for (size_t i = 0; i < u->tier[t].n && n < sizeof(text); i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s:%u",
					      i	  ? " + "
					      : t ? ", "
						  : "",
					      conf.uplink[u->tier[t].member[i].uplink].name,
					      u->tier[t].member[i].weight);
	return text;
}

static void assert_addr(const struct ip_addr *a, const char *want)
{
	char text[IP_ADDR_STRLEN];

	assert_string_equal(ip_addr_str(a, text), want);
}

static void assert_prefix(const struct ip_prefix *p, const char *want)
{
	char text[IP_PREFIX_STRLEN];

	assert_string_equal(ip_prefix_str(p, text), want);
}

static void least(void **state)
{
	(void)state;
	good("[uplink isp1]\ninterface=eth0\n[uplink isp2]\ninterface=eth1");
	assert_int_equal(conf.uplink_n, 2);
	assert_int_equal(conf.policy_n, 0);
	const struct uplink_config *u = &conf.uplink[1];
	assert_string_equal(u->name, "isp2");
	assert_string_equal(u->interface, "eth1");
	assert_int_equal(u->place.line, 3);
	assert_int_equal(u->interface_place.line, 4);
	assert_int_equal(u->interface_place.column, 11);
	assert_true(u->ipv4 && u->ipv6 && !u->onlink && !u->gateway_none);
	assert_int_equal(u->address_n + u->gateway_n + u->snat_n, 0);
	assert_int_equal(u->weight, 1);
	assert_int_equal(u->table, 0);
	assert_int_equal(u->nat, NAT_MASQUERADE);
	assert_int_equal(conf.rule_base, 1010);
	assert_int_equal(conf.table_base, 1010);
	assert_int_equal(conf.mark_mask, 0xff0000);
	assert_int_equal(conf.when_all_down, WHEN_ALL_DOWN_MAIN);
	assert_string_equal(use_text(&conf.default_use), "isp1:1 + isp2:1");
	assert_int_equal(config_slots(&conf), 255);
	assert_int_equal(config_mark(&conf, 3), 0x30000);
}

static void everything(void **state)
{
	(void)state;
	good("\xef\xbb\xbf; all that there is\r\n"
	     "[ multihome ]# on\r\n"
	     "default=c:2+d\r\n"
	     "when-all-down\t=\tunreachable\t# really\r\n"
	     "rule-base = 0x800\n\n"
	     "[uplink\ta]\n"
	     "  interface = eth0.100#a\n" /* no comment: no blank before it */
	     "address = 192.0.2.8/24, 192.0.2.9\n"
	     "address = 2001:DB8::8\n"
	     "gateway = 192.0.2.1 fe80::1\n"
	     "onlink = yes\n"
	     "weight = 256\n"
	     "table = 100\n"
	     "nat = snat 192.0.2.9 2001:db8::8\n"
	     "[uplink b]\n"
	     "interface = ppp0\n"
	     "gateway = none\n"
	     "family = ipv4\n"
	     "nat = no\n"
	     "[group c]\n"
	     "use = a + b\n"
	     "[group d]\n"
	     "use = x.y_z-1\n"
	     "[uplink x.y_z-1]\n"
	     "interface = eth0\n"
	     "address = auto\n"
	     "family = ipv6\n"
	     "gateway = auto\n"
	     "weight = 010\n" /* ten */
	     "[multihome]\n"
	     "table-base = 5000\n"
	     "mark-mask = 0xf000\n"
	     "[policy p]\n"
	     "from = 10.0.0.0/8 10.1.2.3\n"
	     "from = ::/0\n"
	     "to = 192.0.2.0/24\n"
	     "proto = UDP\n"
	     "sport = 1-65534\n"
	     "dport = 53\n"
	     "iif = lo\n"
	     "uid = 0-999\n"
	     "mark = 0x10/0xff\n"
	     "dscp = af41\n"
	     "use = b\n"
	     "[policy q]\n"
	     "user = root\n"
	     "use = d, a\n");
	const struct uplink_config *a = &conf.uplink[0], *b = &conf.uplink[1];
	const struct uplink_config *x = &conf.uplink[2];
	assert_int_equal(conf.uplink_n, 3);
	assert_string_equal(a->interface, "eth0.100#a");
	assert_int_equal(a->address_n, 3);
	assert_prefix(&a->address[0], "192.0.2.8/24");
	assert_prefix(&a->address[1], "192.0.2.9/32");
	assert_prefix(&a->address[2], "2001:db8::8/128");
	assert_int_equal(a->address_place_n, 3);
	assert_int_equal(a->address_place[1].line, 9);
	assert_int_equal(a->address_place[1].column, 25);
	assert_int_equal(a->gateway_n, 2);
	assert_addr(&a->gateway[0], "192.0.2.1");
	assert_addr(&a->gateway[1], "fe80::1");
	assert_int_equal(a->gateway_place[1].column, 21);
	assert_true(a->onlink);
	assert_int_equal(a->weight, 256);
	assert_int_equal(a->table, 100);
	assert_int_equal(a->nat, NAT_SNAT);
	assert_int_equal(a->snat_n, 2);
	assert_addr(&a->snat[1], "2001:db8::8");
	assert_true(b->gateway_none && b->ipv4 && !b->ipv6);
	assert_int_equal(b->nat, NAT_NO);
	assert_true(!x->gateway_none && !x->ipv4 && x->ipv6);
	assert_int_equal(x->weight, 10);
	/* c's weight 2 is shared 256 to 1; d's member counts 10: as near as 8 bits come */
	assert_string_equal(use_text(&conf.default_use), "a:51 + b:1 + x.y_z-1:256");
	assert_int_equal(conf.when_all_down, WHEN_ALL_DOWN_UNREACHABLE);
	assert_int_equal(conf.rule_base, 2048);
	assert_int_equal(conf.table_base, 5000);
	assert_int_equal(config_slots(&conf), 15);
	assert_int_equal(config_mark(&conf, 15), 0xf000);
	const struct policy_config *p = &conf.policy[0], *q = &conf.policy[1];
	assert_int_equal(p->has, 0x1ff);
	assert_int_equal(p->from_n, 3);
	assert_prefix(&p->from[1], "10.1.2.3/32");
	assert_prefix(&p->from[2], "::/0");
	assert_int_equal(p->proto, IPPROTO_UDP);
	assert_int_equal(p->sport.first, 1);
	assert_int_equal(p->sport.last, 65534);
	assert_int_equal(p->dport.first, 53);
	assert_int_equal(p->dport.last, 53);
	assert_string_equal(p->iif, "lo");
	assert_int_equal(p->uid_first, 0);
	assert_int_equal(p->uid_last, 999);
	assert_int_equal(p->mark, 0x10);
	assert_int_equal(p->mark_mask, 0xff);
	assert_int_equal(p->dscp, 34);
	assert_string_equal(use_text(&p->use), "b:1");
	assert_int_equal(q->has, 1 << POLICY_UID);
	assert_int_equal(q->uid_first, 0);
	assert_int_equal(q->uid_last, 0);
	assert_string_equal(use_text(&q->use), "x.y_z-1:10, a:256");
}

/* Uplinks a..e with weights 1..5, groups, and a default. */
static const char *resolved(const char *groups, const char *use)
{
	static char text[4000];
	size_t n = (size_t)snprintf(text, sizeof(text), "[multihome]\ndefault = %s\n%s\n", use,
				    groups);

	for (int i = 0; i < 5; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "[uplink %c]\ninterface = eth%d\nweight = %d\n", 'a' + i, i,
				      i + 1);
	good(text);
	return use_text(&conf.default_use);
}

static void uses(void **state)
{
	static const char g[] = "[group even]\nuse = b + d\n[group order]\nuse = c, a + e\n"
				"[group nested]\nuse = even, order\n"
				"[group weighed]\nuse = even:2 + a:1";

	(void)state;
	assert_string_equal(resolved("", "a"), "a:1");
	assert_string_equal(resolved("", "a,b"), "a:1, b:2");
	assert_string_equal(resolved("", "a+b,c"), "a:1 + b:2, c:3");
	assert_string_equal(resolved("", "a : 7 +b:256 , c :1"), "a:7 + b:256, c:1");
	assert_string_equal(resolved(g, "even"), "b:2 + d:4");
	assert_string_equal(resolved(g, "even:9"), "b:2 + d:4");
	assert_string_equal(resolved(g, "even + a"), "b:2 + d:4 + a:1");
	assert_string_equal(resolved(g, "even:3 + a:1"), "b:1 + d:2 + a:1");
	assert_string_equal(resolved(g, "even:1 + a:1"), "b:1 + d:2 + a:3");
	assert_string_equal(resolved(g, "a, order"), "a:1, c:3, e:5");
	assert_string_equal(resolved(g, "order, b"), "c:3, a:1 + e:5, b:2");
	assert_string_equal(resolved(g, "nested"), "b:2 + d:4, c:3, a:1 + e:5");
	assert_string_equal(resolved(g, "b, even + c"), "b:2, d:4 + c:3");
	assert_string_equal(resolved(g, "weighed:1 + c:1"), "b:2 + d:4 + a:3 + c:9");
	assert_string_equal(resolved(g, "d + e, nested"), "d:4 + e:5, b:2, c:3, a:1");
}

/* Every use that is read is the same when it is written out and read again. */
static void uses_random(void **state)
{
	(void)state;
	for (int round = 0; round < 2000; round++) {
		char text[400], groups[1000], first[2000];
		size_t n = 0, m = 0;
		unsigned left = 31;
		char pool[3][40] = {"", "", ""};

		/* Groups of one, two and two uplinks, then a use of what is left over. */
		for (int i = 0; i < 3; i++) {
			char x = (char)('a' + rnd_below(5)), y = (char)('a' + rnd_below(5));
			if (x == y)
				snprintf(pool[i], sizeof(pool[i]), "%c:%u", x, 1 + rnd_below(256));
			else
				snprintf(pool[i], sizeof(pool[i]), "%c:%u+%c", x, 1 + rnd_below(9),
					 y);
			m += (size_t)snprintf(groups + m, sizeof(groups) - m,
					      "[group g%d]\nuse=%s\n", i, pool[i]);
		}
		unsigned group = rnd_below(3), parts = 1 + rnd_below(4);
		for (unsigned i = 0; i < parts; i++) {
			char c = (char)('a' + rnd_below(5));
			if (!(left & 1u << (c - 'a')) || strchr(pool[group], c))
				continue;
			left &= ~(1u << (c - 'a'));
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%c",
					      !n	     ? ""
					      : rnd_below(2) ? " + "
							     : ",",
					      c);
			if (rnd_below(2))
				n += (size_t)snprintf(text + n, sizeof(text) - n, ":%u",
						      1 + rnd_below(256));
		}
		snprintf(text + n, sizeof(text) - n, "%sg%u", n ? "," : "", group);
		snprintf(first, sizeof(first), "%s", resolved(groups, text));
		for (size_t t = 0; t < conf.default_use.n; t++)
			for (size_t i = 0; i < conf.default_use.tier[t].n; i++)
				assert_in_range(conf.default_use.tier[t].member[i].weight, 1, 256);
		assert_string_equal(resolved("", first), first);
	}
}

static void not_text(void **state)
{
	static const char zero[] = "[uplink a]\ninterface = e\0th0\n";

	(void)state;
	err = ERR_INIT;
	config_free(&conf);
	assert_int_equal(config_parse("x", zero, sizeof(zero) - 1, &conf, &err), -EINVAL);
	assert_string_equal(line(),
			    "x:2:14: not a text file: it has a byte 0x00 (the configuration "
			    "is plain text, best in UTF-8)");
	bad("[uplink a]\rinterface = eth0\r",
	    "x.conf:1:11: not a text file: it has a byte 0x0d (the configuration is plain text, "
	    "best in UTF-8)");
	bad("\x7f"
	    "ELF",
	    "x.conf:1:1: not a text file: it has a byte 0x7f (the configuration is "
	    "plain text, best in UTF-8)");
	bad("", "x.conf: there is no [uplink NAME] section (write one for each way out: [uplink "
		"isp1], and below it interface = DEVICE)");
	good("[uplink a] # \xc3\xa4 and, from elsewhere, \xe4\ninterface = eth0\r");
}

static void long_lines(void **state)
{
	struct arena a = {0};
	size_t n = 1 << 20;
	char *text = arena_alloc(&a, n + 200), *p = text;

	(void)state;
	p += sprintf(p, "[uplink a]\ninterface =");
	memset(p, ' ', n);
	p += n;
	sprintf(p, "eth0 # end");
	good(text);
	assert_string_equal(conf.uplink[0].interface, "eth0");
	assert_int_equal(conf.uplink[0].interface_place.column, n + 12);
	sprintf(p, "eth/0");
	assert_true(parse(text) < 0);
	char want[40];
	snprintf(want, sizeof(want), "x.conf:2:%zu", n + 12);
	assert_string_equal(err.where, want);
	arena_free(&a);
}

static void limits(void **state)
{
	struct arena a = {0};
	char *text = arena_alloc(&a, 4 << 20), *p = text;
	unsigned n = 256;

	(void)state;
	for (unsigned i = 1; i <= n; i++)
		p += sprintf(p, "[uplink u%u]\ninterface=e%u\n", i, i);
	assert_true(parse(text) < 0);
	assert_string_equal(err.where, "x.conf:511:9");
	p += sprintf(p, "[multihome]\nmark-mask=0xfff00000\n");
	good(text);
	assert_int_equal(conf.uplink_n, n);
	assert_int_equal(conf.default_use.tier[0].n, n);
	/* 1010 + 90 .. 32764 */
	unsigned most = 32764 - 1100 + 1;
	for (unsigned i = 0; i < most; i++)
		p += sprintf(p, "[policy p%u]\niif=lo\nuse=u%u,u1\n", i, i % 255 + 2);
	good(text);
	assert_int_equal(conf.policy_n, most);
	sprintf(p, "[policy one-more]\niif=lo\nuse=u1\n");
	assert_true(parse(text) < 0);
	assert_non_null(strstr(err.msg, "priorities 1010 to 32765"));
	arena_free(&a);
}

static void write_text(const char *path, const char *text)
{
	assert_int_equal(file_write(path, text, strlen(text), 0644, NULL), 0);
}

static const char *read_path(const char *path)
{
	err = ERR_INIT;
	config_free(&conf);
	return config_read(path, &conf, &err) < 0 ? line() : "good";
}

static void files(void **state)
{
	char want[700], dir[] = "/tmp/multihome-config.XXXXXX";
	struct arena a = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	char *path = arena_printf(&a, "%s/m.conf", dir);
	char *folder = arena_printf(&a, "%s/m.conf.d", dir);
	char *z = arena_printf(&a, "%s/z.conf", folder), *b = arena_printf(&a, "%s/B.conf", folder);
	char *hidden = arena_printf(&a, "%s/.x.conf", folder);
	char *other = arena_printf(&a, "%s/readme", folder);

	snprintf(want, sizeof(want),
		 "%s: cannot read the configuration: No such file or directory (write it: a "
		 "section [uplink NAME] with a line \"interface = DEVICE\" for each way out is "
		 "enough)",
		 path);
	assert_string_equal(read_path(path), want);
	snprintf(want, sizeof(want),
		 "%s: cannot read the configuration: Is a directory (name the "
		 "file; more files go into the folder FILE.d)",
		 dir);
	assert_string_equal(read_path(dir), want);
	write_text(path, "[uplink a]\ninterface = eth0\n[multihome]\ndefault = b, z, a\n");
	assert_int_equal(mkdir(folder, 0755), 0);
	write_text(z, "[uplink z]\ninterface = eth1\n");
	write_text(b, "[uplink b]\ninterface = eth2\n[multihome]\nwhen-all-down = unreachable\n");
	write_text(hidden, "rubbish");
	write_text(other, "rubbish");
	assert_string_equal(read_path(path), "good");
	assert_int_equal(conf.uplink_n, 3);
	assert_string_equal(conf.uplink[1].name, "b");
	assert_string_equal(conf.uplink[2].name, "z");
	assert_string_equal(conf.uplink[2].place.file, z);
	assert_string_equal(use_text(&conf.default_use), "b:1, z:1, a:1");
	write_text(z, "\n[uplink a]\ninterface = eth1\n");
	snprintf(want, sizeof(want),
		 "%s:2:9: there is a [uplink a] already, at %s:1:9 (give one of "
		 "them another name)",
		 z, path);
	assert_string_equal(read_path(path), want);
	write_text(z, "weight = 3\n"); /* no section is carried from one file to the next */
	assert_non_null(strstr(read_path(path), "stands before the first section"));
	for (char **f = (char *[]){z, b, hidden, other, path, NULL}; *f; f++)
		unlink(*f);
	rmdir(folder);
	rmdir(dir);
	arena_free(&a);
}

/* What the project itself shows to people. */
static void examples(void **state)
{
	struct arena a = {0};
	char *text, *part, *end;
	size_t len;

	(void)state;
	assert_int_equal(file_read(&a, "packaging/multihome.conf", &text, &len, NULL), 0);
	good(text);
	assert_int_equal(conf.uplink_n, 2);
	/* With every line in force that only waits for it; the first of two defaults. */
	for (char *p = text; (p = strstr(p, "\n#")); p++)
		if (p[2] != ' ' && p[2] != '\n' && strncmp(p + 2, "default = isp1:3", 16) != 0)
			p[1] = ' ';
	good(text);
	assert_int_equal(conf.policy_n, 2);
	assert_int_equal(file_read(&a, "README.md", &text, &len, NULL), 0);
	assert_non_null(part = strstr(text, "```ini\n"));
	assert_non_null(end = strstr(part + 7, "```"));
	*end = 0;
	good(part + 7);
	assert_int_equal(file_read(&a, MAN, &text, &len, NULL), 0);
	part = text;
	for (int i = 0; i < 2; i++) {
		assert_non_null(part = strstr(part, "\n.EX\n"));
		assert_non_null(end = strstr(part + 5, "\n.EE"));
		*end = 0;
		part += 5;
		if (i) /* not every machine has this user */
			memcpy(strstr(part, "= backup"), "= root  ", 8);
		good(part);
		part = end + 1;
	}
	assert_string_equal(use_text(&conf.default_use), "fibre:3 + dsl:1, lte:1");
	arena_free(&a);
}

/* A man page's list of one section's keys. */
struct list {
	const char *section;
	char *text;
	struct arena *a;
};

static char *roff(struct arena *a, const char *s)
{
	char *text = arena_alloc(a, 2 * strlen(s) + 1), *p = text;

	for (; *s; s++) {
		if (*s == '-' || *s == '\\')
			*p++ = '\\';
		*p++ = *s;
	}
	return text;
}

static void add_key(void *arg, const char *section, const char *key, const char *value,
		    const char *dflt, const char *help)
{
	struct list *l = arg;

	if (strcmp(section, l->section) != 0)
		return;
	char *say = roff(l->a, help);
	say[0] = (char)(say[0] >= 'a' && say[0] <= 'z' && say[1] != 'P' ? say[0] - 32 : say[0]);
	const char *without =
		dflt ? arena_printf(l->a, "Default: %s.", roff(l->a, dflt)) : "It must be there.";
	l->text = arena_printf(l->a, "%s.TP\n.BI %s\\ =\\  \"%s\"\n%s.\n%s\n", l->text,
			       roff(l->a, key), roff(l->a, value), say, without);
}

static void man_page(void **state)
{
	static const char *const section[] = {"multihome", "uplink", "group", "policy", "hook"};
	struct arena a = {0};
	char *text, *rest, *all = NULL;
	size_t len;

	(void)state;
	assert_int_equal(file_read(&a, MAN, &text, &len, NULL), 0);
	rest = text;
	for (size_t i = 0; i < ARRAY_SIZE(section); i++) {
		struct list l = {section[i], arena_strdup(&a, ""), &a};
		config_each_key(add_key, &l);
		assert_true(*l.text);
		char *mark = arena_printf(&a, ".\\\" keys of [%s]", section[i]);
		char *begin = strstr(rest, mark), *end = strstr(rest, ".\\\" end\n");
		assert_non_null(begin);
		begin = strchr(begin, '\n') + 1;
		assert_true(end >= begin);
		if (!updating() && strncmp(begin, l.text, (size_t)(end - begin)) != 0)
			fail_msg(MAN ": the keys of [%s] differ from the schema; MH_UPDATE=1 %s",
				 section[i], "build/test_config writes them");
		all = arena_printf(&a, "%s%.*s%s.\\\" end\n", all ? all : "", (int)(begin - rest),
				   rest, l.text);
		rest = end + strlen(".\\\" end\n");
	}
	if (updating())
		write_text(MAN, arena_printf(&a, "%s%s", all, rest));
	else
		assert_string_equal(arena_printf(&a, "%s%s", all, rest), text);
	arena_free(&a);
}

/* Whatever is broken in a good text: it is taken, or there is one error with place and message. */
static void mutations(void **state)
{
	static const char text[] =
		"[multihome]\ndefault = all:1 + c:2\nmark-mask = 0xff00\n"
		"[uplink a]\ninterface = eth0\naddress = 192.0.2.8/24 2001:db8::8\ngateway = "
		"192.0.2.1\nnat = snat 192.0.2.8\nweight = 3\n"
		"[uplink b]\ninterface = eth1\ntable = 100\nfamily = ipv4\n"
		"[uplink c]\ninterface = eth1\ngateway = none\n"
		"[group all]\nuse = a + b\n"
		"[policy p]\nfrom = 10.0.0.0/8, 10.1.0.0/16\nproto = tcp\ndport = 80-90\nuse = b, a\n"
		"[policy q]\nuid = 1-2\nmark = 1/3\ndscp = EF\nuse = all, c # x\n";
	static const char bytes[] = "\n\n []=#:,+-/.0123456789abcdefx\t\r;\"\\\x01\xff";
	unsigned taken = 0;

	(void)state;
	good(text);
	for (int i = 0; i < 20000; i++) {
		char broken[sizeof(text) + 8];
		size_t len = sizeof(text) - 1;
		memcpy(broken, text, sizeof(text));
		for (unsigned k = 1 + rnd_below(4); k; k--) {
			size_t at = rnd_below((uint32_t)len);
			switch (rnd_below(3)) {
			case 0:
				broken[at] = bytes[rnd_below(sizeof(bytes) - 1)];
				break;
			case 1:
				memmove(broken + at, broken + at + 1, len - at);
				len--;
				break;
			default:
				memmove(broken + at + 1, broken + at, len - at + 1);
				broken[at] = bytes[rnd_below(sizeof(bytes) - 1)];
				len++;
			}
		}
		broken[len] = 0;
		if (parse(broken) >= 0) {
			taken++;
			continue;
		}
		assert_int_equal(err.code, -EINVAL);
		assert_ptr_equal(strstr(err.where, "x.conf"), err.where);
		assert_true(*err.msg && !strpbrk(line(), "\n\r"));
	}
	assert_in_range(taken, 500, 19500);
}

/*
 * One wrong letter in a key, but not the first, which is all that tells some keys apart: the key is
 * named in the hint.
 */
static void one_typo(void *arg, const char *section, const char *key, const char *value,
		     const char *dflt, const char *help)
{
	char text[200], want[100];
	size_t n = strlen(key), at = 1 + rnd_below((uint32_t)n - 1);
	unsigned *seen = arg;

	(void)value, (void)dflt;
	assert_true(*help);
	++*seen;
	if (n < 5) /* "useX" is near use and user */
		return;
	snprintf(text, sizeof(text), "[%s%s]\n%.*sX%s = 1\n", section,
		 strcmp(section, "multihome") ? " a" : "", (int)at, key, key + at + 1);
	assert_true(parse(text) < 0);
	snprintf(want, sizeof(want), "did you mean \"%s\"?", key);
	assert_string_equal(err.hint, want);
}

static void typos(void **state)
{
	unsigned seen = 0;

	(void)state;
	config_each_key(one_typo, &seen);
	assert_true(seen > 20);
}

static int done(void **state)
{
	(void)state;
	config_free(&conf);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(least),    cmocka_unit_test(everything),
		cmocka_unit_test(uses),	    cmocka_unit_test(uses_random),
		cmocka_unit_test(not_text), cmocka_unit_test(long_lines),
		cmocka_unit_test(limits),   cmocka_unit_test(files),
		cmocka_unit_test(man_page), cmocka_unit_test(examples),
		cmocka_unit_test(typos),    cmocka_unit_test(mutations),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, done);
}
