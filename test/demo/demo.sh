#!/bin/bash
# The main job from end to end on a throw-away cluster: a "warehouse" database,
# and an "analytics" database that reads, changes and syncs it through
# warehouse_gw, as the ordinary role "analyst".
#
# DEMO_ROWS=n makes n orders (default 100000), n / 2 events and n / 20
# customers.  Every figure on the screen is counted, and compared with what the
# warehouse says of itself; a difference ends the demo with status 1.
set -euo pipefail
. "$(dirname "$0")/../lib/private.sh"
private_enter "$@"

rows=${DEMO_ROWS:-100000}
[[ $rows =~ ^[0-9]+$ ]] && [ "$rows" -ge 1000 ] && [ "$rows" -le 5000000 ] || {
	echo "DEMO_ROWS must be a number from 1000 to 5000000, not '$rows'" >&2
	exit 2
}
trap 'private_stop "$GW_WORK"' EXIT
trap 'exit 143' TERM

# step FILE DATABASE ROLE [NAME=VALUE...]: one part of the story.
step()
{
	local file=test/demo/$1.sql database=$2 role=$3 vars=()
	shift 3
	for var; do vars+=(-v "$var"); done
	psql -X -q -e -v ON_ERROR_STOP=1 -P footer=off -P null='(null)' -U "$role" -d "$database" \
		"${vars[@]}" -f "$file" 2>&1 | sed -E 's/^psql:[^ ]+: //'
}

# warehouse SQL: one figure from the warehouse itself.
warehouse()
{
	psql -XAtq -v ON_ERROR_STOP=1 -d warehouse -c "$1"
}

started=$SECONDS
cluster_start demo
createdb warehouse
createdb analytics
printf '\n== A warehouse with %s orders\n\n' "$rows"
step 1_warehouse warehouse postgres rows="$rows" >"$GW_WORK/warehouse.log" || {
	cat "$GW_WORK/warehouse.log"
	exit 1
}
psql -X -q -P footer=off -d warehouse -c "
	SELECT 'customers' AS table, count(*) AS rows, max(signed_up)::text AS newest FROM sales.customers
	UNION ALL SELECT 'orders', count(*), max(updated_at)::text FROM sales.orders
	UNION ALL SELECT 'events', count(*), max(at)::text FROM sales.events"

step 2_connect analytics postgres port="$PGPORT"
step 3_explore analytics analyst \
	orders="$(warehouse 'SELECT count(*) FROM sales.orders')" \
	paid="$(warehouse "SELECT count(*) FROM sales.orders WHERE status = 'paid' AND amount >= 900")"
step 4_sync analytics analyst orders="$(warehouse 'SELECT count(*) FROM sales.orders')" \
	total="$(warehouse 'SELECT sum(amount) FROM sales.orders')"
step 5_change warehouse postgres rows="$rows"
changed=$(warehouse 'SELECT count(*) FROM sales.orders WHERE updated_at > now() - interval '"'1 hour'")
step 6_again analytics analyst orders="$(warehouse 'SELECT count(*) FROM sales.orders')" \
	total="$(warehouse 'SELECT sum(amount) FROM sales.orders')" changed="$changed"
step 7_migrate analytics analyst customers="$(warehouse 'SELECT count(*) FROM sales.customers')"
cluster_stop demo
printf '\n== Done in %s s: every figure above was compared with the warehouse'"'"'s own\n' \
	"$((SECONDS - started))"
