#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""gen.py GMEMSIM: generated workloads are canonical, run as they expect, and do what they are for."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tap import Tap

SMALL = ["--memory", "64M", "--len", "8M", "--vcpus", "4", "--repeat", "200"]
WHAT = {  # an operation each must have done, how often at least
    "boot": ("accept", 4), "swiotlb": ("mapgpa", 1), "kexec": ("mapgpa", 2), "convert": ("convert", 1),
    "stream": ("convert", 8), "teardown": ("close", 1), "terminate": ("terminate", 1), "storm": ("punch", 1),
}
BAD = [
    (["nonesuch"], 64), ([], 64), (["swiotlb", "convert"], 64), (["swiotlb", "--type", "sw-protected"], 64),
    (["convert", "--memory", "1M", "--len", "2M"], 64), (["convert", "--memory", "5"], 64),
    (["convert", "--memory", "99999999T"], 64), (["convert", "--vcpus", "513"], 64),
    (["convert", "--backing", "3M"], 64), (["convert", "--locking", "rnage"], 64),
    (["convert", "--len", "8M", "--piece", "3M"], 64), (["boot", "--costs", "no/such"], 65),
]


def run(gmemsim, *args, text=None):
    return subprocess.run([gmemsim, *args], input=text, capture_output=True, text=True, check=False)


def main():
    gmemsim = os.path.abspath(sys.argv[1])
    tap = Tap()

    def ok(name, good, why="no"):
        tap.result(name, [] if good else [why])

    cases = [(w, []) for w in WHAT] + [(w, ["--type", "tdx"]) for w in ("convert", "stream", "storm")]
    cases += [("swiotlb", ["--others", o]) for o in ("spin", "tick", "fault")]
    cases += [("convert", ["--memory", "2G", "--len", "1G", "--backing", "1G"]),
              ("convert", ["--piece", "2M", "--locking", "chunk:1M"])]
    for workload, more in cases:
        name = " ".join([workload, *more])
        made = run(gmemsim, "gen", workload, *SMALL, *more)
        ok(f"{name}: canonical", made.returncode == 0 and run(gmemsim, "fmt", "-", text=made.stdout).stdout == made.stdout,
           made.stderr)
        ran = run(gmemsim, "run", "-q", "--json", "-", "-", text=made.stdout)
        report = json.loads(ran.stdout) if ran.returncode == 0 else {"ops": []}
        op, least = WHAT[workload]
        count = sum(o["count"] - o["errors"] for o in report["ops"] if o["op"] == op)
        ok(f"{name}: {op}", count >= least, (ran.returncode, ran.stderr, report["ops"]))
    for args, code in BAD:
        done = run(gmemsim, "gen", *args)
        ok(f"{' '.join(args)} exits {code}", done.returncode == code and not done.stdout and done.stderr,
           (done.returncode, done.stderr))
    return tap.end()


sys.exit(main())
