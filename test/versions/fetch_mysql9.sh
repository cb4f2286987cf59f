#!/bin/bash
# Puts Debian's MySQL 9 with the libraries it runs on, and its client library with its
# headers, into DIR/root, unless they are there.
# Usage: test/versions/fetch_mysql9.sh DIR.  Exit status 77 with one line of reason on standard
# output when it cannot be had.  It comes from Debian's unstable suite, found with a private apt
# configuration, and runs by its own loader: nothing is installed in the system.
set -uo pipefail
dir=$(mkdir -p "$1" && cd "$1" && pwd) || exit 1
[ ! -e "$dir/have" ] || [ ! -e "$dir/root/usr/include/mysql/mysql.h" ] || exit 0

skip()
{
	echo "$1"
	exit 77
}

[ "$(uname -m)" = x86_64 ] || skip "the packages are for x86_64"
rm -rf "$dir/root" "$dir/debs" "$dir/apt"
apt=$dir/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$dir/debs" "$dir/root"
key=/usr/share/keyrings/debian-archive-keyring.gpg
apt-get indextargets --format "deb [signed-by=$key] \$(REPO_URI) sid main" \
	'Created-By: Packages' 'Origin: Debian' 2>/dev/null | grep -v security | sort -u >"$apt/sources.list"
options=(-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
	-o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=1)
(
	cd "$dir/debs" || exit 1
	timeout 300 apt-get "${options[@]}" -qq update || exit 1
	needed=$(apt-cache "${options[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
		--no-replaces --no-enhances mysql-server-core libmysqlclient-dev | grep -E '^(lib|zlib1g|mysql-server-core)' |
		grep -vE 'perl|debconf|^lib(c6|ssl|zstd|c)-dev' | sort -u | sed 's,$,/sid,')
	timeout 300 apt-get "${options[@]}" -qq download $needed || exit 1
	for package in *.deb; do dpkg-deb -x "$package" ../root || exit 1; done
) >"$dir/fetch.log" 2>&1 || skip "MySQL 9 cannot be had: $(grep '^E:' "$dir/fetch.log" | tail -n 1)"
rm -rf "$dir/debs" "$dir/apt"
"$dir/root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$dir/root/usr/lib/x86_64-linux-gnu" \
	"$dir/root/usr/sbin/mysqld" --version >>"$dir/fetch.log" 2>&1 ||
	skip "its server does not run here: $(tail -n 1 "$dir/fetch.log")"
touch "$dir/have"
