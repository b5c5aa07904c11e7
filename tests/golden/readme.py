#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""README.md's console blocks are real: each '$ command' prints exactly what stands below it.

usage: readme.py SOURCE_ROOT GMEMSIM        (GMEMSIM_BLESS=1 rewrites the README)
"""
import os
import re
import subprocess
import sys


def main():
    root, gmemsim = sys.argv[1], os.path.abspath(sys.argv[2])
    path = os.path.join(root, "README.md")
    text = open(path, encoding="utf-8").read()
    blocks = list(re.finditer(r"```console\n\$ ([^\n]*)\n(.*?)```", text, re.S))
    print(f"1..{len(blocks)}")
    bad, new, at = not blocks, [], 0
    for n, m in enumerate(blocks, 1):
        command = m.group(1).replace("build/gmemsim", gmemsim)
        run = subprocess.run(["sh", "-c", command], cwd=root, capture_output=True, text=True)
        same = run.stdout == m.group(2) and run.stdout != ""
        if not same and not os.environ.get("GMEMSIM_BLESS"):
            for line in (run.stdout + run.stderr).split("\n")[:12]:
                print(f"# {line}")
            bad = True
        print(f"{'ok' if same or os.environ.get('GMEMSIM_BLESS') else 'not ok'} {n} - {m.group(1)[:70]}")
        new += [text[at:m.start(2)], run.stdout]
        at = m.end(2)
    if os.environ.get("GMEMSIM_BLESS"):
        open(path, "w", encoding="utf-8").write("".join(new) + text[at:])
    return 1 if bad else 0


sys.exit(main())
