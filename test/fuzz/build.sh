#!/bin/bash
# Builds the fuzz targets with libFuzzer, AddressSanitizer and UBSan into DIR.
# Usage: test/fuzz/build.sh DIR.  Exit status 77 with the reason when clang or
# its fuzzer is missing.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
out=$1
clang=
for clang in clang-14 clang; do
	command -v "$clang" >/dev/null && break
	clang=
done
[ -n "$clang" ] || { echo "clang is missing"; exit 77; }
mkdir -p "$out"
echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return 0; }' >"$out/probe.c"
"$clang" -fsanitize=fuzzer,address,undefined "$out/probe.c" -o "$out/probe" 2>/dev/null ||
	{ echo "$clang has no libFuzzer (libclang-rt-14-dev)"; exit 77; }

config=${PG_CONFIG:-pg_config}
lib=$("$config" --pkglibdir)
flags=(-g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined
	-fno-sanitize-recover=undefined -fwrapv -fno-strict-aliasing -Wall -Wno-unused-function -Wno-ignored-attributes
	-Isrc -I. -I"$("$config" --includedir-server)" -I"$("$config" --includedir)")
# Static archives of PostgreSQL: strings, formatting, encodings.
archive=$(dirname "$lib")/lib/libpgcommon.a
[ -e "$archive" ] || archive=$(find "$("$config" --libdir)" "$lib/.." -name libpgcommon.a 2>/dev/null | head -n 1)
[ -n "$archive" ] || { echo "libpgcommon.a is missing"; exit 77; }

declare -A sources=(
	[type]="src/schema/gw_type.c src/schema/gw_type_text.c src/base/gw_near.c src/base/gw_error.c src/base/gw_secret.c src/base/gw_guc.c"
	[writer]="src/dialect/gw_dialect.c src/dialect/gw_dialect_ansi.c src/dialect/gw_dialect_postgres.c
		src/dialect/gw_dialect_postgres_rules.c src/dialect/gw_sqlbuf.c src/dialect/gw_dialect_bigquery.c src/dialect/gw_dialect_bigquery_rules.c
		src/dialect/gw_dialect_databricks.c src/dialect/gw_dialect_databricks_rules.c src/dialect/gw_dialect_mysql.c src/dialect/gw_dialect_redshift.c
		src/dialect/gw_dialect_snowflake.c src/dialect/gw_dialect_sqlserver.c"
	[secret]="src/base/gw_error.c src/base/gw_guc.c"
	[options]="src/base/gw_options.c src/base/gw_options_check.c src/base/gw_options_common.c src/base/gw_near.c
		src/base/gw_error.c src/base/gw_guc.c"
	[arrow]="src/base/gw_arrow.c src/base/gw_flatbuf.c"
	[http]="src/base/gw_json_stream.c src/base/gw_url.c src/base/gw_retry.c"
	[yaml]="src/base/gw_yaml.c src/base/gw_envfile.c src/base/gw_guard.c src/base/gw_error.c src/base/gw_secret.c
		src/base/gw_guc.c"
)
# What a target needs beside PostgreSQL.
declare -A libraries=([yaml]="-lyaml")
# What belongs to the server and must not be reached gets a stub that says so.
status=0
for target in "${!sources[@]}"; do
	link=("$clang" "${flags[@]}" -fsanitize=fuzzer -o "$out/$target" "test/fuzz/target_$target.c"
		test/fuzz/shim.c ${sources[$target]} "$archive" "${archive%/*}/libpgport.a" ${libraries[$target]:-})
	stubs=$out/stubs_$target.c
	"${link[@]}" 2>"$out/$target.log" && continue
	sed -n "s/.*undefined reference to \`\([A-Za-z_0-9]*\)'.*/\1/p" "$out/$target.log" | sort -u |
		awk 'BEGIN { print "extern void fuzz_fail(const char *, ...);" }
			{ printf "void %s(void);\nvoid %s(void) { fuzz_fail(\"%s is not part of the shim\"); }\n", $1, $1, $1 }' >"$stubs"
	"${link[@]}" "$stubs" 2>"$out/$target.log" || { cat "$out/$target.log"; status=1; }
done
exit $status
