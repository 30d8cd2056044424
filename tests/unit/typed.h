/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_TESTS_UNIT_TYPED_H
#define MH_TESTS_UNIT_TYPED_H

#include "ip/run.h"

/*
 * A multihome-ip that nobody has started, for tests of what is typed: it knows the interfaces lo
 * (1) and eth0 (2), no names of the machine's files, and no kernel. As cmocka's group fixtures.
 */
int typed_setup(void **state);
int typed_teardown(void **state);

/* A command line, from the object on. The words live until the next call. */
int typed_parse(struct ip *ip, const char *line, struct parser *p, struct err *e);

#endif
