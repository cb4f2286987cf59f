#!/bin/bash
# How fast rows arrive, next to psql's COPY and contrib/postgres_fdw on the same
# tables.  Ratios count, not seconds: everything shares one machine.
# BENCH_ROWS=n (or ROWS=n) sets the size (default 500000), PAIRS=n how often
# all of them take turns (default 5), ONLY=substr picks some lines.
set -euo pipefail
. "$(dirname "$0")/../lib/private.sh"
export DEMO_ROWS=${BENCH_ROWS:-${ROWS:-${DEMO_ROWS:-500000}}}
private_enter "$@"
if [ -n "${PLATFORM:-}" ] && [ "$PLATFORM" != postgres ]; then
	echo "bench: nothing to measure on platform $PLATFORM yet"
	exit 0
fi
trap 'private_stop "$GW_WORK"' EXIT

rows=$DEMO_ROWS
cluster_start bench "shared_buffers = '256MB'" "max_wal_size = '4GB'"
createdb remote
createdb local
psql -Xq -v ON_ERROR_STOP=1 -d remote <<SQL
CREATE TABLE facts AS
SELECT g::bigint AS id, (g % 1000)::bigint AS grp, timestamptz '2024-01-01' + g * interval '1 second' AS at,
  (g % 100000)::numeric / 100 AS amount, md5(g::text) AS hash, g % 2 = 0 AS even, g / 3.0::float8 AS ratio,
  jsonb_build_object('n', g, 'kind', 'item ' || g % 7) AS doc
FROM generate_series(1, $rows) AS g;
ALTER TABLE facts ADD PRIMARY KEY (id);
VACUUM ANALYZE facts;
CREATE TABLE keys AS SELECT id FROM facts WHERE id <= 10;
SQL
psql -Xq -v ON_ERROR_STOP=1 -d local <<SQL
CREATE EXTENSION warehouse_gw;
CREATE SERVER gw FOREIGN DATA WRAPPER gw_postgres
  OPTIONS (host '$PGHOST', port '$PGPORT', database 'remote');
CREATE USER MAPPING FOR postgres SERVER gw OPTIONS (user 'postgres', password_required 'false');
CREATE SCHEMA gw_side;
IMPORT FOREIGN SCHEMA public FROM SERVER gw INTO gw_side;
CREATE SCHEMA gw_cursor;
IMPORT FOREIGN SCHEMA public FROM SERVER gw INTO gw_cursor;
ALTER FOREIGN TABLE gw_cursor.facts OPTIONS (ADD fetch_mode 'cursor');
CREATE TABLE wanted AS SELECT g * ($rows / 2000) AS id FROM generate_series(1, 2000) g;
ANALYZE;
ANALYZE gw_side.facts, gw_cursor.facts;
SQL
peers=
if psql -Xq -d local -c 'CREATE EXTENSION postgres_fdw' 2>/dev/null; then
	psql -Xq -v ON_ERROR_STOP=1 -d local <<-SQL
		CREATE SERVER peer FOREIGN DATA WRAPPER postgres_fdw
		  OPTIONS (host '$PGHOST', port '$PGPORT', dbname 'remote', fetch_size '10000');
		CREATE USER MAPPING FOR postgres SERVER peer OPTIONS (user 'postgres');
		CREATE SCHEMA peer_side;
		IMPORT FOREIGN SCHEMA public FROM SERVER peer INTO peer_side;
		CREATE SCHEMA peer_small;
		IMPORT FOREIGN SCHEMA public FROM SERVER peer INTO peer_small;
		ALTER FOREIGN TABLE peer_small.facts OPTIONS (ADD fetch_size '100');
		ALTER FOREIGN TABLE peer_side.facts OPTIONS (ADD use_remote_estimate 'true');
		ALTER FOREIGN TABLE peer_small.facts OPTIONS (ADD use_remote_estimate 'true');
		ANALYZE peer_side.facts, peer_small.facts;
	SQL
	peers=1
fi

GW_BENCH_ROWS=$rows GW_BENCH_PEERS=$peers GW_BENCH_POSTMASTER=$(head -n 1 "$GW_WORK/bench/postmaster.pid") \
	python3 "$(dirname "$0")/scan.py"
printf 'memory a whole scan adds to its backend: %s kB\n\n' "$(psql -XAtq -v ON_ERROR_STOP=1 -d local <<-'SQL'
	CREATE FUNCTION pg_temp.peak() RETURNS int LANGUAGE sql
	  AS $$ SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s*(\d+)')::int $$;
	SELECT count(*) FROM gw_side.facts WHERE id < 10 AND hash IS NOT NULL \gset
	SELECT pg_temp.peak() AS before \gset
	\o /dev/null
	EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM gw_side.facts;
	\o
	SELECT pg_temp.peak() - :before;
SQL
)"
cluster_stop bench
