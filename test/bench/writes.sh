#!/bin/bash
# How fast rows leave: INSERT ... SELECT into a remote table, next to a COPY pipe of psql and to
# contrib/postgres_fdw with batch_size 1000.  Ratios count, not seconds: everything shares one machine.
# WRITE_ROWS=n sets the size (default 200000), PAIRS=n how often all take turns (default 5).
set -euo pipefail
. "$(dirname "$0")/../lib/private.sh"
export WRITE_ROWS=${WRITE_ROWS:-200000}
private_enter "$@"
if [ -n "${PLATFORM:-}" ] && [ "$PLATFORM" != postgres ]; then
	echo "bench: platform $PLATFORM takes no rows"
	exit 0
fi
trap 'private_stop "$GW_WORK"' EXIT

rows=$WRITE_ROWS pairs=${PAIRS:-5}
cluster_start bench "shared_buffers = '256MB'" "max_wal_size = '4GB'"
createdb remote
createdb local
psql -Xq -v ON_ERROR_STOP=1 -d remote <<-SQL
	CREATE TABLE wide (id bigint, grp bigint, at timestamptz, amount numeric, hash text, even bool, ratio float8, doc jsonb);
	CREATE TABLE narrow (id bigint, ratio float8);
SQL
psql -Xq -v ON_ERROR_STOP=1 -d local <<-SQL
	CREATE EXTENSION warehouse_gw;
	CREATE SERVER gw FOREIGN DATA WRAPPER gw_postgres OPTIONS (host '$PGHOST', port '$PGPORT', database 'remote');
	CREATE USER MAPPING FOR postgres SERVER gw OPTIONS (user 'postgres', password_required 'false');
	CREATE SCHEMA ours;
	IMPORT FOREIGN SCHEMA public FROM SERVER gw INTO ours;
	CREATE SCHEMA batched;
	IMPORT FOREIGN SCHEMA public FROM SERVER gw INTO batched;
	ALTER FOREIGN TABLE batched.wide OPTIONS (ADD insert_mode 'insert');
	ALTER FOREIGN TABLE batched.narrow OPTIONS (ADD insert_mode 'insert');
	CREATE TABLE wide AS SELECT g::bigint AS id, (g % 1000)::bigint AS grp, timestamptz '2024-01-01' + g * interval '1 second' AS at,
	  (g % 100000)::numeric / 100 AS amount, md5(g::text) AS hash, g % 2 = 0 AS even, g / 3.0::float8 AS ratio,
	  jsonb_build_object('n', g, 'kind', 'item ' || g % 7) AS doc
	FROM generate_series(1, $rows) AS g;
	CREATE TABLE narrow AS SELECT id, ratio FROM wide;
	VACUUM ANALYZE;
SQL
sides=(ours batched)
if psql -Xq -d local -c 'CREATE EXTENSION postgres_fdw' 2>/dev/null; then
	psql -Xq -v ON_ERROR_STOP=1 -d local <<-SQL
		CREATE SERVER peer FOREIGN DATA WRAPPER postgres_fdw
		  OPTIONS (host '$PGHOST', port '$PGPORT', dbname 'remote', batch_size '1000');
		CREATE USER MAPPING FOR postgres SERVER peer OPTIONS (user 'postgres');
		CREATE SCHEMA peer;
		IMPORT FOREIGN SCHEMA public FROM SERVER peer INTO peer;
	SQL
	sides+=(peer)
fi

# clock COMMAND...: its milliseconds.
clock()
{
	local begun
	begun=$(date +%s%3N)
	"$@"
	echo $(($(date +%s%3N) - begun))
}

pipe()
{
	psql -Xq -d local -c "COPY $1 TO STDOUT ($2)" | psql -Xq -d remote -c "COPY $1 FROM STDIN ($2)"
}

insert()
{
	psql -Xq -v ON_ERROR_STOP=1 -d local -c "INSERT INTO $1.$2 SELECT * FROM public.$2"
}

empty()
{
	psql -Xq -d remote -c "TRUNCATE $1" -c CHECKPOINT
}

# median NUMBER...
median()
{
	printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

# line TITLE MS BASE OURS
line()
{
	awk -v title="$1" -v ms="$2" -v base="$3" -v ours="$4" \
		'BEGIN { printf "  %-44s %7d ms %7.2f %21.2f\n", title, ms, ms / base, ms / ours }'
}

for table in wide narrow; do
	declare -A took=()
	for ((i = 0; i < pairs; i++)); do
		for format in text binary; do
			empty $table
			took[$format]+=" $(clock pipe $table "FORMAT $format")"
		done
		for side in "${sides[@]}"; do
			empty $table
			took[$side]+=" $(clock insert "$side" $table)"
		done
	done
	got=$(psql -XAtq -d remote -c "SELECT count(*) FROM $table")
	[ "$got" = "$rows" ] || { echo "bench: $got rows of $rows arrived"; exit 1; }
	base=$(median ${took[text]}) ours=$(median ${took[ours]})
	printf 'INSERT ... SELECT of %s rows into table %s, median of %s interleaved runs\n' "$rows" $table "$pairs"
	printf '  %-44s %10s %7s %21s\n' '' '' 'pipe=1' 'ours=1'
	line 'psql COPY | psql COPY, text' "$base" "$base" "$ours"
	line 'psql COPY | psql COPY, binary' "$(median ${took[binary]})" "$base" "$ours"
	line 'warehouse_gw' "$ours" "$base" "$ours"
	line "warehouse_gw, insert_mode 'insert'" "$(median ${took[batched]})" "$base" "$ours"
	[ -z "${took[peer]:-}" ] || line 'postgres_fdw, batch_size 1000' "$(median ${took[peer]})" "$base" "$ours"
	unset took
done
cluster_stop bench
