# Who gets in: passwords over TCP, the rule that an ordinary role must be
# authenticated by its mapping's password, refused TLS, names to resolve, and
# a COMMIT that is interrupted.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use Test::More;
use Time::HiRes qw(usleep);

my ($node, $remote) = start_pair("password_encryption = 'scram-sha-256'\n");
my $port = $remote->port;
$remote->safe_psql('postgres', q{
	CREATE ROLE guest LOGIN PASSWORD 'WGWCANARY_guest';
	CREATE ROLE trusted LOGIN;
	CREATE TABLE slow (a int);
	CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
	CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON slow
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow();});
open my $hba, '>', $remote->data_dir . '/pg_hba.conf' or die $!;
print $hba "local all all trust\nhost all trusted all trust\nhost all all all scram-sha-256\n";
close $hba;
$remote->reload;
$node->safe_psql('postgres', qq{
	CREATE SERVER tcp FOREIGN DATA WRAPPER gw_postgres
		OPTIONS (host 'localhost', port '$port', dbname 'postgres', sslmode 'disable');
	CREATE SERVER tls FOREIGN DATA WRAPPER gw_postgres
		OPTIONS (host 'localhost', port '$port', dbname 'postgres');
	CREATE ROLE app LOGIN;
	SELECT gw.grant_usage('app', 'operator');
	GRANT USAGE ON FOREIGN SERVER tcp, tls TO app;});

sub app
{
	my ($sql) = @_;
	return run_verbose($node, "SET ROLE app; SET client_min_messages = notice;\n$sql");
}

sub mapping
{
	my ($server, $options) = @_;
	$node->safe_psql('postgres', "SET client_min_messages = error;
		DROP USER MAPPING IF EXISTS FOR app SERVER $server;
		CREATE USER MAPPING FOR app SERVER $server OPTIONS ($options)");
}

my $check = q{SELECT ok, "current_user", error_class, sqlstate FROM gw.check_connection('tcp')};
my ($out, $err);

mapping('tcp', q{user 'guest', password 'WGWCANARY_guest'});
($out) = app($check);
is($out, 't|guest||', 'an ordinary role gets in with its password, by host name');
mapping('tcp', q{user 'guest', password 'WGWCANARY_wrong'});
($out) = app($check);
is($out, 'f||auth|28P01', 'a wrong password is 28P01');
($out, $err) = app(q{SELECT gw.execute('tcp', 'SELECT 1')});
like($err, qr/ERROR:  28P01:.*"tcp".*password.*HINT:.*mapping/s, '... and an error that says where');
unlike($err, qr/CANARY/, '... without the password');
mapping('tcp', q{user 'nobody_at_all', password 'WGWCANARY_x'});
($out) = app($check);
is($out, 'f||auth|28P01', 'an unknown role looks the same');
mapping('tcp', q{user 'trusted', password 'WGWCANARY_x'});
($out) = app($check);
is($out, 'f||auth|2F003', 'a server that asks for no password is refused');
mapping('tls', q{user 'guest', password 'WGWCANARY_guest'});
($out, $err) = app(q{SELECT gw.test_connection('tls')});
is($out, 'f', 'TLS is wanted by default');
like($err, qr/NOTICE:.*"tls".*SSL.*HINT:.*sslmode/s, '... and the hint names the option');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%CANARY%'
	AND pid <> pg_backend_pid()}), '0', 'no statement text holds a password');
unlike(PostgreSQL::Test::Utils::slurp_file($remote->logfile), qr/CANARY_(wrong|x)/,
	'... nor does the remote log');

# COMMIT interrupted: said plainly, for the remote may have committed
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query_safe('\set VERBOSITY verbose');
my $pid = $session->query_safe('SELECT pg_backend_pid()');
$session->query_safe(q{BEGIN; SELECT gw.execute('wh', 'INSERT INTO slow VALUES (1)')});
$session->query_until(qr/asked/, "\\echo asked\nCOMMIT;\n\\echo answered\n");
$remote->poll_query_until('postgres',
	"SELECT count(*) = 1 FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'");
my $ms = timed('cancel of a COMMIT', sub {
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
	$session->{run}->pump until $session->{stdout} =~ /answered/; });
prompt($ms, LATE_MS, 'a COMMIT under way can be cancelled');
# psql prints a warning as it comes and an error when the answer is complete, so in either order.
for (1 .. 200)
{
	last if $session->{stderr} =~ /WARNING:  08007/ && $session->{stderr} =~ /ERROR:  57014/;
	$session->{run}->pump_nb;
	usleep(20_000);
}
like($session->{stderr}, qr/WARNING:  08007/, '... with a warning about its outcome');
like($session->{stderr}, qr/ERROR:  57014/, '... beside the error');
$session->{stdout} = $session->{stderr} = '';
wait_no_remote($remote, '... and nothing goes on there');
is($session->query_safe(q{SELECT * FROM gw.execute_query('wh', 'SELECT count(*) FROM slow') AS r(n int)}),
	'0', '... which did not commit');
$session->quit;

done_testing();
