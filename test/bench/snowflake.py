#!/usr/bin/env python3
"""The figures of snowflake.sh: contenders take turns, medians and ratios are printed; RAW is the compiled floor."""
import os
import statistics
import subprocess
import sys
import urllib.request

from contest import PAIRS, contest, program, psql

HERE = os.path.dirname(os.path.abspath(__file__))
rows, page = int(os.environ["BENCH_ROWS"]), int(os.environ["PAGE_ROWS"])
COLUMNS = (("ID", "bigint"), ("GRP", "bigint"), ("AT", "timestamptz"), ("AMOUNT", "numeric"), ("HASH", "text"), ("EVEN", "boolean"),
           ("RATIO", "double precision"))
SCAN = "EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM facts"


def main():
    server = subprocess.Popen(["node", os.path.join(HERE, "snowflake_pages.js"), str(rows), str(page)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port, pages = int(server.stdout.readline()), (rows + page - 1) // page
    root = "http://127.0.0.1:%d" % port

    def order(what):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(root + "/" + what).read()
    columns = ", ".join('"%s" %s' % column for column in COLUMNS)
    psql("CREATE SERVER pages FOREIGN DATA WRAPPER gw_snowflake OPTIONS (account 'a', host '127.0.0.1', port '%d', protocol 'http', "
         "database 'DB', schema 'D', allow_private_network 'true')" % port,
         "CREATE USER MAPPING FOR CURRENT_USER SERVER pages OPTIONS (token 'x')",
         "CREATE FOREIGN TABLE facts (%s) SERVER pages OPTIONS (schema_name 'D', table_name 'FACTS')" % columns,
         "CREATE FOREIGN TABLE batches (%s) SERVER pages OPTIONS (schema_name 'D', table_name 'FACTS', insert_mode 'insert')" % columns)
    for how in ("packed", "plain"):
        order(how)
        psql(SCAN)
        contest("%d rows, %s partitions" % (rows, how), (
            ("curl and yajl", lambda: program(os.environ["RAW"], "events", root + "/pages?of=facts", str(pages))),
            ("curl and jansson", lambda: program(os.environ["RAW"], "tree", root + "/pages?of=facts", str(pages))),
            ("curl, values only found", lambda: program(os.environ["RAW"], "find", root + "/pages?of=facts", str(pages))),
            ("warehouse_gw", lambda: psql(SCAN))))
    alone = statistics.median(psql(SCAN) for _ in range(PAIRS))
    order("latency/50")
    late = statistics.median(psql(SCAN) for _ in range(PAIRS))
    print("late partitions: %.0f %% of %d x 50 ms hidden" % (100 * (1 - max(0, late - alone) / (50 * pages)), pages), flush=True)
    order("latency/0")
    some = min(rows // 5, 100000)
    source = "SELECT g, g %% 1000, now(), g / 100.0, md5(g::text), g %% 2 = 0, g / 3.0 FROM generate_series(1, %d) g" % some
    contest("INSERT of %d rows" % some, (
        ("warehouse_gw", lambda: psql("SET statement_timeout = 0", "INSERT INTO facts " + source)),
        ("in batches of batch_size", lambda: psql("SET statement_timeout = 0", "INSERT INTO batches " + source))))
    server.stdin.close()
    server.wait()


if __name__ == "__main__":
    sys.exit(main())
