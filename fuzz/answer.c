/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole commands of multihome-ip, and a kernel that answers whatever the input says (kernel.h),
 * damaged datagrams and acknowledgements as well. The first byte chooses the command. What is
 * printed as JSON has to be JSON.
 */
#include "ip/run.h"

#include "base/cleanup.h"
#include "kernel.h"

#include <jansson.h>
#include <stdlib.h>

#define MAX_WORDS 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const commands[] = {
	"link show",
	"-d -s -s link show",
	"-j -d -s -s link show",
	"-br link show up",
	"-o -d link show type bridge",
	"address show",
	"-j -d address show",
	"-br -j address show scope global",
	"-s -s address flush dev v0",
	"route show table all",
	"-j -d route show table all",
	"-d -6 route show table all",
	"-N -o route show via 192.0.2.1",
	"route get 192.0.2.1",
	"-j -d route get 2001:db8::1 fibmatch",
	"route get 192.0.2.1 connected",
	"-s -s route flush table 7",
	"route del 192.0.2.0/24",
	"route add 192.0.2.0/24 via 198.51.100.1 dev v0",
	"-j -echo route replace 192.0.2.0/24 nexthop via 198.51.100.1 nexthop dev v0",
	"rule show",
	"-j -d rule show",
	"rule flush",
	"rule replace pref 5 from 192.0.2.1 lookup 7",
	"neigh show",
	"-j -s -d neigh show proxy",
	"-s -s neigh flush dev v0",
	"neigh get 192.0.2.1 dev v0",
	"nexthop show",
	"-j -d nexthop show",
	"nexthop bucket show",
	"-j nexthop bucket get id 1 index 1",
	"nexthop flush",
	"addrlabel show",
	"-j addrlabel show",
	"ntable show",
	"-j -s ntable show",
	"netconf show",
	"-j netconf show dev v0",
	"tcp_metrics show",
	"-j tcp_metrics show",
	"mptcp endpoint show",
	"-j mptcp limits show",
	"token show",
	"-j token show",
	"vrf show",
	"link set v0 address 00:00:5e:00:53:01 mtu 1400",
	"link set v0 type vxlan ttl 5",
	"link set v0 type gre ttl 5",
	"link set v0 type bridge stp_state 1",
	"link add t0 link v0 type vlan id 5",
	"-dry-run rule flush",
	"-dry-run route flush table 7",
	"-echo link add t0 type bridge",
};

static int split(char *s, char **word)
{
	char *at = NULL;
	int n = 0;

	for (char *w = strtok_r(s, " ", &at); w && n < MAX_WORDS; w = strtok_r(NULL, " ", &at))
		word[n++] = w;
	return n;
}

/* Numbers of 64 bits are JSON's, but not all are jansson's integers. */
static void check_json(const struct ip *ip, const char *command)
{
	json_error_t error;
	json_t *j;

	if (!ip->opt.json || !ip->out.len)
		return;
	j = json_loadb(ip->out.buf, ip->out.len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
	if (!j) {
		fprintf(stderr, "%s: %s at %d\n%.*s\n", command, error.text, error.position,
			(int)ip->out.len, ip->out.buf);
		abort();
	}
	json_decref(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[128], *word[MAX_WORDS];
	struct err e = ERR_INIT;
	struct ip ip;
	bool done = false;

	if (!size)
		return 0;
	const char *command = commands[data[0] % ARRAY_SIZE(commands)];
	snprintf(text, sizeof(text), "%s", command);
	int n = split(text, word);
	kernel_begin(data + 1, size - 1);
	ip_init(&ip, -1);
	names_free(ip.names);
	ip.names = names_new("/nonexistent", "/nonexistent");
	int at = ip_options(&ip, word, n, &done, &e);
	if (at < 0 || ip_start(&ip, &e) < 0)
		abort();
	devices_add(ip.devices, 2, "v0");
	if (ip_command(&ip, word + at, n - at, &e) < 0)
		ip_report(&ip, &e, word + at, n - at);
	else
		check_json(&ip, command);
	ip_free(&ip);
	return 0;
}
