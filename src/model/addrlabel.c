/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/addrlabel.h"

#include "model/value.h"

static void prefix_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct addrlabel *l = obj;

	if (p->json) {
		print_host(p, a->key, &l->address);
		jw_u64(&p->j, "prefixlen", l->h.ifal_prefixlen);
		return;
	}
	print_flag(p, a->word, NULL);
	print_host(p, NULL, &l->address);
	out_putc(p->o, '/');
	out_u64(p->o, l->h.ifal_prefixlen);
	out_putc(p->o, ' ');
}

static const struct value value_prefix = {.print = prefix_print};

#define T struct addrlabel
static const struct attr rows[ADDRLABEL_FIELDS] = {
	[ADDRLABEL_PREFIX] = {ATTR_ROW_ADDR(IFAL_ADDRESS, T, address), "prefix", "address",
			      &value_prefix},
	[ADDRLABEL_DEV] = {.off = offsetof(T, h.ifal_index),
			   .size = 4,
			   .word = "dev",
			   .key = "ifname",
			   .value = &value_dev},
	[ADDRLABEL_LABEL] = {ATTR_ROW_U32(IFAL_LABEL, T, label), "label", "label", &value_number},
};
#undef T
ATTR_SET(addrlabel_attrs, "addrlabel", struct addrlabel, h, rows, IFAL_MAX);

int addrlabel_decode(const struct nlmsghdr *h, struct addrlabel *l, struct err *e)
{
	int rc = attr_decode_msg(&addrlabel_attrs, h, l, e);

	if (!rc && l->h.ifal_index)
		set_has(l, ADDRLABEL_DEV);
	return rc;
}

void addrlabel_print(struct print *p, const struct addrlabel *l)
{
	if (p->json)
		jw_object(&p->j, NULL);
	print_object(p, &addrlabel_attrs, l);
	if (p->json)
		jw_object_end(&p->j);
}
