#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How soon a failure is noticed and the traffic moved, and what is lost meanwhile: multihomed, and
# beside it a script that pings in the manner of mwan3 (interval 1 s, three in a row).
# MH_BENCH_RUNS: how often (100).
. "$MH_SRC/tests/lib.sh"
TMPDIR=$(mktemp -d)
trap 'kill $(jobs -p) "${_ns[@]}" 2>/dev/null; rm -rf "$TMPDIR"' EXIT
. "$MH_SRC/tests/scenario/two_isps.sh"
runs=${MH_BENCH_RUNS:-100}
two_isps || exit 1

measure()
{
	python3 "$MH_SRC/bench/failover.py" "$(ns_pid server)" "$(ns_pid isp1)" "$(ns_pid inet)" "$@"
}
stop()
{
	kill -TERM "$daemon"
	wait "$daemon_job"
	mh down >/dev/null
}
# with EVERY DOWN: multihomed with such checks. "up 1", and failures far enough apart not to be
# flapping to it are more than a bench has time for, so it is started anew every three.
checked()
{
	write_conf 1 "ping 203.0.113.1 203.0.113.2 every $1 down $2 up 1"
}

echo "carrier lost to rerouted, after the kernel's event"
checked 100ms 3
measure carrier "$runs" "$conf" "$state"
for every in 10ms 100ms 500ms; do
	n=$runs
	[ $every = 10ms ] || n=$((runs < 20 ? runs : 20))
	echo "black hole to rerouted, $every x 3"
	checked $every 3
	measure hole "$n" "$conf" "$state"
done
echo "packets lost at 10,000 a second"
checked 10ms 3
for what in planned carrier-loss hole-loss; do
	measure $what 10 "$conf" "$state"
done
