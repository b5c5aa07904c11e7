# SPDX-License-Identifier: GPL-2.0-only
"""Figures of tools/answer as text: times, sizes, cells of a table, the runs by what they asked."""
from .grid import DESIGNS, Cell

SOFT_LOCKUP_NS = 20 * 10**9
LETTERS = {"guest-soft-lockup": "S", "guest-hard-lockup": "H", "guest-rcu-stall": "R",
           "guest-wq-stall": "W", "host-soft-lockup": "s", "host-hung-task": "t",
           "host-rcu-stall": "r", "host-wq-stall": "w"}


def ns(value):
    """17830983 -> '17.8 ms': three digits, as the other reports write it."""
    for unit, size in (("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if value >= size:
            v = value / size
            return "%.*f %s" % (2 if v < 10 else 1 if v < 100 else 0, v, unit)
    return "%d ns" % value if value else "none"


def gib(value):
    """0.37 -> '0.4 GiB', 1130 -> '1.1 TiB'."""
    if value >= 1000:
        return "%.1f TiB" % (value / 1024)
    return "%.*f GiB" % (1 if value < 10 else 0, value)


def table(head, rows):
    """A table of Markdown: the first column to the left, the others to the right."""
    lines = ["| %s |" % " | ".join(head), "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| %s |" % " | ".join(row) for row in rows]
    return "\n".join(lines) + "\n"


class Runs:
    """The measured runs, found by their cells."""

    def __init__(self, data):
        self.by_cell = {Cell(**r["cell"]): r for r in data["runs"]}

    def get(self, *cell):
        return self.by_cell.get(Cell(*cell))

    def sizes(self, vm, backing, kernel):
        """(memory, vcpus) of the guests that were measured, smallest first."""
        return sorted({(c.memory_gib, c.vcpus) for c in self.by_cell
                       if (c.vm, c.backing, c.kernel) == (vm, backing, kernel)})

    def largest(self, vm, backing, kernel, design):
        """The run with the most memory of that kind."""
        of = [c for c in self.by_cell
              if (c.vm, c.backing, c.kernel, c.design) == (vm, backing, kernel, design)]
        return self.by_cell[max(of, key=lambda c: (c.memory_gib, c.vcpus))]


def per_gib_ns(run):
    """The stall for each GiB that was converted."""
    return run["stall_max_ns"] / (run["cell"]["memory_gib"] / 2)


def grows(runs, vm, backing, kernel, design, vcpus=8):
    """Does the stall grow with what is converted?  8 times as much, half again as long: it does."""
    small = runs.get(vm, 2, vcpus, backing, kernel, design)
    large = runs.get(vm, 16, vcpus, backing, kernel, design)
    return large["stall_max_ns"] > 1.5 * small["stall_max_ns"]


def stall(run):
    """'**41.2 s** SR': in bold if a watchdog barked, and which."""
    if run is None:
        return ""
    text = ns(run["stall_max_ns"])
    if run["errors"] or set(run["findings"]) - set(LETTERS):
        text += " !"
    if not run["lockups"]:
        return text
    return "**%s** %s" % (text, "".join(LETTERS[rule] for rule in run["lockups"]))


def grid_table(runs, vm, backing, kernel):
    rows = []
    for memory, vcpus in runs.sizes(vm, backing, kernel):
        found = [runs.get(vm, memory, vcpus, backing, kernel, d) for d in DESIGNS]
        rows.append(["%s, %d" % (gib(memory), vcpus)] + [stall(r) for r in found])
    return table(["guest, vCPUs", *("`%s`" % d if d != "2M calls" else d for d in DESIGNS)], rows)
