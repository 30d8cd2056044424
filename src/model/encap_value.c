/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the fields of encapsulations are read and shown. Headers come from the kernel as they are in
 * packets: every length in them is checked.
 */
#include "model/encap_value.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/if_tunnel.h>
#include <linux/ioam6.h>
#include <linux/ioam6_iptunnel.h>
#include <linux/mpls.h>
#include <linux/seg6.h>
#include <linux/seg6_hmac.h>
#include <linux/seg6_iptunnel.h>
#include <linux/seg6_local.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENT = 16, HEAD = 8, HMAC_TLV = 40, MODE = sizeof(int) };

static void number_print(struct print *p, const struct attr *a, const void *obj)
{
	print_u64(p, a->word, a->key, value_member(a, obj));
}

static void id_print(struct print *p, const struct attr *a, const void *obj)
{
	print_u64(p, a->word, a->key, be64toh(value_member(a, obj)));
}

static int id_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		    void *obj, struct err *e)
{
	int rc = value_number_parse(c, arg, a, field, obj, e);

	if (!rc)
		value_set_member(a, obj, htobe64(value_member(a, obj)));
	return rc;
}

static void addr_print(struct print *p, const struct attr *a, const void *obj)
{
	value_addr.print(p, a, obj);
}

static int addr_parse(struct parse *c, uint8_t family, const char *arg, const struct attr *a,
		      unsigned field, void *obj, struct err *e)
{
	struct parse of_family = *c;

	of_family.family = family;
	return value_addr_parse(&of_family, arg, a, field, obj, e);
}

static int addr4_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	return addr_parse(c, AF_INET, arg, a, field, obj, e);
}

static int addr6_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	return addr_parse(c, AF_INET6, arg, a, field, obj, e);
}

static void flags_print(struct print *p, const struct attr *a, const void *obj)
{
	uint16_t flags = ((const struct encap *)obj)->flags;

	(void)a;
	if (flags & TUNNEL_KEY)
		print_true(p, "key", "key");
	if (flags & TUNNEL_CSUM)
		print_true(p, "csum", "csum");
	if (flags & TUNNEL_SEQ)
		print_true(p, "seq", "seq");
}

int mpls_labels_parse(struct arena *a, const char *arg, struct nl_ref *ret, struct err *e)
{
	enum { MOST = 16 };
	uint32_t entry[MOST];
	unsigned n = 0;

	for (const char *s = arg;; s++) {
		char *end;
		unsigned long v = strtoul(s, &end, 0);
		if (*s < '0' || *s > '9' || v >= 1u << 20 || n == MOST || (*end && *end != '/'))
			return err_set(e, -EAFNOSUPPORT,
				       "\"%s\" is not a stack of MPLS labels (LABEL/...)", arg);
		entry[n++] = htonl((uint32_t)v << MPLS_LS_LABEL_SHIFT |
				   (*end ? 0 : 1u << MPLS_LS_S_SHIFT));
		if (!*end)
			break;
		s = end;
	}
	*ret = (struct nl_ref){arena_dup(a, entry, n * sizeof(*entry)),
			       (uint16_t)(n * sizeof(*entry))};
	return 0;
}

static int labels_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			void *obj, struct err *e)
{
	struct encap *x = obj;
	int rc = mpls_labels_parse(c->arena, arg, &x->labels, e);

	(void)a;
	if (!rc)
		x->has |= HAS(field);
	return rc;
}

const char *mpls_labels_str(struct nl_ref r, char buf[static MPLS_LABELS_STRLEN])
{
	size_t len = 0;
	uint32_t entry;

	*buf = 0;
	for (size_t at = 0; at + sizeof(entry) <= r.len && len + 9 < MPLS_LABELS_STRLEN;
	     at += sizeof(entry)) {
		memcpy(&entry, (const char *)r.p + at, sizeof(entry));
		len += (size_t)snprintf(buf + len, MPLS_LABELS_STRLEN - len, "%s%u", at ? "/" : "",
					ntohl(entry) >> MPLS_LS_LABEL_SHIFT);
	}
	return buf;
}

static void labels_print(struct print *p, const struct attr *a, const void *obj)
{
	char text[MPLS_LABELS_STRLEN];

	print_text(p, " ");
	print_str(p, a->word, a->key, mpls_labels_str(((const struct encap *)obj)->labels, text));
}

static const char *const seg6_modes[] = {
	[SEG6_IPTUN_MODE_INLINE] = "inline",	       [SEG6_IPTUN_MODE_ENCAP] = "encap",
	[SEG6_IPTUN_MODE_L2ENCAP] = "l2encap",	       [SEG6_IPTUN_MODE_ENCAP_RED] = "encap.red",
	[SEG6_IPTUN_MODE_L2ENCAP_RED] = "l2encap.red",
};
static const char *const ioam6_modes[] = {
	[IOAM6_IPTUNNEL_MODE_INLINE] = "inline",
	[IOAM6_IPTUNNEL_MODE_ENCAP] = "encap",
	[IOAM6_IPTUNNEL_MODE_AUTO] = "auto",
};
static const char *const actions[] = {
	[SEG6_LOCAL_ACTION_END] = "End",	 [SEG6_LOCAL_ACTION_END_X] = "End.X",
	[SEG6_LOCAL_ACTION_END_T] = "End.T",	 [SEG6_LOCAL_ACTION_END_DX2] = "End.DX2",
	[SEG6_LOCAL_ACTION_END_DX6] = "End.DX6", [SEG6_LOCAL_ACTION_END_DX4] = "End.DX4",
	[SEG6_LOCAL_ACTION_END_DT6] = "End.DT6", [SEG6_LOCAL_ACTION_END_DT4] = "End.DT4",
	[SEG6_LOCAL_ACTION_END_B6] = "End.B6",	 [SEG6_LOCAL_ACTION_END_B6_ENCAP] = "End.B6.Encaps",
	[SEG6_LOCAL_ACTION_END_BM] = "End.BM",	 [SEG6_LOCAL_ACTION_END_S] = "End.S",
	[SEG6_LOCAL_ACTION_END_AS] = "End.AS",	 [SEG6_LOCAL_ACTION_END_AM] = "End.AM",
	[SEG6_LOCAL_ACTION_END_BPF] = "End.BPF", [SEG6_LOCAL_ACTION_END_DT46] = "End.DT46",
};
static const char *const flavors[] = {
	[SEG6_LOCAL_FLV_OP_PSP] = "psp",
	[SEG6_LOCAL_FLV_OP_USP] = "usp",
	[SEG6_LOCAL_FLV_OP_USD] = "usd",
	[SEG6_LOCAL_FLV_OP_NEXT_CSID] = "next-csid",
};
#define COUNT(names) (sizeof(names) / sizeof(*(names)))

/* A name's number, -1 if there is none. */
static int number_of(const char *const *names, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && !strcmp(names[i], word))
			return (int)i;
	return -1;
}

static int named_parse(const char *const *names, size_t n, const char *arg, const struct attr *a,
		       unsigned field, void *obj, struct err *e)
{
	int v = number_of(names, n, arg);

	if (v < 0)
		return err_set(e, -EINVAL, "\"%s\" is not one of the values of \"%s\"", arg,
			       a->word);
	value_set_member(a, obj, (uint64_t)v);
	((struct object *)obj)->has |= HAS(field);
	return 0;
}

static void named_print(struct print *p, const char *const *names, size_t n, const struct attr *a,
			const void *obj)
{
	uint64_t v = value_member(a, obj);

	print_str(p, a->word, a->key, v < n && names[v] ? names[v] : "<unknown>");
}

#define NAMED(name, names)                                                                         \
	static int name##_parse(struct parse *c, const char *arg, const struct attr *a,            \
				unsigned field, void *obj, struct err *e)                          \
	{                                                                                          \
		(void)c;                                                                           \
		return named_parse(names, COUNT(names), arg, a, field, obj, e);                    \
	}                                                                                          \
	static void name##_print(struct print *p, const struct attr *a, const void *obj)           \
	{                                                                                          \
		named_print(p, names, COUNT(names), a, obj);                                       \
	}
NAMED(seg6_mode, seg6_modes)
NAMED(ioam6_mode, ioam6_modes)
NAMED(action, actions)
#undef NAMED

static int segs_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, struct err *e)
{
	struct encap *x = obj;
	uint8_t *b = arena_alloc(c->arena, (strlen(arg) / 2 + 1) * SEGMENT);
	size_t n = 0;

	(void)a;
	for (const char *s = arg;; s++) {
		char word[IP_ADDR_STRLEN];
		struct ip_addr ip;
		size_t len = strcspn(s, ",");
		snprintf(word, sizeof(word), "%.*s", (int)len, s);
		if (len >= sizeof(word) || !ip_addr_parse(word, AF_INET6, &ip))
			return err_set(e, -EAFNOSUPPORT,
				       "\"%s\" is not a list of IPv6 addresses (A,B,...)", arg);
		memcpy(b + n++ * SEGMENT, ip.b, SEGMENT);
		s += len;
		if (!*s)
			break;
	}
	if (n > 120) /* the header counts 8 bytes in one byte */
		return err_set(e, -EINVAL, "there are more than 120 segments");
	x->segs = (struct nl_ref){b, (uint16_t)(n * SEGMENT)};
	x->has |= HAS(field);
	return 0;
}

/* `n` segments from the last one backwards, as many as there are bytes for. */
static void segments_print(struct print *p, const uint8_t *at, size_t bytes, size_t n)
{
	if (n > bytes / SEGMENT)
		n = bytes / SEGMENT;
	if (p->json)
		jw_array(&p->j, "segs");
	else
		out_printf(p->o, "segs %zu [ ", n);
	for (size_t i = n; i-- > 0;) {
		struct ip_addr ip = {.family = AF_INET6};
		memcpy(ip.b, at + i * SEGMENT, SEGMENT);
		if (p->json) {
			jw_addr(&p->j, NULL, &ip);
		} else {
			out_addr(p->o, &ip);
			out_putc(p->o, ' ');
		}
	}
	if (p->json)
		jw_array_end(&p->j);
	else
		out_puts(p->o, "] ");
}

static void srh_print(struct print *p, const uint8_t *b, size_t len)
{
	struct ipv6_sr_hdr h;
	struct sr6_tlv_hmac tlv;

	if (len < HEAD)
		return;
	memcpy(&h, b, HEAD);
	segments_print(p, b + HEAD, len - HEAD, h.first_segment + 1u);
	size_t end = ((size_t)h.hdrlen + 1) * 8;
	if (!(h.flags & SR6_FLAG1_HMAC) || end > len || end < HEAD + HMAC_TLV)
		return;
	memcpy(&tlv, b + end - HMAC_TLV, sizeof(tlv));
	if (p->json)
		print_hex(p, NULL, "hmac", ntohl(tlv.hmackeyid));
	else
		out_printf(p->o, "hmac %X ", ntohl(tlv.hmackeyid));
}

static void seg6_print(struct print *p, const struct attr *a, const void *obj)
{
	struct nl_ref r = ((const struct encap *)obj)->srh;

	(void)a;
	if (r.len > MODE)
		srh_print(p, (const uint8_t *)r.p + MODE, r.len - (size_t)MODE);
}

static void local_srh_print(struct print *p, const struct attr *a, const void *obj)
{
	struct nl_ref r = ((const struct encap *)obj)->srh;

	if (p->json)
		jw_object(&p->j, a->key);
	srh_print(p, r.p, r.len);
	if (p->json)
		jw_object_end(&p->j);
}

static void rpl_print(struct print *p, const struct attr *a, const void *obj)
{
	struct nl_ref r = ((const struct encap *)obj)->srh;
	const uint8_t *b = r.p;

	(void)a;
	if (r.len >= HEAD)
		segments_print(p, b + HEAD, r.len - (size_t)HEAD, b[3]);
}

/* The counters' attributes have 64 bits, and no alignment. */
static void counters_print(struct print *p, const struct attr *a, const void *obj)
{
	static const char *const names[] = {[SEG6_LOCAL_CNT_PACKETS] = "packets",
					    [SEG6_LOCAL_CNT_BYTES] = "bytes",
					    [SEG6_LOCAL_CNT_ERRORS] = "errors"};
	struct nl_ref r = ((const struct encap *)obj)->counters;
	uint64_t count[COUNT(names)] = {0};

	if (!p->stats)
		return;
	attr_each (n, r) {
		struct nl_ref v = attr_payload(n);
		if (attr_type(n) < COUNT(names) && v.len >= sizeof(*count))
			memcpy(&count[attr_type(n)], v.p, sizeof(*count));
	}
	if (p->json)
		jw_object(&p->j, a->key);
	for (size_t i = SEG6_LOCAL_CNT_PACKETS; i < COUNT(names); i++)
		print_u64(p, names[i], names[i], count[i]);
	if (p->json)
		jw_object_end(&p->j);
}

static int flavors_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			 void *obj, struct err *e)
{
	struct encap *x = obj;
	struct {
		struct nlattr h;
		uint32_t mask;
	} op = {{sizeof(op), SEG6_LOCAL_FLV_OPERATION}, 0};
	char word[16];

	(void)a;
	for (const char *s = arg;; s++) {
		size_t len = strcspn(s, ",");
		snprintf(word, sizeof(word), "%.*s", (int)len, s);
		int v = len < sizeof(word) ? number_of(flavors, COUNT(flavors), word) : -1;
		if (v < 0 || (op.mask & 1u << v))
			return err_set(e, -EINVAL,
				       "\"%s\" is not a list of psp, usp, usd, next-csid", arg);
		op.mask |= 1u << v;
		s += len;
		if (!*s)
			break;
	}
	x->flavors = (struct nl_ref){arena_dup(c->arena, &op, sizeof(op)), sizeof(op)};
	x->has |= HAS(field);
	return 0;
}

static void flavor_names_print(struct print *p, const char *key, uint32_t mask)
{
	const char *before = "flavors ";

	if (p->json)
		jw_array(&p->j, key);
	for (size_t i = 0; i < COUNT(flavors); i++) {
		if (!(mask & 1u << i) || !flavors[i])
			continue;
		print_text(p, before);
		print_text(p, flavors[i]);
		if (p->json)
			jw_str(&p->j, NULL, flavors[i]);
		before = ",";
	}
	print_text(p, " ");
	if (p->json)
		jw_array_end(&p->j);
}

static void flavors_print(struct print *p, const struct attr *a, const void *obj)
{
	attr_each (n, ((const struct encap *)obj)->flavors) {
		struct nl_ref v = attr_payload(n);
		uint32_t mask;
		const uint8_t *bits = v.p;
		if (attr_type(n) == SEG6_LOCAL_FLV_OPERATION && v.len >= sizeof(mask)) {
			memcpy(&mask, v.p, sizeof(mask));
			flavor_names_print(p, a->key, mask);
		} else if (attr_type(n) == SEG6_LOCAL_FLV_LCBLOCK_BITS && v.len) {
			print_u64(p, "lblen", "lblen", *bits);
		} else if (attr_type(n) == SEG6_LOCAL_FLV_LCNODE_FN_BITS && v.len) {
			print_u64(p, "nflen", "nflen", *bits);
		}
	}
}

static void freq_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct encap *x = obj;

	(void)a;
	if (!p->json) {
		out_printf(p->o, "freq %u/%u ", x->freq_k, x->freq_n);
		return;
	}
	jw_u64(&p->j, "freqk", x->freq_k);
	jw_u64(&p->j, "freqn", x->freq_n);
}

static int freq_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, struct err *e)
{
	struct encap *x = obj;
	const char *slash = strchr(arg, '/');
	char k[16];
	uint64_t v, n;

	(void)c;
	(void)a;
	(void)field;
	snprintf(k, sizeof(k), "%.*s", slash ? (int)(slash - arg) : 0, arg);
	if (!value_read_number(k, IOAM6_IPTUNNEL_FREQ_MAX, &v) || !slash ||
	    !value_read_number(slash + 1, IOAM6_IPTUNNEL_FREQ_MAX, &n) || !v || v > n)
		return err_set(e, -EINVAL, "\"%s\" is not a frequency K/N, K of N packets", arg);
	x->freq_k = (uint32_t)v;
	x->freq_n = (uint32_t)n;
	x->has |= HAS(ENCAP_FREQ_K) | HAS(ENCAP_FREQ_N);
	return 0;
}

static void trace_print(struct print *p, const struct attr *a, const void *obj)
{
	struct nl_ref r = ((const struct encap *)obj)->trace;
	struct ioam6_trace_hdr h;

	(void)a;
	if (r.len < sizeof(h))
		return;
	memcpy(&h, r.p, sizeof(h));
	print_flag(p, "trace", "trace");
	print_flag(p, "prealloc", "prealloc");
	if (p->json)
		jw_printf(&p->j, "type", "%x", ntohl(h.type_be32) >> 8);
	else
		out_printf(p->o, "type %#08x ", ntohl(h.type_be32) >> 8);
	print_u64(p, "ns", "ns", ntohs(h.namespace_id));
	print_u64(p, "size", "size", h.remlen * 4u);
}

const struct value value_encap_id = {id_print, id_parse, "NUMBER"};
const struct value value_encap_addr4 = {addr_print, addr4_parse, "ADDRESS"};
const struct value value_encap_addr6 = {addr_print, addr6_parse, "ADDRESS"};
const struct value value_encap_tos = {number_print, value_dsfield_parse, "TOS"};
const struct value value_encap_flags = {.print = flags_print};
const struct value value_encap_labels = {labels_print, labels_parse, "LABEL[/LABEL]..."};
const struct value value_encap_seg6_mode = {
	seg6_mode_print, seg6_mode_parse, "{ encap | inline | l2encap | encap.red | l2encap.red }"};
const struct value value_encap_ioam6_mode = {ioam6_mode_print, ioam6_mode_parse,
					     "{ inline | encap | auto }"};
const struct value value_encap_seg6 = {.print = seg6_print};
const struct value value_encap_local_srh = {.print = local_srh_print};
const struct value value_encap_rpl = {.print = rpl_print};
const struct value value_encap_segs = {NULL, segs_parse, "ADDRESS[,ADDRESS]..."};
const struct value value_encap_given = {NULL, value_number_parse, "NUMBER"};
const struct value value_encap_action = {action_print, action_parse, "ACTION"};
const struct value value_encap_counters = {.print = counters_print};
const struct value value_encap_flavors = {flavors_print, flavors_parse, "FLAVOR[,FLAVOR]..."};
const struct value value_encap_freq = {freq_print, freq_parse, "K/N"};
const struct value value_encap_trace = {.print = trace_print};
