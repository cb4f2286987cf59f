# Remote transactions follow the local one: commit, rollback, savepoints,
# exception blocks, failures at COMMIT, PREPARE TRANSACTION, isolation.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use Test::More;
use Time::HiRes qw(usleep);

my ($node, $remote) = start_pair();
$remote->safe_psql('postgres', q{
	CREATE TABLE t (a int PRIMARY KEY);
	CREATE TABLE d (a int REFERENCES t DEFERRABLE INITIALLY DEFERRED);
});

sub rows
{
	return $remote->safe_psql('postgres', 'SELECT coalesce(string_agg(a::text, \',\' ORDER BY a), \'\') FROM t');
}

sub run
{
	my ($sql, %more) = @_;
	my ($stdout, $stderr);
	my $rc = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql",
		stdout => \$stdout, stderr => \$stderr, on_error_stop => 0, %more);
	return ($stdout, $stderr);
}

my $insert = sub { "SELECT gw.execute('wh', 'INSERT INTO t VALUES (\$1)', $_[0]);" };

run('BEGIN;' . $insert->(1) . $insert->(2) . 'COMMIT;');
is(rows(), '1,2', 'COMMIT commits there');
run('BEGIN;' . $insert->(3) . 'ROLLBACK;');
is(rows(), '1,2', 'ROLLBACK rolls back there');
run('BEGIN;' . $insert->(3) . 'SAVEPOINT a;' . $insert->(4) . 'ROLLBACK TO a;' . $insert->(5)
	. 'SAVEPOINT b;' . $insert->(6) . 'RELEASE b; COMMIT;');
is(rows(), '1,2,3,5,6', 'savepoints are followed');

my ($out, $err) = run(q{
	DO $$
	DECLARE n int := 0;
	BEGIN
		FOR i IN 1 .. 20 LOOP
			BEGIN
				PERFORM gw.execute('wh', 'INSERT INTO t VALUES ($1)', i);
			EXCEPTION WHEN unique_violation THEN
				n := n + 1;
			END;
		END LOOP;
		RAISE NOTICE 'caught %', n;
	END $$;});
like($err, qr/caught 5/, 'an exception block catches the remote SQLSTATE');
is(rows(), join(',', 1 .. 20), '... and the rest is kept');

# many failures in one transaction leave nothing behind
($out, $err) = run(q{
	DO $$
	BEGIN
		FOR i IN 1 .. 200 LOOP
			BEGIN
				PERFORM gw.execute('wh', 'INSERT INTO t VALUES (1/0)');
			EXCEPTION WHEN division_by_zero THEN NULL;
			END;
		END LOOP;
	END $$;
	SELECT count(*), max(statements) FROM gw.connections();
	SELECT * FROM gw.execute_query('wh',
		'SELECT count(*) FROM pg_stat_activity WHERE application_name = $1', 'warehouse_gw'::text)
		AS r(n int);});
is($out, "1|200\n1", '200 caught failures: one connection here, one there');
unlike($err, qr/WARNING|PANIC/, '... without a warning');

# the same through failing connections
my $user = $node->safe_psql('postgres', 'SELECT current_user');
$node->safe_psql('postgres', qq{
	CREATE SERVER nowhere FOREIGN DATA WRAPPER gw_postgres
		OPTIONS (host '127.0.0.1', port '1', sslmode 'disable');
	CREATE USER MAPPING FOR CURRENT_USER SERVER nowhere
		OPTIONS (user '$user', password_required 'false');});
($out, $err) = run(q{
	DO $$
	BEGIN
		FOR i IN 1 .. 200 LOOP
			BEGIN
				PERFORM gw.execute('nowhere', 'SELECT 1');
			EXCEPTION WHEN sqlclient_unable_to_establish_sqlconnection THEN NULL;
			END;
		END LOOP;
	END $$;
	SELECT count(*) FROM gw.connections();
	SELECT count(*) < 40 FROM pg_ls_dir('/proc/' || pg_backend_pid() || '/fd');});
is($out, "0\nt", '200 refused connections leave no descriptor');

# a failure at COMMIT is the caller's failure
($out, $err) = run(q{BEGIN; CREATE TABLE here (a int);
	SELECT gw.execute('wh', 'INSERT INTO d VALUES (99)'); COMMIT;
	SELECT to_regclass('here') IS NULL;});
like($err, qr/ERROR:  23503/, 'a deferred constraint fails at COMMIT with its own SQLSTATE');
is((split /\n/, $out)[-1], 't', '... and the local transaction with it');

($out, $err) = run(q{BEGIN; SELECT gw.execute('wh', 'INSERT INTO t VALUES (50)');
	PREPARE TRANSACTION 'x';});
like($err, qr/ERROR:  0A000.*"wh"/, 'PREPARE TRANSACTION is refused');
unlike(rows(), qr/50/, '... and rolled back');
($out, $err) = run(q{SELECT gw.test_connection('wh'); BEGIN; SELECT 1; PREPARE TRANSACTION 'y'; ROLLBACK PREPARED 'y';});
unlike($err, qr/ERROR/, '... but not for a transaction that did not use the server');

($out, $err) = run(q{BEGIN; SELECT gw.execute('wh', 'COMMIT'); });
like($err, qr/2D000/, 'a remote COMMIT is refused');
($out, $err) = run(q{BEGIN; SELECT gw.execute('wh', '/* x */ -- y
	 rollback'); });
like($err, qr/2D000/, '... behind comments too');

# read-only, here or by option
($out, $err) = run(q{BEGIN READ ONLY; SELECT gw.execute('wh', 'INSERT INTO t VALUES (60)');});
like($err, qr/25006/, 'a read-only transaction does not write');
($out, $err) = run(q{BEGIN READ ONLY;
	SELECT * FROM gw.execute_query('wh', 'INSERT INTO t VALUES (60) RETURNING a') AS r(a int);});
like($err, qr/25006/, '... nor by execute_query');
($out, $err) = run(q{ALTER SERVER wh OPTIONS (ADD read_only 'on');
	SELECT gw.execute('wh', 'INSERT INTO t VALUES (61)');
	SELECT gw.execute_ddl('wh', 'DROP TABLE d', true);
	SELECT * FROM gw.execute_query('wh', 'INSERT INTO t VALUES (61) RETURNING a') AS r(a int);
	SELECT count(*) FROM item;
	ALTER SERVER wh OPTIONS (DROP read_only);});
is(() = $err =~ /25006/g, 3, 'option read_only refuses every write');
is($out, '20000', '... and no read');

# one snapshot for a whole transaction
{
	my $session = $node->background_psql('postgres');
	my $count = q{SELECT * FROM gw.execute_query('wh', 'SELECT count(*) FROM t') AS r(n int)};
	$session->query_safe('BEGIN');
	my $before = $session->query_safe($count);
	$remote->safe_psql('postgres', 'INSERT INTO t VALUES (70)');
	is($session->query_safe($count), $before, 'a transaction sees one remote snapshot');
	$session->query_safe('COMMIT');
	is($session->query_safe($count), $before + 1, '... and the next one a new one');
	$session->quit;
}
($out, $err) = run(q{BEGIN ISOLATION LEVEL SERIALIZABLE;
	SELECT * FROM gw.execute_query('wh', 'SHOW transaction_isolation') AS r(a text); COMMIT;
	BEGIN;
	SELECT * FROM gw.execute_query('wh', 'SHOW transaction_isolation') AS r(a text); COMMIT;
	ALTER SERVER wh OPTIONS (ADD isolation_level 'read committed');
	BEGIN;
	SELECT * FROM gw.execute_query('wh', 'SHOW transaction_isolation') AS r(a text); COMMIT;
	ALTER SERVER wh OPTIONS (DROP isolation_level);});
is($out, "serializable\nrepeatable read\nread committed", 'isolation levels');

# autocommit
($out, $err) = run(q{SELECT gw.execute_ddl('wh', 'VACUUM t');
	SELECT gw.execute_ddl('wh', 'VACUUM t', true) ->> 'command';
	BEGIN; SELECT gw.execute_ddl('wh', 'VACUUM t', true); ROLLBACK;});
like($err, qr/25001.*VACUUM/, 'VACUUM needs autocommit');
is($out, 'VACUUM', '... and works with it');
like($err, qr/25001.*autocommit/, '... outside a transaction block only');

# several streams on one connection, one of them holding it
($out, $err) = run(q{BEGIN;
	DECLARE a CURSOR FOR SELECT gw.execute_query_json('wh',
		'WITH x AS (INSERT INTO t SELECT generate_series(1000, 5999) RETURNING a) SELECT a FROM x');
	FETCH 2 FROM a;
	DECLARE b CURSOR FOR SELECT id FROM item ORDER BY id;
	FETCH 1 FROM b;
	SELECT * FROM gw.execute_query('wh', 'SELECT count(*) FROM t WHERE a >= 1000') AS r(n int);
	FETCH 1 FROM a;
	MOVE FORWARD 4996 FROM a;
	FETCH ALL FROM a;
	FETCH 1 FROM b;
	ROLLBACK;});
is($out, join("\n", '{"a": 1000}', '{"a": 1001}', '1', '5000', '{"a": 1002}', '{"a": 5999}', '2'),
	'streams share a connection and lose no row');
unlike($err, qr/ERROR/, '... without an error');

# a stream left early, then a write, then COMMIT
($out, $err) = run(q{BEGIN;
	SELECT gw.execute('wh', 'INSERT INTO t VALUES (80)');
	SELECT gw.execute_query_json('wh', 'SELECT id FROM item ORDER BY id') LIMIT 1;
	SELECT id FROM item WHERE length(note) + pg_backend_pid() * 0 > 1 ORDER BY id LIMIT 1;
	SELECT gw.execute('wh', 'INSERT INTO t VALUES (81)');
	COMMIT;});
like(rows(), qr/,80,81$/, 'stopping early loses no earlier write');

# a cursor is first read in a savepoint that is rolled back: it goes on
for my $table ('item', '(SELECT * FROM item WHERE pg_backend_pid() > 0) i')
{
	my $read = "DECLARE c SCROLL CURSOR FOR SELECT id FROM $table ORDER BY id";
	($out, $err) = run(qq{BEGIN; $read; SAVEPOINT a; FETCH 2 FROM c;
		SELECT gw.execute('wh', 'UPDATE t SET a = a WHERE a = 80');
		ROLLBACK TO a; FETCH 1 FROM c; SELECT count(*) FROM item WHERE id < 4;
		SAVEPOINT b; MOVE FORWARD 19995 FROM c; FETCH ALL FROM c; ROLLBACK TO b;
		MOVE ABSOLUTE 0 FROM c; FETCH 1 FROM c; COMMIT;});
	is($out, join("\n", 1, 2, 1, 3, 3, 19999, 20000, 1), 'a cursor outlives the savepoint it was first read in');
	unlike($err, qr/ERROR|WARNING/, '... in silence');
}
($out, $err) = run(q{BEGIN; DECLARE c CURSOR FOR SELECT i.id, j.id FROM item i, LATERAL
		(SELECT id FROM item k WHERE k.id = i.id + 1 OFFSET 0) j ORDER BY i.id LIMIT 3;
	SAVEPOINT a; FETCH 1 FROM c; ROLLBACK TO a; FETCH ALL FROM c; COMMIT;});
is($out, "1|2\n2|3\n3|4", '... also one that asks again and again');
unlike($err, qr/ERROR|WARNING/, '... in silence');

# rows put aside while another statement runs leave no file behind
($out, $err) = run(q{DO $$
	DECLARE n int := 0; r record;
	BEGIN
		FOR r IN SELECT i.id FROM item i LOOP
			n := n + (SELECT count(*) FROM item k WHERE k.id = r.id);
			EXIT WHEN n = 3;
		END LOOP;
	END $$;
	SELECT count(*) FROM (SELECT id, (SELECT max(k.id) FROM item k WHERE k.id = i.id) FROM item i LIMIT 2000) s;});
unlike($err, qr/ERROR|WARNING/, 'rows that were put aside are cleared away');

done_testing();
