#!/usr/bin/python3
"""Runs every judge at its CI size and writes one table: test/results/scoreboard.txt and .json.

suites.json lists the judges; one without "command" is a suite of test/run.  A judge that does not
exist is shown as absent, one that ended without a count as red: nothing counts as passed that was
not run.  Figures are the lines "= key value" that a judge prints, and those its "show" picks.  The
whole output of each stays in build/scoreboard/.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
LOGS = os.path.join(TOP, "build", "scoreboard")
RESULTS = os.path.join(TOP, "test", "results")
COUNTS = r"^%s: (\d+) passed, (\d+) failed(?:, (\d+) skipped(?: \((.*)\))?)?"


def suites_of_runner():
    with open(os.path.join(TOP, "test", "run"), encoding="utf-8") as f:
        return set(re.findall(r"^suite_([a-z_-]+)\(\)", f.read(), re.M))


def exists(spec, runner):
    if "command" in spec:
        return os.path.exists(os.path.join(TOP, spec["needs"]))
    return spec["suite"] in runner


def figures_of(spec, output):
    """The "= " lines: the runner strips the mark and keeps the suite's own log."""
    log = os.path.join(RESULTS, spec["suite"] + ".txt")
    text = output
    if os.path.exists(log):
        with open(log, encoding="utf-8", errors="replace") as f:
            text += f.read()
    shown = re.findall(spec["show"], text, re.M) if "show" in spec else []
    return list(dict.fromkeys(shown + re.findall(r"^= (.*\S)", text, re.M)))


def run(spec):
    """The row of one judge."""
    name = spec["suite"]
    command = spec.get("command") or ["test/run", name]
    settings = dict({k: v for k, v in spec.get("env", {}).items() if not os.environ.get(k)}, **os.environ)
    begun = time.time()
    log = os.path.join(RESULTS, name + ".txt")
    if os.path.exists(log):
        os.remove(log)
    done = subprocess.run(command, cwd=TOP, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    output = done.stdout.decode("utf-8", "replace")
    with open(os.path.join(LOGS, name + ".txt"), "w", encoding="utf-8") as f:
        f.write(output)
    row = {"suite": name, "state": "red", "passed": 0, "failed": 0, "skipped": 0, "why": "",
           "seconds": round(time.time() - begun), "figures": figures_of(spec, output)}
    counts = re.search(COUNTS % re.escape(name), output, re.M)
    if counts is None:
        row["why"] = "ended without a count"
        return row
    row["passed"], row["failed"], row["skipped"] = (int(counts.group(i) or 0) for i in (1, 2, 3))
    row["why"] = counts.group(4) or ""
    if row["failed"] == 0 and done.returncode == 0 and row["passed"] > 0:
        row["state"] = "green"
    elif row["failed"] == 0 and row["passed"] == 0 and row["skipped"] > 0:
        row["state"] = "skipped"
    return row


def table(rows, commit, seconds):
    lines = ["Scoreboard of %s, %s, %d minutes" % (commit, time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), seconds / 60), "",
             "%-12s %-8s %7s %7s %8s %8s" % ("judge", "state", "passed", "failed", "skipped", "seconds")]
    for row in rows:
        if row["state"] == "absent":
            lines.append("%-12s %-8s" % (row["suite"], "absent"))
            continue
        lines.append("%-12s %-8s %7d %7d %8d %8d%s" % (
            row["suite"], row["state"], row["passed"], row["failed"], row["skipped"], row["seconds"],
            "  " + row["why"] if row["why"] else ""))
    lines.append("")
    for row in rows:
        lines += ["%-12s %s" % (row["suite"], figure) for figure in row["figures"]]
    return "\n".join(lines) + "\n"


def commit_name():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=TOP, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "an unversioned tree"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", action="append", help="these judges only; the others are not in the table")
    options = parser.parse_args()
    os.makedirs(LOGS, exist_ok=True)
    with open(os.path.join(HERE, "suites.json"), encoding="utf-8") as f:
        specs = [s for s in json.load(f) if not options.only or s["suite"] in options.only]
    runner, rows, begun = suites_of_runner(), [], time.time()
    for spec in specs:
        if exists(spec, runner):
            row = run(spec)
        else:
            row = {"suite": spec["suite"], "state": "absent", "figures": []}
        rows.append(row)
        print("%s: %s%s" % (row["suite"], row["state"], " (%d s)" % row["seconds"] if "seconds" in row else ""), flush=True)
    text = table(rows, commit_name(), time.time() - begun)
    os.makedirs(RESULTS, exist_ok=True)
    with open(os.path.join(RESULTS, "scoreboard.txt"), "w", encoding="utf-8") as f:
        f.write(text)
    with open(os.path.join(RESULTS, "scoreboard.json"), "w", encoding="utf-8") as f:
        json.dump({"commit": commit_name(), "time": int(begun), "judges": rows}, f, indent=1)
        f.write("\n")
    print("\n" + text, end="")
    return 1 if any(row["state"] == "red" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
