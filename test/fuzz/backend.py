#!/usr/bin/python3
"""Drives the fuzz targets that run inside a backend.

Usage: backend.py MODULE RUNS SEED.  The module's functions gw_fuzz_TOPIC take
the corpus (corpus/TOPIC/*), a seed and a number of runs; each run has a
subtransaction of its own.  The runs are cut into slices, so that a crash costs
one slice, whose seed is printed.
"""
import glob
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import pq  # noqa: E402

SLICE = 20000


def corpus(topic):
    out = []
    for path in sorted(glob.glob(os.path.join(HERE, "corpus", topic, "*"))):
        with open(path, "rb") as file:
            out.append("'\\x%s'::bytea" % file.read().hex())
    return "ARRAY[%s]" % ", ".join(out)


def connect(module, topic):
    connection = pq.Connection(pq.conninfo(host=os.environ["PGHOST"], port=os.environ["PGPORT"],
                                           user="postgres", dbname="postgres"))
    connection.must("CREATE FUNCTION pg_temp.fuzz(bytea[], bigint, integer) RETURNS bigint LANGUAGE c AS '%s', '%s'"
                    % (module, "gw_fuzz_" + topic))
    return connection


def run(module, topic, runs, seed):
    """Prints the figures; the failure, or None."""
    inputs, connection = corpus(topic), connect(module, topic)
    accepted, done, started = 0, 0, time.monotonic()
    while done < runs:
        n = min(SLICE, runs - done)
        try:
            result = connection.query("SELECT pg_temp.fuzz(%s, %d, %d)" % (inputs, seed + done, n))
        except pq.ConnectionLost as error:
            return "the backend crashed in the slice of seed %d: %s" % (seed + done, error)
        if result.error:
            notices = "; ".join(n["message"] for n in connection.notices[-1:])
            return "seed %d: %s %s" % (seed + done, result.error["message"], notices)
        accepted += int(result.rows[0][0])
        done += n
    print("= %s: %d runs, %d inputs accepted, %.0f s" % (topic, done, accepted, time.monotonic() - started))
    if accepted == 0:
        return "no input was accepted: the target tests nothing"
    connection.close()
    return None


def topics(module):
    symbols = subprocess.run(["nm", "-D", "--defined-only", module], capture_output=True, text=True, check=True)
    return sorted(line.split()[-1][len("gw_fuzz_"):] for line in symbols.stdout.splitlines()
                  if " T gw_fuzz_" in line)


def main():
    module, runs, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for topic in topics(module):
        why = run(module, topic, runs, seed)
        print("ok fuzz %s" % topic if why is None else "not ok fuzz %s: %s" % (topic, why), flush=True)


if __name__ == "__main__":
    main()
