# Private ground for the runners.  Sourced by bash scripts that are started as
#
#	. test/lib/private.sh; private_enter "$@"
#
# private_enter copies this tree (which may be readable by its owner only) and
# a relocatable PostgreSQL into a directory under TMPDIR, installs the
# extension there, and runs the same script again inside the copy as an
# ordinary user (PostgreSQL refuses root).  It returns only in that inner run,
# with GW_WORK set; the outer run ends there, having removed everything.
# The system's PostgreSQL is never touched.

# private_dir USER: prints a fresh directory that USER can reach.  Unix sockets
# live below it and their paths must be short, so an overlong TMPDIR is not used.
private_dir()
{
	local base dir
	for base in "${TMPDIR:-/tmp}" /tmp; do
		[ ${#base} -le 40 ] || continue
		dir=$(mktemp -d "$base/gw.XXXXXX") || continue
		chown "$1" "$dir"
		if private_as "$1" test -w "$dir"; then
			echo "$dir"
			return
		fi
		rmdir "$dir"
	done
	echo "no temporary directory that user $1 can reach" >&2
	return 1
}

# private_as USER COMMAND...: runs it as USER (no change when that is us).
private_as()
{
	local user=$1
	shift
	if [ "$user" = "$(id -un)" ]; then
		"$@"
	else
		setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups "$@"
	fi
}

# private_user: the ordinary user to work as.
private_user()
{
	if [ "$(id -u)" -ne 0 ]; then
		id -un
	elif id postgres >/dev/null 2>&1; then
		echo postgres
	else
		echo nobody
	fi
}

# private_postgres DIR: a copy of PostgreSQL's programs, libraries and data
# files below DIR under their own paths.  The server finds its files relative
# to its own binary, so the copy has its own place for extensions.
private_postgres()
{
	local dir=$1 config=${PG_CONFIG:-pg_config} path include libdir
	# Programs of an installation of its own find their libpq beside them.
	libdir=$("$config" --libdir)
	[ "${libdir%/*}" = "$(dirname "$("$config" --bindir)")" ] || libdir=
	for path in "$("$config" --bindir)" "$("$config" --pkglibdir)" "$("$config" --sharedir)" $libdir; do
		mkdir -p "$dir$path"
		tar -C "$path" --exclude=./bitcode -cf - . | tar -C "$dir$path" -xf -
	done
	for include in "$("$config" --includedir)" "$("$config" --includedir-server)"; do
		[ ! -e "$dir$include" ] || continue
		mkdir -p "$dir${include%/*}"
		ln -s "$include" "$dir$include"
	done
	ln -s "$dir$("$config" --bindir)" "$dir/bin"
}

# private_loader PROGRAM ROOT: has it run on the C library below ROOT, which what it
# loads may want.
private_loader()
{
	local program
	program=$(readlink -f "$1")
	mv "$program" "$program.itself"
	cat >"$program" <<-END
		#!/bin/sh
		exec $2/usr/lib64/ld-linux-x86-64.so.2 --argv0 "\$0" --library-path $2/usr/lib/x86_64-linux-gnu $program.itself "\$@"
	END
	chmod 755 "$program"
}

# private_stop DIR: stops whatever clusters still run below DIR.
private_stop()
{
	local pidfile pid
	find "$1" -name postmaster.pid 2>/dev/null | while read -r pidfile; do
		pid=$(head -n 1 "$pidfile" 2>/dev/null) || continue
		[ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null
		while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
	done
	return 0
}

private_cleanup()
{
	trap - EXIT INT TERM HUP
	[ -n "${GW_CHILD:-}" ] && kill -TERM "$GW_CHILD" 2>/dev/null && wait "$GW_CHILD"
	private_stop "$GW_WORK"
	rm -rf "$GW_WORK"
}

private_enter()
{
	[ -z "${GW_WORK:-}" ] || return 0
	local top script user status=0
	top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
	script=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
	script=${script#"$top"/}
	user=$(private_user)

	GW_WORK=$(private_dir "$user") || exit 1
	trap private_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	mkdir "$GW_WORK/src" "$GW_WORK/tmp" "$GW_WORK/out"
	tar -C "$top" --exclude=./.git --exclude=./test/results --exclude=./build/asan \
		--exclude=./build/sanitize --exclude=./build/fuzz --exclude=./build/scoreboard \
		--exclude=./build/judges --exclude=./build/versions --exclude=./build/emulators -cf - . |
		tar -C "$GW_WORK/src" -xf -
	# Parsers, clients and engines of other people (test/lib/parts.sh), which are large and of
	# no use to the fast suites.
	local suite part
	for suite; do
		[[ " lint unit regress isolation docs write-docs " != *" $suite "* ]] || continue
		mkdir -p "$GW_WORK/src/build"
		for part in judges emulators; do
			[ ! -d "$top/build/$part" ] || cp -r "$top/build/$part" "$GW_WORK/src/build/"
		done
		break
	done
	private_postgres "$GW_WORK/pg"
	make -C "$top" -s install PG_CONFIG="$GW_WORK/pg/bin/pg_config" >"$GW_WORK/install.log" 2>&1 || {
		cat "$GW_WORK/install.log" >&2
		exit 1
	}
	local more=()
	if [ -n "${GW_SANITIZE:-}" ]; then
		. "$top/test/sanitize/hook.sh"
		sanitize_install "$GW_WORK/pg"
		mapfile -t more < <(sanitize_env "$GW_WORK")
	fi
	[ -z "${REMOTE_PG:-}" ] || {
		cp -r "$REMOTE_PG" "$GW_WORK/remote_pg"
		more+=(REMOTE_PG="$GW_WORK/remote_pg")
	}
	[ -z "${MYSQL9:-}" ] || {
		cp -r "$MYSQL9" "$GW_WORK/mysql9_root"
		more+=(MYSQL9="$GW_WORK/mysql9_root")
		[ -z "${MYSQL9_CLIENT:-}" ] || private_loader "$GW_WORK/pg/bin/postgres" "$GW_WORK/mysql9_root"
	}
	[ "$user" = "$(id -un)" ] || chown -R "$user:" "$GW_WORK"

	# Only what the inner run needs: no PG* or PSQL* settings of the caller.
	private_as "$user" env -i PATH="$GW_WORK/pg/bin:/usr/local/bin:/usr/bin:/bin" \
		HOME="$GW_WORK/tmp" TMPDIR="$GW_WORK/tmp" LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" \
		GW_WORK="$GW_WORK" PG_CONFIG="$GW_WORK/pg/bin/pg_config" GW_BINDIR="$("$GW_WORK/pg/bin/pg_config" --bindir)" \
		GW_PKGLIBDIR="$("$GW_WORK/pg/bin/pg_config" --pkglibdir)" \
		PLATFORM="${PLATFORM:-}" PLACE="${PLACE:-}" DEMO_ROWS="${DEMO_ROWS:-}" MEMORY="${MEMORY:-}" PAIRS="${PAIRS:-}" ORACLE="${ORACLE:-}" \
		ONLY="${ONLY:-}" KILLS="${KILLS:-}" CANCELS="${CANCELS:-}" CANCEL_GATE_MS="${CANCEL_GATE_MS:-}" \
		SEED="${SEED:-}" FUZZ_RUNS="${FUZZ_RUNS:-}" \
		GW_REGRESS="${GW_REGRESS:-}" TPCH="${TPCH:-}" LOAD="${LOAD:-}" MIGRATIONS="${MIGRATIONS:-}" "${more[@]}" \
		bash -c 'cd "$GW_WORK/src" && exec bash "$0" "$@"' "$script" "$@" &
	GW_CHILD=$!
	wait "$GW_CHILD" || status=$?
	GW_CHILD=
	[ -z "${GW_SANITIZE:-}" ] || sanitize_collect "$GW_WORK"
	if [ -n "$(ls -A "$GW_WORK/out")" ]; then
		rm -rf "$top/test/results"
		mkdir -p "$top/test/results"
		cp -r "$GW_WORK/out/." "$top/test/results/"
	fi
	exit "$status"
}

# free_port: a TCP port on 127.0.0.1 that nobody uses now, and that the kernel gives to nobody.
free_port()
{
	PYTHONPATH=$(dirname "${BASH_SOURCE[0]}") python3 -B -c 'import wire; print(wire.free_port())'
}

# cluster_start NAME [postgresql.conf lines]: a cluster with superuser
# postgres, trusted on its unix socket and asking for passwords over TCP.
# Exports PGHOST, PGPORT and PGUSER for it.  A session that waits for its own
# remote one, which no server can see, shall fail and not hang.
cluster_start()
{
	local name=$1 dir=$GW_WORK/$1 port
	shift
	port=$(free_port)
	mkdir -p "$GW_WORK/s"
	initdb -D "$dir" -U postgres -A trust --locale=C.UTF-8 -E UTF8 --no-sync >"$dir.initdb.log" 2>&1 || {
		cat "$dir.initdb.log" >&2
		return 1
	}
	cat >>"$dir/postgresql.conf" <<-CONF
		listen_addresses = '127.0.0.1'
		port = $port
		unix_socket_directories = '$GW_WORK/s'
		fsync = off
		max_connections = 60
		max_prepared_transactions = 4
		lock_timeout = 60s
		log_min_messages = info
		log_line_prefix = '%m [%p] %u@%d '
	CONF
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$dir/postgresql.conf"
	cat >"$dir/pg_hba.conf" <<-HBA
		local all all trust
		host all all 127.0.0.1/32 scram-sha-256
	HBA
	pg_ctl -D "$dir" -l "$dir.log" -w -t 60 start >/dev/null || {
		tail -n 20 "$dir.log" >&2
		return 1
	}
	export PGHOST=$GW_WORK/s PGPORT=$port PGUSER=postgres PGDATABASE=postgres
}

cluster_stop()
{
	pg_ctl -D "$GW_WORK/$1" -m fast -w stop >/dev/null
}
