#!/usr/bin/python3
"""TPC-H: the 22 queries over foreign tables, as a remote database answers them.

The eight tables are made in a remote database (tables.sql) and imported into a
local one twice, through warehouse_gw and through postgres_fdw.  Each query is
run there, through warehouse_gw with all pushdown, with whole queries off and with
pushdown off, and through postgres_fdw.  All answers must be equal, and ours must have
been ONE data statement that returned as many rows as the answer has; the
remote's pg_stat_statements tells.  Prints "ok", "not ok" and "skip" lines for
test/run to count, and "= " lines with the figures.
"""
import argparse
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lib"))
import pq  # noqa: E402

# Without pushdown these read a table again for every row of another.
TOO_SLOW = (17, 19, 20)
REMOTE, LOCAL = "tpch_remote", "tpch_local"
TABLES = "customer lineitem nation orders part partsupp region supplier".split()
SETUP = """
CREATE EXTENSION warehouse_gw;
CREATE SERVER ours FOREIGN DATA WRAPPER gw_postgres OPTIONS (host '{host}', port '{port}', database '{db}');
CREATE USER MAPPING FOR CURRENT_USER SERVER ours OPTIONS (user '{user}', password_required 'false');
CREATE SCHEMA ours;
IMPORT FOREIGN SCHEMA public LIMIT TO ({tables}) FROM SERVER ours INTO ours;
"""
PEER = """
CREATE EXTENSION postgres_fdw;
CREATE SERVER peer FOREIGN DATA WRAPPER postgres_fdw
  OPTIONS (host '{host}', port '{port}', dbname '{db}', use_remote_estimate 'true');
CREATE USER MAPPING FOR CURRENT_USER SERVER peer OPTIONS (user '{user}');
CREATE SCHEMA peer;
IMPORT FOREIGN SCHEMA public LIMIT TO ({tables}) FROM SERVER peer INTO peer;
"""
# Statements over the eight tables, however often each ran: a cursor counts
# where it is declared, its FETCHes belong to it.
DATA = """SELECT coalesce(sum(calls), 0)::int, coalesce(sum(rows), 0)::int
  FROM public.pg_stat_statements
 WHERE query ~ '"?public"?\\."?({tables})\\M' AND query !~* '^(explain|fetch|close)'"""
FETCHED = """SELECT coalesce(sum(rows), 0)::int
  FROM public.pg_stat_statements WHERE query ~* '^fetch'"""


def info(database):
    return pq.conninfo(host=os.environ["PGHOST"], port=os.environ["PGPORT"],
                       user=os.environ["PGUSER"], dbname=database)


def queries():
    with open(os.path.join(HERE, "queries.sql"), encoding="utf-8") as file:
        return [(int(n), sql) for n, sql in
                re.findall(r"^-- query (\d+)\n(.*?);$", file.read(), re.S | re.M)]


class Side:
    """One way to run a query: a session, and what it cost the remote."""

    def __init__(self, name, database, schema, settings=""):
        self.name = name
        self.session = pq.Connection(info(database))
        self.session.must("SET search_path = %s, pg_catalog; %s" % (schema, settings))
        self.seconds = 0.0

    def run(self, sql):
        begun = time.monotonic()
        result = self.session.query(sql, timeout=600)
        self.seconds += time.monotonic() - begun
        if result.error:
            return "error %s: %s" % (result.error["sqlstate"], result.error["message"])
        return sorted(result.rows, key=repr)

    def counted(self, watch, sql):
        """The answer, how many data statements it took, and their rows."""
        watch.must("SELECT public.pg_stat_statements_reset()")
        answer = self.run(sql)
        statements, rows = watch.must(DATA.format(tables="|".join(TABLES)))[0]
        return answer, int(statements), int(rows) + int(watch.value(FETCHED))


def make(scale):
    with pq.Connection(info("postgres")) as session:
        for name in (REMOTE, LOCAL):
            session.must("CREATE DATABASE %s" % name)
    subprocess.run(["psql", "-Xq", "-v", "scale=%s" % scale, "-d", REMOTE, "-f",
                    os.path.join(HERE, "tables.sql")], check=True, stdout=subprocess.DEVNULL)
    words = {"host": os.environ["PGHOST"], "port": os.environ["PGPORT"], "db": REMOTE,
             "user": os.environ["PGUSER"], "tables": ", ".join(TABLES)}
    with pq.Connection(info(REMOTE)) as session:
        session.must("CREATE EXTENSION pg_stat_statements")
    with pq.Connection(info(LOCAL)) as session:
        session.must(SETUP.format(**words))
        peer = session.query("SELECT 1 FROM pg_available_extensions WHERE name = 'postgres_fdw'").rows
        if peer:
            session.must(PEER.format(**words))
        for schema in ["ours"] + (["peer"] if peer else []):
            session.must("; ".join("ANALYZE %s.%s" % (schema, table) for table in TABLES))
    return bool(peer)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", default="0.01")
    scale = parser.parse_args().scale
    has_peer = make(scale)
    watch = pq.Connection(info(REMOTE))
    there = Side("the remote itself", REMOTE, "public")
    whole = Side("whole", LOCAL, "ours", "LOAD 'warehouse_gw'")
    deep = Side("whole queries off", LOCAL, "ours", "SET warehouse_gw.enable_whole_query = off")
    local = Side("pushdown off", LOCAL, "ours", "SET warehouse_gw.enable_pushdown = off")
    peer = Side("postgres_fdw", LOCAL, "peer") if has_peer else None
    ones = {"whole": [], "deep": [], "peer": []}

    for number, sql in queries():
        wanted = there.run(sql)
        answer, statements, rows = whole.counted(watch, sql)
        print("%s query %d: the remote's own answer" % ("ok" if answer == wanted else "not ok", number))
        if statements == 1 and rows == len(answer):
            ones["whole"].append(number)
            print("ok query %d: one data statement" % number)
        else:
            print("not ok query %d: %d data statements, %d rows for %d" %
                  (number, statements, rows, len(answer)))
            for line in whole.session.query("EXPLAIN (VERBOSE) " + sql).rows:
                print("# " + line[0])
        answer, statements, _ = deep.counted(watch, sql)
        print("%s query %d: whole queries off, the same" % ("ok" if answer == wanted else "not ok", number))
        if statements == 1:
            ones["deep"].append(number)
        if number not in TOO_SLOW:
            print("%s query %d: pushdown off, the same" %
                  ("ok" if local.run(sql) == wanted else "not ok", number))
        if peer is None:
            print("skip query %d: postgres_fdw is not installed" % number)
            continue
        answer, statements, _ = peer.counted(watch, sql)
        if statements == 1:
            ones["peer"].append(number)
        if answer != wanted:
            print("# query %d: postgres_fdw answers otherwise" % number)

    print("= tpch: scale %s, %d of 22 as one remote statement, %d with whole queries off%s" %
          (scale, len(ones["whole"]), len(ones["deep"]),
           ", %d with postgres_fdw" % len(ones["peer"]) if peer else ""))
    print("= tpch: seconds for all: " + ", ".join(
        "%s %.1f" % (side.name, side.seconds) for side in (there, whole, deep, local, peer) if side))
    return 0


if __name__ == "__main__":
    sys.exit(main())
