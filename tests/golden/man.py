#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The manual pages against the program, as TAP.

usage: man.py GMEMSIM SOURCE_ROOT

Every option of --help is in its page and no other, the main page has every subcommand, and scdoc
reads them, where it is installed.  A subcommand that has no text in docs/man is named.
"""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap


def roff(source):
    """What scdoc makes of a page, and what it says."""
    if not shutil.which("scdoc"):
        return None, ""
    p = subprocess.run(["scdoc"], input=source, capture_output=True, text=True, timeout=20)
    return p.stdout, p.stderr


def options_of_help(prog, name):
    out = subprocess.run([prog, name, "--help"], capture_output=True, text=True, timeout=20).stdout
    return set(re.findall(r"--([\w-]+)", out.partition("Application Options:")[2]))


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 64
    tap = Tap()
    prog, root = os.path.abspath(sys.argv[1]), sys.argv[2]
    man = os.path.join(root, "docs", "man")
    pages = re.search(r"man_pages = \[(.*)\]", open(os.path.join(man, "meson.build"), encoding="utf-8").read()).group(1)
    pages = re.findall(r"'(\w+)'", pages)
    helps = subprocess.run([prog, "--help"], capture_output=True, text=True, timeout=20).stdout
    names = re.findall(r"^  ([a-z-]+) +\S", helps, re.M)
    tap.result("pages are of subcommands that there are", [n for n in pages if n not in names])
    for name in ["", *names]:
        source = subprocess.run([os.path.join(man, "man.py"), prog, man, *([name] if name else [])],
                                capture_output=True, text=True, timeout=20).stdout
        said = {w.replace("\\", "") for w in re.findall(r"^(?:\*-\w\*, )?\*--([^*]+)\*", source, re.M)}
        problems = [f"not the same options: {said ^ options_of_help(prog, name)}"] if name and said != options_of_help(prog, name) else []
        if not name:
            problems += [f"{n} is not in it" for n in names if f"*gmemsim-{n}*(1)" not in source]
        text, errors = roff(source)
        problems += [errors] if errors else []
        problems += ["scdoc has made nothing of it"] if text == "" else []
        if name not in ["", *pages] or "# DESCRIPTION" not in source:
            print(f"# gmemsim {name} has no docs/man/{name}.scd, or no place in docs/man/meson.build")
        tap.result(f"page of gmemsim {name}".strip(), problems)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
