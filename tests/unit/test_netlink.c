/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attribute tables on random objects and damaged bytes; the socket against the kernel. */
#include "unit.h"

#include "model/snapshot.h"

#include <errno.h>

static const struct attr_set *const sets[] = {&link_attrs, &address_attrs, &neigh_attrs,
					      &rule_attrs, &route_attrs};

union object_of_any_kind {
	uint64_t has;
	struct link link;
	struct address address;
	struct neigh neigh;
	struct rule rule;
	struct route route;
	uint8_t bytes[sizeof(struct link)];
};

static uint8_t pool[64];

static void random_member(const struct attr *a, uint8_t *p)
{
	switch ((enum attr_kind)a->kind) {
	case ATTR_STR:
		memset(p, 0, a->size);
		for (unsigned i = 0; i < 1 + rnd_below(a->size - 1u); i++)
			p[i] = (uint8_t)('a' + rnd_below(26));
		break;
	case ATTR_ADDR:
	case ATTR_VIA: {
		struct ip_addr *ip = (void *)p;
		*ip = (struct ip_addr){.family = rnd_below(2) ? AF_INET : AF_INET6};
		rnd_bytes(ip->b, ip_bytes(ip->family));
		break;
	}
	case ATTR_LLADDR: {
		struct lladdr *ll = (void *)p;
		ll->len = (uint8_t)rnd_below(33);
		rnd_bytes(ll->b, ll->len);
		break;
	}
	case ATTR_REF:
	case ATTR_NESTED:
		*(struct nl_ref *)(void *)p = (struct nl_ref){pool, (uint16_t)rnd_below(64)};
		break;
	default:
		rnd_bytes(p, a->size);
		break;
	}
}

static void random_object(const struct attr_set *s, union object_of_any_kind *o)
{
	memset(o, 0, sizeof(*o));
	rnd_bytes(o->bytes + s->header_off, s->header_size);
	for (unsigned f = 0; f < s->n; f++)
		if (s->row[f].type && rnd_below(2)) {
			random_member(&s->row[f], o->bytes + s->row[f].off);
			o->has |= HAS(f);
		}
}

static void what_is_encoded_is_decoded(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		const struct attr_set *s = sets[i % 5];
		union object_of_any_kind a, b;
		struct nl_msg ma, mb;
		random_object(s, &a);
		assert_int_equal(0, nl_msg_object(&ma, 1, 0, s, &a, NULL));
		assert_int_equal(0, attr_decode_msg(s, &ma.h, &b, NULL));
		assert_true(a.has == b.has);
		assert_int_equal(0, nl_msg_object(&mb, 1, 0, s, &b, NULL));
		assert_int_equal(ma.h.nlmsg_len, mb.h.nlmsg_len);
		assert_memory_equal(ma.buf, mb.buf, ma.h.nlmsg_len);
	}
}

static void damaged_bytes_are_survived(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		const struct attr_set *s = sets[i % 5];
		union object_of_any_kind a;
		struct nl_msg m;
		random_object(s, &a);
		assert_int_equal(0, nl_msg_object(&m, 1, 0, s, &a, NULL));
		/* Exactly as large as it says, so that a sanitizer sees a byte too many. */
		uint32_t len = rnd_below(m.h.nlmsg_len + 1);
		uint8_t *copy = malloc(len < NLMSG_HDRLEN ? (size_t)NLMSG_HDRLEN : len);
		memcpy(copy, m.buf, len < NLMSG_HDRLEN ? (size_t)NLMSG_HDRLEN : len);
		struct nlmsghdr *h = (void *)copy;
		h->nlmsg_len = len;
		for (unsigned k = rnd_below(4); k && len > NLMSG_HDRLEN; k--)
			copy[NLMSG_HDRLEN + rnd_below(len - (uint32_t)NLMSG_HDRLEN)] ^=
				(uint8_t)(1u << rnd_below(8));
		int rc = attr_decode_msg(s, h, &a, NULL);
		assert_true(rc == 0 || rc == -EBADMSG);
		free(copy);
	}
}

static void a_message_that_is_full_says_so(void **state)
{
	uint8_t buf[48];
	struct nlmsghdr *h = (void *)buf;
	struct rule r = {
		.has = HAS(RULE_IIF) | HAS(RULE_OIF), .iif = "abcdefghijklm", .oif = "nopq"};
	struct err e = ERR_INIT;

	(void)state;
	*h = (struct nlmsghdr){.nlmsg_len = NLMSG_HDRLEN};
	assert_int_equal(-EMSGSIZE, attr_encode_msg(&rule_attrs, &r, h, sizeof(buf), &e));
	assert_non_null(strstr(e.msg, "rule"));
	assert_true(h->nlmsg_len <= sizeof(buf));
}

static struct nl *open_nl(void)
{
	struct nl *nl = NULL;

	assert_int_equal(0, nl_open(&nl, NETLINK_ROUTE, 0, NULL));
	return nl;
}

static struct rule a_rule(uint32_t priority)
{
	return (struct rule){.h = {.family = AF_INET, .action = FR_ACT_TO_TBL},
			     .priority = priority,
			     .table = 100,
			     .has = HAS(RULE_PRIORITY) | HAS(RULE_TABLE)};
}

static uint64_t next_cookie;
static unsigned refused;

static int hear(uint64_t cookie, const struct nlmsghdr *req, const struct err *result, void *arg,
		struct err *e)
{
	(void)req;
	(void)arg;
	(void)e;
	assert_int_equal(next_cookie, cookie);
	next_cookie++;
	/* Every third request asks for what is there already. */
	assert_int_equal(cookie % 3 == 2 ? -EEXIST : 0, result->code);
	refused += result->code != 0;
	return 0;
}

static void a_pipeline_matches_answers_to_requests(void **state)
{
	struct nl_pipe *p;

	(void)state;
	NEED_NAMESPACES();
	struct nl *nl = open_nl();
	assert_int_equal(0, nl_pipe_open(&p, nl, hear, NULL, NULL));
	for (uint32_t i = 0; i < 999; i++) {
		struct rule r = a_rule(1000 + (i % 3 == 2 ? i - 1 : i));
		struct nl_msg m;
		rule_message(&m, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &r, NULL);
		assert_int_equal(0, nl_pipe_add(p, &m.h, i, NULL));
	}
	assert_int_equal(0, nl_pipe_flush(p, NULL));
	assert_int_equal(999, next_cookie);
	assert_int_equal(333, refused);
	nl_pipe_close(p);

	struct snapshot s;
	assert_int_equal(0, snapshot_take(nl, SNAPSHOT_RULES, &s, NULL));
	unsigned found = 0;
	for (size_t i = 0; i < s.rule_n; i++)
		found += s.rule[i].table == 100;
	assert_int_equal(666, found);
	snapshot_free(&s);
	nl_close(nl);
}

static void the_kernel_names_the_attribute_it_refuses(void **state)
{
	struct err e = ERR_INIT;
	struct nl_msg m;

	(void)state;
	NEED_NAMESPACES();
	struct nl *nl = open_nl();
	struct rule r = a_rule(5);
	r.suppress_prefixlen = 1;
	set_has(&r, RULE_SUPPRESS_PREFIXLEN);
	r.sport = (struct fib_rule_port_range){9, 3}; /* from greater to smaller */
	set_has(&r, RULE_SPORT);
	rule_message(&m, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &r, NULL);
	assert_int_equal(-EINVAL, nl_talk(nl, &m.h, NULL, NULL, &e));
	assert_non_null(strstr(e.msg, "Invalid"));
	if (e.ext_off)
		assert_string_equal("sport", attr_name_at(&rule_attrs, &m.h, e.ext_off));
	nl_close(nl);
}

static int count(const struct nlmsghdr *h, void *arg, struct err *e)
{
	(void)e;
	if (h->nlmsg_type == RTM_NEWRULE || h->nlmsg_type == RTM_DELRULE)
		++*(unsigned *)arg;
	return 0;
}

static void notifications_arrive(void **state)
{
	struct nl_msg m;
	unsigned n = 0;

	(void)state;
	NEED_NAMESPACES();
	struct nl *nl = open_nl(), *listener = open_nl();
	assert_int_equal(0, nl_join(listener, RTNLGRP_IPV4_RULE, NULL));
	assert_int_equal(0, nl_receive(listener, count, &n, NULL));
	struct rule r = a_rule(7);
	rule_message(&m, RTM_NEWRULE, NLM_F_CREATE, &r, NULL);
	assert_int_equal(0, nl_talk(nl, &m.h, NULL, NULL, NULL));
	rule_message(&m, RTM_DELRULE, 0, &r, NULL);
	assert_int_equal(0, nl_talk(nl, &m.h, NULL, NULL, NULL));
	while (nl_receive(listener, count, &n, NULL) > 0)
		;
	assert_int_equal(2, n);
	nl_close(listener);
	nl_close(nl);
}

static int stop(const struct nlmsghdr *h, void *arg, struct err *e)
{
	(void)h;
	++*(unsigned *)arg;
	return err_set(e, -ECANCELED, "enough");
}

static void a_dump_that_is_given_up_leaves_the_socket_in_step(void **state)
{
	struct nl_msg m;
	struct err e = ERR_INIT;
	unsigned calls = 0;
	struct snapshot s;

	(void)state;
	NEED_NAMESPACES();
	struct nl *nl = open_nl();
	struct rule r = {.h.family = AF_INET};
	nl_msg_object(&m, RTM_GETRULE, 0, &rule_attrs, &r, NULL);
	assert_int_equal(-ECANCELED, nl_dump(nl, &m.h, stop, &calls, &e));
	assert_int_equal(1, calls);
	assert_string_equal("enough", e.msg);
	assert_int_equal(0, snapshot_take(nl, SNAPSHOT_ALL, &s, NULL));
	assert_true(s.link_n >= 1 && s.rule_n >= 5);
	assert_string_equal("lo", devices_name(s.devices, 1));
	snapshot_free(&s);
	nl_close(nl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_is_decoded),
		cmocka_unit_test(damaged_bytes_are_survived),
		cmocka_unit_test(a_message_that_is_full_says_so),
		cmocka_unit_test(a_pipeline_matches_answers_to_requests),
		cmocka_unit_test(the_kernel_names_the_attribute_it_refuses),
		cmocka_unit_test(notifications_arrive),
		cmocka_unit_test(a_dump_that_is_given_up_leaves_the_socket_in_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
