#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""patch.py OLD DIFF: the text that a unified diff makes of OLD; fails where the two do not agree."""

import re
import sys

old = open(sys.argv[1]).read().splitlines()
lines = open(sys.argv[2]).read().splitlines()
assert lines[0].startswith("--- ") and lines[1].startswith("+++ ")
new, at, want = [], 0, 0
for line in lines[2:]:
    m = re.fullmatch(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@", line)
    if m:
        first = int(m[1]) - (m[2] != "0")
        assert first >= at
        new += old[at:first]
        at = first
        assert len(new) == int(m[3]) - (m[4] != "0")
        continue
    if line[0] in " -":
        assert old[at] == line[1:], (old[at], line)
        at += 1
    if line[0] in " +":
        new.append(line[1:])
print("\n".join(new + old[at:]))
