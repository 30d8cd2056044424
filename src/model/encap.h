/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_ENCAP_H
#define MH_MODEL_ENCAP_H

#include "base/arena.h"
#include "model/print.h"
#include "model/value.h"

/*
 * What a route puts packets into before they leave: the lightweight tunnel of a route, of one of
 * its next hops, or of a next hop object (linux/lwtunnel.h). RTA_ENCAP_TYPE says which kind,
 * RTA_ENCAP holds its attributes. The kinds share one struct; each has a table of those fields that
 * it has, in the order of the text.
 */
enum encap_field {
	ENCAP_FREQ_K,
	ENCAP_FREQ_N,
	ENCAP_ACTION,
	ENCAP_MODE,
	ENCAP_SRH,
	ENCAP_TABLE,
	ENCAP_VRFTABLE,
	ENCAP_NH4,
	ENCAP_NH6,
	ENCAP_IIF,
	ENCAP_OIF,
	ENCAP_COUNTERS,
	ENCAP_FLAVORS,
	ENCAP_ID,
	ENCAP_LABELS,
	ENCAP_SRC,
	ENCAP_DST,
	ENCAP_TTL,
	ENCAP_TOS,
	ENCAP_FLAGS,
	ENCAP_TRACE,
	ENCAP_IF_ID,
	ENCAP_LINK,
	/* Of requests; encap_finish() makes ENCAP_SRH and ENCAP_TRACE of them. */
	ENCAP_SEGS,
	ENCAP_HMAC,
	ENCAP_TRACE_TYPE,
	ENCAP_TRACE_NS,
	ENCAP_TRACE_SIZE,
	ENCAP_FIELDS
};

struct encap {
	uint64_t has; /* enum encap_field */
	uint64_t id;  /* network order, as on the wire */
	struct ip_addr src, dst, nh4, nh6;
	uint32_t table, vrftable, iif, oif, action, freq_k, freq_n, if_id, link;
	uint16_t flags; /* TUNNEL_*, network order */
	uint8_t ttl, tos, mode;
	struct nl_ref labels; /* MPLS: label stack entries (RFC 3032) */
	struct nl_ref srh,
		trace; /* headers as they are in packets; seg6: an int, the mode, first */
	struct nl_ref counters, flavors; /* attributes */
	struct nl_ref segs;		 /* IPv6 addresses, the first to visit first */
	uint32_t hmac, trace_type;
	uint16_t trace_ns, trace_size;
};

struct encap_kind {
	const char *name;
	uint16_t type;		    /* LWTUNNEL_ENCAP_* */
	const struct attr_set *set; /* NULL: known by name only */
};

/* By name or number; NULL if there is none. */
const struct encap_kind *encap_kind_named(const char *name);
const struct encap_kind *encap_kind_number(unsigned type);

/* Completes what was read word by word; bytes are the arena's. -EINVAL says what is missing. */
int encap_finish(struct arena *a, const struct encap_kind *k, struct encap *x, struct err *e);

/* " encap KIND ..."; in JSON the members of the object that is open. */
void encap_print(struct print *p, uint16_t type, struct nl_ref attrs);

/* MPLS labels "100/200", as label stack entries. */
int mpls_labels_parse(struct arena *a, const char *arg, struct nl_ref *ret, struct err *e);
/* And back; what does not fit is left out. Returns buf. */
#define MPLS_LABELS_STRLEN (16 * 8 + 1)
const char *mpls_labels_str(struct nl_ref labels, char buf[static MPLS_LABELS_STRLEN]);

#endif
