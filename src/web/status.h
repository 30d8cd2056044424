/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_WEB_STATUS_H
#define MH_WEB_STATUS_H

#include "base/json.h"

#include <net/if.h>

/*
 * How the machine's uplinks are, as multihomed shows it: on its control socket, and to the process
 * that serves it by HTTP, which gets these very structs as messages. They have no pointers; texts
 * end within their arrays, which status_is_sound() checks of one that came from elsewhere.
 *
 * Times are microseconds unless said otherwise, parts are per mille.
 */
#define STATUS_NAME	  40
#define STATUS_TEXT	  200
#define STATUS_PROOF_TEXT 480
#define STATUS_ADDRESS	  52
#define STATUS_ADDRESSES  4
#define STATUS_WARNINGS	  64
#define STATUS_UPLINKS	  4096

enum status_hand { STATUS_BY_ITSELF, STATUS_HAND_DOWN, STATUS_HAND_DRAIN }; /* as enum way_hand */

/* Whether what is configured is proved of the machine as it is; as enum audit_state. */
enum status_proof {
	STATUS_PROOF_NONE, /* nobody has tried yet */
	STATUS_PROOF_HOLDS,
	STATUS_PROOF_FAILS,
	STATUS_PROOF_UNKNOWN,
	STATUS_PROOFS
};

struct status_family {
	uint8_t present, usable;
	uint8_t balanced; /* it has a part of the default that is balanced; `share` of it */
	uint8_t checked;  /* asked by checks, so that there are `loss` and, if it answered, `rtt` */
	uint16_t share, loss;
	uint32_t rtt, jitter; /* 0: not known */
	uint32_t failovers;   /* how often it went out of use */
	uint32_t address_n;   /* there may be more than those below */
	uint64_t since;	      /* milliseconds in this state */
	char address[STATUS_ADDRESSES][STATUS_ADDRESS];
	char gateway[STATUS_ADDRESS]; /* "": none */
	char why[STATUS_TEXT];	      /* not usable: why */
};

struct status_uplink {
	char name[STATUS_NAME];
	char interface[IFNAMSIZ];
	uint32_t table, mark, weight;
	uint32_t hand;	  /* enum status_hand */
	uint32_t counted; /* the four below are known */
	uint32_t reserved;
	uint64_t rx_bytes, tx_bytes; /* the interface's */
	uint64_t rx_rate, tx_rate;   /* bytes a second, lately */
	struct status_family family[2];
};

struct status_daemon {
	uint32_t pid, uplink_n, warning_n, confirm_seconds;
	uint64_t uptime; /* milliseconds */
	int64_t time;	 /* CLOCK_REALTIME, microseconds */
	char version[16];
	char config[STATUS_TEXT];
	char failure[STATUS_TEXT];	    /* why the machine is not as configured; "": it is */
	uint32_t proof, proofs;		    /* enum status_proof; how many were made until now */
	char proof_text[STATUS_PROOF_TEXT]; /* what fails, or why it is unknown */
};

/* What is worth knowing: a line. */
struct status_warning {
	char text[256];
};

/* Something that has happened (daemon/events.h). */
struct status_event {
	uint64_t number;
	int64_t time;		/* CLOCK_REALTIME, microseconds */
	uint32_t level, family; /* 0: neither in particular */
	char kind[16], uplink[STATUS_NAME], text[STATUS_TEXT];
};

struct status {
	struct status_daemon daemon;
	struct status_uplink *uplink;	/* daemon.uplink_n of them */
	struct status_warning *warning; /* daemon.warning_n */
};
void status_free(struct status *s);

/* False if a text has no end, or a number is one that cannot be. */
bool status_daemon_is_sound(const struct status_daemon *d);
bool status_uplink_is_sound(const struct status_uplink *u);
bool status_warning_is_sound(const struct status_warning *w);
bool status_event_is_sound(const struct status_event *e);

/* "up", "down", "drained", "absent": in a word. */
const char *status_state(const struct status_uplink *u, unsigned family);
const char *status_hand_text(uint32_t hand); /* "", "down", "drain" */

/* One object. */
void status_json(struct json *j, const struct status *s);
void status_event_json(struct json *j, const struct status_event *e);
/* "2026-12-01T02:46:57.123Z" */
void status_time_json(struct json *j, const char *key, int64_t us);
/* Prometheus' text format, version 0.0.4. */
void status_metrics(struct out *o, const struct status *s);

#endif
