#!/bin/bash
# The same for Snowflake's partitions (bigquery.sh), as far as it goes; INSERT of many rows as one statement and in
# batches.  ROWS=n (default 500000), PAIRS=n (default 5).
set -euo pipefail
case ${PLATFORM:-snowflake} in snowflake) ;; *) exit 0 ;; esac
. "$(dirname "$0")/http.bash"
http_bench snowflake "$@"
