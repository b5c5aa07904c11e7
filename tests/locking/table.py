#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The tables of docs/STRATEGIES.md are what runs say today, as TAP.  GMEMSIM_BLESS=1 writes them.

usage: table.py GMEMSIM SOURCE_ROOT

A table stands between <!-- table: NAME --> and <!-- end -->.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap

LOCKINGS = ("file", "chunk:2M", "chunk:64K", "chunk-open:2M", "range", "bucket:16", "seq", "prepare-outside")
VCPUS = (8, 64, 512)


def rows(gmemsim, kernel, *args):
    designs = [x for l in LOCKINGS for x in ("--design", f"kernel={kernel},locking={l}")]
    p = subprocess.run([gmemsim, "compare", "--json", "-", *designs, *map(str, args)], capture_output=True, check=False)
    return [r for r in json.loads(p.stdout)["rows"]]


def time(ns):
    for unit, name in ((10**9, "s"), (10**6, "ms"), (10**3, "us")):
        if ns >= unit:
            return f"{ns / unit:.3g} {name}"
    return f"{ns} ns"


def table(head, lines):
    out = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return out + ["| " + " | ".join(line) + " |" for line in lines]


def times(r):
    if r["refused"]:
        return ["-"] * 3
    return [time(ns) for ns in (r["vcpu_stall_ns"]["max"], r["invalidate_hold_ns"]["max"], r["convert_total_ns"])]


def seed(gmemsim, root):
    """The seed question on both kinds of folio, and what exploration says."""
    small = rows(gmemsim, "inplace", root / "traces/lockups/one-gib-made-shared-4k.gms")
    huge = rows(gmemsim, "hugetlb-wip", "--no-check", root / "traces/lockups/one-gib-made-shared-1g.gms")
    lines = [[f"`{l}`", *times(s), s["verdict"], *times(h)] for l, s, h in zip(LOCKINGS, small, huge)]
    parts = ("worst stall", "hold", "call")
    return table(["strategy", *(f"4K: {x}" for x in parts), "4K: orders", *(f"1G: {x}" for x in parts)], lines)


def vcpus(gmemsim, root):
    """The same with more vCPUs, 4K folios."""
    by = []
    with tempfile.TemporaryDirectory() as tmp:
        for n in VCPUS:
            path = f"{tmp}/{n}.gms"
            subprocess.run([gmemsim, "gen", "convert", "--vcpus", str(n), "--memory", "4G", "--len", "1G", "-o", path],
                           check=True)
            by.append(rows(gmemsim, "inplace", "--no-check", path))
    lines = []
    for i, locking in enumerate(LOCKINGS):
        line = [f"`{locking}`"]
        for r in (b[i] for b in by):
            line += [time(r["vcpu_stall_ns"]["p50"]), time(r["vcpu_stall_ns"]["max"]), time(r["convert_total_ns"])]
        lines.append(line)
    return table(["strategy"] + [f"{n}: {x}" for n in VCPUS for x in ("p50", "max", "call")], lines)


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 64
    gmemsim, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    os.chdir(root)  # where cost files are looked for
    doc = root / "docs/STRATEGIES.md"
    text, tap = doc.read_text(), Tap()
    for name, make in (("seed", seed), ("vcpus", vcpus)):
        have = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", text, re.S)
        now = "\n".join(make(gmemsim, root)) + "\n"
        if os.environ.get("GMEMSIM_BLESS") and have:
            text = text[:have.start(1)] + now + text[have.end(1):]
            doc.write_text(text)
        tap.result(f"docs/STRATEGIES.md: {name}", [] if have and (have.group(1) == now or os.environ.get("GMEMSIM_BLESS"))
                   else ["GMEMSIM_BLESS=1 writes:", *now.split("\n")])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
