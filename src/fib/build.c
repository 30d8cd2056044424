/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a snapshot to the compiled model: devices, then tables (routes sorted by prefix into nodes,
 * in each node the kernel's order of preference), then rules, which point at tables.
 */
#include "base/big.h"
#include "base/cleanup.h"
#include "fib/compiled.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct settings_dev fib_no_settings;

static int dev_cmp(const void *a, const void *b, void *arg)
{
	const struct fib_dev *d = arg;
	int x = d[*(const uint32_t *)a].ifindex, y = d[*(const uint32_t *)b].ifindex;

	return (x > y) - (x < y);
}

const struct fib_dev *fib_device(const struct fib *f, int ifindex)
{
	size_t lo = 0, hi = f->dev_n;

	if ((unsigned)ifindex < FIB_DEV_DIRECT)
		return f->dev_direct[ifindex];
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct fib_dev *d = &f->dev[f->dev_at[mid]];
		if (d->ifindex == ifindex)
			return d;
		if (d->ifindex < ifindex)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* IFLA_VRF_TABLE */
#define VRF_TABLE 1
static uint32_t vrf_table(const struct link *l)
{
	uint32_t t = 0;

	if (has(l, LINK_INFO) && !strcmp(link_kind(l), "vrf"))
		attr_each (a, link_info_data(l))
			if (attr_type(a) == VRF_TABLE && attr_payload(a).len >= sizeof(t))
				memcpy(&t, attr_payload(a).p, sizeof(t));
	return t;
}

static void compile_devices(struct fib *f)
{
	const struct snapshot *s = f->s;

	f->dev = arena_alloc(&f->arena, s->link_n * sizeof(*f->dev));
	f->dev_at = arena_alloc(&f->arena, s->link_n * sizeof(*f->dev_at));
	f->dev_n = s->link_n;
	for (size_t i = 0; i < s->link_n; i++) {
		const struct link *l = &s->link[i];
		const struct settings_dev *conf = settings_dev(&s->settings, l->name);
		f->dev_at[i] = (uint32_t)i;
		f->dev[i] = (struct fib_dev){.ifindex = l->h.ifi_index,
					     .group = has(l, LINK_GROUP) ? l->group : 0,
					     .up = link_is_up(l),
					     .loopback = l->h.ifi_flags & IFF_LOOPBACK,
					     .l3_table = vrf_table(l),
					     .conf = conf ? conf : &fib_no_settings};
	}
	qsort_r(f->dev_at, f->dev_n, sizeof(*f->dev_at), dev_cmp, f->dev);
	for (size_t i = f->dev_n; i-- > 0;)
		if ((unsigned)f->dev[f->dev_at[i]].ifindex < FIB_DEV_DIRECT)
			f->dev_direct[f->dev[f->dev_at[i]].ifindex] = &f->dev[f->dev_at[i]];
	for (size_t i = 0; i < s->link_n; i++) {
		const struct link *l = &s->link[i];
		const struct fib_dev *m =
			has(l, LINK_MASTER) ? fib_device(f, (int)l->master) : NULL;
		if (f->dev[i].l3_table)
			f->dev[i].l3 = f->dev[i].ifindex;
		else if (m && m->l3_table)
			f->dev[i].l3 = m->ifindex;
	}
}

/* Each device's addresses, as they follow each other in the dump. */
static void compile_addresses(struct fib *f)
{
	const struct snapshot *s = f->s;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < s->address_n; i++) {
			const struct address *a = &s->address[i];
			struct fib_dev *d = (void *)fib_device(f, (int)a->h.ifa_index);
			unsigned x = fib_index(a->h.ifa_family);
			if (!d)
				continue;
			if (pass)
				((const struct address **)d->addr[x])[d->addr_n[x]] = a;
			d->addr_n[x]++;
		}
		for (size_t i = 0; !pass && i < f->dev_n; i++)
			for (unsigned x = 0; x < 2; x++) {
				f->dev[i].addr[x] =
					arena_alloc(&f->arena, f->dev[i].addr_n[x] *
								       sizeof(*f->dev[i].addr[x]));
				f->dev[i].addr_n[x] = 0;
			}
	}
}

/* ── Tables ─────────────────────────────────────────────────────────────────────────────────── */

static int u32_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/*
 * The order in which routes of a table stand: by destination; then the plain ones before those with
 * a source prefix, longest source first; then as the kernel prefers (IPv4: greatest tos, then least
 * metric; IPv6: least metric); then as the kernel told them, which is its own order of equals.
 */
static int route_order(const void *a, const void *b)
{
	const struct route *x = *(const struct route *const *)a;
	const struct route *y = *(const struct route *const *)b;
	int c = x->table != y->table ? (x->table < y->table ? -1 : 1) : 0;

	if (!c)
		c = memcmp(x->dst.b, y->dst.b, sizeof(x->dst.b));
	if (!c)
		c = x->h.rtm_dst_len - y->h.rtm_dst_len;
	if (!c && x->h.rtm_src_len != y->h.rtm_src_len)
		c = !x->h.rtm_src_len	? -1
		    : !y->h.rtm_src_len ? 1
					: y->h.rtm_src_len - x->h.rtm_src_len;
	if (!c && x->h.rtm_src_len)
		c = memcmp(x->src.b, y->src.b, sizeof(x->src.b));
	if (!c && x->h.rtm_family == AF_INET)
		c = y->h.rtm_tos - x->h.rtm_tos;
	if (!c && x->metric != y->metric)
		c = x->metric < y->metric ? -1 : 1;
	return c ? c : (x > y) - (x < y);
}

static struct ip_prefix dst_of(const struct route *r)
{
	return (struct ip_prefix){r->dst, r->h.rtm_dst_len};
}

static bool same_dst(const struct route *a, const struct route *b)
{
	return a->h.rtm_dst_len == b->h.rtm_dst_len &&
	       !memcmp(a->dst.b, b->dst.b, sizeof(a->dst.b));
}

static bool same_src(const struct route *a, const struct route *b)
{
	return a->h.rtm_src_len == b->h.rtm_src_len &&
	       (!a->h.rtm_src_len || !memcmp(a->src.b, b->src.b, sizeof(a->src.b)));
}

static int compile_entry(struct fib *f, const struct route *r, uint32_t node, struct fib_entry *x,
			 struct err *e)
{
	*x = (struct fib_entry){.r = r,
				.metric = r->metric,
				.node = node,
				.type = r->h.rtm_type,
				.tos = r->h.rtm_tos,
				.plen = r->h.rtm_dst_len};
	/* rt6_score_route(): low 1, medium 2, high 3 */
	x->score = (uint8_t)(((has(r, ROUTE_PREF) ? r->pref : 0) ^ 2) << 2);
	return fib_compile_hops(f, r, &x->hops, e);
}

/* The node that begins at route `at`; returns where the next one begins, or a negative errno. */
static ssize_t compile_node(struct fib *f, struct fib_table *t, const struct route *const *r,
			    size_t at, size_t n, struct err *e)
{
	struct fib_node *node = &t->node[t->node_n];
	size_t i = at;

	*node = (struct fib_node){
		.dst = dst_of(r[at]), .parent = LPM_NONE, .entry = t->entry_n, .sub = t->sub_n};
	node->dst.addr.family = r[at]->h.rtm_family;
	for (; i < n && same_dst(r[i], r[at]); i++) {
		int rc = compile_entry(f, r[i], t->node_n, &t->entry[t->entry_n], e);
		if (rc < 0)
			return rc;
		t->entry[t->entry_n].last =
			i + 1 == n || !same_dst(r[i + 1], r[at]) || !same_src(r[i + 1], r[i]);
		if (!r[i]->h.rtm_src_len) {
			node->entry_n++;
		} else {
			if (!node->sub_n || !same_src(r[i], r[i - 1])) {
				t->sub[t->sub_n++] = (struct fib_sub){
					{r[i]->src, r[i]->h.rtm_src_len}, t->entry_n, 0};
				node->sub_n++;
			}
			t->sub[t->sub_n - 1].entry_n++;
		}
		t->entry_n++;
	}
	t->prefix[t->node_n++] = node->dst;
	return (ssize_t)i;
}

/* The index over the nodes' prefixes, and each one's next shorter prefix. */
static int index_table(struct fib_table *t, uint8_t family, struct err *e)
{
	CLEANUP(free_ptr) struct prefix_value *p = big_alloc(t->node_n * sizeof(*p));
	CLEANUP(free_ptr) uint32_t *parent = big_alloc(t->node_n * sizeof(*parent));

	if (!p || !parent)
		return err_errno(e, -ENOMEM, "routing model");
	for (uint32_t i = 0; i < t->node_n; i++)
		p[i] = (struct prefix_value){t->prefix[i], t->node[i].entry};
	int rc = lpm_new(family, p, t->node_n, parent, &t->lpm, e);
	for (uint32_t i = 0; i < t->node_n && rc >= 0; i++)
		t->node[i].parent = parent[i];
	return rc < 0 ? rc : 0;
}

static int compile_table(struct fib *f, struct fib_table *t, const struct route *const *r, size_t n,
			 size_t sub_n, struct err *e)
{
	*t = (struct fib_table){.id = r[0]->table};
	t->node = big_alloc(n * sizeof(*t->node));
	t->prefix = big_alloc(n * sizeof(*t->prefix));
	t->entry = big_alloc(n * sizeof(*t->entry));
	if (!t->node || !t->prefix || !t->entry)
		return err_errno(e, -ENOMEM, "routes");
	t->sub = arena_alloc(&f->arena, sub_n * sizeof(*t->sub));
	for (size_t i = 0; i < n;) {
		ssize_t next = compile_node(f, t, r, i, n, e);
		if (next < 0)
			return (int)next;
		i = (size_t)next;
	}
	return index_table(t, r[0]->h.rtm_family, e);
}

static int check_route(const struct route *r, struct err *e)
{
	uint8_t bits = ip_bits(r->h.rtm_family);
	struct ip_prefix p = ip_prefix_masked(dst_of(r));
	char text[IP_ADDR_STRLEN];

	if (r->h.rtm_dst_len > bits || r->h.rtm_src_len > bits)
		return err_set(e, -EINVAL, "a route's prefix has %u of %u bits",
			       r->h.rtm_dst_len > bits ? r->h.rtm_dst_len : r->h.rtm_src_len, bits);
	if (memcmp(p.addr.b, r->dst.b, sizeof(p.addr.b)))
		return err_set(e, -EINVAL, "a route to %s/%u has host bits",
			       ip_addr_str(&r->dst, text), r->h.rtm_dst_len);
	return 0;
}

/* As many moves a route as a dump may ask for; what is in less order is sorted as a whole. */
#define MOVES 4u

/*
 * The kernel tells a table by ascending addresses, with a few routes of one address the other way
 * round: little is to be moved.
 */
static void sort_routes(const struct route **r, size_t n)
{
	size_t moves = 0;

	for (size_t i = 1; i < n; i++) {
		const struct route *x = r[i];
		size_t k = i;
		for (; k && moves <= MOVES * n && route_order(&x, &r[k - 1]) < 0; k--, moves++)
			r[k] = r[k - 1];
		r[k] = x;
		if (moves > MOVES * n) {
			qsort(r, n, sizeof(*r), route_order);
			return;
		}
	}
}

/* A run of routes of one table, as the snapshot has them. */
struct run {
	uint32_t table;
	size_t at, n;
	size_t sub_n; /* those with a source prefix */
};

/* The routes of one family, which are read as seldom as can be: they do not fit into the cache. */
struct told {
	struct arena arena;
	const struct route **r;
	size_t n;
	struct run *run;
	size_t run_n, run_cap;
};

static int collect_routes(struct fib *f, uint8_t family, struct told *ret, struct err *e)
{
	struct run *run = NULL;

	for (size_t i = 0; i < f->s->route_n; i++) {
		const struct route *x = &f->s->route[i];
		if (x->h.rtm_family != family)
			continue;
		int rc = check_route(x, e);
		if (rc < 0)
			return rc;
		if (family == AF_INET && x->h.rtm_type == RTN_LOCAL &&
		    x->h.rtm_protocol != RTPROT_KERNEL)
			f->custom_local = true;
		if (!run || run->table != x->table) {
			run = ARENA_PUSH(&ret->arena, ret->run, ret->run_n, ret->run_cap);
			*run = (struct run){.table = x->table, .at = ret->n};
		}
		run->n++;
		run->sub_n += x->h.rtm_src_len != 0;
		ret->r[ret->n++] = x;
	}
	return 0;
}

static int run_order(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return x->table != y->table ? (x->table < y->table ? -1 : 1)
				    : (x->at > y->at) - (x->at < y->at);
}

/* The routes of the table to which run `i` belongs, in order; returns the next table's run. */
static size_t gather_table(const struct told *told, size_t i, const struct route **r,
			   struct run *ret)
{
	*ret = (struct run){.table = told->run[i].table};
	for (; i < told->run_n && told->run[i].table == ret->table; i++) {
		const struct run *run = &told->run[i];
		memcpy(r + ret->n, told->r + run->at, run->n * sizeof(*r));
		ret->n += run->n;
		ret->sub_n += run->sub_n;
	}
	sort_routes(r, ret->n);
	return i;
}

static int compile_told(struct fib *f, struct fib_family *fam, struct told *told,
			const struct route **r, struct err *e)
{
	struct run run;
	int rc = 0;

	if (told->run_n)
		qsort(told->run, told->run_n, sizeof(*told->run), run_order);
	/* At most so many. */
	fam->table = arena_alloc(&f->arena, told->run_n * sizeof(*fam->table));
	fam->table_id = arena_alloc(&f->arena, told->run_n * sizeof(*fam->table_id));
	for (size_t i = 0; i < told->run_n && rc >= 0;) {
		i = gather_table(told, i, r, &run);
		fam->table_id[fam->table_n] = run.table;
		rc = compile_table(f, &fam->table[fam->table_n++], r, run.n, run.sub_n, e);
	}
	return rc;
}

static int compile_tables(struct fib *f, uint8_t family, struct err *e)
{
	size_t size = f->s->route_n * sizeof(const struct route *);
	CLEANUP(free_ptr) const struct route **all = big_alloc(size);
	CLEANUP(free_ptr) const struct route **r = big_alloc(size);
	struct told told = {.r = all};

	if (!all || !r)
		return err_errno(e, -ENOMEM, "routes");
	int rc = collect_routes(f, family, &told, e);
	if (!rc)
		rc = compile_told(f, &f->family[fib_index(family)], &told, r, e);
	arena_free(&told.arena);
	return rc;
}

const struct fib_table *fib_table(const struct fib *f, uint8_t family, uint32_t id)
{
	const struct fib_family *fam = &f->family[fib_index(family)];
	const uint32_t *at =
		fam->table_n ? bsearch(&id, fam->table_id, fam->table_n, sizeof(id), u32_cmp)
			     : NULL;

	return at ? &fam->table[at - fam->table_id] : NULL;
}

int fib_new(struct fib **ret, const struct snapshot *s, struct err *e)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct fib *f = calloc(1, sizeof(*f));
	int rc = 0;

	if (!f)
		return err_errno(e, -ENOMEM, "routing model");
	f->s = s;
	f->set = s->settings;
	if (!f->set.kernel)
		f->set.kernel = UINT32_MAX;
	compile_devices(f);
	compile_addresses(f);
	fib_compile_objects(f);
	for (unsigned i = 0; i < 2 && !rc; i++) {
		rc = compile_tables(f, families[i], e);
		if (!rc)
			rc = fib_compile_rules(f, families[i], e);
	}
	fib_forget_hops(f);
	f->local = fib_table(f, AF_INET, RT_TABLE_LOCAL);
	f->main = fib_table(f, AF_INET, RT_TABLE_MAIN);
	if (rc < 0)
		fib_free(f);
	else
		*ret = f;
	return rc;
}

void fib_free(struct fib *f)
{
	if (!f)
		return;
	fib_forget_hops(f);
	for (unsigned i = 0; i < 2; i++)
		for (size_t k = 0; k < f->family[i].table_n; k++) {
			lpm_free(f->family[i].table[k].lpm);
			free(f->family[i].table[k].node);
			free(f->family[i].table[k].prefix);
			free(f->family[i].table[k].entry);
		}
	arena_free(&f->arena);
	free(f);
}

const struct snapshot *fib_snapshot(const struct fib *f)
{
	return f->s;
}

size_t fib_rules(const struct fib *f, uint8_t family, const struct rule *const **ret)
{
	const struct fib_family *fam = &f->family[fib_index(family)];

	*ret = fam->rules;
	return fam->rule_n;
}

size_t fib_prefixes(const struct fib *f, uint8_t family, uint32_t table,
		    const struct ip_prefix **ret)
{
	const struct fib_table *t = fib_table(f, family, table);

	*ret = t ? t->prefix : NULL;
	return t ? t->node_n : 0;
}

size_t fib_tables(const struct fib *f, uint8_t family, const uint32_t **ret)
{
	const struct fib_family *fam = &f->family[fib_index(family)];

	*ret = fam->table_id;
	return fam->table_n;
}
