#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""page.py GMEMSIM ROOT: the HTML report says what the JSON report says, and needs nothing else."""
import html.parser
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tap import Tap

UNITS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


class Page(html.parser.HTMLParser):
    """Tables by id as rows of (text, attributes); data of scripts by id; every attribute."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.scripts, self.attrs, self.tags = {}, {}, [], []
        self.rows = self.cell = self.script = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.attrs += attrs.items()
        self.tags.append(tag)
        if tag == "table":
            self.rows = self.tables.setdefault(attrs.get("id"), [])
        elif tag == "tr" and self.rows is not None:
            self.rows.append([])
        elif tag in ("td", "th") and self.rows is not None:
            self.cell = ["", attrs]
            self.rows[-1].append(self.cell)
        elif tag == "script":
            self.script = attrs.get("id", "")

    def handle_endtag(self, tag):
        if tag == "script":
            self.script = None
        elif tag in ("td", "th"):
            self.cell = None
        elif tag == "table":
            self.rows = None

    def handle_data(self, data):
        if self.script is not None:
            self.scripts[self.script] = self.scripts.get(self.script, "") + data
        elif self.cell is not None:
            self.cell[0] += data


def run(gmemsim, trace, tmp):
    page, report = tmp / "r.html", tmp / "r.json"
    subprocess.run([gmemsim, "run", "-q", "--html", page, "--json", report, trace], check=False)
    return page.read_text(), json.loads(report.read_text())


def exact(cell):
    return int(cell[1].get("data-ns", cell[1].get("data-n", "-1")))


def shown_is_exact(cell):
    """The text is the value cut to three digits."""
    number, unit = cell[0].split()
    scale = UNITS[unit]
    digit = 10 ** (len(number.split(".")[1]) if "." in number else 0)
    return abs(float(number) * scale - exact(cell)) <= scale / digit


def tables_are_the_report(page, report):
    body = page.tables["locks"][1:]
    assert len(body) == len(report["locks"]) > 0
    for row, lock in zip(body, report["locks"]):
        want = [lock["acquisitions"], lock["contentions"]]
        for key in "wait_ns", "hold_ns":
            want += [lock[key][k] for k in ("p50", "p99", "max", "total")]
        assert [c[0] for c in row[:2]] == [lock["class"], lock["mode"]], row
        assert [exact(c) for c in row[2:]] == want, (row, want)
    for row, op in zip(page.tables["ops"][1:], report["ops"], strict=True):
        want = [op["count"], op["errors"]] + [op["latency_ns"][k] for k in ("p50", "p99", "max", "total")]
        assert row[0][0] == op["op"] and [exact(c) for c in row[2:]] == want, (row, want)
    stalls = sorted(report["stalls"], key=lambda s: -s["max_ns"])
    for row, stall in zip(page.tables.get("stalls", [])[1:], stalls):
        assert exact(row[1]) == stall["max_ns"], (row, stall)
    timed = [c for t in page.tables.values() for r in t for c in r if "data-ns" in c[1]]
    assert timed and all(shown_is_exact(c) for c in timed)


def asks_for_nothing(text, page):
    assert not re.search(r"https?://|url\(|@import|\bfetch\(|XMLHttpRequest|WebSocket", text)
    assert not {"link", "img", "iframe", "object", "embed"} & set(page.tags)
    assert not {"src", "href", "action", "srcset"} & {a for a, _ in page.attrs}


def main():
    gmemsim, root = sys.argv[1], pathlib.Path(sys.argv[2])
    tap = Tap()

    def ok(name, check):
        try:
            check()
            tap.result(name, [])
        except AssertionError as e:
            tap.result(name, [e])

    with tempfile.TemporaryDirectory() as name:
        tmp = pathlib.Path(name)
        for trace in ("examples/13-deadlock.gms", "lockups/one-gib-made-shared-4k.gms"):
            text, report = run(gmemsim, root / "traces" / trace, tmp)
            page = Page(text)
            ok(f"{trace}: the page's tables", lambda: tables_are_the_report(page, report))
            ok(f"{trace}: no network", lambda: asks_for_nothing(text, page))

            def same_report():
                inside = json.loads(page.scripts["report"])
                assert inside == report
            ok(f"{trace}: the report inside", same_report)

            def same_again():
                again = run(gmemsim, root / "traces" / trace, tmp)[0]
                wall = re.compile(r'"wall_ns": \d+')
                assert wall.sub("", again) == wall.sub("", text)
            ok(f"{trace}: the same bytes again", same_again)

        evil = tmp / "evil.gms"
        evil.write_text((root / "traces/examples/13-deadlock.gms").read_text().replace(
            'title = "', 'title = "</script><img src=x onerror=alert(1)>&', 1))
        text = run(gmemsim, evil, tmp)[0]

        def escaped():
            assert "&lt;/script&gt;&lt;img src=x" in text
            assert "img" not in Page(text).tags
        ok("a title is text", escaped)

        def broken_is_seen():
            bad = re.sub(r'data-ns="(\d+)"', lambda m: f'data-ns="{int(m[1]) + 1}"', text)
            try:
                tables_are_the_report(Page(bad), json.loads((tmp / "r.json").read_text()))
            except AssertionError:
                return
            raise AssertionError("a wrong figure passes")
        ok("a wrong figure would be noticed", broken_is_seen)
    return tap.end()


sys.exit(main())
