/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_CLI_TABLE_H
#define MH_CLI_TABLE_H

#include "cli/cli.h"

/* Columns for people: cells are collected, then written as wide as the widest of their column. */
#define TABLE_COLUMNS 12

struct table_cell {
	const char *text; /* not copied */
	enum cli_color color;
	bool colored;
};
struct table {
	struct arena arena;
	struct table_cell (*row)[TABLE_COLUMNS];
	size_t n, cap;
};

/* Starts a row; then cells by column. Texts have to live until table_write(). */
void table_row(struct table *t);
void table_cell(struct table *t, unsigned column, const char *text);
void table_cell_in(struct table *t, unsigned column, enum cli_color color, const char *text);
/* Writes the rows, the first one as a heading, and gives everything back. */
void table_write(struct table *t, struct cli *c);

#endif
