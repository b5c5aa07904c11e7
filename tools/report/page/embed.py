#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""embed.py OUT IN...: each file as a string constant of C, so that a report needs no other file."""
import pathlib
import sys

MAX_LITERAL = 2000  # characters; longer ones are not portable


def literal(text):
    out = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '\t"' + out + '"'


def main():
    rows = []
    for path in map(pathlib.Path, sys.argv[2:]):
        name = path.name.replace(".", "_")
        rows.append(f"static const char *const {name}[] = {{")
        chunk = ""
        for line in path.read_text().splitlines(keepends=True):
            if len(chunk) + len(line) > MAX_LITERAL:
                rows.append(literal(chunk) + ",")
                chunk = ""
            chunk += line
        rows += [literal(chunk) + ",", "};"]
    pathlib.Path(sys.argv[1]).write_text("\n".join(rows) + "\n")


main()
