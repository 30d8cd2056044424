#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whole decisions beside the kernel's: a LAN, two uplinks, four rules; one uplink's table is a full
# one, the last a balanced default. MH_BENCH_TABLE as for fib.sh.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
table=${MH_BENCH_TABLE:-}
case $table in
'') "$MH_BUILD/bench_table" >"$work/table" ;;
*.gz) gzip -dc "$table" >"$work/table" ;;
*) cp "$table" "$work/table" ;;
esac
ip=$MH_BUILD/multihome-ip

"$ip" -batch - <<'END'
link set lo up
link add lan type veth peer name lan-far
link add up1 type veth peer name up1-far
link add up2 type veth peer name up2-far
link set lan up
link set lan-far up
link set up1 up
link set up1-far up
link set up2 up
link set up2-far up
address add 10.2.0.1/24 dev lan
address add 192.0.2.2/24 dev up1
address add 198.51.100.2/24 dev up2
address add 2001:db8:2::1/64 dev lan nodad
address add 2001:db8:a::2/64 dev up1 nodad
address add 2001:db8:b::2/64 dev up2 nodad
rule add priority 1010 lookup main suppress_prefixlength 1
rule add priority 1020 from 192.0.2.2 lookup 1011
rule add priority 1030 fwmark 0x10000/0xff0000 lookup 1011
rule add priority 32765 lookup 1010
route add default table 1010 nexthop via 192.0.2.1 dev up1 weight 3 nexthop via 198.51.100.1 dev up2
END
"$ip" -6 -batch - <<'END'
rule add priority 1010 lookup main suppress_prefixlength 1
rule add priority 1020 from 2001:db8:a::2 lookup 1011
rule add priority 1030 fwmark 0x10000/0xff0000 lookup 1011
rule add priority 32765 lookup 1010
route add default table 1010 nexthop via 2001:db8:a::1 dev up1 weight 3 nexthop via 2001:db8:b::1 dev up2
END
for family in 4 6; do
	echo 1 >/proc/sys/net/ipv$family/fib_multipath_hash_policy
	echo 1 >/proc/sys/net/ipv$family/conf/all/forwarding
done
[ ! -e /proc/sys/net/ipv4/fib_multipath_hash_seed ] || echo 1 >/proc/sys/net/ipv4/fib_multipath_hash_seed

awk '{ n = NR % 2 + 1
	via = index($1, ":") ? (n == 1 ? "2001:db8:a::1" : "2001:db8:b::1") \
		: (n == 1 ? "192.0.2.1" : "198.51.100.1")
	print "route replace", $1, "table 1011 via", via, "dev up" n }' "$work/table" >"$work/batch"
"$ip" -force -batch "$work/batch" 2>/dev/null || :
"$MH_BUILD/bench_decide" 4 "$work/table"
"$MH_BUILD/bench_decide" 6 "$work/table"
