# SPDX-License-Identifier: GPL-2.0-only
"""The words of docs/answer.md.  {names} are figures; facts() computes those inside sentences."""
from . import grid
from .tables import SOFT_LOCKUP_NS, gib, ns, per_gib_ns, stall

PAGE = """\
# Can a conversion lock up a guest?

Written by `tools/answer` from {nr_runs} simulated runs (`docs/answer/runs.json`); do not edit. Each run can be
repeated on any machine, with the same figures: see [How to repeat it](#how-to-repeat-it).

## The question

*KVM list, January 2026, "TDX huge page support for private memory":* guest_memfd takes pages out of the host's page
tables, looks at their references, and splits or merges folios, all of it under `filemap_invalidate_lock`. A vCPU
that faults waits for that lock. Can it wait so long that the guest reports a soft lockup?

## The answer

**Yes, if one call converts enough, and how much is enough depends on what the guest is more than on the lock.**
A guest's watchdog barks when a vCPU has not scheduled for 20 s. All of these have one lock for the file, as in the
kernel; each vCPU faults once a millisecond elsewhere in the file:

{short_answer}
- An **ordinary VM with 4K pages** is safe up to about a TiB in one call: the hold is the zap of each leaf, {sw_leaf}; the
  longest run converted {largest_len} of a {largest_memory} guest with {largest_vcpus} vCPUs and stalled {largest_stall},
  {largest_percent} of the threshold.
- **2M folios with HVO** (struct pages optimised away) are the dangerous ordinary case: each folio that is split
  waits for an RCU grace period under the lock, {hvo_share} of the hold. With 1G folios there is one such wait for each
  GiB, and the hold is {gib_ratio} times shorter.
- A **TD** is the other one: each page is blocked, tracked, removed and flushed one by one, {td_page} a page with 8
  vCPUs. With 248 vCPUs that fault, 1 GiB in one call is enough: {td_248}. Published for 248 vCPUs, and put in: 23 us a page
  with the others halted, 260 us with the others spinning in the TD.
- **Smaller calls are no way out by themselves** (the row "2M calls"): see [what to do](#what-to-do).
- More vCPUs: more of them wait, each hardly longer. In TDs each page gets dearer, since every vCPU is kicked.

## The main table

1 GiB made shared in one call; longest stall of any vCPU. In bold where a watchdog barked: {letters}.
"2M calls" is the file's lock again, but the caller converts 2 MiB at a time. "correct": see [below](#correctness).

{main}
![longest stall of each strategy](answer/strategies.svg)

## What to do

Stalls of 1 GiB in one call, 8 vCPUs, as in the main table; `file`: {file_sw}; TDs {file_td}.

1. **Lock by ranges** (`range`), or let faults go without the lock (`seq`): {range_sw}; TDs {range_td}. A fault elsewhere no
   longer waits for the conversion, and its stall does not grow with the call. The call gets longer, since faults get at
   `mmu_lock` and the zap gives way to them. These are the only remedies here that hold in every row.
2. **Pieces under one invalidation** (`chunk-open:2M`): {open_sw}; TDs {open_td}. A fault waits for one piece. That does
   not help where one folio is the piece (1G, ordinary VM), nor in the TD with 4K pages: a touch there accepts 2 MiB, 512
   faults in a row, and each of them waits for a piece.
3. **Pieces with an invalidation each do not help**, whether the kernel cuts them (`chunk:2M`: {chunk_sw}; TDs {chunk_td}) or
   the caller does (2M calls: {calls_sw}; TDs {calls_td}): each piece ends its invalidation and moves the VM-wide
   `mmu_invalidate_seq`, so that every fault that waited begins again, whatever its page (docs/STRATEGIES.md). It is only
   quieter: in an ordinary VM each attempt goes back into the guest, which takes its interrupts there, and no watchdog barks
   at a fault that is {calls_16} late (2M folios, 16 GiB), unless the guest has preemption off (docs/WATCHDOGS.md).
4. **Get the waits out of the hold.** Without HVO's grace periods the hold of 2M folios would be {hvo_left} for each GiB instead
   of {hvo_hold}: one `synchronize_rcu()` for many folios, or `hvo = no`. For TDs it would be one TRACK and one kick for many
   pages instead of one for each: {kick_share} of the hold.
5. `bucket:16` ({bucket_sw}; TDs {bucket_td}) helps where the call is one huge page, which is one bucket; a longer call needs
   all of them. `prepare-outside` ({prepare_sw}; TDs {prepare_td}) does not help: what the call spends its time on cannot be
   prepared.

## How it grows

![stall against what one call converts](answer/growth.svg)

Dotted: carried on from the longest run. From 1 GiB to the longest run the stall for each GiB differs by at most
{linear_max} in every row of the first table.

![stall against vCPUs](answer/vcpus.svg)

## What the lock is held for

The longest hold of `mapping.invalidate_lock`, 1 GiB, 8 vCPUs:

![steps of the longest hold](answer/steps.svg)

{steps}
## What the answer hangs on

Each cost that nobody has measured was halved and doubled by itself (`gmemsim run --sensitivity`); here are those that move the
stall by more than 2 %. *Assumed* is our guess; *derived* comes from published or measured figures of something near.

{sensitivity}
Where these figures are from:

{costs}
- Ordinary VMs: 4K costs were measured on a real kernel's guest_memfd, in a VM; splits of huge folios on no machine, since no
  kernel with them could be run.
- TDs: the sum of a page's SEAMCALLs is published for 248 vCPUs; how it divides among them, and how it scales to fewer
  vCPUs, is ours.
- One sequence of the VM, one range of open invalidations, the order of steps: as kernels have them (docs/FIDELITY.md).
  `hugetlb-plan` is our reading of an announced order, not a kernel.
- The simulator has no caches and no NUMA: that a lock's cache line travels between 512 CPUs is not in these figures.
- `mainline` is missing: its guest_memfd cannot convert in place.

## Correctness

Small traces of a conversion against a fault and against a reference from elsewhere ({checked}),
with each kernel's steps and each lock, in every order of events (`gmemsim check {check_args}`), rules as in `gmemsim list rules`.
"Proved" is for these traces; not all: the time was over first. `chunk` cuts every 16K there, the traces being small.
`hugetlb-wip` breaks rules by itself, under any lock (docs/findings): the column of the main table says what is new.

{checks}
## The grid

Half of the guest's memory is made shared in one call, or in calls of 2 MiB; longest stall of a vCPU. "!": other findings,
or operations that failed.

{grids}
## How to repeat it

```sh
{example}
tools/answer measure    # all of it: some ten minutes on two cores
tools/answer write      # this page and its plots
```

Each entry of `docs/answer/runs.json` has the command and the fingerprint of its run. A test runs some of them again.
"""


def _range(values):
    low, high = min(values), max(values)
    return ns(low) if low == high else "%s to %s" % (ns(low), ns(high))


def _stalls(runs, cases, design, memory=2, vcpus=8):
    return [runs.get(vm, memory, vcpus, b, k, design)["stall_max_ns"] for vm, b, k, _ in cases]


def facts(runs, data, require, cases):
    """What sentences say, and what has to hold for them to be true."""
    out = {"checked": ", ".join("`%s`" % c for c in grid.CHECKED),
           "check_args": " ".join(grid.CHECK_ARGS)}
    out.update(_facts_of_answer(runs, data, require, cases))
    out.update(_facts_of_advice(runs, data, require, cases))
    cell = grid.Cell("sw-protected", 16, 64, "2M", "hugetlb-plan", "file")
    out["example"] = cell.command()
    return out


def _share(data, cell, names):
    steps = next(s["steps"] for s in data["steps"] if grid.Cell(**s["cell"]) == cell)
    return 100 * sum(t for n, t in steps if n in names) / sum(t for _, t in steps)


def _facts_of_answer(runs, data, require, cases):
    top = runs.get("sw-protected", 1024, 512, "4K", "inplace", "file")
    two = runs.get("sw-protected", 2, 8, "2M", "hugetlb-plan", "file")
    one = runs.get("sw-protected", 2, 8, "1G", "hugetlb-plan", "file")
    td = runs.get("tdx", 2, 8, "4K", "inplace", "file")
    hvo = _share(data, grid.Cell("sw-protected", 2, 8, "2M", "hugetlb-plan", "file"),
                 ["hvo: synchronize_rcu"])
    many = runs.get("tdx", 2, 248, "4K", "inplace", "file")
    require("guest-soft-lockup" in many["lockups"], "a TD of 248 vCPUs locks up at 1 GiB")
    require(not top["lockups"], "the largest ordinary guest does not lock up")
    require(hvo > 90, "the grace period is what 2M folios are split for")
    require(any("guest-soft-lockup" in r["lockups"] for c, r in runs.by_cell.items()
                if (c.vm, c.backing, c.design) == ("sw-protected", "2M", "file")),
            "a guest with 2M folios locks up")
    linear = []
    for vm, b, k, _ in cases:
        small = per_gib_ns(runs.get(vm, 2, 8, b, k, "file"))
        linear.append(abs(per_gib_ns(runs.largest(vm, b, k, "file")) - small) * 100 / small)
    return {
        "sw_leaf": ns(per_gib_ns(runs.get("sw-protected", 16, 8, "4K", "inplace", "file")) / 2**18),
        "largest_len": gib(top["cell"]["memory_gib"] / 2),
        "largest_memory": gib(top["cell"]["memory_gib"]),
        "largest_vcpus": top["cell"]["vcpus"],
        "largest_stall": ns(top["stall_max_ns"]),
        "largest_percent": "%.0f %%" % (100 * top["stall_max_ns"] / SOFT_LOCKUP_NS),
        "hvo_share": "%.0f %%" % hvo,
        "gib_ratio": "%.0f" % (two["stall_max_ns"] / one["stall_max_ns"]),
        "td_page": ns(td["hold_max_ns"] / 2**18),
        "td_248": stall(many),
        "linear_max": "%.0f %%" % max(linear),
    }


def _facts_of_advice(runs, data, require, cases):
    sides = {"sw": [c for c in cases if c[0] != "tdx"], "td": [c for c in cases if c[0] == "tdx"]}
    names = {"file": "file", "range": "range", "open": "chunk-open:2M", "chunk": "chunk:2M",
             "calls": "2M calls", "bucket": "bucket:16", "prepare": "prepare-outside"}
    got = {(short, side): _stalls(runs, of, design)
           for short, design in names.items() for side, of in sides.items()}
    out = {"%s_%s" % key: _range(values) for key, values in got.items()}

    def ratio(short, side):
        return [b / max(v, 1) for b, v in zip(got["file", side], got[short, side])]

    require(min(ratio("range", "sw") + ratio("range", "td")) > 5, "range helps everybody")
    opened = dict(zip([c[:2] for c in cases], ratio("open", "sw") + ratio("open", "td")))
    no_help = {("sw-protected", "1G"), ("tdx", "4K")}
    require(all((r < 2) == (c in no_help) for c, r in opened.items()),
            "chunk-open helps everybody but one folio, and TDs of 4K pages")
    require(max(ratio("chunk", "sw") + ratio("chunk", "td")) < 1.5, "chunk does not help")
    require(max(ratio("calls", "sw") + ratio("calls", "td")) < 5, "nor do calls of 2M, much")
    require(max(ratio("prepare", "sw") + ratio("prepare", "td")) < 1.5, "prepare: no help")
    late = runs.get("sw-protected", 16, 8, "2M", "hugetlb-plan", "2M calls")
    require(late["stall_max_ns"] > SOFT_LOCKUP_NS and not late["lockups"],
            "a fault that goes round for 20 s is not barked at")
    out["calls_16"] = ns(late["stall_max_ns"])
    hold = runs.get("sw-protected", 2, 8, "2M", "hugetlb-plan", "file")["hold_max_ns"]
    hvo = _share(data, grid.Cell("sw-protected", 2, 8, "2M", "hugetlb-plan", "file"),
                 ["hvo: synchronize_rcu"])
    kick = _share(data, grid.Cell("tdx", 2, 8, "4K", "inplace", "file"), ["tdx_track", "tdx_kick"])
    out.update(hvo_hold=ns(hold), hvo_left=ns(hold * (100 - hvo) / 100), kick_share="%.0f %%" % kick)
    return out
