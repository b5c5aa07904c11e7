#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""House rules that a machine can check, as one TAP test each.

usage: tidy.py SOURCE_ROOT LIBSIM LIBMODEL     (the two static libraries as built)
       tidy.py --self-test                     (every rule must catch its planted violation)
"""
import os
import re
import subprocess
import sys
import tempfile

C_DIRS = ("sim", "model", "tools", "tests")
MAX_FILE, MAX_FUNC, MAX_LINE = 600, 70, 100

# Who may include whom (design section 2).  A quoted include must match one of the room's patterns.
ROOMS = [
    ("sim/", [r"sim/"]),
    ("model/", [r"sim/", r"model/"]),
    ("tools/trace/", [r"sim/", r"model/[^/]+\.h$", r"tools/trace/"]),
    ("tools/report/", [r"sim/", r"model/[^/]+\.h$", r"tools/report/", r"tools/explore/result\.h$"]),
    ("tools/explore/", [r"sim/", r"model/[^/]+\.h$", r"tools/explore/", r"tools/replay/replay\.h$", r"tools/trace/trace\.h$"]),
    ("tools/import/", [r"sim/", r"model/[^/]+\.h$", r"tools/import/", r"tools/trace/"]),
    ("tools/replay/", [r"sim/", r"model/[^/]+\.h$", r"tools/replay/", r"tools/trace/"]),
    ("tools/", [r"sim/", r"model/[^/]+\.h$", r"tools/"]),
    ("tests/", [r".*"]),
]
# Libraries: angle-bracket includes of these are allowed only under the given prefixes.
LIB_RULES = [
    (re.compile(r"glib|json-glib|gio/"), ("tools/", "tests/")),
    (re.compile(r"urcu|pthread\.h|semaphore\.h|threads\.h|linux/futex"), ("sim/threads/", "tests/", "tools/")),
    (re.compile(r"time\.h|sys/time"), ("sim/threads/", "tests/", "tools/")),
    (re.compile(r"cmocka"), ("tests/",)),
]
# What the deterministic part may take from outside: memory, strings, formatting, abort, math-free.
ALLOWED = re.compile(
    r"^(mem(cpy|set|cmp|move|chr)|str(len|cmp|ncmp|chr|rchr|dup|ndup|nlen|lcpy|cpy|str)|"
    r"malloc|calloc|realloc|free|posix_memalign|aligned_alloc|abort|qsort|bsearch|"
    r"v?snprintf|v?asprintf|stderr|fputs|fputc|fprintf|fwrite|vfprintf|"
    r"mmap(64)?|munmap|mprotect|sysconf|madvise|make_?context|get_?context|set_?context|swap_?context|"
    r"mallocx|dallocx|sdallocx|rallocx|mallctl\w*|nallocx|"
    r"__(memcpy|memset|memmove|sprintf|snprintf|vsnprintf|fprintf|vfprintf|printf|asprintf|vasprintf|strcpy|strcat|strncpy)_chk|"
    r"__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|tsan|lsan|sanitizer|sancov|gcov|llvm)\w*|_Unwind\w*|"
    r"__errno_location|__isoc99_\w+|__assert_fail)$")

def sources(root, dirs=C_DIRS):
    for d in dirs:
        for base, _, files in os.walk(os.path.join(root, d)):
            for f in sorted(files):
                if f.endswith((".c", ".h", ".S")):
                    path = os.path.join(base, f)
                    yield os.path.relpath(path, root), open(path, encoding="utf-8").read()


def strip_comments_only(text):
    return re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S)


def strip_comments(text):
    keep_lines = lambda m: re.sub(r"[^\n]", " ", m.group(0))
    text = strip_comments_only(text)
    text = re.sub(r'"(\\.|[^"\\\n])*"', lambda m: '"' + "_" * (len(m.group(0)) - 2) + '"', text)
    return re.sub(r"//[^\n]*", keep_lines, text)


def check_spdx(root):
    for path, text in sources(root):
        if "SPDX-License-Identifier: GPL-2.0-only" not in text.split("\n", 1)[0]:
            yield f"{path}:1: no SPDX line"


def check_file_head(root):
    for path, text in sources(root):
        if path.startswith("tests/"):
            continue
        head = re.search(r"/\*(.*?)\*/", text.split("\n", 1)[1] if "\n" in text else "", re.S)
        if not head or len(head.group(1).split()) < 5 or "#include" in text[: head.start()]:
            yield f"{path}:2: the file does not open with a comment that says what it is"


def check_lengths(root):
    for path, text in sources(root):
        lines = text.split("\n")
        if len(lines) - 1 > MAX_FILE:
            yield f"{path}: {len(lines) - 1} lines, at most {MAX_FILE}"
        for i, line in enumerate(lines, 1):
            if len(line.expandtabs(8)) > MAX_LINE:
                yield f"{path}:{i}: {len(line.expandtabs(8))} columns, at most {MAX_LINE}"
            if line != line.rstrip():
                yield f"{path}:{i}: white space at the end of the line"


def check_functions(root):
    for path, text in sources(root):
        start = None
        for i, line in enumerate(strip_comments(text).split("\n"), 1):
            if line.startswith("{"):
                start = i
            elif line.startswith("}") and start:
                if i - start - 1 > MAX_FUNC:
                    yield f"{path}:{start}: function of {i - start - 1} lines, at most {MAX_FUNC}"
                start = None


def check_includes(root):
    for path, text in sources(root):
        allowed = next(a for room, a in ROOMS if path.startswith(room))
        for i, line in enumerate(text.split("\n"), 1):
            quoted = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if quoted and not any(re.match(a, quoted.group(1)) for a in allowed):
                yield f"{path}:{i}: {quoted.group(1)} may not be included from here"
            if quoted and path.startswith(("sim/", "model/")) and quoted.group(1).startswith("sim/threads/") \
                    and not path.startswith("sim/threads/"):
                yield f"{path}:{i}: only sim/threads knows the threads engine"
            angled = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
            for rule, where in LIB_RULES:
                if angled and rule.search(angled.group(1)) and not path.startswith(where):
                    yield f"{path}:{i}: <{angled.group(1)}> may not be included from here"


def check_globals(root):
    """No mutable object at file scope in sim/ and model/."""
    pattern = re.compile(r"^(static\s+)?(?!const\b)(struct\s+\w+|unsigned|int|long|char|bool|u8|u16|u32|u64|"
                         r"s32|s64|sim_ns|size_t|_Atomic\b.*?|__thread\b.*?|_Thread_local\b.*?)\s+\*?\w+(\[[^\]]*\])?\s*(=|;)")
    for path, text in sources(root, ("sim", "model")):
        for i, line in enumerate(strip_comments(text).split("\n"), 1):
            if pattern.match(line) and "const" not in line and "typedef" not in line and "(" not in line.split("=")[0]:
                yield f"{path}:{i}: mutable object at file scope: {line.strip()}"


def check_structs(root):
    """Every struct of sim/ and model/ says who may write its fields."""
    words = re.compile(r"protected|written|constant|immutable|atomic|set-up|private|caller|owned", re.I)
    for path, text in sources(root, ("sim", "model")):
        for m in re.finditer(r"^struct (\w+) \{\n(.*?)^\}", text, re.S | re.M):
            comments = " ".join(re.findall(r"/\*.*?\*/|//[^\n]*", m.group(2), re.S))
            before = text[max(0, m.start() - 500):m.start()].rsplit("*/", 1)
            near = before[0].rsplit("/*", 1)[-1] if len(before) == 2 and not before[1].strip() else ""
            if not words.search(comments) and not words.search(near):
                line = text.count("\n", 0, m.start()) + 1
                yield f"{path}:{line}: struct {m.group(1)} does not say what protects its fields"


def check_fidelity(root):
    for path, text in sources(root, ("model",)):
        for m in re.finditer(r"/\*(?:(?!\*/).)*?Upstream:(?:(?!\*/).)*?\*/", text, re.S):
            line = text.count("\n", 0, m.start()) + 1
            if not re.search(r"Fidelity:\s+(faithful|simplified|stub)", m.group(0)):
                yield f"{path}:{line}: Upstream: without Fidelity: faithful, simplified or stub"


def check_fails(root):
    """Every fail site has a row in model/fails.h, and every row a site."""
    call = re.compile(r'\b(?:sim_should_fail|sim_told_to_fail|fail_signal|fail_kill)\(\w+,\s*("([^"]*)")?')
    rows, sites = set(), {}
    for path, text in sources(root, ("model",)):
        if path == "model/fails.h":
            rows = set(re.findall(r"\bFAIL\((\w+), [A-Z]+,", text))
            continue
        for m in call.finditer(strip_comments_only(text)):
            where = f"{path}:{text.count(chr(10), 0, m.start()) + 1}"
            if m.group(1):
                sites.setdefault(m.group(2), where)
            else:
                yield f"{where}: the name of a fail site is a string constant"
    for name in sorted(set(sites) - rows):
        yield f"{sites[name]}: fail site {name} has no row in model/fails.h: add one to your block"
    for name in sorted(rows - set(sites)):
        yield f"model/fails.h: no call has the name {name}"


def check_paths(root):
    bad = re.compile(r"(?<![\w.])/(work|root|farm)/")
    for d in C_DIRS + ("docs", "traces", ".ci"):
        for base, _, files in os.walk(os.path.join(root, d)):
            for f in sorted(files):
                path = os.path.relpath(os.path.join(base, f), root)
                if not f.endswith((".c", ".h", ".md", ".gms", ".ini", ".build", ".csv")):
                    continue
                for i, line in enumerate(open(os.path.join(base, f), encoding="utf-8", errors="replace"), 1):
                    if bad.search(line):
                        yield f"{path}:{i}: a machine's path"


def undefined(lib):
    """(object, symbol) pairs that no object of the library itself defines."""
    out = subprocess.run(["nm", "-A", lib], capture_output=True, text=True, check=True).stdout
    defined, wanted = set(), []
    for line in out.split("\n"):
        m = re.match(r".*?:([^:]+):\s*([0-9a-f]*)\s+([A-Za-z])\s+(\S+)", line)
        if not m:
            continue
        obj, _, kind, name = m.groups()
        if kind in "Uu" and not m.group(2):
            wanted.append((obj, name))
        else:
            defined.add(name)
    return defined, wanted


def check_data(libs):
    """No writable data symbol, function-local statics included."""
    for lib in libs:
        out = subprocess.run(["objdump", "-t", lib], capture_output=True, text=True, check=True).stdout
        obj = ""
        for line in out.split("\n"):
            m = re.match(r"(\S+):\s+file format", line)
            obj = m.group(1) if m else obj
            m = re.match(r"[0-9a-f]{16} .{5}(.)O (\.data|\.bss|\.tdata|\.tbss|\*COM\*)(\.\S*)?\s+[0-9a-f]+\s+(\S+)", line)
            if m and not (m.group(3) or "").startswith(".rel.ro") and not re.match(r"\.?__|_ub|\.L|___asan", m.group(4)):
                yield f"{lib}({obj}): writable object {m.group(4)}"


def check_symbols(root, libsim, libmodel):
    sim_defined, sim_wanted = undefined(libsim)
    model_defined, model_wanted = undefined(libmodel)
    seen = 0
    for lib, wanted, known in (("sim", sim_wanted, sim_defined),
                               ("model", model_wanted, sim_defined | model_defined)):
        for obj, name in wanted:
            if "threads_" in obj:
                continue
            seen += 1
            if name not in known and not ALLOWED.match(name):
                yield f"lib{lib}: {obj} uses {name}, which the deterministic part may not"
    if seen == 0:
        yield "no undefined symbol seen at all: the check looked at nothing"


CHECKS = [check_spdx, check_file_head, check_lengths, check_functions, check_includes, check_globals,
          check_structs, check_fidelity, check_fails, check_paths]


def report(n, name, problems):
    for p in problems[:40]:
        print(f"# {p}")
    if len(problems) > 40:
        print(f"# and {len(problems) - 40} more")
    print(f"{'not ok' if problems else 'ok'} {n} - {name}")
    return bool(problems)


PLANTED = {
    "check_spdx": ("sim/a.c", "int f(void)\n{\n}\n"),
    "check_file_head": ("sim/a.c", "// SPDX-License-Identifier: GPL-2.0-only\n#include <stddef.h>\n"),
    "check_lengths": ("sim/a.c", "// SPDX\n" + "x" * 101 + "\n"),
    "check_functions": ("sim/a.c", "int f(void)\n{\n" + "\t;\n" * 71 + "}\n"),
    "check_includes": ("sim/a.c", '#include "model/types.h"\n'),
    "check_globals": ("model/a.c", "static int counter;\n"),
    "check_structs": ("model/a.h", "struct a {\n\tint x;\n};\n"),
    "check_fidelity": ("model/a.c", "/*\n * Upstream: mm/x.c:f\n */\n"),
    "check_fails": ("model/a.c", 'int f(struct task *me)\n{\n\treturn sim_should_fail(me, "nonesuch");\n}\n'),
    "check_paths": ("docs/a.md", "see /" + "work/here\n"),
}
CLEAN = {
    "check_spdx": ("sim/a.c", "// SPDX-License-Identifier: GPL-2.0-only\n"),
    "check_file_head": ("sim/a.c", "// SPDX-License-Identifier: GPL-2.0-only\n/* a.c - a file that says what it is for. */\n"),
    "check_lengths": ("sim/a.c", "x" * 100 + "\n"),
    "check_functions": ("sim/a.c", "int f(void)\n{\n" + "\t;\n" * 70 + "}\n"),
    "check_includes": ("model/a.c", '#include "sim/types.h"\n'),
    "check_globals": ("model/a.c", "static const int limit = 3;\nint f(int x);\n"),
    "check_structs": ("model/a.h", "struct a {\n\t/* protected by lock */\n\tint x;\n};\n"),
    "check_fidelity": ("model/a.c", "/*\n * Upstream: mm/x.c:f\n * Fidelity: faithful\n */\n"),
    "check_fails": ("model/fails.h", "/* sim_should_fail(me, \"name\") */\n"),
    "check_paths": ("docs/a.md", "see docs/b.md\n"),
}


def library(directory, text):
    src, obj, lib = (os.path.join(directory, n) for n in ("a.c", "a.o", "liba.a"))
    open(src, "w", encoding="utf-8").write(text)
    subprocess.run([os.environ.get("CC", "cc"), "-c", src, "-o", obj], check=True)
    subprocess.run(["ar", "rcs", lib, obj], check=True)
    return lib


def self_test_symbols(n):
    """The rules about libraries, each with a planted violation and a clean twin."""
    cases = [("clock", "int clock_gettime(int, void *);\nint f(void) { return clock_gettime(0, 0); }\n", True),
             ("memcpy", "void *memcpy(void *, const void *, unsigned long);\n"
              "void *f(void *a, void *b, unsigned long n) { return memcpy(a, b, n); }\n", False)]
    data = [("static", "int f(void) { static int n = 1; return n++; }\n", True),
            ("const", "const int n = 1;\n", False)]
    bad = False
    with tempfile.TemporaryDirectory() as d:
        for group, check in ((cases, lambda lib: check_symbols(d, lib, lib)), (data, lambda lib: check_data([lib]))):
            for name, text, want in group:
                n += 1
                found = list(check(library(d, text)))
                bad |= report(n, f"symbols: {name}", [] if bool(found) == want else [f"wanted {want}, got {found}"])
    return bad


def self_test():
    print(f"1..{2 * len(CHECKS) + 4}")
    bad, n = False, 0
    for check in CHECKS:
        for table, want in ((PLANTED, True), (CLEAN, False)):
            n += 1
            path, text = table[check.__name__]
            with tempfile.TemporaryDirectory() as d:
                os.makedirs(os.path.join(d, os.path.dirname(path)), exist_ok=True)
                open(os.path.join(d, path), "w", encoding="utf-8").write(text)
                found = list(check(d))
            bad |= report(n, f"{check.__name__} {'catches' if want else 'passes'}",
                          [] if bool(found) == want else [f"expected a finding: {want}, got {found}"])
    bad |= self_test_symbols(n)
    return 1 if bad else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root, libsim, libmodel = sys.argv[1:4]
    print(f"1..{len(CHECKS) + 2}")
    bad = False
    for n, check in enumerate(CHECKS, 1):
        bad |= report(n, check.__doc__ or check.__name__, list(check(root)))
    bad |= report(len(CHECKS) + 1, "undefined symbols of sim and model",
                  list(check_symbols(root, libsim, libmodel)))
    bad |= report(len(CHECKS) + 2, check_data.__doc__, list(check_data([libsim, libmodel])))
    return 1 if bad else 0


sys.exit(main())
