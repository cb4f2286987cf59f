#!/bin/bash
# Puts what BigQuery's emulator is made of into build/emulators: Google's GoogleSQL service, and Google's
# own client to check it with.  Without npm, suites that need it say so and count a skip.
set -euo pipefail
cd "$(dirname "$0")/../../.."
packages=('@fivetrandevelopers/zetasql@1.13.0' '@google-cloud/bigquery@9.3.0')
done=build/emulators/bigquery.fetched
if [ "$(cat "$done" 2>/dev/null)" = "${packages[*]}" ]; then
	echo "emulators: bigquery is there"
	exit 0
fi
command -v npm >/dev/null || {
	echo "emulators: no npm, bigquery is left out"
	exit 0
}
mkdir -p build/emulators
[ -e build/emulators/package.json ] || echo '{"private": true}' >build/emulators/package.json
npm install --silent --no-audit --no-fund --prefix build/emulators "${packages[@]}"
# Servers for other machines than this one.
service=build/emulators/node_modules/@fivetrandevelopers/zetasql/lib/zetasql
case $(uname -m) in
x86_64) rm -f "$service"/remote_server "$service"/remote_server_arm "$service"/remote_server_arm.so ;;
*) rm -f "$service"/remote_server "$service"/remote_server_arm "$service"/remote_server.so ;;
esac
echo "${packages[*]}" >"$done"
echo "emulators: bigquery, $(node --version)"
