#!/usr/bin/env python3
"""The figures of databricks.sh: contenders take turns, medians and ratios are printed."""
import json
import os
import statistics
import subprocess
import sys
import urllib.request

from contest import PAIRS, contest, program, psql

HERE = os.path.dirname(os.path.abspath(__file__))
rows, page = int(os.environ["BENCH_ROWS"]), int(os.environ["PAGE_ROWS"])
COLUMNS = "id bigint, grp bigint, at timestamptz, amount numeric(12,2), hash text, even boolean, ratio double precision"
QUERY = "SELECT `id`, `grp`, unix_micros(`at`) AS gw_us_0, `amount`, `hash`, `even`, `ratio` FROM facts"
# Reads the chunks named by its arguments and makes Python's values of them.
READER = """
import sys, urllib.request
sys.path.insert(0, "build/emulators/databricks")
import pyarrow.ipc
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for url in sys.argv[1:]:
    table = pyarrow.ipc.open_stream(opener.open(url).read()).read_all()
    for column in table.columns:
        column.to_pylist()
"""


def main():
    server = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "databricks_pages.py"), str(rows), str(page)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    root = "http://127.0.0.1:%d" % int(server.stdout.readline())
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    chunks = (rows + page - 1) // page
    psql("CREATE SCHEMA arrow; CREATE SCHEMA json")
    files = {}
    for form, name in (("arrow", "ARROW_STREAM"), ("json", "JSON_ARRAY")):
        psql("CREATE SERVER {0} FOREIGN DATA WRAPPER gw_databricks OPTIONS (warehouse_id 'w', api_endpoint '{1}', allow_private_network 'true', result_format '{0}');"
             "CREATE USER MAPPING FOR CURRENT_USER SERVER {0} OPTIONS (token 'x');"
             "CREATE FOREIGN TABLE {0}.facts ({2}) SERVER {0} OPTIONS (schema_name 'd', table_name 'facts')".format(form, root, COLUMNS))
        body = json.dumps({"statement": QUERY, "format": name, "disposition": "EXTERNAL_LINKS"}).encode()
        link = json.load(opener.open(root + "/api/2.0/sql/statements", body))["result"]["external_links"][0]["external_link"]
        files[form] = [link.rpartition("/")[0] + "/%d" % i for i in range(chunks)]

    def curl(form):
        return program("curl", "-sf", "--noproxy", "*", *(word for url in files[form] for word in ("-o", "/dev/null", url)))

    def ours(form):
        return psql("EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM %s.facts" % form)
    for form in files:
        ours(form)
    contest("%d rows" % rows, (
        ("curl alone, arrow", lambda: curl("arrow")),
        ("curl alone, json", lambda: curl("json")),
        ("pyarrow making values", lambda: program(sys.executable, "-c", READER, *files["arrow"])),
        ("warehouse_gw, json", lambda: ours("json")),
        ("warehouse_gw", lambda: ours("arrow"))))
    alone = statistics.median(ours("arrow") for _ in range(PAIRS))
    opener.open(root + "/latency/50").read()
    late = statistics.median(ours("arrow") for _ in range(PAIRS))
    # A chunk is asked for by its number, and then at its address.
    print("late chunks: %.0f %% of %d x 2 x 50 ms hidden" % (100 * (1 - max(0, late - alone) / (50 * 2 * chunks)), chunks), flush=True)
    server.stdin.close()
    server.wait()


if __name__ == "__main__":
    main()
