/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip link: network interfaces.
 */
#include "ip/link.h"

#include "ip/objects.h"

#define FILTER(words, what)                                                                        \
	{                                                                                          \
		words, what, &link_attrs, sizeof(struct link_filter), link_filter_words,           \
			link_filter_begin, link_filter_finish, links_show, RTM_GETLINK, 0, NULL    \
	}
#define MODIFY(words, what, type, flags)                                                           \
	{                                                                                          \
		words, what, &link_attrs, sizeof(struct link_request), link_words, link_begin,     \
			link_finish, link_run, type, flags, NULL                                   \
	}

/* "s" is short for "set", so "show" comes behind it. */
const struct command link_commands[] = {
	FILTER("list lst", "shows interfaces"),
	MODIFY("add", "adds an interface", RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL),
	MODIFY("set change", "changes an interface", RTM_NEWLINK, 0),
	MODIFY("replace", "changes or adds an interface", RTM_NEWLINK,
	       NLM_F_CREATE | NLM_F_REPLACE),
	MODIFY("delete", "deletes an interface", RTM_DELLINK, 0),
	FILTER("show", "shows interfaces"),
	{"property", "alternative names", .sub = link_property_commands},
	{"help", "shows the options of a kind of interfaces", &link_attrs,
	 sizeof(struct link_request), link_help_words, NULL, link_help_finish, link_help, 0, 0,
	 NULL},
	{0},
};
