#!/bin/bash
# Puts the parsers that judge rendered DDL into build/judges: sqlfluff with pip,
# and, where node and npm are there, Google's SQL analyzer (BigQuery's); and the
# parser and the clients of the Redshift emulator.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build/judges/bin
python3 -m pip install -q --upgrade --target build/judges/site 'sqlfluff==4.5.0'
cat > build/judges/bin/sqlfluff <<'RUN'
#!/bin/sh
PYTHONPATH=$(dirname "$0")/../site exec python3 -m sqlfluff "$@"
RUN
chmod +x build/judges/bin/sqlfluff
build/judges/bin/sqlfluff --version
python3 -m pip install -q --upgrade --target build/judges/redshift \
	'sqlglot==27.8.0' 'pg8000==1.31.2' 'psycopg2-binary==2.9.10'
if command -v npm >/dev/null; then
	npm install --silent --prefix build/judges '@fivetrandevelopers/zetasql@1.13.0'
	servers=build/judges/node_modules/@fivetrandevelopers/zetasql/lib/zetasql
	rm -f "$servers"/remote_server "$servers"/remote_server_arm "$servers"/remote_server_arm.so
	echo "googlesql, $(node --version)"
fi
