#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Progress lines, as TAP: on a terminal, and nowhere else.

usage: progress.py GMEMSIM SOURCE_ROOT

The program's standard error is a pseudo terminal of a known width, its standard output a pipe.
"""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap

TRACE = """gmemsim trace 1
title = "long enough to be watched"
[design]
kernel = inplace
[vm vm0]
memory = 1M
vcpus = 3
[task vcpu0..vcpu2]
repeat 4 {
touch shared 0 64K write
touch shared 64K 64K read
}
[task vmm]
repeat 4 {
convert private 0 len=16K expect=ok|EAGAIN
convert shared 0 len=16K
}
"""


def on_terminal(args, cwd, columns):
    """(exit code, standard output, what the terminal was sent)"""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = dict(os.environ, LC_ALL="C", NO_COLOR="1", TERM="dumb")
    with tempfile.TemporaryFile() as out:
        p = subprocess.Popen(args, cwd=cwd, env=env, stdout=out, stderr=slave, stdin=subprocess.DEVNULL)
        os.close(slave)
        got = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            got += part
        code = p.wait(timeout=60)
        os.close(master)
        out.seek(0)
        return code, out.read().decode(), got.decode()


def shown(text):
    """What stands on the line at a time, without what goes on to the next one."""
    return [part for line in text.split("\n") for part in line.rstrip("\r").split("\r") if part.strip()]


def problems_of(text, columns, wanted):
    lines = [l for l in shown(text) if not l.startswith("gmemsim ")]
    problems = [f"no line has {w}" for w in wanted if not any(re.search(w, l) for l in lines)]
    problems += [f"{len(l)} of {columns} columns: {l}" for l in lines if len(l) >= columns]
    problems += ["an escape sequence"] if "\033" in text else []
    return problems + ([text] if problems else [])


def gone(text):
    """Once the program talks again, nothing of the progress line is left."""
    screen = ""
    for part in re.split(r"(\r\n|\r|\n)", text):
        if part in ("\r\n", "\n"):
            screen = ""
        elif part != "\r":
            screen = part + screen[len(part):]
    return not screen.strip()


def check(tap, prog, d):
    args = [prog, "check", "--time", "1200ms", "watched.gms"]
    code, out, err = on_terminal(args, d, 100)
    wanted = [r"\d+ schedules, \d+/s", r"depth \d+", r"\d+ different", r"\d+ findings?", r"\d+ s left", r"watched\.gms"]
    problems = problems_of(err, 100, wanted) + ([] if gone(err) else ["the line stays", err])
    tap.result("check: rate, depth, coverage and time left", problems + ([] if code == 0 else [code, out]))
    tap.result("check: not on standard output", [] if "\r" not in out and "Explored" in out and " left" not in out else [out])
    code, out, err = on_terminal([*args[:2], "--jobs", "2", *args[2:]], d, 40)
    tap.result("check: a line ends where the terminal does; of two workers, too", problems_of(err, 40, [r"\d+ schedules"]))
    code, out, err = on_terminal([*args[:2], "-q", *args[2:]], d, 100)
    tap.result("check -q: no progress", [] if not err and not out else [out, err])
    p = subprocess.run(args, cwd=d, capture_output=True, text=True, timeout=60)
    tap.result("check: none without a terminal", [] if not p.stderr else [p.stderr])


def shrink(tap, prog, d):
    subprocess.run([prog, "check", "-q", "--bug", "plant-skip-recheck", "--first", "--schedules", "20000", "--save",
                    "found", "watched.gms"], cwd=d, capture_output=True, timeout=120)
    found = sorted(os.listdir(os.path.join(d, "found"))) if os.path.isdir(os.path.join(d, "found")) else []
    if not found:
        tap.result("shrink: something to make small", ["nothing was found"])
        return
    # one that takes longer than it may
    args = [prog, "shrink", "--time", "700ms", os.path.join("found", found[0]), "-o", "small.gms"]
    code, out, err = on_terminal(args, d, 120)
    ended = "nothing more can go" in err
    wanted = [] if ended else [r"\d+ tasks?, \d+ operations?, \d+ schedule entr", r"\d+ runs, \d+/s", r" s left"]
    problems = problems_of(err, 120, wanted) + ([] if gone(err) else ["the line stays", err])
    said = ended or "ended early: it is not known whether more could go" in err
    tap.result("shrink: how small, how fast, how long", problems + ([] if code == 0 and said and not out else [code, out, err]))
    p = subprocess.run([prog, "replay", "-q", "small.gms"], cwd=d, capture_output=True, text=True, timeout=60)
    tap.result("shrink: what there was when the time was over repeats",
               [] if p.returncode == 0 and p.stdout.startswith("identical") else [p.stdout, p.stderr])
    p = subprocess.run(args, cwd=d, capture_output=True, text=True, timeout=60)
    tap.result("shrink: none without a terminal", [] if "\r" not in p.stderr and " runs, " not in p.stderr else [p.stderr])


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 64
    tap = Tap()
    prog = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "watched.gms"), "w", encoding="utf-8") as f:
            f.write(TRACE)
        check(tap, prog, d)
        shrink(tap, prog, d)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
