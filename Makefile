# SPDX-License-Identifier: GPL-2.0-or-later
#
# A thin front to meson; HACKING.md says more.
#
#   make            build into build/
#   make check      run the tests          (T="unit scenario/nat" for some of them)
#   make demo       networks of namespaces, two uplinks each, measured on real packets
#   make install    (PREFIX=/usr/local, DESTDIR=)

BUILD ?= build
PREFIX ?= /usr/local
FUZZ_TIME ?= 60

FLAGS = -Dprefix=$(PREFIX) $(if $(CI),-Dwerror=true) $(MESON_FLAGS)
SAN = -Db_sanitize=address,undefined -Db_lundef=false
WERROR = -Dwerror=true

all:
	@scripts/bootstrap build
	@scripts/build $(BUILD) $(FLAGS)

check:
	@scripts/bootstrap build check
	@scripts/build $(BUILD) $(FLAGS)
	@scripts/peers $(BUILD)
	@tests/run --build $(BUILD) $(T)

# What takes long, and what has yet to be seen to hold on every kernel, too.
check-long:
	@MH_LONG=1 $(MAKE) --no-print-directory check

# Faults at random for ten minutes.
soak:
	@MH_SOAK=$${MH_SOAK:-600} $(MAKE) --no-print-directory check T=scenario/soak

check-asan:
	@scripts/bootstrap build check
	@scripts/build $(BUILD)-asan $(WERROR) $(SAN) -Dbuildtype=debug -Doptimization=1
	@scripts/peers $(BUILD)-asan
	@tests/run --build $(BUILD)-asan $(T)

check-clang:
	@scripts/bootstrap build check clang
	@CC=clang scripts/build $(BUILD)-clang $(WERROR)
	@scripts/peers $(BUILD)-clang
	@tests/run --build $(BUILD)-clang $(T)

demo: all
	@scripts/bootstrap check
	@scripts/demo $(BUILD)

bench:
	@scripts/bootstrap build check
	@scripts/build $(BUILD)-release $(FLAGS) -Dbuildtype=release -Dtests=false
	@scripts/peers $(BUILD)-release bench
	@scripts/bench $(BUILD)-release $(T)

fuzz:
	@scripts/bootstrap build clang
	@CC=clang scripts/build $(BUILD)-fuzz -Dfuzz=true -Dtests=false $(SAN)
	@scripts/fuzz $(BUILD)-fuzz $(FUZZ_TIME) $(T)

install: all
	@meson install -C $(BUILD) --no-rebuild

format:
	@scripts/bootstrap check
	@clang-format -i $$(scripts/tracked c)

lint:
	@scripts/bootstrap build clang
	@scripts/build $(BUILD) $(FLAGS)
	@scripts/tracked c | grep '\.c$$' | grep -v '^bench/' | \
		xargs -P $$(nproc) -n 1 clang-tidy --quiet -p $(BUILD) --extra-arg=-Wno-unknown-warning-option \
			--warnings-as-errors='*'

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-clang $(BUILD)-fuzz $(BUILD)-release

.PHONY: all check check-long soak check-asan check-clang demo bench fuzz install format lint clean
