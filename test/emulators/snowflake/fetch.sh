#!/bin/bash
# Puts what Snowflake's emulator is made of into build/emulators/snowflake: DuckDB, which executes, with what its
# functions in Python need; and PyJWT, which signs the tokens its test brings.  The parsers of statements
# (sqlglot, sqlfluff) are those that test/render/judges.sh fetches.
set -euo pipefail
cd "$(dirname "$0")/../../.."
packages=('duckdb==1.4.5' 'numpy==2.2.6' 'PyJWT==2.10.1' 'cryptography==45.0.7')
done=build/emulators/snowflake.fetched
if [ "$(cat "$done" 2>/dev/null)" = "${packages[*]}" ]; then
	echo "emulators: snowflake is there"
	exit 0
fi
rm -rf build/emulators/snowflake
mkdir -p build/emulators/snowflake
python3 -m pip install -q --target build/emulators/snowflake "${packages[@]}" || {
	echo "emulators: no pip, snowflake is left out"
	exit 0
}
echo "${packages[*]}" >"$done"
echo "emulators: snowflake"
