#!/bin/bash
# Puts the judges of the TDS emulator's statements (sqlfluff, sqlglot) and the client that proves it
# (tedious) into build/emulators.  What cannot be had is left out, and the suite counts a skip.
set -euo pipefail
cd "$(dirname "$0")/../../.."
parsers=('sqlfluff==4.5.0' 'sqlglot==27.8.0')
client='tedious@19.2.2'
done=build/emulators/tds.fetched
if [ "$(cat "$done" 2>/dev/null)" = "${parsers[*]} $client" ]; then
	echo "emulators: tds is there"
	exit 0
fi
mkdir -p build/emulators
python3 -m pip install -q --upgrade --target build/emulators/tds "${parsers[@]}" || {
	echo "emulators: no pip, the judges of tds are left out"
	exit 0
}
if command -v npm >/dev/null; then
	[ -e build/emulators/package.json ] || echo '{"private": true}' >build/emulators/package.json
	npm install --silent --no-audit --no-fund --prefix build/emulators "$client"
else
	echo "emulators: no npm, tedious is left out"
fi
echo "${parsers[*]} $client" >"$done"
echo "emulators: tds"
