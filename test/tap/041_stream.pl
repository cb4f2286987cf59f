# Scans as streams without a cursor, in the binary format and as text: the
# values, early stops, several at once, a remote that changes or goes away.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use Test::More;
use Time::HiRes qw(time usleep);

# Both clusters hold every character.
$ENV{LANG} = "C.UTF-8";
my ($node, $remote) = start_pair("restart_after_crash = on\n");

# Every type that travels in binary, with its extremes; and some that do not.
$remote->safe_psql('postgres', q{
	CREATE TYPE mood AS ENUM ('sad', 'happy');
	CREATE TABLE plain (n int PRIMARY KEY, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, b bool,
		num numeric, num2 numeric(10,2), d date, t time, ts timestamp, tz timestamptz, u uuid, by bytea,
		tx text, vc varchar(20), bc char(5), nm name, js json, jb jsonb);
	INSERT INTO plain VALUES
	(1, -32768, -2147483648, -9223372036854775808, '-Infinity', '-Infinity', false, 'NaN', -99999999.99,
		'-infinity', '00:00', '-infinity', '-infinity', '00000000-0000-0000-0000-000000000000', '', '', '',
		'', '', '""', '""'),
	(2, 32767, 2147483647, 9223372036854775807, 'NaN', 'NaN', true, 'Infinity', 0, 'infinity', '24:00',
		'infinity', 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '\x00ff5c', 'a\b''"', 'x', 'ab',
		'n', '{"a": [1, null]}', '{"a": [1, null]}'),
	(3, 0, 0, 0, '-0', '-0', NULL, 1e-200, NULL, '4713-01-01 BC', '23:59:59.999999',
		'4713-01-01 00:00:00.000001 BC', '0044-03-15 12:00:00.123456+00 BC', NULL, '\xdeadbeef',
		U&'\+01F600 \00E9\4E2D', U&'\+01F600', U&'\00E9', U&'\00E9', '1', '"\u00e9"'),
	(4, 1, 1, 1, 3.4028235e38, 5e-324, true, 123456789012345678901234567890.000100, 1.5, '5874897-12-31',
		'12:34:56', '294276-12-31 23:59:59.999999', '2024-02-29 01:02:03+00', NULL, repeat('\000', 9)::bytea,
		repeat('long ', 200000), repeat('v', 20), 'abcde', repeat('n', 63), 'null', 'null'),
	(5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, NULL);
	CREATE TABLE other (n int PRIMARY KEY, a int[], m mood, i interval, ip inet, x text);
	INSERT INTO other VALUES (1, '{1,NULL,3}', 'sad', '1 year -2 days 3.5 s', '10.0.0.1/8', 'x'),
		(2, '{}', 'happy', NULL, '::1', NULL);
	CREATE VIEW slow AS SELECT g AS id, pg_sleep(0.01) IS NULL AS slept, repeat('x', 9000) AS pad FROM generate_series(1, 100000) g;
	CREATE TABLE moves (id int, v text);
	INSERT INTO moves SELECT g, g::text FROM generate_series(1, 3000) g;
});
my $plain = q{n int, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, b bool, num numeric,
	num2 numeric(10,2), d date, t time, ts timestamp, tz timestamptz, u uuid, by bytea, tx text,
	vc varchar(20), bc char(5), nm name, js json, jb jsonb};
$node->safe_psql('postgres', qq{
	CREATE TYPE mood AS ENUM ('sad', 'happy');
	CREATE FOREIGN TABLE plain ($plain) SERVER wh OPTIONS (schema_name 'public');
	CREATE FOREIGN TABLE other (n int, a int[], m mood, i interval, ip inet, x text)
		SERVER wh OPTIONS (schema_name 'public');
	CREATE FOREIGN TABLE slow (id int, slept bool, pad text) SERVER wh OPTIONS (schema_name 'public');
	CREATE FOREIGN TABLE moves (id int, v text) SERVER wh OPTIONS (schema_name 'public');
	ALTER SERVER wh OPTIONS (ADD fetch_mode 'auto');
});

sub mode { $node->safe_psql('postgres', "ALTER SERVER wh OPTIONS (SET fetch_mode '$_[0]')") }
sub explained { $node->safe_psql('postgres', "EXPLAIN (VERBOSE, COSTS off) $_[0]") }

# ---- the choice ----
my @streams = ('SELECT * FROM item', 'SELECT count(*) FROM item', 'SELECT id FROM item ORDER BY note || id',
	'SELECT (SELECT count(note) FROM item WHERE random() < 2)',
	'SELECT note, count(*) FROM item GROUP BY note');
my @cursors = ('SELECT * FROM item WHERE random() < 2 LIMIT 1',
	'SELECT 1 WHERE EXISTS (SELECT FROM item WHERE random() < 2)',
	'SELECT * FROM item a JOIN (SELECT * FROM item OFFSET 0) b ON a.id = b.id + 1',
	'WITH c AS MATERIALIZED (SELECT * FROM item) SELECT * FROM c LIMIT 1');
like(explained($_), qr/Fetch Mode: stream \(binary\)/, "stream: $_") for @streams;
like(explained('SELECT * FROM (VALUES (1), (2)) v(k) JOIN item ON k = id'), qr/Fetch Mode: lookup \(binary\)$/m,
	'lookup: the inner side of a nested loop');
like(explained($_), qr/Fetch Mode: cursor \(binary\).*Fetch Size: 100/s, "cursor: $_") for @cursors;
like(explained('SELECT m FROM other'), qr/Fetch Mode: stream$/m, 'a type without a binary form: text');
like(explained('SELECT * FROM other'), qr/Fetch Mode: stream \(binary\)/, '... and binary for the columns beside it');
like(explained('SELECT * FROM other ORDER BY n'), qr/Fetch Mode: stream$/m, '... unless the remote sorts');

# A setting of the remote, which new sessions there have when this returns.
sub configure
{
	my ($name, $value) = @_;
	$remote->append_conf('postgresql.conf', "$name = $value\n");
	$remote->reload;
	$remote->poll_query_until('postgres', "SELECT setting = '$value' FROM pg_settings WHERE name = '$name'")
	  or die "$name is not $value";
	return;
}

# What the remote got to do.
sub remote_statements
{
	my ($query) = @_;
	my $from = -s $remote->logfile;
	$node->safe_psql('postgres', $query);
	return substr(PostgreSQL::Test::Utils::slurp_file($remote->logfile), $from);
}
configure('log_statement', 'all');
unlike(remote_statements('SELECT count(note) FROM item'), qr/DECLARE/, 'a query to its end: no cursor');
like(remote_statements('BEGIN; DECLARE c CURSOR FOR SELECT note FROM item; FETCH 3 FROM c; COMMIT'),
	qr/DECLARE/, 'an SQL cursor: a remote one');
like(remote_statements('DO $$ DECLARE r record; BEGIN SELECT * INTO r FROM item; END $$'),
	qr/DECLARE/, 'SELECT INTO in PL/pgSQL: a remote cursor');
unlike(remote_statements('CREATE TEMP TABLE copied AS SELECT * FROM item'), qr/DECLARE/,
	'CREATE TABLE AS: no cursor');
like(remote_statements('SELECT * FROM item'), qr/COPY \(SELECT "id", "note"/, 'a whole scan is a COPY');
like(remote_statements('SELECT * FROM other'),
	qr/COPY \(SELECT "c1", "c2", CASE WHEN pg_catalog.num_nulls\("c3"\) = 0 THEN pg_catalog.concat\("c3"\) END, "c4", "c5", "c6" FROM/,
	'one column as text, the others not');
unlike(remote_statements('ANALYZE item; SELECT * FROM item WHERE id < 5'), qr/COPY.*< 5/, 'a few rows need none');

# ANALYZE lets the remote choose, when it knows how many rows there are.
$node->safe_psql('postgres', 'ALTER FOREIGN TABLE item ALTER id SET STATISTICS 1, ALTER note SET STATISTICS 1');
my $rows = q{SELECT reltuples FROM pg_class WHERE oid = 'item'::regclass};
$remote->safe_psql('postgres', 'ANALYZE item');
like(remote_statements('ANALYZE item'), qr/TABLESAMPLE BERNOULLI\(2\.25/, 'ANALYZE reads a sample');
cmp_ok(abs($node->safe_psql('postgres', $rows) - 20000), '<', 6000, '... and knows how many rows there are');
$node->safe_psql('postgres', "ALTER FOREIGN TABLE item OPTIONS (ADD analyze_sampling 'system')");
like(remote_statements('ANALYZE item'), qr/TABLESAMPLE SYSTEM\(2\.25/, '... by pages');
$node->safe_psql('postgres', "ALTER FOREIGN TABLE item OPTIONS (SET analyze_sampling 'off')");
unlike(remote_statements('ANALYZE item'), qr/TABLESAMPLE/, '... not when it is told not to');
is($node->safe_psql('postgres', $rows), '20000', '... then it knows exactly');
$node->safe_psql('postgres', 'ALTER FOREIGN TABLE item OPTIONS (DROP analyze_sampling)');
# A sample too small, because the remote's count is of better days.
$remote->safe_psql('postgres', 'CREATE TABLE shrunk AS SELECT g AS id FROM generate_series(1, 20000) g;
	ANALYZE shrunk; DELETE FROM shrunk WHERE id > 50');
$node->safe_psql('postgres', q{CREATE FOREIGN TABLE shrunk (id int) SERVER wh OPTIONS (schema_name 'public');
	ALTER FOREIGN TABLE shrunk ALTER id SET STATISTICS 1; ANALYZE shrunk});
is($node->safe_psql('postgres', q{SELECT reltuples FROM pg_class WHERE oid = 'shrunk'::regclass}), '50',
	'ANALYZE reads all when the sample is too small');

# ---- a statement that is repeated is parsed once ----
$remote->safe_psql('postgres', 'CREATE TABLE kept (id int PRIMARY KEY, v int);
	CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN IF NEW.v < 0 THEN RAISE division_by_zero; END IF; RETURN NEW; END $$;
	CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON kept FOR EACH ROW EXECUTE FUNCTION refuse()');
$node->safe_psql('postgres', q{CREATE FOREIGN TABLE kept (id int, v int)
	SERVER wh OPTIONS (schema_name 'public', insert_mode 'insert', batch_size '10')});
configure('log_statement', 'none');
configure('log_min_duration_statement', 0);

sub parsed
{
	my ($query, $what) = @_;
	my $log = remote_statements($query);
	my $parsed = () = $log =~ /parse <unnamed>: $what/g;
	my $run = () = $log =~ /execute <unnamed>: $what/g;
	return "$parsed of $run";
}
is(parsed('INSERT INTO kept SELECT g, g FROM generate_series(1, 100) g', 'INSERT'), '1 of 10',
	'a batched INSERT is parsed once');
is(parsed('INSERT INTO kept SELECT g, g FROM generate_series(101, 125) g', 'INSERT'), '2 of 3',
	'... and once more for the rest');
is(parsed('DO $$ BEGIN FOR i IN 126..130 LOOP INSERT INTO kept VALUES (i, i); END LOOP; END $$', 'INSERT'), '1 of 5',
	'... in a loop as well');
is(parsed('UPDATE kept SET v = v + 1 + (random() * 0)::int WHERE id <= 50', 'UPDATE'), '1 of 50',
	'an UPDATE row by row');
is(parsed('DELETE FROM kept WHERE id > 120 AND random() >= 0', 'DELETE'), '1 of 10', 'a DELETE row by row');
is(parsed('SELECT count(v) FROM (VALUES (1), (2), (3)) w(k) JOIN kept ON k = id', 'SELECT "id", "v"'), '1 of 3',
	'a look-up');
is($node->safe_psql('postgres', 'SELECT count(*), sum(v) FROM kept'), '120|7310', '... and all of it was done');

# What a rollback, a failure or a lost connection leaves behind is not relied upon.
my $mixed = q{
	CREATE OR REPLACE FUNCTION pg_temp.put(i int, n int) RETURNS text LANGUAGE plpgsql AS $$
	BEGIN INSERT INTO kept VALUES (i, n); RETURN 'ok';
	EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END $$;
	BEGIN; SELECT string_agg(pg_temp.put(200 + g, CASE g % 3 WHEN 0 THEN -1 ELSE g END), ' ' ORDER BY g)
		FROM generate_series(1, 9) g; ROLLBACK;
	SELECT pg_temp.put(201, 1), pg_temp.put(1, 1), pg_temp.put(202, 1);
	SELECT count(*) FROM kept WHERE id > 200};
is($node->safe_psql('postgres', $mixed), "ok ok 22012 ok ok 22012 ok ok 22012\nok|23505|ok\n2",
	'failures and rollbacks in between');
my $lost = $node->background_psql('postgres');
$lost->query_safe('INSERT INTO kept VALUES (301, 1); INSERT INTO kept VALUES (302, 1)');
$remote->safe_psql('postgres',
	q{SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'});
$lost->query_safe('INSERT INTO kept VALUES (303, 1)');
$lost->quit;
is($node->safe_psql('postgres', 'SELECT count(*) FROM kept WHERE id > 300'), '3', 'a new connection has it parsed anew');
configure('log_min_duration_statement', -1);

# ---- values ----
my $show = q{SET extra_float_digits = 3; SET timezone = 'Asia/Kolkata'; };
my $plain_rows = 'SELECT p::text, octet_length(tx), length(bc) FROM plain p ORDER BY n';
my $other_rows = 'SELECT o::text FROM other o ORDER BY n';
for my $mode (qw(cursor stream auto))
{
	mode($mode);
	is($node->safe_psql('postgres', "$show $plain_rows"), $remote->safe_psql('postgres', "$show $plain_rows"),
		"$mode: values that travel in binary");
	is($node->safe_psql('postgres', "$show $other_rows"), $remote->safe_psql('postgres', "$show $other_rows"),
		"$mode: values that travel as text");
	is($node->safe_psql('postgres', "$show SELECT string_agg(x, ';' ORDER BY x) FROM (SELECT o::text AS x FROM other o OFFSET 0) q"),
		$remote->safe_psql('postgres', "$show SELECT string_agg(o::text, ';' ORDER BY o::text) FROM other o"),
		"$mode: some columns in binary, some as text");
	is($node->safe_psql('postgres', "SET client_encoding = 'SQL_ASCII'; $show $plain_rows"),
		$remote->safe_psql('postgres', "$show $plain_rows"), "$mode: ... under another client_encoding");
	is($node->safe_psql('postgres', q{SELECT count(*), count(note), sum(id) FROM item}), '20000|20000|200010000',
		"$mode: every row");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM plain WHERE n > 100'), '0', "$mode: no row");
}
is($node->safe_psql('postgres', "SET client_encoding = 'LATIN1'; SELECT jb, bc FROM plain WHERE n = 3"),
	"\"\xe9\"|\xe9    ", 'jsonb and char under client_encoding LATIN1');

# ---- encodings of the databases ----
for my $there (qw(UTF8 LATIN1 SQL_ASCII))
{
	for my $here (qw(UTF8 LATIN1 SQL_ASCII))
	{
		my ($far, $near) = map { lc "far_${_}" } ($there, "${there}_$here");
		$remote->safe_psql('postgres', "CREATE DATABASE $far TEMPLATE template0 ENCODING '$there' LOCALE 'C'")
			if $here eq 'UTF8';
		$node->safe_psql('postgres', "CREATE DATABASE $near TEMPLATE template0 ENCODING '$here' LOCALE 'C'");
		$remote->safe_psql($far, "SET client_encoding = '$there';
			CREATE TABLE words (t text, j jsonb, c char(3));
			INSERT INTO words SELECT w, to_jsonb(w), w FROM convert_from(" .
			($there eq 'LATIN1' ? q{'\xe9'} : q{'\xc3a9'}) . "::bytea, '$there') w")
			if $here eq 'UTF8';
		my ($host, $port, $user) = ($remote->host, $remote->port, $remote->safe_psql('postgres', 'SELECT current_user'));
		my @answers;
		for my $mode (qw(cursor stream))
		{
			push @answers, join ' ', ($node->psql($near, qq{
				SET client_min_messages = warning;
				DROP EXTENSION IF EXISTS warehouse_gw CASCADE;
				CREATE EXTENSION warehouse_gw;
				CREATE SERVER wh FOREIGN DATA WRAPPER gw_postgres
					OPTIONS (host '$host', port '$port', dbname '$far', fetch_mode '$mode');
				CREATE USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (user '$user', password_required 'false');
				CREATE FOREIGN TABLE words (t text, j jsonb, c char(3)) SERVER wh OPTIONS (schema_name 'public');
				SELECT encode(t::bytea, 'hex'), encode(j::text::bytea, 'hex'), encode(c::text::bytea, 'hex') FROM words;
			}))[0, 1];
		}
		is($answers[1], $answers[0], "$there to $here: streams and cursors agree");
		my $e = $here eq 'LATIN1' || ($here eq 'SQL_ASCII' && $there eq 'LATIN1') ? 'e9' : 'c3a9';
		$e = 'c3a9' if $there eq 'SQL_ASCII';
		is($answers[0], "0 $e|22${e}22|$e", "$there to $here: the value");
	}
}

# ---- a remote that is not as declared ----
mode('stream');
$node->safe_psql('postgres', q{
	CREATE FOREIGN TABLE bent (n text, i2 numeric, tz text, u text, b text, js jsonb, by text, d text)
		SERVER wh OPTIONS (schema_name 'public', table_name 'plain');
	CREATE FOREIGN TABLE bent_other (n int, a text, m text, i text) SERVER wh
		OPTIONS (schema_name 'public', table_name 'other');
});
for my $query ('SELECT * FROM bent WHERE n::int IN (1, 2, 4, 5) ORDER BY n', 'SELECT n, i2, u, b, by FROM bent ORDER BY n',
	'SELECT * FROM bent_other ORDER BY n')
{
	mode('stream');
	my @both = $node->psql('postgres', "$show $query");
	isnt($both[1], '', "other types here: $query");
	diag($both[2]) if $both[1] eq '';
	mode('cursor');
	is(join(' ', @both[0, 1]), join(' ', ($node->psql('postgres', "$show $query"))[0, 1]), '... and the same by a cursor');
}
mode('stream');
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	is($session->query_safe('PREPARE p AS SELECT v FROM moves WHERE id = 7; EXECUTE p'), '7', 'a prepared scan');
	for (['timestamptz', q{'2024-01-01 00:00:00+00'::timestamptz}, qr/^2024-01-01 00:00:00\+00$/],
		['int', '42', qr/^42$/], ['mood', q{'sad'::mood}, qr/^sad$/], ['int[]', q{'{7}'::int[]}, qr/^\{7\}$/])
	{
		my ($type, $value, $want) = @$_;
		$remote->safe_psql('postgres', "SET timezone = 'UTC'; ALTER TABLE moves ALTER v TYPE $type USING $value");
		like($session->query_safe('EXECUTE p'), $want, "... after the column became $type");
	}
	$remote->safe_psql('postgres', 'ALTER TABLE moves DROP v; ALTER TABLE moves ADD v text');
	$session->quit;
}

# ---- stopped early ----
for my $mode (qw(auto cursor stream))
{
	mode($mode);
	is(($node->psql('postgres', qq{
		BEGIN;
		SELECT gw.execute('wh', 'UPDATE moves SET v = ''$mode'' WHERE id <= 10');
		SELECT count(*) FROM (SELECT id FROM moves WHERE random() < 2 LIMIT 1) x;
		SELECT count(*) FROM moves WHERE v = '$mode';
		SAVEPOINT s;
		SELECT 1 WHERE EXISTS (SELECT FROM moves WHERE random() < 2);
		SELECT 1 / (id * 0) FROM item WHERE random() < 2 LIMIT 1;
		ROLLBACK TO s;
		SELECT count(*) FROM item;
		COMMIT}, on_error_stop => 0))[1] =~ s/\n/ /gr, '10 1 10 1 20000', "$mode: a scan that stops early loses nothing");
	is($remote->safe_psql('postgres', "SELECT count(*) FROM moves WHERE v = '$mode'"), '10', '... and the work commits');
	is($node->safe_psql('postgres', q{SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;
		SELECT count(*), sum(i.id) FROM generate_series(1, 40) g JOIN item i ON i.id = g}), '40|820', "$mode: read again and again");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM item a JOIN item b USING (id) JOIN moves m USING (id)}),
		'3000', "$mode: three scans at once");
	is($node->safe_psql('postgres', q{SELECT g, EXISTS (SELECT FROM item i WHERE i.id > g AND random() < 2)
		FROM generate_series(19999, 20000) g}) =~ s/\n/ /gr, '19999|t 20000|f', "$mode: EXISTS for each row");
	is($node->safe_psql('postgres', q{BEGIN; DECLARE c SCROLL CURSOR FOR SELECT id FROM item ORDER BY id;
		FETCH ABSOLUTE 150 FROM c; FETCH FIRST FROM c; FETCH LAST FROM c; COMMIT}) =~ s/\n/ /gr, '150 1 20000',
		"$mode: back and forth");
}

# ---- broken in mid-stream ----
mode('auto');
sub in_mid_stream
{
	my ($act) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe('\set VERBOSITY verbose');
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	# In a block, where no COMMIT over a lost connection helps to find it out.
	$session->query_until(qr/asked/,
		"\\echo asked\nBEGIN;\nSELECT count(pad), count(slept) FROM slow;\nROLLBACK;\n\\echo answered\n");
	wait_remote_active($remote);
	usleep(300_000);
	my $begun = $act->($pid);
	$session->{run}->pump until $session->{stdout} =~ /answered/;
	my $ms = int((time - $begun) * 1000);
	$session->{run}->pump_nb for 1 .. 5;
	my ($rows, $error) = ($session->{stdout}, $session->{stderr});
	$session->{stdout} = $session->{stderr} = '';
	is($session->query_safe('SELECT count(*) FROM item'), '20000', 'the session goes on');
	$session->quit;
	return ($ms, $error, $rows);
}

my ($ms, $error, $rows) = in_mid_stream(sub {
	my $begun = time;
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($_[0])");
	return $begun;
});
note("cancel in mid-stream: $ms ms");
prompt($ms, LATE_MS, 'cancel in mid-stream is answered at once');
like($error, qr/ERROR:  57014/, '... with 57014');
wait_no_remote($remote, '... and the remote statement is gone');

($ms, $error, $rows) = in_mid_stream(sub { crash($remote, remote_pid($remote)); time });
like($error, qr/ERROR:  (57P02|08006)/, 'SIGKILL of the remote in mid-stream is an error');
unlike($rows, qr/^\d+\|/m, '... and no count');

done_testing();
