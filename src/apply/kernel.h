/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_KERNEL_H
#define MH_APPLY_KERNEL_H

#include "netlink/nl.h"
#include "uplink/desired.h"
#include "uplink/owned.h"

/* The kernel of this network namespace: reading it whole, and changing one thing at a time. */
struct kernel;

int kernel_open(struct kernel **ret, struct err *e);
void kernel_close(struct kernel *k); /* NULL is fine */
struct nl *kernel_nl(struct kernel *k);
/* SO_NETNS_COOKIE (Linux 5.14), or 0 where the kernel has none. */
uint64_t kernel_netns_cookie(struct kernel *k);
/* -EPERM unless we may change this namespace's network; `verb` is for the remedy's text. */
int kernel_need_admin(struct kernel *k, const char *verb, struct err *e);

/*
 * Reads a sysctl ("net/ipv4/conf/eth0.100/arp_ignore"), without the line's end; *ret is NULL if
 * there is none, and valid until the next kernel_snapshot(). What is not below net/ is absent.
 */
int kernel_sysctl_read(struct kernel *k, const char *name, const char **ret, struct err *e);
/*
 * The same for struct machine: NULL if it is absent, or could not be read. That must not pass for
 * absent in the end, so the first failure is kept for kernel_sysctl_failed(), until the next
 * kernel_snapshot().
 */
const char *kernel_sysctl(void *kernel, const char *name);
int kernel_sysctl_failed(struct kernel *k, struct err *e);
int kernel_sysctl_set(struct kernel *k, const char *name, const char *value, struct err *e);

/* A fresh reading of links, addresses, rules and routes; forgets the values of sysctls. */
int kernel_snapshot(struct kernel *k, struct snapshot *ret, struct err *e);
/*
 * From now on kernel_snapshot() reads these routes only (NULL: all), which are the caller's until
 * it says otherwise. For who keeps a machine with a million routes in view; whatever changes the
 * kernel needs all that are ours, and whatever makes the desired state what needs_route()
 * (uplink/needs.h) says.
 */
void kernel_read_routes(struct kernel *k, const struct snapshot_routes *which);

/*
 * `nft list table inet multihome`, without counters' values, from the arena; NULL if there is none
 * (or the kernel knows no nftables at all).
 */
int kernel_nft_list(struct kernel *k, struct arena *a, const char **ret, struct err *e);
/*
 * Makes the table be exactly `text` (NULL: be absent) in one transaction. A table that is there
 * keeps its place among the tables.
 */
int kernel_nft_set(struct kernel *k, const char *text, struct err *e);
/* Runs other commands of nft, in one transaction. */
int kernel_nft_run(struct kernel *k, const char *script, struct err *e);

/*
 * RTM_NEW* or RTM_DEL* with NLM_F_* flags. To delete what is not there (any more) is no error: the
 * kernel takes routes away by itself when a link goes down.
 */
int kernel_route(struct kernel *k, unsigned type, unsigned flags, const struct route *r,
		 struct err *e);
int kernel_rule(struct kernel *k, unsigned type, unsigned flags, const struct rule *r,
		struct err *e);
/* MPTCP's, added or deleted; to delete one that is not there is no error. */
int kernel_endpoint(struct kernel *k, bool add, const struct endpoint *x, struct err *e);
int kernel_link_group(struct kernel *k, int ifindex, uint32_t group, struct err *e);

#endif
