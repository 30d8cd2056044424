/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kinds of interfaces: their tables are whole, and what is written is read back. */
#include "unit.h"

#include "base/cleanup.h"
#include "ip/run.h"
#include "model/kind_value.h"

#define FOR_KINDS(k) for (const struct link_kind *k = link_kinds; k->name; k++)

union data {
	struct object o;
	char room[KIND_DATA_MAX];
};

struct check {
	const struct attr_set *set;
	unsigned words;
};

static bool check_word(const struct kind_word *w, void *arg)
{
	struct check *c = arg;

	assert_in_range(w->row, 0, c->set->n - 1);
	assert_non_null(w->value);
	assert_non_null(w->value->parse);
	assert_true(c->set->row[w->row].kind != ATTR_NONE);
	c->words++;
	return false;
}

static void every_word_has_a_row_and_a_reader(void **state)
{
	(void)state;
	FOR_KINDS(k)
	{
		struct kind_word w;
		struct check c = {k->data, 0}, port = {k->slave, 0};
		if (k->data) {
			assert_false(kind_find_word(k, false, check_word, &c, &w));
			assert_true(c.words > 0);
		}
		if (k->slave)
			assert_false(kind_find_word(k, true, check_word, &port, &w));
	}
}

static void no_two_rows_share_an_attribute(void **state)
{
	(void)state;
	FOR_KINDS(k)
	{
		uint64_t seen[4] = {0};
		for (unsigned i = 0; k->data && i < k->data->n; i++) {
			const struct attr *a = &k->data->row[i];
			if (a->kind == ATTR_NONE)
				continue;
			assert_true(a->type > 0 && a->type < k->data->types);
			assert_false(seen[a->type / 64] >> a->type % 64 & 1);
			seen[a->type / 64] |= UINT64_C(1) << a->type % 64;
		}
	}
}

/* The options of a command, as IFLA_INFO_DATA. */
static struct nl_ref options_of(struct ip *ip, const char *line, struct arena *arena)
{
	char *room = arena_strdup(arena, line), *word[64], *at = NULL;
	struct err e = ERR_INIT;
	struct parser p;
	int n = 0;

	for (char *w = strtok_r(room, " ", &at); w; w = strtok_r(NULL, " ", &at))
		word[n++] = w;
	if (ip_parse(ip, word, n, &p, &e) < 0)
		fail_msg("%s: %s", line, e.msg);
	const struct link *l = p.obj;
	struct nl_ref r = link_info_data(l);
	r.p = arena_dup(arena, r.p, r.len);
	arena_free(&ip->arena);
	return r;
}

static void what_is_written_is_read_back(void **state)
{
	static const char *const lines[] = {
		"link add t0 type vlan id 5 gvrp on ingress-qos-map 1:2 3:4",
		"link add t0 type vxlan id 5 group ff02::5 dev lo dstport 4789 srcport 1 2 ttl inherit",
		"link add t0 type macvlan mode source macaddr set 00:00:5e:00:53:01 00:00:5e:00:53:02",
		"link add t0 type ipvlan mode l3s private",
		"link add t0 type bond mode 4 arp_ip_target 10.0.0.1,10.0.0.2 primary lo",
		"link add t0 type gre remote 10.0.0.1 key 5 seq ocsum encap fou encap-dport 7",
		"link add t0 type ip6gre remote ::1 tclass inherit flowlabel 12 fwmark inherit",
		"link add t0 type ipip remote 10.0.0.1 ttl 7 dev lo",
		"link add t0 type sit local 10.0.0.1 6rd-prefix 2001:db8::/32 isatap",
		"link add t0 type ip6tnl mode ipip6 encaplimit none allow-localremote",
		"link add t0 type vti ikey 1.2.3.4 okey 5",
		"link add t0 type vrf table 7",
	};
	struct ip *ip = *state;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct arena arena = {NULL};
		struct nl_ref r = options_of(ip, lines[i], &arena);
		const struct link_kind *k = NULL;
		union data u = {.o.has = 0};
		struct nl_msg m;
		FOR_KINDS(each)
		{
			char type[40];
			snprintf(type, sizeof(type), "type %s ", each->name);
			k = strstr(lines[i], type) ? each : k;
		}
		assert_non_null(k);
		assert_true(r.len > 0);
		assert_int_equal(attr_decode_ref(k->data, r, &u, NULL), 0);
		nl_msg_init(&m, 0, 0);
		uint32_t start = m.h.nlmsg_len;
		assert_int_equal(attr_encode(k->data, &u, &m.h, sizeof(m.buf), NULL), 0);
		assert_int_equal(m.h.nlmsg_len - start, r.len);
		assert_memory_equal(m.buf + start, r.p, r.len);
		arena_free(&arena);
	}
}

static void a_mistyped_option_is_blamed(void **state)
{
	char *word[] = {"link", "add", "t0", "type", "vxlan", "id", "5", "remot3", "10.0.0.1"};
	struct err e = ERR_INIT;
	struct ip *ip = *state;
	struct parser p;

	assert_true(ip_parse(ip, word, ARRAY_SIZE(word), &p, &e) < 0);
	assert_int_equal(ip->blame, 7);
	assert_non_null(strstr(e.hint, "remote"));
	arena_free(&ip->arena);
}

static void help_lists_every_option(void **state)
{
	struct out o;

	(void)state;
	FOR_KINDS(k)
	{
		out_init(&o, -1);
		help_kind(&o, k->name);
		assert_non_null(strstr(out_str(&o), k->name));
		out_free(&o);
	}
	out_init(&o, -1);
	help_kind(&o, "vxlan");
	for (const char *const *w =
		     (const char *const[]){"id|vni VNI", "noudpcsum", "srcport MIN MAX",
					   "df { unset | set | inherit }", NULL};
	     *w; w++)
		assert_non_null(strstr(out_str(&o), *w));
	out_free(&o);
}

static int setup(void **state)
{
	static struct ip ip;

	ip_init(&ip, -1);
	ip.devices = devices_new(NULL);
	devices_add(ip.devices, 1, "lo");
	*state = &ip;
	return 0;
}

static int teardown(void **state)
{
	ip_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_has_a_row_and_a_reader),
		cmocka_unit_test(no_two_rows_share_an_attribute),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_mistyped_option_is_blamed),
		cmocka_unit_test(help_lists_every_option),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
