/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_DEVICES_H
#define MH_MODEL_DEVICES_H

#include "base/err.h"
#include "netlink/nl.h"

#include <stdint.h>

/*
 * Which interface has which index. With a netlink socket, what is not known is asked for, one
 * interface at a time (a machine may have thousands, a command names one); without, only what was
 * added is known, so that pure code can use it.
 */
struct devices;

/*
 * `nl` is borrowed; NULL: never ask. For names that are looked up while it is reading an answer, a
 * dump's, there is a socket of the map's own, opened when it is first needed.
 */
struct devices *devices_new(struct nl *nl);
/* Asks for one name at a time by ioctl (if_indextoname()), in the caller's namespace. */
struct devices *devices_new_here(void);
void devices_free(struct devices *d); /* NULL is fine */
/* Forgets all names: interfaces have come, gone, or been renamed. */
void devices_forget(struct devices *d);
void devices_add(struct devices *d, int ifindex, const char *name);

/* The same with the interface's flags (IFF_UP, ...). */
void devices_add_flags(struct devices *d, int ifindex, const char *name, unsigned flags);

/* IFF_UP and so on, as they were when it was added or asked for; 0 if they are not known. */
unsigned devices_flags(struct devices *d, int ifindex);
/* The name, or "if7" (in a buffer of the map's own, valid until the next call), or "*" for 0. */
const char *devices_name(struct devices *d, int ifindex);
/* The index of a name (or of an alternative name), 0 if there is no such interface. */
int devices_index(struct devices *d, const char *name);

#endif
