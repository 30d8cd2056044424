# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests written in bash. A test starts so:
#
#   #!/usr/bin/env bash
#   # SPDX-License-Identifier: GPL-2.0-or-later
#   # What it shows.
#   . "$MH_SRC/tests/lib.sh"
#
# and ends with done_testing. It runs in namespaces of its own (tests/run): it may do in them what
# it likes, and need not clean up. A test that dies early has no plan, and so has failed.

set -u
_n=0
declare -A _ns=()

# Comment lines that are shown when the test fails.
diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

_result()
{
	_n=$((_n + 1))
	echo "$1 $_n - $2"
	[ "$1" = ok ]
}

pass()
{
	_result ok "$1"
}

fail()
{
	_result 'not ok' "$1"
}

# ok TEXT COMMAND...: the command succeeds. What it prints is shown if it does not.
ok()
{
	local text=$1 out rc
	shift
	out=$("$@" 2>&1)
	rc=$?
	if [ $rc = 0 ]; then
		pass "$text"
	else
		fail "$text"
		diag "exit status $rc: $*"
		[ -z "$out" ] || diag "$out"
		return 1
	fi
}

# fails TEXT STATUS COMMAND...: the command exits with just that status.
fails()
{
	local text=$1 want=$2 out rc
	shift 2
	out=$("$@" 2>&1)
	rc=$?
	if [ $rc = "$want" ]; then
		pass "$text"
	else
		fail "$text"
		diag "exit status $rc, not $want: $*"
		[ -z "$out" ] || diag "$out"
		return 1
	fi
}

# is TEXT GOT WANT: the two are the same; shows the difference if not.
is()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		diag "$(diff -u --label want --label got <(printf '%s\n' "$3") <(printf '%s\n' "$2"))"
		return 1
	fi
}

# like TEXT GOT REGEX (extended)
like()
{
	if [[ $2 =~ $3 ]]; then
		pass "$1"
	else
		fail "$1"
		diag "no match for $3 in:"
		diag "$2"
		return 1
	fi
}

# skip TEXT REASON: one result that cannot be had here.
skip()
{
	_n=$((_n + 1))
	echo "ok $_n - $1 # SKIP $2"
}

# Gives up the whole test, before its first result.
skip_all()
{
	echo "1..0 # SKIP $*"
	exit 0
}

# For what a user namespace does not give.
need_real_root()
{
	[ "${MH_ROOT:-}" = real ] || skip_all "needs root"
}

# What takes long, or has yet to be seen to hold on every kernel: make check-long.
need_long()
{
	[ -n "${MH_LONG:-}" ] || skip_all "make check-long runs it"
}

# need COMMAND...
need()
{
	local c
	for c; do
		command -v "$c" >/dev/null || skip_all "needs $c"
	done
}

# wait_for SECONDS COMMAND...: until it succeeds; false if it does not in time.
wait_for()
{
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.02
	done
}

# netns_new NAME...: new network namespaces, lo up. Each is held by a process, as a user namespace
# cannot mount /run/netns. /proc/sys/net is that of whoever reads it, so in_ns NAME sysctl works.
netns_new()
{
	local name up
	for name; do
		exec {up}< <(exec unshare --net sh -c 'ip link set lo up; echo up; exec sleep infinity')
		_ns[$name]=$!
		if ! read -r -u "$up" _; then
			echo "Bail out! no namespace for $name"
			exit 1
		fi
		exec {up}<&-
	done
}

# ns_pid NAME: the process that holds it, for `ip link ... netns PID`.
ns_pid()
{
	echo "${_ns[$1]}"
}

# in_ns NAME COMMAND...
in_ns()
{
	local pid=${_ns[$1]}
	shift
	nsenter --target "$pid" --net -- "$@"
}

# netns_del NAME: kills the holder; the namespace goes when nothing else is in it.
netns_del()
{
	kill "${_ns[$1]}"
	unset "_ns[$1]"
}

# veth NS1 DEV1 NS2 DEV2: a pair, both up.
veth()
{
	ip link add "$2" netns "$(ns_pid "$1")" type veth peer name "$4" netns "$(ns_pid "$3")" &&
		in_ns "$1" ip link set "$2" up &&
		in_ns "$3" ip link set "$4" up
}

done_testing()
{
	echo "1..$_n"
	exit 0
}
