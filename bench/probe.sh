#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a health probe costs, beside a forked ping. First the targets are another machine's, which
# answers on a processor of its own, as everywhere but in a test; then everything is one machine's.
set -eu
seconds=${MH_BENCH_SECONDS:-5}
ip link set lo up
# The CPU that handles what the device receives; it is the machine's own sysfs that knows.
receive_on() { # DEVICE MASK
	mount -n -t sysfs sysfs /sys
	echo "$2" >"/sys/class/net/$1/queues/rx-0/rps_cpus"
	umount -n /sys
}
if [ "$(nproc)" -gt 1 ]; then
	# The other machine lives as long as the pipe that nobody writes to.
	mkfifo /run/end
	unshare -n sh -c 'echo $$ >/run/other; read -r end </run/end' &
	exec 3<>/run/end
	while [ ! -s /run/other ]; do sleep 0.01; done
	other=$(cat /run/other)
	ip link add near type veth peer name far netns "$other"
	ip addr add 10.0.200.1/16 dev near
	ip link set near up
	nsenter -t "$other" -n sh -c 'ip link set lo up; ip link set far up; ip addr add 10.0.250.1/16 dev far
		for i in 0 1 2 3; do
			seq -f "addr add 10.0.$i.%g/32 dev lo" 1 250
		done | ip -batch -
		mount -n -t sysfs sysfs /sys && echo 2 >/sys/class/net/far/queues/rx-0/rps_cpus; umount -n /sys'
	receive_on near 1
	echo "the targets are another machine's"
	taskset 1 "$MH_BUILD/bench_probe" near "$seconds"
	ip link del near
	echo >&3
	wait
fi
echo "the targets are this machine's own"
ip addr add 10.0.0.1/16 dev lo
"$MH_BUILD/bench_probe" lo "$seconds"
