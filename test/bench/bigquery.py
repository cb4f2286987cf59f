#!/usr/bin/env python3
"""The figures of bigquery.sh: contenders take turns, medians and ratios are printed; RAW is the compiled floor."""
import os
import statistics
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
rows, page, pairs = int(os.environ["BENCH_ROWS"]), int(os.environ["PAGE_ROWS"]), int(os.environ["PAIRS"])
PATH = "/bigquery/v2/projects/p/queries/job?location=US"


def timed(run):
    start = time.monotonic()
    run()
    return time.monotonic() - start


def main():
    server = subprocess.Popen(["node", os.path.join(HERE, "bigquery_pages.js"), str(rows), str(page)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    root = "http://127.0.0.1:%d" % int(server.stdout.readline())
    def order(what):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(root + "/" + what).read()
    columns = "id bigint, grp bigint, at timestamptz, amount numeric, hash text, even boolean, ratio double precision"
    sql("CREATE SERVER pages FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project 'p', api_endpoint '%s', allow_private_network 'true');"
        "CREATE USER MAPPING FOR CURRENT_USER SERVER pages OPTIONS (token 'x');"
        "CREATE FOREIGN TABLE facts (%s) SERVER pages OPTIONS (schema_name 'd', table_name 'facts')" % (root, columns))
    pages = (rows + page - 1) // page

    def floor():
        done = subprocess.run([os.environ["RAW"], root + PATH, str(pages)], check=True, capture_output=True, text=True)
        assert int(done.stdout.split()[0]) >= rows * 7, done.stdout

    def ours():
        sql("EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM facts")
    for how in ("packed", "plain"):
        order(how)
        ours()
        times = [(timed(floor), timed(ours)) for _ in range(pairs)]
        base, mine = (statistics.median(t) for t in zip(*times))
        print("%-22s %8.0f rows/s  %8.0f rows/s of curl and a bare parse  ratio %.2f" % (how + " pages", rows / mine, rows / base, mine / base))
    order("latency/50")
    waited = statistics.median(timed(ours) for _ in range(pairs))
    print("%-22s %5.0f %% of %d x 50 ms hidden" % ("late pages", 100 * (1 - max(0, waited - mine) / (0.05 * pages)), pages))
    server.stdin.close()
    server.wait()


def sql(text):
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", "\\o /dev/null", "-c", text], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit("bench: " + done.stderr)


if __name__ == "__main__":
    main()
