/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_LPM_INDEX_H
#define MH_FIB_LPM_INDEX_H

#include "fib/lpm.h"

/* The inside of an index: lpm.c, which makes it, says what it is; lpm_lookup.c goes through it. */

#define LPM_NODE 0x80000000u /* a cell with this bit is the number of a node, otherwise a value */
#define LPM_LEAF 8	     /* beginnings in a leaf, at most: 64 bytes */

struct lpm_node {
	uint64_t first; /* index: where slot 0 begins, and what is below belongs to it, too */
	uint32_t last;	/* index: the last slot, to which what is above belongs; leaf: beginnings */
	uint32_t at;	/* index: its first record; leaf: its first beginning */
	uint32_t cell;	/* leaf: its first cell */
	uint8_t shift;	/* index: a slot's size, as a power of two */
	uint8_t half;	/* 0: of the upper 64 bits, 1: of the lower */
	uint8_t leaf;
};

struct lpm {
	uint8_t family;
	uint32_t root; /* a cell */
	struct lpm_node *node;
	uint64_t *record; /* low 32 bits: slots that begin a cell; high: cells before, less 1 */
	uint32_t *cell;
	uint64_t *start; /* LPM_LEAF more than there are */
	size_t node_n, record_n, cell_n, start_n;
};

#endif
