#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""docs/answer.md is what tools/answer says of docs/answer/runs.json, and some runs say so again.

usage: answer.py GMEMSIM SOURCE_ROOT
"""
import copy
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(sys.argv[2], "tests"))
sys.path.insert(0, os.path.join(sys.argv[2], "tools"))
sys.dont_write_bytecode = True

from answers import grid, measure, text  # noqa: E402
from tap import Tap  # noqa: E402

# Quick ones, of every design and page size.
AGAIN = ([grid.Cell("sw-protected", 2, 8, "1G", "hugetlb-plan", d) for d in grid.DESIGNS] +
         [grid.Cell("sw-protected", 2, 8, "2M", "hugetlb-wip", "file"),
          grid.Cell("sw-protected", 2, 8, "4K", "inplace", "range")])


def page_problems(root, data):
    with open(os.path.join(root, "docs", "answer.md"), encoding="utf-8") as f:
        kept = f.read()
    made = text.page(data)
    if made == kept:
        return []
    return ["docs/answer.md is not what tools/answer write makes of its runs"]


def contradiction_problems(data):
    """Planted: range locks that do not help.  The page must not be written."""
    wrong = copy.deepcopy(data)
    for r in wrong["runs"]:
        if r["cell"]["design"] == "range":
            r["stall_max_ns"] *= 1000
    try:
        text.page(wrong)
    except text.Contradiction:
        return []
    return ["a page that contradicts its figures was written"]


def plot_problems(root, raw):
    problems = []
    for name in ("growth", "strategies", "vcpus", "steps"):
        with open(os.path.join(root, "docs", "answer", name + ".svg"), encoding="utf-8") as f:
            if not re.search("runs " + text.digest(raw) + r"\b", f.read()):
                problems.append("docs/answer/%s.svg is of other runs" % name)
    return problems


def again_problems(gmemsim, data, cell):
    kept = [r for r in data["runs"] if r["cell"] == cell._asdict()]
    now = measure.measure_cell(gmemsim, cell)
    if not kept:
        return ["never measured"]
    return ["%s: %s, in docs/answer/runs.json %s" % (k, now[k], kept[0].get(k))
            for k in now if now[k] != kept[0].get(k)]


def main():
    gmemsim, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with open(os.path.join(root, "docs", "answer", "runs.json"), encoding="utf-8") as f:
        raw = f.read()
    data = json.loads(raw)
    tap = Tap()
    tap.result("the page is of its runs", page_problems(root, data))
    tap.result("the plots are of its runs", plot_problems(root, raw))
    tap.result("a conclusion that the figures deny is not written", contradiction_problems(data))
    for cell in AGAIN:
        tap.result("again: " + cell.command(), again_problems(gmemsim, data, cell))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
