#!/bin/bash
# How fast Databricks' chunks become rows, as Arrow streams and as JSON, next to curl alone and to pyarrow making values of the
# same chunks.  They come from memory.  ROWS=n (default 500000), PAIRS=n (default 5).
set -euo pipefail
. "$(dirname "$0")/../lib/private.sh"
export DEMO_ROWS=${BENCH_ROWS:-${ROWS:-${DEMO_ROWS:-500000}}}
private_enter bench # with the parts of other people
case ${PLATFORM:-databricks} in databricks) ;; *) exit 0 ;; esac
[ -d build/emulators/databricks/pyarrow ] || {
	echo "bench: databricks needs pyarrow, which is not there (make deps)"
	exit 0
}
trap 'private_stop "$GW_WORK"' EXIT
cluster_start bench
psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION warehouse_gw'
BENCH_ROWS=$DEMO_ROWS PAGE_ROWS=20000 PAIRS=${PAIRS:-5} python3 -B test/bench/databricks.py
