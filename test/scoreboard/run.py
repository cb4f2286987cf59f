#!/usr/bin/python3
"""Runs every judge at its CI size and writes one table: scoreboard.txt and scoreboard.json.

Each judge leaves NAME.json (figures, commit, time) and NAME.txt (its whole output) in build/scoreboard,
or the folder SCOREBOARD names, so that a run which was broken off goes on where it stood: judges that
have a result of this commit are not run again, --only runs some anew, --table runs none.  The table is
made of what is there and says when each was measured; what is missing, or of another commit, is said.

suites.json lists the judges; one without "command" is a suite of test/run.  A judge that ended without
a count is red: nothing counts as passed that was not run.  Figures are the lines "= key value" that a
judge prints, and those its "show" picks.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BOARD = os.environ.get("SCOREBOARD") or os.path.join(TOP, "build", "scoreboard")
LIMIT_MINUTES = 60
RESULTS = os.path.join(TOP, "test", "results")
COUNTS = r"^%s: (\d+) passed, (\d+) failed(?:, (\d+) skipped(?: \((.*)\))?)?"


def suites_of_runner():
    with open(os.path.join(TOP, "test", "run"), encoding="utf-8") as f:
        return set(re.findall(r"^suite_([a-z_-]+)\(\)", f.read(), re.M))


def figures_of(spec, output):
    """The "= " lines: the runner strips the mark and keeps the suite's own log."""
    log = os.path.join(RESULTS, spec["suite"] + ".txt")
    text = output
    if os.path.exists(log):
        with open(log, encoding="utf-8", errors="replace") as f:
            text += f.read()
    shown = re.findall(spec["show"], text, re.M) if "show" in spec else []
    return list(dict.fromkeys(shown + re.findall(r"^= (.*\S)", text, re.M)))


def output_of(command, settings, minutes):
    """(output, status) of a judge; one that does not end in time is ended."""
    job = subprocess.Popen(command, cwd=TOP, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           start_new_session=True)
    try:
        output, _ = job.communicate(timeout=minutes * 60)
    except subprocess.TimeoutExpired:
        os.killpg(job.pid, signal.SIGTERM)
        output, _ = job.communicate()
        output += b"\nit did not end within %d minutes\n" % minutes
    except BaseException:
        os.killpg(job.pid, signal.SIGTERM)
        job.wait()
        raise
    return output.decode("utf-8", "replace"), job.returncode


def run(spec, commit):
    """The row of one judge, which is kept."""
    name = spec["suite"]
    settings = dict({k: v for k, v in spec.get("env", {}).items() if not os.environ.get(k)}, **os.environ)
    # "make scoreboard ONLY=kill" means the judge, not the tests inside it.
    for inherited in ("ONLY", "TABLE", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES"):
        settings.pop(inherited, None)
    begun = time.time()
    log = os.path.join(RESULTS, name + ".txt")
    if os.path.exists(log):
        os.remove(log)
    output, status = output_of(spec.get("command") or ["test/run", name], settings, spec.get("minutes", LIMIT_MINUTES))
    with open(os.path.join(BOARD, name + ".txt"), "w", encoding="utf-8") as f:
        f.write(output)
    row = {"suite": name, "state": "red", "passed": 0, "failed": 0, "skipped": 0, "why": "", "commit": commit,
           "time": int(begun), "seconds": round(time.time() - begun), "load": round(os.getloadavg()[1], 1),
           "figures": figures_of(spec, output)}
    counts = re.search(COUNTS % re.escape(name), output, re.M)
    if counts is None:
        row["why"] = "ended without a count"
    else:
        row["passed"], row["failed"], row["skipped"] = (int(counts.group(i) or 0) for i in (1, 2, 3))
        row["why"] = counts.group(4) or ""
        if row["failed"] == 0 and status == 0 and row["passed"] > 0:
            row["state"] = "green"
        elif row["failed"] == 0 and row["passed"] == 0 and row["skipped"] > 0:
            row["state"] = "skipped"
    temporary = os.path.join(BOARD, name + ".json.new")
    with open(temporary, "w", encoding="utf-8") as f:
        json.dump(row, f, indent=1)
        f.write("\n")
    os.replace(temporary, os.path.join(BOARD, name + ".json"))
    return row


def kept(name):
    """The last row of a judge; one that says so when there is none."""
    try:
        with open(os.path.join(BOARD, name + ".json"), encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return {"suite": name, "state": "not run", "figures": []}


def when(row):
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(row["time"]))


def table(rows, commit):
    lines = ["Scoreboard of %s, %s UTC" % (commit, time.strftime("%Y-%m-%d %H:%M", time.gmtime())), "",
             "%-12s %-8s %7s %7s %8s %8s  %-17s %5s %s" % ("judge", "state", "passed", "failed", "skipped", "seconds",
                                                          "measured (UTC)", "load", "commit")]
    for row in rows:
        if row["state"] == "not run":
            lines.append("%-12s not run" % row["suite"])
            continue
        lines.append("%-12s %-8s %7d %7d %8d %8d  %-17s %5.1f %s%s" % (
            row["suite"], row["state"], row["passed"], row["failed"], row["skipped"], row["seconds"], when(row), row["load"],
            row["commit"], "  " + row["why"] if row["why"] else ""))
    lines.append("")
    for row in rows:
        lines += ["%-12s %s  [%s]" % (row["suite"], figure, when(row)) for figure in row["figures"]]
    other = [row["suite"] for row in rows if row["state"] != "not run" and row["commit"] != commit]
    missing = [row["suite"] for row in rows if row["state"] == "not run"]
    lines += ["", "%d judges: %d green, %d red, %d skipped, %d not run%s%s" % (
        len(rows), *(sum(row["state"] == s for row in rows) for s in ("green", "red", "skipped", "not run")),
        " (%s)" % ", ".join(missing) if missing else "",
        "; of another commit: " + ", ".join(other) if other else "")]
    return "\n".join(lines) + "\n"


def write_table(names, commit):
    rows = [kept(name) for name in names]
    text = table(rows, commit)
    with open(os.path.join(BOARD, "scoreboard.txt"), "w", encoding="utf-8") as f:
        f.write(text)
    with open(os.path.join(BOARD, "scoreboard.json"), "w", encoding="utf-8") as f:
        json.dump({"commit": commit, "time": int(time.time()), "judges": rows}, f, indent=1)
        f.write("\n")
    return rows, text


def commit_name():
    """What is judged; a changed tree is never the same twice."""
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=TOP, capture_output=True, text=True, check=False)
    name = done.stdout.strip() or "unversioned"
    return name if re.fullmatch(r"[0-9a-f]+|.*-g[0-9a-f]+", name) else "%s at %d" % (name, time.time())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", action="append", default=[], help="run these judges, whether they have a result or not")
    parser.add_argument("--again", action="store_true", help="run all, whether they have a result or not")
    parser.add_argument("--table", action="store_true", help="run none, write the table")
    options = parser.parse_args()
    only = [name for names in options.only for name in names.replace(",", " ").split()]
    os.makedirs(BOARD, exist_ok=True)
    os.makedirs(RESULTS, exist_ok=True)
    with open(os.path.join(HERE, "suites.json"), encoding="utf-8") as f:
        specs = json.load(f)
    names = [s["suite"] for s in specs]
    unknown = sorted(set(only) - set(names)) + sorted(suites_of_runner() - set(names) - {"write-docs"})
    if unknown:
        print("not in suites.json: " + ", ".join(unknown))
        return 2
    commit = commit_name()
    for spec in [] if options.table else specs:
        last = kept(spec["suite"])
        if only and spec["suite"] not in only:
            continue
        if not only and not options.again and last.get("commit") == commit and last["state"] != "red":
            print("%s: %s already, measured %s" % (last["suite"], last["state"], when(last)), flush=True)
            continue
        row = run(spec, commit)
        print("%s: %s (%d s)" % (row["suite"], row["state"], row["seconds"]), flush=True)
        write_table(names, commit)
    rows, text = write_table(names, commit)
    print("\n" + text, end="")
    return 1 if any(row["state"] in ("red", "not run") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
