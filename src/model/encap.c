/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encapsulations of routes: the tables of their kinds, and the headers that some are given as
 * whole.
 *
 * A segment routing header (RFC 8754) has its segments in reverse, the last to visit first; with
 * "inline" and in an action other than End.B6.Encaps the packet's own destination becomes the last
 * of them, for which a place is left. RPL's header (RFC 6554) is built like it. The trace header of
 * IOAM (RFC 9197) has the wanted data as bits and the room for it in units of four bytes.
 */
#include "model/encap.h"
#include "model/encap_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ioam6.h>
#include <linux/ioam6_iptunnel.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <linux/rpl.h>
#include <linux/rpl_iptunnel.h>
#include <linux/seg6.h>
#include <linux/seg6_hmac.h>
#include <linux/seg6_iptunnel.h>
#include <linux/seg6_local.h>
#include <string.h>

#define T struct encap

static const struct attr ip_rows[] = {
	[ENCAP_ID] = {ATTR_ROW_U64(LWTUNNEL_IP_ID, T, id), "id", "id", &value_encap_id},
	[ENCAP_SRC] = {ATTR_ROW_ADDR(LWTUNNEL_IP_SRC, T, src), "src", "src", &value_encap_addr4},
	[ENCAP_DST] = {ATTR_ROW_ADDR(LWTUNNEL_IP_DST, T, dst), "dst", "dst", &value_encap_addr4},
	[ENCAP_TTL] = {ATTR_ROW_U8(LWTUNNEL_IP_TTL, T, ttl), "ttl", "ttl", &value_number},
	[ENCAP_TOS] = {ATTR_ROW_U8(LWTUNNEL_IP_TOS, T, tos), "tos", "tos", &value_encap_tos},
	[ENCAP_FLAGS] = {ATTR_ROW_U16(LWTUNNEL_IP_FLAGS, T, flags), "", "flags",
			 &value_encap_flags},
};
ATTR_SET_NESTED(encap_ip_attrs, "encap", ip_rows, LWTUNNEL_IP_MAX);

static const struct attr ip6_rows[] = {
	[ENCAP_ID] = {ATTR_ROW_U64(LWTUNNEL_IP6_ID, T, id), "id", "id", &value_encap_id},
	[ENCAP_SRC] = {ATTR_ROW_ADDR(LWTUNNEL_IP6_SRC, T, src), "src", "src", &value_encap_addr6},
	[ENCAP_DST] = {ATTR_ROW_ADDR(LWTUNNEL_IP6_DST, T, dst), "dst", "dst", &value_encap_addr6},
	[ENCAP_TTL] = {ATTR_ROW_U8(LWTUNNEL_IP6_HOPLIMIT, T, ttl), "hoplimit", "hoplimit",
		       &value_number},
	[ENCAP_TOS] = {ATTR_ROW_U8(LWTUNNEL_IP6_TC, T, tos), "tc", "tc", &value_encap_tos},
	[ENCAP_FLAGS] = {ATTR_ROW_U16(LWTUNNEL_IP6_FLAGS, T, flags), "", "flags",
			 &value_encap_flags},
};
ATTR_SET_NESTED(encap_ip6_attrs, "encap", ip6_rows, LWTUNNEL_IP6_MAX);

static const struct attr mpls_rows[] = {
	[ENCAP_LABELS] = {ATTR_ROW_REF(MPLS_IPTUNNEL_DST, T, labels), "", "dst",
			  &value_encap_labels},
	[ENCAP_TTL] = {ATTR_ROW_U8(MPLS_IPTUNNEL_TTL, T, ttl), "ttl", "ttl", &value_number},
};
ATTR_SET_NESTED(encap_mpls_attrs, "encap", mpls_rows, MPLS_IPTUNNEL_MAX);

static const struct attr seg6_rows[] = {
	[ENCAP_MODE] = {.off = offsetof(T, mode),
			.size = 1,
			.word = "mode",
			.key = "mode",
			.value = &value_encap_seg6_mode},
	[ENCAP_SRH] = {ATTR_ROW_REF(SEG6_IPTUNNEL_SRH, T, srh), "segs", "segs", &value_encap_seg6},
	[ENCAP_SEGS] = {.word = "segs", .key = "segs", .value = &value_encap_segs},
	[ENCAP_HMAC] = {.off = offsetof(T, hmac),
			.size = 4,
			.word = "hmac",
			.key = "hmac",
			.value = &value_encap_given},
};
ATTR_SET_NESTED(encap_seg6_attrs, "encap", seg6_rows, SEG6_IPTUNNEL_MAX);

static const struct attr local_rows[] = {
	[ENCAP_ACTION] = {ATTR_ROW_U32(SEG6_LOCAL_ACTION, T, action), "action", "action",
			  &value_encap_action},
	[ENCAP_SRH] = {ATTR_ROW_REF(SEG6_LOCAL_SRH, T, srh), "srh", "srh", &value_encap_local_srh},
	[ENCAP_TABLE] = {ATTR_ROW_U32(SEG6_LOCAL_TABLE, T, table), "table", "table", &value_table},
	[ENCAP_VRFTABLE] = {ATTR_ROW_U32(SEG6_LOCAL_VRFTABLE, T, vrftable), "vrftable", "vrftable",
			    &value_table},
	[ENCAP_NH4] = {ATTR_ROW_ADDR(SEG6_LOCAL_NH4, T, nh4), "nh4", "nh4", &value_encap_addr4},
	[ENCAP_NH6] = {ATTR_ROW_ADDR(SEG6_LOCAL_NH6, T, nh6), "nh6", "nh6", &value_encap_addr6},
	[ENCAP_IIF] = {ATTR_ROW_U32(SEG6_LOCAL_IIF, T, iif), "iif", "iif", &value_dev},
	[ENCAP_OIF] = {ATTR_ROW_U32(SEG6_LOCAL_OIF, T, oif), "oif", "oif", &value_dev},
	[ENCAP_COUNTERS] = {ATTR_ROW_NESTED(SEG6_LOCAL_COUNTERS, T, counters), "count", "stats64",
			    &value_encap_counters},
	[ENCAP_FLAVORS] = {ATTR_ROW_NESTED(SEG6_LOCAL_FLAVORS, T, flavors), "flavors", "flavors",
			   &value_encap_flavors},
	[ENCAP_SEGS] = {.word = "segs", .key = "segs", .value = &value_encap_segs},
	[ENCAP_HMAC] = {.off = offsetof(T, hmac),
			.size = 4,
			.word = "hmac",
			.key = "hmac",
			.value = &value_encap_given},
};
ATTR_SET_NESTED(encap_seg6local_attrs, "encap", local_rows, SEG6_LOCAL_MAX);

static const struct attr rpl_rows[] = {
	[ENCAP_SRH] = {ATTR_ROW_REF(RPL_IPTUNNEL_SRH, T, srh), "segs", "segs", &value_encap_rpl},
	[ENCAP_SEGS] = {.word = "segs", .key = "segs", .value = &value_encap_segs},
};
ATTR_SET_NESTED(encap_rpl_attrs, "encap", rpl_rows, RPL_IPTUNNEL_MAX);

static const struct attr ioam6_rows[] = {
	[ENCAP_FREQ_K] = {ATTR_ROW_U32(IOAM6_IPTUNNEL_FREQ_K, T, freq_k), "freq", "freqk",
			  &value_encap_freq},
	[ENCAP_FREQ_N] = {ATTR_ROW_U32(IOAM6_IPTUNNEL_FREQ_N, T, freq_n), NULL, "freqn", NULL},
	[ENCAP_MODE] = {ATTR_ROW_U8(IOAM6_IPTUNNEL_MODE, T, mode), "mode", "mode",
			&value_encap_ioam6_mode},
	[ENCAP_DST] = {ATTR_ROW_ADDR(IOAM6_IPTUNNEL_DST, T, dst), "tundst", "tundst",
		       &value_encap_addr6},
	[ENCAP_TRACE] = {ATTR_ROW_REF(IOAM6_IPTUNNEL_TRACE, T, trace), "trace", "trace",
			 &value_encap_trace},
	[ENCAP_TRACE_TYPE] = {.off = offsetof(T, trace_type),
			      .size = 4,
			      .word = "type",
			      .key = "type",
			      .value = &value_encap_given},
	[ENCAP_TRACE_NS] = {.off = offsetof(T, trace_ns),
			    .size = 2,
			    .word = "ns",
			    .key = "ns",
			    .value = &value_encap_given},
	[ENCAP_TRACE_SIZE] = {.off = offsetof(T, trace_size),
			      .size = 2,
			      .word = "size",
			      .key = "size",
			      .value = &value_encap_given},
};
ATTR_SET_NESTED(encap_ioam6_attrs, "encap", ioam6_rows, IOAM6_IPTUNNEL_MAX);

static const struct attr xfrm_rows[] = {
	[ENCAP_IF_ID] = {ATTR_ROW_U32(LWT_XFRM_IF_ID, T, if_id), "if_id", "if_id", &value_number},
	[ENCAP_LINK] = {ATTR_ROW_U32(LWT_XFRM_LINK, T, link), "link_dev", "link_dev", &value_dev},
};
ATTR_SET_NESTED(encap_xfrm_attrs, "encap", xfrm_rows, LWT_XFRM_MAX);
#undef T

static const struct encap_kind kinds[] = {
	{"mpls", LWTUNNEL_ENCAP_MPLS, &encap_mpls_attrs},
	{"ip", LWTUNNEL_ENCAP_IP, &encap_ip_attrs},
	{"ila", LWTUNNEL_ENCAP_ILA, NULL},
	{"ip6", LWTUNNEL_ENCAP_IP6, &encap_ip6_attrs},
	{"seg6", LWTUNNEL_ENCAP_SEG6, &encap_seg6_attrs},
	{"bpf", LWTUNNEL_ENCAP_BPF, NULL},
	{"seg6local", LWTUNNEL_ENCAP_SEG6_LOCAL, &encap_seg6local_attrs},
	{"rpl", LWTUNNEL_ENCAP_RPL, &encap_rpl_attrs},
	{"ioam6", LWTUNNEL_ENCAP_IOAM6, &encap_ioam6_attrs},
	{"xfrm", LWTUNNEL_ENCAP_XFRM, &encap_xfrm_attrs},
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

const struct encap_kind *encap_kind_named(const char *name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const struct encap_kind *encap_kind_number(unsigned type)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

enum { SEGMENT = 16, HEAD = 8, HMAC_TLV = 40, MODE = sizeof(int) };

/* Segments in reverse, the first `skip` places left for the packet's own destination. */
static void put_segments(uint8_t *at, struct nl_ref segs, size_t skip)
{
	size_t n = segs.len / SEGMENT;

	for (size_t i = 0; i < n; i++)
		memcpy(at + (skip + n - 1 - i) * SEGMENT, (const uint8_t *)segs.p + i * SEGMENT,
		       SEGMENT);
}

/* struct ipv6_sr_hdr, behind `before` bytes that are the caller's. */
static uint8_t *segment_header(struct arena *a, const struct encap *x, size_t before, bool whole,
			       struct nl_ref *ret)
{
	size_t skip = !whole, n = x->segs.len / SEGMENT + skip;
	size_t len = HEAD + n * SEGMENT + (x->hmac ? HMAC_TLV : 0);
	uint8_t *b = arena_alloc(a, before + len), *h = b + before;
	struct ipv6_sr_hdr head = {.hdrlen = (uint8_t)(len / 8 - 1),
				   .type = 4,
				   .segments_left = (uint8_t)(n - 1),
				   .first_segment = (uint8_t)(n - 1),
				   .flags = x->hmac ? SR6_FLAG1_HMAC : 0};

	memset(b, 0, before + len);
	memcpy(h, &head, HEAD);
	put_segments(h + HEAD, x->segs, skip);
	if (x->hmac) {
		struct sr6_tlv_hmac tlv = {.tlvhdr = {.type = SR6_TLV_HMAC, .len = HMAC_TLV - 2},
					   .hmackeyid = htonl(x->hmac)};
		memcpy(h + len - HMAC_TLV, &tlv, HMAC_TLV);
	}
	*ret = (struct nl_ref){b, (uint16_t)(before + len)};
	return b;
}

static int need(const struct encap *x, unsigned field, const char *what, struct err *e)
{
	return has(x, field) ? 0 : err_set(e, -EINVAL, "\"%s\" is missing", what);
}

static int finish_seg6(struct arena *a, struct encap *x, struct err *e)
{
	int mode = x->mode;

	if (need(x, ENCAP_MODE, "mode", e) || need(x, ENCAP_SEGS, "segs", e))
		return e ? e->code : -EINVAL;
	uint8_t *b = segment_header(a, x, MODE, mode != SEG6_IPTUN_MODE_INLINE, &x->srh);
	memcpy(b, &mode, MODE);
	set_has(x, ENCAP_SRH);
	return 0;
}

static int finish_local(struct arena *a, struct encap *x, struct err *e)
{
	int rc = need(x, ENCAP_ACTION, "action", e);

	if (rc || !has(x, ENCAP_SEGS))
		return rc;
	segment_header(a, x, 0, x->action == SEG6_LOCAL_ACTION_END_B6_ENCAP, &x->srh);
	set_has(x, ENCAP_SRH);
	return 0;
}

static int finish_rpl(struct arena *a, struct encap *x, struct err *e)
{
	int rc = need(x, ENCAP_SEGS, "segs", e);

	if (rc)
		return rc;
	size_t len = HEAD + x->segs.len;
	uint8_t *b = arena_alloc(a, len);
	memset(b, 0, len);
	b[1] = (uint8_t)(len / 8 - 1); /* length in units of 8 bytes, without the first */
	b[2] = 3;		       /* the routing type */
	b[3] = (uint8_t)(x->segs.len / SEGMENT);
	put_segments(b + HEAD, x->segs, 0);
	x->srh = (struct nl_ref){b, (uint16_t)len};
	set_has(x, ENCAP_SRH);
	return 0;
}

static int finish_ioam6(struct arena *a, struct encap *x, struct err *e)
{
	struct ioam6_trace_hdr h = {.namespace_id = htons(x->trace_ns),
				    .type_be32 = htonl(x->trace_type << 8)};

	if (need(x, ENCAP_TRACE_TYPE, "type", e) || need(x, ENCAP_TRACE_NS, "ns", e) ||
	    need(x, ENCAP_TRACE_SIZE, "size", e))
		return e ? e->code : -EINVAL;
	if (!x->trace_type || !x->trace_size || x->trace_size % 4 ||
	    x->trace_size > IOAM6_TRACE_DATA_SIZE_MAX)
		return err_set(e, -EINVAL,
			       "a trace has a type and a size that is a multiple of 4, up to %d",
			       IOAM6_TRACE_DATA_SIZE_MAX);
	if (!has(x, ENCAP_FREQ_K))
		x->freq_k = x->freq_n = IOAM6_IPTUNNEL_FREQ_MIN;
	if (!has(x, ENCAP_MODE))
		x->mode = IOAM6_IPTUNNEL_MODE_INLINE;
	if ((x->mode == IOAM6_IPTUNNEL_MODE_INLINE) == has(x, ENCAP_DST))
		return err_set(e, -EINVAL, "\"tundst\" goes with the modes encap and auto");
	uint8_t *b = arena_dup(a, &h, sizeof(h));
	b[3] = (uint8_t)(x->trace_size / 4); /* remlen, 7 bits */
	x->trace = (struct nl_ref){b, sizeof(h)};
	x->has |= HAS(ENCAP_FREQ_K) | HAS(ENCAP_FREQ_N) | HAS(ENCAP_MODE) | HAS(ENCAP_TRACE);
	return 0;
}

int encap_finish(struct arena *a, const struct encap_kind *k, struct encap *x, struct err *e)
{
	switch (k->type) {
	case LWTUNNEL_ENCAP_MPLS:
		return need(x, ENCAP_LABELS, "LABELS", e);
	case LWTUNNEL_ENCAP_SEG6:
		return finish_seg6(a, x, e);
	case LWTUNNEL_ENCAP_SEG6_LOCAL:
		return finish_local(a, x, e);
	case LWTUNNEL_ENCAP_RPL:
		return finish_rpl(a, x, e);
	case LWTUNNEL_ENCAP_IOAM6:
		return finish_ioam6(a, x, e);
	default:
		return 0;
	}
}

void encap_print(struct print *p, uint16_t type, struct nl_ref attrs)
{
	const struct encap_kind *k = encap_kind_number(type);
	const char *name = k ? k->name : "unknown";
	struct encap x = {.has = 0};

	if (!p->json)
		out_printf(p->o, " encap %s ", name);
	else
		jw_str(&p->j, "encap", name);
	if (!k || !k->set || attr_decode_ref(k->set, attrs, &x, NULL) < 0)
		return;
	/* Before the segments, for it is part of their attribute. */
	if (type == LWTUNNEL_ENCAP_SEG6 && x.srh.len > MODE) {
		int mode;
		memcpy(&mode, x.srh.p, MODE);
		x.mode = (uint8_t)mode;
		set_has(&x, ENCAP_MODE);
	}
	print_object(p, k->set, &x);
}
