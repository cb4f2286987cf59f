# Sourced by test/lib/private.sh when GW_SANITIZE says so.

# sanitize_install DIR: what the private copy of PostgreSQL needs.
sanitize_install()
{
	local bin
	bin=$(cd -P "$1/bin" && pwd)
	[ "$GW_SANITIZE" = valgrind ] || return 0
	mv "$bin/postgres" "$bin/postgres.bin"
	install -m 755 "$(dirname "${BASH_SOURCE[0]}")/postgres-valgrind" "$bin/postgres"
}

# sanitize_env WORK: NAME=value lines for the runner; reports go below WORK.
sanitize_env()
{
	local log=$1/out/sanitize
	mkdir -p "$log"
	[ -z "${GW_REGRESS:-}" ] || echo "GW_REGRESS=$GW_REGRESS"
	case $GW_SANITIZE in
	asan)
		# One report ends the process, and so is seen by the suite as well.  Faults are
		# made by libraries that are preloaded, and by memory that is not to be had.
		echo "ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1:verify_asan_link_order=0:allocator_may_return_null=1:log_path=$log/asan"
		;;
	valgrind)
		echo "GW_VALGRIND_LOG=$log/valgrind"
		;;
	esac
}

# sanitize_collect WORK: what went to the servers' logs.  UBSan reads its
# options at its first report, when the server has overwritten its first
# environment, so it knows of no log file.  A failed assertion is a report too.
sanitize_collect()
{
	local report=$1/out/sanitize/logs
	find "$1" -name '*.log' -not -path "$1/pg/*" -exec grep -ahE 'runtime error:|AddressSanitizer|^TRAP:|PANIC:' {} + >"$report"
	[ -s "$report" ] || rm "$report"
}
