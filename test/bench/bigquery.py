#!/usr/bin/env python3
"""The figures of bigquery.sh: contenders take turns, medians and ratios are printed; RAW is the compiled floors."""
import os
import re
import resource
import statistics
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
rows, page, pairs = int(os.environ["BENCH_ROWS"]), int(os.environ["PAGE_ROWS"]), int(os.environ["PAIRS"])
PATH = "/bigquery/v2/projects/p/queries/job?location=US"
TYPES = {"id": "bigint", "grp": "bigint", "at": "timestamptz", "amount": "numeric", "hash": "text", "even": "boolean",
         "ratio": "double precision", "day": "date"}
FLOORS = {"tree": "jansson", "events": "yajl", "find": "find"}
# Supabase's wrapper, where the PostgreSQL that is measured has it; its credentials are of its own make.
PEER = "wrappers"
CONTENDERS = list(FLOORS.values())


def columns(n):
    names = list(TYPES)
    return ", ".join("%s%s %s" % (names[i % 8], i - i % 8 or "", TYPES[names[i % 8]]) for i in range(n))


class Pages:
    """A server of pages of so many columns, and a foreign table over it."""

    def __init__(self, width):
        self.width, self.count = width, (rows + page - 1) // page
        self.server = subprocess.Popen(["node", os.path.join(HERE, "bigquery_pages.js"), str(rows), str(page), str(width)],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.root = "http://127.0.0.1:%d" % int(self.server.stdout.readline())
        sql("DROP SERVER IF EXISTS pages CASCADE;"
            "CREATE SERVER pages FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project 'p', api_endpoint '%s', allow_private_network 'true');"
            "CREATE USER MAPPING FOR CURRENT_USER SERVER pages OPTIONS (token 'x');"
            "CREATE FOREIGN TABLE facts (%s) SERVER pages OPTIONS (schema_name 'd', table_name 'facts')" % (self.root, columns(width)))
        if PEER in CONTENDERS:
            sql("DROP SERVER IF EXISTS peer CASCADE;"
                "CREATE SERVER peer FOREIGN DATA WRAPPER peer OPTIONS (project_id 'p', dataset_id 'd', mock_auth 'true', api_endpoint '%s/seconds/bigquery/v2');"
                "CREATE FOREIGN TABLE peer_facts (%s) SERVER peer OPTIONS (\"table\" 'facts', timeout '600000')" % (self.root, columns(width)))

    def order(self, what):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.root + "/" + what).read()

    def floor(self, how):
        """Clock and processor of one floor."""
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run([os.environ["RAW"], how, self.root + PATH, str(self.count)], check=True, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert int(done.stdout.split()[0]) >= rows * self.width, done.stdout
        return time.monotonic() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def scan(self, table="facts"):
        """Clock and the backend's processor of reading every column of every row."""
        start = time.monotonic()
        out = sql("EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM " + table, "SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)")
        assert int(re.search(r"actual rows=(\d+)", out[0])[1]) == rows, out[0]
        return time.monotonic() - start, int(out[-1]) / 1e9

    def close(self):
        self.server.stdin.close()
        self.server.wait()


def compare(pages, how):
    pages.order(how)
    pages.scan()
    contenders = {name: (lambda how=how: pages.floor(how)) for how, name in FLOORS.items()}
    contenders["ours"] = pages.scan
    if PEER in CONTENDERS:
        contenders[PEER] = lambda: pages.scan("peer_facts")
        contenders[PEER]()
    times = {name: [] for name in contenders}
    for _ in range(pairs):
        for name, run in contenders.items():
            times[name].append(run())
    clock = {name: statistics.median(t[0] for t in all) for name, all in times.items()}
    processor = {name: statistics.median(t[1] for t in all) for name, all in times.items()}
    print("%2d columns, %-6s %9.0f rows/s %6.2f us/row " % (pages.width, how, rows / clock["ours"], 1e6 * processor["ours"] / rows) + " ".join(
        "%6.2f %6.2f" % (clock["ours"] / clock[name], processor["ours"] / processor[name]) for name in CONTENDERS), flush=True)
    return clock["ours"]


def peer():
    """Can Supabase's wrapper be made?  It says so loudly where not."""
    done = subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-c", "CREATE EXTENSION " + PEER,
                           "-c", "CREATE FOREIGN DATA WRAPPER peer HANDLER big_query_fdw_handler VALIDATOR big_query_fdw_validator"], capture_output=True, text=True, check=False)
    if done.returncode:
        print("bench: SUPABASE'S WRAPPER IS SKIPPED: " + done.stderr.strip().splitlines()[0])
        return []
    print(f"{PEER}: " + sql("SELECT extversion FROM pg_extension WHERE extname = '%s'" % PEER)[0] + ", which asks for no compression, and for times as seconds")
    return [PEER]


def main():
    CONTENDERS.extend(peer())
    print("%28s %10s %15s  clock and processor, ours to" % ("", "ours", "processor"))
    print("%54s  " % "" + " ".join("%-13s" % name for name in CONTENDERS))
    for width in (2, 8, 20):
        pages = Pages(width)
        for how in ("packed", "plain"):
            clock = compare(pages, how)
        if width == 8:
            pages.order("latency/50")
            waited = statistics.median(pages.scan()[0] for _ in range(pairs))
            hidden = 1 - max(0, waited - clock) / (0.05 * pages.count)
            print("%2d columns, late   %.0f %% of %d x 50 ms hidden" % (width, 100 * hidden, pages.count), flush=True)
        pages.close()


def sql(*texts):
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"]
    for text in texts:
        command += ["-c", text]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit("bench: " + done.stderr)
    return done.stdout.splitlines()


if __name__ == "__main__":
    main()
