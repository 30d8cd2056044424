/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_CONVERGE_H
#define MH_DAEMON_CONVERGE_H

#include "apply/state.h"
#include "uplink/desired.h"

/*
 * From what is to what should be, once: reads the machine, makes the desired state of it, and
 * brings the kernel there. Does not wait and has no clock; when to call it is the caller's matter.
 */
struct converge {
	const char *config_path;
	const char *dir; /* the state's folder */
	struct kernel *kernel;
	struct config config, previous; /* in force, and before it */
	bool has_previous;
	struct config next; /* read, and not in force yet */
	bool has_next;
	const char *next_path; /* the file; NULL: config_path */
	/* As of the last converge_now() that got so far; the links are the snapshot's. */
	struct snapshot snap;
	struct desired desired;
	bool has_desired;
	/* Whether each uplink could be used then, to notice what is lost. */
	struct way_use {
		char *uplink;
		bool usable[2];
	} * use;
	size_t use_n;
	/* A machine with very many routes: the tables that hold any of ours, as of the same time.
	 */
	bool many;
	uint32_t *table;
	size_t table_n;
	bool changed;	 /* the last converge_now() made a step */
	bool recorded;	 /* the configuration in force is in the history */
	char *complaint; /* the last failure, so that it is logged once */
};

int converge_open(struct converge *c, const char *config, const char *dir, struct err *e);
void converge_close(struct converge *c);

/*
 * Reads the configuration again, or another file in its place (NULL: none), as the next one. The
 * one in force stays; if what is read is in error, it is all there is.
 */
int converge_read(struct converge *c, const char *path, struct err *e);
/*
 * True if nothing of the next one needs a proof: it is the one in force, or `multihome apply`,
 * which has proved it or was told not to, has put it in force already.
 */
bool converge_is_known(const struct converge *c);
/* The next one is in force from here on; or is forgotten. */
void converge_adopt(struct converge *c);
void converge_refuse(struct converge *c);
/* The configuration of before the last reload is in force again. False if there is none. */
bool converge_take_back(struct converge *c);

/* What the next one wants of the machine as it is, and the steps there. */
struct converge_next {
	struct snapshot snap;
	struct desired desired;
	struct plan plan;
};
/* Makes them, and changes nothing; errors as below. `ret` is to be given back in any case. */
int converge_plan_next(struct converge *c, const struct way_health *health, size_t n,
		       struct converge_next *ret, struct err *e);
void converge_next_free(struct converge_next *x);

/*
 * Only what packets wait for, on a machine with so many routes that reading them all takes longer
 * than packets may: from the links, addresses, rules and our own tables as they are now, and the
 * routes of others as they were at the last converge_now(), which is to follow soon. 1: done; 0: it
 * is no such machine. Errors as below.
 */
int converge_quickly(struct converge *c, const struct way_health *health, size_t n, struct err *e);

/*
 * Routes and rules first, then the connections of uplinks that were lost, then all the rest and a
 * fresh reading to see that it is so. `steps` is how many there were.
 *
 * -EWOULDBLOCK: another run of multihome is at work; try again soon. After other errors the kernel
 * has what it had, or (see state.h) the state knows the way back.
 */
int converge_now(struct converge *c, const struct way_health *health, size_t n, size_t *steps,
		 struct err *e);

/*
 * Nothing comes back by an uplink of the last desired state (f: 0 IPv4, 1 IPv6): perhaps its
 * gateway is another one, with the same address. Its hardware address is asked for anew.
 */
void converge_forget_gateway(struct converge *c, const struct uplink_state *u, unsigned f);

#endif
