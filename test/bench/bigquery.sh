#!/bin/bash
# How fast BigQuery's pages become rows, next to curl and a bare JSON parse of the same pages, which come from
# memory.  ROWS=n (default 500000), PAIRS=n (default 5).
set -euo pipefail
. "$(dirname "$0")/../lib/private.sh"
export DEMO_ROWS=${BENCH_ROWS:-${ROWS:-${DEMO_ROWS:-500000}}}
private_enter "$@"
case ${PLATFORM:-bigquery} in bigquery) ;; *) exit 0 ;; esac
command -v node >/dev/null && command -v curl >/dev/null || {
	echo "bench: bigquery needs node and curl, which are not installed"
	exit 0
}
trap 'private_stop "$GW_WORK"' EXIT
cluster_start bench
psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION warehouse_gw'
BENCH_ROWS=$DEMO_ROWS PAGE_ROWS=20000 PAIRS=${PAIRS:-5} python3 -B test/bench/bigquery.py
