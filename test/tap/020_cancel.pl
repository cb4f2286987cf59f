# Ctrl-C and statement_timeout in every state a session can wait in: the
# caller has its prompt back at once, and nothing goes on running remotely.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);

my ($node, $remote) = start_pair();
my $sleep = q{SELECT gw.execute('wh', 'SELECT pg_sleep(60)')};

# Runs $query in $session, calls $act when it is under way, and returns the
# milliseconds from $act to the answer, and the error.
sub interrupted
{
	my ($session, $query, $act) = @_;
	$session->query_until(qr/asked/, "\\echo asked\n$query;\n\\echo answered\n");
	my $begun = $act->();
	$session->{run}->pump until $session->{stdout} =~ /answered/;
	my $ms = int((time - $begun) * 1000);
	# The error and the answer travel on two pipes.
	$session->{run}->pump_nb for 1 .. 5;
	my $error = $session->{stderr};
	$session->{stdout} = $session->{stderr} = '';
	return ($ms, $error);
}

# A background session, its backend's number, and a canceller for it.
sub session
{
	my ($settings) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe('\set VERBOSITY verbose');
	$session->query_safe($settings) if $settings;
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	return ($session, $pid);
}

# executing, pg_cancel_backend
{
	my ($session, $pid) = session();
	my ($ms, $error) = interrupted($session, $sleep, sub {
		wait_remote_active($remote);
		my $begun = time;
		$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
		return $begun;
	});
	note("cancel while executing: $ms ms");
	prompt($ms, LATE_MS, 'cancel while executing is answered at once');
	like($error, qr/ERROR:  57014/, '... with 57014');
	wait_no_remote($remote, '... and the remote statement is gone');
	is($session->query_safe(q{SELECT gw.execute('wh', 'SELECT 1')}), '1',
		'... and the session goes on');
	is(remote_backends($remote), 1, '... over the same connection');
	$session->quit;
}

# executing, statement_timeout
{
	my ($session) = session(q{SET statement_timeout = '300ms'});
	my ($ms, $error) = interrupted($session, $sleep, sub { return time });
	note('statement_timeout of 300 ms while executing: ' . $ms . ' ms');
	prompt($ms, 300 + LATE_MS, 'statement_timeout while executing');
	like($error, qr/57014.*statement timeout/, '... with its own message');
	wait_no_remote($remote, '... and the remote statement is gone');
	$session->quit;
}

# executing inside a subtransaction: the transaction survives
{
	my ($session, $pid) = session();
	$session->query_safe(q{BEGIN; SELECT gw.execute('wh', 'CREATE TABLE kept (a int)');
		SAVEPOINT s;});
	my ($ms, $error) = interrupted($session, $sleep, sub {
		wait_remote_active($remote);
		my $begun = time;
		$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
		return $begun;
	});
	note("cancel under a savepoint: $ms ms");
	prompt($ms, LATE_MS, 'cancel under a savepoint');
	$session->query_safe('ROLLBACK TO s; COMMIT;');
	is($remote->safe_psql('postgres', 'SELECT count(*) FROM kept'), '0',
		'... leaves the earlier work, which commits');
	$session->quit;
}

# fetching from a cursor while the remote backend does not answer
{
	my ($session, $pid) = session();
	$session->query_safe('BEGIN; DECLARE c CURSOR FOR SELECT * FROM item; FETCH 1 FROM c;');
	my $stopped = remote_pid($remote);
	kill 'STOP', $stopped;
	my ($ms, $error) = interrupted($session, 'FETCH 5000 FROM c', sub {
		wait_waiting($node, $pid);
		my $begun = time;
		$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
		return $begun;
	});
	note("cancel while the remote is frozen: $ms ms");
	prompt($ms, LATE_MS, 'cancel while the remote is frozen');
	like($error, qr/57014/, '... with 57014');
	kill 'CONT', $stopped;
	wait_no_remote($remote, '... and the frozen connection was given up', 1);
	$session->query_safe('ROLLBACK');
	is($session->query_safe('SELECT count(*) FROM item'), '20000', '... and a new one serves');
	$session->quit;
}

# connecting to a host that accepts and never answers
my $silent = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Proto => 'tcp')
	or die "no listening socket: $!";
my $port = $silent->sockport;
my $user = $node->safe_psql('postgres', 'SELECT current_user');
$node->safe_psql('postgres', qq{
	CREATE SERVER silent FOREIGN DATA WRAPPER gw_postgres
		OPTIONS (host '127.0.0.1', port '$port', sslmode 'disable', connect_timeout '30');
	CREATE SERVER hasty FOREIGN DATA WRAPPER gw_postgres
		OPTIONS (host '127.0.0.1', port '$port', sslmode 'disable', connect_timeout '1');
	CREATE USER MAPPING FOR CURRENT_USER SERVER silent OPTIONS (user '$user', password_required 'false');
	CREATE USER MAPPING FOR CURRENT_USER SERVER hasty OPTIONS (user '$user', password_required 'false');
});
{
	my ($session, $pid) = session();
	my ($ms, $error) = interrupted($session, q{SELECT gw.execute('silent', 'SELECT 1')}, sub {
		wait_waiting($node, $pid);
		my $begun = time;
		$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
		return $begun;
	});
	note("cancel while connecting: $ms ms");
	prompt($ms, LATE_MS, 'cancel while connecting');
	like($error, qr/57014/, '... with 57014');

	($ms, $error) = interrupted($session, q{SELECT gw.execute('hasty', 'SELECT 1')}, sub { return time });
	note("connect_timeout of 1 s: $ms ms");
	prompt($ms, 1000 + LATE_MS, 'connect_timeout ends the wait');
	like($error, qr/08001.*"hasty"/, '... with 08001 and the server\'s name');
	$session->query_safe('SET client_min_messages = warning');
	is($session->query_safe(q{SELECT gw.test_connection('hasty')}), 'f',
		'test_connection says false instead');
	is($session->query_safe('SELECT count(*) FROM gw.connections()'), '0',
		'nothing half-open is kept');
	$session->quit;
}

done_testing();
