#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# multihomed as a whole, at rest and with very many uplinks: CPU of each of its processes over a time
# in which nothing happens but probes, their answers included (the targets are on the same machine),
# and memory (Pss: what is shared counts by its share).
. "$MH_SRC/tests/lib.sh"
TMPDIR=$(mktemp -d)
trap 'kill $(jobs -p) "${_ns[@]}" 2>/dev/null; rm -rf "$TMPDIR"' EXIT
seconds=${MH_BENCH_SECONDS:-10}

# uplinks N: a server with so many, all to the same provider, who has the host that is asked.
uplinks()
{
	netns_new server isp
	in_ns server sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv6.conf.default.disable_ipv6=1
	in_ns isp sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv6.conf.default.disable_ipv6=1 \
		net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=1000000
	in_ns isp ip addr add 203.0.113.1/32 dev lo
	python3 - "$1" "$(ns_pid isp)" "$TMPDIR" <<-X
	import sys
	n, isp, work = int(sys.argv[1]), sys.argv[2], sys.argv[3]
	net = [f"10.{16 + i // 250}.{i % 250}." for i in range(n)]
	with open(work + "/server", "w") as f:
	    for i in range(n):
	        print(f"link add w{i} type veth peer name p{i} netns {isp}", file=f)
	    for i in range(n):
	        print(f"address add {net[i]}2/24 dev w{i}\nlink set w{i} up", file=f)
	with open(work + "/isp", "w") as f:
	    for i in range(n):
	        print(f"address add {net[i]}1/24 dev p{i}\nlink set p{i} up", file=f)
	with open(work + "/uplinks", "w") as f:
	    print("[multihome]\nmark-mask = 0x0fff0000", file=f)
	    for i in range(n):
	        print(f"[uplink u{i}]\ninterface = w{i}\ngateway = {net[i]}1\ncheck = ping 203.0.113.1 every EVERY", file=f)
	X
	in_ns server multihome-ip -batch "$TMPDIR/server"
	in_ns isp multihome-ip -batch "$TMPDIR/isp"
}

# ticks PID: its CPU time so far, in hundredths of a second
ticks()
{
	awk '{print $14 + $15}' "/proc/$1/stat"
}

# run N EVERY
run()
{
	local pid p before text=
	sed "s/EVERY/$2/" "$TMPDIR/uplinks" >"$TMPDIR/mh.conf"
	: >"$TMPDIR/log"
	in_ns server multihomed -c "$TMPDIR/mh.conf" --state "$TMPDIR/state" 2>"$TMPDIR/log" &
	wait_for 120 grep -q 'at work$' "$TMPDIR/log" || { cat "$TMPDIR/log"; return 1; }
	pid=$(cat "$TMPDIR/state/daemon")
	sleep 3
	local starter=$(pgrep -P "$pid" -x mh-starter)
	local pids="$pid $starter $(pgrep -P "$starter" | tr '\n' ' ')"
	declare -A before=()
	for p in $pids; do before[$p]=$(ticks "$p"); done
	sleep "$seconds"
	for p in $pids; do
		text+=" $(cat "/proc/$p/comm") $(awk -v a="${before[$p]}" -v b="$(ticks "$p")" -v s="$seconds" 'BEGIN {printf "%.2f %%", (b - a) / s}') of a core, $(awk '/^Pss:/ {print $2}' "/proc/$p/smaps_rollup") KiB;"
	done
	echo "$1 uplinks, a probe every $2 each:$text $(grep -c 'check:' "$TMPDIR/log") failures"
	kill "$pid"
	wait %%
}

for n in ${MH_BENCH_UPLINKS:-8 1000}; do
	uplinks "$n"
	run "$n" 500ms
	run "$n" 50ms
	netns_del server
	netns_del isp
	rm -rf "$TMPDIR/state"
done
