# Sourced by the benches of services over HTTP.  http_bench NAME "$@": compile the floors (raw_pages.c: what libcurl and
# a parser of others take for the same answers), start a cluster, run NAME.py.
. "$(dirname "${BASH_SOURCE[0]}")/../lib/private.sh"

http_bench() {
	name=$1
	shift
	if [ -z "${GW_WORK:-}" ]; then
		"$(dirname "${BASH_SOURCE[0]}")/../lib/deps.sh" libjansson-dev libyajl-dev || {
			echo "bench: $name IS SKIPPED: the parsers to compare with (libjansson-dev, libyajl-dev) cannot be had"
			exit 0
		}
	fi
	export DEMO_ROWS=${BENCH_ROWS:-${ROWS:-${DEMO_ROWS:-500000}}}
	private_enter "$@"
	command -v node >/dev/null || {
		echo "bench: $name IS SKIPPED: it needs node, which is not installed"
		exit 0
	}
	trap 'private_stop "$GW_WORK"' EXIT
	cluster_start bench
	psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION warehouse_gw'
	gcc -O2 -o "$GW_WORK/raw_pages" test/bench/raw_pages.c -lcurl -ljansson -lyajl
	RAW=$GW_WORK/raw_pages BENCH_ROWS=$DEMO_ROWS PAGE_ROWS=20000 PAIRS=${PAIRS:-5} python3 -B "test/bench/$name.py"
}
