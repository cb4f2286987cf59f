#!/bin/bash
# How fast a MariaDB's rows come and go, next to clients that only read and to
# mysql_fdw, on the same tables.  Ratios count, not seconds.  BENCH_ROWS=n (or
# ROWS=n) sets the size (default 500000), PAIRS=n how often all take turns
# (default 3), ONLY=substr picks some lines.
set -euo pipefail
. "$(dirname "$0")/../lib/private.sh"
export DEMO_ROWS=${BENCH_ROWS:-${ROWS:-${DEMO_ROWS:-500000}}}
private_enter "$@"
if [ -n "${PLATFORM:-}" ] && [ "$PLATFORM" != mysql ]; then
	exit 0
fi
trap 'private_stop "$GW_WORK"' EXIT
cluster_start bench "shared_buffers = '256MB'" "max_wal_size = '4GB'"
gcc -O2 $(mariadb_config --include) -o "$GW_WORK/raw_mysql" "$(dirname "$0")/raw_mysql.c" $(mariadb_config --libs)
GW_BENCH_ROWS=$DEMO_ROWS GW_BENCH_RAW=$GW_WORK/raw_mysql python3 -B "$(dirname "$0")/mysql.py"
cluster_stop bench
