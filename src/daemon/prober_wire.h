/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_PROBER_WIRE_H
#define MH_DAEMON_PROBER_WIRE_H

#include "base/ipaddr.h"
#include "daemon/wire.h"
#include "probe/health.h"

/*
 * What the main process and the one that probes say to each other (prober.h, prober_process.h).
 *
 * The main process says what there is to probe as a whole list: PROBER_BEGIN, a PROBER_TARGET each
 * (behind the PROBER_TERMS that it needs), PROBER_END, which puts it in force. Verdicts come back
 * with the list's number, so that one that crosses a new list on the way is not taken for another
 * target's; PROBER_END is answered by the verdicts that are not as the list has them.
 */
enum prober_says {
	/* to the process that probes */
	PROBER_BEGIN,
	PROBER_TERMS,
	PROBER_TARGET,
	PROBER_END,
	PROBER_DOUBT, /* something of ours is missing: silence may be our own doing */
	PROBER_CLEAR, /* everything is there again */
	PROBER_IN_TYPES,
	/* from it */
	PROBER_VERDICT = 0,
	PROBER_APPEAL,	  /* a target falls silent while there is doubt */
	PROBER_STRANGERS, /* messages that were no answers of ours */
	PROBER_MOVED,	  /* a gateway answers with another link-layer address than before */
	PROBER_OUT_TYPES,
};

struct prober_begin {
	struct wire_head head;
	uint32_t list, n;
	uint32_t terms; /* how many PROBER_TERMS there will be */
};

#define PROBER_SERVERS 3

/* What an answer must be (struct probe_terms), for the targets that refer to it. */
struct prober_terms {
	struct wire_head head;
	char name[256]; /* ends with a zero */
	uint16_t type;
	uint8_t refused_ok, nxdomain_ok;
	uint16_t status_first, status_last;
	char url[256], body[256]; /* end with a zero; `body` may be empty */
	/* Who knows the name's address; the last members, since it is no part of what is asked. */
	struct ip_addr server[PROBER_SERVERS];
	uint8_t server_n;
};

struct prober_target {
	struct wire_head head;
	uint32_t id;	/* the same for the same target in different lists; below PROBER_IDS */
	uint32_t terms; /* the place of its terms, from 1; 0: it needs none */
	uint32_t at;	/* where its window is in the shared memory, in bytes */
	struct check_limits limits;
	uint32_t calm; /* instead of limits.every as long as all is well */
	int32_t ifindex;
	struct ip_addr src, dst;
	uint16_t port;
	uint16_t slots; /* of its window */
	uint8_t kind;	/* enum probe_kind, one that asker_of() knows */
	uint8_t health; /* a verdict: what it is to the main process */
	uint8_t why;
};

/* PROBER_END, PROBER_DOUBT, PROBER_CLEAR, PROBER_APPEAL */
struct prober_word {
	struct wire_head head;
};

struct prober_verdict {
	struct wire_head head;
	uint32_t list, index; /* the place in the list */
	uint32_t figure;
	uint8_t health, why;
};

struct prober_moved {
	struct wire_head head;
	uint32_t list, index;
	uint8_t mac[6];
};

struct prober_strangers {
	struct wire_head head;
	uint64_t n; /* since the last such message */
};

/* What either side takes from the other. Pure. */
extern const struct wire_protocol prober_in, prober_out;

/*
 * The memory that both share, written by the process that probes: two halves, one for the list in
 * force and one for the next. Pages that nobody has touched cost nothing.
 */
#define PROBER_HALF	   (32u << 20)
#define PROBER_TARGETS_MAX 16384
#define PROBER_IDS	   (2 * PROBER_TARGETS_MAX)

#endif
