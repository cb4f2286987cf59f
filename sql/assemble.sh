#!/bin/sh
# Prints an extension script.
#
#   assemble.sh VERSION      the install script: guard, catalog topics, one
#                            block per platform of gw_platform_list.h, then the
#                            API topics with OR REPLACE stripped, so that an
#                            existing object of somebody else is an error and
#                            never taken over.
#   assemble.sh FROM TO      an upgrade script: guard, the delta of stateful
#                            objects (sql/upgrade/FROM--TO.sql), then the API
#                            topics as they stand, replacing the old ones.
set -eu
cd "$(dirname "$0")/.."

# Keeps psql from running the script by hand, and everybody's objects from
# being what its operators mean.  Names of ours are always qualified.
guard()
{
	printf '%s\n' "\\echo Use \"$1\" to load this file. \\quit" \
		"SET LOCAL search_path TO pg_catalog, pg_temp;"
}

if [ $# -eq 2 ]; then
	guard "ALTER EXTENSION warehouse_gw UPDATE TO '$2'"
	[ ! -e "sql/upgrade/$1--$2.sql" ] || cat "sql/upgrade/$1--$2.sql"
	cat sql/api/*.sql
	exit
fi

guard "CREATE EXTENSION warehouse_gw VERSION '$1'"
cat sql/catalog/*.sql
sed -n 's/^X(\([a-z_]*\), "[^"]*", "\([^"]*\)")$/\1|\2/p' src/platform/gw_platform_list.h |
while IFS='|' read -r name title; do
	sed -e "s/@NAME@/$name/g" -e "s/@TITLE@/$title/g" sql/platform.sql.in
done
sed -e 's/^CREATE OR REPLACE /CREATE /' sql/api/*.sql
