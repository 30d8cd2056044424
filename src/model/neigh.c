/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/neigh.h"

#include "model/link_print.h"
#include "model/value.h"
#include "netlink/uapi.h"

#include <ctype.h>
#include <linux/if_arp.h>
#include <string.h>

static const struct {
	uint16_t bit;
	const char *name;
} states[] = {
	{NUD_INCOMPLETE, "incomplete"}, {NUD_REACHABLE, "reachable"}, {NUD_STALE, "stale"},
	{NUD_DELAY, "delay"},		{NUD_PROBE, "probe"},	      {NUD_FAILED, "failed"},
	{NUD_NOARP, "noarp"},		{NUD_PERMANENT, "permanent"}, {NUD_NONE, "none"},
};

const char *neigh_state(unsigned i, uint16_t *ret_state)
{
	if (i >= sizeof(states) / sizeof(*states))
		return NULL;
	*ret_state = states[i].bit;
	return states[i].name;
}

static void dst_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct neigh *n = obj;
	char buf[IP_ADDR_STRLEN];

	if (p->brief && !p->json) {
		print_tint(p, tint_of_family(n->dst.family));
		out_printf(p->o, "%-39s ", ip_addr_str(&n->dst, buf));
		print_plain(p);
	} else {
		print_addr(p, a->word, a->key, &n->dst);
	}
}

static void dev_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct neigh *n = obj;

	if (p->brief && !p->json) {
		print_tint(p, TINT_NAME);
		out_printf(p->o, "%-16s ", devices_name(p->devices, n->h.ndm_ifindex));
		print_plain(p);
		return;
	}
	if (!p->json)
		print_flag(p, a->word, NULL);
	print_tint(p, TINT_NAME);
	print_dev(p, p->json ? a->word : "", a->key, n->h.ndm_ifindex);
	print_plain(p);
}

static void lladdr_field_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct neigh *n = obj;

	if (p->json) {
		jw_raw(&p->j, a->key);
		out_putc(p->o, '"');
	} else if (!p->brief) {
		print_flag(p, a->word, NULL);
	}
	print_tint(p, TINT_LLADDR);
	lladdr_print(p->o, &n->lladdr, ARPHRD_ETHER);
	if (p->json)
		out_putc(p->o, '"');
	else if (!p->brief)
		out_putc(p->o, ' ');
	print_plain(p);
}

static void flags_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct neigh *n = obj;
	uint32_t ext = has(n, NEIGH_FLAGS_EXT) ? n->flags_ext : 0;

	(void)a;
	if (n->h.ndm_flags & NTF_ROUTER)
		print_flag(p, "router", "router");
	if (n->h.ndm_flags & NTF_PROXY)
		print_flag(p, "proxy", "proxy");
	if (n->h.ndm_flags & NTF_EXT_LEARNED)
		print_flag(p, "extern_learn", "extern_learn");
	if (n->h.ndm_flags & NTF_OFFLOADED)
		print_flag(p, "offload", "offload");
	if (ext & NTF_EXT_MANAGED)
		print_flag(p, "managed", "managed");
	if (ext & NTF_EXT_LOCKED)
		print_flag(p, "locked", "locked");
	if (ext & NTF_EXT_EXT_VALIDATED)
		print_flag(p, "extern_valid", "extern_valid");
}

static void cacheinfo_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct nda_cacheinfo *c = &((const struct neigh *)obj)->cacheinfo;
	const uint32_t hz = 100; /* USER_HZ */

	(void)a;
	if (!p->stats)
		return;
	if (p->json) {
		if (c->ndm_refcnt)
			jw_u64(&p->j, "refcnt", c->ndm_refcnt);
		jw_u64(&p->j, "used", c->ndm_used / hz);
		jw_u64(&p->j, "confirmed", c->ndm_confirmed / hz);
		jw_u64(&p->j, "updated", c->ndm_updated / hz);
		return;
	}
	if (c->ndm_refcnt)
		out_printf(p->o, " ref %u", c->ndm_refcnt);
	out_printf(p->o, " used %u/%u/%u", c->ndm_used / hz, c->ndm_confirmed / hz,
		   c->ndm_updated / hz);
}

static void probes_print(struct print *p, const struct attr *a, const void *obj)
{
	if (p->stats)
		value_number.print(p, a, obj);
}

static void state_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct neigh *n = obj;

	if (!n->h.ndm_state)
		return;
	if (p->json)
		jw_array(&p->j, a->key);
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		char name[16];
		if (!(n->h.ndm_state & states[i].bit))
			continue;
		size_t len = strlen(states[i].name);
		for (size_t k = 0; k <= len; k++)
			name[k] = (char)toupper(states[i].name[k]);
		if (p->json)
			jw_str(&p->j, NULL, name);
		else
			print_flag(p, name, NULL);
	}
	if (p->json)
		jw_array_end(&p->j);
}

static void protocol_print(struct print *p, const struct attr *a, const void *obj)
{
	if (((const struct neigh *)obj)->protocol)
		value_proto.print(p, a, obj);
}

static const struct value value_dst = {dst_print, value_addr_parse, "ADDRESS"};
static const struct value value_neigh_dev = {dev_print, value_dev_parse, "DEVICE"};
static const struct value value_lladdr = {.print = lladdr_field_print};
static const struct value value_flags = {.print = flags_print};
static const struct value value_cacheinfo = {.print = cacheinfo_print};
static const struct value value_probes = {.print = probes_print};
static const struct value value_state = {.print = state_print};
static const struct value value_protocol = {protocol_print, value_proto_parse, "PROTO"};

#define T struct neigh
static const struct attr rows[NEIGH_FIELDS] = {
	[NEIGH_DST] = {ATTR_ROW_ADDR(NDA_DST, T, dst), "", "dst", &value_dst},
	[NEIGH_DEV] = {.off = offsetof(T, h.ndm_ifindex),
		       .size = 4,
		       .word = "dev",
		       .key = "dev",
		       .value = &value_neigh_dev},
	[NEIGH_LLADDR] = {ATTR_ROW_LLADDR(NDA_LLADDR, T, lladdr), "lladdr", "lladdr",
			  &value_lladdr},
	[NEIGH_FLAGS] = {.key = "flags", .value = &value_flags},
	[NEIGH_FLAGS_EXT] = {ATTR_ROW_U32(NDA_FLAGS_EXT, T, flags_ext), NULL, "flags_ext", NULL},
	[NEIGH_CACHEINFO] = {ATTR_ROW_FIXED(NDA_CACHEINFO, T, cacheinfo), NULL, "cacheinfo",
			     &value_cacheinfo},
	[NEIGH_PROBES] = {ATTR_ROW_U32(NDA_PROBES, T, probes), "probes", "probes", &value_probes},
	[NEIGH_STATE] = {.key = "state", .value = &value_state},
	[NEIGH_PROTOCOL] = {ATTR_ROW_U8(NDA_PROTOCOL, T, protocol), "proto", "protocol",
			    &value_protocol},
	[NEIGH_MASTER] = {ATTR_ROW_U32(NDA_MASTER, T, master), NULL, "master", NULL},
};
#undef T
ATTR_SET(neigh_attrs, "neigh", struct neigh, h, rows, NDA_FLAGS_EXT);

int neigh_decode(const struct nlmsghdr *h, struct neigh *n, struct err *e)
{
	int rc = attr_decode_msg(&neigh_attrs, h, n, e);

	if (rc < 0)
		return rc;
	n->has |= HAS(NEIGH_DEV) | HAS(NEIGH_FLAGS) | HAS(NEIGH_STATE);
	return 0;
}

int neigh_message(struct nl_msg *m, unsigned type, unsigned flags, const struct neigh *n,
		  struct err *e)
{
	return nl_msg_object(m, type, flags, &neigh_attrs, n, e);
}

void neigh_print(struct print *p, const struct neigh *n, uint64_t hide)
{
	struct neigh shown = *n;

	shown.has &= ~hide;
	if (p->brief)
		shown.has &= HAS(NEIGH_DST) | HAS(NEIGH_DEV) | HAS(NEIGH_LLADDR);
	if (!n->h.ndm_ifindex)
		shown.has &= ~HAS(NEIGH_DEV);
	if (p->json)
		jw_object(&p->j, NULL);
	print_object(p, &neigh_attrs, &shown);
	if (p->json)
		jw_object_end(&p->j);
}
