#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What was published about lockups, beside what traces/lockups makes of it, as TAP.

usage: lockups.py GMEMSIM SOURCE_ROOT [--renew] [--whole] [NAME...]

A trace with '# report:' in its head is run, in each of its variants, and must come to what '# seen:'
says; docs/LOCKUPS.md has a row for each.  --renew writes both anew.  The head:
  # report:     what happened to whom
  # published:  the figure
  # source:     where
  # input:      which costs or settings are made from that figure, or assumed
  # predicted:  what is not
  # seen:       written by this script
  # verdict:    what to think of it
  # measure: LABEL = WHAT [* N | / N]     WHAT: ops OP KIND (the longest), hold CLASS, stall TASK, duration
  # variant: NAME [OPTION...] [; OLD -> NEW]...    one run; without any, the trace as it stands
  # scale: OLD -> NEW; ...    the test runs it that much smaller, with the same result; --whole as it stands
A line that begins with '#   ' continues the one before.
"""
import glob
import json
import os
import re
import subprocess
import sys
import textwrap

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap

KEYS = ("report", "published", "source", "input", "predicted", "seen", "verdict")
TABLE = re.compile(r"(<!-- table -->\n).*?(<!-- end -->\n)", re.S)
WHOLE = "--whole"


def head(text):
    """{key: [value...]} of the comments"""
    lines = re.sub(r"\n#   +", " ", text)
    got = {}
    for key, value in re.findall(r"^# ([a-z]+): *(.*?) *$", lines, re.M):
        got.setdefault(key, []).append(value)
    return got


def replaced(text, pairs):
    """The trace without its comments, with each OLD in it as NEW."""
    body = re.sub(r"(?m)^#.*\n", "", text)
    for old, new in pairs:
        if not re.search(rf"(?<![\w.]){re.escape(old)}(?![\w.])", body):
            raise ValueError(f"the trace has no '{old}'")
        body = re.sub(rf"(?<![\w.]){re.escape(old)}(?![\w.])", new, body)
    return body


def pairs(words):
    return [tuple(w.strip() for w in p.split("->")) for p in words.split(";") if p.strip()]


def figure(doc, what):
    words = what.split()
    factor = 1.0
    if len(words) > 2 and words[-2] in "*/":
        factor = float(words[-1]) if words[-2] == "*" else 1 / float(words[-1])
        words = words[:-2]
    kind, args = words[0], words[1:]
    if kind == "ops":
        ns = [o["latency_ns"]["max"] for o in doc["ops"] if [o["op"], o["actor_kind"]] == args]
    elif kind == "hold":
        ns = [lock["hold_ns"]["max"] for lock in doc["locks"] if lock["class"] == args[0]]
    elif kind == "stall":
        ns = [s["max_ns"] for s in doc["stalls"] if s["task"] == args[0]]
    elif kind == "duration":
        ns = [doc["sim_ns"]]
    else:
        raise ValueError(f"unknown measure '{what}'")
    return max(ns, default=0) * factor


def readable(ns):
    for unit, one in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= one:
            return f"{ns / one:.3g} {unit}" if ns < 1000 * one else f"{ns / one:.0f} {unit}"
    return f"{ns:.0f} ns"


def run(gmemsim, root, h, text, options, changes, whole):
    scale = [] if whole else [p for s in h.get("scale", ()) for p in pairs(s)]
    body = replaced(text, scale + changes)
    p = subprocess.run([gmemsim, "run", "-q", "--no-checks", "--json", "-", *options, "-"], cwd=root, timeout=600,
                       input=body.encode(), capture_output=True, check=False)
    if not p.stdout.startswith(b"{"):
        raise ValueError(p.stderr.decode(errors="replace"))
    doc = json.loads(p.stdout)
    wrong = {f["rule"]: f["message"] for f in doc["findings"] if f["rule"] == "expect"}
    if wrong:
        raise ValueError(wrong["expect"])
    found = sorted({f["rule"] for f in doc["findings"]})
    return [f"{m.split('=')[0].strip()} {readable(figure(doc, m.split('=')[1]))}" for m in h.get("measure", ())] + \
        [" ".join(found) if found else "silent"]


def seen(gmemsim, root, text, whole):
    h, all_runs = head(text), []
    for v in h.get("variant") or [""]:
        words, _, changes = v.partition(";")
        name, *options = words.split() or [""]
        got = ", ".join(run(gmemsim, root, h, text, options, pairs(changes), whole))
        all_runs.append(f"{name}: {got}" if name else got)
    return "; ".join(all_runs)


def row(name, h):
    report, published, got, verdict = (h[key][0].replace("|", "\\|") for key in ("report", "published", "seen", "verdict"))
    return f"| {report} | `{name}` | {published} | {got} | {verdict} |\n"


def main():
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    renew, whole = "--renew" in sys.argv, WHOLE in sys.argv
    gmemsim, root = os.path.abspath(args[0]), os.path.abspath(args[1])
    tap, rows = Tap(), []
    for path in sorted(glob.glob(os.path.join(root, "traces/lockups/*.gms"))):
        name, text = os.path.basename(path)[:-4], open(path, encoding="utf-8").read()
        h = head(text)
        if "report" not in h:
            continue
        problems = [f"the head lacks '# {key}:'" for key in KEYS if key not in h and not (renew and key == "seen")]
        if not problems and (not args[2:] or name in args[2:]):
            try:
                got = seen(gmemsim, root, text, whole)
                if renew and h.get("seen") != [got]:
                    text = re.sub(r"(?m)^# seen:.*\n(#   .*\n)*", "", text)
                    lines = textwrap.wrap(f"seen: {got}", 96, initial_indent="# ", subsequent_indent="#   ")
                    text = text.replace("\n# verdict:", "\n" + "\n".join(lines) + "\n# verdict:")
                    open(path, "w", encoding="utf-8").write(text)
                    h["seen"] = [got]
                problems = [] if h["seen"] == [got] else [f"seen: {got}", f"head: {h['seen'][0]}"]
            except ValueError as e:
                problems = [str(e)]
        tap.result(name, problems)
        if not problems:
            rows.append(row(name, h))
    doc = os.path.join(root, "docs/LOCKUPS.md")
    text = open(doc, encoding="utf-8").read()
    table = "| what happened | trace | published | seen | verdict |\n|---|---|---|---|---|\n" + "".join(rows)
    want = TABLE.sub(lambda m: m.group(1) + table + m.group(2), text)
    if renew:
        open(doc, "w", encoding="utf-8").write(want)
        text = want
    tap.result("the table in docs/LOCKUPS.md", [] if text == want else ["it is another one: --renew"])
    return tap.end()


sys.exit(main())
