#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs traces/conformance/GROUP/ITEM-slug.gms on both engines, as TAP, and counts per group.

usage: conformance.py GMEMSIM TRACES         TRACES is the directory that has LIST
       conformance.py --self-test GMEMSIM

LIST names every item of the survey, one a line: ID LEVEL STATUS, where STATUS is "expressed" (there
is a trace), "todo" (there could be one, there is none yet) or "not: REASON".  A trace says in its
comments what it stands for:

	# conformance: E14 E15 [T]
	# kernels: inplace hugetlb-wip          (default: the kernel of its [design])
	# engines: virtual                      (default: both; for what is luck on real threads)

It passes if it ends as it says on every kernel and engine; its own kernel is one of them.  An item
passes if all traces that name it do.  Wrong is also: an expressed item without a trace, a trace for
an item that LIST does not have as expressed, a trace in the directory of another group.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap

ENGINES = {"virtual": ["--engine", "virtual"], "threads": ["--engine", "threads", "--cost-scale", "0"]}
KERNELS = ("mainline", "inplace", "hugetlb-wip", "hugetlb-plan")
LEVELS = "TKOR"
TIMEOUT = 180
JOBS = 2


class Item:
    def __init__(self, ident, level, status):
        self.ident, self.level, self.status = ident, level, status
        self.group = re.match(r"[A-Z]+", ident).group()
        self.traces = []


def read_list(path, problems):
    """The items of LIST by name, in its order."""
    items = {}
    for n, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        m = re.fullmatch(r"([A-Z]+\d+)\s+([A-Z])\s+(expressed|todo|not: \S.*)", line)
        if not m or m.group(2) not in LEVELS:
            problems.append(f"LIST:{n}: not 'ID LEVEL expressed|todo|not: REASON': {line}")
        elif m.group(1) in items:
            problems.append(f"LIST:{n}: {m.group(1)} is there twice")
        else:
            items[m.group(1)] = Item(*m.groups())
    return items


class Trace:
    def __init__(self, root, path):
        self.path, self.name = path, os.path.relpath(path, root)
        self.items, self.kernels, self.level, self.problems = [], [None], None, []
        self.engines = list(ENGINES)
        self.passed = False
        text = open(path, encoding="utf-8").read()
        m = re.search(r"^# conformance: ((?:[A-Z]+\d+ )+)\[([A-Z])\]$", text, re.M)
        if not m:
            self.problems.append("has no line '# conformance: ID ... [LEVEL]'")
            return
        self.items, self.level = m.group(1).split(), m.group(2)
        m = re.search(r"^# kernels: (.*)$", text, re.M)
        if m:
            self.kernels = m.group(1).split()
            self.problems += [f"no kernel is called {k}" for k in self.kernels if k not in KERNELS]
            m = re.search(r"^kernel = (\S+)$", text, re.M)
            if (m.group(1) if m else KERNELS[0]) not in self.kernels:
                self.problems.append("has another kernel in [design] than in '# kernels:'")

        m = re.search(r"^# engines: (.*)$", text, re.M)
        if m:
            self.engines = m.group(1).split()
            self.problems += [f"no engine is called {e}" for e in self.engines if e not in ENGINES]

    def check(self, items):
        for ident in self.items:
            item = items.get(ident)
            if not item:
                self.problems.append(f"{ident} is not in LIST")
                continue
            if item.status != "expressed":
                self.problems.append(f"LIST says of {ident}: {item.status}")
            if item.level != self.level:
                self.problems.append(f"{ident} has level {item.level} in LIST")
            item.traces.append(self)
        groups = {items[i].group for i in self.items if i in items}
        if groups and os.path.dirname(self.name) not in groups:
            self.problems.append(f"belongs into {' or '.join(sorted(groups))}")

    def run(self, gmemsim):
        for kernel in self.kernels:
            for engine in self.engines:
                args = [gmemsim, "run", *ENGINES.get(engine, []), *(["--kernel", kernel] if kernel else []), self.path]
                try:
                    p = subprocess.run(args, capture_output=True, timeout=TIMEOUT,
                                       env=dict(os.environ, LC_ALL="C", NO_COLOR="1"))
                    out = (p.stderr + p.stdout).decode(errors="replace")
                    bad = f"exit {p.returncode}" if p.returncode else None
                except subprocess.TimeoutExpired:
                    out, bad = "", f"not done after {TIMEOUT} s"
                if bad:
                    self.problems += [f"{bad}: {' '.join(args)}"] + out.split("\n")
        self.passed = not self.problems


def table(items):
    """Passed, expressible and total per group and level; the levels are never added up silently."""
    rows = [f"{'group':6} {'passed':>7} {'expressible':>12} {'total':>6}   by level (passed/total)"]
    groups = list(dict.fromkeys(i.group for i in items.values()))
    for group in groups + ["all"]:
        mine = [i for i in items.values() if group in (i.group, "all")]
        ok = [i for i in mine if i.traces and all(t.passed for t in i.traces)]
        can = [i for i in mine if not i.status.startswith("not:")]
        levels = [f"{l} {sum(i.level == l for i in ok)}/{sum(i.level == l for i in mine)}"
                  for l in LEVELS if any(i.level == l for i in mine)]
        rows.append(f"{group:6} {len(ok):7} {len(can):12} {len(mine):6}   {', '.join(levels)}")
    return rows


def conformance(gmemsim, root):
    tap, problems = Tap(), []
    items = read_list(os.path.join(root, "LIST"), problems)
    tap.result("LIST is well-formed", problems)
    traces = [Trace(root, p) for p in sorted(glob.glob(os.path.join(root, "*", "*.gms")))]
    for t in traces:
        t.check(items)
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for t, _ in zip(traces, pool.map(lambda t: t.run(gmemsim), traces)):
            tap.result(t.name, t.problems)
    tap.result("every expressed item has a trace",
               [i.ident for i in items.values() if i.status == "expressed" and not i.traces])
    for row in table(items):
        print(f"# {row}")
    return tap.end()


# ---- the runner itself ----------------------------------------------------------

GOOD = """gmemsim trace 1
# conformance: A1 [T]
# A hole can be punched.
[design]
kernel = mainline
[vm vm0]
memory = 4M
[task vmm]
punch 0 len=4K expect=ok
"""
LIST = "A1 T expressed  # a comment\nA2 K not: needs a register\nB1 O todo\n"
SELF_TEST = [
    # name, exit code, text of the output, files
    ("a right trace passes", 0, "# A            1            1      2   T 1/1, K 0/1",
     {"LIST": LIST, "A/A1-x.gms": GOOD}),
    ("kernels: are all run", 0, "ok 2 - A/A1-x.gms",
     {"LIST": LIST, "A/A1-x.gms": GOOD.replace("# A hole", "# kernels: mainline inplace\n# A hole")}),
    ("... and each of them counts", 1, "not ok 2 - A/A1-x.gms",
     {"LIST": LIST, "A/A1-x.gms": GOOD.replace("# A hole", "# kernels: mainline inplace\n# A hole")
      .replace("expect=ok", "expect=ok@mainline|EBUSY@inplace")}),
    ("a wrong expectation fails", 1, "not ok 2 - A/A1-x.gms",
     {"LIST": LIST, "A/A1-x.gms": GOOD.replace("expect=ok", "expect=EBUSY")}),
    ("... and its item does not count as passed", 1, "# A            0            1      2",
     {"LIST": LIST, "A/A1-x.gms": GOOD.replace("expect=ok", "expect=EBUSY")}),
    ("a trace that does not parse fails", 1, "not ok 2 - A/A1-x.gms",
     {"LIST": LIST, "A/A1-x.gms": GOOD.replace("punch", "punhc")}),
    ("an expressed item needs a trace", 1, "# A1", {"LIST": LIST}),
    ("an unknown item", 1, "A9 is not in LIST",
     {"LIST": LIST, "A/A1-x.gms": GOOD, "A/A9-x.gms": GOOD.replace("A1", "A9")}),
    ("an item that is not expressed", 1, "LIST says of A2: not: needs a register",
     {"LIST": LIST, "A/A1-x.gms": GOOD, "A/A2-x.gms": GOOD.replace("A1 [T]", "A2 [K]")}),
    ("another level", 1, "A1 has level T in LIST",
     {"LIST": LIST, "A/A1-x.gms": GOOD.replace("[T]", "[K]")}),
    ("another group", 1, "belongs into A", {"LIST": LIST, "B/A1-x.gms": GOOD}),
    ("no item", 1, "has no line", {"LIST": LIST, "A/A1-x.gms": GOOD.replace("# conf", "# comf")}),
    ("no such kernel", 1, "no kernel is called plan9",
     {"LIST": LIST, "A/A1-x.gms": GOOD.replace("# A hole", "# kernels: plan9\n# A hole")}),
    ("a kernel in [design] that is none of kernels:", 1, "has another kernel in [design]",
     {"LIST": LIST, "A/A1-x.gms": GOOD.replace("# A hole", "# kernels: inplace\n# A hole")}),
    ("LIST with a status that is none", 1, "LIST:1:",
     {"LIST": LIST.replace("expressed", "perhaps"), "A/A1-x.gms": GOOD}),
    ("LIST with a reason that is empty", 1, "LIST:2:",
     {"LIST": LIST.replace("needs a register", ""), "A/A1-x.gms": GOOD}),
    ("LIST with an item twice", 1, "A1 is there twice",
     {"LIST": LIST + "A1 T todo\n", "A/A1-x.gms": GOOD}),
]


def self_test(gmemsim):
    tap = Tap()
    for name, want, text, files in SELF_TEST:
        with tempfile.TemporaryDirectory() as root:
            for path, content in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                open(os.path.join(root, path), "w", encoding="utf-8").write(content)
            p = subprocess.run([sys.executable, __file__, gmemsim, root], capture_output=True)
            out = p.stdout.decode()
            problems = [f"exit {p.returncode}"] if p.returncode != want else []
            problems += [f"not printed: {text}"] if text not in out else []
            tap.result(name, problems + (out + p.stderr.decode()).split("\n") if problems else [])
    return tap.end()


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 64
    if sys.argv[1] == "--self-test":
        return self_test(os.path.abspath(sys.argv[2]))
    return conformance(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))


sys.exit(main())
