#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What must hold however the file is locked: each trace ends as it says under each strategy, as TAP.

usage: locking.py GMEMSIM SOURCE_ROOT [--all] [--jobs N] [LOCKING...]

The traces are those of traces/conformance on all their kernels, and the fixed variants of traces/races,
these in random order, too.  Without --all it is one run in so many; a strategy that refuses a kernel
(exit code 65, "locking = ...") is counted and no failure.  What a strategy answers differently on
purpose is in DIFFERENT, with the reason; such a run must differ, or the row is wrong.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap

LOCKINGS = ("chunk:2M", "chunk:8K", "chunk-open:8K", "range", "bucket:16", "seq", "prepare-outside")
ONE_IN = 9
SEEDS = (1, 7)
TIMEOUT = 120

# (trace, strategies): why it is not what the trace says there
DIFFERENT = {
    ("E/E25-unmapped-before-checked.gms", ("chunk:8K", "chunk-open:8K")): "pages before the one in use are private by then",
    ("P/P7-nothing-changed.gms", ("chunk:8K", "chunk-open:8K")): "pages before the one in use are private by then",
    ("Z/Z1-flip-the-whole-range-again.gms", ("chunk:8K", "chunk-open:8K")): "no conversion meets anybody's reference",
    ("P/P10-guest-faults-in-parallel-again.gms", ("chunk-open:8K",)): "faults of the range wait from the beginning on",
    ("F/F21-no-memory-1G.gms", ("prepare-outside",)): "memory for all of the range comes first: nothing is converted",
    ("F/F21-no-memory-2M.gms", ("prepare-outside",)): "memory for all of the range comes first: nothing is converted",
}

# (start of the trace's name, strategies): why it is not run there
LEFT_OUT = {
    ("P/P10-guest-faults-in-parallel", ("prepare-outside",)): "its vCPUs touch mapped pages in no time, and time stops",
    ("Z/Z1-flip-the-whole-range", ("prepare-outside",)): "its vCPUs touch mapped pages in no time, and time stops",
}


class Run:
    def __init__(self, path, locking, options):
        self.name = "/".join(path.split("/")[-2:])
        self.locking, self.options, self.path = locking, options, path
        self.refused, self.problem = False, None

    def go(self, gmemsim):
        args = [gmemsim, "run", "--quiet", "--locking", self.locking, *self.options, self.path]
        try:
            p = subprocess.run(args, capture_output=True, timeout=TIMEOUT,
                               env=dict(os.environ, LC_ALL="C", NO_COLOR="1"))
        except subprocess.TimeoutExpired:
            self.problem = f"not done after {TIMEOUT} s: {' '.join(args)}"
            return self
        err = p.stderr.decode(errors="replace")
        self.refused = p.returncode == 65 and "error: locking = " in err
        if p.returncode and not self.refused:
            self.problem = f"exit {p.returncode}: {' '.join(args)}\n{err[:600]}"
        return self


def conformance_options(path):
    text = open(path, encoding="utf-8").read()
    m = re.search(r"^# kernels: (.*)$", text, re.M)
    return [["--kernel", k] for k in m.group(1).split()] if m else [[]]


def race_options(path):
    """The fixed variant; a trap's is its only one."""
    text = open(path, encoding="utf-8").read()
    m = re.search(r"^# fixed: kernel=(\S+)$", text, re.M)
    kernel = ["--kernel", m.group(1)] if m else []
    seeds = () if re.search(r"^# class: hold-time", text, re.M) else SEEDS
    return [kernel] + [[*kernel, "--sched", "random", "--seed", str(s)] for s in seeds]


def left_out(run):
    return any(run.name.startswith(name) and run.locking in lockings for name, lockings in LEFT_OUT)


def gather(root, lockings):
    for locking in lockings:
        for path in sorted(glob.glob(os.path.join(root, "traces/conformance/*/*.gms"))):
            for options in conformance_options(path):
                yield Run(path, locking, options)
        for path in sorted(glob.glob(os.path.join(root, "traces/races/*.gms"))):
            for options in race_options(path):
                yield Run(path, locking, options)


def reason(run):
    for (name, lockings), why in DIFFERENT.items():
        if run.name == name and run.locking in lockings:
            return why
    return None


def judge(runs):
    for run in runs:
        if not reason(run):
            if run.problem:
                yield run.problem


def main():
    args = sys.argv[1:]
    everything = "--all" in args
    jobs = int(args[args.index("--jobs") + 1]) if "--jobs" in args else 2
    words = [a for i, a in enumerate(args) if not a.startswith("--") and (not i or args[i - 1] != "--jobs")]
    if len(words) < 2:
        print(__doc__)
        return 64
    gmemsim, root = (os.path.abspath(w) for w in words[:2])
    lockings = words[2:] or LOCKINGS
    runs = [r for r in gather(root, lockings) if not left_out(r)]
    runs = runs if everything else runs[::ONE_IN]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda r: r.go(gmemsim), runs))
    tap = Tap()
    for locking in lockings:
        mine = [r for r in runs if r.locking == locking]
        tap.result(f"{locking}: {len(mine)} runs, {sum(r.refused for r in mine)} refused",
                   "\n".join(judge(mine)).split("\n") if any(judge(mine)) else [])
    if everything:
        for (name, words), why in DIFFERENT.items():
            tried = [r for r in runs if r.name == name and r.locking in words]
            stale = [r.locking for r in tried if not r.problem]
            tap.result(f"{name} differs: {why}", [f"not with {' '.join(stale)}"] if tried and len(stale) == len(tried)
                       else [])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
