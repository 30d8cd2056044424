/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_KIND_H
#define MH_MODEL_KIND_H

#include "model/link.h"
#include "model/value.h"

/*
 * Kinds of interfaces ("bridge", "vxlan", ...) and their options: IFLA_INFO_DATA as a struct with
 * an attribute table, IFLA_INFO_SLAVE_DATA as another for the interfaces that are ports of it. Text
 * order is the table's.
 *
 * What can be said of a kind on a command line is the rows' words, or, where a word is not the
 * whole story of a row ("noproxy", "key" for two rows), a table of words. Parser (ip/link_kind.c),
 * help and manual come from these.
 */
struct kind_word {
	const char *words;	   /* synonyms; "=" as in a keyword's (ip/words.h); NULL ends */
	uint8_t row;		   /* that the value is read into */
	const struct value *value; /* how it is read; NULL: as the row says */
	uint32_t num;		   /* struct parse's `num` for it */
};

struct link_kind {
	const char *name;
	const struct attr_set *data;  /* NULL: no options */
	const struct attr_set *slave; /* NULL: no options of its ports */
	/* Tables of words, NULL behind the last; kind_row_words stands for those of the rows of
	 * `data`. NULL: these alone. */
	const struct kind_word *const *words;
	/* What a new one has without being asked; of zeroed `data`. May be NULL. */
	void (*begin)(void *data);
	/* Checks and completes what was said. May be NULL. */
	int (*finish)(void *data, bool create, struct err *e);
	/*
	 * The kernel takes a change for the whole: what it does not name becomes zero. So a change
	 * begins with what the interface has.
	 */
	bool whole;
	bool once; /* an option given twice is an error */
};

extern const struct kind_word kind_row_words[];

/* The options of each, and what link_kinds needs to know of them. */
extern const struct attr_set bridge_attrs, bridge_port_attrs, vlan_attrs, vrf_attrs, vrf_port_attrs,
	vxlan_attrs, macvlan_attrs, ipvlan_attrs, bond_attrs, bond_port_attrs, bond_ad_info_attrs,
	gre_attrs, ip6gre_attrs, ipip_attrs, sit_attrs, ip6tnl_attrs, vti_attrs;
extern const struct kind_word *const vlan_words[],
	*const vxlan_words[],
		*const macvlan_words[],
			*const ipvlan_words[],
				*const bond_words[],
					*const gre_words[],
						*const erspan_words[],
							*const ip6gre_words[],
								*const ipip_words[],
									*const sit_words[],
										*const ip6tnl_words[],
											*const vti_words[],
												*const vti6_words
													[];
void gre_begin(void *data), erspan_begin(void *data), ip6gre_begin(void *data),
	ipip_begin(void *data), sit_begin(void *data), ip6tnl_begin(void *data),
	vti_begin(void *data), vti6_begin(void *data);
int vxlan_finish(void *data, bool create, struct err *e);
int macvlan_finish(void *data, bool create, struct err *e);
int gre_finish(void *data, bool create, struct err *e);
int ip6gre_finish(void *data, bool create, struct err *e);
int iptunnel_finish(void *data, bool create, struct err *e);
int vti_finish(void *data, bool create, struct err *e);

extern const struct link_kind link_kinds[];		  /* ends with name NULL */
const struct link_kind *link_kind_find(const char *name); /* NULL: not known */

/*
 * The first word that `wanted` wants, value and all, in *ret; false if it wants none. `slave`: of
 * those of a port.
 */
bool kind_find_word(const struct link_kind *k, bool slave,
		    bool (*wanted)(const struct kind_word *w, void *arg), void *arg,
		    struct kind_word *ret);

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
#define KIND_DATA_MAX 768

#endif
