#!/bin/bash
# Fetches what tests need and no Debian package has: parsers and clients from PyPI, Google's SQL
# engine and clients from npm, all pinned, into build/.  What cannot be had is said here, and its
# suites count a skip.
cd "$(dirname "$0")/../.." || exit 1
for fetch in test/render/judges.sh test/emulators/*/fetch.sh; do
	log=$(timeout 600 "$fetch" 2>&1) || {
		echo "parts: $fetch failed; the suites that need it will be skipped"
		echo "$log" | tail -n 5 | sed 's/^/#   /'
	}
done
exit 0
