#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# multihome-ip beside Debian's ip, and beside what the kernel itself needs for the same.
#
#   make bench T=ip
#   make bench T=ip MH_BENCH_N=100000 MH_BENCH_RUNS=5
#
# MH_BENCH_N     routes, 1000000
# MH_BENCH_RUNS  runs of which the median counts, 3
# MH_BENCH_ONLY  some of: start show one add save flush rules
#
# All figures are CPU time (user and system) and the peak of resident memory. Ours and the reference
# take turns, as a machine's speed changes while it is measured; so do ours and Debian's ip in a flush,
# which is the kernel's work. Else Debian's runs once. Its -batch
# keeps a receive buffer for each line; where there is no memory for that it adds fewer routes, and
# the line says how many.
set -eu

n=${MH_BENCH_N:-1000000}
runs=${MH_BENCH_RUNS:-3}
rules=10000
peer=$MH_BUILD/bench_ip_peer
ours=$MH_BUILD/multihome-ip
stock=$(PATH=/usr/sbin:/sbin:/usr/bin:/bin command -v ip)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/bench-ip.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

# measure NAME COMMAND...: appends the CPU seconds and the peak in KiB to the file NAME.
measure()
{
	local name=$1
	shift
	if ! "$peer" time "${times:-1}" "$@" 2>err >/dev/null; then
		cat err >&2
		exit 1
	fi
	tail -n 1 err >>"$name"
}

# The raw sender says itself how much of its time was sending.
measure_sender()
{
	"$peer" send "$n" "$2" lo >>"$1"
}

median()
{
	cut -d' ' -f1 "$1" | sort -g | awk '{x[NR] = $1} END {print x[int((NR + 1) / 2)]}'
}

peak()
{
	cut -d' ' -f2 "$1" | sort -n | tail -n 1
}

# All routes go with the interface, at once.
without_routes()
{
	"$stock" link set lo down
	"$stock" link set lo up
}

with_routes()
{
	without_routes
	"$peer" send "$n" internet lo >/dev/null
}

heading()
{
	printf '\n%-34s %22s %22s   %s\n' '' multihome-ip "Debian's ip" 'the least'
	printf '%-34s %12s %9s %12s %9s   %s\n' '' 'CPU s' KiB 'CPU s' KiB 'CPU s'
}

# row TEXT OURS STOCK [LEAST WHAT TARGET]
row()
{
	printf '%-34s %12.6f %9d ' "$1" "$(median "$2")" "$(peak "$2")"
	if [ -s "$3" ]; then
		printf '%12.6f %9d' "$(median "$3")" "$(peak "$3")"
	else
		printf '%12s %9s' - -
	fi
	if [ $# -gt 3 ]; then
		awk -v a="$(median "$2")" -v b="$(median "$4")" -v what="$5" -v max="$6" 'BEGIN {
			printf "   %.6f %s: ours %.2f times (%s %.2f)", b, what, a / b,
				a / b <= max ? "within" : "OVER", max }'
	fi
	echo
}

start()
{
	local times=51 i
	for ((i = 0; i < 12; i++)); do
		measure start.least "$MH_BUILD/bench_ip_minimum" lo
		measure start.ours "$ours" link show lo
		measure start.stock "$stock" link show lo
	done
	row 'link show lo' start.ours start.stock start.least 'libmnl alone' 1.15
}

show()
{
	local i
	with_routes
	for ((i = 0; i < runs; i++)); do
		measure show.least "$peer" dump
		measure show.ours "$ours" route show
		measure json.ours "$ours" -j route show
	done
	measure show.stock "$stock" route show
	measure json.stock "$stock" -j route show
	row "route show, of $n" show.ours show.stock show.least 'a dump' 1.4
	row "-j route show" json.ours json.stock show.least 'a dump' 1.4
}

# One of many: nothing of it may depend on how many there are.
one()
{
	local some
	with_routes
	some=$("$ours" route show | sed -n "$((n / 2))s/ .*//p")
	local times=21
	measure one.ours "$ours" route show exact "$some"
	measure one.stock "$stock" route show exact "$some"
	row "route show exact, of $n" one.ours one.stock
	measure default.ours "$ours" route show default
	measure default.stock "$stock" route show default
	row 'route show default' default.ours default.stock
	times=1
	measure del.ours "$ours" route flush exact "$some"
	"$stock" route add "$some" dev lo
	measure del.stock "$stock" route flush exact "$some"
	row "route flush exact" del.ours del.stock
}

# What fits into memory, at 5 KiB a line.
stock_lines()
{
	local fits
	fits=$(awk '/MemAvailable/ {print int($2 / 5)}' /proc/meminfo)
	echo $((fits < n ? fits : n))
}

add()
{
	local length i
	for length in 24 32; do
		"$peer" table "$n" "$length" | sed 's/.*/route add & dev lo/' >lines
		head -n "$(stock_lines)" lines >lines.stock
		for ((i = 0; i < runs; i++)); do
			without_routes
			measure_sender "add$length.least" "$length"
			without_routes
			measure "add$length.ours" "$ours" -batch lines
		done
		without_routes
		measure "add$length.stock" "$stock" -batch lines.stock
		row "batch, add $n /$length" "add$length.ours" "add$length.stock" \
			"add$length.least" 'raw' 1.2
		[ "$(wc -l <lines.stock)" = "$n" ] || echo "  (Debian's ip: $(wc -l <lines.stock) lines)"
	done
	without_routes
	measure atomic.ours "$ours" -atomic -batch lines
	row 'the same with -atomic' atomic.ours none
	without_routes
	echo 'route add 192.0.2.1 dev nosuch' >>lines
	if "$ours" -atomic -batch lines 2>/dev/null || [ -n "$("$ours" route show | head -n 1)" ]; then
		echo "-atomic did not take everything back" >&2
		exit 1
	fi
}

save()
{
	with_routes
	measure save.ours "$ours" route save
	measure save.stock "$stock" route save
	row "route save, $n" save.ours save.stock
	"$ours" route save >saved
	without_routes
	measure restore.ours sh -c "exec $ours route restore <saved"
	[ "$("$ours" route show | wc -l)" = "$n" ]
	without_routes
	measure restore.stock sh -c "exec $stock route restore <saved"
	row 'route restore' restore.ours restore.stock
}

flush()
{
	local i
	for ((i = 0; i < runs; i++)); do
		with_routes
		measure flush.ours "$ours" route flush dev lo
		[ -z "$("$ours" route show)" ]
		with_routes
		# Debian's gives up after ten rounds.
		(measure flush.stock "$stock" route flush dev lo) || :
	done
	row "route flush, $n" flush.ours flush.stock flush.stock "Debian's ip" 1.0
}

rules_left()
{
	"$stock" rule show | grep -c 'lookup 100'
}

rules()
{
	local left
	seq "$rules" | awk '{printf "rule add pref %d from 10.%d.%d.0/24 lookup 100\n",
		$1 + 1000, $1 / 256, $1 % 256}' >lines
	measure radd.stock "$stock" -batch lines
	measure rshow.stock "$stock" rule show
	measure rflush.stock "$stock" rule flush
	left=$(rules_left || :)
	while [ "$(rules_left)" != 0 ]; do
		"$stock" rule flush
	done
	measure radd.ours "$ours" -batch lines
	measure rshow.ours "$ours" rule show
	measure rflush.ours "$ours" rule flush
	[ "$(rules_left)" = 0 ]
	row "batch, add $rules rules" radd.ours radd.stock
	row 'rule show' rshow.ours rshow.stock
	row 'rule flush' rflush.ours rflush.stock
	echo "  (Debian's ip left $left rules behind)"
}

"$stock" link set lo up
"$stock" -V
echo "Linux $(uname -r), $(nproc) processors, $(awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo) MiB"
heading
# shellcheck disable=SC2086
for part in ${MH_BENCH_ONLY:-start show one add save flush rules}; do
	$part
done

most=$(for f in *.ours; do peak "$f"; done | sort -n | tail -n 1)
echo
echo "multihome-ip never had more than $most KiB resident ($([ "$most" -le 8192 ] && echo within || echo OVER) 8192)."
