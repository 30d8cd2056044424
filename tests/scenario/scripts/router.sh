#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A router's boot: two uplinks and a LAN, a table for each uplink, rules, next-hop objects and a
# multipath default, what must not leave, neighbours; then an uplink fails and comes back. Packets
# go through it.
set -euo pipefail
export LC_ALL=C

# --- the world outside, each a namespace
far()
{
	local name=$1 n=$2
	ip netns add "$name"
	ip link add "wan$n" address "00:00:5e:00:53:1$n" type veth \
		peer name net address "00:00:5e:00:53:2$n" netns "$name"
	ip -n "$name" -batch - <<-B
		link set lo up
		link set net up
		addr add 198.51.$n.1/24 dev net
		addr add 203.0.113.1/32 dev lo
		addr add 2001:db8:$n::1/64 dev net nodad
		addr add fd00:ff::1/128 dev lo nodad
		route add 10.2.0.0/24 via 198.51.$n.2
		route add 2001:db8:a::/64 via 2001:db8:$n::2
	B
}
far isp1 1
far isp2 2
ip netns add host
ip link add lan address 00:00:5e:00:53:03 type veth peer name eth0 netns host
ip -n host link set lo up
ip -n host link set eth0 up
ip -n host addr add 10.2.0.9/24 dev eth0
ip -n host addr add 2001:db8:a::9/64 dev eth0 nodad
ip -n host route add default via 10.2.0.1
ip -n host -6 route add default via 2001:db8:a::1
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1

# --- interfaces and addresses
for d in lan wan1 wan2; do
	ip link set dev $d up
done
ip link set dev wan1 alias 'the first provider' group 77
ip link set dev wan2 mtu 1492 group 77
ip addr add 10.2.0.1/24 brd + dev lan label lan:home
ip addr add 10.3.0.1/24 brd 10.3.0.255 dev lan
ip addr add 2001:db8:a::1/64 dev lan nodad
ip addr add fe80::1/64 dev lan nodad
for n in 1 2; do
	ip addr add 198.51.$n.2/24 brd + dev wan$n
	ip addr add 2001:db8:$n::2/64 dev wan$n nodad
	ip addr add fe80::2/64 dev wan$n nodad
	ip neigh replace 198.51.$n.1 lladdr 00:00:5e:00:53:2$n nud permanent dev wan$n
done
ip neigh add proxy 10.2.0.200 dev lan
ip -o addr show scope global | awk '{ print $2, $3, $4 }' | sort
ip -br link show group 77 | awk '{ print $1, $3 }' | sed 's/@[^ ]*//'

# --- routes and rules, a batch as a router's start has it
cat >"$TMPDIR/boot" <<'B'
# what must not leave
route add blackhole 10.0.0.0/8 metric 250
route add unreachable 172.16.0.0/12 metric 250
route add prohibit 192.168.0.0/16 metric 250
route add blackhole 2001:db8::/32 metric 4000

# a table for each uplink
route add 198.51.1.0/24 dev wan1 src 198.51.1.2 table 101
route add default via 198.51.1.1 dev wan1 table 101
route add unreachable default metric 4294967295 table 101
route add 198.51.2.0/24 dev wan2 src 198.51.2.2 table 102
route add default via 198.51.2.1 dev wan2 table 102 mtu lock 1400 advmss 1360
route add throw 10.0.0.0/8 table 102

rule add pref 1010 lookup main suppress_prefixlength 1 suppress_ifgroup 77
rule add from 198.51.1.2 lookup 101 pref 1020
rule add from 198.51.2.2 table 102 pref 1020 protocol static
rule add fwmark 0x10000/0xff0000 lookup 101 pref 1030
rule add fwmark 0x20000/0xff0000 lookup 102 pref 1030
rule add iif lan ipproto tcp dport 25 prohibit pref 1100
rule add iif lan from 10.3.0.0/24 to 203.0.113.0/24 sport 1000-2000 goto 32766 pref 1110
rule add oif wan2 lookup 102 pref 1050

# next hops as objects, and a group of them
nexthop add id 1 via 198.51.1.1 dev wan1
nexthop add id 2 via 198.51.2.1 dev wan2
nexthop add id 10 group 1,3/2
nexthop add id 66 blackhole
route add 203.0.113.0/25 nhid 10
route add 192.0.2.0/24 nhid 66
route add default proto static nexthop via 198.51.1.1 dev wan1 weight 3 nexthop via 198.51.2.1 dev wan2 weight 1
route add default metric 512 nexthop via 2001:db8:1::1 dev wan1 nexthop via 2001:db8:2::1 dev wan2
B
ip -batch "$TMPDIR/boot"
echo "the batch: $?"
ip -batch "$TMPDIR/boot" 2>/dev/null || echo "the batch a second time: $?"
printf 'rule add pref 1200 to 100.64.0.0/10 lookup 101\nroute add default via 198.51.1.1 table 101\nroute add 100.64.0.0/10 via 198.51.2.1\n' |
	ip -force -batch - 2>/dev/null || echo "with a line that is wrong: $?"

show()
{
	ip rule show
	ip -6 rule show
	for t in main 101 102; do
		ip route show table $t
	done
	ip -6 route show | grep -v ^fe80
	ip nexthop show
	ip neigh show nud permanent | sort
}
show

# --- what programs read
ip -o route show | awk '$1 == "default" { print NF, $2, $3 }'
ip route show default | awk '/nexthop/ { print $3, $5, $7 }'
ip -j route show table all | python3 -c '
import json, sys
for r in json.load(sys.stdin):
    if r.get("table") in ("101", "102") or "nexthops" in r:
        hops = [(h["gateway"], h["dev"], h["weight"]) for h in r.get("nexthops", [])]
        print(r.get("table"), r.get("type"), r["dst"], r.get("metric"), r.get("metrics"), hops)'
ip -j -d link show | python3 -c '
import json, sys
for l in json.load(sys.stdin):
    print(l["ifname"], l["mtu"], l["group"], l.get("ifalias"), l.get("linkinfo", {}).get("info_kind"))'
ip -j -s link show lan | python3 -c '
import json, sys
for l in json.load(sys.stdin):
    print({k: sorted(v) for k, v in l["stats64"].items()})'
ip -j rule | python3 -c 'import json, sys; print(*(sorted(r.items()) for r in json.load(sys.stdin)), sep="\n")'
ip -j nexthop | python3 -m json.tool
ip route show 10.2.0.0/24
ip route show root 10.0.0.0/7 | wc -l
ip route show match 10.2.0.9
ip route show proto kernel dev lan

# --- the ways it takes
way()
{
	ip route get "$@" | sed 's/ uid [0-9]*//; s/ *$//' | grep -v '^ *cache'
}
way 203.0.113.200 from 198.51.1.2
way 203.0.113.200 from 198.51.2.2
way 203.0.113.200 mark 0x20001
way 10.99.0.1 2>/dev/null || echo "10.99.0.1: nowhere"
way 192.168.7.7 2>/dev/null || echo "192.168.7.7: prohibited"
way 203.0.113.200 from 10.2.0.9 iif lan ipproto tcp sport 5 dport 25 2>/dev/null || echo "no mail"
ip -6 route get 2001:db8:1::77 | awk '{ print $1, $2, $3 }'

# arrived NAMESPACE ADDRESS: packets from there to it are answered.
arrived()
{
	ip netns exec "$1" ping -q -n -c 3 -i 0.02 -W 5 "$2" | grep -q ' 3 received' && echo "$1 to $2: arrived"
}
arrived host 203.0.113.1
arrived host fd00:ff::1
arrived isp2 10.2.0.9

# --- an uplink fails, its traffic moves; it comes back
ip link set wan1 down
ip route replace default proto static via 198.51.2.1 dev wan2
ip -6 route replace default via 2001:db8:2::1 dev wan2 metric 512
ip route show table 101
ip nexthop show
arrived host 203.0.113.1
arrived host fd00:ff::1
ip link set wan1 up
ip addr show dev wan1 | awk '/inet6? / { print $2 }' | grep -v ^fe80
ip -6 addr replace 2001:db8:1::2/64 dev wan1 nodad
ip -6 addr replace fe80::2/64 dev wan1 nodad
ip nexthop replace id 1 via 198.51.1.1 dev wan1
ip nexthop replace id 10 group 1,3/2
ip route replace 203.0.113.0/25 nhid 10
ip route replace default via 198.51.1.1 dev wan1 table 101
ip route change default proto static nexthop via 198.51.1.1 weight 3 nexthop via 198.51.2.1
ip neigh show nud permanent | sort
arrived host 203.0.113.1
show

# --- and down
ip rule del pref 1110
ip rule flush
ip rule show
ip rule add lookup main pref 32766
ip rule add lookup default pref 32767
ip route flush table 101
ip route show table 101 2>/dev/null || echo "no table 101: $?"
ip route flush proto static
ip route flush cache
ip nexthop flush >/dev/null
ip addr flush dev lan label lan:home
ip addr flush dev wan2 scope global
ip -o addr show scope global | awk '{ print $2, $4 }' | sort
ip link del lan
ip netns del host
ip netns list | awk '{ print $1 }' | sort
