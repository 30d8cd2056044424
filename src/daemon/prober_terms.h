/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_PROBER_TERMS_H
#define MH_DAEMON_PROBER_TERMS_H

#include "daemon/prober_wire.h"
#include "uplink/config.h"

/*
 * From what the configuration says of a check to what the process that probes is told: the kind,
 * and what an answer must be. Pure.
 */
_Static_assert(PROBER_SERVERS == CHECK_SERVERS_MAX, "all that may be written");
enum probe_kind prober_kind(enum check_kind kind);
/*
 * False if the kind has no terms: an answer is an answer. All bytes of `ret` are set. `resolv` is
 * the text of the system's resolv.conf, of which the name servers of the family are taken for a tcp
 * check that says none.
 */
bool prober_terms_fill(const struct check_config *c, const struct check_target *asked,
		       const char *resolv, uint8_t family, struct prober_terms *ret);

#endif
