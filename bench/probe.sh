#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a health probe costs, beside a forked ping.
set -eu
ip link set lo up
ip addr add 10.0.0.1/16 dev lo
"$MH_BUILD/bench_probe" "${MH_BENCH_SECONDS:-5}"
