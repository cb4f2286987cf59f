# ODBC sources through drivers nobody here wrote: SQLite's and PostgreSQL's.
# Values, long ones, writes, transactions, what is refused, cancels and kills.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my ($node, $remote) = start_pair();
my $port = $remote->port;
my $user = $remote->safe_psql('postgres', 'SELECT current_user');
my $folder = PostgreSQL::Test::Utils::tempdir_short();
my $file = "$folder/lite.db";

# Debian's Python has SQLite; its own client would be one more package.
sub sqlite
{
	my ($sql) = @_;
	my $out = '';
	run_log([ 'python3', '-c', 'import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
for s in sys.argv[2].split(";;"):
    for row in c.execute(s):
        print("|".join("" if v is None else str(v) for v in row))
c.commit()', $file, $sql ], '>', \$out);
	chomp $out;
	return $out;
}

sub run
{
	my ($sql) = @_;
	return run_verbose($node, $sql);
}

sub one
{
	my ($sql) = @_;
	return $node->safe_psql('postgres', $sql);
}

sqlite(q{CREATE TABLE kinds (id INTEGER PRIMARY KEY, a varchar(3), b real, c decimal(10,2), d date,
	e timestamp, f blob, g text NOT NULL DEFAULT '');;
	INSERT INTO kinds VALUES (1, 'longer than three', 0.1, 1.10, '2024-02-29', '2024-01-02 03:04:05.123456', x'00ff', 'äöü😀');;
	INSERT INTO kinds VALUES (2, NULL, 1e300, NULL, NULL, NULL, NULL, '');;
	CREATE TABLE wrong (id INTEGER PRIMARY KEY, n integer, d date);;
	INSERT INTO wrong VALUES (1, 'no number', 'no day');;
	CREATE TABLE many (id INTEGER PRIMARY KEY, t text, n integer);;
	WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 20000)
	INSERT INTO many SELECT i, 'text ' || i, i % 10 FROM r});
chmod 0777, $folder;
one(qq{
	CREATE SERVER lite FOREIGN DATA WRAPPER gw_odbc OPTIONS (driver 'SQLite3', database '$file');
	CREATE USER MAPPING FOR CURRENT_USER SERVER lite;
	CREATE SCHEMA lite;
	IMPORT FOREIGN SCHEMA main FROM SERVER lite INTO lite;
	CREATE SERVER pgo FOREIGN DATA WRAPPER gw_odbc
		OPTIONS (driver 'PostgreSQL Unicode', host '127.0.0.1', port '$port', database 'postgres');
	CREATE USER MAPPING FOR CURRENT_USER SERVER pgo OPTIONS (user '$user');
	CREATE SCHEMA pgo;});

# ---- values ----
is(one('SELECT a, b, c, d, e, f, g FROM lite.kinds WHERE id = 1'),
	'longer than three|0.1|1.1|2024-02-29|2024-01-02 03:04:05.123456|\x00ff|äöü😀',
	'SQLite: values beside their declared lengths');
is(one('SELECT count(*), sum(n), max(length(t)) FROM lite.many'), '20000|90000|10', 'all rows');
is(one('SELECT t FROM lite.many WHERE id = 777'), 'text 777', 'a condition');
like(one('EXPLAIN (VERBOSE, COSTS OFF) SELECT t FROM lite.many WHERE id = 777 LIMIT 3'),
	qr/Limit.*Remote SQL: SELECT "t" FROM "many" WHERE \("id" = 777\)$/sm,
	'... goes there, LIMIT stays, and there is no schema');
like((run('SELECT n FROM lite.wrong'))[1], qr/22P02: .*"no number"/, 'a text in a column of numbers is an error');
like((run('SELECT d FROM lite.wrong'))[1], qr/22007: .*"no day"/, '... and one in a column of days');

sqlite(q{CREATE TABLE broken (id INTEGER PRIMARY KEY, t text);; INSERT INTO broken VALUES (1, CAST(x'41ff42' AS text)), (2, CAST(x'eda080' AS text)), (3, 'whole')});
one(q{IMPORT FOREIGN SCHEMA main LIMIT TO (broken) FROM SERVER lite INTO lite});
like((run("SELECT t FROM lite.broken WHERE id = $_"))[1], qr/22021: .*"t"/, 'bytes that are no characters are an error') for 1, 2;
is(one('SELECT t FROM lite.broken WHERE id = 3'), 'whole', '... of their rows only');

# ---- writes, arrays of parameters, transactions ----
one(q{INSERT INTO lite.many SELECT i, 'new ' || i, NULL FROM generate_series(30001, 32500) i});
is(sqlite('SELECT count(*), max(t) FROM many WHERE id > 30000'), '2500|new 32500', 'many rows are written');
one(q{UPDATE lite.many SET n = 7 WHERE id = 30001; DELETE FROM lite.many WHERE id = 30002});
is(sqlite('SELECT id, n FROM many WHERE id BETWEEN 30001 AND 30002'), '30001|7', 'UPDATE and DELETE');
one(q{INSERT INTO lite.kinds SELECT 10 + id, a, b, c, d, e, f, g FROM lite.kinds});
is(one(q{SELECT count(*) FROM lite.kinds x JOIN lite.kinds y ON y.id = x.id + 10
	WHERE (x.a, x.b, x.c, x.d, x.e, x.f, x.g) IS NOT DISTINCT FROM (y.a, y.b, y.c, y.d, y.e, y.f, y.g)}),
	'2', 'every kind of value comes back as it was');
like((run(q{INSERT INTO lite.many VALUES (40000, 'x', 1), (1, 'again', 1)}))[1],
	qr/UNIQUE constraint failed/, 'a refused row says why');
is(sqlite('SELECT count(*) FROM many WHERE id = 40000'), '0', '... and takes the others with it');
is((run(q{BEGIN; UPDATE lite.many SET n = 100 WHERE id = 1; SAVEPOINT s;
	UPDATE lite.many SET n = 200 WHERE id = 1; ROLLBACK TO s; SELECT n FROM lite.many WHERE id = 1; COMMIT;}))[0],
	'100', 'a savepoint');
is(sqlite('SELECT n FROM many WHERE id = 1'), '100', '... and the transaction around it');
run('BEGIN; DELETE FROM lite.many; ROLLBACK');
is(sqlite('SELECT count(*) FROM many WHERE id <= 20000'), '20000', 'ROLLBACK');

# ---- PostgreSQL's driver: long values, blocks, types ----
$remote->safe_psql('postgres', q{CREATE SCHEMA o; CREATE TABLE o.long AS
	SELECT i AS id, repeat('ü', i * 700) AS t, decode(repeat('00ff', i * 500), 'hex') AS raw FROM generate_series(1, 40) i;
	ALTER TABLE o.long ADD PRIMARY KEY (id);
	CREATE TABLE o.kinds (id int PRIMARY KEY, i8 bigint, f4 real, f8 float8, n numeric, b bool, d date, ts timestamp, t time, u uuid);
	INSERT INTO o.kinds VALUES (1, 9223372036854775807, 0.1, 1e-300, 12345678901234567890.12345, true, '0001-01-01',
	'9999-12-31 23:59:59.999999', '12:34:56.789', '6f1c0c9e-2b7a-4f0e-9d5a-0123456789ab')});
one('IMPORT FOREIGN SCHEMA o FROM SERVER pgo INTO pgo');
is(one(q{SELECT md5(string_agg(md5(t) || md5(raw), '' ORDER BY id)) FROM pgo.long}),
	$remote->safe_psql('postgres', q{SELECT md5(string_agg(md5(t) || md5(raw), '' ORDER BY id)) FROM o.long}),
	'values longer than their place in a block are whole');
is(one('SELECT * FROM pgo.kinds'), $remote->safe_psql('postgres', 'SELECT * FROM o.kinds'), 'types');
one('INSERT INTO pgo.kinds SELECT 2, i8, f4, f8, n, b, d, ts, t, u FROM pgo.kinds');
is($remote->safe_psql('postgres', 'SELECT count(DISTINCT (i8, f4, f8, n, b, d, ts, t, u)) FROM o.kinds'),
	'1', '... written as they were read');
like((run(q{SELECT gw.execute('pgo', 'SELECT * FROM nowhere')}))[1], qr/42P01: .*nowhere/, "the driver's SQLSTATE");

# ---- what is refused ----
for my $case (
	[ q{driver 'FreeTDSX', host 'h'}, qr/HV00N: server "[a-z0-9_]+": could not connect: Can't open lib 'FreeTDSX'.*Debian's package tdsodbc/s, 'a missing driver names its package' ],
	[ q{host 'h'}, qr/HV00J: .*either.*driver.*dsn/, 'neither driver nor dsn' ],
	[ q{driver 'SQLite3', database '/nonexistent/x.db'}, qr/(08001|HV00N): /, 'a missing file' ])
{
	my ($options, $error, $name) = @$case;
	one("CREATE SERVER bad FOREIGN DATA WRAPPER gw_odbc OPTIONS ($options); CREATE USER MAPPING FOR CURRENT_USER SERVER bad");
	like((run(q{SELECT gw.execute('bad', 'SELECT 1')}))[1], $error, $name);
	one('DROP SERVER bad CASCADE');
}
for my $case (
	[ q{driver 'SQLite3', database 'x.db'}, qr/22023: .*whole path/, 'a relative path' ],
	[ q{driver 'SQLite3', dsn 'x'}, qr/22023: .*exclude each other/, 'driver and dsn' ],
	[ q{driver 'SQLite3', database '/x', connection 'LoadExt=/tmp/evil.so'}, qr/22023: .*LoadExt.*Allowed are APP,/s, 'a keyword that loads a library, with the list' ],
	[ q{driver 'SQLite3', database '/x', connection 'Timeout'}, qr/22023: .*form/, 'no keyword at all' ])
{
	my ($options, $error, $name) = @$case;
	like((run("CREATE SERVER bad FOREIGN DATA WRAPPER gw_odbc OPTIONS ($options)"))[1], $error, "refused: $name");
}
one('CREATE ROLE plain; GRANT USAGE ON FOREIGN DATA WRAPPER gw_odbc TO plain; GRANT USAGE ON FOREIGN SERVER lite TO plain');
one(q{SELECT gw.grant_usage('plain', 'operator')});
like((run(q{SET ROLE plain; CREATE SERVER mine FOREIGN DATA WRAPPER gw_odbc OPTIONS (driver 'SQLite3', database '/x')}))[1],
	qr/42501/, 'an ordinary role names no driver');
like((run(q{SET ROLE plain; CREATE USER MAPPING FOR plain SERVER lite; SELECT gw.execute('lite', 'SELECT 1')}))[1],
	qr/2F003: .*needs a password/, 'an ordinary role needs a password');
one(q{ALTER SERVER lite OPTIONS (ADD password_required 'false')});
is((run(q{SET ROLE plain; SELECT gw.execute('lite', 'SELECT 1')}))[0], '1', '... unless a superuser says otherwise');

# ---- where the driver runs ----
sub helpers
{
	my ($pid) = @_;
	my @found = grep { my $stat = eval { slurp_file("/proc/$_/stat") } // ''; $stat =~ /^\d+ \(warehouse_gw_od\) [^Z] $pid / }
		map { m{/proc/(\d+)$} ? $1 : () } glob('/proc/[0-9]*');
	return @found;
}
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query('SELECT pg_backend_pid()');
	is($session->query(q{SELECT gw.execute('lite', 'SELECT 1')}), '1', 'a driver in a process');
	my @helpers = helpers($pid);
	is(scalar(@helpers), 1, '... of its own');
	unlike(slurp_file("/proc/$pid/maps"), qr/sqlite3odbc/, '... and not in the session');
	$session->query_until(qr/^/, "\\set VERBOSITY verbose\nBEGIN; UPDATE lite.many SET n = 5 WHERE id = 5; SELECT count(*) FROM lite.many a, lite.many b WHERE a.n < b.n;\n");
	wait_waiting($node, $pid);
	kill 'SEGV', @helpers;
	$session->query_until(qr/crashed/, "\\echo crashed\n");
	$session->query('ROLLBACK');
	is($session->query(q{SELECT gw.execute('lite', 'SELECT 1')}), '1', 'a crash of it is an error, and the session goes on');
	like($session->{stderr}, qr/08006: .*ODBC driver has crashed.*signal 11/s, '... that says what happened');
	@helpers = helpers($pid);
	is(scalar(@helpers), 1, '... with another process');
	$session->quit;
	my $lives = sub { (eval { slurp_file("/proc/$helpers[0]/stat") } // '') =~ /\) [^ZX] / };
	ok(come(sub { !$lives->() }), 'it ends with the session');
}
one(q{ALTER SERVER lite OPTIONS (ADD driver_isolation 'thread')});
is(one(q{SELECT t FROM lite.many WHERE id = 777}), 'text 777', 'a driver in a thread');
one(q{ALTER SERVER lite OPTIONS (DROP driver_isolation)});
like((run(q{SET ROLE plain; ALTER SERVER lite OPTIONS (ADD driver_isolation 'thread')}))[1], qr/42501/, '... is for superusers to choose');

# ---- cancel, timeout, terminate ----
my $endless = 'WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r';
for my $case ([ 'lite', $endless ], [ 'pgo', 'SELECT pg_sleep(60)' ])
{
	my ($server, $sql) = @$case;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query('SELECT pg_backend_pid()');
	$session->query("SELECT gw.execute('$server', 'SELECT 1')");
	my $begun;
	$session->query_until(qr/^/, "SELECT gw.execute('$server', '$sql'); SELECT 'went ' || 'on';\n");
	wait_waiting($node, $pid);
	$begun = time;
	one("SELECT pg_cancel_backend($pid)");
	$session->query_until(qr/went on/, '');
	my $ms = int((time - $begun) * 1000);
	note("$server: cancelled in $ms ms");
	prompt($ms, LATE_MS, "$server: cancel is answered at once");
	is($session->query("SELECT gw.execute('$server', 'SELECT 1')"), '1', "$server: the session goes on");
	$session->quit;
	like((run("SET statement_timeout = 300; SELECT gw.execute('$server', '$sql')"))[1], qr/57014/, "$server: statement_timeout");
}
ok(come(sub { $remote->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%'
	AND state = 'active' AND pid <> pg_backend_pid()}) eq '0' }), 'nothing goes on there');
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query('SELECT pg_backend_pid()');
	$session->query_until(qr/^/, "SELECT gw.execute('lite', '$endless');\n");
	wait_waiting($node, $pid);
	my $begun = time;
	one("SELECT pg_terminate_backend($pid)");
	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid");
	my $ms = int((time - $begun) * 1000);
	note("terminated in $ms ms");
	prompt($ms, 2 * LATE_MS, 'terminate is answered at once');
	eval { $session->quit };
}
is(one('SELECT 1'), '1', 'no backend has died of it');

# A server that accepts and says nothing: the deadline, and nobody waits for the thread.
my $silent = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Proto => 'tcp') or die "no socket: $!";
my $deaf = $silent->sockport;
one(qq{CREATE SERVER deaf FOREIGN DATA WRAPPER gw_odbc
	OPTIONS (driver 'PostgreSQL Unicode', host '127.0.0.1', port '$deaf', database 'x', connect_timeout '1');
	CREATE USER MAPPING FOR CURRENT_USER SERVER deaf OPTIONS (user 'x')});
my $begun = time;
like((run(q{SELECT gw.execute('deaf', 'SELECT 1')}))[1], qr/08001: .*no answer in time/, 'a server that says nothing');
prompt((time - $begun) * 1000, 4000, '... is given up after its time');
is(one('SELECT 1'), '1', '... and the backend ended well');

# A connection that died while idle is made anew.
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	is($session->query(q{SELECT gw.execute('pgo', 'SELECT 1')}), '1', 'a connection is kept');
	$remote->safe_psql('postgres', q{SELECT count(pg_terminate_backend(pid, 30000)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
		AND backend_type = 'client backend'});
	my $first = $session->query(q{SELECT gw.execute('pgo', 'SELECT 1')});
	is($session->query(q{SELECT gw.execute('pgo', 'SELECT 1')}), '1', 'after it died the next statement finds another');
	$session->quit;
}

done_testing();
