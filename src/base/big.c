/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/big.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

void *big_alloc(size_t size)
{
	if (size < HUGE_PAGE || size > SIZE_MAX / 2)
		return malloc(size ? size : 1);
	size = (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	void *p = aligned_alloc(HUGE_PAGE, size);
	/* Advice: small pages do as well. */
	if (p)
		(void)madvise(p, size, MADV_HUGEPAGE);
	return p;
}
