/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/table.h"

#include <string.h>

void table_row(struct table *t)
{
	(void)ARENA_PUSH(&t->arena, t->row, t->n, t->cap);
}

void table_cell(struct table *t, unsigned column, const char *text)
{
	t->row[t->n - 1][column] = (struct table_cell){.text = text};
}

void table_cell_in(struct table *t, unsigned column, enum cli_color color, const char *text)
{
	t->row[t->n - 1][column] = (struct table_cell){text, color, true};
}

static size_t width_of(const struct table *t, unsigned column)
{
	size_t width = 0;

	for (size_t i = 0; i < t->n; i++) {
		const char *text = t->row[i][column].text;
		if (text && strlen(text) > width)
			width = strlen(text);
	}
	return width;
}

static void write_cell(struct cli *c, const struct table_cell *cell, bool heading)
{
	if (heading)
		cli_put(c, CLI_BOLD, cell->text);
	else if (cell->colored)
		cli_put(c, cell->color, cell->text);
	else
		out_puts(&c->out, cell->text);
}

void table_write(struct table *t, struct cli *c)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t gap = 0; /* blanks owed before the next cell: none at the end of a line */
		for (unsigned k = 0; k < TABLE_COLUMNS; k++) {
			const struct table_cell *cell = &t->row[i][k];
			size_t width = width_of(t, k), used = 0;
			if (cell->text && *cell->text) {
				for (; gap; gap--)
					out_putc(&c->out, ' ');
				write_cell(c, cell, i == 0);
				used = strlen(cell->text);
			}
			gap += width ? width - used + 2 : 0;
		}
		out_putc(&c->out, '\n');
	}
	arena_free(&t->arena);
	*t = (struct table){0};
}
