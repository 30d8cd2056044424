/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_CLI_CLI_H
#define MH_CLI_CLI_H

#include "apply/state.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "uplink/desired.h"

#include <stdio.h>

/* What every verb gets: the options before the verb, the arguments behind it, and where to write.
 */
struct cli {
	const char *config; /* -c FILE */
	bool config_given;
	const char *state; /* --state DIR, or NULL */
	bool json;	   /* -j */
	bool color;
	int argc; /* the verb itself is argv[0] */
	char **argv;
	struct out out;
	struct json j; /* over `out` */
};

enum {
	EXIT_DONE = 0,
	EXIT_ERROR = 1,
	EXIT_PENDING = 2,
	EXIT_UNPROVED = 3,
};

/* A verb: one file each. Returns an exit code, or a negative errno with `e` filled in. */
typedef int cli_verb_fn(struct cli *c, struct err *e);
cli_verb_fn cli_check, cli_plan, cli_apply, cli_confirm, cli_rollback, cli_down, cli_status,
	cli_explain, cli_simulate, cli_prove, cli_events, cli_uplink, cli_reload, cli_history,
	cli_diff, cli_watch, cli_doctor;

/* apply, by whatever verb; whether its plan has to be proved is known. rollback N. */
int cli_apply_as(struct cli *c, bool is_proved, struct err *e);
int cli_rollback_to(struct cli *c, bool prove, struct err *e);

/* The words that describe a packet, for help. */
void cli_explain_words(FILE *f);

/* No arguments allowed. */
int cli_no_arguments(const struct cli *c, struct err *e);

/* Takes a word out of the arguments; true if it was there. */
bool cli_word(struct cli *c, const char *word);

/* Text in a colour on a terminal, plain elsewhere. */
enum cli_color { CLI_PLAIN, CLI_GOOD, CLI_BAD, CLI_WARN, CLI_DIM, CLI_BOLD };
void cli_put(struct cli *c, enum cli_color color, const char *text);
/* Fills up to a column with blanks; at least one. `used` characters are on the line already. */
void cli_pad(struct cli *c, size_t used, size_t column);

/*
 * Everything a verb may need of the configuration and the machine. What is not asked for stays
 * empty. session_close() takes a session in any state of opening.
 */
enum session_part {
	SESSION_CONFIG = 1,
	SESSION_KERNEL = 2,  /* kernel and a snapshot */
	SESSION_STATE = 4,   /* the remembered state; implies KERNEL, and privileges */
	SESSION_DESIRED = 8, /* implies CONFIG and KERNEL */
};
struct session {
	struct config config;
	struct kernel *kernel;
	struct snapshot snap;
	struct machine machine;
	struct state state;
	bool state_is_open;
	struct desired desired;
	struct names *names;
};
int session_open(struct session *s, const struct cli *c, unsigned parts, struct err *e);
void session_close(struct session *s);
/* Reads the machine anew, and what is desired on it. */
int session_reread(struct session *s, struct err *e);

/* For printing objects: text, or JSON if `c` is. */
struct print session_print(struct session *s, struct cli *c);

/* "60", "60s", "5m", "1h" in seconds, 1..86400. False if it is none. */
bool cli_seconds(const char *text, unsigned *ret);

/* Warnings of the desired state, and what a verb noted, to standard error. */
void cli_warn(struct cli *c, const struct desired *d);
void cli_notes(struct cli *c, const struct state *s);

/* From now on, after a second, a line on the terminal says what is being done; NULL ends it. */
void cli_progress(const char *what);

#endif
