#!/bin/sh
# Has pgspot, a reader of extension scripts that others wrote, look for what an attacker's objects on the
# search_path could take over; every finding is a failure.  It is fetched from PyPI into build/ once.
# Ends with "pgspot: N passed, M failed".
cd "$(dirname "$0")/../.." || exit 1
venv=build/pgspot
[ -x $venv/bin/pgspot ] || {
	rm -rf $venv
	why=$( { python3 -m venv $venv && $venv/bin/pip install -q pgspot==0.9.4 pglast==7.21; } 2>&1) || {
		rm -rf $venv
		echo "pgspot: 0 passed, 0 failed, 1 skipped (it cannot be installed: $(echo "$why" | tail -n 1))"
		exit 0
	}
}
make -s all || exit 1
passed=0 failed=0
for script in warehouse_gw--*.sql; do
	# The guard is psql's, not SQL.
	found=$(grep -v '^\\echo' "$script" | $venv/bin/pgspot)
	if echo "$found" | grep -q "^Errors: 0 Warnings: 0 Unknown: 0"; then
		echo "ok $script"
		passed=$((passed + 1))
	else
		echo "not ok $script"
		echo "$found" | sed 's/^/#   /'
		failed=$((failed + 1))
	fi
done
echo "= pgspot $passed of $((passed + failed)) scripts without a finding"
echo "pgspot: $passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
