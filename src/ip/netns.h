/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_NETNS_H
#define MH_IP_NETNS_H

#include "ip/context.h"

#define NETNS_FOLDER "/var/run/netns"

/*
 * Enters a network namespace: a name in /run/netns, or a path. As with iproute2, what stands in
 * /etc/netns/NAME then stands over /etc's.
 */
int netns_enter(const char *name, struct err *e);
/* The same for a program that is to run there: in a mount namespace of its own, /sys shows it. */
int netns_enter_whole(const char *name, struct err *e);
/* A file descriptor of the namespace with that name, path or process number. */
int netns_fd(const char *name, struct err *e);

/* The name of the one that this process is in; "" if it has none. */
void netns_own_name(char *ret, size_t size);

/* The number by which this namespace knows the one with that name; -1 in *ret if it does not. */
int netns_id(struct ip *ip, const char *name, int *ret);
/* For struct print's nsid_name; its argument is the struct ip. */
const char *netns_name_of_id(void *arg, int nsid);
/* Shows all numbers, or one (-1: all), as known to the namespace with the number `target`. */
int netns_list_ids(struct ip *ip, int nsid, int target, struct err *e);
/* One line, with its end, or one JSON object for an RTM_NEWNSID message. */
int nsid_print(struct print *p, const struct nlmsghdr *h, struct err *e);

#endif
