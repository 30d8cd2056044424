/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/schema.h"

#include "base/cleanup.h"

#include <string.h>

#define USE "NAME[:WEIGHT] [+ ...] [, ...]"

static const char *const when_all_down[] = {
	[WHEN_ALL_DOWN_MAIN] = "main", [WHEN_ALL_DOWN_UNREACHABLE] = "unreachable", NULL};
static const char *const yes_no[] = {"no", "yes", NULL};
static const char *const family[] = {"both", "ipv4", "ipv6", NULL};
static const char *const address[] = {"auto", NULL};
static const char *const gateway[] = {"auto", "none", NULL};
static const char *const failback[] = {"new-flows", "hold", "now", NULL};
static const char *const nat[] = {
	[NAT_MASQUERADE] = "masquerade", [NAT_SNAT] = "snat", [NAT_NO] = "no", NULL};

/* The member of T, for the value types that fill in just one. */
#define AT(m) .off = offsetof(T, m)

#define T struct config
static const struct key multihome_keys[] = {
	{"default", USE, "all uplinks, by their weights",
	 "where traffic goes that neither its source address nor a mark or policy ties to a way out",
	 .read = key_read_use},
	{"when-all-down", "main | unreachable", "main",
	 "what becomes of that traffic when the default has no usable uplink: the machine's own "
	 "default routes are tried, or it is refused",
	 key_read_choice, AT(when_all_down), .words = when_all_down},
	{"rule-base", "NUMBER", "1010",
	 "the priority of the first rule; the policies' begin 90 behind it", key_read_number,
	 AT(rule_base), .min = 1, .max = 32764},
	{"table-base", "NUMBER", "1010",
	 "the table of the balanced default; the uplinks' own tables follow it", key_read_number,
	 AT(table_base), .min = 256, .max = 0x7fffffff},
	{"mark-mask", "MASK", "0x00ff0000",
	 "the bits of packet and connection marks that are multihome's, adjacent ones; a mark for "
	 "each uplink must fit in",
	 key_read_mask, AT(mark_mask), .min = 1, .max = UINT32_MAX},
	{"flap-damping", "TIME | no", "60s",
	 "an uplink that goes down again and again (four times within a minute) is held back though "
	 "it answers, as long as another one does; after this time half of its failures are "
	 "forgiven",
	 key_read_damping, AT(flap_damping), .min = 1000, .max = 86400000},
	{"control-group", "GROUP", "root alone",
	 "the group whose members may ask multihomed how things are (status, events, watch)",
	 key_read_group, AT(control_group)},
	{"http", "ADDRESS:PORT | [ADDRESS6]:PORT", "off",
	 "where multihomed serves a page, /status.json and /metrics (Prometheus) by HTTP, read-only, "
	 "to whoever can reach it; 127.0.0.1:9180 is this machine alone",
	 key_read_listen, AT(http)},
};
#undef T

#define T struct uplink_config
static const struct key uplink_keys[] = {
	{"interface", "DEVICE", NULL,
	 "the network interface; two uplinks may share one if their gateways or addresses differ",
	 key_read_interface, AT(interface)},
	{"address", "auto | ADDRESS[/LENGTH]...", "auto",
	 "the addresses of this uplink, IPv4 and IPv6; a family that has none here is automatic: "
	 "every global address of the interface; a network (no bits behind the length) is one that "
	 "is routed here by this uplink, such as a delegated prefix; may be repeated",
	 key_read_address, .words = address, .repeats = true},
	{"gateway", "auto | none | ADDRESS...", "auto",
	 "the next hop, at most one for IPv4 and one for IPv6; a family that has none here is "
	 "automatic: the default route that the interface has from DHCP, RA or by hand; none: "
	 "point-to-point; may be repeated",
	 key_read_gateway, .words = gateway, .repeats = true},
	{"onlink", "yes | no", "no", "the gateway is on the link though no address there says so",
	 key_read_yes_no, AT(onlink), .words = yes_no},
	{"weight", "1-256", "1", "the share of this uplink where a use does not say another",
	 key_read_number, AT(weight), .min = 1, .max = 256},
	{"table", "NUMBER", "behind table-base", "the routing table of this uplink", key_read_table,
	 AT(table), .min = 1, .max = UINT32_MAX},
	{"nat", "masquerade | snat ADDRESS [ADDRESS6] | no", "masquerade",
	 "how the source of forwarded traffic is translated", key_read_nat, .words = nat},
	{"npt", "INSIDE OUTSIDE", "none",
	 "IPv6 prefix translation: what comes from the first prefix leaves with the same host part in "
	 "the second, which the provider routes here, and what comes for the second goes to the "
	 "first; may be repeated",
	 key_read_npt, .repeats = true},
	{"clamp-mss", "yes | no", "no",
	 "forwarded TCP connections agree on segments that fit this uplink's MTU, for providers that "
	 "lose the ICMP errors of path MTU discovery",
	 key_read_yes_no, AT(clamp_mss), .words = yes_no},
	{"mptcp", "yes | no", "no",
	 "Multipath TCP may use this uplink's addresses for further subflows while it is in use, so that "
	 "such connections outlive the uplink that they began on",
	 key_read_yes_no, AT(mptcp), .words = yes_no},
	{"failback", "new-flows | hold TIME | now", "new-flows",
	 "when this uplink returns: new flows use it; the same, but only when it has been good for a "
	 "time; or the flows that less preferred uplinks took over for it come back, too (done by "
	 "multihomed; what is translated begins anew)",
	 key_read_failback, .min = 1, .max = 86400000, .words = failback},
	{"reset", "yes | no", "no",
	 "when this uplink is lost, this machine's own TCP connections from its addresses are ended at "
	 "once, so that programs connect anew; done by multihomed",
	 key_read_yes_no, AT(reset), .words = yes_no},
	{"family", "both | ipv4 | ipv6", "both", "what this uplink carries", key_read_family,
	 .words = family},
	{"check",
	 "ping ADDRESS... | gateway | tcp HOST:PORT... | dns ADDRESS... NAME | http URL... "
	 "[OPTION...]",
	 "none",
	 "a question that this uplink must answer to count as alive, asked by multihomed (see "
	 "CHECKS); may be repeated, and then all must be",
	 key_read_check, .repeats = true},
	{"metered", "yes | no", "no",
	 "what goes over this uplink is paid for: as long as all is well its checks ask ten times "
	 "less often; after the first probe that is lost, as often as they say",
	 key_read_yes_no, AT(metered), .words = yes_no},
	{"max-loss", "PERCENT", "none",
	 "what each check of this uplink that says no loss of its own takes for as bad as dead (see "
	 "CHECKS), such as 20%",
	 key_read_limit, AT(max_loss)},
	{"max-latency", "TIME", "none", "the same for latency, such as 300ms", key_read_limit,
	 AT(max_latency)},
	{"max-jitter", "TIME", "none", "the same for jitter", key_read_limit, AT(max_jitter)},
};
#undef T

static const struct key group_keys[] = {
	{"use", USE, NULL, "the uplinks and groups that go by this name", .read = key_read_use},
};

#define T      struct policy_config
#define BIT(f) .has = UINT64_C(1) << (f)
static const struct key policy_keys[] = {
	{"use", USE, NULL, "where this traffic goes", .read = key_read_use},
	{"from", "PREFIX...", "any", "source address, one of these; may be repeated", key_read_from,
	 BIT(POLICY_FROM), .repeats = true},
	{"to", "PREFIX...", "any", "destination address, one of these; may be repeated",
	 key_read_to, BIT(POLICY_TO), .repeats = true},
	{"proto", "tcp | udp | icmp | icmpv6 | sctp | gre | ... | 1-255", "any", "IP protocol",
	 key_read_proto, BIT(POLICY_PROTO)},
	{"sport", "PORT | PORT-PORT", "any", "source port, 1 to 65534; needs proto", key_read_ports,
	 AT(sport), BIT(POLICY_SPORT)},
	{"dport", "PORT | PORT-PORT", "any", "destination port, 1 to 65534; needs proto",
	 key_read_ports, AT(dport), BIT(POLICY_DPORT)},
	{"iif", "DEVICE", "any", "the interface it came in by; lo: sent by this machine",
	 key_read_device, AT(iif), BIT(POLICY_IIF)},
	{"uid", "UID | UID-UID", "any", "the user whose socket sends it, by number", key_read_uid,
	 BIT(POLICY_UID)},
	{"user", "NAME", "any", "the same, by name", key_read_user, BIT(POLICY_UID)},
	{"mark", "MARK[/MASK]", "any", "packet mark, set by a program or netfilter", key_read_mark,
	 BIT(POLICY_MARK)},
	{"dscp", "0-63 | CS0-CS7 | AF11-AF43 | EF | LE", "any",
	 "differentiated services code point", key_read_dscp, BIT(POLICY_DSCP)},
	{"sticky", "TIME", "no",
	 "a host on a LAN keeps the uplink that its first connection took until it has made no new one "
	 "for this time, or the uplink is lost (which multihomed must be there to notice)",
	 key_read_time, AT(sticky), .min = 1000, .max = 86400000},
};
#undef T

#define T struct hook_config
static const struct key hook_keys[] = {
	{"on", "up | down | change ...", "up down change",
	 "when it is run: an uplink came into use, went out of it, or got other addresses or another "
	 "gateway; in each family by itself",
	 .read = key_read_on},
	{"run", "COMMAND", NULL,
	 "a line for /bin/sh; what has happened is in its environment (MH_EVENT, MH_UPLINK, ...)",
	 .read = key_read_run},
	{"timeout", "TIME", "10s", "it is killed after this time", key_read_time, AT(timeout),
	 .min = 100, .max = 3600000},
};
#undef T

#define KEYS(a) .key = (a), .key_n = ARRAY_SIZE(a)
const struct section schema[SECTIONS] = {
	[SECTION_MULTIHOME] = {"multihome", "the machine as a whole", false, KEYS(multihome_keys)},
	[SECTION_UPLINK] = {"uplink", "a way out", true, KEYS(uplink_keys)},
	[SECTION_GROUP] = {"group", "a name for several uplinks", true, KEYS(group_keys)},
	[SECTION_POLICY] = {"policy", "traffic that goes its own way; the first that fits decides",
			    true, KEYS(policy_keys)},
	[SECTION_HOOK] = {"hook", "a command that is run when an uplink changes", true,
			  KEYS(hook_keys)},
};

const struct word *object_given(const struct object *o, const char *key)
{
	static const struct word nothing;
	const struct section *s = &schema[o->kind];

	for (size_t i = 0; i < s->key_n; i++)
		if (!strcmp(s->key[i].name, key))
			return &o->given[i];
	return &nothing;
}

struct place object_place(const struct object *o, const char *key)
{
	const struct word *w = object_given(o, key);

	return w->text ? w->place : o->place;
}

void config_each_key(void (*fn)(void *arg, const char *section, const char *key, const char *value,
				const char *dflt, const char *help),
		     void *arg)
{
	for (size_t i = 0; i < SECTIONS; i++)
		for (size_t k = 0; k < schema[i].key_n; k++) {
			const struct key *key = &schema[i].key[k];
			fn(arg, schema[i].name, key->name, key->value, key->dflt, key->help);
		}
}
