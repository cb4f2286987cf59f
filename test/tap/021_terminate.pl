# pg_terminate_backend, and a client that goes away, in every state a session
# can wait in: the backend ends at once and takes the remote statement along.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time usleep);

my ($node, $remote) = start_pair();

# Starts $query in a new session, calls $ready, terminates the backend, and
# returns the milliseconds until it is gone.
sub terminated
{
	my ($prepare, $query, $ready) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe($prepare) if $prepare;
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	$session->query_until(qr/asked/, "\\echo asked\n$query;\n");
	$ready->($pid);
	my $begun = time;
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	while (time < $begun + 20 && kill(0, $pid))
	{
		usleep(5_000);
	}
	my $ms = int((time - $begun) * 1000);
	eval { $session->quit };
	return $ms;
}

my $ms = terminated('', q{SELECT gw.execute('wh', 'SELECT pg_sleep(60)')}, sub { wait_remote_active($remote) });
note("terminate while executing: $ms ms");
prompt($ms, LATE_MS, 'terminate while executing');
wait_no_remote($remote, '... and the remote session is gone', 1);

my $stopped;
$ms = terminated('BEGIN; DECLARE c CURSOR FOR SELECT * FROM item; FETCH 1 FROM c;',
	'FETCH 5000 FROM c', sub { usleep(200_000) });
note("terminate while fetching, or just after: $ms ms");
prompt($ms, LATE_MS, 'terminate with an open cursor');
wait_no_remote($remote, '... and the remote session is gone', 1);

{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe('BEGIN; DECLARE c CURSOR FOR SELECT * FROM item; FETCH 1 FROM c;');
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	$stopped = remote_pid($remote);
	kill 'STOP', $stopped;
	$session->query_until(qr/asked/, "\\echo asked\nFETCH 5000 FROM c;\n");
	wait_waiting($node, $pid);
	my $begun = time;
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	usleep(5_000) while time < $begun + 20 && kill(0, $pid);
	$ms = int((time - $begun) * 1000);
	note("terminate while the remote is frozen: $ms ms");
	prompt($ms, LATE_MS, 'terminate while the remote is frozen');
	kill 'CONT', $stopped;
	wait_no_remote($remote, '... and the remote session is gone', 1);
	eval { $session->quit };
}

my $silent = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Proto => 'tcp')
	or die "no listening socket: $!";
my $port = $silent->sockport;
my $user = $node->safe_psql('postgres', 'SELECT current_user');
$node->safe_psql('postgres', qq{
	CREATE SERVER silent FOREIGN DATA WRAPPER gw_postgres
		OPTIONS (host '127.0.0.1', port '$port', sslmode 'disable', connect_timeout '30');
	CREATE USER MAPPING FOR CURRENT_USER SERVER silent
		OPTIONS (user '$user', password_required 'false');
});
$ms = terminated('', q{SELECT gw.execute('silent', 'SELECT 1')}, sub { wait_waiting($node, $_[0]) });
note("terminate while connecting: $ms ms");
prompt($ms, LATE_MS, 'terminate while connecting');

# a fast shutdown does not wait for a remote statement
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_until(qr/asked/,
		"\\echo asked\n" . q{SELECT gw.execute('wh', 'SELECT pg_sleep(60)');} . "\n");
	wait_remote_active($remote);
	$ms = timed('fast shutdown while executing', sub { $node->stop('fast') });
	prompt($ms, 5 * LATE_MS, 'fast shutdown while executing');
	wait_no_remote($remote, '... and the remote session is gone', 1);
	eval { $session->quit };
}

done_testing();
