# Whole queries: one statement reaches the remote, with as many rows as the
# answer has; a library that is loaded late changes no answer; and what happens
# when the remote changes or goes away.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use Test::More;

my ($node, $remote) = start_pair(
	"shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track = top\n");
$remote->safe_psql('postgres', q{
	CREATE EXTENSION pg_stat_statements;
	CREATE TABLE sale (id int PRIMARY KEY, item int, amount numeric);
	INSERT INTO sale SELECT g, g % 500, g * 0.5 FROM generate_series(1, 5000) g;
	CREATE TABLE shop (id int PRIMARY KEY, name text);
	INSERT INTO shop SELECT g, 'shop ' || g FROM generate_series(1, 30) g;
	ANALYZE;
});
$node->safe_psql('postgres', q{
	CREATE FOREIGN TABLE sale (id int, item int, amount numeric) SERVER wh OPTIONS (schema_name 'public');
	CREATE FOREIGN TABLE shop (id int, name text) SERVER wh OPTIONS (schema_name 'public');
});

# Statements over the tables and the rows they returned, FETCHes included.
sub counted
{
	my ($sql) = @_;
	$remote->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
	my $answer = $node->safe_psql('postgres', $sql);
	my $seen = $remote->safe_psql('postgres', q{
		SELECT coalesce(sum(calls) FILTER (WHERE query !~ '^FETCH'), 0), coalesce(sum(rows), 0)
		FROM pg_stat_statements WHERE query ~ '"(sale|shop|item)"' OR query ~ '^FETCH'});
	return ($answer, split(/\|/, $seen));
}

my %queries = (
	'NOT IN, GROUP BY, LIMIT' => q{SELECT item, sum(amount) FROM sale WHERE item NOT IN (SELECT id FROM shop)
		GROUP BY item ORDER BY 2 DESC, 1 LIMIT 7},
	'WITH and a set operation' => q{WITH w AS (SELECT item, count(*) AS n FROM sale GROUP BY item)
		(SELECT item FROM w WHERE n = (SELECT max(n) FROM w) EXCEPT SELECT id FROM shop) ORDER BY 1 LIMIT 11},
	'windows over a join' => q{SELECT name, rank() OVER (ORDER BY sum(amount) DESC)
		FROM sale JOIN shop ON shop.id = sale.item GROUP BY name ORDER BY 1},
	'a correlated sub-select' => q{SELECT id, (SELECT sum(amount) FROM sale WHERE item = shop.id) FROM shop ORDER BY id},
);
for my $name (sort keys %queries)
{
	my $sql = $queries{$name};
	my ($answer, $statements, $rows) = counted("LOAD 'warehouse_gw'; $sql");
	is($answer, $remote->safe_psql('postgres', $sql), "$name: the remote's own answer");
	is($statements, 1, "$name: one statement");
	is($rows, scalar(my @lines = split(/\n/, $answer)), "$name: as many rows as the answer has");
	($answer, $statements) = counted("SET warehouse_gw.enable_whole_query = off; $sql");
	is($answer, $remote->safe_psql('postgres', $sql), "$name: the same in parts");
}

# ---- INSERT ... SELECT and CREATE TABLE AS ----
my (undef, $statements, $rows) = counted(q{LOAD 'warehouse_gw';
	CREATE TABLE kept AS SELECT item, count(*) AS n FROM sale WHERE item IN (SELECT id FROM shop) GROUP BY item});
is("$statements $rows", '1 30', 'CREATE TABLE AS: one statement');
(undef, $statements, $rows) = counted(q{LOAD 'warehouse_gw';
	INSERT INTO kept SELECT id FROM shop UNION ALL SELECT item FROM sale WHERE id < 4});
is("$statements $rows", '1 33', 'INSERT ... SELECT: one statement');
is($node->safe_psql('postgres', 'SELECT count(*), sum(n) FROM kept'), '63|300', 'all of it is there');

# ---- a library loaded late ----
my $union = 'SELECT id FROM shop UNION SELECT item FROM sale WHERE id < 3 ORDER BY 1 LIMIT 3';
my $twice = $node->safe_psql('postgres', "EXPLAIN $union; SELECT 'then'; EXPLAIN $union;");
my ($first, $second) = split(/then/, $twice);
unlike($first, qr/Whole Query/, 'the query that loads the library is planned as usual');
like($second, qr/Whole Query/, 'the next one as a whole');
is($node->safe_psql('postgres', "$union; SELECT 'then'; $union"), "1\n2\n3\nthen\n1\n2\n3", 'the answer is the same');
$node->append_conf('postgresql.conf', "session_preload_libraries = 'warehouse_gw'\n");
$node->reload;
like($node->safe_psql('postgres', "EXPLAIN $union"), qr/Whole Query/, 'preloaded: the first one too');

# ---- the remote changes under a kept plan ----
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query_safe('SET plan_cache_mode = force_generic_plan');
$session->query_safe(q{PREPARE p AS
	SELECT name FROM shop WHERE id NOT IN (SELECT item FROM sale WHERE id < 3) ORDER BY id DESC LIMIT 1});
is($session->query_safe('EXECUTE p'), 'shop 30', 'a kept plan');
$remote->safe_psql('postgres', 'ALTER TABLE shop ADD more text');
is($session->query_safe('EXECUTE p'), 'shop 30', 'another column there is no matter');
$remote->safe_psql('postgres', 'ALTER TABLE shop ALTER id TYPE text');
$session->query('EXECUTE p');
like($session->{stderr}, qr/remote columns of foreign table "shop" have changed/,
	'a type that shows in no column of the answer');
$session->{stderr} = '';
$remote->safe_psql('postgres', 'ALTER TABLE shop ALTER id TYPE int USING id::int');
is($session->query_safe('EXECUTE p'), 'shop 30', 'and back');
$session->quit;

# ---- the remote goes away ----
my (undef, undef, $err) = $node->psql('postgres', q{
	BEGIN;
	SELECT count(*) FROM sale WHERE item IN (SELECT id FROM shop);
	DECLARE c CURSOR FOR SELECT a.id FROM sale a, shop b ORDER BY 1;
	FETCH 1 FROM c;
	SELECT gw.execute_ddl('wh', 'SELECT pg_terminate_backend(pg_backend_pid())');
	FETCH 10000 FROM c;
	COMMIT;
});
like($err, qr/ERROR:/, 'a lost connection is an error');
is($node->safe_psql('postgres', 'SELECT count(*) FROM sale WHERE item IN (SELECT id FROM shop)'), 300,
	'the next transaction connects again');
wait_no_remote($remote, 'nothing is left running');

done_testing();
