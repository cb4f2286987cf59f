# One local transaction on two servers: commits one by one and together, what
# becomes of it when one refuses or dies, aborts sent together, connections
# that are not kept.  That COMMITs overlap is proved by times taken there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use Test::More;
use Time::HiRes qw(time);

my ($node, $remote) = start_pair();
my ($host, $port) = ($remote->host, $remote->port);
my $user = $remote->safe_psql('postgres', 'SELECT current_user');
my @servers = ('one', 'two');
for my $name (@servers)
{
	$remote->safe_psql('postgres', "CREATE DATABASE $name");
	# COMMIT takes a while and says when, where the row wants that.
	$remote->safe_psql($name, q{
		CREATE TABLE t (a int PRIMARY KEY, slow bool DEFAULT false, start timestamptz, stop timestamptz);
		CREATE TABLE u (a int REFERENCES t DEFERRABLE INITIALLY DEFERRED);
		CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			UPDATE t SET start = clock_timestamp() WHERE a = NEW.a;
			PERFORM pg_sleep(CASE WHEN NEW.a = 25 THEN 60 ELSE 0.5 END);
			UPDATE t SET stop = clock_timestamp() WHERE a = NEW.a;
			RETURN NULL;
		END $$;
		CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
			FOR EACH ROW WHEN (NEW.slow) EXECUTE FUNCTION late();});
	$node->safe_psql('postgres', qq{
		CREATE SERVER $name FOREIGN DATA WRAPPER gw_postgres
			OPTIONS (host '$host', port '$port', dbname '$name');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name
			OPTIONS (user '$user', password_required 'false');});
}
$node->safe_psql('postgres', 'CREATE TABLE here (a int)');

sub run
{
	my ($sql) = @_;
	return run_verbose($node, $sql);
}

sub both
{
	my ($sql) = @_;
	return join '', map { "SELECT gw.execute('$_', \$q\$$sql\$q\$);" } @servers;
}

sub rows
{
	my ($name, $table) = @_;
	$table //= 't';
	return $remote->safe_psql($name, "SELECT coalesce(string_agg(a::text, ',' ORDER BY a), '') FROM $table");
}

# The remote process of one server's session.
sub pid_of
{
	my ($name) = @_;
	return $remote->safe_psql('postgres', "SELECT pid FROM pg_stat_activity
		WHERE application_name = 'warehouse_gw' AND datname = '$name'");
}

sub option
{
	my ($do) = @_;
	$node->safe_psql('postgres', join ';', map { "ALTER SERVER $_ OPTIONS ($do)" } @servers);
}

# ---- one by one, and together ----
sub overlap
{
	my ($a) = @_;
	my @times = map { [ split /\|/, $remote->safe_psql($_,
		"SELECT extract(epoch FROM start), extract(epoch FROM stop) FROM t WHERE a = $a") ] } @servers;
	return $times[0][0] < $times[1][1] && $times[1][0] < $times[0][1];
}

my ($out, $err) = run('BEGIN;' . both('INSERT INTO t VALUES (1, true)') . 'COMMIT;');
is($err, '', 'two servers commit');
ok(!overlap(1), 'one after the other by default');
option("ADD parallel_commit 'true', ADD parallel_abort 'true'");
# A machine that stands still between the two keeps them apart: once is enough.
my ($overlap, $took);
for (1 .. 5)
{
	$remote->safe_psql($_, 'DELETE FROM t WHERE a = 2') for @servers;
	my $begun = time();
	($out, $err) = run('BEGIN;' . both('INSERT INTO t VALUES (2, true)') . 'COMMIT;');
	$took = time() - $begun;
	$overlap = overlap(2);
	last if $err ne '' || ($overlap && $took < 0.95);
}
is($err, '', 'two servers commit together');
ok($overlap, '... and the commits overlap');
cmp_ok($took, '<', 0.95, '... so that they take the time of one');
($out, $err) = run('BEGIN;' . both('INSERT INTO t VALUES (3)') . 'SAVEPOINT a;' . both('INSERT INTO t VALUES (4)')
	. 'ROLLBACK TO a;' . both('INSERT INTO t VALUES (5)') . 'COMMIT;');
is($err, '', 'savepoints on both');
is_deeply([ map { rows($_) } @servers ], [ ('1,2,3,5') x 2 ], '... are followed');
($out, $err) = run('BEGIN;' . both('INSERT INTO t VALUES (6)') . 'SELECT 1/0; COMMIT;'
	. 'SELECT count(*) FROM gw.connections();');
is_deeply([ map { rows($_) } @servers ], [ ('1,2,3,5') x 2 ], 'an abort reaches both');
is($out =~ /(\d+)\s*$/ ? $1 : '', '2', '... and keeps both connections');

# ---- one refuses ----
for my $together (1, 0)
{
	my $how = $together ? 'together' : 'one by one';
	option("SET parallel_commit 'false'") if !$together;
	my $a = 10 + $together;
	($out, $err) = run("BEGIN; INSERT INTO here VALUES ($a);"
		. "SELECT gw.execute('one', 'INSERT INTO t VALUES ($a)');"
		. "SELECT gw.execute('two', 'INSERT INTO u VALUES (999)'); COMMIT;");
	like($err, qr/ERROR:  23503/, "$how: the refusal of one is the caller's failure");
	like($err, qr/WARNING:  40000: .*"one" was committed, although/, '... and who has committed is named');
	is(rows('one'), $together ? '1,2,3,5,11' : '1,2,3,5,10,11', '... truly');
	is(rows('two', 'u'), '', '... the other has not');
	is($node->safe_psql('postgres', "SELECT count(*) FROM here WHERE a = $a"), '0', '... nor has the local side');
	($out, $err) = run("BEGIN; INSERT INTO here VALUES ($a);"
		. "SELECT gw.execute('one', 'INSERT INTO u VALUES (999)');"
		. "SELECT gw.execute('two', 'INSERT INTO t VALUES ($a)'); COMMIT;");
	like($err, qr/ERROR:  23503/, "$how: the first refuses");
	is(rows('two') =~ /\b$a\b/ ? 1 : 0, $together, $together ? '... too late for the other' : '... in time for the other');
	like($err, $together ? qr/"two" was committed, although/ : qr/^(?!.*although)/s, '... which is said');
}
option("SET parallel_commit 'true'");
is($node->safe_psql('postgres', q{SELECT gw.execute('one', 'SELECT 1') + gw.execute('two', 'SELECT 1')}), '2',
	'servers that refused serve the next transaction');

# ---- a connection is lost ----
$remote->safe_psql($_, 'TRUNCATE t, u') for @servers;
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $begin = sub {
		$session->query("BEGIN; INSERT INTO here VALUES (20);"
			. both("INSERT INTO t VALUES ($_[0])") . ($_[1] // ''));
	};
	my $kill = sub { my $pid = pid_of($_[0]);
		$remote->safe_psql('postgres', "SELECT pg_terminate_backend($pid, 5000)") };
	my $ask = sub { $session->{stderr} = ''; $session->query($_[0]); return $session->{stderr}; };
	$session->query('\set VERBOSITY verbose');

	# idle in transaction, then COMMIT
	$begin->(20);
	$kill->('two');
	my $said = $ask->('COMMIT');
	like($said, qr/ERROR:  08006: the transaction on server "two" was lost and cannot be committed/,
		'lost while idle in transaction: COMMIT says so');
	is_deeply([ map { rows($_) } @servers ], [ '', '' ], '... and nothing was committed anywhere');

	# idle in transaction, then a statement
	$begin->(21);
	$kill->('one');
	$said = $ask->(q{SELECT gw.execute('one', 'SELECT 1')});
	like($said, qr/ERROR:  (08006|57P01)/, '... a statement, too');
	$said = $ask->('COMMIT');
	is_deeply([ map { rows($_) } @servers ], [ '', '' ], '... and nothing is committed');

	# in a savepoint
	$begin->(22, 'SAVEPOINT a;' . both('INSERT INTO t VALUES (23)'));
	$kill->('one');
	$said = $ask->('ROLLBACK TO a');
	is($said, '', 'lost in a savepoint: rolling back to it raises nothing');
	$said = $ask->(q{SELECT gw.execute('one', 'SELECT 1')});
	like($said, qr/ERROR:  25P02: the transaction on server "one" was lost/, '... but the transaction is lost');
	$said = $ask->('ROLLBACK TO a');
	$said = $ask->('COMMIT');
	like($said, qr/ERROR:  25P02: the transaction on server "one" was lost/, '... and cannot be committed');
	is_deeply([ map { rows($_) } @servers ], [ '', '' ], '... nor is the other side');

	# at COMMIT
	$begin->(24, q{SELECT gw.execute('one', 'UPDATE t SET a = a');
		SELECT gw.execute('two', 'INSERT INTO t VALUES (25, true)');});
	my $victim = pid_of('two');
	my $there = $remote->connstr('postgres');
	my $killer = fork();
	if (!$killer)
	{
		my $at = "SELECT count(*) FROM pg_stat_activity WHERE pid = $victim AND wait_event = 'PgSleep'";
		come(sub { (qx{psql -XAt -c "$at" "$there"} // '') =~ /1/ });
		kill 'TERM', $victim;
		require POSIX;
		POSIX::_exit(0);
	}
	$said = $ask->('COMMIT');
	waitpid($killer, 0);
	like($said, qr/ERROR:  08007: it is not known whether the transaction on server "two" was committed/,
		'lost at COMMIT: in doubt');
	like($said, qr/WARNING:  40000: .*"one" was committed/, '... and the other one is committed');
	is_deeply([ map { rows($_) } @servers ], [ '24', '' ], '... as is said');
	$said = $ask->(both('SELECT 1'));
	is($said, '', 'the session goes on');
	$session->quit;
	is($node->safe_psql('postgres', 'SELECT count(*) FROM here'), '0', 'no local row was kept');
}

# ---- one that does not answer does not keep the other from being rolled back ----
# Whether the other one is rolled back before the first is given up, which takes a second.
sub rolled_back_at_once
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query('BEGIN;' . both('INSERT INTO t VALUES (30)'));
	my ($frozen, $other) = map { pid_of($_) } @servers;
	kill 'STOP', $frozen;
	$session->query_until(qr/asked/, "\\echo asked\nROLLBACK;\n");
	$remote->poll_query_until('postgres',
		"SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $other AND state = 'idle in transaction'");
	# Nothing, when it has been given up as well.
	my $ended = $remote->safe_psql('postgres',
		"SELECT extract(epoch FROM state_change) FROM pg_stat_activity WHERE pid = $other AND state = 'idle'");
	my $asked = $node->safe_psql('postgres',
		"SELECT extract(epoch FROM query_start) FROM pg_stat_activity WHERE query LIKE 'ROLLBACK%'");
	kill 'CONT', $frozen;
	$session->quit;
	return $ended ne '' && $ended - $asked < 0.6;
}
option("SET parallel_abort 'false'");
ok(!rolled_back_at_once(), 'aborts one by one wait for each other');
option("SET parallel_abort 'true'");
# A machine that stands still is no proof of waiting.
ok(rolled_back_at_once() || rolled_back_at_once() || rolled_back_at_once(), 'aborts sent together do not');
option("DROP parallel_abort, DROP parallel_commit");

# ---- connections that are not kept ----
option("ADD keep_connections 'false'");
($out, $err) = run(both('SELECT 1') . 'SELECT count(*) FROM gw.connections();'
	. 'BEGIN;' . both('SELECT 1') . 'SELECT count(*) FROM gw.connections(); ROLLBACK; SELECT count(*) FROM gw.connections();');
is((join ' ', split /\n/, $out), '1 1 0 1 1 2 0', 'keep_connections off closes at the end of each transaction');
option('DROP keep_connections');

done_testing();
