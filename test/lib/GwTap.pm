# What the TAP tests share: two clusters (the one with the extension, and the
# warehouse it connects to), stop-watches, and waiting for a state to come.
package GwTap;
use strict;
use warnings;
use Exporter 'import';
use File::Basename qw(dirname);
use IO::Handle;
use IPC::Open2 qw(open2);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep usleep);

our @EXPORT = qw(start_pair run_verbose remote_backends wait_no_remote timed remote_pid
  prompt wait_remote_active wait_waiting wait_gone crash come LATE_MS
  parameters_beyond);

# Answers are wanted within 250 ms, which the cancel suite judges; a busy machine is given this
# much here, beside what it is measured to have stood still for.
use constant LATE_MS => 1000;

# How long a state that has to come may take: shorter than what would end by itself.
use constant PATIENCE => 20;

my ($machine_in, $machine_out);
open2($machine_out, $machine_in, 'python3', '-B', dirname(__FILE__) . '/machine.py');

# The two clusters, with the extension and server "wh" set up in the first.
sub start_pair
{
	my ($remote_conf) = @_;
	my $remote = PostgreSQL::Test::Cluster->new('remote');
	$remote->init;
	$remote->append_conf('postgresql.conf',
		"fsync = off\nlisten_addresses = '127.0.0.1'\n" . ($remote_conf // ''));
	$remote->start;
	my $node = PostgreSQL::Test::Cluster->new('local');
	$node->init;
	$node->append_conf('postgresql.conf', "fsync = off\nmax_prepared_transactions = 2\n");
	$node->start;

	my ($host, $port) = ($remote->host, $remote->port);
	my $user = $remote->safe_psql('postgres', 'SELECT current_user');
	$remote->safe_psql('postgres',
		'CREATE TABLE item AS SELECT g AS id, repeat(md5(g::text), 8) AS note
		   FROM generate_series(1, 20000) g; ANALYZE item;');
	$node->safe_psql('postgres', qq{
		CREATE EXTENSION warehouse_gw;
		CREATE SERVER wh FOREIGN DATA WRAPPER gw_postgres
			OPTIONS (host '$host', port '$port', dbname 'postgres', fetch_size '100');
		CREATE USER MAPPING FOR CURRENT_USER SERVER wh
			OPTIONS (user '$user', password_required 'false');
		CREATE FOREIGN TABLE item (id int, note text) SERVER wh
			OPTIONS (schema_name 'public', table_name 'item');
	});
	return ($node, $remote);
}

# Statements of which one that fails does not stop the rest; what they say on
# stdout, and errors with their SQLSTATEs.
sub run_verbose
{
	my ($node, $sql) = @_;
	my ($stdout, $stderr);
	$node->psql('postgres', "\\set VERBOSITY verbose\n$sql",
		stdout => \$stdout, stderr => \$stderr, on_error_stop => 0);
	return ($stdout, $stderr);
}

# Remote sessions of ours; with busy set only those running something.
sub remote_backends
{
	my ($remote, $busy) = @_;
	my $more = $busy ? "AND state = 'active'" : '';
	return $remote->safe_psql('postgres',
		"SELECT count(*) FROM pg_stat_activity
		  WHERE application_name = 'warehouse_gw' $more");
}

# The remote process of our only session.
sub remote_pid
{
	my ($remote) = @_;
	return $remote->safe_psql('postgres',
		"SELECT pid FROM pg_stat_activity WHERE application_name = 'warehouse_gw' LIMIT 1");
}

# Calls $done until it says so; whether it did.
sub come
{
	my ($done, $seconds) = @_;
	my $until = time + ($seconds // PATIENCE);
	until ($done->())
	{
		return 0 if time > $until;
		usleep(20_000);
	}
	return 1;
}

# Soon nothing of ours runs there (or, with all, is there).
sub wait_no_remote
{
	my ($remote, $name, $all) = @_;
	ok(come(sub { remote_backends($remote, !$all) == 0 }), $name);
}

# A statement of ours is under way there.
sub wait_remote_active
{
	my ($remote) = @_;
	come(sub { remote_backends($remote, 1) > 0 }) or die 'the remote statement did not start';
	return;
}

# The backend is busy with a statement, and waits for something that is not its client.
sub wait_waiting
{
	my ($node, $pid) = @_;
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = $pid
		AND state = 'active' AND wait_event_type <> 'Client'") or die "process $pid does not wait";
	usleep(100_000);
	return;
}

# That process has gone.
sub wait_gone
{
	my ($pid) = @_;
	return come(sub { !kill(0, $pid) });
}

# SIGKILL for a backend of that cluster, which notices and starts anew.
sub crash
{
	my ($node, $pid) = @_;
	kill 'KILL', $pid;
	wait_gone($pid) or die "process $pid does not go";
	$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
	return;
}

# A duration that ended now was shorter than so many milliseconds, but for what the
# machine stood still for.
sub prompt
{
	my ($ms, $limit, $name) = @_;
	my $stalled = 0;
	if ($ms >= $limit)
	{
		printf $machine_in "%.6f\n", time - $ms / 1000;
		$machine_in->flush;
		$stalled = readline $machine_out;
		chomp $stalled;
		note("$name: $ms ms, of which the machine stood still for $stalled ms");
	}
	return cmp_ok($ms - $stalled, '<', $limit, $name);
}

# Kept plans compare columns of a remote table with parameters, some of which its types cannot hold, as
# a local copy of it does; each case is "column type", the parameters, and last one that is sent.
sub parameters_beyond
{
	my ($ask, $remote, $local, @cases) = @_;
	for my $case (@cases)
	{
		my ($declared, @values) = @$case;
		my ($column, $type) = split / /, $declared;
		my @answers;
		for my $table ($local, $remote)
		{
			# Each comparison both ways round, and one that is negated.
			my $sql = "SET plan_cache_mode = force_generic_plan; SET warehouse_gw.enable_whole_query = on; PREPARE p($type) AS ";
			my @tests = map { ("$column $_ \$1", "\$1 $_ $column") } '=', '<>', '<', '<=', '>', '>=';
			$sql .= join(' UNION ALL ', map { "SELECT '$tests[$_]' || string_agg(id::text, ',' ORDER BY id) FROM (SELECT id FROM $table WHERE $tests[$_]
				UNION ALL SELECT -id FROM $table WHERE NOT ($tests[$_])) q" } 0 .. $#tests) . ';';
			push @answers, $ask->($sql . join(';', map { "EXECUTE p('$_')" } @values));
		}
		is($answers[1], $answers[0], "$column: parameters beyond what the column can hold");
		like($ask->("PREPARE p($type) AS SELECT 1 FROM $remote WHERE $column < \$1; SET plan_cache_mode = force_generic_plan; EXPLAIN (VERBOSE) EXECUTE p('$values[-1]')"),
			qr/Remote SQL: .*WHERE/, '... which goes there');
	}
	return;
}

# Milliseconds that a piece of code takes; printed with its name.
sub timed
{
	my ($name, $code) = @_;
	my $begun = time;
	$code->();
	my $ms = int((time - $begun) * 1000);
	note("$name: $ms ms");
	return $ms;
}

1;
