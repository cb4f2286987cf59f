# A server with several hosts: one that does not answer uses up no more than its
# share of connect_timeout, and all together no more than that.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use IO::Socket::INET;
use Test::More;

my ($node, $remote) = start_pair();
my $port = $remote->port;
my $user = $remote->safe_psql('postgres', 'SELECT current_user');

# The same port of other addresses: they take connections and say nothing.
my @silent = map { IO::Socket::INET->new(Listen => 50, LocalAddr => "127.0.0.$_", LocalPort => $port) } 2 .. 4;
my ($mute, $mute2, $mute3, $refusing) = map { "127.0.0.$_" } 2 .. 5;

# How it went and how long it took.
sub try
{
	my ($hosts) = @_;
	$node->safe_psql('postgres', qq{
		DROP SERVER IF EXISTS many CASCADE;
		CREATE SERVER many FOREIGN DATA WRAPPER gw_postgres
			OPTIONS (host '$hosts', port '$port', dbname 'postgres', sslmode 'disable', connect_timeout '4');
		CREATE USER MAPPING FOR CURRENT_USER SERVER many OPTIONS (user '$user', password_required 'false');});
	my ($out, $err) = ('', '');
	my $took = timed($hosts, sub {
		$node->psql('postgres', q{SELECT ok, sqlstate, message FROM gw.check_connection('many')},
			stdout => \$out, stderr => \$err);
	});
	return ($out, $took);
}

my $here = '127.0.0.1';
my ($out, $took) = try("$mute,$here");
like($out, qr/^t\|/, 'the second host answers when the first does not');
prompt($took, 3500, '... in the time of two');
cmp_ok($took, '>', 1500, '... which was the share of the first');
($out, $took) = try("$refusing,$mute,$here");
like($out, qr/^t\|/, 'the third, when one refuses and one does not answer');
prompt($took, 3500, '... in time');
($out, $took) = try("$mute,$mute2,$mute3");
like($out, qr/^f\|08001\|.*no answer in time/, 'nobody answers');
cmp_ok($took, '>', 3500, '... each had its share');
prompt($took, 5500, '... and all together no more than connect_timeout');
($out, $took) = try("$mute,localhost");
like($out, qr/^t\|/, 'names that have to be looked up, too');
prompt($took, 3500, '... in time');
($out, $took) = try("$mute,$refusing");
like($out, qr/^f\|08001\|/, 'one does not answer, the other refuses');
($out, $took) = try($mute);
like($out, qr/^f\|08001\|.*no answer in time/, 'a single host has all the time');
cmp_ok($took, '>', 3500, '... indeed');

done_testing();
