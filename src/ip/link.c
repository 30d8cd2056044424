/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip link: network interfaces.
 */
#include "ip/link.h"

#include "ip/objects.h"

#define FILTER(words, what, run, type)                                                             \
	{                                                                                          \
		words, what, &link_attrs, sizeof(struct link_filter), link_filter_words,           \
			link_filter_begin, link_filter_finish, run, type, 0, NULL                  \
	}

const struct command link_commands[] = {
	FILTER("show lst list", "shows interfaces", links_show, 0),
	{0},
};
