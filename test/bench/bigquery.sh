#!/bin/bash
# How fast BigQuery's pages become rows, next to programs that get them by libcurl and have a library parse them, or
# only find their values.  The pages come from memory.  ROWS=n (default 500000), PAIRS=n (default 5).
set -euo pipefail
case ${PLATFORM:-bigquery} in bigquery) ;; *) exit 0 ;; esac
. "$(dirname "$0")/http.bash"
http_bench bigquery "$@"
