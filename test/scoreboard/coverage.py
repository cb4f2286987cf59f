#!/usr/bin/python3
"""Line and branch coverage of the C code per layer, measured with gcov.

Builds a copy of the tree with counters, runs suites on it (COVERAGE_SUITES names others than
those below), and adds up what gcov says.  Calls that only an ereport leaves by are
branches of the compiler, not of ours, and are left out.
"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(HERE, "..", "mutants"))

from run import unneeded  # noqa: E402

SUITES = os.environ.get("COVERAGE_SUITES", "unit regress isolation conformance migrate render tap oracle faults trust").split()
GATE_LINES, GATE_BRANCHES = 85, 75


def layer_of(path):
    parts = path.split("/")
    if parts[0] != "src":
        return parts[0]
    return parts[1] if len(parts) > 2 else "init"


def build(tree):
    make = ["make", "-s", "-j2", "unit-module", "COPT=-O0 --coverage -fprofile-update=atomic"]
    subprocess.run(["make", "-s", "clean"], cwd=tree, check=True, capture_output=True)
    done = subprocess.run(make, cwd=tree, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])


def counters_of(tree):
    """{file: {line: count}}, {file: [branches, taken]} of everything that was compiled."""
    lines, branches = collections.defaultdict(dict), collections.defaultdict(lambda: [0, 0])
    for folder, _, names in os.walk(tree):
        for name in names:
            # The unit module has objects of its own for its tests only.
            if not name.endswith(".gcno") or "/build/" in folder + "/":
                continue
            done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", os.path.join(folder, name)],
                                  cwd=tree, capture_output=True, text=True, check=False)
            for document in filter(None, done.stdout.splitlines()):
                for entry in json.loads(document)["files"]:
                    path = os.path.relpath(os.path.join(tree, entry["file"]), tree)
                    if re.match(r"(src|fdw)/.*\.c$", path):
                        add(entry, lines[path], branches[path])
    return lines, branches


def add(entry, lines, branches):
    for line in entry["lines"]:
        number = line["line_number"]
        lines[number] = max(lines.get(number, 0), line["count"])
        for branch in line["branches"]:
            if branch.get("throw"):
                continue
            branches[0] += 1
            branches[1] += branch["count"] > 0


def report(lines, branches):
    """Prints one line a layer; (share of lines, share of branches)."""
    sums = collections.defaultdict(lambda: [0, 0, 0, 0])
    for path, counts in lines.items():
        for key in (layer_of(path), "all"):
            sums[key][0] += len(counts)
            sums[key][1] += sum(1 for c in counts.values() if c)
            sums[key][2] += branches[path][0]
            sums[key][3] += branches[path][1]
    for key in sorted(sums, key=lambda k: (k == "all", k)):
        total, hit, all_branches, taken = sums[key]
        print("= coverage_%s %.1f %% of %d lines, %.1f %% of %d branches" % (
            key, 100 * hit / max(total, 1), total, 100 * taken / max(all_branches, 1), all_branches))
    total, hit, all_branches, taken = sums["all"]
    return 100 * hit / max(total, 1), 100 * taken / max(all_branches, 1)


def main():
    if not shutil.which("gcov"):
        print("coverage: 0 passed, 0 failed, 1 skipped (no gcov)")
        return 0
    work = tempfile.mkdtemp(prefix="gwv.")
    tree = os.path.join(work, "tree")
    try:
        shutil.copytree(TOP, tree, symlinks=True, ignore=unneeded)
        build(tree)
        # Backends write their counters beside the objects, as another user when we are root.
        subprocess.run(["chmod", "-R", "a+rwX", work], check=True)
        done = subprocess.run(["test/run"] + SUITES, cwd=tree, capture_output=True, text=True, check=False)
        print("".join("# %s\n" % line for line in done.stdout.splitlines() if re.match(r"\w+: \d+ passed", line)), end="")
        shares = report(*counters_of(tree))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    failed = 0
    for what, share, gate in (("lines", shares[0], GATE_LINES), ("branches", shares[1], GATE_BRANCHES)):
        good = share >= gate
        failed += not good
        print("%s coverage of %s: %.1f %%, at least %d %%" % ("ok" if good else "not ok", what, share, gate))
    print("coverage: %d passed, %d failed" % (2 - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
