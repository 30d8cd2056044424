/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One object of `ip -j` each. Numbers come as numbers or as text, names of tables and the like in
 * place of numbers; a key without a value ("not") is null.
 */
#include "fib/dump_json.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* ── Links ──────────────────────────────────────────────────────────────────────────────────── */

/* IFLA_LINKINFO as the kernel nests it: the kind, and for a VRF its table. */
static struct nl_ref vrf_info(struct arena *a, uint32_t table)
{
	struct {
		struct nlattr kind;
		char name[4];
		struct nlattr data, inner;
		uint32_t table;
	} x = {.kind = {sizeof(struct nlattr) + 4, IFLA_INFO_KIND},
	       .name = "vrf",
	       .data = {2 * sizeof(struct nlattr) + 4, IFLA_INFO_DATA},
	       .inner = {sizeof(struct nlattr) + 4, IFLA_VRF_TABLE},
	       .table = table};

	return (struct nl_ref){arena_dup(a, &x, sizeof(x)), sizeof(x)};
}

static int link_info_of(struct dump *d, const json_t *o, struct link *l, struct err *e)
{
	const json_t *info = json_object_get(o, "linkinfo");
	const char *kind = dump_text(info, "info_kind");
	uint32_t table = 0;
	int rc;

	if (!kind)
		return 0;
	l->info = link_info_kind(&d->s->arena, kind);
	set_has(l, LINK_INFO);
	if (strcmp(kind, "vrf"))
		return 0;
	rc = dump_name(d, json_object_get(info, "info_data"), "table", NAMES_RT_TABLES, &table, e);
	if (rc > 0)
		l->info = vrf_info(&d->s->arena, table);
	return rc < 0 ? rc : 0;
}

int dump_link(struct dump *d, const json_t *o, struct err *e)
{
	static const struct dump_word flags[] = {{"UP", IFF_UP},
						 {"LOWER_UP", IFF_LOWER_UP},
						 {"LOOPBACK", IFF_LOOPBACK},
						 {"BROADCAST", IFF_BROADCAST},
						 {"POINTOPOINT", IFF_POINTOPOINT},
						 {"NOARP", IFF_NOARP},
						 {"MULTICAST", IFF_MULTICAST}};
	struct snapshot *s = d->s;
	const char *name = dump_text(o, "ifname"), *master = dump_text(o, "master");
	uint64_t index = 0;
	int rc;

	if (!json_object_size(o))
		return 0;
	if (!name || !*name || strlen(name) >= IFNAMSIZ)
		return dump_wrong("ifname", "an interface's name", e);
	rc = dump_number(o, "ifindex", INT32_MAX, &index, e);
	if (rc < 0 || !index)
		return rc < 0 ? rc : dump_wrong("ifindex", "a number in range", e);
	if (snapshot_link_named(s, name) || snapshot_link(s, (int)index))
		return err_set(e, -EINVAL, "interface \"%s\", number %d, is there already", name,
			       (int)index);
	struct link *l = ARENA_PUSH(&s->arena, s->link, s->link_n, s->link_cap);
	l->h.ifi_index = (int)index;
	l->h.ifi_flags = WORDS(o, "flags", flags);
	snprintf(l->name, sizeof(l->name), "%s", name);
	set_has(l, LINK_NAME);
	devices_add(s->devices, l->h.ifi_index, l->name);
	rc = dump_name(d, o, "group", NAMES_GROUP, &l->group, e);
	if (rc > 0)
		set_has(l, LINK_GROUP);
	char **more = realloc(d->master, s->link_n * sizeof(*more));
	if (!more)
		return err_errno(e, -ENOMEM, "links");
	d->master = more;
	d->master[d->master_n++] = master ? arena_strdup(&s->arena, master) : NULL;
	return rc < 0 ? rc : link_info_of(d, o, l, e);
}

int dump_masters(struct dump *d, struct err *e)
{
	for (size_t i = 0; i < d->master_n; i++) {
		struct link *l = &d->s->link[d->s->link_n - d->master_n + i];
		const struct link *m =
			d->master[i] ? snapshot_link_named(d->s, d->master[i]) : NULL;
		if (!d->master[i])
			continue;
		if (!m)
			return err_set(e, -EINVAL, "there is no interface \"%s\", master of %s",
				       d->master[i], l->name);
		l->master = (uint32_t)m->h.ifi_index;
		set_has(l, LINK_MASTER);
	}
	return 0;
}

void dump_done(struct dump *d)
{
	free(d->master);
	d->master = NULL;
}

/* ── Addresses, neighbours ──────────────────────────────────────────────────────────────────── */

static int address(struct dump *d, const json_t *o, uint32_t ifindex, struct err *e)
{
	struct snapshot *s = d->s;
	const char *family = dump_text(o, "family");
	struct address x = {.h.ifa_index = ifindex};
	uint64_t len = 0;
	uint32_t scope = 0, bit;
	const char *name;

	if (!family || (strcmp(family, "inet") && strcmp(family, "inet6")))
		return 0;
	x.h.ifa_family = strcmp(family, "inet") ? AF_INET6 : AF_INET;
	int rc = dump_addr(o, "local", x.h.ifa_family, &x.local, e);
	if (!rc)
		return dump_wrong("local", "there", e);
	if (rc > 0)
		rc = dump_number(o, "prefixlen", ip_bits(x.h.ifa_family), &len, e);
	x.address = x.local;
	if (rc >= 0)
		rc = dump_addr(o, "address", x.h.ifa_family, &x.address, e);
	if (rc >= 0)
		rc = dump_name(d, o, "scope", NAMES_RT_SCOPES, &scope, e);
	if (rc < 0)
		return rc;
	x.h.ifa_prefixlen = (uint8_t)len;
	x.h.ifa_scope = (uint8_t)scope;
	for (unsigned i = 0; address_flag(i, &name, &bit); i++)
		if (json_is_true(json_object_get(o, name)))
			x.flags |= bit;
	if (json_is_true(json_object_get(o, "secondary")) ||
	    json_is_true(json_object_get(o, "temporary")))
		x.flags |= IFA_F_SECONDARY;
	x.has = HAS(ADDRESS_LOCAL) | HAS(ADDRESS_ADDRESS) | HAS(ADDRESS_FLAGS);
	*ARENA_PUSH(&s->arena, s->address, s->address_n, s->address_cap) = x;
	return 0;
}

int dump_addresses(struct dump *d, const json_t *o, struct err *e)
{
	const json_t *v;
	uint32_t ifindex = 0;
	size_t i;
	int rc = dump_dev(d, o, "ifname", &ifindex, e);

	if (rc <= 0)
		return rc;
	json_array_foreach(json_object_get(o, "addr_info"), i, v)
	{
		rc = address(d, v, ifindex, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int dump_neigh(struct dump *d, const json_t *o, struct err *e)
{
	static const struct dump_word states[] = {
		{"PERMANENT", NUD_PERMANENT}, {"NOARP", NUD_NOARP},
		{"REACHABLE", NUD_REACHABLE}, {"PROBE", NUD_PROBE},
		{"STALE", NUD_STALE},	      {"DELAY", NUD_DELAY},
		{"FAILED", NUD_FAILED},	      {"INCOMPLETE", NUD_INCOMPLETE}};
	struct snapshot *s = d->s;
	struct neigh x = {.has = HAS(NEIGH_DST)};
	uint32_t ifindex = 0;
	int rc = dump_dev(d, o, "dev", &ifindex, e);

	if (rc > 0)
		rc = dump_addr(o, "dst", 0, &x.dst, e);
	if (rc <= 0)
		return rc;
	x.h.ndm_ifindex = (int)ifindex;
	x.h.ndm_family = x.dst.family;
	x.h.ndm_state = (uint16_t)WORDS(o, "state", states);
	*ARENA_PUSH(&s->arena, s->neigh, s->neigh_n, s->neigh_cap) = x;
	return 0;
}

/* ── Next hops ──────────────────────────────────────────────────────────────────────────────── */

const struct dump_word dump_hop_flags[DUMP_HOP_FLAGS] = {{"dead", RTNH_F_DEAD},
							 {"linkdown", RTNH_F_LINKDOWN},
							 {"onlink", RTNH_F_ONLINK},
							 {"pervasive", RTNH_F_PERVASIVE}};

/* The attributes of an object, as they would stand in a message. */
static struct nl_ref encoded(struct arena *a, const struct attr_set *set, const void *obj)
{
	struct nl_msg m;

	nl_msg_init(&m, 0, 0);
	if (attr_encode(set, obj, &m.h, sizeof(m), NULL) < 0)
		return (struct nl_ref){0};
	size_t n = m.h.nlmsg_len - NLMSG_HDRLEN;
	return (struct nl_ref){arena_dup(a, m.buf + NLMSG_HDRLEN, n), (uint16_t)n};
}

static int group_of(struct dump *d, const json_t *o, struct nh *x, struct err *e)
{
	const json_t *group = json_object_get(o, "group"), *v;
	size_t n = json_array_size(group), i;
	uint8_t *b = arena_alloc(&d->s->arena, n * 8 + 1);

	if (!n || n > 4096)
		return dump_wrong("group", "a list of next hops", e);
	json_array_foreach(group, i, v)
	{
		uint64_t id = 0, weight = 1;
		int rc = dump_number(v, "id", UINT32_MAX, &id, e);
		if (rc >= 0)
			rc = dump_number(v, "weight", UINT16_MAX, &weight, e);
		if (rc < 0 || !weight)
			return rc < 0 ? rc : dump_wrong("weight", "a number in range", e);
		uint32_t id32 = (uint32_t)id;
		memcpy(b + 8 * i, &id32, sizeof(id32));
		b[8 * i + 4] = (uint8_t)(weight - 1);
		b[8 * i + 5] = (uint8_t)((weight - 1) >> 8);
	}
	x->group = (struct nl_ref){b, (uint16_t)(8 * n)};
	set_has(x, NH_GROUP);
	return 0;
}

static int resilient_of(struct dump *d, const json_t *o, struct nh *x, struct err *e)
{
	struct nh_res res = {.has = HAS(NH_RES_BUCKETS)};
	uint64_t v = 0;
	int rc = dump_number(json_object_get(o, "resilient_args"), "buckets", UINT16_MAX, &v, e);

	if (rc <= 0)
		return rc;
	res.buckets = (uint16_t)v;
	x->res_group = encoded(&d->s->arena, &nh_res_attrs, &res);
	set_has(x, NH_RES_GROUP);
	return 0;
}

int dump_nexthop(struct dump *d, const json_t *o, struct err *e)
{
	struct snapshot *s = d->s;
	struct nh x = {.has = HAS(NH_ID)};
	uint64_t id = 0;
	int rc = dump_number(o, "id", UINT32_MAX, &id, e);

	if (rc <= 0)
		return rc;
	x.id = (uint32_t)id;
	x.h.nh_flags = dump_words(o, "flags", dump_hop_flags, DUMP_HOP_FLAGS);
	if (dump_has(o, "blackhole"))
		set_has(&x, NH_BLACKHOLE);
	rc = dump_addr(o, "gateway", 0, &x.gateway, e);
	if (rc > 0)
		set_has(&x, NH_GATEWAY);
	if (rc >= 0)
		rc = dump_dev(d, o, "dev", &x.oif, e);
	if (rc > 0)
		set_has(&x, NH_OIF);
	if (rc >= 0 && dump_has(o, "group"))
		rc = group_of(d, o, &x, e);
	if (rc >= 0)
		rc = resilient_of(d, o, &x, e);
	if (rc < 0)
		return rc;
	*ARENA_PUSH(&s->arena, s->nexthop, s->nexthop_n, s->nexthop_cap) = x;
	return 0;
}

int dump_bucket(struct dump *d, const json_t *o, struct err *e)
{
	struct snapshot *s = d->s;
	const json_t *b = json_object_get(o, "bucket");
	struct nh_bucket bucket = {.has = HAS(NH_BUCKET_INDEX) | HAS(NH_BUCKET_NHID)};
	struct nh x = {.has = HAS(NH_ID) | HAS(NH_RES_BUCKET)};
	uint64_t id = 0, index = 0, nhid = 0;
	int rc = dump_number(o, "id", UINT32_MAX, &id, e);

	if (rc > 0)
		rc = dump_number(b, "index", UINT16_MAX, &index, e);
	if (rc > 0)
		rc = dump_number(b, "nhid", UINT32_MAX, &nhid, e);
	if (rc <= 0)
		return rc;
	x.id = (uint32_t)id;
	bucket.index = (uint16_t)index;
	bucket.nhid = (uint32_t)nhid;
	x.res_bucket = encoded(&s->arena, &nh_bucket_attrs, &bucket);
	*ARENA_PUSH(&s->arena, s->bucket, s->bucket_n, s->bucket_cap) = x;
	return 0;
}

/* A switch, as true or false, or as a word; absent: `ret` stays. */
static int read_switch(const json_t *o, const char *key, uint32_t *ret, struct err *e)
{
	const json_t *v = json_object_get(o, key);
	const char *s = json_string_value(v);

	if (!v)
		return 0;
	if (!json_is_boolean(v) && !(s && (!strcmp(s, "on") || !strcmp(s, "off"))))
		return dump_wrong(key, "true or false", e);
	*ret = s ? !strcmp(s, "on") : json_is_true(v);
	return 1;
}

static int read_rp_filter(const json_t *o, uint32_t *ret, struct err *e)
{
	static const char *const words[] = {"off", "strict", "loose"};
	const char *s = dump_text(o, "rp_filter");

	if (!dump_has(o, "rp_filter"))
		return 0;
	for (uint32_t i = 0; s && i < ARRAY_SIZE(words); i++)
		if (!strcmp(s, words[i])) {
			*ret = i;
			return 1;
		}
	return dump_wrong("rp_filter", "off, strict or loose", e);
}

int dump_netconf(struct dump *d, const json_t *o, struct err *e)
{
	const char *family = dump_text(o, "family"), *name = dump_text(o, "interface");
	unsigned i = family && !strcmp(family, "inet6") ? SETTINGS_IPV6 : SETTINGS_IPV4;

	if (!family || (strcmp(family, "inet") != 0 && i == SETTINGS_IPV4))
		return 0; /* MPLS has such, too */
	if (!name || !*name || strlen(name) > 15)
		return dump_wrong("interface", "a name", e);
	struct settings_dev *conf = settings_dev_add(&d->s->arena, &d->s->settings, name);
	int rc = read_switch(o, "forwarding", &conf->forwarding[i], e);
	if (rc >= 0)
		rc = read_switch(o, "ignore_routes_with_linkdown", &conf->linkdown[i], e);
	if (rc >= 0 && i == SETTINGS_IPV4)
		rc = read_rp_filter(o, &conf->rp_filter, e);
	return rc < 0 ? rc : 0;
}
