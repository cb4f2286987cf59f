#!/usr/bin/env python3
"""The tables of mysql.sh: contenders take turns, medians and ratios are printed."""
import os
import sys

from contest import contest, peer, program, psql

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import places  # noqa: E402

ROWS = int(os.environ["GW_BENCH_ROWS"])
RAW = os.environ["GW_BENCH_RAW"]
WRITES = max(ROWS // 25, 20000)


def set_up(place):
    place.make("bench", "CHARACTER SET utf8mb4")
    place.schema("bench", "bench")
    place.must("bench", "bench", f"""
        CREATE TABLE facts (id BIGINT PRIMARY KEY, grp BIGINT, at TIMESTAMP(6) NULL, amount DECIMAL(12,2), hash VARCHAR(40),
          even BOOLEAN, ratio DOUBLE, doc JSON);
        INSERT INTO facts SELECT seq, seq % 1000, '2024-01-01' + INTERVAL seq SECOND, (seq % 100000) / 100, MD5(seq),
          seq % 2 = 0, seq / 3e0, JSON_OBJECT('n', seq, 'kind', CONCAT('item ', seq % 7)) FROM seq_1_to_{ROWS};
        ANALYZE TABLE facts;
        CREATE TABLE target (id BIGINT PRIMARY KEY, grp BIGINT, at TIMESTAMP(6) NULL, amount DECIMAL(12,2), hash VARCHAR(40),
          even BOOLEAN, ratio DOUBLE)""")
    facts = place.facts()
    psql(f"""CREATE EXTENSION warehouse_gw;
        CREATE SERVER gw FOREIGN DATA WRAPPER gw_mysql OPTIONS (host '{facts['host']}', port '{facts['port']}', sslmode 'disable');
        CREATE USER MAPPING FOR postgres SERVER gw OPTIONS (user '{facts['user']}', password '{facts['password']}');
        CREATE SCHEMA gw_side;
        IMPORT FOREIGN SCHEMA bench FROM SERVER gw INTO gw_side;
        CREATE TABLE source AS SELECT g::bigint AS id, (g % 1000)::bigint AS grp, timestamptz '2024-01-01' + g * interval '1 s' AS at,
          (g % 100000)::numeric(12,2) / 100 AS amount, md5(g::text) AS hash, g % 2 = 0 AS even, g / 3.0::float8 AS ratio
        FROM generate_series(1, {WRITES}) g;
        CREATE TABLE wanted AS SELECT (g * {ROWS} / 500)::bigint AS id FROM generate_series(1, 500) g; ANALYZE; ANALYZE gw_side.facts""")
    sides = [("gw_side", "warehouse_gw")]
    if not peer("mysql_fdw"):
        return sides
    psql(f"""CREATE SERVER peer FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host '{facts['host']}', port '{facts['port']}', fetch_size '1000');
        CREATE USER MAPPING FOR postgres SERVER peer OPTIONS (username '{facts['user']}', password '{facts['password']}');
        CREATE SCHEMA peer_side;
        CREATE FOREIGN TABLE peer_side.facts (id bigint, grp bigint, at timestamptz, amount numeric(12,2), hash text, even smallint,
          ratio float8, doc jsonb) SERVER peer OPTIONS (dbname 'bench', table_name 'facts');
        CREATE FOREIGN TABLE peer_side.target (id bigint, grp bigint, at timestamptz, amount numeric(12,2), hash text, even smallint,
          ratio float8) SERVER peer OPTIONS (dbname 'bench', table_name 'target')""")
    return sides + [("peer_side", "mysql_fdw")]


def main():
    place = places.open("mariadb", os.environ["GW_WORK"])
    sides = set_up(place)
    socket = place.facts()["socket"]

    def scan(columns, condition=""):
        query = f"SELECT {columns} FROM facts{condition}"
        return ([("raw client, unbuffered", lambda: program(RAW, socket, "bench", query)),
                 ("mariadb --quick", lambda: program("mariadb", "--no-defaults", "-uroot", "-S", socket, "--quick", "-N", "bench", "-e", query))]
                + [(label, lambda side=side: psql(f"EXPLAIN (ANALYZE, TIMING OFF) SELECT {columns} FROM {side}.facts{condition}"))
                   for side, label in sides])

    contest(f"all 8 columns of {ROWS} rows", scan("*"))
    contest("7 columns, without JSON", scan("id, grp, at, amount, hash, even, ratio"))
    contest("2 columns", scan("id, ratio"))
    contest("one row in a hundred, by a condition", scan("*", " WHERE grp < 10"))
    contest("500 look-ups by key", [
        (label, lambda side=side: psql("SET enable_hashjoin = off", "SET enable_mergejoin = off", "SET enable_memoize = off",
                                       f"SELECT count(f.hash) FROM wanted w JOIN {side}.facts f ON f.id = w.id"))
        for side, label in sides[:1]])
    contest("count of a group", [
        (label, lambda side=side: psql(f"SELECT grp, count(*), sum(id) FROM {side}.facts GROUP BY grp")) for side, label in sides])
    rows = os.path.join(os.environ["GW_WORK"], "rows")
    psql(f"COPY (SELECT id, grp, at AT TIME ZONE 'UTC', amount, hash, even::int, ratio FROM source) TO '{rows}'")
    load = f"LOAD DATA LOCAL INFILE '{rows}' INTO TABLE target"
    writers = [("raw client, LOAD DATA LOCAL", lambda: program("mariadb", "--no-defaults", "-uroot", "-S", socket, "--local-infile=1", "bench", "-e", load))]
    writers += [(label, lambda side=side: psql(f"INSERT INTO {side}.target SELECT id, grp, at, amount, hash, even"
                                               f"{'::int::smallint' if side == 'peer_side' else ''}, ratio FROM source"))
                for side, label in sides]
    for flush, how in ((1, "each commit on disk, as servers come"), (2, "commits left to the system's cache")):
        place.must("bench", "bench", f"SET GLOBAL innodb_flush_log_at_trx_commit = {flush}")
        contest(f"INSERT ... SELECT of {WRITES} rows, 7 columns; {how}", writers, before=lambda: place.must("bench", "bench", "DELETE FROM target"))


if __name__ == "__main__":
    main()
