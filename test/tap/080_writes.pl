# Rows on their way out: a remote that goes away, an interrupt, an error in the
# middle, encodings that differ, rows that somebody else changes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use Test::More;
use Time::HiRes qw(time usleep);

$ENV{LANG} = "C.UTF-8";
my ($node, $remote) = start_pair("restart_after_crash = on\n");

$remote->safe_psql('postgres', q{
	CREATE TABLE sink (id int PRIMARY KEY, pad text);
	CREATE TABLE pair (id int PRIMARY KEY, n int);
	INSERT INTO pair SELECT g, 0 FROM generate_series(1, 20) g;
	CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_catalog.pg_sleep(0.002); RETURN NEW; END';
	CREATE TABLE crawl (id int, pad text);
	CREATE TRIGGER slow BEFORE INSERT ON crawl FOR EACH ROW EXECUTE FUNCTION slow();
});
$node->safe_psql('postgres', q{
	CREATE FOREIGN TABLE sink (id int, pad text) SERVER wh OPTIONS (schema_name 'public');
	CREATE FOREIGN TABLE crawl (id int, pad text) SERVER wh OPTIONS (schema_name 'public');
	CREATE FOREIGN TABLE pair (id int, n int) SERVER wh OPTIONS (schema_name 'public');
	CREATE TABLE mine (id int PRIMARY KEY, n int);
	INSERT INTO mine SELECT g, g FROM generate_series(1, 20) g;
});
my $endless = q{SELECT generate_series(1, 100000000), repeat('x', 1000)};

# Wait until a COPY of ours is under way there.
sub copying
{
	return $remote->poll_query_until('postgres',
		"SELECT count(*) > 0 FROM pg_stat_progress_copy WHERE tuples_processed > 100");
}

# A session of psql with a statement under way; killing is the caller's.
sub background
{
	my ($sql) = @_;
	my ($out, $err) = ('', '');
	my @statements = map { ('-c', $_) } '\set VERBOSITY verbose', split /; /, $sql;
	my $run = IPC::Run::start([ 'psql', '-Xq', '-d', $node->connstr('postgres'), @statements ],
		'>', \$out, '2>', \$err);
	return ($run, \$err);
}

# ---- the remote goes in the middle of the rows ----
my ($run, $err) = background("INSERT INTO sink $endless");
ok(copying(), 'rows are on their way');
$remote->safe_psql('postgres', 'SELECT pg_terminate_backend(pid) FROM pg_stat_progress_copy');
$run->finish;
like($$err, qr/ERROR:  (57P01|08006)/, 'a remote backend that is ended: its error, or that of a lost connection');
is($remote->safe_psql('postgres', 'SELECT count(*) FROM sink'), '0', '... and nothing is half written');

($run, $err) = background("INSERT INTO sink $endless");
ok(copying(), 'rows are on their way');
crash($remote, $remote->safe_psql('postgres', 'SELECT pid FROM pg_stat_progress_copy'));
$run->finish;
like($$err, qr/ERROR:  08006/, 'a remote backend that crashes: 08006');
is($remote->safe_psql('postgres', 'SELECT count(*) FROM sink'), '0', '... and nothing is half written');

# ---- interrupts ----
for my $how ('pg_cancel_backend', 'pg_terminate_backend')
{
	for my $table ('sink', 'crawl')
	{
		($run, $err) = background("SET application_name = 'writer'; INSERT INTO $table $endless");
		ok(copying(), "$table: rows are on their way");
		my $ms = timed("$how during COPY into $table", sub {
			$node->safe_psql('postgres', "SELECT $how(pid) FROM pg_stat_activity WHERE application_name = 'writer'");
			$run->finish;
		});
		prompt($ms, LATE_MS, "$table: $how is answered at once");
		like($$err, $how =~ /cancel/ ? qr/ERROR:  57014/ : qr/57P01/, '... with its own error');
		wait_no_remote($remote, '... and nothing runs on there');
		is($remote->safe_psql('postgres', "SELECT count(*) FROM $table"), '0', '... and nothing was written');
	}
}
my $ms = timed('statement_timeout during COPY', sub {
	(undef, undef, $$err) = $node->psql('postgres', "SET statement_timeout = '300ms'; INSERT INTO sink $endless");
});
like($$err, qr/statement timeout/, 'statement_timeout ends a COPY');
prompt($ms, 300 + LATE_MS, '... in time');

# ---- an error is heard before all rows are sent ----
$remote->safe_psql('postgres', 'INSERT INTO sink VALUES (500)');
$ms = timed('a row that is refused', sub {
	(undef, undef, $$err) = $node->psql('postgres', "\\set VERBOSITY verbose\nINSERT INTO sink $endless");
});
like($$err, qr/ERROR:  23505: duplicate key.*Key \(id\)=\(500\).*COPY sink, line 500.*foreign table "sink"/s,
	'what the remote refuses: its SQLSTATE, its row, our table');
prompt($ms, 10_000, '... long before the last row');
is($remote->safe_psql('postgres', 'SELECT count(*) FROM sink'), '1', '... and nothing else is there');

# ---- memory: what the remote is too slow for waits here, in small pieces ----
is($node->safe_psql('postgres', q{
	INSERT INTO sink SELECT -g, 'x' FROM generate_series(1, 200) g;
	CREATE FUNCTION pg_temp.peak() RETURNS int LANGUAGE sql
	  AS $$ SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s*(\d+)')::int $$;
	SELECT pg_temp.peak() AS before \gset
	INSERT INTO sink SELECT g, repeat('x', 1000) FROM generate_series(1000, 101000) g;
	SELECT pg_temp.peak() - :before < 16 * 1024;
}), 't', '100 MB of rows take no memory');

# ---- the databases' encodings ----
$remote->safe_psql('postgres', "CREATE DATABASE enc_" . lc($_) . " TEMPLATE template0 ENCODING '$_' LOCALE 'C'") for qw(UTF8 LATIN1);
$node->safe_psql('postgres', "CREATE DATABASE enc_" . lc($_) . " TEMPLATE template0 ENCODING '$_' LOCALE 'C'") for qw(UTF8 LATIN1);
my ($host, $port, $user) = ($remote->host, $remote->port, $remote->safe_psql('postgres', 'SELECT current_user'));
for my $there (qw(UTF8 LATIN1))
{
	$remote->safe_psql("enc_" . lc $there, 'CREATE TABLE words (n int, t text, c char(3), j jsonb, x json, a text[])');
	for my $here (qw(UTF8 LATIN1))
	{
		$node->safe_psql("enc_" . lc $here, qq{
			CREATE EXTENSION IF NOT EXISTS warehouse_gw;
			DROP SERVER IF EXISTS enc CASCADE;
			CREATE SERVER enc FOREIGN DATA WRAPPER gw_postgres OPTIONS (host '$host', port '$port', dbname '@{["enc_" . lc $there]}');
			CREATE USER MAPPING FOR CURRENT_USER SERVER enc OPTIONS (user '$user', password_required 'false');
			IMPORT FOREIGN SCHEMA public FROM SERVER enc INTO public;
			CREATE FOREIGN TABLE plain (n int, t text, c char(3), j jsonb, x json) SERVER enc
				OPTIONS (schema_name 'public', table_name 'words', insert_mode 'copy');
			SET client_encoding = 'LATIN1';
			INSERT INTO words SELECT 1, w, w, to_jsonb(w), to_json(w), ARRAY[w] FROM convert_from('\\xe9', 'LATIN1') w;
			ALTER FOREIGN TABLE words OPTIONS (ADD insert_mode 'copy');
			INSERT INTO words SELECT 2, w, w, to_jsonb(w), to_json(w), ARRAY[w] FROM convert_from('\\xe9', 'LATIN1') w;
			INSERT INTO plain SELECT 3, w, w, to_jsonb(w), to_json(w) FROM convert_from('\\xe9', 'LATIN1') w;
			UPDATE words SET a = ARRAY[t] WHERE n = 3 AND random() < 2;
		});
		is($remote->safe_psql("enc_" . lc $there, "SET client_encoding = 'UTF8';
			SELECT string_agg(w::text, ' ') FROM words w"),
			join(' ', map { "($_,\xc3\xa9,\"\xc3\xa9  \",\"\"\"\xc3\xa9\"\"\",\"\"\"\xc3\xa9\"\"\",{\xc3\xa9})" } 1 .. 3),
			"from $here to $there: INSERT, COPY as text, COPY in binary");
		$remote->safe_psql("enc_" . lc $there, 'TRUNCATE words');
	}
}
(undef, undef, $$err) = $node->psql('enc_utf8', qq{\\set VERBOSITY verbose
	INSERT INTO words (t) VALUES (U&'\\4E2D')});
like($$err, qr/ERROR:  22P05/, 'a character the remote lacks is an error');

# ---- rows that somebody else changes ----
my $there = $remote->connstr('postgres');
for my $case ([3, '', 'a row that changed since: 40001, not a lost update'],
	[4, 'AND random() < 2', '... also row by row'])
{
	my ($id, $more, $name) = @$case;
	my (undef, $out) = $node->psql('postgres', qq{
		BEGIN;
		SELECT count(*) FROM pair;
		\\! psql -Xqd "$there" -c 'UPDATE pair SET n = 100 WHERE id = $id'
		UPDATE pair SET n = 0 WHERE id = $id $more;
		\\echo :LAST_ERROR_SQLSTATE
		ROLLBACK;
	}, on_error_stop => 0);
	like($out, qr/40001/, $name);
	is($remote->safe_psql('postgres', "SELECT n FROM pair WHERE id = $id"), '100', '... and the other stays');
}

# A local row that changes while it is joined with foreign ones is checked again.
my $local = $node->background_psql('postgres', on_error_stop => 0);
$local->query_safe('BEGIN; UPDATE mine SET n = 50 WHERE id = 5');
my ($join, $join_err) = background('UPDATE mine SET n = mine.n + pair.n + 1000 FROM pair WHERE pair.id = mine.id AND mine.id IN (5, 6) AND mine.n < 60');
ok($node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"), 'the join waits');
$local->query_safe('COMMIT');
$join->finish;
is($node->safe_psql('postgres', 'SELECT string_agg(n::text, $$,$$ ORDER BY id) FROM mine WHERE id IN (5, 6)'),
	'1050,1006', 'and goes on with the new version');
$local->query_safe('BEGIN; UPDATE mine SET n = 9 WHERE id = 7');
($join, $join_err) = background('UPDATE pair SET n = mine.n FROM mine WHERE pair.id = mine.id AND mine.id = 7');
usleep(300_000);
$local->query_safe('COMMIT');
$join->finish;
is($$join_err, '', 'a foreign table is updated from a local one that changes');
like($remote->safe_psql('postgres', 'SELECT n FROM pair WHERE id = 7'), qr/^(7|9)$/, '... from one of its versions');
$local->quit;

# ---- two commits, one of them refused ----
$remote->safe_psql('postgres', 'CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)');
$node->safe_psql('postgres', q{CREATE FOREIGN TABLE late (id int) SERVER wh OPTIONS (schema_name 'public')});
(undef, undef, $$err) = $node->psql('postgres', "\\set VERBOSITY verbose
	BEGIN; INSERT INTO mine VALUES (100, 1); INSERT INTO late SELECT 1 FROM generate_series(1, 200); COMMIT;");
like($$err, qr/ERROR:  23505/, 'a constraint that the remote checks when it commits');
is($node->safe_psql('postgres', 'SELECT count(*) FROM mine WHERE id = 100') .
	$remote->safe_psql('postgres', 'SELECT count(*) FROM late'), '00', '... undoes both sides');

$node->stop;
$remote->stop;
done_testing();
