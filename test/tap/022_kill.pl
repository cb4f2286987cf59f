# The remote goes away: its backend is terminated or killed in the middle of a
# scan, or the server restarts between two statements.  Never a short result.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use Test::More;

my ($node, $remote) = start_pair("restart_after_crash = on\n");

sub scan_broken_by
{
	my ($name, $break, $state) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe('\set VERBOSITY verbose');
	$session->query_safe('BEGIN; DECLARE c CURSOR FOR SELECT id FROM item; FETCH 1 FROM c;');
	$break->(remote_pid($remote));
	my $rows = $session->query('FETCH ALL FROM c');
	like($session->{stderr}, qr/ERROR:  $state/, "$name in mid-scan is an error");
	unlike($rows, qr/^20000$/m, '... and not the end of the result');
	$session->{stderr} = '';
	$session->query('ROLLBACK');
	$session->{stderr} = '';
	is($session->query_safe('SELECT count(*) FROM item'), '20000', '... and the next statement works');
	$session->quit;
}

scan_broken_by('a terminated remote backend',
	sub { $remote->safe_psql('postgres', "SELECT pg_terminate_backend($_[0], 30000)") },
	'(57P01|08006)');
scan_broken_by('SIGKILL of the remote backend', sub { crash($remote, $_[0]) },
	'(57P02|08006)');

# a result that is streamed without a cursor, and breaks off between two rows
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe('\set VERBOSITY verbose');
	$session->query_until(qr/asked/, "\\echo asked\n" . q{SELECT count(*) FROM gw.execute_query('wh',
		'SELECT g, CASE WHEN g = 5000 THEN pg_sleep(60)::text END FROM generate_series(1, 10000) g') AS q (g int, t text);}
		. "\n");
	$remote->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity
		WHERE wait_event = 'PgSleep' AND application_name = 'warehouse_gw'});
	crash($remote, remote_pid($remote));
	my $rows = $session->query('SELECT 1');
	like($session->{stderr}, qr/ERROR:  (57P02|08006)/, 'a stream that breaks off is an error');
	unlike($rows, qr/^[0-9]{3}/m, '... and not a shorter result');
	$session->{stderr} = '';
	$session->quit;
}

# a statement in flight
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe('\set VERBOSITY verbose');
	$session->query_until(qr/asked/,
		"\\echo asked\n" . q{SELECT gw.execute('wh', 'SELECT pg_sleep(60)');} . "\n");
	$remote->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active'
		 AND pid <> pg_backend_pid()");
	crash($remote, remote_pid($remote));
	my $rows = $session->query('SELECT 1');
	like($session->{stderr}, qr/ERROR:  (57P02|08006)/, 'SIGKILL while executing is an error');
	$session->{stderr} = '';

	# a cached connection that died while idle
	is($session->query_safe('SELECT count(*) FROM item'), '20000', 'the next statement works');
	$remote->restart('fast');
	is($session->query_safe('SELECT count(*) FROM item'), '20000',
		'a restart between two statements goes unnoticed');
	$remote->restart('fast');
	is($session->query_safe(q{SELECT gw.test_connection('wh')}), 't',
		'... and test_connection finds its way too');
	is($session->query_safe(q{SELECT count(*) FROM gw.connections()}), '1',
		'... over one connection');

	# inside a transaction the loss is an error, and COMMIT cannot hide it
	$session->query_safe(q{BEGIN; SELECT gw.execute('wh', 'CREATE TABLE lost (a int)')});
	$remote->restart('fast');
	$session->query('COMMIT');
	like($session->{stderr}, qr/ERROR:  (08006|08007|57P01)/, 'COMMIT over a lost connection fails');
	$session->{stderr} = '';
	is($remote->safe_psql('postgres', q{SELECT to_regclass('lost') IS NULL}), 't',
		'... and nothing was committed');
	is($session->query_safe('SELECT count(*) FROM item'), '20000', '... and the session goes on');

	# a server that stays away
	$remote->stop('fast');
	$session->query('SELECT count(*) FROM item');
	like($session->{stderr}, qr/ERROR:  08001.*"wh".*(refused|No such file)/, 'a server that is down is 08001');
	$session->{stderr} = '';
	is($session->query_safe(q{SELECT ok, error_class, sqlstate FROM gw.check_connection('wh')}),
		'f|transient|08001', 'check_connection says so in a row');
	$session->quit;
}

done_testing();
