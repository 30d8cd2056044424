/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/nexthop.h"

#include "model/encap.h"
#include "model/route.h"
#include "model/value.h"
#include "netlink/uapi.h"

#include <errno.h>
#include <string.h>

static void group_print(struct print *p, const struct attr *a, const void *obj)
{
	struct nl_ref g = ((const struct nh *)obj)->group;
	struct nexthop_grp e;

	if (p->json)
		jw_array(&p->j, a->key);
	else
		print_flag(p, a->word, NULL);
	for (size_t at = 0; at + sizeof(e) <= g.len; at += sizeof(e)) {
		memcpy(&e, (const char *)g.p + at, sizeof(e));
		if (p->json) {
			jw_object(&p->j, NULL);
			jw_u64(&p->j, "id", e.id);
			if (e.weight)
				jw_u64(&p->j, "weight", e.weight + 1u);
			jw_object_end(&p->j);
			continue;
		}
		if (at)
			out_putc(p->o, '/');
		out_u64(p->o, e.id);
		if (e.weight)
			out_printf(p->o, ",%u", e.weight + 1u);
	}
	if (p->json)
		jw_array_end(&p->j);
	else
		out_putc(p->o, ' ');
}

static void group_type_print(struct print *p, const struct attr *a, const void *obj)
{
	uint16_t type = ((const struct nh *)obj)->group_type;

	if (type != NEXTHOP_GRP_TYPE_MPATH)
		print_str(p, a->word, a->key,
			  type == NEXTHOP_GRP_TYPE_RES ? "resilient" : "<unknown type>");
}

/* A table of its own, as an object of its own. */
static void nested_print(struct print *p, const char *key, const struct attr_set *s,
			 const void *obj)
{
	if (p->json)
		jw_object(&p->j, key);
	print_object(p, s, obj);
	if (p->json)
		jw_object_end(&p->j);
}

static void res_group_print(struct print *p, const struct attr *a, const void *obj)
{
	struct nh_res r = {.has = 0};

	if (!attr_decode_ref(&nh_res_attrs, ((const struct nh *)obj)->res_group, &r, NULL))
		nested_print(p, a->key, &nh_res_attrs, &r);
}

static void res_bucket_print(struct print *p, const struct attr *a, const void *obj)
{
	struct nh_bucket b = {.has = 0};

	if (!attr_decode_ref(&nh_bucket_attrs, ((const struct nh *)obj)->res_bucket, &b, NULL))
		nested_print(p, a->key, &nh_bucket_attrs, &b);
}

/* Hundredths of a second, as seconds. */
static void centiseconds_print(struct print *p, const struct attr *a, const void *obj)
{
	double seconds = (double)value_member(a, obj) / 100;

	if (p->json)
		jw_double(&p->j, a->key, seconds);
	else
		out_printf(p->o, "%s %g ", a->word, seconds);
}

static int centiseconds_parse(struct parse *c, const char *arg, const struct attr *a,
			      unsigned field, void *obj, struct err *e)
{
	uint64_t v;

	(void)c;
	if (!value_read_number(arg, UINT32_MAX / 100, &v))
		return err_set(e, -EINVAL, "\"%s\" is not a number of seconds", arg);
	value_set_member(a, obj, v * 100);
	((struct object *)obj)->has |= HAS(field);
	return 0;
}

static void scope_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct nh *n = obj;

	if (n->h.nh_scope != RT_SCOPE_UNIVERSE || p->details)
		value_scope.print(p, a, obj);
}

static void protocol_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct nh *n = obj;

	if (n->h.nh_protocol != RTPROT_UNSPEC || p->details)
		value_proto.print(p, a, obj);
}

static void flags_print(struct print *p, const struct attr *a, const void *obj)
{
	(void)a;
	route_flags_print(p, ((const struct nh *)obj)->h.nh_flags);
}

/* The last word; no blank behind it. */
static void fdb_print(struct print *p, const struct attr *a, const void *obj)
{
	(void)obj;
	if (p->json)
		jw_null(&p->j, a->key);
	else
		out_puts(p->o, a->word);
}

static void nh_encap_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct nh *n = obj;

	(void)a;
	if (has(n, NH_ENCAP_TYPE))
		encap_print(p, n->encap_type, n->encap);
}

static void hw_stats_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct nh *n = obj;
	bool used = has(n, NH_HW_USED) && n->hw_used;

	if (!p->details && !p->stats)
		return;
	if (p->json) {
		jw_object(&p->j, a->key);
		jw_bool(&p->j, "enabled", n->hw_stats);
		jw_bool(&p->j, "used", used);
		jw_object_end(&p->j);
	} else {
		out_printf(p->o, "hw_stats %s used %s ", n->hw_stats ? "on" : "off",
			   used ? "on" : "off");
	}
}

static uint64_t count(struct nl_ref r)
{
	uint64_t wide;
	uint32_t narrow;

	if (r.len >= sizeof(wide)) {
		memcpy(&wide, r.p, sizeof(wide));
		return wide;
	}
	if (r.len < sizeof(narrow))
		return 0;
	memcpy(&narrow, r.p, sizeof(narrow));
	return narrow;
}

static void one_stats_print(struct print *p, const struct nh_stats *s)
{
	if (!p->json)
		out_printf(p->o, "%s    ", p->oneline ? "\\" : "\n");
	else
		jw_object(&p->j, NULL);
	print_u64(p, "id", "id", s->id);
	print_u64(p, "packets", "packets", has(s, NH_STATS_PACKETS) ? count(s->packets) : 0);
	if (p->stats > 1)
		print_u64(p, "packets_hw", "packets_hw",
			  has(s, NH_STATS_PACKETS_HW) ? count(s->packets_hw) : 0);
	if (p->json)
		jw_object_end(&p->j);
}

static void group_stats_print(struct print *p, const struct attr *a, const void *obj)
{
	if (p->json)
		jw_array(&p->j, a->key);
	else
		out_puts(p->o, p->oneline ? "\\  stats:" : "\n  stats:");
	attr_each (entry, ((const struct nh *)obj)->group_stats) {
		struct nh_stats s = {.has = 0};
		if (!attr_decode_ref(&nh_stats_attrs, attr_payload(entry), &s, NULL) &&
		    has(&s, NH_STATS_ID))
			one_stats_print(p, &s);
	}
	if (p->json)
		jw_array_end(&p->j);
}

static const struct value value_hw_stats = {hw_stats_print, value_on_off_parse, "{ on | off }"};
static const struct value value_group_stats = {.print = group_stats_print};
static const struct value value_nh_encap = {.print = nh_encap_print};
static const struct value value_nh_group = {.print = group_print};
static const struct value value_group_type = {.print = group_type_print};
static const struct value value_res_group = {.print = res_group_print};
static const struct value value_res_bucket = {.print = res_bucket_print};
static const struct value value_centiseconds = {centiseconds_print, centiseconds_parse, "SECONDS"};
static const struct value value_nh_scope = {.print = scope_print};
static const struct value value_nh_protocol = {protocol_print, value_proto_parse, "PROTO"};
static const struct value value_nh_flags = {.print = flags_print};
static const struct value value_fdb = {.print = fdb_print};

#define T struct nh
static const struct attr rows[NH_FIELDS] = {
	[NH_ID] = {ATTR_ROW_U32(NHA_ID, T, id), "id", "id", &value_number},
	[NH_GROUP] = {ATTR_ROW_REF(NHA_GROUP, T, group), "group", "group", &value_nh_group},
	[NH_GROUP_TYPE] = {ATTR_ROW_U16(NHA_GROUP_TYPE, T, group_type), "type", "type",
			   &value_group_type},
	[NH_RES_GROUP] = {ATTR_ROW_NESTED(NHA_RES_GROUP, T, res_group), NULL, "resilient_args",
			  &value_res_group},
	[NH_RES_BUCKET] = {ATTR_ROW_NESTED(NHA_RES_BUCKET, T, res_bucket), NULL, "bucket",
			   &value_res_bucket},
	[NH_ENCAP_TYPE] = {ATTR_ROW_U16(NHA_ENCAP_TYPE, T, encap_type), NULL, "encap_type", NULL},
	[NH_ENCAP] = {ATTR_ROW_NESTED(NHA_ENCAP, T, encap), "encap", "encap", &value_nh_encap},
	[NH_GATEWAY] = {ATTR_ROW_ADDR(NHA_GATEWAY, T, gateway), "via", "gateway", &value_addr},
	[NH_OIF] = {ATTR_ROW_U32(NHA_OIF, T, oif), "dev", "dev", &value_dev},
	[NH_SCOPE] = {.off = offsetof(T, h.nh_scope),
		      .size = 1,
		      .word = "scope",
		      .key = "scope",
		      .value = &value_nh_scope},
	[NH_BLACKHOLE] = {ATTR_ROW_FLAG(NHA_BLACKHOLE), .word = "blackhole", .key = "blackhole",
			  .value = &value_flag},
	[NH_PROTOCOL] = {.off = offsetof(T, h.nh_protocol),
			 .size = 1,
			 .word = "proto",
			 .key = "protocol",
			 .value = &value_nh_protocol},
	[NH_FLAGS] = {.key = "flags", .value = &value_nh_flags},
	[NH_FDB] = {ATTR_ROW_FLAG(NHA_FDB), .word = "fdb", .key = "fdb", .value = &value_fdb},
	[NH_HW_STATS] = {ATTR_ROW_U32(NHA_HW_STATS_ENABLE, T, hw_stats), "hw_stats", "hw_stats",
			 &value_hw_stats},
	[NH_HW_USED] = {ATTR_ROW_U32(NHA_HW_STATS_USED, T, hw_used), NULL, "used", NULL},
	[NH_GROUP_STATS] = {ATTR_ROW_NESTED(NHA_GROUP_STATS, T, group_stats), NULL, "group_stats",
			    &value_group_stats},
	[NH_OP_FLAGS] = {ATTR_ROW_U32(NHA_OP_FLAGS, T, op_flags), NULL, "op_flags", NULL},
	[NH_GROUPS] = {ATTR_ROW_FLAG(NHA_GROUPS), .key = "groups"},
	[NH_MASTER] = {ATTR_ROW_U32(NHA_MASTER, T, master), NULL, "master", &value_dev},
};
#undef T
ATTR_SET(nh_attrs, "nexthop", struct nh, h, rows, NHA_HW_STATS_USED);

/* The counters are as long as they need be. */
#define T struct nh_stats
static const struct attr stats_rows[NH_STATS_FIELDS] = {
	[NH_STATS_ID] = {ATTR_ROW_U32(NHA_GROUP_STATS_ENTRY_ID, T, id), NULL, "id", NULL},
	[NH_STATS_PACKETS] = {ATTR_ROW_REF(NHA_GROUP_STATS_ENTRY_PACKETS, T, packets), NULL,
			      "packets", NULL},
	[NH_STATS_PACKETS_HW] = {ATTR_ROW_REF(NHA_GROUP_STATS_ENTRY_PACKETS_HW, T, packets_hw),
				 NULL, "packets_hw", NULL},
};
#undef T
ATTR_SET_NESTED(nh_stats_attrs, "nexthop statistics", stats_rows, NHA_GROUP_STATS_ENTRY_PACKETS_HW);

#define T struct nh_res
static const struct attr res_rows[NH_RES_FIELDS] = {
	[NH_RES_BUCKETS] = {ATTR_ROW_U16(NHA_RES_GROUP_BUCKETS, T, buckets), "buckets", "buckets",
			    &value_number},
	[NH_RES_IDLE] = {ATTR_ROW_U32(NHA_RES_GROUP_IDLE_TIMER, T, idle_timer), "idle_timer",
			 "idle_timer", &value_centiseconds},
	[NH_RES_UNBALANCED] = {ATTR_ROW_U32(NHA_RES_GROUP_UNBALANCED_TIMER, T, unbalanced_timer),
			       "unbalanced_timer", "unbalanced_timer", &value_centiseconds},
	[NH_RES_TIME] = {ATTR_ROW_U64(NHA_RES_GROUP_UNBALANCED_TIME, T, unbalanced_time),
			 "unbalanced_time", "unbalanced_time", &value_centiseconds},
};
#undef T
ATTR_SET_NESTED(nh_res_attrs, "nexthop group", res_rows, NHA_RES_GROUP_MAX);

#define T struct nh_bucket
static const struct attr bucket_rows[NH_BUCKET_FIELDS] = {
	[NH_BUCKET_INDEX] = {ATTR_ROW_U16(NHA_RES_BUCKET_INDEX, T, index), "index", "index",
			     &value_number},
	[NH_BUCKET_IDLE] = {ATTR_ROW_U64(NHA_RES_BUCKET_IDLE_TIME, T, idle_time), "idle_time",
			    "idle_time", &value_centiseconds},
	[NH_BUCKET_NHID] = {ATTR_ROW_U32(NHA_RES_BUCKET_NH_ID, T, nhid), "nhid", "nhid",
			    &value_number},
};
#undef T
ATTR_SET_NESTED(nh_bucket_attrs, "nexthop bucket", bucket_rows, NHA_RES_BUCKET_MAX);

int nh_decode(const struct nlmsghdr *h, struct nh *n, struct err *e)
{
	int rc = attr_decode_msg(&nh_attrs, h, n, e);

	if (rc < 0)
		return rc;
	set_has(n, NH_FLAGS);
	if (!has(n, NH_RES_BUCKET))
		n->has |= HAS(NH_SCOPE) | HAS(NH_PROTOCOL);
	return 0;
}

int nh_message(struct nl_msg *m, unsigned type, unsigned flags, const struct nh *n, struct err *e)
{
	return nl_msg_object(m, type, flags, &nh_attrs, n, e);
}

void nh_print(struct print *p, const char *key, const struct nh *n)
{
	nested_print(p, key, &nh_attrs, n);
}
