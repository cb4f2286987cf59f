#!/bin/bash
# How fast Snowflake's partitions become rows, next to a program that gets them by libcurl and only finds their values
# (raw_bigquery.c, which knows of no service but how a page is asked for); how much of 50 ms for each partition is hidden;
# INSERT of many rows as one statement and in batches.  The answers come from memory.  ROWS=n (default 500000), PAIRS=n.
set -euo pipefail
. "$(dirname "$0")/../lib/private.sh"
export DEMO_ROWS=${BENCH_ROWS:-${ROWS:-${DEMO_ROWS:-500000}}}
private_enter "$@"
case ${PLATFORM:-snowflake} in snowflake) ;; *) exit 0 ;; esac
command -v node >/dev/null || {
	echo "bench: snowflake needs node, which is not installed"
	exit 0
}
trap 'private_stop "$GW_WORK"' EXIT
cluster_start bench
psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION warehouse_gw'
gcc -O2 -o "$GW_WORK/raw_bigquery" test/bench/raw_bigquery.c -lcurl
RAW=$GW_WORK/raw_bigquery BENCH_ROWS=$DEMO_ROWS PAGE_ROWS=20000 python3 -B test/bench/snowflake.py
