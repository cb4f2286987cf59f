# pg_dump and pg_restore keep streams, watermarks and their history; the first
# run in the restored database goes on from there, and only from there.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init;
$node->start;
my $user = $node->safe_psql('postgres', 'SELECT current_user');
my ($host, $port) = ($node->host, $node->port);
$node->safe_psql('postgres', 'CREATE DATABASE warehouse; CREATE DATABASE mart');
$node->safe_psql('warehouse', q{
CREATE TABLE orders (id int PRIMARY KEY, at timestamptz NOT NULL);
INSERT INTO orders SELECT g, timestamptz '2024-01-01' + g * interval '1 hour' FROM generate_series(1, 50) g;
});
my $call = q{CALL gw.sync_table('wh', 'public.orders', 'public.orders', cursor_field => 'at',
  options => '{"horizon_margin": 0}')};
$node->safe_psql('mart', qq{
CREATE EXTENSION warehouse_gw;
CREATE SERVER wh FOREIGN DATA WRAPPER gw_postgres OPTIONS (host '$host', port '$port', dbname 'warehouse');
CREATE USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (user '$user', password_required 'false');
});
$node->safe_psql('mart', $call);
$node->safe_psql('mart', q{SELECT gw.set_watermark('wh', 'orders', 'orders', '2024-01-02 00:00:00+00', 'repeat a day')});
$node->safe_psql('mart', q{DELETE FROM orders WHERE at > '2024-01-02 00:00:00+00'});
$node->safe_psql('mart', $call);

my $file = $node->backup_dir . '/mart.dump';
mkdir $node->backup_dir;
$node->command_ok([ 'pg_dump', '-Fc', '-f', $file, $node->connstr('mart') ], 'dump');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr('copy'), $file ], 'restore without an error');

for my $what (
	[ 'streams', q{SELECT stream_id, name, server, source, target, load_mode, cursor_field FROM gw.stream} ],
	[ 'watermarks', q{SELECT stream_id, generation, version, cursor_value, cursor_type, source_columns FROM gw.watermark} ],
	[ 'history', q{SELECT history_id, op, old_value, new_value, rows, reason FROM gw.watermark_history ORDER BY 1} ])
{
	my ($name, $sql) = @$what;
	my $rows = $node->safe_psql('mart', $sql);
	isnt($rows, '', "there are $name");
	is($node->safe_psql('copy', $sql), $rows, "$name are restored");
}
is($node->safe_psql('copy', 'SELECT count(*) FROM gw.run'), '0', 'runs are not part of a dump');

$node->safe_psql('warehouse', q{INSERT INTO orders VALUES (51, '2024-02-01')});
my ($ret, $stdout, $stderr) = $node->psql('copy', $call);
is($ret, 0, 'a sync runs in the restored database');
like($stderr, qr/was restored from a dump/, 'and says that it goes on from a restored watermark');
is($node->safe_psql('copy', q{SELECT rows_read FROM gw.task}), '1', 'it reads the new row only');
is($node->safe_psql('copy', 'SELECT count(*), count(DISTINCT id) FROM orders'), '51|51', 'every row is there once');
($ret, $stdout, $stderr) = $node->psql('copy', $call);
unlike($stderr, qr/restored/, 'the next one knows its target again');

# Identities go on where they were.
$node->safe_psql('warehouse', 'CREATE TABLE more (id int PRIMARY KEY); INSERT INTO more VALUES (1)');
$node->safe_psql('copy', q{CALL gw.sync_table('wh', 'more', 'more', cursor_field => 'id')});
is($node->safe_psql('copy', 'SELECT count(*), count(DISTINCT stream_id) FROM gw.stream'), '2|2',
	'new streams get ids of their own');

# A restored watermark without its target is refused.
$node->safe_psql('postgres', 'CREATE DATABASE bare');
$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr('bare'), $file ], 'restore again');
$node->safe_psql('bare', 'DROP TABLE orders');
($ret, $stdout, $stderr) = $node->psql('bare', $call);
like($stderr, qr/which stream ".*" loaded before, does not exist/, 'a watermark without its rows is refused');

$node->stop;
done_testing();
