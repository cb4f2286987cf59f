#!/bin/sh
# Prints the install script: guard, catalog topics, one block per platform of
# gw_platform_list.h, then the API topics with OR REPLACE stripped, so that an
# existing object of somebody else is an error and never taken over.
set -eu
cd "$(dirname "$0")/.."
version=$1

echo "\\echo Use \"CREATE EXTENSION warehouse_gw VERSION '$version'\" to load this file. \\quit"
cat sql/catalog/*.sql
sed -n 's/^X(\([a-z_]*\), "[^"]*", "\([^"]*\)")$/\1|\2/p' src/platform/gw_platform_list.h |
while IFS='|' read -r name title; do
	sed -e "s/@NAME@/$name/g" -e "s/@TITLE@/$title/g" sql/platform.sql.in
done
sed -e 's/^CREATE OR REPLACE /CREATE /' sql/api/*.sql
