/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of prefixes, as text or JSON: what is read is masked, and comes back when it is printed.
 */
#include "fib/prefix_list.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct ip_prefix *v, again, masked;
	struct err e = {0};
	char text[IP_PREFIX_STRLEN];
	long n = prefix_list_read((const char *)data, size, &a, &v, &e);

	if (n < 0 && !e.msg[0])
		abort();
	for (long i = 0; i < n; i++) {
		masked = ip_prefix_masked(v[i]);
		if (!ip_prefix_eq(&v[i], &masked) ||
		    !ip_prefix_parse(ip_prefix_str(&v[i], text), 0, &again) ||
		    !ip_prefix_eq(&v[i], &again))
			abort();
	}
	arena_free(&a);
	return 0;
}
