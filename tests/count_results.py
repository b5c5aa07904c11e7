#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Adds up meson's JUnit results and prints 'N passed, N failed'; exits 1 unless all passed.

A way that did not build counts as one failure, and so does a result file that is not there: a test
run that crashed before it could say so must not look green.
"""
import sys
import xml.etree.ElementTree as ET


def count(path):
    passed = failed = skipped = 0
    for suite in ET.parse(path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                print(f"FAILED: {suite.get('name')}: {case.get('name')}")
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
    return passed, failed, skipped


def main():
    passed = failed = skipped = 0
    for way in sys.argv[1].split():
        print(f"FAILED: the {way} build")
        failed += 1
    for path in sys.argv[2:]:
        try:
            p, f, s = count(path)
        except (OSError, ET.ParseError) as e:
            print(f"FAILED: no results in {path}: {e}")
            p, f, s = 0, 1, 0
        passed, failed, skipped = passed + p, failed + f, skipped + s
    if passed == 0:
        failed += 1
        print("FAILED: no test ran")
    tail = f", {skipped} skipped" if skipped else ""
    print(f"{passed} passed, {failed} failed{tail}")
    return 1 if failed else 0


sys.exit(main())
