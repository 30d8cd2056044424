/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_SHOW_H
#define MH_IP_SHOW_H

#include "ip/context.h"

/* An object that the kernel says it has now (-echo), or, "Deleted" before it, no longer. */
int show_message(struct ip *ip, const struct nlmsghdr *h, struct err *e);
/* The object in a message, one of those that -echo knows. */
int show_object(struct print *p, const struct nlmsghdr *h, struct err *e);
/* -dry-run: the command at hand, as the `ip` command that it is; once, however much it changes. */
int show_command(struct ip *ip);
/* -dry-run: the `ip` command that deletes an object, of which a flush has many. */
int show_delete(struct ip *ip, const struct nlmsghdr *object, struct err *e);

#endif
