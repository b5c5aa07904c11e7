#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""compare.py GMEMSIM ROOT: designs side by side, as text, JSON and HTML."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tap import Tap

HIST = {"min", "p50", "p99", "max", "total", "count"}
LOCKINGS = 7
ROW = {"kernel", "locking", "convert_total_ns", "invalidate_hold_ns", "vcpu_stall_ns", "lockups", "findings",
       "explored_schedules", "exhausted"}


def compare(gmemsim, *args):
    done = subprocess.run([gmemsim, "compare", "--time", "60s", *map(str, args)], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def rows(out):
    return {(r["kernel"], r["locking"]): r for r in json.loads(out)["rows"]}


def main():
    gmemsim, root = sys.argv[1], pathlib.Path(sys.argv[2])
    traces = root / "traces"
    race = traces / "races/conv-store-after-end.gms"
    tap = Tap()

    def ok(name, good, why="no"):
        tap.result(name, [] if good else [why])

    code, out, err = compare(gmemsim, "--check", race, "--schedules", 100, "--design", "kernel=all,locking=file",
                             "--json", "-", race)
    r = rows(out)
    ok("a kernel that is wrong exits 1", code == 1, (code, err))
    ok("the contract's keys", all(ROW <= set(x) for x in r.values() if not x["refused"]), out)
    ok("sums are objects", all(set(x[k]) == HIST for x in r.values() if not x["refused"]
                               for k in ("invalidate_hold_ns", "vcpu_stall_ns")), out)
    wip, plan = r["hugetlb-wip", "file"], r["hugetlb-plan", "file"]
    ok("exploration finds what is wrong with one", {"rule": "attr-mapping", "by": "check"} in wip["findings"], wip)
    ok("and not with the other", not plan["findings"] and plan["explored_schedules"] == 100, plan)
    code, out, err = compare(gmemsim, "--no-check", "--design", "kernel=mainline,locking=seq", "--json", "-", race)
    ok("what makes no sense is refused with a reason", "mainline" in str(rows(out)["mainline", "seq"]["refused"]), out)

    code, text, _ = compare(gmemsim, "--schedules", 5, "--design", "kernel=inplace,locking=all", race)
    ok("a table of at most 100 columns", code == 0 and max(map(len, text.splitlines())) <= 100, text)
    ok("all strategies are in it", all(re.search(rf"^inplace +{s}", text, re.M) for s in
       ("file", "chunk:2M", "chunk-open:2M", "range", "bucket:16", "seq", "prepare-outside")), text)

    code, out, err = compare(gmemsim, "--design", "kernel=inplace,locking=all", "--json", "-", race)
    r = rows(out)
    ok("without --check small traces are explored to the end", code == 0 and len(r) == LOCKINGS and
       all(x["exhausted"] and x["verdict"].startswith("proved ") for x in r.values()), (code, out))
    ok("their sum is the row's", all(sum(k["explored_schedules"] for k in x["checks"]) == x["explored_schedules"]
                                     for x in r.values()), out)
    ok("a strategy that cuts cuts them, too", all(k["locking"] == "chunk:4K" for k in r["inplace", "chunk:2M"]["checks"]))
    file = r["inplace", "file"]
    ok("pages converted by the time of it", file["convert_pages"] == 16 and
       file["convert_bytes_per_s"] == 65536 * 10**9 // file["convert_total_ns"], file)
    ok("how close it came to each watchdog", len(file["distances"]) == 8 and
       all(set(d) == {"rule", "threshold_ns", "max_ns", "permille"} for d in file["distances"]), file)
    code, out, err = compare(gmemsim, "--design", "kernel=hugetlb-wip,locking=file", "--json", "-", race)
    wip = rows(out)["hugetlb-wip", "file"]
    ok("they find what is wrong with a kernel", code == 1 and "attr-mapping" in wip["checks"][0]["violated"] and
       wip["verdict"] == "2 violations", wip)

    with tempfile.TemporaryDirectory() as tmp:
        page = pathlib.Path(tmp) / "c.html"
        first = compare(gmemsim, "--schedules", 5, "--html", page, "--json", "-", race)
        again = compare(gmemsim, "--schedules", 5, "--html", page, "--json", "-", race)
        ok("the same bytes again", first == again)
        jobs = compare(gmemsim, "--schedules", 5, "--jobs", 2, "--html", page, "--json", "-", race)
        ok("the same bytes from two processes", first == jobs)
        html = page.read_text()
        figures = [int(x) for x in re.findall(r'data-ns="(\d+)"', html)]
        want = []
        for x in json.loads(first[1])["rows"]:
            if not x["refused"]:
                stall = x["vcpu_stall_ns"]
                want += [x["convert_total_ns"], x["invalidate_hold_ns"]["max"], stall["p50"], stall["p99"], stall["max"]]
        ok("the page has the report's figures", figures == want and want, (figures, want))
        ok("the page asks for nothing", not re.search(r"https?://|url\(|@import|src=|<link", html))

    code, _, err = compare(gmemsim, "--design", "kernel=none", race)
    ok("an unknown kernel exits 64", code == 64 and "kernel" in err, (code, err))
    code, _, err = compare(gmemsim, "--design", "lock=file", race)
    ok("another key exits 64", code == 64 and "lock=file" in err, (code, err))
    code, out, err = compare(gmemsim, "--check", "/nonexistent.gms", race)
    ok("a trace that is not there exits 65", code == 65 and not out, (code, err))
    return tap.end()


sys.exit(main())
