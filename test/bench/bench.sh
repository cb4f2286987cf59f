#!/bin/bash
# How fast rows arrive, next to psql's COPY and contrib/postgres_fdw on the same
# tables.  Ratios count, not seconds: everything shares one machine.
# BENCH_ROWS=n (or ROWS=n) sets the size (default 500000), PAIRS=n how often
# the whole scans take turns (default 5).
set -euo pipefail
. "$(dirname "$0")/../lib/private.sh"
export DEMO_ROWS=${BENCH_ROWS:-${ROWS:-${DEMO_ROWS:-500000}}}
private_enter "$@"
if [ -n "${PLATFORM:-}" ] && [ "$PLATFORM" != postgres ]; then
	echo "bench: nothing to measure on platform $PLATFORM yet"
	exit 0
fi
trap 'private_stop "$GW_WORK"' EXIT

rows=$DEMO_ROWS pairs=${PAIRS:-5}
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
SQL
peers=(gw_side)
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

# once DATABASE SQL: one run in a session of its own, in milliseconds.
once()
{
	psql -XAtq -v ON_ERROR_STOP=1 -d "$1" -c '\o /dev/null' -c '\timing on' -c "$2" |
		sed -n 's/^Time: \([0-9]*\)\..*/\1/p'
}

# median NUMBER...
median()
{
	printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

# ratio A B: A / B with two digits.
ratio()
{
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

# scans TITLE COLUMNS: whole scans, ours and the others' taking turns.
scans()
{
	local raw=() ours=() cursor=() peer=() small=() i
	for ((i = 0; i < pairs; i++)); do
		raw+=("$(once remote "COPY (SELECT $2 FROM facts) TO STDOUT (FORMAT binary)")")
		ours+=("$(once local "EXPLAIN (ANALYZE, TIMING OFF) SELECT $2 FROM gw_side.facts")")
		cursor+=("$(once local "EXPLAIN (ANALYZE, TIMING OFF) SELECT $2 FROM gw_cursor.facts")")
		[ ${#peers[@]} -gt 1 ] || continue
		small+=("$(once local "EXPLAIN (ANALYZE, TIMING OFF) SELECT $2 FROM peer_small.facts")")
		peer+=("$(once local "EXPLAIN (ANALYZE, TIMING OFF) SELECT $2 FROM peer_side.facts")")
	done
	local base stream
	base=$(median "${raw[@]}") stream=$(median "${ours[@]}")
	printf '%s, %s rows, median of %s interleaved runs\n' "$1" "$rows" "$pairs"
	printf '  %-42s %8s ms %7s\n' 'raw client: COPY (FORMAT binary)' "$base" 1.00
	printf '  %-42s %8s ms %7s\n' 'warehouse_gw: stream' "$stream" "$(ratio "$stream" "$base")"
	i=$(median "${cursor[@]}")
	printf '  %-42s %8s ms %7s\n' 'warehouse_gw: cursor' "$i" "$(ratio "$i" "$base")"
	[ ${#peers[@]} -gt 1 ] || return 0
	i=$(median "${small[@]}")
	printf '  %-42s %8s ms %7s  stream is %s times as fast\n' 'postgres_fdw: fetch_size 100' "$i" \
		"$(ratio "$i" "$base")" "$(ratio "$i" "$stream")"
	i=$(median "${peer[@]}")
	printf '  %-42s %8s ms %7s  stream is %s times as fast\n\n' 'postgres_fdw: fetch_size 10000' "$i" \
		"$(ratio "$i" "$base")" "$(ratio "$i" "$stream")"
}

scans 'whole scan of 8 columns' '*'
scans 'whole scan of 7 columns, without jsonb' 'id, grp, at, amount, hash, even, ratio'
scans 'whole scan of 2 columns' 'id, ratio'
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

printf 'other queries, best of three\n'
for side in "${peers[@]}"; do
	name=$([ "$side" = gw_side ] && echo warehouse_gw || echo postgres_fdw)
	measure "$name: one condition of 1/1000" local "SELECT count(*) FROM $side.facts WHERE grp = 7"
	measure "$name: ORDER BY id LIMIT 10" local "SELECT * FROM $side.facts ORDER BY id LIMIT 10"
	measure "$name: CREATE TABLE AS" local "CREATE TEMP TABLE t AS SELECT * FROM $side.facts"
done
measure 'warehouse_gw: sync_table replace' local \
	"CALL gw.sync_table('gw', 'public.facts', 'public.facts_copy', mode => 'replace')"
cluster_stop bench
