"""Contenders take turns; medians and ratios are printed.  What the benches of remote servers share."""
import os
import statistics
import subprocess
import sys
import time

PAIRS, ONLY = int(os.environ.get("PAIRS") or 3), os.environ.get("ONLY", "")


def psql(*statements):
    """Milliseconds that the last statement took."""
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", "\\o /dev/null"]
    for statement in statements[:-1]:
        command += ["-c", statement]
    done = subprocess.run(command + ["-c", "\\timing on", "-c", statements[-1]], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: {statements[-1]}\n{done.stderr}")
    return float([line.split()[1] for line in done.stdout.splitlines() if line.startswith("Time:")][-1])


def program(*words):
    begun = time.monotonic()
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: {words[0]}\n{done.stderr}")
    return (time.monotonic() - begun) * 1000


def peer(extension):
    """Can the other wrapper be made?  A skip with the reason where not."""
    done = subprocess.run(["psql", "-Xq", "-c", f"CREATE EXTENSION {extension}"], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"skip {extension}: " + done.stderr.strip().splitlines()[0])
    return done.returncode == 0


def contest(title, contenders, before=None, ours="warehouse_gw"):
    """contenders: (label, function that gives milliseconds); ratios are to the first and to ours."""
    if ONLY not in title:
        return
    times = {label: [] for label, _ in contenders}
    for _ in range(PAIRS):
        for label, run in contenders:
            if before:
                before()
            times[label].append(run())
    base, own = (statistics.median(times[label]) for label in (contenders[0][0], ours))
    print(f"{title}, median of {PAIRS} interleaved runs")
    print(f"  {'':36} {'ms':>9} {'to first':>8} {'to ours':>8}")
    for label, _ in contenders:
        wall = statistics.median(times[label])
        print(f"  {label:36} {wall:9.1f} {wall / base:8.2f} {wall / own:8.2f}")
    print(flush=True)
