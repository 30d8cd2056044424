/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_DOCTOR_H
#define MH_UPLINK_DOCTOR_H

#include "fib/prove.h"
#include "model/names.h"
#include "uplink/owned.h"

/*
 * What is wrong with a machine as one with several ways out. Pure: what is known of the machine is
 * given (apply/facts.h gathers it), and each check is a row of one table (doctor.c).
 */

/* A UDP socket that receives for all addresses, and so may answer from another one. */
struct doctor_socket {
	uint8_t family;
	uint16_t port;
	uint32_t inode;
	int pid; /* 0: not found */
	char program[32];
};

struct doctor_facts {
	const struct snapshot *snap; /* whole */
	/* A sysctl's value by its path ("net/ipv4/ip_forward"), NULL if there is none. */
	const char *(*sysctl)(void *arg, const char *name);
	void *sysctl_arg;
	struct names *names;
	struct doctor_socket *socket;
	size_t socket_n, socket_cap;
	/* What the configuration comes to on this machine: why not, if it cannot be had (code 0: it
	 * can), and what is worth a warning. */
	struct err config_error;
	const char *const *config_warning;
	size_t config_warning_n;
	bool networkd;	     /* systemd-networkd runs */
	bool networkd_rules; /* and deletes rules that it did not make */
	bool nm;	     /* NetworkManager runs */
};

enum doctor_severity {
	DOCTOR_BAD,	/* packets go wrong now */
	DOCTOR_WARNING, /* they will, when something happens */
	DOCTOR_NOTE,
};

struct doctor_finding {
	const char *id; /* of the check */
	enum doctor_severity severity;
	const char *title;
	const char *evidence,
		*remedy; /* lines, each ended by '\n'; remedies are commands, or # notes */
};

/*
 * All findings, worst first; the arena's. `goal` as prove_machine() takes it, NULL: the uplinks
 * that the machine shows. Returns their number, or as prove_machine().
 */
long doctor_examine(const struct doctor_facts *facts, const struct prove_goal *goal,
		    struct arena *a, struct doctor_finding **ret, struct err *e);

/* "bad", "warning", "note" */
const char *doctor_severity_name(enum doctor_severity s);
/* The checks there are, for the manual and its test: false behind the last. */
bool doctor_check_name(unsigned i, const char **id, const char **title);

#endif
