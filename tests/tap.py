# SPDX-License-Identifier: GPL-2.0-only
"""Results as TAP, for the suites that are scripts."""


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def result(self, name, problems):
        """One result, with what is wrong before it; true if nothing is."""
        self.n += 1
        for p in problems:
            for line in str(p).split("\n")[:40]:
                print(f"# {line}")
        print(f"{'not ok' if problems else 'ok'} {self.n} - {name}", flush=True)
        self.failed += bool(problems)
        return not problems

    def end(self):
        """Prints the plan; the exit code."""
        print(f"1..{self.n}")
        return 1 if self.failed else 0
