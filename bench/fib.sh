#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The index of prefixes beside DPDK's and the kernel's. MH_BENCH_TABLE: a real table, one prefix a
# line, may be compressed; without it one is made up.
set -eu
table=${MH_BENCH_TABLE:-}
case $table in
*.gz)
	plain=$(mktemp)
	trap 'rm -f "$plain"' EXIT
	gzip -dc "$table" >"$plain"
	table=$plain
	;;
esac
"$MH_BUILD/bench_fib" "$table"
"$MH_BUILD/bench_classes" "$table"
"$MH_BUILD/bench_prove" "$table"
