# SPDX-License-Identifier: GPL-2.0-only
"""The questions tools/answer asks: which guests, kernels and designs, and how to ask each by hand.

A cell is one run of `gmemsim gen convert`: half of a guest's memory is made shared while every vCPU
faults once a millisecond in the other half (with more than 64 vCPUs, once in ten).
"""
from typing import NamedTuple

# design -> what gmemsim gen is told; "2M calls" is no lock: the caller asks for 2 MiB at a time
DESIGNS = {
    "file": ["--locking=file"],
    "2M calls": ["--locking=file", "--piece=2M"],
    "chunk:2M": ["--locking=chunk:2M"],
    "chunk-open:2M": ["--locking=chunk-open:2M"],
    "range": ["--locking=range"],
    "bucket:16": ["--locking=bucket:16"],
    "seq": ["--locking=seq"],
    "prepare-outside": ["--locking=prepare-outside"],
}
FEW = ("file", "2M calls", "range")
PAGES = (("4K", "inplace"), ("2M", "hugetlb-wip"), ("2M", "hugetlb-plan"),
         ("1G", "hugetlb-wip"), ("1G", "hugetlb-plan"))
TD_PAGES = (("4K", "inplace"), ("2M", "hugetlb-plan"), ("1G", "hugetlb-plan"))
LOCKINGS = tuple(d for d in DESIGNS if d != "2M calls")
KERNELS = ("inplace", "hugetlb-wip", "hugetlb-plan")
REFUSED = {("hugetlb-wip", "chunk-open:2M")}

# What is explored for the column "correct": small enough for every order of events to be tried.
CHECKED = ("conv-store-after-end", "conv-fault-before-pte.check-first",
           "conv-fault-before-pte.early-put")
CHECK_ARGS = ["--explore=dpor", "--time=10s"]
# They convert 64K: pieces have to be smaller to be pieces.
CHECK_AS = {"chunk:2M": "chunk:16K", "chunk-open:2M": "chunk-open:16K"}


class Cell(NamedTuple):
    vm: str         # sw-protected or tdx
    memory_gib: int  # of the guest; half is converted
    vcpus: int
    backing: str    # 4K, 2M or 1G
    kernel: str
    design: str     # of DESIGNS

    def args(self):
        """What follows `gmemsim gen convert`."""
        size = "1T" if self.memory_gib == 1024 else "%dG" % self.memory_gib
        every = ["--every=10ms"] if self.vcpus > 64 else []
        return ["--type=" + self.vm, "--memory=" + size, "--vcpus=%d" % self.vcpus,
                "--backing=" + self.backing, "--kernel=" + self.kernel, *DESIGNS[self.design],
                *every]

    def command(self):
        return "gmemsim gen convert %s | gmemsim run -" % " ".join(self.args())


def _sensible(cell):
    """hugetlb-wip ends each invalidation before it splits and stores: chunk-open is refused there."""
    return (cell.kernel, cell.design) not in REFUSED


def _cross(vm, pages, sizes, designs):
    of = [Cell(vm, memory, vcpus, backing, kernel, design)
          for backing, kernel in pages for memory, vcpus in sizes for design in designs]
    return [c for c in of if _sensible(c)]


def cells():
    """All of them, the long ones first: two at a time, they end together."""
    small = ((2, 8), (2, 64), (2, 512), (16, 8), (16, 64), (16, 512))
    return ([Cell("sw-protected", 1024, 512, "4K", "inplace", "file")] +
            _cross("tdx", (("4K", "inplace"),), ((2, 248), (16, 8)), ("file",)) +
            _cross("sw-protected", PAGES, ((128, 64),), ("file",)) +
            _cross("tdx", TD_PAGES, ((2, 64),), ("file", "2M calls")) +
            _cross("tdx", TD_PAGES, ((2, 8),), DESIGNS) +
            _cross("sw-protected", PAGES, tuple(reversed(small)), DESIGNS))


# Whose costs are halved and doubled one by one, with what they are about.
SENSITIVE = (
    Cell("sw-protected", 2, 8, "4K", "inplace", "file"),
    Cell("sw-protected", 2, 8, "2M", "hugetlb-plan", "file"),
    # of hugetlb-plan it would say what clearing a whole page costs its first fault
    Cell("sw-protected", 2, 8, "1G", "hugetlb-wip", "file"),
    Cell("tdx", 2, 8, "4K", "inplace", "file"),
)
