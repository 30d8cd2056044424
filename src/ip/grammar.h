/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_GRAMMAR_H
#define MH_IP_GRAMMAR_H

#include "base/json.h"
#include "ip/words.h"

/*
 * The grammar as JSON, elements of an array each: one option, one object with its commands and
 * their keywords, all kinds of interfaces with their options.
 */
void grammar_option(struct json *j, const char *words, const char *metavar);
void grammar_object(struct json *j, const struct ip_object *o);
void grammar_kinds(struct json *j);

#endif
