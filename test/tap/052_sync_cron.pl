# A real pg_cron runs a sync: nothing but a CALL in a schedule, as an ordinary
# role.  One job runs when the scheduler starts, one at the next full minute.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $sharedir = `$ENV{PG_CONFIG} --sharedir`);
plan skip_all => 'pg_cron is not installed' unless -f "$sharedir/extension/pg_cron.control";

my $node = PostgreSQL::Test::Cluster->new('cron');
$node->init;
$node->append_conf('postgresql.conf', join("\n",
	"shared_preload_libraries = 'pg_cron'", "cron.database_name = 'postgres'",
	"cron.host = '" . $node->host . "'", ''));
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION pg_cron;
CREATE EXTENSION warehouse_gw;
CREATE ROLE etl LOGIN;
SELECT gw.grant_usage('etl', 'operator');
GRANT USAGE ON SCHEMA cron TO etl;
CREATE SERVER here FOREIGN DATA WRAPPER gw_local;
GRANT USAGE ON FOREIGN SERVER here TO etl;
CREATE SCHEMA mart AUTHORIZATION etl;
CREATE TABLE mart.orders_src (id int PRIMARY KEY, at timestamptz NOT NULL);
ALTER TABLE mart.orders_src OWNER TO etl;
INSERT INTO mart.orders_src VALUES (1, '2024-01-01'), (2, '2024-01-02');
});
my $sync = q{CALL gw.sync_table('here', 'mart.orders_src', 'mart.orders', mode => 'merge', keys => '{id}', cursor_field => 'at')};
my $schedule = "SET SESSION AUTHORIZATION etl; SELECT cron.schedule('%s', '%s', \$\$$sync\$\$)";
$node->safe_psql('postgres', sprintf($schedule, 'at start', '@reboot'));
$node->restart;
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM gw.run WHERE state = 'succeeded'}),
	'the job that runs at start has run');
is($node->safe_psql('postgres', 'SELECT count(*) FROM mart.orders'), '2', 'and has moved the rows');

$node->safe_psql('postgres', q{INSERT INTO mart.orders_src VALUES (3, '2024-01-03')});
$node->safe_psql('postgres', sprintf($schedule, 'each minute', '* * * * *'));
ok($node->poll_query_until('postgres', q{SELECT count(*) >= 2 FROM gw.run WHERE state = 'succeeded'}),
	'the job of each minute has run');
is($node->safe_psql('postgres', q{SELECT string_agg(rows_read::text, ',' ORDER BY task_id) FROM (SELECT * FROM gw.task ORDER BY task_id LIMIT 2) t}),
	'2,1', 'the history shows both runs and what each of them read');
is($node->safe_psql('postgres', q{SELECT DISTINCT owner FROM gw.run}), 'etl', 'they ran as the role that scheduled them');
ok($node->poll_query_until('postgres', q{SELECT count(*) >= 2 FROM cron.job_run_details WHERE status = 'succeeded'}),
	'pg_cron saw them succeed');

# A failure reaches pg_cron too.
$node->safe_psql('postgres', q{SELECT cron.unschedule(jobid) FROM cron.job});
$node->safe_psql('postgres', q{ALTER TABLE mart.orders ADD CHECK (id < 4); INSERT INTO mart.orders_src VALUES (4, '2024-01-04')});
$node->safe_psql('postgres', sprintf($schedule, 'at start', '@reboot'));
$node->restart;
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM cron.job_run_details
  WHERE status = 'failed' AND return_message LIKE '%check constraint%'}), 'a failed run fails the job');
is($node->safe_psql('postgres', q{SELECT state, sqlstate FROM gw.run ORDER BY run_id DESC LIMIT 1}),
	'failed|23514', 'and is in the run history');

$node->stop;
done_testing();
