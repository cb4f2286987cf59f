#!/bin/bash
# Puts the parsers that judge SQL into build/judges with pip: sqlfluff, and what the Redshift emulator
# parses with and is checked by.  Google's SQL analyzer comes with BigQuery's emulator.
set -euo pipefail
cd "$(dirname "$0")/../.."
site=('sqlfluff==4.5.0')
redshift=('sqlglot==27.8.0' 'pg8000==1.31.2' 'psycopg2-binary==2.9.10')
done=build/judges/fetched
if [ "$(cat "$done" 2>/dev/null)" = "${site[*]} ${redshift[*]}" ]; then
	echo "judges: they are there"
	exit 0
fi
export PATH=/usr/bin:/bin:$PATH
pip=(python3 -m pip install -q --upgrade --disable-pip-version-check --root-user-action=ignore)
mkdir -p build/judges/bin
"${pip[@]}" --target build/judges/site "${site[@]}"
cat >build/judges/bin/sqlfluff <<'RUN'
#!/bin/sh
PYTHONPATH=$(dirname "$0")/../site exec python3 -m sqlfluff "$@"
RUN
chmod +x build/judges/bin/sqlfluff
build/judges/bin/sqlfluff --version
"${pip[@]}" --target build/judges/redshift "${redshift[@]}"
echo "${site[*]} ${redshift[*]}" >"$done"
