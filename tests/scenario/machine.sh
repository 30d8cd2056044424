# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A machine as the stock tools show it, for comparing before and after.

# Without what changes by itself: lifetimes, counters, random secrets.
machine_steady()
{
	sed -E 's/ expires [0-9]+sec//; s/ ?(valid_lft|preferred_lft) [0-9]+sec//g; s/counter packets [0-9]+ bytes [0-9]+/counter/'
}

# machine_dump NAME: rules, routes of all tables, links, addresses, nftables, all of net.*; once
# duplicate address detection is done with all addresses.
machine_dump()
{
	wait_for 10 nsenter --target "$(ns_pid "$1")" --net -- \
		sh -c '! ip -6 addr show tentative | grep -q .'
	in_ns "$1" bash -c '
		for f in -4 -6; do
			echo "== rules $f"; ip -d $f rule
			echo "== routes $f"; ip -d $f route show table all
		done
		echo "== links"; ip -d link
		echo "== addresses"; ip -d addr
		echo "== nft"; nft list ruleset
		echo "== sysctl"; sysctl -a -r "^net\." 2>/dev/null |
			grep -vE "nf_conntrack_count|\.stable_secret|fib_multipath_hash_seed"
	' | machine_steady
}
