#!/usr/bin/env python3
"""The table of scan.sh: contenders take turns, medians and ratios are printed.

Two figures for each: the time its client waits, and the processor time of every
server process that worked for it.  The second hardly depends on what else the
machine is doing."""
import os
import statistics
import subprocess
import sys
import time

pairs = int(os.environ.get("PAIRS", "5"))
rows = int(os.environ["GW_BENCH_ROWS"])
postmaster = int(os.environ["GW_BENCH_POSTMASTER"])
peers = os.environ["GW_BENCH_PEERS"].split()
tick = 1000 / os.sysconf("SC_CLK_TCK")

NARROW = "id, ratio"
WIDE = "id, grp, at, amount, hash, even, ratio"


def processor_ms():
    """What the cluster's processes that have ended have used."""
    with open(f"/proc/{postmaster}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) * tick


def once(database, statements):
    """Milliseconds the last statement took, and of the processor for all of them."""
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", "\\o /dev/null"]
    for statement in statements[:-1]:
        command += ["-c", statement]
    command += ["-c", "\\timing on", "-c", statements[-1]]
    before = processor_ms()
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"bench: {statements[-1]}\n{run.stderr}")
    times = [line.split()[1] for line in run.stdout.splitlines() if line.startswith("Time:")]
    time.sleep(0.1)  # until the remote session has ended too
    return float(times[-1]), processor_ms() - before


def scan(columns, condition=""):
    return lambda side: ("local", [
        f"EXPLAIN (ANALYZE, TIMING OFF) SELECT {columns} FROM {side}.facts{condition}"])


def copy(columns, condition=""):
    return ("remote", [f"COPY (SELECT {columns} FROM facts{condition}) TO STDOUT (FORMAT binary)"])


def first_row(side):
    return ("local", [f"SELECT id FROM {side}.keys WHERE id = 1",
                      f"BEGIN; DECLARE c CURSOR FOR SELECT * FROM {side}.facts; FETCH 1 FROM c; COMMIT"])


def lookups(side):
    return ("local", ["SET enable_hashjoin = off", "SET enable_mergejoin = off", "SET enable_memoize = off",
                      f"SELECT count(f.hash) FROM wanted w JOIN {side}.facts f ON f.id = w.id"])


def create(side):
    return ("local", [f"CREATE TEMP TABLE t AS SELECT * FROM {side}.facts"])


def insert(side):
    return ("local", ["CREATE TEMP TABLE t (LIKE gw_side.facts)",
                      f"INSERT INTO t SELECT * FROM {side}.facts"])


BENCHES = [
    ("all 8 columns", copy("*"), scan("*")),
    ("7 columns, without jsonb", copy(WIDE), scan(WIDE)),
    ("2 columns", copy(NARROW), scan(NARROW)),
    ("one row in a hundred, by a condition", copy("*", " WHERE grp < 10"), scan("*", " WHERE grp < 10")),
    ("first row of everything", None, first_row),
    ("2000 look-ups by key", None, lookups),
    ("CREATE TABLE AS", None, create),
    ("INSERT ... SELECT", None, insert),
]
SIDES = [("gw_side", "warehouse_gw"), ("gw_cursor", "  by cursor")]
if peers:
    SIDES += [("peer_small", "postgres_fdw, fetch_size 100"), ("peer_side", "  fetch_size 10000")]


def contest(title, raw, make):
    contenders = [("raw client: COPY (FORMAT binary)", raw)] if raw else []
    contenders += [(label, make(side)) for side, label in SIDES]
    walls = {label: [] for label, _ in contenders}
    cpus = {label: [] for label, _ in contenders}
    for _ in range(pairs):
        for label, (database, statements) in contenders:
            wall, cpu = once(database, statements)
            walls[label].append(wall)
            cpus[label].append(cpu)
    ours = statistics.median(walls["warehouse_gw"])
    base = statistics.median(walls[contenders[0][0]])
    print(f"{title}, {rows} rows, median of {pairs} interleaved runs")
    print(f"  {'':36} {'ms':>9} {'processor':>9} {'to raw' if raw else '':>8} {'to ours':>8}")
    for label, _ in contenders:
        wall, cpu = statistics.median(walls[label]), statistics.median(cpus[label])
        ratio = f"{wall / base:8.2f}" if raw else " " * 8
        print(f"  {label:36} {wall:9.1f} {cpu:9.0f} {ratio} {wall / ours:8.2f}")
    print(flush=True)


only = os.environ.get("ONLY", "")
for bench in BENCHES:
    if only in bench[0]:
        contest(*bench)
