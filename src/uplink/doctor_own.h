/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_DOCTOR_OWN_H
#define MH_UPLINK_DOCTOR_OWN_H

#include "uplink/doctor.h"

/* Private to the doctor's files. */

struct doctor_check;

/* An examination. */
struct doctor {
	const struct doctor_facts *facts;
	const struct fib *f;
	const struct snapshot *snap;
	struct prove_goal goal;
	struct arena *a;
	const struct doctor_check *check; /* at work */
	struct doctor_finding *finding;
	size_t finding_n, finding_cap;
	struct err *e;
};

/* A new finding of the check at work; its evidence and remedy are empty, to be added to. */
struct doctor_finding *doctor_find(struct doctor *d, const char *title);
/* Adds a line. */
void doctor_evidence(struct doctor *d, struct doctor_finding *x, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void doctor_remedy(struct doctor *d, struct doctor_finding *x, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "ip", "ip -6"; "IPv4", "IPv6" */
const char *doctor_ip(uint8_t family);
const char *doctor_family(uint8_t family);
const char *doctor_dev(const struct doctor *d, int ifindex);
/* A route or a rule as `ip` prints it, without the line's end; the arena's. */
const char *doctor_route(struct doctor *d, const struct route *r);
const char *doctor_rule(struct doctor *d, const struct rule *r);
/* Several ways out in the family, so that it matters which one is taken. */
bool doctor_several(const struct doctor *d, uint8_t family);

/* net.FAMILY.conf.DEV.KEY as a number; -1 if there is none. The greater of `all`'s and the
 * device's. */
long doctor_conf(const struct doctor *d, const char *family, const char *dev, const char *key);
long doctor_conf_max(const struct doctor *d, const char *family, const char *dev, const char *key);

/* The checks: doctor_routes.c */
int doctor_proof(struct doctor *d);
void doctor_shadowed(struct doctor *d);
void doctor_backstop(struct doctor *d);
void doctor_one_address(struct doctor *d);
void doctor_network(struct doctor *d);
void doctor_table_names(struct doctor *d);
void doctor_marks(struct doctor *d);
void doctor_dscp(struct doctor *d);
/* doctor_settings.c */
void doctor_rp_filter(struct doctor *d);
void doctor_arp(struct doctor *d);
void doctor_linkdown(struct doctor *d);
void doctor_hash(struct doctor *d);
void doctor_accept_ra(struct doctor *d);
void doctor_icmp(struct doctor *d);
void doctor_tcp_hash(struct doctor *d);
/* doctor_programs.c */
void doctor_config(struct doctor *d);
void doctor_config_warnings(struct doctor *d);
void doctor_udp(struct doctor *d);
void doctor_networkd(struct doctor *d);
void doctor_nm(struct doctor *d);
void doctor_docker(struct doctor *d);

#endif
