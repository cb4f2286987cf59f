#!/bin/bash
# How fast a remote table becomes a local one: gw.sync_table(), INSERT ... SELECT
# and CREATE TABLE AS over foreign tables, next to contrib/postgres_fdw and to
# two psql with a pipe between them.  Ratios count, not seconds: everything
# shares one machine, so all of them take turns PAIRS times (default 5).
# BENCH_ROWS=n (or ROWS=n) sets the size (default 500000).
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
cluster_start bench "shared_buffers = '256MB'" "max_wal_size = '8GB'" "autovacuum = off" \
	"checkpoint_timeout = '1h'"
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
CREATE VIEW narrow AS SELECT id, grp, at, ratio FROM facts;
SQL
psql -Xq -v ON_ERROR_STOP=1 -d local <<SQL
CREATE EXTENSION warehouse_gw;
CREATE SERVER gw FOREIGN DATA WRAPPER gw_postgres
  OPTIONS (host '$PGHOST', port '$PGPORT', database 'remote');
CREATE USER MAPPING FOR postgres SERVER gw OPTIONS (user 'postgres', password_required 'false');
CREATE SCHEMA gw_side;
IMPORT FOREIGN SCHEMA public FROM SERVER gw INTO gw_side;
CREATE SCHEMA into_side;
SQL
peers=()
if psql -Xq -d local -c 'CREATE EXTENSION postgres_fdw' 2>/dev/null; then
	for size in 100 10000; do
		psql -Xq -v ON_ERROR_STOP=1 -d local <<-SQL
			CREATE SERVER peer_$size FOREIGN DATA WRAPPER postgres_fdw
			  OPTIONS (host '$PGHOST', port '$PGPORT', dbname 'remote', fetch_size '$size');
			CREATE USER MAPPING FOR postgres SERVER peer_$size OPTIONS (user 'postgres');
			CREATE SCHEMA peer_$size;
			IMPORT FOREIGN SCHEMA public FROM SERVER peer_$size INTO peer_$size;
		SQL
		peers+=("$size")
	done
fi

# fresh TABLE: an empty local table of that shape.
fresh()
{
	psql -Xq -v ON_ERROR_STOP=1 -d local <<-SQL
		SET client_min_messages = warning;
		DROP TABLE IF EXISTS into_side.t;
		CREATE TABLE into_side.t (LIKE gw_side.$1);
	SQL
}

# now: milliseconds of the clock.
now()
{
	echo $(($(date +%s%N) / 1000000))
}

# once SQL: in a session of its own, connecting included, in milliseconds.
once()
{
	local begun
	begun=$(now)
	PGOPTIONS='-c client_min_messages=warning' psql -XAtq -v ON_ERROR_STOP=1 -d local -o /dev/null -c "$1"
	echo $(($(now) - begun))
}

# piped TABLE FORMAT
piped()
{
	local begun
	begun=$(now)
	psql -XAtq -d remote -c "COPY (SELECT * FROM $1) TO STDOUT (FORMAT $2)" |
		psql -Xq -v ON_ERROR_STOP=1 -d local -c "COPY into_side.t FROM STDIN (FORMAT $2)"
	echo $(($(now) - begun))
}

# median NUMBER...
median()
{
	printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

declare -A times
# add NAME MILLISECONDS
add()
{
	times[$1]="${times[$1]:-} $2"
}

# line LABEL NAME: with ratios to the binary pipe and to sync_table.
line()
{
	local m
	# shellcheck disable=SC2086
	m=$(median ${times[$2]})
	awk -v l="$1" -v m="$m" -v p="$base" -v o="$ours" \
		'BEGIN { printf "  %-46s %8d ms %9.2f %12.2f\n", l, m, m / p, m / o }'
}

# moves TITLE TABLE
moves()
{
	local i size base ours
	times=()
	fresh "$2"
	once "CALL gw.sync_table('gw', 'public.$2', 'into_side.again', mode => 'replace')" >/dev/null
	for ((i = 0; i < pairs; i++)); do
		fresh "$2"
		add pipe_binary "$(piped "$2" binary)"
		add again "$(once "CALL gw.sync_table('gw', 'public.$2', 'into_side.again', mode => 'replace')")"
		fresh "$2"
		add pipe_text "$(piped "$2" text)"
		fresh "$2"
		add append "$(once "CALL gw.sync_table('gw', 'public.$2', 'into_side.t', mode => 'append')")"
		psql -Xq -d local -c "DELETE FROM gw.stream WHERE target = 'into_side.t'"
		fresh "$2"
		add insert "$(once "INSERT INTO into_side.t SELECT * FROM gw_side.$2")"
		add create "$(once "CREATE TABLE into_side.u AS SELECT * FROM gw_side.$2")"
		psql -Xq -d local -c 'DROP TABLE into_side.u'
		for size in "${peers[@]}"; do
			fresh "$2"
			add "insert_$size" "$(once "INSERT INTO into_side.t SELECT * FROM peer_$size.$2")"
			add "create_$size" "$(once "CREATE TABLE into_side.u AS SELECT * FROM peer_$size.$2")"
			psql -Xq -d local -c 'DROP TABLE into_side.u'
		done
	done
	# shellcheck disable=SC2086
	base=$(median ${times[pipe_binary]})
	# shellcheck disable=SC2086
	ours=$(median ${times[append]})
	printf '%s, %s rows, median of %s interleaved runs %s\n' "$1" "$rows" "$pairs" \
		'          / pipe / sync_table'
	line 'psql | psql: COPY (FORMAT binary)' pipe_binary
	line 'psql | psql: COPY (FORMAT text)' pipe_text
	line 'gw.sync_table: append' append
	line 'gw.sync_table: replace' again
	line 'warehouse_gw: INSERT ... SELECT' insert
	line 'warehouse_gw: CREATE TABLE AS' create
	for size in "${peers[@]}"; do
		line "postgres_fdw: INSERT ... SELECT, fetch_size $size" "insert_$size"
		line "postgres_fdw: CREATE TABLE AS, fetch_size $size" "create_$size"
	done
	echo
}

moves 'whole table of 8 columns' facts
psql -Xq -d local -c "DELETE FROM gw.stream" -c 'DROP TABLE into_side.again'
moves 'whole table of 4 columns' narrow
