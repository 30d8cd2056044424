/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kind_tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_tunnel.h>
#include <linux/ip6_tunnel.h>

enum { HOP_LIMIT = 64 }; /* iproute2's, of a new tunnel over IPv6 */

/* A table of those numbered by `N`: the rows that all have. */
#define T		 struct tunnel
#define ROW_LINK(n)	 [TUN_LINK] = {ATTR_ROW_U32(n, T, link), "dev", "link", &value_lower}
#define ROW_FWMARK(n, v) [TUN_FWMARK] = {ATTR_ROW_U32(n, T, fwmark), "fwmark", "fwmark", &v}
#define ROW_ENDS(N, v)                                                                             \
	[TUN_REMOTE] = {ATTR_ROW_ADDR(N##_REMOTE, T, remote), "remote", "remote", &v},             \
	[TUN_LOCAL] = {ATTR_ROW_ADDR(N##_LOCAL, T, local), "local", "local", &v}
#define ROW_ENCAP(N)                                                                               \
	[TUN_EXTERNAL] = {ATTR_ROW_FLAG(N##_COLLECT_METADATA), .word = "external",                 \
			  .key = "external", .value = &value_tunnel_flag},                         \
	[TUN_ENCAP_TYPE] = {ATTR_ROW_U16(N##_ENCAP_TYPE, T, encap_type), "encap", "encap",         \
			    &value_encap},                                                         \
	[TUN_ENCAP_FLAGS] = {ATTR_ROW_U16(N##_ENCAP_FLAGS, T, encap_flags), NULL, NULL, NULL},     \
	[TUN_ENCAP_SPORT] = {ATTR_ROW_BE16(N##_ENCAP_SPORT, T, encap_sport), NULL, NULL, NULL},    \
	[TUN_ENCAP_DPORT] = {ATTR_ROW_BE16(N##_ENCAP_DPORT, T, encap_dport), NULL, NULL, NULL}
#define ROW_HOP4(N)                                                                                \
	[TUN_TTL] = {ATTR_ROW_U8(N##_TTL, T, ttl), "ttl", "ttl", &value_ttl},                      \
	[TUN_TOS] = {ATTR_ROW_U8(N##_TOS, T, tos), "tos", "tos", &value_tos}
#define ROW_HOP6(N)                                                                                \
	[TUN_TTL] = {ATTR_ROW_U8(N##_TTL, T, ttl), "hoplimit", "ttl", &value_ttl},                 \
	[TUN_ENCAP_LIMIT] = {ATTR_ROW_U8(N##_ENCAP_LIMIT, T, encap_limit), "encaplimit",           \
			     "encap_limit", &value_encap_limit},                                   \
	[TUN_FLOWINFO] = {ATTR_ROW_BE32(N##_FLOWINFO, T, flowinfo), "tclass", "tclass",            \
			  &value_flowinfo},                                                        \
	[TUN_FLAGS] = {ATTR_ROW_U32(N##_FLAGS, T, flags), NULL, NULL, &value_ip6_flags}
#define ROW_KEYS(N)                                                                                \
	[TUN_IKEY] = {ATTR_ROW_BE32(N##_IKEY, T, ikey), "ikey", "ikey", &value_key},               \
	[TUN_OKEY] = {ATTR_ROW_BE32(N##_OKEY, T, okey), "okey", "okey", &value_key}
#define ROW_GRE                                                                                    \
	[TUN_IFLAGS] = {ATTR_ROW_U16(IFLA_GRE_IFLAGS, T, iflags), NULL, NULL, &value_gre_flags},   \
	[TUN_OFLAGS] = {ATTR_ROW_U16(IFLA_GRE_OFLAGS, T, oflags), NULL, NULL, NULL},               \
	[TUN_ERSPAN_INDEX] = {ATTR_ROW_U32(IFLA_GRE_ERSPAN_INDEX, T, erspan_index),                \
			      "erspan_index", "erspan_index", &value_number},                      \
	[TUN_ERSPAN_VER] = {ATTR_ROW_U8(IFLA_GRE_ERSPAN_VER, T, erspan_ver), "erspan_ver",         \
			    "erspan_ver", &value_number},                                          \
	[TUN_ERSPAN_DIR] = {ATTR_ROW_U8(IFLA_GRE_ERSPAN_DIR, T, erspan_dir), "erspan_dir",         \
			    "erspan_dir", &value_erspan_dir},                                      \
	[TUN_ERSPAN_HWID] = {ATTR_ROW_U16(IFLA_GRE_ERSPAN_HWID, T, erspan_hwid), "erspan_hwid",    \
			     "erspan_hwid", &value_hex}

static const struct attr gre_rows[] = {
	ROW_ENCAP(IFLA_GRE),
	ROW_ENDS(IFLA_GRE, value_end4),
	ROW_LINK(IFLA_GRE_LINK),
	ROW_HOP4(IFLA_GRE),
	[TUN_PMTUDISC] = {ATTR_ROW_U8(IFLA_GRE_PMTUDISC, T, pmtudisc), "pmtudisc", "pmtudisc",
			  &value_unless},
	[TUN_IGNORE_DF] = {ATTR_ROW_U8(IFLA_GRE_IGNORE_DF, T, ignore_df), "ignore-df", "ignore_df",
			   &value_yes},
	ROW_KEYS(IFLA_GRE),
	ROW_GRE,
	ROW_FWMARK(IFLA_GRE_FWMARK, value_mark),
};
ATTR_SET_NESTED(gre_attrs, "gre", gre_rows, IFLA_GRE_MAX);

static const struct attr ip6gre_rows[] = {
	ROW_ENCAP(IFLA_GRE),
	ROW_ENDS(IFLA_GRE, value_end6),
	ROW_LINK(IFLA_GRE_LINK),
	ROW_HOP6(IFLA_GRE),
	ROW_KEYS(IFLA_GRE),
	ROW_GRE,
	ROW_FWMARK(IFLA_GRE_FWMARK, value_ip6_mark),
};
ATTR_SET_NESTED(ip6gre_attrs, "ip6gre", ip6gre_rows, IFLA_GRE_MAX);

#define ROW_PROTO(v) [TUN_PROTO] = {ATTR_ROW_U8(IFLA_IPTUN_PROTO, T, proto), "", "proto", &v.value}
#define ROW_IPTUN4                                                                                 \
	ROW_ENCAP(IFLA_IPTUN), ROW_PROTO(value_proto4), ROW_ENDS(IFLA_IPTUN, value_end4),          \
		ROW_LINK(IFLA_IPTUN_LINK), ROW_HOP4(IFLA_IPTUN),                                   \
		ROW_FWMARK(IFLA_IPTUN_FWMARK, value_mark),                                         \
		[TUN_PMTUDISC] = {ATTR_ROW_U8(IFLA_IPTUN_PMTUDISC, T, pmtudisc), "pmtudisc",       \
				  "pmtudisc", &value_yes_no}

static const struct attr ipip_rows[] = {ROW_IPTUN4};
ATTR_SET_NESTED(ipip_attrs, "ipip", ipip_rows, IFLA_IPTUN_MAX);

static const struct attr sit_rows[] = {
	ROW_IPTUN4,
	[TUN_FLAGS] = {ATTR_ROW_U16(IFLA_IPTUN_FLAGS, T, sit_flags), "isatap", "isatap",
		       &value_isatap},
	[TUN_6RD_PREFIX] = {ATTR_ROW_ADDR(IFLA_IPTUN_6RD_PREFIX, T, prefix_6rd), NULL, NULL, NULL},
	[TUN_6RD_RELAY] = {ATTR_ROW_ADDR(IFLA_IPTUN_6RD_RELAY_PREFIX, T, relay_6rd), NULL, NULL,
			   NULL},
	[TUN_6RD_LEN] = {ATTR_ROW_U16(IFLA_IPTUN_6RD_PREFIXLEN, T, len_6rd), NULL, NULL, NULL},
	[TUN_6RD_RELAY_LEN] = {ATTR_ROW_U16(IFLA_IPTUN_6RD_RELAY_PREFIXLEN, T, relay_len_6rd), NULL,
			       NULL, &value_6rd},
};
ATTR_SET_NESTED(sit_attrs, "sit", sit_rows, IFLA_IPTUN_MAX);

static const struct attr ip6tnl_rows[] = {
	ROW_ENCAP(IFLA_IPTUN),
	ROW_PROTO(value_proto6),
	ROW_ENDS(IFLA_IPTUN, value_end6),
	ROW_LINK(IFLA_IPTUN_LINK),
	ROW_HOP6(IFLA_IPTUN),
	ROW_FWMARK(IFLA_IPTUN_FWMARK, value_ip6_mark),
};
ATTR_SET_NESTED(ip6tnl_attrs, "ip6tnl", ip6tnl_rows, IFLA_IPTUN_MAX);

static const struct attr vti_rows[] = {
	ROW_ENDS(IFLA_VTI, value_end4),
	ROW_LINK(IFLA_VTI_LINK),
	ROW_KEYS(IFLA_VTI),
	ROW_FWMARK(IFLA_VTI_FWMARK, value_mark),
};
ATTR_SET_NESTED(vti_attrs, "vti", vti_rows, IFLA_VTI_MAX);
#undef T

const struct kind_word *const gre_words[] = {
	tunnel_key_words, tunnel_gre_words,   tunnel_df_words,	 tunnel_end_words,
	tunnel_hop_words, tunnel_encap_words, tunnel_mark_words, NULL};
const struct kind_word *const erspan_words[] = {
	tunnel_key_words,  tunnel_gre_words,	tunnel_df_words,
	tunnel_end_words,  tunnel_hop_words,	tunnel_encap_words,
	tunnel_mark_words, tunnel_erspan_words, NULL};
const struct kind_word *const ip6gre_words[] = {
	tunnel_key_words,   tunnel_gre_words,  tunnel_end6_words,   tunnel_hop6_words,
	tunnel_encap_words, tunnel_mark_words, tunnel_erspan_words, NULL};
const struct kind_word *const ipip_words[] = {tunnel_end_words,	 tunnel_hop_words,
					      tunnel_mode_words, tunnel_encap_words,
					      tunnel_mark_words, NULL};
const struct kind_word *const sit_words[] = {tunnel_end_words,
					     tunnel_hop_words,
					     tunnel_mode_words,
					     tunnel_sit_words,
					     tunnel_encap_words,
					     tunnel_mark_words,
					     NULL};
const struct kind_word *const ip6tnl_words[] = {tunnel_mode_words, tunnel_end6_words,
						tunnel_hop6_words, tunnel_encap_words,
						tunnel_mark_words, NULL};
const struct kind_word *const vti_words[] = {tunnel_key_words, tunnel_end_words, tunnel_mark_words,
					     NULL};
const struct kind_word *const vti6_words[] = {tunnel_key_words, tunnel_end6_words,
					      tunnel_mark_words, NULL};

#define ENCAP                                                                                      \
	(HAS(TUN_ENCAP_TYPE) | HAS(TUN_ENCAP_FLAGS) | HAS(TUN_ENCAP_SPORT) | HAS(TUN_ENCAP_DPORT))
#define KEYS  (HAS(TUN_IKEY) | HAS(TUN_OKEY))
#define GRE   (KEYS | HAS(TUN_IFLAGS) | HAS(TUN_OFLAGS))
#define HOP4  (HAS(TUN_TTL) | HAS(TUN_TOS) | HAS(TUN_PMTUDISC))
#define HOP6  (HAS(TUN_TTL) | HAS(TUN_ENCAP_LIMIT) | HAS(TUN_FLOWINFO) | HAS(TUN_FLAGS))
#define IPTUN (HAS(TUN_PROTO) | HAS(TUN_LINK) | HAS(TUN_FWMARK) | ENCAP)

static void begin4(struct tunnel *t, uint64_t has)
{
	t->has = has;
	t->pmtudisc = 1;
	t->local.family = t->remote.family = AF_INET;
}

static void begin6(struct tunnel *t, uint64_t has)
{
	t->has = has;
	t->ttl = HOP_LIMIT;
	t->encap_limit = IPV6_DEFAULT_TNL_ENCAP_LIMIT;
	t->encap_flags = TUNNEL_ENCAP_FLAG_CSUM6;
	t->local.family = t->remote.family = AF_INET6;
}

void gre_begin(void *data)
{
	begin4(data, GRE | HOP4 | HAS(TUN_FWMARK) | ENCAP);
}

void erspan_begin(void *data)
{
	begin4(data, GRE | HOP4 | HAS(TUN_FWMARK) | HAS(TUN_ERSPAN_VER) | ENCAP);
	((struct tunnel *)data)->erspan_ver = 1;
}

void ip6gre_begin(void *data)
{
	begin6(data, GRE | HOP6 | HAS(TUN_FWMARK) | HAS(TUN_ERSPAN_VER) | ENCAP);
	((struct tunnel *)data)->erspan_ver = 1;
}

void ipip_begin(void *data)
{
	begin4(data, IPTUN | HOP4);
}

void sit_begin(void *data)
{
	begin4(data, IPTUN | HOP4 | HAS(TUN_FLAGS));
}

void ip6tnl_begin(void *data)
{
	begin6(data, IPTUN | HOP6);
}

void vti_begin(void *data)
{
	begin4(data, KEYS | HAS(TUN_FWMARK));
}

void vti6_begin(void *data)
{
	begin6(data, KEYS | HAS(TUN_FWMARK));
}

/* To a group of hosts: the group is the key, if none was given (ip_gre.c). */
static int finish_multicast(struct tunnel *t, struct err *e)
{
	uint32_t group;

	if (!has(t, TUN_REMOTE) || t->remote.family != AF_INET || !ip_addr_is_multicast(&t->remote))
		return 0;
	memcpy(&group, t->remote.b, sizeof(group));
	if (!t->ikey) {
		t->ikey = ntohl(group);
		t->iflags |= GRE_KEY;
	}
	if (!t->okey) {
		t->okey = ntohl(group);
		t->oflags |= GRE_KEY;
	}
	if (!has(t, TUN_LOCAL) || ip_addr_is_any(&t->local))
		return err_set(e, -ENOENT, "a tunnel to a group needs an address (\"local\")");
	return 0;
}

static void finish_erspan(struct tunnel *t)
{
	uint64_t keep = HAS(TUN_ERSPAN_VER);

	if (!has(t, TUN_ERSPAN_VER)) {
		keep = 0;
	} else if (t->erspan_ver == 1) {
		keep |= has(t, TUN_ERSPAN_INDEX) && t->erspan_index ? HAS(TUN_ERSPAN_INDEX) : 0;
	} else if (t->erspan_ver == 2) {
		keep |= HAS(TUN_ERSPAN_DIR) | HAS(TUN_ERSPAN_HWID);
	}
	t->has = (t->has & ~(HAS(TUN_ERSPAN_VER) | HAS(TUN_ERSPAN_INDEX) | HAS(TUN_ERSPAN_DIR) |
			     HAS(TUN_ERSPAN_HWID))) |
		 keep;
}

static void finish_link(struct tunnel *t)
{
	if (has(t, TUN_LINK) && !t->link)
		t->has &= ~HAS(TUN_LINK);
}

/* "any" is said by saying nothing. */
static void finish_ends(struct tunnel *t)
{
	if (has(t, TUN_REMOTE) && ip_addr_is_any(&t->remote))
		t->has &= ~HAS(TUN_REMOTE);
	if (has(t, TUN_LOCAL) && ip_addr_is_any(&t->local))
		t->has &= ~HAS(TUN_LOCAL);
}

int gre_finish(void *data, bool create, struct err *e)
{
	struct tunnel *t = data;

	(void)create;
	finish_erspan(t);
	finish_link(t);
	int rc = finish_multicast(t, e);
	finish_ends(t);
	if (has(t, TUN_EXTERNAL))
		t->has &= HAS(TUN_EXTERNAL);
	return rc;
}

int ip6gre_finish(void *data, bool create, struct err *e)
{
	struct tunnel *t = data;

	(void)create;
	(void)e;
	finish_erspan(t);
	finish_link(t);
	finish_ends(t);
	if (has(t, TUN_EXTERNAL))
		t->has &= HAS(TUN_EXTERNAL);
	return 0;
}

int iptunnel_finish(void *data, bool create, struct err *e)
{
	struct tunnel *t = data;

	(void)create;
	if (has(t, TUN_PMTUDISC) && !t->pmtudisc && t->ttl)
		return err_set(e, -EINVAL, "a ttl and \"nopmtudisc\" do not go together");
	finish_ends(t);
	if (has(t, TUN_EXTERNAL))
		t->has &= HAS(TUN_EXTERNAL) | HAS(TUN_PROTO);
	if (has(t, TUN_6RD_LEN) && !t->len_6rd)
		t->has &= ~(HAS(TUN_6RD_PREFIX) | HAS(TUN_6RD_RELAY) | HAS(TUN_6RD_LEN) |
			    HAS(TUN_6RD_RELAY_LEN));
	return 0;
}

int vti_finish(void *data, bool create, struct err *e)
{
	(void)create;
	(void)e;
	finish_link(data);
	finish_ends(data);
	return 0;
}

_Static_assert(sizeof(struct tunnel) <= KIND_DATA_MAX, "KIND_DATA_MAX");
