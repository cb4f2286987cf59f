#!/bin/bash
# How fast rows arrive, next to psql's COPY and contrib/postgres_fdw on the same
# tables.  Ratios count, not seconds: everything shares one machine.
# BENCH_ROWS=n sets the size (default 500000).
set -euo pipefail
. "$(dirname "$0")/../lib/private.sh"
export DEMO_ROWS=${BENCH_ROWS:-${DEMO_ROWS:-500000}}
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
SELECT g::bigint AS id, g % 1000 AS grp, timestamptz '2024-01-01' + g * interval '1 second' AS at,
  (g % 100000)::numeric / 100 AS amount, md5(g::text) AS hash, g % 2 = 0 AS even, g / 3.0::float8 AS ratio
FROM generate_series(1, $rows) AS g;
ALTER TABLE facts ADD PRIMARY KEY (id);
VACUUM ANALYZE facts;
SQL
psql -Xq -v ON_ERROR_STOP=1 -d local <<SQL
CREATE EXTENSION warehouse_gw;
CREATE SERVER gw FOREIGN DATA WRAPPER gw_postgres
  OPTIONS (host '$PGHOST', port '$PGPORT', database 'remote');
CREATE USER MAPPING FOR postgres SERVER gw OPTIONS (user 'postgres', password_required 'false');
CREATE SCHEMA gw_side;
IMPORT FOREIGN SCHEMA public FROM SERVER gw INTO gw_side;
SQL
peers=(gw_side)
if psql -Xq -d local -c 'CREATE EXTENSION postgres_fdw' 2>/dev/null; then
	psql -Xq -v ON_ERROR_STOP=1 -d local <<-SQL
		CREATE SERVER peer FOREIGN DATA WRAPPER postgres_fdw
		  OPTIONS (host '$PGHOST', port '$PGPORT', dbname 'remote', fetch_size '10000');
		CREATE USER MAPPING FOR postgres SERVER peer OPTIONS (user 'postgres');
		CREATE SCHEMA peer_side;
		IMPORT FOREIGN SCHEMA public FROM SERVER peer INTO peer_side;
	SQL
	peers+=(peer_side)
fi

# measure LABEL DATABASE SQL: the best of three, in milliseconds.
measure()
{
	local best= time
	for _ in 1 2 3; do
		time=$(psql -XAtq -v ON_ERROR_STOP=1 -d "$2" -c '\o /dev/null' -c '\timing on' -c "$3" |
			sed -n 's/^Time: \([0-9]*\)\..*/\1/p')
		[ -n "$best" ] && [ "$best" -le "$time" ] || best=$time
	done
	printf '%-44s %8s ms\n' "$1" "$best"
}

printf '%s rows of 7 columns, best of three\n\n' "$rows"
measure 'raw client: COPY to standard output' remote 'COPY facts TO STDOUT'
for side in "${peers[@]}"; do
	name=$([ "$side" = gw_side ] && echo warehouse_gw || echo postgres_fdw)
	measure "$name: whole scan" local "EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM $side.facts"
	measure "$name: one condition of 1/1000" local "SELECT count(*) FROM $side.facts WHERE grp = 7"
	measure "$name: ORDER BY id LIMIT 10" local "SELECT * FROM $side.facts ORDER BY id LIMIT 10"
	measure "$name: CREATE TABLE AS" local "CREATE TEMP TABLE t AS SELECT * FROM $side.facts"
done
measure 'warehouse_gw: sync_table replace' local \
	"CALL gw.sync_table('gw', 'public.facts', 'public.facts_copy', mode => 'replace')"
cluster_stop bench
