/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/prober_terms.h"

#include "probe/dns_message.h"
#include "probe/names.h"

#include <stdio.h>
#include <string.h>

enum probe_kind prober_kind(enum check_kind kind)
{
	static const enum probe_kind kinds[] = {
		[CHECK_PING] = PROBE_PING, [CHECK_GATEWAY] = PROBE_GATEWAY, [CHECK_TCP] = PROBE_TCP,
		[CHECK_DNS] = PROBE_DNS,   [CHECK_HTTP] = PROBE_HTTP,
	};

	return kinds[kind];
}

bool prober_terms_fill(const struct check_config *c, const struct check_target *asked,
		       const char *resolv, uint8_t family, struct prober_terms *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->head = (struct wire_head)WIRE_HEAD(PROBER_TERMS, *ret);
	for (; ret->server_n < c->server_n; ret->server_n++)
		ret->server[ret->server_n] = c->server[ret->server_n];
	switch (c->kind) {
	case CHECK_TCP:
		ret->refused_ok = c->refused_ok;
		snprintf(ret->name, sizeof(ret->name), "%s", asked->host ? asked->host : "");
		if (asked->host && !ret->server_n)
			ret->server_n =
				(uint8_t)names_servers(resolv, family, ret->server, PROBER_SERVERS);
		return true;
	case CHECK_DNS:
		snprintf(ret->name, sizeof(ret->name), "%s", c->name);
		ret->type = c->ipv6_address ? DNS_AAAA : DNS_A;
		ret->nxdomain_ok = c->nxdomain_ok;
		return true;
	case CHECK_HTTP:
		snprintf(ret->name, sizeof(ret->name), "%s", asked->host);
		snprintf(ret->url, sizeof(ret->url), "%s", asked->text);
		snprintf(ret->body, sizeof(ret->body), "%s", c->body ? c->body : "");
		ret->status_first = c->status_first;
		ret->status_last = c->status_last;
		return true;
	default:
		return false;
	}
}
