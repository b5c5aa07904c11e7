#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every known race, shown by its faulty variant and absent from the fixed one, as TAP.

usage: races.py GMEMSIM SOURCE_ROOT [SLUG...]

For each slug of 'gmemsim list bugs' that is no plant there is traces/races/SLUG.gms.  With --bug SLUG
it must end with exit code 1 and exactly the rules of its row, without it with 0 and no finding; the
fixed variant also under random scheduling, and explored.  A trap (status T) must stay silent in both.  The score at
the end never adds up groups.  Cases without a trace are in traces/races/LIST with the reason; one that
begins with unit:TEST is shown, with its twin, by that unit test, and scored in a column of its own.

The head of a trace has comments for this test:
  # class: interleaving | single-path | hold-time
  # faulty: kernel=NAME, # fixed: kernel=NAME     a kernel's own fault, instead of --bug
  # measure: locks CLASS R|W hold_ns|wait_ns | ops OP KIND latency_ns
  # scale: WORD WORD       hold-time: the word that is the size N, and the word for 2N
  # trend: RATIO_FAULTY RATIO_FIXED       the measure at 2N is >= and <= so many times that at N
  # gain: FACTOR                          the faulty measure at 2N is >= so many times the fixed one
  # options: WORD...                      for run, in both variants
  # guard: OP KIND N                      in the fixed variant N of these fail: the window was reached
"""
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap

SEEDS = range(1, 11)
SCHEDULES = 400  # of a fixed twin, or what a sanitizer gets done in:
TIME = "15s"
CLASSES = ("interleaving", "single-path", "hold-time")
STATUS = {"C": "confirmed", "L": "acknowledged", "D": "derived", "G": "guard, removed", "T": "trap"}


class Program:
    def __init__(self, path, root):
        self.path, self.root = os.path.abspath(path), os.path.abspath(root)

    def run(self, args, text=None):
        """(exit code, JSON or None, what it said)"""
        env = dict(os.environ, LC_ALL="C", NO_COLOR="1")
        p = subprocess.run([self.path, *args], cwd=self.root, env=env, input=text and text.encode(),
                           capture_output=True, timeout=120)
        out = p.stdout.decode(errors="replace")
        return p.returncode, json.loads(out) if out.startswith(("{", "[")) else None, p.stderr.decode(errors="replace")


class Case:
    def __init__(self, slug, status, rules, text):
        self.slug, self.status, self.rules, self.text = slug, status, set(rules.split(",")), text
        head = dict(re.findall(r"^# (class|faulty|fixed|measure|scale|trend|gain|guard|options): *(.+?) *$", text, re.M))
        self.cls = head.get("class", "")
        self.measure, self.scale = head.get("measure", "").split(), head.get("scale", "").split()
        self.trend = [float(w) for w in head.get("trend", "").split()]
        self.gain = float(head.get("gain", 0))
        self.guard = head.get("guard", "").split()
        self.run_options = head.get("options", "").split()
        self.options = {}
        for which in ("faulty", "fixed"):
            kernel = re.fullmatch(r"kernel=(\S+)", head.get(which, ""))
            self.options[which] = ["--kernel", kernel.group(1)] if kernel else \
                ["--bug", slug] if which == "faulty" else []

    def head_problems(self):
        if self.cls not in CLASSES:
            yield "the head lacks '# class: ' and one of " + ", ".join(CLASSES)
        if self.cls == "hold-time" and not (self.measure and len(self.scale) == 2 and (self.trend or self.gain)):
            yield "hold-time needs measure, scale, and trend or gain"


def figure(doc, measure):
    """max of the measured summary, 0 if it did not happen"""
    where, what, kind, key = measure
    names = {"locks": ("class", "mode"), "ops": ("op", "actor_kind")}[where]
    return max([row[key]["max"] for row in doc[where] if [row[n] for n in names] == [what, kind]], default=0)


def run(prog, case, which, *extra, text=None):
    code, doc, err = prog.run(["run", "--json", "-", *case.run_options, *case.options[which], *extra, "-"], text or case.text)
    found = {f["rule"]: f["message"] for f in doc["findings"]} if doc else {}
    return code, doc, found, err


def check_faulty(prog, case):
    code, _, found, err = run(prog, case, "faulty")
    want = set() if case.status == "T" else case.rules
    problems = [] if set(found) == want else [f"found {found}, want {sorted(want)}"]
    return problems + ([] if code == (1 if want else 0) else [f"exit {code} {err}"])


def check_fixed(prog, case, order):
    code, doc, found, err = run(prog, case, "fixed")
    for edge in doc["lock_order"] if doc else ():
        order.setdefault(edge["held"], {}).setdefault(edge["taken"], case.slug)
    problems = [f"exit {code}: {found} {err}"] if code or found else []
    if case.guard and doc:
        op, kind, n = case.guard
        got = sum(o["errors"] for o in doc["ops"] if (o["op"], o["actor_kind"]) == (op, kind))
        problems += [] if got == int(n) else [f"{got} of {op} fail, want {n}"]
    for seed in SEEDS if case.cls != "hold-time" else ():
        code, _, found, err = run(prog, case, "fixed", "--sched", "random", "--seed", str(seed))
        if code or found:
            problems.append(f"random order, seed {seed}: exit {code}: {found} {err}")
    if case.cls != "hold-time":
        code, doc, err = prog.run(["check", "-q", "--schedules", str(SCHEDULES), "--time", TIME, "--json", "-",
                                   *case.options["fixed"], "-"],
                                  case.text)
        problems += [f"explored: {f['rule']}: {f['message']}" for f in doc["findings"]] if doc else [err]
    return problems


def trend_figures(prog, case):
    """({(variant, size): measure}, problems)"""
    small, large = case.scale
    if not re.search(rf"\b{small}\b", re.sub(r"(?m)^#.*", "", case.text)):
        return {}, [f"the trace has no {small} to scale"]
    big = re.sub(rf"(?m)^(?!#)(.*)$", lambda m: re.sub(rf"\b{small}\b", large, m.group(0)), case.text)
    got = {}
    for which in ("faulty", "fixed"):
        for size, text in (("N", case.text), ("2N", big)):
            _, doc, _, err = run(prog, case, which, text=text)
            if not doc:
                return {}, [err]
            got[which, size] = figure(doc, case.measure)
    problems = [] if all(got.values()) else ["nothing was measured"]
    for which, i in (("faulty", 0), ("fixed", 1)) if case.trend and not problems else ():
        ratio = got[which, "2N"] / got[which, "N"]
        if (ratio < case.trend[0]) if i == 0 else (ratio > case.trend[1]):
            problems.append(f"{which}: {ratio:.2f} times as long at 2N, want {'>=' if i == 0 else '<='} {case.trend[i]}")
    if case.gain and not problems and got["faulty", "2N"] < case.gain * got["fixed", "2N"]:
        problems.append(f"the fixed variant is not {case.gain} times faster")
    return got, problems


def check_trend(prog, case):
    got, problems = trend_figures(prog, case)
    print("# " + ", ".join(f"{w} {s}: {v / 1000:.1f} us" for (w, s), v in got.items()))
    return problems


def read_list(path):
    """rows of LIST: slug, status, class, reason"""
    rows = {}
    for line in open(path, encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            slug, status, cls, reason = line.split(None, 3)
            rows[slug] = (status, cls, reason.strip())
    return rows


def load(tap, prog, only):
    directory = os.path.join(prog.root, "traces", "races")
    rows = [r for r in prog.run(["list", "bugs", "--json"])[1] if r["status"] != "plant"]
    listed = read_list(os.path.join(directory, "LIST"))
    have = {os.path.basename(p)[:-4] for p in glob.glob(os.path.join(directory, "*.gms"))}
    slugs = {r["slug"] for r in rows}
    problems = [f"{s} has no trace and is not in LIST" for s in sorted(slugs - have - set(listed))]
    problems += [f"{s}.gms has no row in model/bugs.h" for s in sorted(have - slugs)]
    problems += [f"{s} is in LIST and has a trace" for s in sorted(set(listed) & have)]
    problems += [f"{s}: status {r[0]}, class {r[1]}" for s, r in listed.items() if r[0] not in STATUS or r[1] not in CLASSES]
    problems += [] if len(rows) == len(slugs) else ["a slug is there twice"]
    tap.result("every slug has a trace, every trace has a slug", problems)
    cases = [Case(r["slug"], r["status"], r["rule"], open(os.path.join(directory, r["slug"] + ".gms")).read())
             for r in rows if r["slug"] in have and (not only or r["slug"] in only)]
    return cases, listed


def check_order(order):
    """Each fixed run has no inversion; neither may all of them together."""
    seen, path = set(), []

    def visit(lock):
        if lock in path:
            ring = path[path.index(lock):] + [lock]
            return [f"{a} -> {b} in {order[a][b]}" for a, b in zip(ring, ring[1:])]
        if lock in seen:
            return []
        seen.add(lock)
        path.append(lock)
        found = next((r for r in map(visit, order.get(lock, ())) if r), [])
        path.pop()
        return found
    return next((r for r in map(visit, sorted(order)) if r), [])


def check(tap, prog, case, order):
    ok = tap.result(f"{case.slug}: head", list(case.head_problems()))
    if not ok:
        return False
    what = "stays silent" if case.status == "T" else "is found as " + ",".join(sorted(case.rules))
    ok &= tap.result(f"{case.slug}: faulty {what}", check_faulty(prog, case))
    ok &= tap.result(f"{case.slug}: fixed is silent", check_fixed(prog, case, order))
    if case.cls == "hold-time":
        ok &= tap.result(f"{case.slug}: trend", check_trend(prog, case))
    return ok


def score(shown, listed):
    """A case with several variants, SLUG and SLUG.WHAT, counts once, when all of them are shown."""
    groups = {}
    for (slug, status, cls), ok in shown.items():
        cases = groups.setdefault((status, cls), {})
        cases[slug.split(".")[0]] = cases.get(slug.split(".")[0], True) and ok
    for slug, (status, cls, _) in listed.items():
        groups.setdefault((status, cls), {}).setdefault(slug, False)
    units = {s for s, (_, _, reason) in listed.items() if reason.startswith("unit:")}
    print(f"# {'status':24}{'class':16}shown / total")
    for status in STATUS:
        for cls in CLASSES:
            cases = groups.get((status, cls))
            if cases:
                label = f"{status} {STATUS[status]}"
                more = len(units & set(cases))
                print(f"# {label:24}{cls:16}{sum(cases.values())} / {len(cases)}" +
                      (f", {more} more in unit tests" if more else ""))
    for slug, (status, cls, reason) in sorted(listed.items()):
        print(f"# no trace: {slug} ({status}): {reason}")


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 64
    tap, prog = Tap(), Program(sys.argv[1], sys.argv[2])
    cases, listed = load(tap, prog, set(sys.argv[3:]))
    order = {}
    shown = {(c.slug, c.status, c.cls): check(tap, prog, c, order) for c in cases}
    planted = check_order({"a": {"b": "1"}, "b": {"c": "2"}, "c": {"a": "3"}})
    tap.result("an inversion across runs would be seen", [] if len(planted) == 3 else [planted])
    tap.result(f"{sum(map(len, order.values()))} orders of two locks, all one way round", check_order(order))
    score(shown, listed)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
