/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_ENCAP_VALUE_H
#define MH_MODEL_ENCAP_VALUE_H

#include "model/encap.h"

/* Value types that only encapsulations have. */
extern const struct value value_encap_id; /* a number of 64 bits in network order */
extern const struct value value_encap_addr4, value_encap_addr6;
extern const struct value value_encap_tos;    /* rt_dsfield, shown as a number */
extern const struct value value_encap_flags;  /* key, csum, seq */
extern const struct value value_encap_labels; /* MPLS labels */
extern const struct value value_encap_seg6_mode, value_encap_ioam6_mode;
extern const struct value value_encap_seg6, value_encap_local_srh, value_encap_rpl;
extern const struct value value_encap_segs;	/* "A,B,C", only read */
extern const struct value value_encap_given;	/* a number, only read */
extern const struct value value_encap_action;	/* End.X ... */
extern const struct value value_encap_counters; /* counters, with -s */
extern const struct value value_encap_flavors;	/* "psp,usd" */
extern const struct value value_encap_freq;	/* "K/N", both fields */
extern const struct value value_encap_trace;	/* IOAM's trace header */

#endif
