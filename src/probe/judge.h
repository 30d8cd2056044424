/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_JUDGE_H
#define MH_PROBE_JUDGE_H

#include "probe/health.h"

/*
 * What is to be held against each uplink, by the verdicts on its targets. Pure: no clock, no
 * descriptors, no log.
 *
 * An uplink is judged per family: all its checks that have targets of that family must pass; a
 * family without targets of its own goes with the other one. A verdict is only held against an
 * uplink as long as there is a better one (judge.c), so the last one stays in use, and all targets
 * failing at once changes nothing. Families: 0 is IPv4, 1 is IPv6. Times in microseconds.
 */
struct judge_target {
	unsigned way;	 /* the uplink's place */
	unsigned check;	 /* of its uplink, from 0 */
	unsigned family; /* 0 or 1 */
	unsigned quorum; /* of its check */
	struct verdict verdict;
	/* For saying what failed: "ping 192.0.2.1", the target's own; and what it failed. */
	char *name;
	const struct check_limits *limits;
};

struct judge_way {
	char *name;	 /* the way's own */
	bool carrier[2]; /* it could be used but for its checks */
	unsigned check_n;
	size_t first, n; /* its targets */
	uint64_t hold;	 /* so long it must have been good when it returns */
	/* What was found. */
	struct verdict verdict[2];
	struct flap flap;
	bool held, down;   /* down: in any family, for counting flaps */
	bool seen;	   /* it has been judged before */
	bool good[2];	   /* it has carrier, and no check says that it is dead */
	uint64_t since[2]; /* when it became good */
	char why[2][160];  /* what is held against it; empty: nothing */
};

struct judge {
	struct judge_way *way;
	size_t way_n;
	struct judge_target *target; /* those of one way stand together */
	size_t target_n;
	uint64_t half_life; /* of the penalty for flapping; 0: none is counted */
	bool suspect[2];    /* every check of every uplink fails */
};

/* `way` and `target` are on the heap, as are their names. */
void judge_free(struct judge *j);

/* What has changed, for the log. */
struct judge_news {
	enum judge_what {
		JUDGE_SUSPECT, /* every check of every uplink fails (`way` is NULL) */
		JUDGE_AGAINST, /* `why` is held against it now */
		JUDGE_GOOD,    /* nothing is any more */
		JUDGE_LAST,    /* nothing is any more, but only for want of a better one */
	} what;
	unsigned family;
	const struct judge_way *way;
	const char *why;
};
typedef void judge_fn(void *arg, const struct judge_news *news);

/* A way of which a verdict has changed. */
void judge_one(struct judge *j, struct judge_way *w, uint64_t now);
/*
 * Compares all ways, as they are then, and says so if what is held against one has changed, apart
 * from which check it is: true.
 */
bool judge_all(struct judge *j, uint64_t now, judge_fn *tell, void *arg);
/* When judge_all() is next to be called though nothing happens; UINT64_MAX: never. */
uint64_t judge_due(struct judge *j, uint64_t now);

/* The way of this name, likely the one in place `guess`; NULL if there is none. */
const struct judge_way *judge_find(const struct judge *j, const char *name, size_t guess);
/* What is known of a way goes on in another list. */
void judge_take(struct judge_way *w, const struct judge_way *old);

#endif
