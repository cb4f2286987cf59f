#!/bin/bash
# How fast rows come and go over ODBC: through the TDS emulator next to tds_fdw,
# and from a file of SQLite with the driver in a process and in a thread.  The
# emulator is a program in Python: what it takes for a row hides most of what
# the two wrappers differ in.  BENCH_ROWS=n (or ROWS=n) sets the size of the file
# (default 500000; the emulator's tables have a 25th), PAIRS=n how often all take
# turns (default 3), ONLY=substr picks some lines.
set -euo pipefail
. "$(dirname "$0")/../lib/private.sh"
export DEMO_ROWS=${BENCH_ROWS:-${ROWS:-${DEMO_ROWS:-500000}}}
private_enter "$@"
if [ -n "${PLATFORM:-}" ] && [ "$PLATFORM" != sqlserver ] && [ "$PLATFORM" != odbc ]; then
	exit 0
fi
trap 'private_stop "$GW_WORK"' EXIT
cluster_start bench "shared_buffers = '256MB'" "max_wal_size = '4GB'"
GW_BENCH_ROWS=$DEMO_ROWS python3 -B "$(dirname "$0")/sqlserver.py"
cluster_stop bench
