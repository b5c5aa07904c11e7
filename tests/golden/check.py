#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""gmemsim check, merge and replay of findings from outside, as TAP.

usage: check.py GMEMSIM SOURCE_ROOT

Reports against tests/golden/check-*.out, tables against explain-*.out (GMEMSIM_BLESS=1 accepts what is printed now), each format
through somebody else's parser; workers and shards against one process; findings saved and repeated.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap

ABBA = """gmemsim trace 1
title = "AB-BA <of> two & \\"guest\\" spinlocks"
[vm vm0]
memory = 2M
vcpus = 2
[task vcpu0]
lock a; lock b; unlock b; unlock a
[task vcpu1]
lock b; lock a; unlock a; unlock b
"""
SOUND = ABBA.replace("lock b; lock a; unlock a; unlock b", "lock a; lock b; unlock b; unlock a")
BOTH = ABBA + "[task vmm]\npunch 0 len=4K expect=EIO\n"
FAILS = """gmemsim trace 1
[machine]
fail-one-in = 5
[design]
kernel = inplace
[vm vm0]
memory = 4M
vcpus = 2
[task vmm]
punch rand(0,4M) len=4K
allocate 0 len=8K expect=ok
[task vcpu0]
touch shared rand(0,4M) 4K write expect=ok|EFAULT|ENOMEM
"""
BIG = """gmemsim trace 1
[design]
kernel = inplace
[vm vm0]
memory = 1M
vcpus = 3
[task vcpu0..vcpu1]
touch shared 0 16K write
run 1us
touch shared 8K 16K read
[task vcpu2]
touch shared 64K 16K write
repeat 2 {
run 1us
}
[task vmm]
access write 0 len=4K
convert private 0 len=32K
stat
convert shared 0 len=32K
"""
RACE = """gmemsim trace 1
[design]
kernel = inplace
[vm vm0]
memory = 1M
vcpus = 1
[task vcpu0]
touch shared 0 4K write
[task vmm]
convert private 0 len=4K
convert shared 0 len=4K
"""
STALE = """gmemsim trace 1
[design]
kernel = inplace
[vm vm0]
memory = 1M
vcpus = 1
[task vcpu0]
touch shared 0 4K write
repeat 6 { touch shared 0 4K read }
[task vmm]
convert private 0 len=4K
"""
FORMATS = {"text": [], "ktap": ["--format", "ktap"], "junit": ["--format", "junit"],
           "sarif": ["--format", "sarif"], "json": ["--json", "-"]}
RUN = ["--explore", "random", "--schedules", "200"]


class Program:
    def __init__(self, path, cwd):
        self.path, self.cwd = os.path.abspath(path), cwd

    def run(self, *args, stdin=None):
        env = dict(os.environ, LC_ALL="C", NO_COLOR="1")
        p = subprocess.run([self.path, *args], cwd=self.cwd, env=env, input=stdin, capture_output=True,
                           timeout=120, text=True)
        return p.returncode, p.stdout, p.stderr

    def write(self, name, text):
        with open(os.path.join(self.cwd, name), "w", encoding="utf-8") as f:
            f.write(text)

    def read(self, name):
        with open(os.path.join(self.cwd, name), encoding="utf-8") as f:
            return f.read()


def mask(text):
    """Wall-clock times are the one thing that may differ."""
    text = re.sub(r'("wall_ns": )\d+', r"\g<1>0", text)
    return re.sub(r'( time=")[\d.]+', r"\g<1>0", text)


# ---- parsers --------------------------------------------------------------------

def parse_ktap(text):
    """Results by name, and what is wrong: a reader of its own, from the kernel's ktap.rst."""
    lines = text.split("\n")
    plan, results, problems = None, {}, []
    if lines[0] != "KTAP version 1":
        problems.append(f"version line: {lines[0]}")
    for line in lines[1:]:
        test = re.fullmatch(r"(ok|not ok) (\d+) ([^#]*?)( # (SKIP|TODO|XFAIL|TIMEOUT|ERROR).*)?", line)
        if test:
            if int(test.group(2)) != len(results) + 1:
                problems.append(f"out of order: {line}")
            results[test.group(3)] = test.group(1) == "ok"
        elif re.fullmatch(r"1\.\.\d+", line):
            plan = int(line[3:])
        elif line and not line.startswith("#"):
            problems.append(f"neither a result nor a diagnostic: {line}")
    if plan != len(results):
        problems.append(f"plan {plan}, {len(results)} results")
    return results, problems


def check_sarif(doc):
    """What SARIF 2.1.0 requires of the objects that are there."""
    problems = []
    if doc.get("version") != "2.1.0" or "sarif" not in doc.get("$schema", ""):
        problems.append("no version 2.1.0")
    for run in doc["runs"]:
        rules = {r["id"] for r in run["tool"]["driver"]["rules"]}
        problems += [] if isinstance(run["tool"]["driver"]["name"], str) else ["driver without a name"]
        for r in run["results"]:
            place = r["locations"][0]["physicalLocation"]
            uri = place["artifactLocation"]["uri"]
            if r["ruleId"] not in rules:
                problems.append(f"{r['ruleId']} is not described")
            if r["level"] not in ("none", "note", "warning", "error") or not r["message"]["text"]:
                problems.append(f"level or message: {r}")
            if place["region"]["startLine"] < 1 or not re.fullmatch(r"[\w.~%/+,=@-]+", uri):
                problems.append(f"place: {place}")
            if any(not isinstance(v, str) for v in r.get("partialFingerprints", {}).values()):
                problems.append("a fingerprint that is no string")
    return problems


def others_parse(text, form):
    """Parsers of somebody else's, where they are: Meson's of TAP; with GMEMSIM_SCHEMAS=DIR the schemas in it of SARIF
    (sarif-schema-2.1.0.json, of OASIS) and of JUnit (junit-10.xsd, of Jenkins' xunit plugin)."""
    schemas = os.environ.get("GMEMSIM_SCHEMAS")
    if form == "ktap":
        sys.path.append("/usr/lib/python3/dist-packages")
        try:
            from mesonbuild.mtest import TAPParser
        except ImportError:
            return []
        lines = text.replace("KTAP version 1", "TAP version 13", 1).splitlines(keepends=True)
        return [str(e) for e in TAPParser().parse(iter(lines)) if type(e).__name__ in ("Error", "Bailout", "UnknownLine")]
    if form == "junit" and schemas:
        p = subprocess.run(["xmllint", "--noout", "--schema", schemas + "/junit-10.xsd", "-"], input=text, text=True,
                           capture_output=True)
        return [] if p.returncode == 0 else [p.stderr]
    if form == "sarif" and schemas:
        import jsonschema
        with open(schemas + "/sarif-schema-2.1.0.json", encoding="utf-8") as schema:
            return [e.message for e in jsonschema.Draft4Validator(json.load(schema)).iter_errors(json.loads(text))]
    return []


def compare(tap, name, path, out, problems):
    """@out against what was blessed, if there are no problems yet."""
    if os.environ.get("GMEMSIM_BLESS") == "1" and not problems:
        open(path, "w", encoding="utf-8").write(out)
    want = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
    if out != want:
        import difflib
        problems += list(difflib.unified_diff(want.split("\n"), out.split("\n"), "blessed", "now", lineterm="", n=1))[:30]
    tap.result(name, problems)


def formats(tap, prog, here):
    got = {}
    for name, args in FORMATS.items():
        path = os.path.join(here, f"check-{name}.out")
        code, out, err = prog.run("check", *RUN, *args, "abba.gms", "sound.gms")
        out = got[name] = mask(out)
        problems = [] if code == 1 else [f"exit {code}: {err}"]
        problems += [f"stderr: {err}"] if err else []
        if name == "text":
            problems += [f"longer than 100 columns: {l}" for l in out.split("\n") if len(l) > 100]
        compare(tap, f"report as {name}", path, out, problems)
    results, problems = parse_ktap(got["ktap"])
    want = {"abba.gms": False, "sound.gms": True}
    tap.result("KTAP parses", problems + ([] if results == want else [results]))
    suite = ElementTree.fromstring(got["junit"]).find("testsuite")
    cases = {c.get("name"): [f.get("type") for f in c.findall("failure")] for c in suite.findall("testcase")}
    problems = [] if cases == {"abba.gms": ["deadlock"], "sound.gms": []} else [cases]
    problems += [] if (suite.get("tests"), suite.get("failures")) == ("2", "1") else [suite.attrib]
    tap.result("JUnit parses", problems)
    doc = json.loads(got["sarif"])
    rules = [r["ruleId"] for r in doc["runs"][0]["results"]]
    tap.result("SARIF has what it must have", check_sarif(doc) + ([] if rules == ["GMS-DEADLOCK"] else [rules]))
    doc = json.loads(got["json"])
    keys = {"schedules", "exhausted", "wall_ns", "findings", "traces", "result"}
    problems = [f"{k} is missing" for k in keys - set(doc)]
    problems += [f"{k} is missing" for f in doc["findings"] for k in ("schedules_to_first", "file", "rule", "replay") if k not in f]
    problems += [] if doc["schedules"] == 400 and doc["exhausted"] is False else [doc]
    tap.result("JSON has what is promised", problems)


def many_and_none(tap, prog, here):
    """Traces with several findings, an expected one, one that is missing; none; and what was not run."""
    names = ["both.gms", "expected.gms", "missing.gms", "sound.gms"]
    for form in ("ktap", "junit", "sarif"):
        code, out, err = prog.run("check", *RUN, "--format", form, *names)
        compare(tap, f"several in {form}", os.path.join(here, f"check-several-{form}.out"), mask(out),
                ([] if code == 1 else [f"exit {code}: {err}"]) + others_parse(out, form))
        code, none, err = prog.run("check", *RUN, "--format", form, "sound.gms")
        code2, skip, err = prog.run("check", *RUN[:2], "--schedules", "1", "--shard", "2/2", "--format", form, *names)
        problems = ([] if (code, code2) == (0, 0) else [f"exits {code}, {code2}: {err}"]) + others_parse(none, form)
        problems += others_parse(skip, form)
        if form == "sarif":
            results = [r for text in (none, skip) for r in json.loads(text)["runs"][0]["results"]]
            problems += results + check_sarif(json.loads(out))
            level = {r["ruleId"]: r["level"] for r in json.loads(out)["runs"][0]["results"]}
            problems += [] if (level["GMS-DEADLOCK"], level["GMS-MISSING"]) == ("note", "error") else [level]
        elif form == "ktap":
            want = dict.fromkeys(names, True)
            problems += [] if parse_ktap(skip) == (want, []) and skip.count(" # SKIP ") == 4 else [skip]
            problems += [] if parse_ktap(none) == ({"sound.gms": True}, []) else [none]
            want = {"both.gms": False, "expected.gms": True, "missing.gms": False, "sound.gms": True}
            problems += [] if parse_ktap(out) == (want, []) else parse_ktap(out)
            problems += [] if parse_ktap(out.replace("1..4", "1..5"))[1] else ["a wrong plan is not seen"]
        else:
            suites = [ElementTree.fromstring(t).find("testsuite") for t in (out, none, skip)]
            counts = [tuple(s.get(k) for k in ("tests", "failures", "skipped")) for s in suites]
            problems += [] if counts == [("4", "2", "0"), ("1", "0", "0"), ("4", "0", "4")] else [counts]
        tap.result(f"several, none and skipped in {form}", problems)


def no_matter_who(tap, prog):
    """Workers, shards and merged shards come to the report of one process."""
    for name, extra in (("all", []), ("--first", ["--first"])):
        args = ["check", "-q", "--explore", "random", "--schedules", "500", *extra]
        prog.run(*args, "--json", "whole.json", "abba.gms", "fails.gms")
        whole = mask(prog.read("whole.json"))
        prog.run(*args, "--jobs", "2", "--json", "jobs.json", "abba.gms", "fails.gms")
        tap.result(f"{name}: two workers say what one process says",
                   [] if mask(prog.read("jobs.json")) == whole else [prog.read("jobs.json"), whole])
        for i in (1, 2, 3):
            prog.run(*args, "--shard", f"{i}/3", "--jobs", str(i), "--json", f"shard{i}.json", "abba.gms", "fails.gms")
        code, out, err = prog.run("merge", "--json", "-", "shard2.json", "shard3.json", "shard1.json")
        tap.result(f"{name}: three shards merge to the report of one machine",
                   [] if mask(out) == whole and code == 1 else [f"exit {code}", err, out, whole])
        for form, how in FORMATS.items():
            a, b = (prog.run("merge", *how, f)[1] for f in ("whole.json", "jobs.json"))
            tap.result(f"{name}: {form} of both is the same", [] if mask(a) == mask(b) and a else [a, b])
    code, out, err = prog.run("merge", "shard1.json", "shard3.json")
    tap.result("a shard that is missing", [] if code == 65 and "shard 2 of 3 is missing" in err else [code, err])
    code, out, err = prog.run("merge", "shard1.json", "shard1.json")
    tap.result("a shard that is there twice", [] if code == 65 and "already" in err else [code, err])
    for bad in ("", "{", "[]", '{"format": "gmemsim-check", "version": 1, "traces": [{}]}', "[" * 100, '{"a": 1.5}'):
        prog.write("bad.json", bad)
        code, out, err = prog.run("merge", "bad.json")
        tap.result(f"no report: {bad[:20]}", [] if code == 65 and err and not out else [code, out, err])


def saved(tap, prog):
    for name in ("abba.gms", "fails.gms"):
        code, out, err = prog.run("check", *RUN, "--save", "out", "--json", "-", name)
        findings = json.loads(out)["findings"]
        problems = [] if findings else ["no finding"]
        for f in findings:
            path = f["file"]
            code, out, err = prog.run("replay", "-q", path)
            if code or not out.startswith("identical"):
                problems.append(f"{path}: exit {code}: {out} {err}")
            code, out, err = prog.run("run", "--json", "-", path)
            doc = json.loads(out)
            if code or f["rule"] not in {g["rule"] for g in doc["findings"]} or doc["fingerprint"] != f["fingerprint"]:
                problems.append(f"gmemsim run {path}: exit {code}: {doc['findings']} {err}")
            if prog.run("fmt", path)[1] != prog.read(path):
                problems.append(f"{path} is not in canonical form")
            if f["replay"] != f"gmemsim replay {path}":
                problems.append(f["replay"])
        tap.result(f"{name}: what was saved repeats bit for bit", problems)
        again = prog.run("check", *RUN, "--save", "out2", "--jobs", "2", name)
        files = [sorted(os.path.basename(p) for p in glob.glob(os.path.join(prog.cwd, d, name[:-4] + "*"))) for d in ("out", "out2")]
        problems = [] if files[0] == files[1] else files
        problems += [f for f in files[0] if not problems and prog.read("out/" + f) != prog.read("out2/" + f)]
        tap.result(f"{name}: two workers save the same files", problems)
    code, out, err = prog.run("check", *RUN, "--json", "-", "abba.gms")
    line = json.loads(out)["findings"][0]["replay"]
    code, out, err = prog.run(*line.split()[1:])
    tap.result("without a file, the replay line repeats it", [] if "deadlock" in out else [line, out, err])


USAGE = [
    ("no trace", [], 64, "no trace given"),
    ("unknown strategy", ["--explore", "luck", "abba.gms"], 64, "not one of"),
    ("no schedules", ["--schedules", "0", "abba.gms"], 64, "from 1 on"),
    ("no time", ["--time", "5", "abba.gms"], 64, "not a time"),
    ("shard 0", ["--shard", "0/2", "abba.gms"], 64, "I/N"),
    ("shard 3 of 2", ["--shard", "3/2", "abba.gms"], 64, "I/N"),
    ("no jobs", ["--jobs", "0", "abba.gms"], 64, "1 to 1024"),
    ("unknown format", ["--format", "html", "abba.gms"], 64, "text, ktap, junit, sarif"),
    ("unknown bug", ["--bug", "nonesuch", "abba.gms"], 64, "no such planted fault"),
    ("no such file", ["nonesuch.gms"], 65, "nonesuch.gms"),
    ("expected and found", ["--schedules", "50", "expected.gms"], 0, ""),
    ("expected and not found", ["--schedules", "50", "missing.gms"], 1, ""),
    ("time", ["--time", "20ms", "sound.gms"], 0, ""),
    ("json nowhere", ["--schedules", "5", "--json", "no/such/dir/x", "sound.gms"], 70, "no/such/dir"),
]


def shrunk(tap, prog):
    """A finding among much else becomes small, stays the same finding, and cannot become smaller."""
    with tempfile.TemporaryDirectory() as d:
        big, save, small, again = (os.path.join(d, n) for n in ("big.gms", "found", "small.gms", "again.gms"))
        open(big, "w").write(BIG)
        prog.run("check", "--bug", "plant-skip-recheck", "--explore", "pos", "--schedules", "2000", "--first", "--save", save, big)
        found = glob.glob(save + "/*attr-mapping*")
        code, out, err = prog.run("shrink", found[0], "-o", small)
        text = open(small).read() if os.path.exists(small) else ""
        body = text[text.find("[task"):text.find("[schedule]")].split("\n")
        ops = [line for line in body if line and line[0] != "[" and " = " not in line]
        ok = code == 0 and "nothing more can go" in err and 2 <= len(ops) <= 3 and "vcpu2" not in text
        tap.result("a finding becomes small", [] if ok else [f"exit {code}", err, text])
        entries = [open(f).read().count("\ndepart = ") for f in (found[0], small)]
        tap.result("so does its schedule", [] if entries[1] < entries[0] else [entries])
        code, out, err = prog.run("replay", small)
        tap.result("it repeats and finds the same", [] if code == 0 and "attr-mapping" in out else [code, out, err])
        code, out, err = prog.run("shrink", small, "-o", again)
        same = code == 0 and open(again).read().count("\ndepart = ") <= entries[1]
        tap.result("a small one stays small", [] if same else [code, out, err])
        for i, op in enumerate(ops):
            less = text.replace(op + "\n", "", 1)
            less = less[:less.find("[schedule]")].replace("scheduler = search\n", "")
            path = os.path.join(d, f"less{i}.gms")
            open(path, "w").write(less)
            code, out, err = prog.run("check", "--bug", "plant-skip-recheck", "--schedules", "300", path)
            tap.result(f"nothing is found without its operation {i + 1}",
                       [] if code == 1 and "finding 1" not in out else [code, out, err])
        code, out, err = prog.run("shrink", big)
        tap.result("only what was saved can be shrunk", [] if code == 65 and "no [schedule]" in err else [code, err])


# name, trace (of traces/races if it has no file here), options of check, rule, what the table must say
EXPLAINED = [
    ("race", "race.gms", ["--bug", "plant-skip-recheck"], "attr-mapping",
     ["[mmu_invalidate_seq: 2 -> 3]", "reads mmu_invalidate_seq: 2", "[private -> shared]", "page 0x1, private"]),
    ("deadlock", "abba.gms", [], "deadlock", ["wait for guest:a (write), held by vcpu0", "*** DEADLOCK ***"]),
    ("order", "populate-mmap-abba", ["--bug", "populate-mmap-abba"], "lock-order",
     ["WARNING: possible circular locking dependency detected", "Possible unsafe locking scenario:"]),
    ("tlb", "stale.gms", ["--bug", "plant-no-kick"], "tlb-stale",
     ["[guest page table: page 0x1 ->", "TLB flush requested: vcpu0", "TLBs: vcpu0"]),
    ("lifetime", "gmem-unbind-dying-uaf", ["--bug", "gmem-unbind-dying-uaf"], "lifetime",
     ["swap_active_memslots()", "gmem_release()"]),
    ("livelock", "conv-transient-ref-eagain", ["--bug", "conv-transient-ref-eagain"], "livelock",
     ["} convert = -EAGAIN", "gmem_is_safe_for_conversion"]),
    ("three", "conv-freeze-spin-vs-waiter", ["--bug", "conv-freeze-spin-vs-waiter"], "deadlock",
     ["CPU0: vcpu0", "CPU1: vmm0", "CPU2: kernel0", "wait for folio_refcount"]),
    ("td", "tdx-track-without-kick", ["--bug", "tdx-track-without-kick"], "expect",
     ["TDH.MEM.TRACK", "[S-EPT: MAPPED -> BLOCKED]", "TDX_TLB_TRACKING_NOT_DONE"]),
]


def explained(tap, prog, here):
    """Tables of each kind of finding; who explains does not change the run.  Numbers of objects are masked."""
    for name, trace, how, rule, must in EXPLAINED:
        if not trace.endswith(".gms"):
            trace = os.path.abspath(os.path.join(here, "..", "..", "traces", "races", trace + ".gms"))
        prog.run("check", *how, "--schedules", "500", "--first", "--save", "explained", trace)
        found = glob.glob(os.path.join(prog.cwd, "explained", f"{os.path.basename(trace)[:-4]}.*{rule}*"))
        if not found:
            tap.result(f"{name}: the finding explained", [f"{trace}: no {rule} was found"])
            continue
        small = f"small-{name}.gms"
        code, out, err = prog.run("shrink", sorted(found)[0], "-o", small)
        problems = [] if code == 0 else [f"shrink: exit {code}: {err}"]
        code, out, err = prog.run("replay", "--explain", small)
        problems += [] if code == 0 and out.startswith("identical") else [f"exit {code}: {err}"]
        problems += [f"longer than 100 columns: {l}" for l in out.split("\n") if len(l) > 100]
        problems += [f"'{m}' is missing" for m in must if m not in out]
        problems += [] if prog.run("replay", "--explain", small)[1] == out else ["not the same twice"]
        out = re.sub(r"^identical: .*", "identical", out)
        out = re.sub(r"#\d\d+", "#N", re.sub(r"\b(vm|i_ino|mm)=\d+", r"\1=N", out))
        compare(tap, f"{name}: the finding explained", os.path.join(here, f"explain-{name}.out"), out, problems)
    code, out, err = prog.run("replay", "--explain", "abba.gms")
    tap.result("only what was recorded can be explained", [] if code == 65 and "no [schedule]" in err else [code, out, err])


def exits(tap, prog):
    for name, args, want, text in USAGE:
        code, out, err = prog.run("check", *args)
        tap.result(name, [] if code == want and text in err else [f"exit {code}, want {want}", out, err])


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 64
    tap = Tap()
    with tempfile.TemporaryDirectory() as scratch:
        prog = Program(sys.argv[1], scratch)
        for name, text in (("abba", ABBA), ("sound", SOUND), ("race", RACE), ("fails", FAILS), ("both", BOTH),
                           ("stale", STALE),
                           ("expected", ABBA.replace("title", "expect = deadlock\ntitle")),
                           ("missing", SOUND.replace("title", "expect = deadlock\ntitle"))):
            prog.write(name + ".gms", text)
        here = os.path.join(sys.argv[2], "tests", "golden")
        formats(tap, prog, here)
        many_and_none(tap, prog, here)
        no_matter_who(tap, prog)
        saved(tap, prog)
        shrunk(tap, prog)
        explained(tap, prog, here)
        exits(tap, prog)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
