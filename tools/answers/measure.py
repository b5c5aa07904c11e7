# SPDX-License-Identifier: GPL-2.0-only
"""Runs the cells of the grid; one JSON file holds every figure that docs/answer.md shows."""
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading

from . import grid

LOCK = "mapping.invalidate_lock"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def _run(argv, ok=(0, 1)):
    # cost files are looked for from where the program runs
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT)
    if done.returncode not in ok:
        raise SystemExit("%s: exit %d\n%s" % (" ".join(argv), done.returncode, done.stderr))
    return done


def _trace(gmemsim, cell, directory):
    path = os.path.join(directory, "cell.gms")
    _run([gmemsim, "gen", "convert", *cell.args(), "-o", path], ok=(0,))
    return path


def _report(gmemsim, cell, *options):
    with tempfile.TemporaryDirectory() as d:
        out = os.path.join(d, "run.json")
        _run([gmemsim, "run", "-q", *options, "--json=" + out, _trace(gmemsim, cell, d)])
        with open(out, encoding="utf-8") as f:
            return json.load(f)


def _hold(report):
    for lock in report["locks"]:
        if lock["class"] == LOCK and lock["mode"] == "W":
            return lock["hold_ns"]
    return {"p50": 0, "max": 0, "total": 0}


def figures(report):
    """What is kept of a run's report: nothing that another machine would say otherwise."""
    stalls = [s for s in report["stalls"] if s["task"].startswith("vcpu")]
    worst = max(stalls, key=lambda s: s["max_ns"], default=None)
    ops = {(o["op"], o["actor_kind"]): o for o in report["ops"]}
    convert = ops["convert", "vmm"]
    touch = ops["touch", "guest"]
    return {
        "stall_max_ns": worst["max_ns"] if worst else 0,
        "behind": worst["lock"] if worst else None,
        "holder": worst["holder"] if worst else None,
        "fault_p50_ns": touch["latency_ns"]["p50"],
        "fault_p99_ns": touch["latency_ns"]["p99"],
        "call_max_ns": convert["latency_ns"]["max"],
        "calls": convert["count"],
        "hold_max_ns": _hold(report)["max"],
        "errors": convert["errors"] + touch["errors"],
        "lockups": sorted(w["rule"] for w in report["watchdogs"] if w["reports"]),
        "closest": max(report["watchdogs"], key=lambda w: w["permille"])["rule"],
        "permille": max(w["permille"] for w in report["watchdogs"]),
        "findings": sorted({f["rule"] for f in report["findings"]}),
        "sim_ns": report["sim_ns"],
        "fingerprint": report["fingerprint"],
    }


class Kept:
    """Runs of this very program that an interrupted measure had finished, beside the program."""

    def __init__(self, gmemsim):
        with open(gmemsim, "rb") as f:
            self.program = hashlib.sha256(f.read()).hexdigest()
        self.path = gmemsim + ".answer"
        self.runs, self.lock = {}, threading.Lock()
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as f:
                for line in f:
                    program, run = json.loads(line)
                    if program == self.program:
                        self.runs[run["command"]] = run

    def measure(self, gmemsim, cell):
        run = self.runs.get(cell.command())
        if run is None:
            run = measure_cell(gmemsim, cell)
            with self.lock, open(self.path, "a", encoding="utf-8") as f:
                f.write(json.dumps([self.program, run]) + "\n")
        return run


def measure_cell(gmemsim, cell):
    return {"cell": cell._asdict(), "command": cell.command(),
            **figures(_report(gmemsim, cell))}


def _check(gmemsim, root, kernel, locking, name):
    path = os.path.join(root, "traces", "races", name + ".gms")
    with tempfile.TemporaryDirectory() as d:
        out = os.path.join(d, "check.json")
        _run([gmemsim, "check", "-q", *grid.CHECK_ARGS, "--kernel=" + kernel,
              "--locking=" + grid.CHECK_AS.get(locking, locking), "--json=" + out, path])
        with open(out, encoding="utf-8") as f:
            return json.load(f)


def measure_check(gmemsim, root, kernel, locking):
    row = {"kernel": kernel, "locking": locking, "schedules": 0, "exhausted": True,
           "violations": []}
    for name in grid.CHECKED:
        t = _check(gmemsim, root, kernel, locking, name)
        row["schedules"] += t["schedules"]
        row["exhausted"] &= t["exhausted"]
        row["violations"] += ["%s: %s" % (name, f["rule"]) for f in t["findings"]
                              if not f["expected"]]
    row["violations"] = sorted(set(row["violations"]))
    return row


def measure_sensitivity(gmemsim, cell):
    """One run and all its variations: sensitivity, steps of the longest hold, costs."""
    report = _report(gmemsim, cell, "--sensitivity")
    s, name = report["sensitivity"], cell._asdict()
    rows = [{"cost": c["cost"], "kind": c["kind"] or "", "halved_ns": c["halved"]["max_ns"],
             "doubled_ns": c["doubled"]["max_ns"], "changes_verdict": c["changes_verdict"]}
            for c in s["costs"]]
    lock = next(k for k in report["locks"] if k["class"] == LOCK and k["mode"] == "W")
    return {"sensitivity": {"cell": name, "as_stated_ns": s["as_stated"]["max_ns"], "costs": rows},
            "steps": {"cell": name,
                      "steps": [[x["step"], x["total_ns"]] for x in lock["longest"]["steps"]]},
            "costs": {"cell": name,
                      "costs": [{k: c[k] for k in ("cost", "kind", "value", "per", "source")}
                                for c in report["costs"]]}}


def _all(pool, what, jobs, say):
    out, futures = [None] * len(jobs), {}
    for i, job in enumerate(jobs):
        futures[pool.submit(*job)] = i
    for n, future in enumerate(concurrent.futures.as_completed(futures), 1):
        out[futures[future]] = future.result()
        if say:
            print("\r%s: %d of %d " % (what, n, len(jobs)), end="", file=sys.stderr, flush=True)
    if say:
        print(file=sys.stderr)
    return out


def measure(gmemsim, root, jobs):
    say = sys.stderr.isatty()
    kept = Kept(gmemsim)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = _all(pool, "runs", [(kept.measure, gmemsim, c) for c in grid.cells()], say)
        checks = _all(pool, "explored", [(measure_check, gmemsim, root, k, l)
                                         for k in grid.KERNELS for l in grid.LOCKINGS
                                         if (k, l) not in grid.REFUSED], say)
        details = _all(pool, "sensitivity", [(measure_sensitivity, gmemsim, c)
                                             for c in grid.SENSITIVE], say)
    return {"format": "gmemsim-answer", "version": 1, "runs": runs, "checks": checks,
            **{key: [d[key] for d in details] for key in ("sensitivity", "steps", "costs")}}
