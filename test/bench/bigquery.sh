#!/bin/bash
# How fast BigQuery's pages become rows, next to programs that get them by libcurl and have a library parse them, or
# only find their values (raw_bigquery.c).  The pages come from memory.  ROWS=n (default 500000), PAIRS=n (default 5).
set -euo pipefail
case ${PLATFORM:-bigquery} in bigquery) ;; *) exit 0 ;; esac
. "$(dirname "$0")/../lib/private.sh"
if [ -z "${GW_WORK:-}" ]; then
	"$(dirname "$0")/../lib/deps.sh" libjansson-dev libyajl-dev || {
		echo "bench: BIGQUERY IS SKIPPED: the parsers to compare with (libjansson-dev, libyajl-dev) cannot be had"
		exit 0
	}
fi
export DEMO_ROWS=${BENCH_ROWS:-${ROWS:-${DEMO_ROWS:-500000}}}
private_enter "$@"
command -v node >/dev/null || {
	echo "bench: BIGQUERY IS SKIPPED: it needs node, which is not installed"
	exit 0
}
trap 'private_stop "$GW_WORK"' EXIT
cluster_start bench
psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION warehouse_gw'
gcc -O2 -o "$GW_WORK/raw_bigquery" test/bench/raw_bigquery.c -lcurl -ljansson -lyajl
RAW=$GW_WORK/raw_bigquery BENCH_ROWS=$DEMO_ROWS PAGE_ROWS=20000 PAIRS=${PAIRS:-5} python3 -B test/bench/bigquery.py
