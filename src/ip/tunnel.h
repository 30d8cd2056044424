/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_TUNNEL_H
#define MH_IP_TUNNEL_H

/* First, or <netinet/in.h> in it clashes. */
#include "model/kind_tunnel.h"

#include "ip/link.h"

#include <linux/if_tunnel.h>

/*
 * A kind of tunnels as `ip tunnel` knows it. Each has a fallback interface in every network
 * namespace, made with the module: it gets the packets that no tunnel takes.
 */
struct tunnel_kind {
	const char *name;
	uint8_t family;	      /* of the packets around */
	uint16_t proto;	      /* what is inside, where a kind has only one: IPPROTO_*; else 0 */
	bool keyed;	      /* it tells tunnels apart by their keys, too */
	const char *fallback; /* its fallback interface */
	const char *names;    /* of new ones that are not named; NULL: the kernel's way */
};

extern const struct tunnel_kind tunnel_kinds[]; /* ends with name NULL */

/* A tunnel that there is. */
struct tunnel_link {
	const struct tunnel_kind *kind;
	struct link l; /* refers to the kernel's message */
	struct tunnel t;
};

/* What a command says. */
struct tunnel_request {
	struct tunnel t; /* first: the words' values are read into it */
	uint8_t family;
	const struct tunnel_kind *kind; /* NULL: any */
	const char *name;
	bool any_mode; /* no mode was said, nor follows from the name */
	bool isatap;
	int ifindex; /* that `change` began with; 0 */
};

/* 1 if the message is of a tunnel, 0 if not. `ret` lives as long as the message. */
int tunnel_decode(const struct nlmsghdr *h, struct tunnel_link *ret, struct err *e);
/* What goes in, for tunnels of several kinds of it as well: IPPROTO_*. */
uint16_t tunnel_proto(const struct tunnel_link *l);
bool tunnel_is_fallback(const struct tunnel_link *l);
/*
 * The tunnel of the request's kind that has just the ends, the lower interface and the key that the
 * request says: its index, 0 if there is none.
 */
int tunnel_find(struct parser *p, int *ret, struct err *e);

/* Calls fn for the interface called so. */
int tunnel_ask(struct parser *p, const char *name, nl_fn *fn, void *arg, struct err *e);
/* An ioctl() of tunnels (linux/if_tunnel.h) on the interface `dev`. */
int tunnel_ioctl(unsigned long request, const char *dev, void *arg, struct err *e);

/* The request that `add` sends. */
int tunnel_add_message(struct parser *p, struct nl_msg *m, struct err *e);

int tunnel_show(struct parser *p, struct err *e);
/* One tunnel as a line (with GRE's flags and counters several) or an object of JSON. */
void tunnel_print(struct print *p, const struct tunnel_link *l, bool stats);

/* What `prl` and `6rd` change of a sit tunnel, by ioctl() `cmd`. */
struct sit_request {
	uint64_t has; /* nothing of a set */
	const char *dev;
	unsigned cmd;
	bool given;
	union {
		struct ip_tunnel_prl prl;
		struct ip_tunnel_6rd sixrd;
	};
};

extern const struct keyword prl_words[], sixrd_words[];
int sit_finish(struct parser *p, struct err *e);
int sit_run(struct parser *p, struct err *e);

#endif
