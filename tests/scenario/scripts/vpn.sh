#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a VPN's scripts do: OpenVPN's with a redirected gateway, then one in the manner of wg-quick, with
# a table of its own; both up and down again.
set -euo pipefail
export LC_ALL=C

# --- the machine, with one uplink
ip link add wan address 00:00:5e:00:53:01 type veth peer name isp address 00:00:5e:00:53:02
ip link set dev isp up
ip link set dev wan up
ip addr add 192.0.2.10/24 brd + dev wan
ip -6 addr add 2001:db8::10/64 dev wan nodad
ip neigh add 192.0.2.1 lladdr 00:00:5e:00:53:02 nud permanent dev wan
ip route add default via 192.0.2.1 dev wan proto dhcp metric 100
ip -6 route add default via 2001:db8::1 dev wan

# What programs cut out of `ip route get`.
way_to()
{
	ip route get "$1" | sed -n '1s/ uid [0-9]*//p' | tr -s ' ' | sed 's/ $//'
}

word_behind()
{
	awk -v word="$1" '{ for (i = 1; i < NF; i++) if ($i == word) { print $(i + 1); exit } }'
}

# --- OpenVPN: a point-to-point tun, a host route to the server, two halves before the default
openvpn_up()
{
	local gateway
	gateway=$(ip route get "$server" | word_behind via)
	echo "the server is reached by $gateway dev $(ip route get "$server" | word_behind dev)"
	ip tuntap add dev "$dev" mode tun user root
	ip link set dev "$dev" up mtu 1400 txqueuelen 500
	ip addr add dev "$dev" local 10.8.0.6 peer 10.8.0.5
	ip -6 addr add 2001:db8:8::6/64 dev "$dev" nodad
	ip route add "$server/32" via "$gateway"
	ip route add 0.0.0.0/1 via 10.8.0.5
	ip route add 128.0.0.0/1 via 10.8.0.5
	ip route add 10.8.0.1/32 via 10.8.0.5 metric 200
	ip -6 route add 2000::/3 dev "$dev" metric 512
}

openvpn_down()
{
	ip route del "$server/32"
	ip route del 0.0.0.0/1 via 10.8.0.5
	ip route delete 128.0.0.0/1
	ip addr del dev "$dev" local 10.8.0.6 peer 10.8.0.5
	ip -6 route del 2000::/3 dev "$dev" metric 512
	ip link set dev "$dev" down
	ip tuntap del dev "$dev" mode tun
}

dev=tun0 server=203.0.113.7
openvpn_up
ip -o addr show dev tun0 | awk '{ print $2, $3, $4, $5, $6 }'
ip tuntap show | awk '{ print $1, $2 }'
ip -4 route show
way_to 198.51.100.1
way_to "$server"
way_to 192.0.2.77
ip route add "$server/32" via 192.0.2.1 2>/dev/null || echo "the host route is there already: $?"
openvpn_down
way_to 198.51.100.1
ip route del "$server/32" 2>/dev/null || echo "the host route is gone: $?"
ip link show tun0 >/dev/null 2>&1 || echo "tun0 is gone: $?"

# --- as wg-quick: the default in a table of its own, which marked packets pass by
mtu_for()
{
	local out mtu
	out=$(ip route get "$1" 2>/dev/null) || out=
	mtu=$([[ $out =~ mtu\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}") || mtu=
	[[ -n $mtu ]] || { [[ $out =~ dev\ ([^ ]+) ]] &&
		[[ $(ip link show dev "${BASH_REMATCH[1]}") =~ mtu\ ([0-9]+) ]] && mtu=${BASH_REMATCH[1]}; }
	echo $((mtu - 80))
}

free_table()
{
	table=51820
	while [[ -n $(ip -4 route show table $table 2>/dev/null) ||
		-n $(ip -6 route show table $table 2>/dev/null) ]]; do
		table=$((table + 1))
	done
}

quick_route()
{
	local proto=-4
	[[ $1 != *:* ]] || proto=-6
	case $1 in
	*/0)
		ip $proto rule add not fwmark "$table" table "$table"
		ip $proto rule add table main suppress_prefixlength 0
		ip $proto route add "$1" dev "$dev" table "$table"
		;;
	*)
		[[ -n $(ip $proto route show dev "$dev" match "$1" 2>/dev/null) ]] ||
			ip $proto route add "$1" dev "$dev"
		;;
	esac
}

quick_up()
{
	ip tuntap add name "$dev" mode tun
	ip -4 address add 10.9.0.2/24 dev "$dev"
	ip -6 address add 2001:db8:9::2/64 dev "$dev" nodad
	ip link set mtu "$(mtu_for "$server")" up dev "$dev"
	free_table
	echo "table $table"
	for to in 10.9.0.0/24 10.10.0.0/16 0.0.0.0/0 2001:db8:10::/48 ::/0; do
		quick_route $to
	done
}

quick_down()
{
	local proto
	for proto in -4 -6; do
		while [[ $(ip $proto rule show 2>/dev/null) == *"lookup $table"* ]]; do
			ip $proto rule delete table "$table"
		done
		while [[ $(ip $proto rule show 2>/dev/null) == *"from all lookup main suppress_prefixlength 0"* ]]; do
			ip $proto rule delete table main suppress_prefixlength 0
		done
	done
	ip link delete dev "$dev"
}

# Somebody else has the first table.
ip route add unreachable 198.51.100.0/24 table 51820
dev=wg0
quick_up
[[ $(ip -o -f inet addr show dev "$dev") =~ inet\ ([^ ]+) ]] && echo "address ${BASH_REMATCH[1]}"
ip -brief address show dev "$dev" | tr -s ' '
[[ $(ip link show dev "$dev") =~ mtu\ ([0-9]+) ]] && echo "mtu ${BASH_REMATCH[1]}"
ip rule show
ip -6 rule show
ip route show table "$table"
ip -6 route show table "$table"
way_to 198.51.100.1
ip route get 198.51.100.1 mark "$table" | word_behind via
ip -j rule show | python3 -c '
import json, sys
for r in json.load(sys.stdin):
    print(r["priority"], sorted(r))'
ip -j -p route get 10.10.1.1 | grep -v '"uid"'
quick_down
ip rule show
ip -6 rule show
ip route show table "$table" 2>/dev/null || echo "no table $table: $?"
ip route show table 51820
way_to 198.51.100.1
