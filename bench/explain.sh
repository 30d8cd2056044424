#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How many packets `explain --batch` answers, and how many flows `simulate` sends, in a second of CPU
# time, on the saved machine of the tests (two uplinks, a policy, 16 rules). MH_BENCH_N packets
# (1000000), MH_BENCH_RUNS runs of each, the median counts; MH_BENCH_TABLE=FILE: a prefix a line, .gz or
# not, for destinations.
set -eu
n=${MH_BENCH_N:-1000000} runs=${MH_BENCH_RUNS:-5} table=${MH_BENCH_TABLE:-}
machine=$MH_SRC/tests/golden/explain/machine
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Local and forwarded, bound and not, IPv4 and IPv6, in turns.
awk -v n="$n" 'BEGIN {
	srand(1)
	for (i = 0; i < n; i++) {
		d = int(1 + rand() * 222) "." int(rand() * 256) "." int(rand() * 256) "." int(rand() * 256)
		p = int(1024 + rand() * 64000)
		if (i % 4 == 0) print d
		else if (i % 4 == 1) print "from 10.0.0." int(2 + rand() * 250), d, "iif lan tcp sport", p, "dport 443"
		else if (i % 4 == 2) print "from 192.0.2.2", d, "udp sport", p, "dport 53"
		else printf "2a00:%x::%x tcp sport %d dport 443\n", rand() * 65536, rand() * 65536, p
	}
}' >"$dir/packets"

# measure TEXT COMMAND...: the median of the CPU seconds, and N in one of them.
measure()
{
	local text=$1 i
	shift
	for ((i = 0; i < runs; i++)); do
		TIMEFORMAT='%U %S'
		{ time "$@" >/dev/null 2>&1; } 2>&1 | awk '{print $1 + $2}'
	done | sort -n | awk -v n="$n" -v text="$text" '
		{t[NR] = $1}
		END {m = t[int((NR + 1) / 2)]; printf "%-44s %6.2f s  %5.2f M/s\n", text, m, n / m / 1e6}'
}

measure 'explain --batch' multihome explain --dump "$machine" --batch "$dir/packets"
measure 'simulate' multihome simulate --dump "$machine" --flows "$n"
measure 'simulate --iif lan' multihome simulate --dump "$machine" --flows "$n" --iif lan
measure 'simulate --fail isp2' multihome simulate --dump "$machine" --flows "$n" --fail isp2
if [ "$table" ]; then
	case $table in
	*.gz) gzip -dc "$table" >"$dir/table" ;;
	*) cp "$table" "$dir/table" ;;
	esac
	measure 'simulate --table, all alike' multihome simulate --dump "$machine" --flows "$n" \
		--table "$dir/table"
	measure 'simulate --table --zipf 1' multihome simulate --dump "$machine" --flows "$n" \
		--table "$dir/table" --zipf 1
fi
