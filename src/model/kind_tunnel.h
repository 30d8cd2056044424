/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_KIND_TUNNEL_H
#define MH_MODEL_KIND_TUNNEL_H

/* Before linux/if.h, or they clash. */
#include <netinet/in.h>

#include "model/kind_value.h"

/*
 * Tunnels. What one can have is one struct and one list of fields; a kind's attribute table has
 * those that it knows, under the numbers of its own (IFLA_GRE_*, IFLA_IPTUN_*, IFLA_VTI_*), in the
 * order of the text. Words are shared in the same way.
 */
enum tunnel_field {
	TUN_EXTERNAL,
	TUN_PROTO,
	TUN_REMOTE,
	TUN_LOCAL,
	TUN_LINK,
	TUN_TTL,
	TUN_TOS,
	TUN_ENCAP_LIMIT,
	TUN_FLOWINFO,
	TUN_PMTUDISC,
	TUN_IGNORE_DF,
	TUN_IKEY,
	TUN_OKEY,
	TUN_IFLAGS,
	TUN_OFLAGS,
	TUN_FLAGS,
	TUN_6RD_PREFIX,
	TUN_6RD_RELAY,
	TUN_6RD_LEN,
	TUN_6RD_RELAY_LEN,
	TUN_FWMARK,
	TUN_ERSPAN_INDEX,
	TUN_ERSPAN_VER,
	TUN_ERSPAN_DIR,
	TUN_ERSPAN_HWID,
	TUN_ENCAP_TYPE,
	TUN_ENCAP_FLAGS,
	TUN_ENCAP_SPORT,
	TUN_ENCAP_DPORT,
};

struct tunnel {
	uint64_t has;
	struct ip_addr remote, local, prefix_6rd, relay_6rd;
	uint32_t link, flowinfo, ikey, okey, fwmark, erspan_index;
	uint32_t flags;		 /* IPv6: IP6_TNL_F_* */
	uint16_t sit_flags;	 /* the same row's of a sit tunnel: SIT_ISATAP */
	uint16_t iflags, oflags; /* GRE_*, in network order */
	uint16_t len_6rd, relay_len_6rd, erspan_hwid, encap_type, encap_flags, encap_sport,
		encap_dport;
	uint8_t proto, ttl, tos, encap_limit, pmtudisc, ignore_df, erspan_ver, erspan_dir;
};

/* How the fields are written and read: kind_tunnel_value.c. */
extern const struct value value_tunnel_flag, value_encap_limit, value_flowinfo, value_ip6_flags,
	value_isatap, value_6rd, value_key, value_gre_flags, value_ip6_mark, value_erspan_dir,
	value_encap;
extern const struct value_choice value_proto4, value_proto6;
/* Tables of words. */
extern const struct kind_word tunnel_end_words[], tunnel_end6_words[], tunnel_hop_words[],
	tunnel_hop6_words[], tunnel_key_words[], tunnel_gre_words[], tunnel_df_words[],
	tunnel_erspan_words[], tunnel_encap_words[], tunnel_mode_words[], tunnel_sit_words[],
	tunnel_mark_words[];

#endif
