#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a container engine does for its networks: a bridge, namespaces, pairs between them.
set -euo pipefail
export LC_ALL=C
bridge=cbr0 subnet=10.88.0 subnet6=2001:db8:88

ip link show "$bridge" >/dev/null 2>&1 || ip link add name "$bridge" address 00:00:5e:00:53:01 type bridge
ip -4 addr show dev "$bridge" | grep -q "inet $subnet.1/" || ip addr add "$subnet.1/16" brd + dev "$bridge"
ip -6 addr add "$subnet6::1/64" dev "$bridge" nodad
ip link set dev "$bridge" mtu 1450 up

number=1
for name in web db cache; do
	number=$((number + 1))
	host=veth-$name
	ip netns add "$name"
	ip link add "$host" address "00:00:5e:00:53:1$number" type veth \
		peer name eth0 address "00:00:5e:00:53:2$number" netns "$name"
	ip link set "$host" master "$bridge" mtu 1450
	ip link set "$host" up
	ip -netns "$name" link set lo up
	ip -n "$name" link set dev eth0 mtu 1450 alias "container $name" up
	ip -n "$name" addr add "$subnet.$number/16" dev eth0
	ip -n "$name" -6 addr add "$subnet6::$number/64" dev eth0 nodad
	ip -n "$name" route add default via "$subnet.1" dev eth0
	ip -n "$name" -6 route add default via "$subnet6::1"
	if ip -n "$name" route add default via "$subnet.1" 2>/dev/null; then
		echo "a second default in $name"
	else
		echo "the default of $name is there already: $?"
	fi
	printf '%s has %s, default by %s\n' "$name" \
		"$(ip -n "$name" -o -4 addr show dev eth0 scope global | awk '{ print $4 }')" \
		"$(ip -n "$name" route show default | awk '/^default/ { print $3 " dev " $5; exit }')"
done

echo "namespaces: $(ip netns list | awk '{ print $1 }' | sort | tr '\n' ' ')"
echo "ports: $(ip -o link show master "$bridge" | sed 's/^[0-9]*: \([^@:]*\).*/\1/' | sort | tr '\n' ' ')"
ip -br link show type veth | awk '{ sub(/@.*/, "", $1); print $1, $3 }' | sort
ip -o -4 addr show | awk '{ print $2, $4, $6 }'
echo "the way from web to db: $(ip -n web route get "$subnet.3" | sed -n '1s/ uid .*//p')"
ip -n db -j addr show dev eth0 | grep -o '"local":"[^"]*","prefixlen":[0-9]*'
ip -n web -d -o link show dev eth0 | grep -o 'alias .*'
ip netns exec db ip -o route show | wc -l
ip netns exec db cat /proc/sys/net/ipv4/ip_forward

# One goes.
ip link del veth-cache
ip netns del cache
ip netns list | awk '{ print $1 }' | sort
ip link show veth-cache 2>/dev/null || echo "veth-cache is gone: $?"
ip link set nosuch up 2>/dev/null || echo "nosuch: $?"
