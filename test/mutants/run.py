#!/usr/bin/python3
"""Breaks known lines of the product, one at a time, and looks whether the tests go red.

mutants.json names each mutant, its edits (a text that must stand in the file exactly once) and the
suites that have to notice: "suite" or "suite:filter", where the filter picks tests by name.  Works
in a copy of the tree; suites are asked in order until one has noticed, and each must be green on the
unbroken copy.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))


def unneeded(folder, names):
    """What a copy of the tree need not have: history, results, other builds."""
    more = {"asan", "fuzz", "sanitize", "scoreboard"} if folder == os.path.join(TOP, "build") else set()
    return ({".git", "results", "__pycache__"} | more) & set(names)


class Copy:
    """A tree of our own, with the objects of the last build."""

    def __init__(self, directory):
        self.directory = os.path.join(directory, "tree")
        shutil.copytree(TOP, self.directory, symlinks=True, ignore=unneeded)
        self.touched = []

    def path(self, name):
        return os.path.join(self.directory, name)

    def build(self):
        done = subprocess.run(["make", "-s", "-j2", "unit-module"], cwd=self.directory, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError("it does not build:\n" + done.stderr[-2000:])

    def apply(self, edits):
        for edit in edits:
            with open(self.path(edit["file"]), encoding="utf-8") as f:
                text = f.read()
            if text.count(edit["find"]) != 1:
                raise RuntimeError("%s: the line to break stands there %d times" % (edit["file"], text.count(edit["find"])))
            with open(self.path(edit["file"]), "w", encoding="utf-8") as f:
                f.write(text.replace(edit["find"], edit["put"]))
            self.touched.append(edit["file"])

    def restore(self):
        for name in self.touched:
            shutil.copyfile(os.path.join(TOP, name), self.path(name))
        self.touched = []

    def green(self, suite, env):
        """(does the suite pass, its last lines)."""
        name, _, only = suite.partition(":")
        settings = dict(os.environ, ONLY=only, **env)
        settings.pop("PLATFORM", None)
        try:
            done = subprocess.run(["test/run", name], cwd=self.directory, env=settings, capture_output=True, text=True,
                                  check=False, timeout=600)
        except subprocess.TimeoutExpired:
            return False, "it hung"
        counts = re.search(r"^(\d+) passed, (\d+) failed", done.stdout, re.M)
        if counts is None or (int(counts.group(1)) == 0 and int(counts.group(2)) == 0):
            raise RuntimeError("suite %s ran nothing:\n%s" % (suite, (done.stdout + done.stderr)[-1500:]))
        return done.returncode == 0, done.stdout[-1500:]


def sound(copy, suite, env, known):
    """Is the suite green on the unbroken copy?  Asked once, when it is first needed."""
    key = (suite, tuple(sorted(env.items())))
    if key not in known:
        copy.build()
        known[key], end = copy.green(suite, env)
        if not known[key]:
            print("not ok suite %s is red without any mutant" % suite)
            print("".join("#   %s\n" % line for line in end.splitlines()[-12:]), end="")
    return known[key]


def judge(copy, mutant, known):
    """The suite that noticed, or None; the suites are asked in order."""
    env = mutant.get("env", {})
    for suite in mutant["suites"]:
        if not sound(copy, suite, env, known):
            continue
        try:
            copy.apply(mutant["edits"])
            copy.build()
            if not copy.green(suite, env)[0]:
                return suite
        finally:
            copy.restore()
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", action="append", help="these mutants only")
    options = parser.parse_args()
    with open(os.path.join(HERE, "mutants.json"), encoding="utf-8") as f:
        mutants = [m for m in json.load(f) if not options.only or m["name"] in options.only]
    work = tempfile.mkdtemp(prefix="gwm.")
    os.chmod(work, 0o755)
    caught, known = 0, {}
    try:
        copy = Copy(work)
        for mutant in mutants:
            begun = time.monotonic()
            try:
                by, trouble = judge(copy, mutant, known), ""
            except RuntimeError as e:
                by, trouble = None, ": " + str(e)
            print("%s %s: %s (%s, %.0f s)%s" % ("ok" if by else "not ok", mutant["name"], mutant["what"],
                                               "caught by " + by if by else "not caught", time.monotonic() - begun, trouble))
            sys.stdout.flush()
            caught += by is not None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("= mutants_caught %d of %d" % (caught, len(mutants)))
    bad = sum(not green for green in known.values())
    print("mutants: %d passed, %d failed" % (caught, len(mutants) - caught + bad))
    return 0 if caught == len(mutants) and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
