#!/bin/bash
# Puts what Databricks' emulator is made of into build/emulators/databricks: DuckDB, which executes, pyarrow, which
# writes Arrow streams, and Databricks' own client for Python, which tests it.  The parsers of statements (sqlglot,
# sqlfluff) are those that test/render/judges.sh fetches.
set -euo pipefail
cd "$(dirname "$0")/../../.."
packages=('duckdb==1.4.5' 'numpy==2.2.6' 'pyarrow==21.0.0' 'databricks-sdk==0.156.0')
done=build/emulators/databricks.fetched
if [ "$(cat "$done" 2>/dev/null)" = "${packages[*]}" ]; then
	echo "emulators: databricks is there"
	exit 0
fi
rm -rf build/emulators/databricks
mkdir -p build/emulators/databricks
python3 -m pip install -q --target build/emulators/databricks "${packages[@]}" || {
	echo "emulators: no pip, databricks is left out"
	exit 0
}
echo "${packages[*]}" >"$done"
echo "emulators: databricks"
