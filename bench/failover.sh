#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How soon a failure is noticed and the traffic moved, and what is lost meanwhile: multihomed, and
# beside it keepalived, a script that pings as mwan3 does, and BIRD with BFD, in the same network.
# MH_BENCH_RUNS: how often (100); the slow ones, whose figure is their interval, a twentieth of that.
. "$MH_SRC/tests/lib.sh"
TMPDIR=$(mktemp -d)
trap 'kill $(jobs -p) "${_ns[@]}" 2>/dev/null; rm -rf "$TMPDIR"' EXIT
. "$MH_SRC/tests/scenario/two_isps.sh"
runs=${MH_BENCH_RUNS:-100}
few=$(((runs + 19) / 20))
two_isps || exit 1
# A network of the server's own, for keepalived to speak in.
in_ns server ip link add lan type veth peer name lan-peer
in_ns server ip addr add 10.77.0.1/24 dev lan
in_ns server ip link set lan up
in_ns server ip link set lan-peer up
export MH_WORK=$TMPDIR MH_PEERS=$MH_BUILD/peers
for n in server isp1 isp2 inet; do
	export "NS_$n=$(ns_pid $n)"
done

# measure WHAT MANAGER RUNS [EVERY]
measure()
{
	case $2 in
	keepalived) [ -e "$MH_PEERS/keepalived" ] ;;
	bird) [ -e "$MH_PEERS/bird2" ] ;;
	esac || { echo "  $2 is not there"; return; }
	python3 "$MH_SRC/bench/failover.py" "$@" || { echo "  $2: failed"; tail -n ${MH_TAIL:-3} "$TMPDIR/$2.out"; }
}

# The whole, or the parts that MH_BENCH_PARTS names.
parts=${MH_BENCH_PARTS:-carrier beyond router loss}
for part in $parts; do
	case $part in
	carrier)
		echo "a cable is cut: from the kernel's word of it to the traffic moved"
		measure carrier multihomed "$runs"
		measure carrier bird "$runs"
		measure carrier keepalived "$few"
		measure carrier script "$few"
		;;
	beyond)
		echo "the provider passes nothing on, in silence: to the traffic moved"
		measure beyond multihomed "$runs" 10
		measure beyond multihomed "$runs" 100
		measure beyond multihomed "$few" 500
		measure beyond keepalived "$few"
		measure beyond script "$few"
		;;
	router)
		echo "its router stops (all that BFD sees): to the traffic moved"
		measure router multihomed "$runs" 10
		measure router bird "$runs" 10
		;;
	loss)
		echo "packets lost, of 10,000 a second"
		for what in planned carrier beyond; do
			echo " $what"
			measure $what-loss multihomed "$few" 10
			[ $what = beyond ] || measure $what-loss script "$few"
		done
		;;
	esac
done
