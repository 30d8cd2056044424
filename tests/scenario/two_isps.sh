# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The network of the daemon's tests: a server with two providers, and behind both the same hosts.
#
#   server wan1 192.0.2.2 ---- 192.0.2.1 c1 isp1 u1 10.9.1.1 ---- 10.9.1.2 i1 inet
#   server wan2 198.51.100.2 - 198.51.100.1 c2 isp2 u2 10.9.2.1 - 10.9.2.2 i2 inet
#
# inet has 203.0.113.1 to .20, all of which answer. IPv6 alike: 2001:db8:1::/64, 2001:db8:2::/64,
# hosts 2001:db8:ff::1 to ::20.

flows=$MH_SRC/tests/scenario/flows.py
state=$TMPDIR/state conf=$TMPDIR/mh.conf log=$TMPDIR/log
hosts4= hosts6=

two_isps()
{
	local isp n i
	netns_new server isp1 isp2 inet
	for n in server isp1 isp2 inet; do
		in_ns $n sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0 \
			net.ipv4.conf.all.rp_filter=0 net.ipv4.icmp_ratelimit=0
	done
	for isp in 1 2; do
		veth server wan$isp isp$isp c$isp
		veth isp$isp u$isp inet i$isp
		in_ns isp$isp sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
		in_ns isp$isp ip addr add 10.9.$isp.1/24 dev u$isp
		in_ns isp$isp ip addr add 2001:db8:9$isp::1/64 dev u$isp nodad
		in_ns inet ip addr add 10.9.$isp.2/24 dev i$isp
		in_ns inet ip addr add 2001:db8:9$isp::2/64 dev i$isp nodad
		in_ns isp$isp ip addr add 2001:db8:$isp::1/64 dev c$isp nodad
		in_ns isp$isp ip route add default via 10.9.$isp.2
		in_ns isp$isp ip -6 route add default via 2001:db8:9$isp::2
		in_ns inet ip -6 route add 2001:db8:$isp::/64 via 2001:db8:9$isp::1
	done
	in_ns isp1 ip addr add 192.0.2.1/24 dev c1
	in_ns isp2 ip addr add 198.51.100.1/24 dev c2
	in_ns inet ip route add 192.0.2.0/24 via 10.9.1.1
	in_ns inet ip route add 198.51.100.0/24 via 10.9.2.1
	for i in {1..20}; do
		in_ns inet ip addr add 203.0.113.$i/32 dev lo
		in_ns inet ip addr add 2001:db8:ff::$i/128 dev lo nodad
		hosts4+=" 203.0.113.$i" hosts6+=" 2001:db8:ff::$i"
	done
	server_addresses
	in_ns inet python3 "$flows" serve 7000 "$TMPDIR/inet.ready" $hosts4 $hosts6 &
	wait_for 20 test -e "$TMPDIR/inet.ready"
}

# What the server has, and loses with its interfaces. server_addresses [ISP...]
server_addresses()
{
	local isp
	for isp in "${@:-1 2}"; do
		for isp in $isp; do
			in_ns server ip addr add "$([ "$isp" = 1 ] && echo 192.0.2.2 || echo 198.51.100.2)/24" dev wan$isp
			in_ns server ip addr add 2001:db8:$isp::2/64 dev wan$isp nodad
		done
	done
}

# write_conf WEIGHT CHECK: both uplinks with the check, the first with the weight.
write_conf()
{
	cat >"$conf" <<-X
	[uplink isp1]
	interface = wan1
	gateway = 192.0.2.1 2001:db8:1::1
	weight = $1
	check = $2

	[uplink isp2]
	interface = wan2
	gateway = 198.51.100.1 2001:db8:2::1
	check = $2
	X
}

# What multihomed makes holds, whatever a test does to its uplinks; unless the test plants a fault, and
# says so: faulty=1.
faulty=
no_fault_said()
{
	[ -n "$faulty" ] || [ ! -s "$log" ] || fails 'nothing that multihomed made was found wrong' 1 grep 'not proved' "$log"
}
eval "all_$(declare -f done_testing)"
done_testing()
{
	no_fault_said
	all_done_testing
}

mh()
{
	in_ns server multihome -c "$conf" --state "$state" "$@"
}

daemon_start()
{
	no_fault_said
	: >"$log"
	in_ns server multihomed -c "$conf" --state "$state" 2>>"$log" >/dev/null &
	daemon_job=$!
	wait_for 20 grep -q 'at work$' "$log" && daemon=$(cat "$state/daemon")
}

# child NAME: the number of the daemon's process of that name, a child of its starter.
child()
{
	pgrep -P "$(pgrep -P "$daemon" -x mh-starter)" -x "$1"
}

# share NAME: the uplink's share of the balanced IPv4 default, as the kernel has it: the weight of
# its leg; 0 if it has none, or if all goes by the other.
share()
{
	local text
	# Without the table, ip prints half a document and fails.
	text=$(in_ns server ip -j route show table 1010 2>/dev/null) || text='[]'
	python3 -c '
import json, sys
dev = sys.argv[1]
for r in json.load(sys.stdin):
    if r["dst"] == "default" and r.get("type", "unicast") == "unicast":
        legs = r.get("nexthops") or [{"dev": r["dev"], "weight": 1}]
        print(sum(l["weight"] for l in legs if l["dev"] == dev))
        break
else:
    print(0)
' "wan${1#isp}" <<<"$text"
}
# shares ONE TWO: the two are so.
shares()
{
	[ "$(share isp1) $(share isp2)" = "$1 $2" ]
}
# reach SECONDS TEXT ONE TWO: the shares get so in this time.
reach()
{
	if wait_for "$1" shares "$3" "$4"; then
		pass "$2"
	else
		is "$2" "$(share isp1) $(share isp2)" "$3 $4"
	fi
}

# A way that carries nothing, in silence: both ways, or one way only ("out", "back").
black_hole()
{
	in_ns "$1" nft -f - <<-X
	table inet hole {
		chain c {
			type filter hook prerouting priority raw
			iifname "c${1#isp}" meta l4proto { tcp, udp, icmp, icmpv6 } ip daddr 203.0.113.0/24 $([ "${2:-}" = back ] && echo accept || echo drop)
			iifname "c${1#isp}" ip6 daddr 2001:db8:ff::/48 $([ "${2:-}" = back ] && echo accept || echo drop)
			iifname "u${1#isp}" $([ "${2:-}" = out ] && echo accept || echo drop)
		}
	}
	X
}
heal()
{
	in_ns "$1" nft delete table inet hole
}

# answered KIND FAMILY: how many of 40 new flows get an answer.
answered()
{
	if [ "$2" = 4 ]; then
		in_ns server python3 "$flows" "$1" 40 7000 $hosts4
	else
		in_ns server python3 "$flows" "$1" 40 7000 $hosts6
	fi
}
