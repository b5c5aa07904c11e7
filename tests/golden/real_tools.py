#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""real_tools.py GMEMSIM ROOT: reports held against perf and trace-cmd themselves.

What perf makes of --perf-data is our --perf-lock, what trace-cmd makes of --trace-dat is our
--ftrace, number by number.  A tool that is not installed is skipped.  --ftrace is also held
against the grammar by which Perfetto reads such text (its systrace importer): it has no package.
"""
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tap import Tap

TRACES = ("11-mmap-lock-convoy", "13-deadlock", "14-failure-injection",
          "18-memory-failure-deadlock", "22-slow-cpu-and-lru-drain", "23-two-vms-one-inode",
          "27-td-lock-convoy", "29-td-zap-under-vcpus")
HEADING = " contended   total wait     max wait     avg wait         type   caller"
EVENT = re.compile(r"\s*(?P<comm>.+)-(?P<pid>\d+)\s+\[(?P<cpu>\d+)\]\s+(?P<flags>[a-zA-Z.]{3}[\da-f.]{1,2})?\s*"
                   r"(?P<s>\d+)\.(?P<frac>\d+):\s+(?P<event>[^\s:]+):\s*(?P<args>.*)$")


def perf(path, *args):
    """perf lock says what it has to say on standard error."""
    p = subprocess.run(["perf", "lock", "-i", path, "--kallsyms", path + ".kallsyms", *args],
                       capture_output=True, text=True, timeout=60,
                       env={**os.environ, "PAGER": "cat"})
    return (p.stdout + p.stderr).replace("   unknown   ", "      wait   ")


def rows_differ(ours, theirs):
    """Rows that waited equally long stand in any order."""
    a, b = ours.rstrip("\n").split("\n"), theirs.rstrip("\n").split("\n")
    if a[:1] != [HEADING] or b[:1] != [HEADING]:
        return ["ours:", *a[:2], "perf's:", *b[:2]]
    total = lambda row: row[10:23]
    if [total(r) for r in a] != [total(r) for r in b]:
        return ["another order", *a, "perf's:", *b]
    only_a, only_b = set(a) - set(b), set(b) - set(a)
    return [*("ours: " + r for r in sorted(only_a)), *("perf's: " + r for r in sorted(only_b))]


def threads_differ(ours, theirs):
    """Per task, perf's waits add up to ours."""
    count = lambda text: sum(int(r.split()[0]) for r in text.split("\n")[2:] if r.strip())
    return [] if count(ours) == count(theirs) > 0 else [ours, theirs]


def events(text):
    """All events, with the time in ns, as a multiset."""
    found = collections.Counter()
    for line in text.split("\n"):
        m = EVENT.match(line)
        if m:
            ns = int(m["s"]) * 10**9 + int(m["frac"].ljust(9, "0"))
            found[(m["comm"], int(m["pid"]), int(m["cpu"]), ns, m["event"], m["args"].rstrip())] += 1
    return found


def reads_as_systrace(text):
    """Every line is one that Perfetto's importer takes, and has the keys it needs of a switch."""
    head, lines = text.split("\n", 1)[0], [l for l in text.split("\n") if l and l[0] != "#"]
    bad = [] if head.startswith("# tracer") else [f"first line: {head}"]
    for line in lines:
        m = EVENT.match(line)
        if not m:
            bad.append(line)
        elif m["event"] == "sched_switch":
            args = dict(re.findall(r"(\w+)=(\S+)", m["args"]))
            if not {"prev_comm", "prev_pid", "prev_prio", "prev_state", "next_comm", "next_pid",
                    "next_prio"} <= set(args):
                bad.append(line)
    return bad if lines else ["no events"]


def skip(tap, name, tool):
    tap.result(f"{name} # SKIP {tool} is not installed", [])


def trace_cmd_differs(dat, text):
    p = subprocess.run(["trace-cmd", "report", "-N", "-t", dat], capture_output=True, text=True,
                       timeout=60)
    ours, theirs = events(text), events(p.stdout)
    return [f"ours: {e}" for e in sorted((ours - theirs).elements())[:5]] + \
        [f"trace-cmd's: {e}" for e in sorted((theirs - ours).elements())[:5]] + \
        ([] if ours and not p.returncode else [p.stderr])


def switches_differ(path, text):
    p = subprocess.run(["perf", "sched", "-i", path, "latency"], capture_output=True, text=True,
                       timeout=60)
    named = set(re.findall(r"^\s+(\S+):\d+", p.stdout, re.M))
    ran = {dict(re.findall(r"(\w+)=(\S+)", e[5]))["next_comm"]
           for e in events(text) if e[4] == "sched_switch"} - {"swapper"}
    return [] if named & ran and named <= ran else [f"{named} of {ran}", p.stdout, p.stderr]


def main():
    gmemsim, root = sys.argv[1], pathlib.Path(sys.argv[2])
    has_perf = shutil.which("perf") and subprocess.run(
        ["perf", "--version"], capture_output=True, text=True, check=False).stdout.startswith("perf version 6.1.")
    has_trace_cmd = shutil.which("trace-cmd")
    tap = Tap()
    with tempfile.TemporaryDirectory() as tmp:
        data, dat, ftrace = (os.path.join(tmp, f) for f in ("p.data", "t.dat", "t.txt"))
        for name in TRACES:
            table = subprocess.run(
                [gmemsim, "run", "-q", "--perf-lock", "--perf-data", data, "--trace-dat", dat,
                 "--ftrace", ftrace, "--ftrace-ns", root / "traces/examples" / (name + ".gms")],
                capture_output=True, text=True, timeout=60).stdout
            text = pathlib.Path(ftrace).read_text()
            tap.result(f"{name}: ftrace text by Perfetto's grammar", reads_as_systrace(text))
            if has_perf:
                tap.result(f"{name}: perf lock contention prints our table",
                           rows_differ(table, perf(data, "contention", "--max-stack", "4")))
            else:
                skip(tap, f"{name}: perf lock contention prints our table", "perf 6.1")
            if has_trace_cmd:
                tap.result(f"{name}: trace-cmd report prints our events", trace_cmd_differs(dat, text))
            else:
                skip(tap, f"{name}: trace-cmd report prints our events", "trace-cmd")
            if name == TRACES[0] and has_perf:
                tap.result("perf lock contention --threads has all waits",
                           threads_differ(table, perf(data, "contention", "-t")))
                tap.result("perf sched latency knows who ran", switches_differ(data, text))
                tap.result("a wrong figure would be noticed", [] if rows_differ(
                    re.sub(r"\d (ms|us)", r"x \1", table, count=1),
                    perf(data, "contention", "--max-stack", "4")) else ["it is not"])
            if name == TRACES[0] and has_trace_cmd:
                tap.result("a wrong event would be noticed", [] if trace_cmd_differs(
                    dat, text.replace("lock_release", "lock_acquire", 1)) else ["it is not"])
    return tap.end()


sys.exit(main())
