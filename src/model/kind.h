/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_KIND_H
#define MH_MODEL_KIND_H

#include "model/link.h"
#include "model/value.h"

/*
 * Kinds of interfaces ("bridge", "vxlan", ...) and their options: IFLA_INFO_DATA as a struct with
 * an attribute table, IFLA_INFO_SLAVE_DATA as another for the interfaces that are ports of it. A
 * row's word is what the option is called on a command line as well; text order is the table's.
 */
struct link_kind {
	const char *name;
	const struct attr_set *data;  /* NULL: no options */
	const struct attr_set *slave; /* NULL: no options of its ports */
};

/* The options of each. */
extern const struct attr_set bridge_attrs, bridge_port_attrs, vlan_attrs, vrf_attrs;
extern const struct link_kind link_kinds[];		  /* ends with name NULL */
const struct link_kind *link_kind_find(const char *name); /* NULL: not known */

/* Kind, options, the master's kind and options as a port: "linkinfo". */
void kind_print(struct print *p, const struct link *l);
/* As the row's value type prints it. */
static inline void link_value_print(struct print *p, const struct attr *a, const void *obj)
{
	if (a->value && a->value->print)
		a->value->print(p, a, obj);
}

extern const struct value value_vlan_protocol; /* "802.1Q" */

/* Room for any kind's struct. */
#define KIND_DATA_MAX 512

#endif
