#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What unmodified kernel profiles do wrong stays found, and what the model did wrong stays fixed, as TAP.

usage: findings.py GMEMSIM SOURCE_ROOT [--renew] [NUMBER...]

traces/findings/NNNN-*.gms each have a page docs/findings/NNNN-*.md.  The trace is replayed, and its table in
the page must be what 'replay --explain' says.  A model that has changed may run it another way: then a
search has to find the same rule again, and the result says so, but does not fail; --renew writes trace and
table anew.  On the kernels of its line '# free: ...' a search finds nothing of the kind; where those need
other operations, NNNN-*.free.gms has them.  With '# whole: yes' no operation is one too many: --renew keeps all.

traces/regress/*.gms show mistakes of the model that are mended: a search stays silent.
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

SCHEDULES = 1000
FENCE = re.compile(r"(<!-- explain -->\n```\n).*?(```\n)", re.S)


class Program:
    def __init__(self, path, root):
        self.path, self.root = os.path.abspath(path), os.path.abspath(root)

    def __call__(self, *args):
        env = dict(os.environ, LC_ALL="C", NO_COLOR="1")
        p = subprocess.run([self.path, *args], cwd=self.root, env=env, capture_output=True, timeout=300)
        return p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")

    def check(self, path, *args):
        """(JSON, what it said)"""
        code, out, err = self("check", "--quiet", "--schedules", str(SCHEDULES), "--json", "-", *args, path)
        return (json.loads(out), err) if code in (0, 1) else (None, f"exit {code}: {err}")


class Finding:
    def __init__(self, root, path):
        self.path, self.name = os.path.relpath(path, root), os.path.basename(path)[:-4]
        self.text = open(path, encoding="utf-8").read()
        self.rules = re.search(r"^expect = (.+)$", self.text, re.M).group(1).split(", ")
        self.free = re.search(r"^# free: (.*)$", self.text, re.M).group(1).split()
        self.whole = "\n# whole: yes\n" in self.text
        self.page = os.path.join(root, "docs/findings", self.name + ".md")
        self.twin = self.path[:-4] + ".free.gms"


def rules(doc):
    return {f["rule"]: f["message"] for f in doc["findings"]}


def table(prog, f):
    """(is the run the recorded one, the table)"""
    code, out, err = prog("replay", "--explain", f.path)
    return code == 0 and out.startswith("identical"), re.sub(r"^identical: .*\n\n?", "", out)


def check_found(prog, f, same):
    if same:
        return []
    doc, err = prog.check(f.path)
    if not doc or not set(f.rules) <= set(rules(doc)):
        return [f"{f.rules} are not found any more: {rules(doc) if doc else err}"]
    print(f"# {f.name}: found, but not as recorded: tests/findings/findings.py ... --renew {f.name[:4]}")
    return []


def check_page(f, same, text):
    if not os.path.exists(f.page):
        return ["no page"]
    m = FENCE.search(open(f.page, encoding="utf-8").read())
    if not m:
        return ["the page has no table"]
    if same and m.group(0) != m.group(1) + text + m.group(2):
        return [f"the table is old: tests/findings/findings.py ... --renew {f.name[:4]}"]
    return []


def check_free(prog, root, f):
    path = f.twin if os.path.exists(os.path.join(root, f.twin)) else f.path
    for kernel in f.free if f.free != ["none"] else ():
        doc, err = prog.check(path, "--kernel", kernel)
        found = rules(doc) if doc else {"check": err}
        if set(f.rules) & set(found) or "expect" in found or not doc:
            yield f"{kernel}: {found}"


def renew(prog, root, f):
    with tempfile.TemporaryDirectory() as tmp:
        prog.check(f.path, "--save", tmp, *(["--explore", "dfs"] if f.whole else []))
        small = []
        for path in glob.glob(os.path.join(tmp, f"*.{f.rules[0]}-*.gms")):
            code, out, err = prog("fmt" if f.whole else "shrink", path)
            if code == 0:
                small.append(out)
    if not small:
        return ["not found"]
    best = min(small, key=lambda s: (s.count("\n"), s))
    best = re.sub(r"^expect = .*$", f"expect = {', '.join(f.rules)}", best, count=1, flags=re.M)
    open(os.path.join(root, f.path), "w", encoding="utf-8").write(best)
    same, text = table(prog, f)
    if not same:
        return ["the result cannot be replayed: " + text]
    if os.path.exists(f.page):
        page = open(f.page, encoding="utf-8").read()
        page = FENCE.sub(lambda m: m.group(1) + text + m.group(2), page)
        open(f.page, "w", encoding="utf-8").write(page)
    return []


def check_regress(prog, root, path):
    doc, err = prog.check(os.path.relpath(path, root))
    found = rules(doc) if doc else {"check": err}
    return [f"{k}: {v}" for k, v in found.items()]


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 64
    tap, prog, root = Tap(), Program(sys.argv[1], sys.argv[2]), sys.argv[2]
    only = [a for a in sys.argv[3:] if a != "--renew"]
    paths = sorted(glob.glob(os.path.join(root, "traces/findings/*.gms")))
    found = [Finding(root, p) for p in paths if not p.endswith(".free.gms")]
    for f in found if not only else [f for f in found if f.name[:4] in only]:
        if "--renew" in sys.argv:
            tap.result(f"{f.name}: renewed", renew(prog, root, f))
            continue
        same, text = table(prog, f)
        tap.result(f"{f.name}: is found as {', '.join(f.rules)}", check_found(prog, f, same))
        tap.result(f"{f.name}: has a page", check_page(f, same, text))
        tap.result(f"{f.name}: free: {' '.join(f.free)}", list(check_free(prog, root, f)))
    for path in sorted(glob.glob(os.path.join(root, "traces/regress/*.gms"))) if not only else ():
        tap.result(f"{os.path.basename(path)}: stays silent", check_regress(prog, root, path))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
