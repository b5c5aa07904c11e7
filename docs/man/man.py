#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Manual pages: prose from docs/man/NAME.scd, options from the program's own --help.

usage: man.py GMEMSIM DIRECTORY [SUBCOMMAND]

Prints a page in scdoc's language.  The text of a page is everything between SYNOPSIS and OPTIONS; a
subcommand without one has a page with its options only.
"""
import os
import re
import subprocess
import sys

EXIT = """# EXIT STATUS

*0*
	as expected
*1*
	a finding, or a result that was not expected
*4*
	skipped: could not be tried here
*64*
	the command line is wrong
*65*
	an input file is wrong; the message names file, line and column
*70*
	internal error
"""


def escape(text):
    return re.sub(r"([\\*_])", r"\\\1", text)


def ask(program, *args):
    env = dict(os.environ, LC_ALL="C", COLUMNS="100")
    return subprocess.run([program, *args], env=env, capture_output=True, text=True, check=True).stdout


def subcommands(program):
    """[(name, what it does)]"""
    return re.findall(r"^  ([a-z-]+) +(.+)$", ask(program, "--help"), re.M)


def parse_help(text):
    """arguments, summary, [(short or None, long, argument or None, text)]"""
    head, _, options = text.partition("Application Options:\n")
    arguments = re.search(r"\[OPTION\?\] *(.*)", head).group(1)
    summary = head.split("\n\n")[1].strip()
    rows = []
    for line in options.split("\n"):
        m = re.match(r"^  (?:-(\w), )?--([\w-]+)(?:=(\S+))? *(.*)$", line)
        if m:
            rows.append(list(m.groups()))
        elif line.strip() and rows:
            rows[-1][3] = (rows[-1][3] + " " + line.strip()).strip()
    return arguments, summary, rows


def prose(directory, name):
    path = os.path.join(directory, name + ".scd")
    return open(path, encoding="utf-8").read().strip() + "\n" if os.path.exists(path) else ""


def options(rows):
    lines = []
    for short, long, arg, text in rows:
        value = f"=_{escape(arg)}_" if arg else ""
        lines += [(f"*-{short}*, " if short else "") + f"*--{long}*{value}", "\t" + escape(text)]
    return "# OPTIONS\n\n" + "\n".join(lines) + "\n"


def page(program, directory, name):
    arguments, summary, rows = parse_help(ask(program, name, "--help"))
    others = [n for n, _ in subcommands(program) if n != name]
    return "\n".join([
        f"gmemsim-{name}(1)\n",
        f"# NAME\n\ngmemsim-{name} - {escape(summary)}\n",
        f"# SYNOPSIS\n\n*gmemsim {name}* [options] {escape(arguments)}\n",
        prose(directory, name), options(rows), EXIT,
        "# SEE ALSO\n\n*gmemsim*(1), " + ", ".join(f"*gmemsim-{n}*(1)" for n in others)])


def main_page(program, directory):
    rows = "\n".join(f"*gmemsim-{n}*(1)\n\t{escape(what)}" for n, what in subcommands(program))
    return "\n".join(["gmemsim(1)\n", "# NAME\n\ngmemsim - simulate guest\\_memfd and KVM memory management\n",
                      "# SYNOPSIS\n\n*gmemsim* _SUBCOMMAND_ [options] ARGUMENT...\n",
                      prose(directory, "gmemsim"), "# SUBCOMMANDS\n\n" + rows + "\n", EXIT])


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 64
    program, directory = os.path.abspath(sys.argv[1]), sys.argv[2]
    print(page(program, directory, sys.argv[3]) if len(sys.argv) == 4 else main_page(program, directory))
    return 0


if __name__ == "__main__":
    sys.exit(main())
