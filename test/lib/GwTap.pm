# What the TAP tests share: two clusters (the one with the extension, and the
# warehouse it connects to), and stop-watches.
package GwTap;
use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep usleep);

our @EXPORT = qw(start_pair run_verbose remote_backends wait_no_remote timed remote_pid LATE_MS);

# Answers are wanted within 250 ms; a busy machine is given this much.
use constant LATE_MS => 1000;

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

# Within two seconds nothing of ours runs there (or, with all, is there).
sub wait_no_remote
{
	my ($remote, $name, $all) = @_;
	my $until = time + 2;
	my $left;
	do
	{
		$left = remote_backends($remote, !$all);
		usleep(20_000) if $left > 0;
	} while ($left > 0 && time < $until);
	is($left, 0, $name);
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
