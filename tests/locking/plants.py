#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a strategy must not forget: 'check' finds the planted omission, and nothing in the twin, as TAP.

usage: plants.py GMEMSIM SOURCE_ROOT

plants/SLUG.gms is explored with --bug SLUG and without; its head says '# rule: RULE'.
"""
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap

SCHEDULES = "400"


def check(gmemsim, path, *options):
    args = [gmemsim, "check", "--schedules", SCHEDULES, "--json", "-", *options, path]
    p = subprocess.run(args, capture_output=True, timeout=120, env=dict(os.environ, LC_ALL="C"))
    try:
        doc = json.loads(p.stdout)
    except ValueError:
        return None, p.stderr.decode(errors="replace")
    return doc, ""


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 64
    gmemsim, root = map(os.path.abspath, sys.argv[1:3])
    tap = Tap()
    rows = json.loads(subprocess.run([gmemsim, "list", "bugs", "--json"], capture_output=True).stdout)
    rules = {r["slug"]: r["rule"] for r in rows}
    paths = sorted(glob.glob(os.path.join(root, "tests/locking/plants/*.gms")))
    tap.result("there are plants", [] if len(paths) >= 4 else ["no"])
    for path in paths:
        slug = os.path.basename(path)[:-4]
        rule = re.search(r"^# rule: (\S+)$", open(path, encoding="utf-8").read(), re.M).group(1)
        tap.result(f"{slug}: its row names {rule}", [] if rules.get(slug) == rule else [str(rules.get(slug))])
        doc, err = check(gmemsim, path, "--bug", slug)
        found = [f["rule"] for f in doc["findings"]] if doc else []
        tap.result(f"{slug}: found", [] if rule in found else [f"found {found} {err}"])
        doc, err = check(gmemsim, path)
        tap.result(f"{slug}: the twin is silent", [] if doc and not doc["findings"] else [f"{doc} {err}"])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
