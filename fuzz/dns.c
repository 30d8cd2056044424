/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of name servers to one question; the first byte chooses the type. */
#include "probe/dns_message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_query q;
	struct dns_addrs got;

	if (!size)
		return 0;
	uint16_t type = *data & 1 ? DNS_AAAA : DNS_A;
	if (!dns_query_write(&q, 0x1234, "www.example.org", type))
		abort();
	/* Of its own, so that a byte read behind the end is seen. */
	uint8_t *p = malloc(size - 1 ? size - 1 : 1);
	if (!p)
		return 0;
	memcpy(p, data + 1, size - 1);
	enum dns_outcome o = dns_answer_read(&q, p, size - 1, &got);
	if ((o == DNS_FOUND) != (got.n > 0) && o != DNS_STRANGER)
		abort();
	for (unsigned i = 0; o == DNS_FOUND && i < got.n; i++)
		if (got.v[i].family != (type == DNS_A ? AF_INET : AF_INET6))
			abort();
	/* Whatever is one answer to this question is none to another. */
	q.id++;
	if (dns_answer_read(&q, p, size - 1, &got) != DNS_STRANGER && o != DNS_STRANGER)
		abort();
	free(p);
	return 0;
}
