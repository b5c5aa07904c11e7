# SPDX-License-Identifier: GPL-2.0-only
"""docs/answer.md: prose with the measured figures filled in.

A sentence that draws a conclusion is guarded by require(): if the figures no longer say so the page
is not written, and somebody has to think again.
"""
import hashlib

from . import grid
from .prose import PAGE, facts
from .tables import (LETTERS, SOFT_LOCKUP_NS, Runs, gib, grid_table, ns, per_gib_ns, stall,
                     table)

CASES = (
    ("sw-protected", "4K", "inplace", "ordinary VM, 4K pages"),
    ("sw-protected", "2M", "hugetlb-plan", "ordinary VM, 2M pages with HVO"),
    ("sw-protected", "1G", "hugetlb-plan", "ordinary VM, 1G pages with HVO"),
    ("tdx", "4K", "inplace", "TD, 4K pages"),
    ("tdx", "2M", "hugetlb-plan", "TD, 2M pages with HVO"),
    ("tdx", "1G", "hugetlb-plan", "TD, 1G pages with HVO"),
)


class Contradiction(Exception):
    """The figures say something else than the page."""


def require(holds, claim):
    if not holds:
        raise Contradiction(claim)


def digest(raw):
    """Of runs.json: the plots carry it, so that a test can see they are of the same runs."""
    return hashlib.sha256(raw.encode()).hexdigest()[:16]


def _needs(runs, vm, backing, kernel, design="file"):
    """GiB in one call until a vCPU stalls 20 s, from the longest run."""
    return SOFT_LOCKUP_NS / per_gib_ns(runs.largest(vm, backing, kernel, design))


def _linear(runs, vm, backing, kernel):
    """How far per-GiB figures of the 2 GiB guest and the largest are apart, in percent."""
    small = per_gib_ns(runs.get(vm, 2, 8, backing, kernel, "file"))
    large = per_gib_ns(runs.largest(vm, backing, kernel, "file"))
    return abs(large - small) * 100 / small


def short_answer(runs):
    rows = []
    for vm, backing, kernel, name in CASES:
        r = runs.largest(vm, backing, kernel, "file")
        require(_linear(runs, vm, backing, kernel) < 30, name + ": the stall grows with the size")
        rows.append([name, ns(per_gib_ns(r)), gib(_needs(runs, vm, backing, kernel)),
                     "%s of %s" % (stall(r), gib(r["cell"]["memory_gib"] / 2)),
                     "%d" % r["cell"]["vcpus"]])
    return table(["guest", "stall for each GiB", "20 s are reached at", "longest run: stall",
                  "vCPUs"], rows)


def main_table(runs, checks):
    """Each strategy's stall and correctness beside `file`: the 2 GiB guest with 8 vCPUs."""
    rows = []
    for design in grid.DESIGNS:
        cells = [runs.get(vm, 2, 8, backing, kernel, design)
                 for vm, backing, kernel, _ in CASES]
        name = design if design == "2M calls" else "`%s`" % design
        rows.append([name] + [stall(c) for c in cells] + [_correct(checks, design)])
    short = ["4K", "2M", "1G", "TD 4K", "TD 2M", "TD 1G"]
    return table(["1 GiB made shared, 8 vCPUs", *short, "correct"], rows)


def _correct(checks, design):
    """Beside `file`, since a kernel may be wrong by itself: hugetlb-wip is."""
    locking = "file" if design == "2M calls" else design
    file = {c["kernel"]: set(c["violations"]) for c in checks if c["locking"] == "file"}
    of = [c for c in checks if c["locking"] == locking]
    new = sorted({v for c in of for v in c["violations"] if v not in file[c["kernel"]]})
    total = format(sum(c["schedules"] for c in of), ",")
    if new:
        return "%d new violations" % len(new)
    return ("proved, %s" if all(c["exhausted"] for c in of) else "explored, %s") % total


def check_table(checks):
    rows = []
    for locking in grid.LOCKINGS:
        row = ["`%s`" % locking]
        for kernel in grid.KERNELS:
            c = next((c for c in checks if (c["locking"], c["kernel"]) == (locking, kernel)), None)
            if c is None:
                row += ["refused", ""]
                continue
            row.append("%s%s" % (format(c["schedules"], ","),
                                 "" if c["exhausted"] else ", not all"))
            row.append(", ".join(sorted({v.split(": ")[1] for v in c["violations"]})) or "none")
        rows.append(row)
    head = ["locking"]
    for kernel in grid.KERNELS:
        head += ["`%s`: schedules" % kernel, "violations"]
    return table(head, rows)


def step_tables(data):
    out = []
    for entry in data["steps"]:
        c = grid.Cell(**entry["cell"])
        whole = sum(t for _, t in entry["steps"])
        top = sorted(entry["steps"], key=lambda s: -s[1])[:6]
        rows = [["`%s`" % name, ns(t), "%.1f %%" % (100 * t / whole)] for name, t in top if t]
        out.append("%s, kernel `%s`, %s in all:\n\n%s" % (
            _name(c), c.kernel, ns(whole), table(["step", "in all", "share"], rows)))
    return "\n".join(out)


def _name(cell):
    return next(n for vm, b, _, n in CASES if (vm, b) == (cell.vm, cell.backing))


def sensitivity_table(data):
    """What a GiB-sized stall becomes if one cost is halved or doubled; above 2 % either way."""
    rows = []
    for s in data["sensitivity"]:
        c = grid.Cell(**s["cell"])
        base = s["as_stated_ns"]
        moved = [x for x in s["costs"]
                 if max(abs(x["halved_ns"] - base), abs(x["doubled_ns"] - base)) > base / 50]
        moved.sort(key=lambda x: -abs(x["doubled_ns"] - base))
        for x in moved:
            rows.append([_name(c), "`%s`" % x["cost"], x["kind"], ns(x["halved_ns"]), ns(base),
                         ns(x["doubled_ns"]), _size_range(x)])
    return table(["guest", "cost", "kind", "halved", "as it is", "doubled", "20 s at"], rows)


def _size_range(x):
    return "%s to %s" % (gib(SOFT_LOCKUP_NS / x["doubled_ns"]),
                         gib(SOFT_LOCKUP_NS / x["halved_ns"]))


def cost_table(data):
    """The costs that move a verdict, with their sources."""
    wanted = {(tuple(s["cell"].values()), x["cost"]) for s in data["sensitivity"]
              for x in s["costs"]
              if max(abs(x["halved_ns"] - s["as_stated_ns"]),
                     abs(x["doubled_ns"] - s["as_stated_ns"])) > s["as_stated_ns"] / 50}
    rows, seen = [], set()
    for entry in data["costs"]:
        for x in entry["costs"]:
            key = (x["cost"], x["value"])
            if (tuple(entry["cell"].values()), x["cost"]) in wanted and key not in seen:
                seen.add(key)
                rows.append(["`%s`" % x["cost"], "%s a %s" % (x["value"], x["per"]), x["kind"],
                             x["source"].replace("|", "/")])
    return table(["cost", "value", "kind", "source"], rows)


def grids(runs):
    out = []
    for vm, backing, kernel in sorted({(c.vm, c.backing, c.kernel) for c in runs.by_cell},
                                      key=lambda k: (k[0], "4K2M1G".index(k[1]), k[2])):
        out.append("### %s, %s pages, kernel `%s`\n\n%s" % (
            "TD" if vm == "tdx" else "Ordinary VM", backing, kernel,
            grid_table(runs, vm, backing, kernel)))
    return "\n".join(out)


def page(data):
    runs = Runs(data)
    return PAGE.format(short_answer=short_answer(runs), main=main_table(runs, data["checks"]),
                       steps=step_tables(data), sensitivity=sensitivity_table(data),
                       costs=cost_table(data), checks=check_table(data["checks"]),
                       grids=grids(runs), letters=", ".join(
                           "%s %s" % (v, k) for k, v in LETTERS.items()),
                       nr_runs=len(data["runs"]), **facts(runs, data, require, CASES))
