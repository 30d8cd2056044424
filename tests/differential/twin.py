# SPDX-License-Identifier: GPL-2.0-or-later
"""Twins: two network namespaces that are treated alike, in one of which multihome-ip runs and in the
other Debian's ip. Exit status, standard output and the state of the kernel are to be equal.

    with Twin() as twin:
        twin.setup("ip link add v0 type veth peer name v1")    # a script, in both, with Debian's ip
        wrong = twin.check("ip -j link show v0")               # [] or what differs, line by line

check() compares what the command says, and the kernel's state unless the command only looks: then it
is compared in all FORMS of output. differ() does it for a whole list. run() and state() are for those
who compare otherwise.

Each namespace is entered once, by a process that then starts the commands and reads the kernel's
state for us; both work at the same time. The state is read by netlink (kernel.py): no command of
either side has a part in it. What changes by itself, such as timers and random addresses, is taken
out of both sides (STEADY), and what is known to differ is in DEVIATIONS. A difference is looked at
again for a while, as the kernel ends some things only later.
"""
import ctypes
import json
import multiprocessing
import os
import re
import shlex
import subprocess
import time

import kernel

# A process costs ten times as much in a guest: there, other forms of output are for make check-long.
GUEST, LONG = (os.environ.get(x) for x in ("MH_GUEST", "MH_LONG"))
HERE = os.path.dirname(os.path.abspath(__file__))
OURS = os.path.join(os.environ.get("MH_BUILD", "build"), "multihome-ip")
STOCK = next((p for p in ("/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip")
              if os.path.exists(p)), None)
COMMAND_LIMIT = 120  # seconds; nothing here takes long, but the machine may have other work
PATIENCE = 8  # seconds in which a difference may go away
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 1 << 12, 1 << 14, 1 << 18
PR_SET_PDEATHSIG, SIGKILL = 1, 9
libc = ctypes.CDLL(None, use_errno=True)

# What changes by itself.
STEADY = [
    (re.compile(p), r)
    for p, r in (
        # A proxy entry of no device outlives its namespace in the kernel, and turns up in others.
        (r"(?m)^\S+ (dev \* )?proxy *\n", ""),
        (r',\{"dst":"[^"]*","proxy":null\}', ""),
        (r'\{"dst":"[^"]*","proxy":null\},?', ""),
        # Entries of multicast groups come with traffic.
        (r"(?m)^(22[4-9]|23\d|ff\w\w:)\S* dev .*NOARP *\n", ""),
        (r',\{"dst":"(22[4-9]|23\d|ff\w\w:)[^}]*"NOARP"\]\}', ""),
        (r'\{"dst":"(22[4-9]|23\d|ff\w\w:)[^}]*"NOARP"\]\},?', ""),
        # Neighbours grow older while nobody answers.
        (r"\b(INCOMPLETE|DELAY|PROBE|FAILED)\b", "SOUGHT"),
        (r" probes \d+", ""),
        (r'"probes": ?\d+,', ""),
        # Addresses of random making have the local bit set; 00:00:5e:00:53:xx is for documents.
        (r"\b[0-9a-f][26ae](:[0-9a-f]{2}){5}\b", "MAC"),
        # And those of tunnels over IPv6, of which the last ten bytes are zero.
        (r'(permaddr"?[ :]+"?)[0-9a-f:]+::', r"\1MAC"),
        # The kernel's answer about an MPLS route does not set it (mpls_getroute()).
        (r'(\bto"?[ :]+"?\d+(?:/\d+)*"?)(,\s*"tos": ?"0x[0-9a-f]+"| tos 0x[0-9a-f]+)', r"\1"),
        (r"expires -?\d+sec", "expires N"),
        (r'"expires": ?-?\d+', '"expires":N'),
        (r"(valid_lft|preferred_lft) \d+sec", r"\1 N"),
        (r'"(valid_life_time|preferred_life_time)": ?\d+(?<!4294967295)', r'"\1":N'),
        (r"used \d+/\d+/\d+", "used N"),
        (r'"(used|confirmed|updated)": ?\d+', r'"\1":0'),
        (r"age \d+(\.\d+)?sec", "age N"),
        # Of TCP connections, measured.
        (r"(\brtt(?:var)?) \d+us", r"\1 N"),
        (r'("rtt(?:var)?"): ?\d+', r"\1:N"),
        # Drawn anew by the kernel, from half to one and a half of base_reachable.
        (r"\breachable \d+", "reachable N"),
        (r'"reachable": ?\d+', '"reachable":N'),
        (r'"refcnt": ?\d+,?', ""),
        # Of the neighbour tables, one for all namespaces.
        (r'(last_(?:flush|rand)"?[: ]+"?)[\d-]+ [\d:]+', r"\1 N"),
        (r'\b((?:allocs|destroys|hash_grows|lookups|hits|periodic_gc_runs|forced_gc_runs|res_failed'
         r'|entries|hash_rnd|hash_mask|table_fulls|rcv_probes_.cast|refcnt)"?[: ]+"?)(0x)?[0-9a-f]+',
         r"\1 N"),
        (r"\b(\w+_timer) +\d+\.\d+", r"\1 N"),
        (r'"\b(\w+_timer)": ?\d+\.\d+', r'"\1":N'),
        (r"(idle_time|unbalanced_time|idle|unbalanced) \d+(\.\d+)?", r"\1 N"),
        (r'"(idle_time|unbalanced_time)": ?\d+(\.\d+)?', r'"\1":N'),
    )
]
# Neighbours come in the order of a hash whose seed every namespace makes for itself.
UNORDERED = re.compile(r"^(-\S+ )*n(e(i\w*)?)?( |$)")
# How what is shown may look. The options that make a form, and those that a look has besides.
FORMS = ("", "-j", "-d", "-o", "-br", "-s", "-j -p", "-j -d", "-j -s", "-N")
FORM = re.compile(r"-(j|json|p|pretty|d|details|o|oneline|br|brief|s|stats|statistics|N|Numeric|h|human|iec)")
FORMLESS = re.compile(r" (help|exec|save|showdump|identify|pids|bucket get)\b| -(c|color\S*|a|all|t|ts|rc\w*) ")
# A look at things, after which the state need not be compared.
LOOK = re.compile(r" (show|list|ls|lst|get|help|l|sh)\b")


def steady(text):
    for pattern, repl in STEADY:
        text = pattern.sub(repl, text)
    return text


# Debian's ip encodes these wrongly, and Linux 6.18 stops for ever with the network's lock held.
DEADLY = re.compile(r"(geneve|vxlan|erspan)_opt")


def uncounted(text):
    """Without the counters of interfaces."""
    text = re.sub(r"(?m)^( *[RT]X: ) .*\n.*\n", r"\1\n", text)
    return re.sub(r'("(?:bytes|packets|multicast|dropped|errors)"): *\d+', r"\1:N", text)


def words(line):
    if DEADLY.search(line):
        raise ValueError(f"never to be run: {line}")
    argv = shlex.split(line)
    return argv[1:] if argv[0] == "ip" else argv


def only_looks(line):
    return bool(LOOK.search(line)) or len(words(line)) < 3 and "flush" not in line


def in_forms(line):
    """The line in each form of output."""
    if FORMLESS.search(line) or not line.startswith("ip "):
        return []
    rest = shlex.split(line)[1:]
    options = []
    while rest and rest[0][0:1] == "-":
        option = rest.pop(0)
        options += [] if FORM.fullmatch(option) else [option]
        if option in ("-n", "-netns", "-f", "-family", "-l") and rest:
            options.append(rest.pop(0))
    return [" ".join(["ip", *form.split(), shlex.join(options + rest)]) for form in FORMS]


# Every interface has this route from when its carrier came, and two of one moment have no order.
MULTICAST = [re.compile(r"(?m)^(?:multicast|5) ff00::/8 .*\n"),
             re.compile(r'\{\s*"type":\s*"(?:multicast|5)",\s*"dst":\s*"ff00::/8"[^}]*\}(?:,\s*)?')]


def multicast_sorted(text):
    for one in MULTICAST:
        routes = sorted(x.strip(", \n") for x in one.findall(text))
        text = one.sub("", text) + "\n".join(routes)
    return text


def ordered(line, text):
    text = multicast_sorted(text)
    if not UNORDERED.match(" ".join(words(line))):
        return text
    if text.startswith("["):
        try:
            return "\n".join(sorted(json.dumps(x) for x in json.loads(text)))
        except ValueError:
            return text
    return "\n".join(sorted(text.splitlines()))


def deviations():
    """(pattern of the command line, pattern in our output that is taken away)"""
    found = []
    with open(os.path.join(HERE, "DEVIATIONS")) as f:
        for line in f:
            if line.startswith("line "):
                found.append((re.compile(line[5:].strip()), None))
            elif line.startswith("text "):
                found.append((re.compile(""), re.compile(line[5:].rstrip("\n"))))
    return found


def commands(name):
    """The lines of a .cmds file: (number, line) without comments."""
    with open(os.path.join(HERE, name + ".cmds")) as f:
        return [(n, x.rstrip("\n")) for n, x in enumerate(f, 1) if x.strip() and x[0] != "#"]


class Result:
    """What a command did: its exit status (negative: the signal that killed it) and output."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def died(self):
        """Killed by a signal, or a sanitizer's report: never right."""
        return self.status < 0 or "Sanitizer" in self.err or "runtime error" in self.err


def write(path, text):
    try:
        with open(path, "w") as f:
            f.write(text)
    except OSError:  # not every kernel has each
        pass


def private_copy(folder):
    """The folder's files on a file system of our own: it may be written to."""
    files = []
    for top, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(top, name), "rb") as f:
                files.append((os.path.join(top, name), f.read()))
    if not files or libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, None):
        return
    for path, data in files:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)


class Inside:
    """What goes on in a namespace, in a process of its own."""

    def __init__(self):
        libc.prctl(PR_SET_PDEATHSIG, SIGKILL)
        if libc.unshare(CLONE_NEWNS | CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "no namespaces")
        libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        libc.mount(b"tmpfs", b"/run", b"tmpfs", 0, None)
        libc.mount(b"sysfs", b"/sys", b"sysfs", 0, None)
        private_copy("/etc/iproute2")
        libc.mount(b"/dev/null", b"/etc/resolv.conf", None, MS_BIND, None)  # -r: no long waits
        # Without link-local addresses made of random ones, and without waiting for any address.
        ipv6 = "/proc/sys/net/ipv6/conf"
        write(f"{ipv6}/default/addr_gen_mode", "1")
        for which in ("default", "all"):
            write(f"{ipv6}/{which}/accept_dad", "0")
        self.kernel = kernel.Reader()

    def run(self, argv):
        try:
            r = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True,
                               close_fds=False, timeout=COMMAND_LIMIT)
        except (OSError, subprocess.TimeoutExpired) as e:
            return Result(-1, "", f"not run to its end: {e}")
        return Result(r.returncode, r.stdout.decode(errors="replace"),
                      r.stderr.decode(errors="replace"))

    def run_all(self, argvs):
        """One shell for all of them: a process of our own for each would take longer than they do."""
        script = "".join(f"{shlex.join(a)} 2>/dev/null; printf '\\0%d\\0' $?\n" for a in argvs)
        parts = self.run(["/bin/sh", "-c", script]).out.split("\0")
        return [Result(128 - int(status) if 128 < int(status) < 255 else int(status), out, "")
                for out, status in zip(parts[::2], parts[1::2])]

    def setup(self, script):
        result = self.run(["/bin/sh", "-c", script])
        self.keep_neighbours()
        return result

    def keep_neighbours(self):
        """Neighbours stay as they are made, however slow the machine is. A device's own settings
        only: the defaults are the whole machine's."""
        for family in ("ipv4", "ipv6"):
            top = f"/proc/sys/net/{family}/neigh"
            for device in os.listdir(top) if os.path.isdir(top) else ():
                if device != "default":
                    write(f"{top}/{device}/base_reachable_time_ms", "86400000")
                    write(f"{top}/{device}/gc_stale_time", "86400")

    def state(self):
        names = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
        return [f"netns {n}" for n in sorted(names)] + self.kernel.state()

    def serve(self, pipe):
        while True:
            try:
                verb, *args = pipe.recv()
            except EOFError:
                return
            try:
                pipe.send(getattr(self, verb)(*args))
            except Exception as e:  # shown by whoever asked
                pipe.send(e)


class Namespace:
    """A network namespace with a /run, a /sys and an /etc/iproute2 of its own."""

    ends = []  # of all pipes here: a process that has them too would keep the others alive

    def __init__(self):
        self.pipe, theirs = multiprocessing.Pipe()
        Namespace.ends.append(self.pipe)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                for end in Namespace.ends:
                    end.close()
                Inside().serve(theirs)
            finally:
                os._exit(0)
        theirs.close()

    def ask(self, *what):
        self.pipe.send(what)

    def answer(self):
        got = self.pipe.recv()
        if isinstance(got, Exception):
            raise got
        return got

    def close(self):
        Namespace.ends.remove(self.pipe)
        self.pipe.close()
        os.waitpid(self.pid, 0)


class Twin:
    """The two of them; with other programs for other comparisons."""

    def __init__(self, ours=OURS, stock=STOCK, known=None, counts=True):
        """counts: whether packets of interfaces are compared; not where some send by themselves."""
        self.programs = ours, stock
        self.known = deviations() if known is None else known
        self.counts = counts
        self.both = Namespace(), Namespace()
        self.looked = set()  # at these, in all forms, since the last change
        self.forms = 0  # compared besides the lines
        self.refused = True  # the last line, by Debian's

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for ns in self.both:
            ns.close()

    def each(self, verb, *args):
        """The two answers to what both are asked at a time; args: one for each, per argument."""
        for n, ns in enumerate(self.both):
            ns.ask(verb, *(a[n] for a in args))
        return tuple([ns.answer() for ns in self.both])

    def setup(self, script):
        return self.each("setup", (script, script))

    def run(self, line):
        """(Result of ours, Result of Debian's)"""
        argv = words(line)
        return self.each("run", tuple([p] + argv for p in self.programs))

    def state(self):
        """(ours, Debian's): lists of lines, without what changes by itself"""
        return self.each("state")

    def said(self, line):
        """What exit status and output differ in."""
        got, want = self.run(line)
        self.refused = want.status != 0
        return self.differs(line, got, want, self.counts)

    def differs(self, line, got, want, counts):
        out, expected = (ordered(line, steady(x.out if counts else uncounted(x.out)))
                         for x in (got, want))
        for _, text in self.known:
            if text is not None:
                out = text.sub("", out)
        if got.died():
            return [f"it died: {got.status} {got.err[:2000]}"]
        bad = []
        if got.status != want.status:
            bad.append(f"exit status {got.status}, not {want.status}: "
                       f"{got.err.strip()} | {want.err.strip()}")
        if out != expected:
            bad += ["stdout:"] + [f"  ours  {x}" for x in out.splitlines()[:12]]
            bad += [f"  stock {x}" for x in expected.splitlines()[:12]]
        return bad

    def states_differ(self):
        return between(*self.state())

    def is_known(self, line):
        return any(p.search(line) for p, text in self.known if text is None)

    def check(self, line, in_all_forms=not GUEST or LONG):
        """What differs after one command line, as lines of text."""
        looks = only_looks(line)
        wrong = []
        if not self.is_known(line):
            wrong = settled(lambda: self.said(line)) if looks else self.said(line)
        if looks:
            return wrong or in_all_forms and self.look(line) or []
        self.looked.clear()
        return wrong + settled(self.states_differ)

    def look(self, line):
        """What differs in any of its forms."""
        forms = [x for x in in_forms(line) if x != line and x not in self.looked
                 and not self.is_known(x)]
        self.looked.update(forms, [line])
        if not forms or self.refused:
            return []
        self.forms += len(forms)
        return settled(lambda: self.all_said(forms))

    def all_said(self, lines):
        results = self.each("run_all", tuple([[p] + words(x) for x in lines]
                                         for p in self.programs))
        wrong = []
        for line, got, want in zip(lines, *results):
            bad = self.differs(line, got, want, False)  # link-stats.cmds has those that can be
            wrong += [f"as {line}:"] + bad if bad else []
        return wrong


def between(a, b):
    """What differs between our state and Debian's."""
    if a == b:
        return []
    return (["state afterwards:"] + [f"  ours  {x}" for x in a if x not in b][:8]
            + [f"  stock {x}" for x in b if x not in a][:8] or ["another order"])


def settled(difference):
    """What differs, and still does after a while."""
    end, pause = time.monotonic() + PATIENCE, 0.02
    wrong = difference()
    while wrong and time.monotonic() < end:
        time.sleep(pause)
        pause = min(2 * pause, 1)
        wrong = difference()
    return wrong


def differ(lines, known=None):
    """Runs (number, line) in a fresh pair of namespaces: (count of lines, count of other forms,
    [(number, line, what differs)]). "! ..." is set-up, a script run in both with Debian's ip."""
    counted, bad = 0, []
    with Twin(known=known) as twin:
        for number, line in lines:
            if line.startswith("!"):
                twin.setup(line[1:])
                continue
            counted += 1
            wrong = twin.check(line)
            if wrong:
                bad.append((number, line, wrong))
        return counted, twin.forms, bad
