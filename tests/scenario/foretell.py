#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets on explain.test's machine, and what `multihome explain` says of them.

foretell.py kernel N MULTIHOME...   N packets by --batch, compared with `ip route get`; prints those
                                    that differ, and how many there were
foretell.py flows lan|own MULTIHOME...
                                    40 flows as where.py sends them; on standard error what is foretold
                                    of each: "ID SOURCE DEVICE answered"
"""
import json
import random
import subprocess
import sys

HOSTS = {False: ["203.0.113.%d" % i for i in range(1, 21)] +
         ["192.0.2.1", "198.51.100.1", "10.0.0.10", "192.0.2.2", "8.8.8.8", "127.0.0.1"],
         True: ["2001:db8:ff::%d" % i for i in range(1, 21)] +
         ["2001:db8:1::1", "fd00:1::10", "2001:db8:2::2"]}
LAN = {False: ["10.0.0.11", "10.0.0.29", "10.0.0.200"], True: ["fd00:1::11", "fd00:1::200"]}
OWN = {False: ["192.0.2.2", "198.51.100.2"], True: ["2001:db8:1::2", "2001:db8:2::2"]}


def random_packet():
    """The words for explain, and those for ip route get."""
    v6 = random.random() < 0.4
    words = get = [random.choice(HOSTS[v6])]

    def add(word, value, theirs=None):
        nonlocal words, get
        words = words + [word, value]
        get = get + [theirs or word, value]

    kind = random.random()
    if kind < 0.4:
        add("from", random.choice(LAN[v6]))
        add("iif", "lan")
    elif kind < 0.6:
        add("from", random.choice(OWN[v6]))
    elif kind < 0.7:
        add("oif", random.choice(["wan1", "wan2"]))
    if random.random() < 0.3:
        add("mark", random.choice(["0x10000", "0x20000", "0x7"]))
    add("proto", random.choice(["tcp", "udp"]), "ipproto")
    add("sport", str(random.randrange(1024, 65536)))
    add("dport", str(random.randrange(1, 1024)))
    return words, get


def kernel_says(get):
    r = subprocess.run(["ip", "-j", "route", "get", *get], capture_output=True, text=True)
    if r.returncode:
        return None
    x = json.loads(r.stdout)[0]
    return {"dev": x["dev"], "via": x.get("gateway"), "src": x.get("prefsrc", x.get("from"))}


def we_say(answer, kernel, words):
    if answer["verdict"] not in ("forward", "local"):
        return None
    # The kernel does not tell the source of what arrives; of IPv6, it tells another than was given.
    told = "iif" not in words and not ("from" in words and ":" in words[0])
    src = answer.get("src") if told or not kernel else kernel["src"]
    return {"dev": answer["dev"], "via": answer.get("via"), "src": src}


def beside_the_kernel(n, mh):
    random.seed(11)
    packets = [random_packet() for _ in range(n)]
    lines = "".join(" ".join(words) + "\n" for words, _ in packets)
    r = subprocess.run(mh + ["explain", "--batch", "-"], input=lines, capture_output=True, text=True)
    answers = [json.loads(x) for x in r.stdout.splitlines()]
    if len(answers) != n:
        sys.exit(f"{len(answers)} answers: {r.stderr}")
    for (words, get), answer in zip(packets, answers):
        kernel = kernel_says(get)
        ours = we_say(answer, kernel, words)
        if ours != kernel:
            print(*words, "ours:", answer, "kernel:", kernel)
    print(n, "packets")


def flow(kind, i):
    v6 = i % 2 == 1
    src = mark = dev = "-"
    if kind == "lan":
        src = ("fd00:1::%d" if v6 else "10.0.0.%d") % random.choice([*range(10, 30), 200, 201])
    elif i % 8 in (2, 3):
        src = random.choice(OWN[v6])
    elif i % 8 in (4, 5):
        mark = random.choice(["0x10000", "0x20000"])
    elif i % 8 in (6, 7):
        dev = random.choice(["wan1", "wan2"])
    return HOSTS[v6][random.randrange(20)], "7001", src, str(20000 + i), mark, dev


def flows(kind, mh):
    random.seed(5)
    for i in range(40):
        dst, dport, src, sport, mark, dev = flow(kind, i)
        words = [dst, "udp", "sport", sport, "dport", dport] + (["iif", "lan"] if kind == "lan" else [])
        for word, value in ("from", src), ("mark", mark), ("oif", dev):
            words += [word, value] if value != "-" else []
        r = subprocess.run(mh + ["-j", "explain", *words], capture_output=True, text=True)
        x = json.loads(r.stdout)
        if x["verdict"] != "forward" or not x["agree"]:
            sys.exit(f"{words}: {x}")
        source = x["nat"]["src"] if "nat" in x else x["src"]
        print(f"{kind}{i}", dst, dport, src, sport, mark, dev)
        print(f"{kind}{i}", source, {"isp1": "i1", "isp2": "i2"}[x["uplink"]],
              "answered" if x["back"]["well"] else "silent", file=sys.stderr)


if sys.argv[1] == "kernel":
    beside_the_kernel(int(sys.argv[2]), sys.argv[3:])
else:
    flows(sys.argv[2], sys.argv[3:])
