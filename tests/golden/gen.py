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
    "mmap-convoy": ("mmap", 1), "srcu-convoy": ("memslot-delete", 2), "lru-drain": ("convert", 1),
}
STALLS = {  # who has to wait for which lock: what the workload is for
    "convert": ("vcpu", "mapping.invalidate_lock"), "mmap-convoy": ("vmm9", "mmap_lock"),
    "srcu-convoy": ("vmm2", "kvm->slots_lock"), "lru-drain": ("vmm0", "lru_flush_work"),
}
EXACTLY = {  # options, and how many conversions they are
    ("convert", "--piece", "2M"): 4, ("stream",): 8,
}
BAD = [
    (["nonesuch"], 64), ([], 64), (["swiotlb", "convert"], 64), (["swiotlb", "--type", "sw-protected"], 64),
    (["convert", "--memory", "1M", "--len", "2M"], 64), (["convert", "--memory", "5"], 64),
    (["convert", "--memory", "99999999T"], 64), (["convert", "--vcpus", "513"], 64),
    (["convert", "--backing", "3M"], 64), (["convert", "--locking", "rnage"], 64),
    (["convert", "--len", "8M", "--piece", "3M"], 64), (["boot", "--costs", "no/such"], 65),
    (["lru-drain", "--backing", "2M"], 64), (["convert", "--every", "2s"], 64), (["lru-drain", "--busy", "5"], 64),
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
    for workload, (task, lock) in STALLS.items():
        report = json.loads(run(gmemsim, "run", "-q", "--json", "-", "-",
                                text=run(gmemsim, "gen", workload).stdout).stdout)
        ok(f"{workload}: {task} waits for {lock}",
           any(s["task"].startswith(task) and s["lock"] == lock and s["max_ns"] > 10**6
               for s in report["stalls"]), report["stalls"])
    for args, n in EXACTLY.items():
        report = json.loads(run(gmemsim, "run", "-q", "--json", "-", "-",
                                text=run(gmemsim, "gen", *args, *SMALL).stdout).stdout)
        ok(f"{' '.join(args)}: {n} conversions",
           [o["count"] for o in report["ops"] if o["op"] == "convert"] == [n], report["ops"])
    for workload in WHAT:
        made = run(gmemsim, "gen", workload, "--memory", "1T", "--len", "512G", "--vcpus", "512")
        ok(f"{workload}: 1 TiB and 512 vCPUs are a short text", made.returncode == 0 and 0 < len(made.stdout) < 2000, made.stderr)
    for workload in ("mmap-convoy", "srcu-convoy", "lru-drain"):
        made = run(gmemsim, "gen", workload, "--memory", "4G", "--len", "256M", "--vcpus", "512")
        ran = run(gmemsim, "run", "-q", "--no-checks", "--json", "-", "-", text=made.stdout)
        task, lock = STALLS[workload]
        ok(f"{workload}: 512 vCPUs", ran.returncode == 0 and
           any(s["task"].startswith(task) and s["lock"] == lock for s in json.loads(ran.stdout)["stalls"]), ran.stderr)
    for args, code in BAD:
        done = run(gmemsim, "gen", *args)
        ok(f"{' '.join(args)} exits {code}", done.returncode == code and not done.stdout and done.stderr,
           (done.returncode, done.stderr))
    return tap.end()


sys.exit(main())
