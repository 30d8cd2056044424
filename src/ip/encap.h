/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_ENCAP_H
#define MH_IP_ENCAP_H

#include "ip/words.h"

/*
 * KIND OPTIONS..., the words behind "encap", up to one that is none of the kind's: its number and
 * its attributes, which are the arena's.
 */
int parse_encap(struct parser *p, uint16_t *ret_type, struct nl_ref *ret, struct err *e);

#define ENCAP_METAVAR "KIND OPTIONS"

#endif
