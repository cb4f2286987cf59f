#!/bin/bash
# Builds a PostgreSQL server with AddressSanitizer, assertions and memory
# checks in DIR, from the distribution's source package, unless it is there.
# Usage: test/sanitize/server.sh DIR.  Exit status 77 with one line of reason
# on standard output when the source cannot be had or built here.
#
# Preloading libasan into a stock server deadlocks at its start, so a server
# of its own it must be.  The source is found with a private apt
# configuration that has deb-src lines; nothing of the system is changed.
set -uo pipefail
dir=$(mkdir -p "$1" && cd "$1" && pwd) || exit 1
major=15
modules=$dir/server/lib/postgresql/pgxs/src/test/perl
[ ! -x "$dir/server/bin/postgres" ] || [ ! -d "$modules/PostgreSQL" ] || exit 0

skip()
{
	echo "$1"
	exit 77
}

for tool in apt-get tar bzip2 gcc make perl; do
	command -v "$tool" >/dev/null || skip "$tool is missing"
done
for header in unicode/ucol.h openssl/ssl.h zlib.h libxml/parser.h; do
	echo "#include <$header>" | gcc -E -I/usr/include/libxml2 - >/dev/null 2>&1 || skip "header $header is missing"
done

apt=$dir/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$dir/source"
key=/usr/share/keyrings/debian-archive-keyring.gpg
# Sources come from where this machine has its packages.
apt-get indextargets --format 'deb-src [signed-by='$key'] $(REPO_URI) $(RELEASE) main' \
	'Created-By: Packages' 2>/dev/null | sort -u >"$apt/sources.list"
options=(-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
	-o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root
	-o Acquire::Retries=1)
timeout 300 apt-get "${options[@]}" -qq update >"$dir/apt.log" 2>&1 ||
	skip "the lists of source packages cannot be had: $(tail -n 1 "$dir/apt.log")"

# The newest version first; a mirror may already have dropped an older file.
archive=
for version in $(apt-cache "${options[@]}" showsrc postgresql-$major 2>/dev/null |
	sed -n 's/^Version: //p' | sort -Vr | uniq); do
	if (cd "$dir/source" && timeout 300 apt-get "${options[@]}" -qq source --download-only \
		"postgresql-$major=$version") >>"$dir/apt.log" 2>&1; then
		archive=$(find "$dir/source" -name 'postgresql-*.orig.tar.*' ! -name '*.asc' | head -n 1)
		break
	fi
done
[ -n "$archive" ] || skip "no version of postgresql-$major's source can be downloaded: $(grep '^E:' "$dir/apt.log" | head -n 1)"

echo "building ${archive##*/} with AddressSanitizer; this takes some minutes" >&2
rm -rf "$dir/tree"
mkdir "$dir/tree"
tar -C "$dir/tree" --strip-components=1 -xf "$archive" || exit 1
# Its programs run during the build; what they leak at exit is no news.
export ASAN_OPTIONS=detect_leaks=0
(
	cd "$dir/tree" &&
		./configure -q --prefix="$dir/server" --enable-cassert --enable-debug --with-icu --with-libxml \
			--with-openssl --without-readline \
			CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address' LDFLAGS=-fsanitize=address &&
		make -s -j2 && make -s install &&
		make -s -C contrib/postgres_fdw install &&
		mkdir -p "$modules" && cp -r src/test/perl/PostgreSQL "$modules/"
) >"$dir/build.log" 2>&1 || {
	tail -n 20 "$dir/build.log" >&2
	rm -rf "$dir/server"
	exit 1
}
rm -rf "$dir/tree" "$dir/apt"
