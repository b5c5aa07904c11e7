#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The program from outside, as TAP.

usage: golden.py SUITE GMEMSIM SOURCE_ROOT [SCRATCH]
  output       what it prints, against tests/golden/*.out; GMEMSIM_BLESS=1 accepts what it prints now
  exits        exit codes and messages for wrong command lines and wrong input
  determinism  the same trace and seed twice: the same bytes; a recorded run repeats
  engines      the same operations and results in virtual time and on real threads
  traces       every shipped trace runs and ends as it says
  import       the recorded captures give the shipped traces
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap

# In the head of a trace whose results depend on which task is faster: not for comparing engines.
DIRECTED_BY_TIME = "\n# engines: virtual\n"
# The longest real captures, cut short.
LIMITS = {"B2_4faulters_whole32M_locks.gms": "80ms", "B3_4faulters_chunk2M_64M_locks.gms": "80ms"}
TIMEOUT = 120


class Program:
    def __init__(self, path, root):
        self.path, self.root = os.path.abspath(path), os.path.abspath(root)

    def run(self, *args, stdin=None):
        """(exit code, stdout, stderr) of one call from the source directory."""
        env = dict(os.environ, LC_ALL="C", NO_COLOR="1")
        p = subprocess.run([self.path, *args], cwd=self.root, env=env, input=stdin,
                           capture_output=True, timeout=TIMEOUT)
        return p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")

    def traces(self, where):
        return sorted(glob.glob(os.path.join(self.root, "traces", where, "*.gms")))


def mask(text):
    """Wall-clock times are the one thing that may differ."""
    return re.sub(r'("wall_ns": )\d+', r"\g<1>0", text)


def rel(prog, path):
    return os.path.relpath(path, prog.root)


# ---- output -------------------------------------------------------------------

EX = "traces/examples/"
OUTPUT = [
    ("help", ["--help"]),
    ("run-help", ["run", "--help"]),
    ("import-help", ["import", "--help"]),
    ("list-kernels", ["list", "kernels"]),
    ("list-lockings", ["list", "lockings", "--json"]),
    ("list-rules", ["list", "rules"]),
    ("summary-deadlock", ["run", EX + "13-deadlock.gms"]),
    ("summary-memslot-delete", ["run", EX + "09-memslot-delete.gms"]),
    ("lock-stat-convoy", ["run", "-q", "--lock-stat", EX + "11-mmap-lock-convoy.gms"]),
    ("json-two-files", ["run", "--json", "-", EX + "08-two-files.gms"]),
    ("ftrace-failure-injection", ["run", "--ftrace", "-", EX + "14-failure-injection.gms"]),
    ("fmt", ["fmt", EX + "12-guest-spinlock.gms"]),
    ("summary-td", ["run", EX + "28-td-accept-4k-of-2m.gms"]),
    ("json-td", ["run", "--json", "-", EX + "31-td-raw-seamcalls.gms"]),
    ("ftrace-td", ["run", "--ftrace", "-", EX + "31-td-raw-seamcalls.gms"]),
    ("fmt-td", ["fmt", EX + "26-td-swiotlb.gms"]),
]


def suite_output(tap, prog, scratch):
    here = os.path.join(prog.root, "tests", "golden")
    bless = os.environ.get("GMEMSIM_BLESS") == "1"
    for name, args in OUTPUT:
        path = os.path.join(here, name + ".out")
        code, out, err = prog.run(*args)
        problems = [f"exit {code}: {err}"] if code else []
        out = mask(out)
        long = [l for l in out.split("\n") if len(l) > 100 and not name.startswith(("lock-stat", "ftrace", "json"))]
        problems += [f"longer than 100 columns: {l}" for l in long[:3]]
        if bless and not problems:
            open(path, "w").write(out)
        want = open(path).read() if os.path.exists(path) else ""
        if out != want and not problems:
            problems = diff(want, out)
        tap.result(f"output {name}", problems)


def diff(want, got):
    import difflib
    lines = list(difflib.unified_diff(want.split("\n"), got.split("\n"), "blessed", "now", lineterm="", n=1))
    return lines[:30] + ["GMEMSIM_BLESS=1 accepts it"]


# ---- exits --------------------------------------------------------------------

HEAD = "gmemsim trace 1\n[vm vm0]\nmemory = 4M\n"
EXITS = [
    # name, arguments, stdin, exit code, text that stderr must have
    ("no subcommand", [], None, 64, "usage: gmemsim"),
    ("unknown subcommand", ["frobnicate"], None, 64, "no subcommand 'frobnicate'"),
    ("subcommand of another issue", ["calibrate", "x.gms"], None, 64, "no subcommand 'calibrate'"),
    ("unknown option", ["run", "--frob", "x.gms"], None, 64, "--frob"),
    ("no trace", ["run"], None, 64, "no trace given"),
    ("bad engine", ["run", "--engine", "turbo", "x.gms"], None, 64, "virtual, threads"),
    ("bad seed", ["run", "--seed", "xyzzy", "x.gms"], None, 64, "neither a number nor a commit hash"),
    ("unknown locking", ["run", "--locking", "rnage", EX + "13-deadlock.gms"], None, 64, "did you mean 'range'"),
    ("unknown bug", ["run", "--bug", "nonesuch", EX + "13-deadlock.gms"], None, 64, "no such planted fault"),
    ("more memory than the model holds", ["run", "-"], b"gmemsim trace 1\n[machine]\nmemory = 4T\n[vm vm0]\nmemory = 4M\n[task vmm]\npunch 0 len=4K\n", 65, "memory map ends below 4T"),
    ("no such file", ["run", "nonesuch.gms"], None, 65, "nonesuch.gms"),
    ("directory", ["run", "traces"], None, 65, "traces"),
    ("empty", ["run", "-"], b"", 65, "error"),
    ("binary", ["run", "-"], bytes(range(256)) * 16, 65, "error"),
    ("truncated", ["run", "-"], (HEAD + "[task vmm]\nrepeat 3 {\npunch 0 le").encode(), 65, "error"),
    ("unknown verb", ["run", "-"], (HEAD + "[task vmm]\npunhc 0 len=4K\n").encode(), 65, "punch"),
    ("verb of a TD", ["run", "-"], (HEAD + "[task vcpu0]\naccept 0 len=4K\n").encode(), 65, "for VMs of type tdx"),
    ("too much memory", ["run", "-"], b"gmemsim trace 1\n[machine]\nmemory = 1M\n[vm vm0]\nmemory = 4M\n[task vmm]\npunch 0 len=4K\n", 65, "more memory than the machine has"),
    ("overlapping slots", ["run", "-"], b"gmemsim trace 1\n[vm vm0]\ngmem a size=4M\nslot 0 gpa=0 len=4M\nslot 1 gpa=2M len=2M\n[task vmm]\npunch 0 len=4K\n", 65, "overlap"),
    ("unknown cost file", ["run", "-"], (HEAD + "[cost]\ninclude = nonesuch\n[task vmm]\npunch 0 len=4K\n").encode(), 65, "nonesuch.ini"),
    ("size that overflows", ["run", "-"], (HEAD + "[task vmm]\npunch 0 len=99999999999999999999\n").encode(), 65, "64 bits"),
    ("operation near 2^64 fails", ["run", "-q", "-"], (HEAD + "[task vmm]\npunch 0xfffffffffffff000 len=8K expect=EINVAL\n").encode(), 0, ""),
    ("wrong result", ["run", "-q", "-"], (HEAD + "[task vmm]\npunch 0 len=4K expect=EBUSY\n").encode(), 1, ""),
    ("expected rule not found", ["run", "-q", "-"], b"gmemsim trace 1\nexpect = deadlock\n[vm vm0]\nmemory = 4M\n[task vmm]\npunch 0 len=4K\n", 1, ""),
    ("hold budget", ["run", "-"], b"gmemsim trace 1\nexpect = hold-budget\n[vm vm0]\nmemory = 4M\n[cost]\ninclude = debian-vm\n[task vmm]\naccess write 0 len=4M\npunch 0 len=4M\n[final]\nnever hold(mapping.invalidate_lock) > 1us\n", 0, ""),
    ("json nowhere", ["run", "-q", "--json", "no/such/dir/x.json", EX + "13-deadlock.gms"], None, 70, "no/such/dir"),
    ("two traces, one file", ["run", "--json", "x", "a", "b"], None, 64, "one trace"),
    ("a limited run is not recorded", ["run", "--limit", "1us", "--record", "x", EX + "13-deadlock.gms"], None, 64, "cannot be repeated"),
    ("replay without schedule", ["replay", EX + "13-deadlock.gms"], None, 65, "no [schedule]"),
    ("fmt of nonsense", ["fmt", "-"], b"nonsense\n", 65, "gmemsim trace 1"),
    ("import of nonsense", ["import", "ftrace", "-"], b"nonsense\n", 65, "-:1:1: error:"),
    ("import of nothing", ["import", "ftrace", "-"], b"# only a comment\n", 65, "no event"),
    ("import of what", ["import", "dtrace", "x"], None, 64, "import ftrace"),
    ("import with bad assumption", ["import", "ftrace", "-", "--assume", "size=4M walrus=3"], b"", 64, "column 9"),
    ("list of what", ["list", "colours"], None, 64, "list what?"),
    ("version", ["--version"], None, 0, ""),
]


def suite_exits(tap, prog, scratch):
    for name, args, stdin, want, text in EXITS:
        code, out, err = prog.run(*args, stdin=stdin)
        problems = []
        if code != want:
            problems.append(f"exit {code}, want {want}: {err[:300]} {out[:300]}")
        if text not in err:
            problems.append(f"stderr lacks '{text}': {err[:300]}")
        tap.result(name, problems)
    for kind in ("traces", "bugs", "kernels", "lockings", "costs", "counters", "fails", "rules", "seamcalls", "strategies", "verbs"):
        code, out, err = prog.run("list", kind)
        rows = json.loads(prog.run("list", kind, "--json")[1])
        problems = [] if code == 0 and len(rows) > 0 else [out, err]
        problems += [f"not in the text: {r}" for r in rows if next(iter(r.values())) not in out]
        problems += [f"longer than 100 columns: {l}" for l in out.split("\n") if len(l) > 100]
        tap.result(f"list {kind} says the same as text and as JSON", problems)
    for limit, want in (([], "ok"), (["--limit", "1us"], "incomplete")):
        doc = json.loads(prog.run("run", *limit, "--json", "-", EX + "08-two-files.gms")[1])
        tap.result(f"JSON: a run {'of ' + limit[1] if limit else 'to its end'} is {want}",
                   [] if doc["result"] == want else [doc["result"]])
    path = os.path.join(scratch, "whole.json")
    open(path, "w").write("old")
    prog.run("run", "-q", "--json", path, "nonesuch.gms")
    tap.result("a failed run leaves the old file", [] if open(path).read() == "old" else ["it does not"])
    tap.result("no temporary file is left", [f for f in os.listdir(scratch) if f != "whole.json"])


# ---- determinism ----------------------------------------------------------------

def suite_determinism(tap, prog, scratch):
    for path in prog.traces("examples"):
        for extra in ([], ["--sched", "random", "--seed", "0x5eed"]):
            runs = [prog.run("run", "--json", "-", *extra, rel(prog, path)) for _ in range(2)]
            texts = [mask(out) for _, out, _ in runs]
            problems = [] if texts[0] == texts[1] and texts[0] else ["two runs differ"]
            tap.result(f"{os.path.basename(path)} {' '.join(extra)}: the same twice", problems)
        record = os.path.join(scratch, "record.gms")
        prog.run("run", "-q", "--sched", "random", "--seed", "7", "--record", record, rel(prog, path))
        code, out, err = prog.run("replay", "-q", record)
        problems = [] if code == 0 and out.startswith("identical") else [out, err]
        code, out, err = prog.run("run", "--json", "-", record)
        if not problems:
            want = re.search(r"fingerprint = (0x[0-9a-f]+)", open(record).read())
            got = re.search(r'"fingerprint": "(0x[0-9a-f]+)"', out)
            if not want or not got or int(want.group(1), 16) != int(got.group(1), 16):
                problems = ["gmemsim run of the record has another fingerprint"]
        tap.result(f"{os.path.basename(path)}: a recorded run repeats", problems)
    small = rel(prog, prog.traces("examples")[0])
    ftrace = [prog.run("run", "--limit", "2ms", "--ftrace", "-", "--ftrace-ns", small)[1] for _ in range(2)]
    tap.result("the event log is the same twice", [] if ftrace[0] == ftrace[1] else ["it differs"])
    seeds = {mask(prog.run("run", "--json", "-", "--seed", s, "--sched", "random", small)[1]) for s in ("1", "2")}
    tap.result("another seed is another run", [] if len(seeds) == 2 else ["it is the same"])


# ---- engines ----------------------------------------------------------------------

def results(prog, path, engine):
    code, out, err = prog.run("run", "--engine", engine, "--json", "-", rel(prog, path))
    if code not in (0, 1):
        return None, f"{engine}: exit {code}: {err}"
    doc = json.loads(out)
    ops = sorted((o["op"], o["actor_kind"], o["count"], o["errors"]) for o in doc["ops"])
    # how long something took depends on the engine and on what else this machine does
    rules = {f["rule"] for f in doc["findings"] if not re.search(r"(stall|latency|hold|wait|duration)\(", f["message"])}
    return {"ops": ops, "rules": sorted(rules)}, None


def suite_engines(tap, prog, scratch):
    for path in prog.traces("examples"):
        name = os.path.basename(path)
        if DIRECTED_BY_TIME in open(path, encoding="utf-8").read():
            continue
        problems, got = [], []
        for engine in ("virtual", "threads"):
            r, problem = results(prog, path, engine)
            got.append(r)
            problems += [problem] if problem else []
        for r in got if not problems else ():
            # a raw SEAMCALL may be BUSY, as its expect= says: that is a matter of order
            r["ops"] = [op[:3] if op[0] == "seamcall" else op for op in r["ops"]]
        if not problems and got[0] != got[1]:
            problems = [f"virtual: {got[0]}", f"threads: {got[1]}"]
        tap.result(f"{name}: the same operations and results", problems)


# ---- traces -----------------------------------------------------------------------

def suite_traces(tap, prog, scratch):
    for where in ("examples", "real", "lockups", "races", "conformance", "regress"):
        for path in prog.traces(where):
            name = os.path.basename(path)
            if re.search(r"^# scale: .*->", open(path).read(), re.M) and where == "lockups":
                continue  # minutes: tests/lockups runs it smaller
            limit = ["--limit", LIMITS[name]] if name in LIMITS else []
            code, out, err = prog.run("run", *limit, rel(prog, path))
            tap.result(f"{where}/{name} ends as it says", [] if code == 0 else [f"exit {code}", out, err])
            code, out, err = prog.run("fmt", rel(prog, path))
            if where == "real":
                same = out == open(path).read()
                tap.result(f"{where}/{name} is in canonical form", [] if same else ["it is not"])


def suite_import(tap, prog, scratch):
    """traces/real/*.gms are what the commands in PROVENANCE.md make of the captures."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| `([^`]+)` \|$",
                      open(os.path.join(prog.root, "traces/real/PROVENANCE.md")).read(), re.M)
    real = {os.path.basename(p)[:-4] for p in prog.traces("real")}
    tap.result("PROVENANCE.md has every trace", sorted(real ^ {name for name, _ in rows}))
    for name, assume in rows:
        base = f"traces/real/captures/{name}"
        code, out, err = prog.run("import", "ftrace", base + ".txt.gz", "--cpus", "2", "--costs", "debian-vm",
                                  "--comments", base + ".summary.csv", "--assume", assume)
        path = os.path.join(prog.root, "traces/real", name + ".gms")
        if os.environ.get("GMEMSIM_BLESS") == "1" and code == 0:
            open(path, "w").write(out)
        want = open(path).read() if os.path.exists(path) else ""
        tap.result(f"{name} is what its capture gives", [err] if code else diff(want, out) if want != out else [])


def suite_published(tap, prog, scratch):
    """The sums that traces/costs/spr-248.ini was split from come out again, and for the right reasons."""
    pages = 1024

    def measure(name, op):
        out = os.path.join(scratch, "published.json")
        code, text, err = prog.run("run", "-q", "--no-checks", "--json", out, f"traces/lockups/tdx-{name}.gms")
        if code:
            return None, None, [f"exit {code}", text, err]
        j = json.load(open(out))
        us = sum(o["latency_ns"]["total"] for o in j["ops"] if o["op"] == op) / pages / 1000
        return us, {c["leaf"]: c["calls"] for c in j["seamcalls"]}, []

    def near(what, us, published_us):
        return [] if abs(us - published_us) < 0.03 * published_us else \
            [f"{what}: {us:.2f} us, published {published_us}"]

    for name, op, published_us in (("swiotlb-halted", "mapgpa", 22.9), ("swiotlb-spinning", "mapgpa", 260),
                                   ("accept-storm", "accept", 8)):
        us, calls, problems = measure(name, op)
        problems += near(name, us, published_us) if calls else []
        if not problems and op == "mapgpa":
            each = ["TDH.MEM.RANGE.BLOCK", "TDH.MEM.TRACK", "TDH.MEM.PAGE.REMOVE", "TDH.PHYMEM.PAGE.WBINVD"]
            problems += [f"{calls[c]} of {c}" for c in each if calls[c] != pages]
            entries = calls["TDH.VP.ENTER"] / pages
            want = 247 if name.endswith("spinning") else 0
            if not want <= entries < want * 1.1 + 1:
                problems.append(f"{entries:.1f} entries a page, {want} vCPUs to bring back")
        tap.result(f"{name}: {published_us} us a page", problems)


SUITES = {"output": suite_output, "exits": suite_exits, "determinism": suite_determinism,
          "engines": suite_engines, "traces": suite_traces, "published": suite_published, "import": suite_import}


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in SUITES:
        print(__doc__, file=sys.stderr)
        return 64
    tap = Tap()
    with tempfile.TemporaryDirectory() as scratch:
        SUITES[sys.argv[1]](tap, Program(sys.argv[2], sys.argv[3]), scratch)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
