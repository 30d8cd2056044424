/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip tunnel: what is said, as the request that it makes, read again and shown. The lines wanted are
 * those of Debian's ip for tunnels made so (iproute2 6.1, seen in a guest).
 */
#include "typed.h"
#include "unit.h"

#include "ip/tunnel.h"

/* Parses and encodes; the kernel's answer would bear the same attributes. */
static void request(struct ip *ip, const char *line, struct nl_msg *m)
{
	struct parser p;
	struct err e = ERR_INIT;

	if (typed_parse(ip, line, &p, &e) < 0 || tunnel_add_message(&p, m, &e) < 0)
		fail_msg("\"%s\": %s", line, e.msg);
}

static const char *shown(struct ip *ip, const char *line, bool json, struct out *o)
{
	struct print p = {.o = o, .names = ip->names, .devices = ip->devices, .json = json};
	struct tunnel_link l;
	struct err e = ERR_INIT;
	struct nl_msg m;

	request(ip, line, &m);
	m.h.nlmsg_type = RTM_NEWLINK;
	assert_int_equal(tunnel_decode(&m.h, &l, &e), 1);
	o->len = 0;
	jw_init(&p.j, o, false);
	tunnel_print(&p, &l, false);
	return out_str(o);
}

static void a_tunnel_is_shown_as_it_was_said(void **state)
{
	static const struct {
		const char *line, *text, *json;
	} cases[] = {
		{"tunnel add t0 mode ipip remote 192.0.2.9 local 192.0.2.1",
		 "t0: ip/ip remote 192.0.2.9 local 192.0.2.1 ttl inherit\n",
		 "{\"ifname\":\"t0\",\"mode\":\"ip/ip\",\"remote\":\"192.0.2.9\","
		 "\"local\":\"192.0.2.1\"}\n"},
		{"tunnel add t1 mode gre remote 192.0.2.11 key 5 csum seq ttl 7 tos 0x10",
		 "t1: gre/ip remote 192.0.2.11 local any ttl 7 tos 0x10 key 5\n"
		 "  Drop packets out of sequence.\n"
		 "  Checksum in received packet is required.\n"
		 "  Sequence packets on output.\n"
		 "  Checksum output packets.\n",
		 "{\"ifname\":\"t1\",\"mode\":\"gre/ip\",\"remote\":\"192.0.2.11\","
		 "\"local\":\"0.0.0.0\",\"ttl\":7,\"tos\":\"0x10\",\"key\":5,"
		 "\"flags\":[\"rx_drop_ooseq\",\"rx_csum\",\"tx_seq\",\"tx_csum\"]}\n"},
		{"tunnel add x mode gre remote 239.1.1.1 local 192.0.2.1 ttl 5 tos inherit/0x10",
		 "x: gre/ip remote 239.1.1.1 local 192.0.2.1 ttl 5 tos inherit/0x10 "
		 "key 4009820417\n",
		 "{\"ifname\":\"x\",\"mode\":\"gre/ip\",\"remote\":\"239.1.1.1\","
		 "\"local\":\"192.0.2.1\",\"ttl\":5,\"tos\":\"0x11\",\"key\":4009820417,"
		 "\"flags\":[]}\n"},
		{"tunnel add gre1 local 192.0.2.1 dev eth0 ikey 1 okey 2 nopmtudisc tos inherit",
		 "gre1: gre/ip remote any local 192.0.2.1 dev eth0 ttl inherit tos inherit "
		 "nopmtudisc ikey 1 okey 2\n",
		 "{\"ifname\":\"gre1\",\"mode\":\"gre/ip\",\"remote\":\"0.0.0.0\","
		 "\"local\":\"192.0.2.1\",\"dev\":\"eth0\",\"nopmtudisc\":null,\"ikey\":1,"
		 "\"okey\":2,\"flags\":[]}\n"},
		{"tunnel add s0 mode sit remote 192.0.2.3 local 192.0.2.1",
		 "s0: ipv6/ip remote 192.0.2.3 local 192.0.2.1 ttl inherit\n",
		 "{\"ifname\":\"s0\",\"mode\":\"ipv6/ip\",\"remote\":\"192.0.2.3\","
		 "\"local\":\"192.0.2.1\"}\n"},
		{"tunnel add v1 mode vti remote 192.0.2.5 local 192.0.2.1 key 5",
		 "v1: ip/ip remote 192.0.2.5 local 192.0.2.1 ttl inherit key 5\n",
		 "{\"ifname\":\"v1\",\"mode\":\"ip/ip\",\"remote\":\"192.0.2.5\","
		 "\"local\":\"192.0.2.1\",\"key\":5}\n"},
		{"tunnel add t6 mode ip6ip6 remote 2001:db8::1 local 2001:db8::2",
		 "t6: ipv6/ipv6 remote 2001:db8::1 local 2001:db8::2 encaplimit 4 hoplimit 64 "
		 "tclass 0x00 flowlabel 0x00000 (flowinfo 0x00000000)\n",
		 "{\"ifname\":\"t6\",\"mode\":\"ipv6/ipv6\",\"remote\":\"2001:db8::1\","
		 "\"local\":\"2001:db8::2\",\"encap_limit\":4,\"hoplimit\":64,"
		 "\"tclass\":\"0x00\",\"flowlabel\":\"0x00000\",\"flowinfo\":\"0x00000000\"}\n"},
		{"tunnel add g6 mode ip6gre remote 2001:db8::6 local 2001:db8::2 ikey 7 csum "
		 "hoplimit 5 tclass 0x20 flowlabel 12 dscp inherit",
		 "g6: gre/ipv6 remote 2001:db8::6 local 2001:db8::2 encaplimit 4 hoplimit 5 "
		 "tclass 0x20 flowlabel 0x00012 (flowinfo 0x02000012) dscp inherit ikey 7\n"
		 "  Checksum in received packet is required.\n"
		 "  Checksum output packets.\n",
		 "{\"ifname\":\"g6\",\"mode\":\"gre/ipv6\",\"remote\":\"2001:db8::6\","
		 "\"local\":\"2001:db8::2\",\"encap_limit\":4,\"hoplimit\":5,"
		 "\"tclass\":\"0x20\",\"flowlabel\":\"0x00012\",\"flowinfo\":\"0x02000012\","
		 "\"ip6_tnl_f_rcv_dscp_copy\":null,\"ikey\":7,\"flags\":[\"rx_csum\","
		 "\"tx_csum\"]}\n"},
		{"tunnel add g7 mode ip6gre remote 2001:db8::7 tclass inherit flowlabel inherit "
		 "encaplimit none dev eth0",
		 "g7: gre/ipv6 remote 2001:db8::7 local :: dev eth0 encaplimit none hoplimit 64 "
		 "tclass inherit flowlabel inherit (flowinfo 0x00000000)\n",
		 "{\"ifname\":\"g7\",\"mode\":\"gre/ipv6\",\"remote\":\"2001:db8::7\","
		 "\"local\":\"::\",\"link\":\"eth0\",\"ip6_tnl_f_ign_encap_limit\":null,"
		 "\"hoplimit\":64,\"ip6_tnl_f_use_orig_tclass\":null,"
		 "\"ip6_tnl_f_use_orig_flowlabel\":null,\"flowinfo\":\"0x00000000\","
		 "\"flags\":[]}\n"},
		{"tunnel add g8 mode any remote 2001:db8::8",
		 "g8: any/ipv6 remote 2001:db8::8 local :: encaplimit 4 hoplimit 64 "
		 "tclass 0x00 flowlabel 0x00000 (flowinfo 0x00000000)\n",
		 "{\"ifname\":\"g8\",\"mode\":\"any/ipv6\",\"remote\":\"2001:db8::8\","
		 "\"local\":\"::\",\"encap_limit\":4,\"hoplimit\":64,\"tclass\":\"0x00\","
		 "\"flowlabel\":\"0x00000\",\"flowinfo\":\"0x00000000\"}\n"},
	};
	struct out o;

	out_init(&o, -1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_string_equal(shown(*state, cases[i].line, false, &o), cases[i].text);
		assert_string_equal(shown(*state, cases[i].line, true, &o), cases[i].json);
	}
	out_free(&o);
}

/* Whatever the kernel, or somebody in its place, says: cut at every length. */
static void a_cut_message_is_no_tunnel_or_one(void **state)
{
	struct print p = {.names = ((struct ip *)*state)->names,
			  .devices = ((struct ip *)*state)->devices};
	struct nl_msg m;
	struct out o;

	out_init(&o, -1);
	p.o = &o;
	request(*state, "tunnel add g6 mode ip6gre remote 2001:db8::6 key 7 csum", &m);
	for (uint32_t len = m.h.nlmsg_len; len >= sizeof(m.h); len--) {
		struct nlmsghdr *cut = malloc(len);
		struct tunnel_link l;
		memcpy(cut, &m.h, len);
		cut->nlmsg_len = len;
		if (tunnel_decode(cut, &l, NULL) > 0)
			tunnel_print(&p, &l, true);
		free(cut);
	}
	out_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_tunnel_is_shown_as_it_was_said, typed_setup,
						typed_teardown),
		cmocka_unit_test_setup_teardown(a_cut_message_is_no_tunnel_or_one, typed_setup,
						typed_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
