# EvalPlanQual over a foreign scan: when a locked local row changed meanwhile,
# every clause the remote evaluated is judged again with the new values.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;

my ($host, $port) = ($node->host, $node->port);
my $user = $node->safe_psql('postgres', 'SELECT current_user');
$node->safe_psql('postgres', qq{
	CREATE EXTENSION warehouse_gw;
	CREATE SCHEMA src;
	CREATE TABLE src.rate (id int PRIMARY KEY, name text, factor int);
	INSERT INTO src.rate VALUES (1, 'one', 10), (2, 'two', 20), (3, 'three', 30);
	CREATE SERVER wh FOREIGN DATA WRAPPER gw_postgres
		OPTIONS (host '$host', port '$port', dbname 'postgres');
	CREATE USER MAPPING FOR CURRENT_USER SERVER wh
		OPTIONS (user '$user', password_required 'false');
	CREATE SCHEMA far;
	IMPORT FOREIGN SCHEMA src FROM SERVER wh INTO far;
	CREATE TABLE account (id int PRIMARY KEY, rate_id int, balance int);
	INSERT INTO account VALUES (1, 1, 100), (2, 2, 200);
});
# Runs $query in one session while another holds and then commits $update.
sub while_updated
{
	my ($update, $settings, $query) = @_;
	my $writer = $node->background_psql('postgres');
	my $reader = $node->background_psql('postgres');

	$reader->query_safe($settings);
	$writer->query_safe("BEGIN; $update;");
	$reader->query_until(qr/asked/, "\\echo asked\n$query;\n");
	$node->poll_query_until('postgres',
		"SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
	$writer->query_safe('COMMIT;');
	my $rows = $reader->query_safe('SELECT 0 WHERE false;');
	$writer->quit;
	$reader->quit;
	return $rows;
}

my $nestloop = 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;';
my $join = 'SELECT a.id, a.balance, r.name FROM account a JOIN far.rate r ON r.id = a.rate_id
	WHERE a.id = 1 AND r.factor < 25 FOR UPDATE OF a';

like($node->safe_psql('postgres', "$nestloop EXPLAIN (VERBOSE, COSTS off) $join"),
	qr/Remote SQL: .*WHERE.*\$1/, 'the join clause goes remote with a parameter');

is(while_updated('UPDATE account SET balance = 150 WHERE id = 1', $nestloop, $join),
	'1|150|one', 'the row is returned as changed, with its foreign side');
is(while_updated('UPDATE account SET rate_id = 2 WHERE id = 1', $nestloop, $join),
	'', 'the pushed join clause is judged again');
$node->safe_psql('postgres', 'UPDATE account SET rate_id = 1 WHERE id = 1');
is(while_updated('UPDATE account SET rate_id = 2 WHERE id = 1',
		'SET enable_nestloop = off;', $join),
	'', 'and so it is with a hash join');

$node->stop;
done_testing();
