/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cli_put(struct cli *c, enum cli_color color, const char *text)
{
	static const char *const codes[] = {[CLI_GOOD] = "\033[32m",
					    [CLI_BAD] = "\033[31m",
					    [CLI_WARN] = "\033[33m",
					    [CLI_DIM] = "\033[2m",
					    [CLI_BOLD] = "\033[1m"};

	bool colored = c->color && codes[color];

	if (colored)
		out_puts(&c->out, codes[color]);
	out_puts(&c->out, text);
	if (colored)
		out_puts(&c->out, "\033[0m");
}

void cli_pad(struct cli *c, size_t used, size_t column)
{
	do
		out_putc(&c->out, ' ');
	while (++used < column);
}

bool cli_word(struct cli *c, const char *word)
{
	for (int i = 1; i < c->argc; i++)
		if (!strcmp(c->argv[i], word)) {
			c->argc--;
			memmove(&c->argv[i], &c->argv[i + 1],
				(size_t)(c->argc - i) * sizeof(*c->argv));
			return true;
		}
	return false;
}

int cli_no_arguments(const struct cli *c, struct err *e)
{
	if (c->argc <= 1)
		return 0;
	err_set(e, -EINVAL, "%s: unexpected argument \"%s\"", c->argv[0], c->argv[1]);
	return err_hint(e, "multihome %s --help", c->argv[0]);
}

bool cli_seconds(const char *text, unsigned *ret)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	unsigned long v = strtoul(text, &end, 10);
	unsigned long unit = !*end || !strcmp(end, "s") ? 1
			     : !strcmp(end, "m")	? 60
			     : !strcmp(end, "h")	? 3600
							: 0;
	if (!unit || !v || v > 86400 / unit)
		return false;
	*ret = (unsigned)(v * unit);
	return true;
}

void cli_warn(struct cli *c, const struct desired *d)
{
	out_flush(&c->out);
	for (size_t i = 0; i < d->warning_n; i++)
		fprintf(stderr, "multihome: warning: %s\n", d->warning[i]);
}

void cli_notes(struct cli *c, const struct state *s)
{
	out_flush(&c->out);
	for (size_t i = 0; i < s->note_n; i++)
		fprintf(stderr, "multihome: note: %s\n", s->note[i]);
}
