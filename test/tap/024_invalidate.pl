# ALTER and DROP of servers and mappings while they are in use: what runs goes
# on as it began, the next transaction sees the change, nothing crashes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use Test::More;

my ($node, $remote) = start_pair();
$remote->safe_psql('postgres', 'CREATE DATABASE other');
$remote->safe_psql('other', 'CREATE TABLE item AS SELECT 7 AS id, \'other\'::text AS note');

my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query_safe('\set VERBOSITY verbose');
$session->query_safe('BEGIN; DECLARE c CURSOR FOR SELECT id FROM item ORDER BY id;');
is($session->query_safe('FETCH 2 FROM c'), "1\n2", 'a cursor is open');

$node->safe_psql('postgres', q{ALTER SERVER wh OPTIONS (SET dbname 'other')});
is($session->query_safe('SELECT count(*) FROM item'), '20000',
	'ALTER SERVER: a second scan in the transaction reads where the first does');
is($session->query_safe('SELECT valid FROM gw.connections()'), 'f', '... though marked');
is($session->query_safe('FETCH 2 FROM c'), "3\n4", '... and the cursor goes on');
is($session->query_safe('MOVE FORWARD ALL FROM c'), '', '... to its end');
$session->query_safe('COMMIT');
is($session->query_safe('SELECT count(*) FROM gw.connections()'), '0', 'COMMIT closes it');
is($session->query_safe('SELECT id FROM item'), '7', 'the next transaction reads the new place');
wait_no_remote($remote, 'nothing is left busy');
is(remote_backends($remote), 1, 'one remote session is left');

# dropped mapping, dropped server
$session->query_safe('BEGIN; DECLARE c CURSOR FOR SELECT id FROM item; FETCH 0 FROM c;');
$session->query_safe('SELECT count(*) FROM item');
$node->safe_psql('postgres', 'DROP USER MAPPING FOR CURRENT_USER SERVER wh');
is($session->query_safe('FETCH 1 FROM c'), '7', 'DROP USER MAPPING: the cursor goes on');
$session->query_safe('COMMIT');
$session->query('SELECT id FROM item');
like($session->{stderr}, qr/ERROR:  42704.*no user mapping/, 'the next transaction misses it');
$session->{stderr} = '';

my $user = $remote->safe_psql('postgres', 'SELECT current_user');
$node->safe_psql('postgres', qq{CREATE USER MAPPING FOR PUBLIC SERVER wh
	OPTIONS (user '$user', password_required 'false')});
is($session->query_safe('SELECT id FROM item'), '7', 'a mapping for PUBLIC serves instead');
$node->safe_psql('postgres', 'DROP SERVER wh CASCADE');
$session->query(q{SELECT gw.test_connection('wh')});
like($session->{stderr}, qr/ERROR:  42704.*"wh" does not exist/, 'a dropped server is gone');
$session->{stderr} = '';
is($session->query_safe('SELECT count(*) FROM gw.connections()'), '0', '... and its connection');
wait_no_remote($remote, '... and the remote session', 1);
$session->quit;

done_testing();
