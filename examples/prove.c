/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prove [FOLDER]: what is wrong with a machine, saved or this one, as one with several ways out. */
#include <multihome.h>
#include <stdio.h>

static int print(void *arg, const struct multihome_failure *x)
{
	(void)arg;
	printf("%s%s%s: %s\n%s", x->kind, x->uplink ? " " : "", x->uplink ? x->uplink : "", x->text,
	       x->remedy);
	return 0;
}

int main(int argc, char **argv)
{
	struct multihome *m;
	char error[256];

	if (multihome_load(&m, argc > 1 ? argv[1] : NULL, error, sizeof(error)) < 0) {
		fprintf(stderr, "prove: %s\n", error);
		return 1;
	}
	long n = multihome_prove(m, print, NULL, error, sizeof(error));
	if (n < 0)
		fprintf(stderr, "prove: %s\n", error);
	else if (!n)
		printf("nothing is wrong\n");
	multihome_free(m);
	return n < 0 ? 1 : n ? 3 : 0;
}
