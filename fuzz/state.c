/* SPDX-License-Identifier: GPL-2.0-or-later */
/* state.json: what is taken is written, taken again, and written the same. */
#include "apply/state.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *print(const struct state *s)
{
	struct out o;

	out_init(&o, -1);
	if (state_print(s, &o, NULL))
		abort();
	char *text = strdup(out_str(&o));
	out_free(&o);
	return text;
}

static bool parse(struct state *s, const char *text, size_t size)
{
	*s = (struct state){.lock_fd = -1, .dir = "."};
	return !state_parse(s, text, size, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state s, t;

	if (parse(&s, (const char *)data, size)) {
		char *first = print(&s), *second = NULL;
		if (!first || !parse(&t, first, strlen(first)) || !(second = print(&t)) ||
		    strcmp(first, second) != 0)
			abort();
		state_close(&t);
		free(first);
		free(second);
	}
	state_close(&s);
	return 0;
}
