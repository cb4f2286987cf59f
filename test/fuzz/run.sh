#!/bin/bash
# Runs every fuzz target: the standalone ones under libFuzzer with sanitizers,
# then those in a backend.  Usage: test/fuzz/run.sh MODULE RUNS OUTDIR.
# Prints "ok", "not ok", "skip" and "= " lines; inputs that fail go to OUTDIR.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
module=$1 runs=$2 out=$3
seed=${SEED:-$RANDOM$RANDOM}
bin=$GW_WORK/fuzz
mkdir -p "$out" "$bin"
echo "= seed $seed"

why=$(test/fuzz/build.sh "$bin" 2>"$bin/build.log")
case $? in
0)
	for source in test/fuzz/target_*.c; do
		target=$(basename "${source#*target_}" .c)
		mkdir -p "$bin/new_$target"
		# New inputs go elsewhere: the corpus is kept by hand, and small.
		if ASAN_OPTIONS=detect_leaks=1 "$bin/$target" -runs="$runs" -seed=$((seed % 2147483647)) \
			-max_len=2048 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
			-dict="test/fuzz/$target.dict" -artifact_prefix="$out/$target-" \
			"$bin/new_$target" "test/fuzz/corpus/$target" >"$out/$target.log" 2>&1; then
			echo "ok fuzz $target"
			sed -n "s/^stat::number_of_executed_units: */= $target: /p" "$out/$target.log" | sed 's/$/ runs/'
			rm "$out/$target.log"
		else
			echo "not ok fuzz $target: $(grep -aE 'fuzz:|ERROR:|runtime error' "$out/$target.log" | head -n 1)"
			grep -aE '^ *#[0-9]+ .*(src|test)/' "$out/$target.log" | head -n 8 | sed 's/^/# /'
		fi
	done
	;;
77)
	for source in test/fuzz/target_*.c; do
		echo "skip fuzz $(basename "${source#*target_}" .c): $why"
	done
	;;
*)
	echo "not ok fuzz targets do not build"
	tail -n 10 "$bin/build.log" | sed 's/^/# /'
	;;
esac
python3 test/fuzz/backend.py "$module" "$runs" "$seed"
