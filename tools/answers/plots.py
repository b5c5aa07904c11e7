# SPDX-License-Identifier: GPL-2.0-only
"""The plots of docs/answer.md, as SVG.  Needs python3-matplotlib; the page itself does not."""
import os

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

from . import grid  # noqa: E402
from .tables import Runs, per_gib_ns  # noqa: E402
from .text import CASES  # noqa: E402

# Told apart without colour, too: each has a marker of its own.
STYLES = {"file": ("#1f5fa8", "o"), "2M calls": ("#7a7a7a", "x"), "chunk:2M": ("#b0413e", "v"),
          "chunk-open:2M": ("#d88c8a", "<"),
          "range": ("#2e7d32", "s"), "bucket:16": ("#8e5ea2", "D"), "seq": ("#c77c11", "^"),
          "prepare-outside": ("#00838f", "P")}


def _figure(width=7.2, height=4.2):
    plt.rcParams.update({"svg.hashsalt": "gmemsim", "svg.fonttype": "none", "font.size": 9,
                         "axes.grid": True, "grid.color": "#dddddd", "axes.axisbelow": True})
    return plt.subplots(figsize=(width, height), layout="constrained")


def _save(fig, directory, name, title, digest):
    """@digest says of which runs the plot is."""
    fig.savefig(os.path.join(directory, name + ".svg"),
                metadata={"Date": None, "Creator": "tools/answer", "Title": title,
                          "Description": "runs " + digest})
    plt.close(fig)


def _threshold(ax, at=0.01):
    ax.axhline(20, color="black", linewidth=1, linestyle="--")
    ax.annotate("soft lockup: 20 s", (at, 20), xycoords=("axes fraction", "data"),
                va="bottom", fontsize=8)


def growth(runs, directory, digest):
    """Longest stall against what one call converts, with the fewest vCPUs; dotted: on from there."""
    fig, ax = _figure(height=4.6)
    for (vm, backing, kernel, name), style in zip(CASES, STYLES.values()):
        points = {}
        for memory, vcpus in runs.sizes(vm, backing, kernel):
            r = runs.get(vm, memory, vcpus, backing, kernel, "file")
            if r:
                points.setdefault(memory / 2, r["stall_max_ns"] / 1e9)
        x = sorted(points)
        ax.plot(x, [points[v] for v in x], color=style[0], marker=style[1], label=name)
        slope = per_gib_ns(runs.largest(vm, backing, kernel, "file")) / 1e9
        ax.plot([x[-1], 2048], [slope * x[-1], slope * 2048], color=style[0], linestyle=":")
    ax.set(xscale="log", yscale="log", xlabel="GiB made shared in one call",
           ylabel="longest stall of a vCPU, s", ylim=(1e-2, 1e4))
    ax.set_xticks([1, 8, 64, 512, 2048], ["1", "8", "64", "512", "2048"])
    _threshold(ax, 0.45)
    ax.legend(fontsize=8, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.16))
    _save(fig, directory, "growth", "stall against size of the call", digest)


def strategies(runs, directory, digest):
    """Longest stall of each design, 1 GiB, 8 vCPUs: one group for each kind of guest."""
    fig, ax = _figure(height=4.6)
    width = 0.8 / len(grid.DESIGNS)
    for i, design in enumerate(grid.DESIGNS):
        y = [runs.get(vm, 2, 8, b, k, design)["stall_max_ns"] / 1e9 for vm, b, k, _ in CASES]
        x = [n + (i - len(grid.DESIGNS) / 2 + 0.5) * width for n in range(len(CASES))]
        ax.bar(x, y, width * 0.9, color=STYLES[design][0], label=design)
    ax.set(yscale="log", ylabel="longest stall of a vCPU, s", ylim=(1e-5, 1e2))
    ax.set_xticks(range(len(CASES)), 
                  [n.replace(", ", ",\n").replace(" with ", ",\n") for _, _, _, n in CASES],
                  fontsize=8)
    ax.grid(axis="x", visible=False)
    _threshold(ax)
    ax.legend(fontsize=8, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.16))
    _save(fig, directory, "strategies", "stall by locking strategy", digest)


def vcpus(runs, directory, digest):
    """Longest stall against vCPUs, 1 GiB in one call under the file's lock."""
    fig, ax = _figure(height=3.6)
    for (vm, backing, kernel, name), style in zip(CASES, STYLES.values()):
        points = [(v, runs.get(vm, m, v, backing, kernel, "file"))
                  for m, v in runs.sizes(vm, backing, kernel) if m == 2]
        points = [(v, r["stall_max_ns"] / 1e9) for v, r in points if r]
        ax.plot([p[0] for p in points], [p[1] for p in points], color=style[0], marker=style[1],
                label=name)
    ax.set(xscale="log", yscale="log", xlabel="vCPUs", ylabel="longest stall, s")
    ax.set_xticks([8, 64, 248, 512], ["8", "64", "248", "512"])
    ax.minorticks_off()
    _threshold(ax)
    ax.legend(fontsize=7.5, loc="center left", bbox_to_anchor=(1, 0.5))
    _save(fig, directory, "vcpus", "stall against vCPUs", digest)


def steps(data, directory, digest):
    """Of what the longest hold of the invalidate lock is made."""
    fig, ax = _figure(height=3.4)
    shades = ["#1f5fa8", "#c77c11", "#2e7d32", "#8e5ea2", "#b0413e", "#00838f", "#7a7a7a",
              "#5c4033", "#3949ab", "#558b2f", "#ad1457", "#455a64", "#6d4c41"]
    names, colour = [], {}
    for y, entry in enumerate(data["steps"]):
        cell = grid.Cell(**entry["cell"])
        names.append(next(n for vm, b, _, n in CASES if (vm, b) == (cell.vm, cell.backing)))
        whole, left = sum(t for _, t in entry["steps"]), 0.0
        for name, total in sorted(entry["steps"], key=lambda s: -s[1]):
            share = 100 * total / whole
            if share < 3:
                continue
            colour.setdefault(name, shades[len(colour) % len(shades)])
            ax.barh(y, share, left=left, color=colour[name], edgecolor="white")
            if share > 14:
                ax.text(left + share / 2, y, name.replace(": ", ":\n"), ha="center", va="center",
                        color="white", fontsize=7)
            elif share > 6:
                ax.text(left + share / 2, y, name.replace(": ", ":\n"), ha="center", va="center",
                        color="white", fontsize=6, rotation=90)
            left += share
        ax.barh(y, 100 - left, left=left, color="#cccccc", edgecolor="white")
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set(xlabel="% of the longest hold of mapping.invalidate_lock (grey: steps below 3 %)",
           xlim=(0, 100))
    ax.grid(axis="y", visible=False)
    _save(fig, directory, "steps", "steps of the longest hold", digest)


def write(data, digest, directory):
    os.makedirs(directory, exist_ok=True)
    runs = Runs(data)
    growth(runs, directory, digest)
    strategies(runs, directory, digest)
    vcpus(runs, directory, digest)
    steps(data, directory, digest)
