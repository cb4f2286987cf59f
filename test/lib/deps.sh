#!/bin/bash
# Installs what building and testing need, and only what is missing; names of
# further packages may be given, for what not everybody runs.  Starts
# no service: while packages are installed, policy-rc.d forbids it, and
# postgresql-common is told not to create its "main" cluster.
set -euo pipefail

packages=(gcc make python3 perl postgresql-15 postgresql-server-dev-15
	libpq-dev libyaml-dev libmariadb-dev unixodbc-dev libcurl4-openssl-dev libssl-dev
	libipc-run-perl postgresql-15-cron openssl libfaketime python3-jsonschema python3-pymysql
	mariadb-server-core mariadb-client-core libsqliteodbc odbc-postgresql odbc-mariadb tdsodbc
	unixodbc freetds-bin postgresql-15-tds-fdw postgresql-15-mysql-fdw python3-pip "$@")
# Another npm than Debian's will do.
command -v npm >/dev/null || packages+=(npm)

installed()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for package in "${packages[@]}"; do
	installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
	echo "deps: all ${#packages[@]} packages are installed"
	exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "deps: missing ${missing[*]}; run as root, or install sudo" >&2
		exit 1
	}
	as_root=(sudo)
	sudo -n true 2>/dev/null || echo "deps: sudo may ask for your password"
fi
echo "deps: installing ${missing[*]}"

# The rest runs as root in one go, so that what it puts in place for the
# duration of the installation is taken away again whatever happens.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive bash -s -- "${missing[@]}" <<'ROOT'
set -euo pipefail
policy=/usr/sbin/policy-rc.d
conf=/etc/postgresql-common/createcluster.conf
saved=
restore()
{
	if [ -n "$saved" ]; then
		mv -f "$saved" "$policy"
	else
		rm -f "$policy"
	fi
}
if [ -e "$policy" ]; then
	saved=$policy.before-warehouse-gw
	mv -f "$policy" "$saved"
fi
trap restore EXIT
printf '#!/bin/sh\nexit 101\n' > "$policy"
chmod 755 "$policy"
if [ ! -e "$conf" ]; then
	mkdir -p "${conf%/*}"
	echo 'create_main_cluster = false' > "$conf"
fi
apt-get update -qq
# Keep our createcluster.conf: it is a configuration file of postgresql-common.
apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold \
	-o Dpkg::Options::=--force-confdef "$@" </dev/null
ROOT
echo "deps: done"
