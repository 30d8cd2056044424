/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_OWNED_JSON_H
#define MH_APPLY_OWNED_JSON_H

#include "model/print.h"
#include "uplink/owned.h"

/*
 * struct owned <-> JSON, for state.json. Routes and rules are netlink messages in hexadecimal, so
 * that nothing is lost that the attribute tables know; the text that people read stands beside and
 * is not read back.
 */

/* One JSON object. `p` gives names and devices for the text. -EMSGSIZE: a route is too large. */
int owned_to_json(struct print *p, const char *key, const struct owned *o, struct err *e);

struct json_t; /* jansson's */

/* Reads it back into an empty `ret`, which is to be freed also after an error (-EBADMSG). */
int owned_from_json(const struct json_t *j, struct owned *ret, struct err *e);

/*
 * A member of a JSON object. A member that is missing is an error as is one of another type, but
 * for json_read_text(), which takes null.
 */
int json_read_text(const struct json_t *j, const char *key, const char **ret, struct err *e);
int json_read_str(const struct json_t *j, const char *key, const char **ret, struct err *e);
int json_read_u64(const struct json_t *j, const char *key, uint64_t max, uint64_t *ret,
		  struct err *e);
int json_read_bool(const struct json_t *j, const char *key, bool *ret, struct err *e);
int json_read_array(const struct json_t *j, const char *key, const struct json_t **ret,
		    struct err *e);

#endif
