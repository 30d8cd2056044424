#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""control.py SOCKET garbage|thousand|sleeper: bad company for multihomed's control socket."""

import json
import os
import random
import select
import socket
import sys
import time

path, what = sys.argv[1:3]


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(path)
    return s


def line(s):
    """One line, and no more: the next answer may be there already."""
    data = b""
    while not data.endswith(b"\n"):
        there = s.recv(65536, socket.MSG_PEEK)
        if not there:
            return data
        data += s.recv(there.find(b"\n") + 1 or len(there))
    return data


def is_alive():
    """The daemon answers; a place may have to be waited for."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            s = connect()
            s.sendall(b"status\n")
            if len(json.loads(line(s))["uplinks"]) == 2:
                return True
        except (OSError, ValueError):
            pass
        time.sleep(0.02)
    return False


def garbage():
    random.seed(1)
    for n in range(200):
        s = connect()
        text = random.randbytes(random.randrange(300))
        try:
            s.sendall(text + b"\n" * (n % 3))
            s.shutdown(socket.SHUT_WR)
            while s.recv(4096):
                pass
        except OSError:
            pass
        s.close()
    for text in (b"uplink", b"uplink isp1", b"uplink isp1 down now", b"events -1",
                 b"events 99999999999999999999", b"status\0", b"", b" ", b"reload now",
                 b"restore x", b"status " + b"x" * 100):
        s = connect()
        s.sendall(text + b"\n")
        assert "error" in json.loads(line(s)), text
    # Half a line: no answer, and the end soon.
    s = connect()
    s.sendall(b"sta")
    begun = time.monotonic()
    assert s.recv(1) == b"" and time.monotonic() - begun < 10
    # In pieces, and several at once.
    s = connect()
    for c in b"status\nevents 1\nstat":
        s.sendall(bytes([c]))
    assert "uplinks" in json.loads(line(s))
    assert isinstance(json.loads(line(s)), list)
    s.sendall(b"us\n")
    assert "uplinks" in json.loads(line(s))
    s = connect()
    s.sendall(b"x" * 100000 + b"\n")
    while True:
        try:
            if not s.recv(4096):
                break
        except OSError:
            break


def thousand():
    held = []
    for _ in range(1000):
        s = socket.socket(socket.AF_UNIX)
        s.setblocking(False)
        try:
            s.connect(path)
        except BlockingIOError:
            s.close()
            time.sleep(0.001)
            continue
        held.append(s)
    # All stay silent: those that were let in are shown out, the rest were never in.
    end = time.monotonic() + 10
    while held and time.monotonic() < end:
        for s in select.select(held[:500], [], [], 1)[0]:
            assert s.recv(1) == b""
            held.remove(s)
    assert not held, len(held)


def sleeper():
    """Asks a great deal and reads nothing."""
    s = connect()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.sendall(b"follow 1\n")
    noise = connect()
    for _ in range(3000):
        try:
            s.send(b"status\n", socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
        except OSError:
            return
    for _ in range(20):
        noise.sendall(b"status\n")
        line(noise)


{"garbage": garbage, "thousand": thousand, "sleeper": sleeper}[what]()
if not is_alive():
    sys.exit("the daemon does not answer")
