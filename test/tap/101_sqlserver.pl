# SQL Server: FreeTDS against a TDS server of our own, whose statements are read
# by a parser nobody here wrote and whose comparisons ignore case and blanks.
use strict;
use warnings;
use File::Spec;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap;
use IPC::Run;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

my ($node, $remote) = start_pair();
my $program = "$FindBin::Bin/../emulators/tds/place.py";

# A TDS server: its process, what it is told, what it says, and its port.
sub tds_server
{
	my (@more) = @_;
	my %tds = (input => '', out => '', err => '');
	$tds{process} = IPC::Run::start([ 'python3', '-B', $program, '--engine-host', $remote->host, '--engine-port', $remote->port, @more ],
		'<', \$tds{input}, '>', \$tds{out}, '2>', \$tds{err}, IPC::Run::timeout(3000));
	$tds{process}->pump until $tds{out} =~ /\n/ || !$tds{process}->pumpable;
	my $facts = eval { decode_json((split /\n/, $tds{out})[0]) };
	plan skip_all => "the TDS server does not start: $tds{err}" unless $facts;
	$tds{port} = $facts->{port};
	return \%tds;
}

my $server = tds_server();
my $port = $server->{port};

sub run
{
	my ($sql) = @_;
	return run_verbose($node, $sql);
}

sub one
{
	my ($sql) = @_;
	return $node->safe_psql('postgres', "SET timezone = 'UTC'; $sql");
}

# Faults to order, of a server's own making.
sub order
{
	my ($tds, %order) = @_;
	$tds->{input} .= encode_json(\%order) . "\n";
	my $before = ($tds->{out} =~ tr/\n//);
	$tds->{process}->pump until ($tds->{out} =~ tr/\n//) > $before || !$tds->{process}->pumpable;
	return;
}

sub there
{
	my ($sql) = @_;
	return one("SELECT gw.execute('ms', \$q\$$sql\$q\$)");
}

one(qq{CREATE SERVER ms FOREIGN DATA WRAPPER gw_sqlserver OPTIONS (host '127.0.0.1', port '$port', database 'shop');
	CREATE USER MAPPING FOR CURRENT_USER SERVER ms OPTIONS (user 'gw_remote', password 'WGWCANARY_1');
	CREATE SCHEMA ms;});
is(one(q{SELECT ok, server_version LIKE '16.%' FROM gw.check_connection('ms')}), 't|t', 'connects, pins, says its version');

# ---- introspection ----
there(q{CREATE TABLE dbo.kinds (id int NOT NULL PRIMARY KEY, ti tinyint, i8 bigint, f4 real, f8 float, n decimal(20,5), m money,
	b bit, s nvarchar(max), v varchar(20), d date, t time(6), dt datetime, ts datetime2(6), tz datetimeoffset(6),
	u uniqueidentifier, raw varbinary(max))});
there(q{CREATE TABLE dbo.auto (id int IDENTITY(10,5) NOT NULL PRIMARY KEY, a int NOT NULL, twice AS (a * 2), b nvarchar(20) DEFAULT N'none')});
there(q{EXEC sp_addextendedproperty N'MS_Description', N'Numbers by themselves', N'SCHEMA', N'dbo', N'TABLE', N'auto'});
there(q{CREATE TABLE dbo.names (id int NOT NULL PRIMARY KEY, name nvarchar(50))});
there(q{INSERT INTO dbo.names VALUES (1, N'abc'), (2, N'ABC'), (3, N'abc '), (4, N'äbc'), (5, NULL), (6, N'')});
one('IMPORT FOREIGN SCHEMA dbo FROM SERVER ms INTO ms');
my $auto = decode_json(one(q{SELECT gw.get_target_schema('ms', 'auto')}));
is($auto->{comment}, 'Numbers by themselves', "a table's comment");
is($auto->{columns}[0]{identity}{mode}, 'always', 'an identity');
like($auto->{columns}[2]{generated}{sql}, qr/a.*\*.*2/, 'a computed column');
is($auto->{keys}{primary}{columns}[0], 'id', 'the primary key');
is($auto->{columns}[0]{native_type}, 'int', 'a native type');
there(q{EXEC sp_addextendedproperty N'MS_Description', N'The half', N'SCHEMA', N'dbo', N'TABLE', N'auto', N'COLUMN', N'a'});
one(q{SELECT gw.disconnect('ms')});
is(decode_json(one(q{SELECT gw.get_target_schema('ms', 'auto')}))->{columns}[1]{comment}, 'The half', "a column's comment");

# ---- what is read as text, or not written ----
there(q{CREATE TABLE dbo.odd (id int NOT NULL PRIMARY KEY, rv rowversion, x xml, v sql_variant, big int)});
there(q{INSERT INTO dbo.odd (id, x, v, big) VALUES (1, N'<a>1</a>', CAST(42 AS int), 70000)});
one(q{IMPORT FOREIGN SCHEMA dbo LIMIT TO (odd) FROM SERVER ms INTO ms});
is(one(q{SELECT length(rv), x, v FROM ms.odd}), '8|<a>1</a>|42', 'rowversion, xml, sql_variant');
like((run(q{UPDATE ms.odd SET rv = '\x00' WHERE id = 1}))[1], qr/rv|timestamp/, '... and a rowversion is not written');
one(q{CREATE FOREIGN TABLE ms.narrow (id int, big smallint) SERVER ms OPTIONS (schema_name 'dbo', table_name 'odd')});
like((run(q{SELECT big FROM ms.narrow}))[1], qr/22003: .*70000/s, 'a value beyond the local type is an error');

# ---- text: case and blanks count here, and not there ----
is(one(q{SELECT id FROM ms.names WHERE name = 'abc'}), '1', 'equal means equal characters');
like(one(q{EXPLAIN (VERBOSE) SELECT id FROM ms.names WHERE name = 'abc'}), qr/Remote SQL: .*COLLATE Latin1_General_100_BIN2/, '... also there');
is(one(q{SELECT count(*), count(DISTINCT name) FROM ms.names}), '6|5', 'DISTINCT');
is(one(q{SELECT string_agg(id::text, ',' ORDER BY id) FROM ms.names WHERE name <> 'ABC'}), '1,3,4,6', 'unequal');
is(one(q{SELECT x.id, y.id FROM ms.names x JOIN ms.names y ON x.name = y.name WHERE x.id = 1}), '1|1', 'a join');

# ---- values there and back ----
one(q{INSERT INTO ms.kinds VALUES (1, 255, 9223372036854775807, 0.1, 1e-300, 123456789012345.12345, 922337203685477.5807, true,
	'äöü😀 it''s' || chr(92) || chr(10), 'abc', '0001-01-01', '23:59:59.999999', '2024-01-02 03:04:05.123', '9999-12-31 23:59:59.999999',
	'2024-01-02 03:04:05.5+05:30', '6f1c0c9e-2b7a-4f0e-9d5a-0123456789ab', '\x00ff00')});
one('INSERT INTO ms.kinds (id) VALUES (2)');
one(q{INSERT INTO ms.kinds (id, s, raw) SELECT 3, repeat('ü', 70000), decode(repeat('00ab', 40000), 'hex')});
is(one(q{SELECT ti, i8, f4, f8, n, m, b, s, v, d, t, dt, ts, tz, u, raw FROM ms.kinds WHERE id = 1}),
	q{255|9223372036854775807|0.1|1e-300|123456789012345.12345|922337203685477.5807|t|} . "äöü😀 it's\\\n" .
	q{|abc|0001-01-01|23:59:59.999999|2024-01-02 03:04:05.123|9999-12-31 23:59:59.999999|2024-01-01 21:34:05.5+00|6f1c0c9e-2b7a-4f0e-9d5a-0123456789ab|\x00ff00},
	'values come back as they were');
is(one(q{SELECT count(*) FROM ms.kinds k WHERE id = 2 AND num_nulls(ti, i8, f4, f8, n, m, b, s, v, d, t, dt, ts, tz, u, raw) = 16}), '1', 'NULLs');
is(one(q{SELECT s = repeat('ü', 70000), raw = decode(repeat('00ab', 40000), 'hex') FROM ms.kinds WHERE id = 3}), 't|t', 'long values');
for my $case ([ 'n', '123456789012345.12345' ], [ 'm', '922337203685477.5807' ], [ 'd', '0001-01-01' ], [ 't', '23:59:59.999999' ],
	[ 'dt', '2024-01-02 03:04:05.123' ], [ 'ts', '9999-12-31 23:59:59.999999' ], [ 'tz', '2024-01-01 21:34:05.5+00' ],
	[ 'u', '6f1c0c9e-2b7a-4f0e-9d5a-0123456789ab' ], [ 'raw', '\x00ff00' ], [ 'f4', '0.1' ], [ 'f8', '1e-300' ], [ 'b', 't' ])
{
	my ($column, $value) = @$case;
	is(one("SELECT id FROM ms.kinds WHERE $column = '$value'"), '1', "a constant finds $column");
	is(one("PREPARE p AS SELECT id FROM ms.kinds WHERE $column = \$1; SET plan_cache_mode = force_generic_plan; EXECUTE p('$value')"),
		'1', '... and so does a parameter');
}
is(one(q{SELECT id FROM ms.kinds WHERE raw = '\x00ff'}), '', 'zeros at the end count');

# ---- parameters that the remote's types lack: the plan is kept, and still right ----
there('CREATE TABLE dbo.ends (id int NOT NULL PRIMARY KEY, d date, ts datetime2(6), f float, n decimal(12,2), t time(6))');
there(q{INSERT INTO dbo.ends VALUES (1, '2024-01-01', '2024-01-01T00:00:00', 1.5, 2.5, '10:00'),
	(2, '9999-12-31', '9999-12-31T23:59:59.999999', 1e300, 3, '23:59:59.999999'), (3, NULL, NULL, NULL, NULL, NULL)});
one('IMPORT FOREIGN SCHEMA dbo LIMIT TO (ends) FROM SERVER ms INTO ms; CREATE TABLE ends AS SELECT * FROM ms.ends');
parameters_beyond(\&one, 'ms.ends', 'ends', [ 'd date', 'infinity', '-infinity', '0044-03-15 BC', '12000-01-01', '9999-12-31' ],
	[ 'ts timestamp', 'infinity', '-infinity', '0044-03-15 BC', '9999-12-31 23:59:59.999999' ],
	[ 'f float8', 'NaN', 'Infinity', '-Infinity', '1e300' ], [ 'n numeric', 'NaN', '2.5004', '2.495', '1e40', '-1e40', '0.00000000000000000000000000000000000001', '3' ],
	[ 't time', '24:00', '10:00' ]);
is(one(q{SELECT string_agg(o.d || ' ' || coalesce(e.id::text, '-'), ', ' ORDER BY o.d, e.id) FROM (VALUES (date '-infinity'), ('2024-02-02'), ('infinity')) o(d)
	LEFT JOIN LATERAL (SELECT id FROM ms.ends e WHERE e.d <= o.d OFFSET 0) e ON true}), '-infinity -, 2024-02-02 1, infinity 1, infinity 2', '... from row to row');
is(one(q{SET plan_cache_mode = force_generic_plan; PREPARE u(date) AS UPDATE ms.ends SET n = 7 WHERE d > $1 RETURNING id; EXECUTE u('infinity'); EXECUTE u('-infinity')}),
	"1\n2", '... of an UPDATE');

# ---- columns of two collations, which no set operation there takes ----
there('CREATE TABLE dbo.two (id int NOT NULL PRIMARY KEY, a nvarchar(9) COLLATE Latin1_General_CS_AS, b nvarchar(9) COLLATE Latin1_General_100_BIN2)');
there(q{INSERT INTO dbo.two VALUES (1, N'x', N'y')});
one('IMPORT FOREIGN SCHEMA dbo LIMIT TO (two) FROM SERVER ms INTO ms');
is(one(q{SELECT id FROM ms.two; SELECT string_agg(a, ',') FROM (SELECT a FROM ms.two UNION ALL SELECT b FROM ms.two) q}), "1\nx,y", 'two collations in a UNION');
like(one(q{SELECT id FROM ms.two; EXPLAIN (VERBOSE) SELECT a FROM ms.two UNION ALL SELECT a FROM ms.two}),
	qr/UNION ALL/, 'one collation in a UNION goes there');

# ---- writes ----
is(one(q{INSERT INTO ms.auto (a) VALUES (21) RETURNING id, a, twice, b}), '10|21|42|', 'RETURNING what came about there');
one(q{INSERT INTO ms.auto (a) SELECT i FROM generate_series(1, 2500) i});
is(one(q{SELECT count(*), max(id) FROM ms.auto}), '2501|12510', 'more rows than one statement takes');
is(one(q{UPDATE ms.auto SET a = -1 WHERE id = 10 RETURNING twice}), '-2', 'UPDATE ... RETURNING');
is(one(q{WITH u AS (UPDATE ms.auto SET b = left(md5(random()::text), 20) WHERE id <= 20 RETURNING a) SELECT string_agg(a::text, ',' ORDER BY a) FROM u}),
	'-1,1,2', 'UPDATE by key');
is(one(q{DELETE FROM ms.auto WHERE id = 10 RETURNING a}), '-1', 'DELETE ... RETURNING');
like((run(q{INSERT INTO ms.names VALUES (7, 'x'), (1, 'again')}))[1], qr/23505: .*PRIMARY KEY/, 'a unique key');
is(one('SELECT count(*) FROM ms.names WHERE id = 7'), '0', '... takes the statement with it');
like((run(q{UPDATE ms.auto SET twice = 1 WHERE id = 15}))[1], qr/computed column|GENERATED/i, 'a computed column is not written');
like((run(q{INSERT INTO ms.kinds (id, v) VALUES (9, repeat('x', 30))}))[1], qr/22001: /, 'too long is an error, never cut');
like((run(q{INSERT INTO ms.kinds (id, ti) VALUES (9, 256)}))[1], qr/22003: /, 'out of range');

# ---- transactions ----
is((run(q{BEGIN; UPDATE ms.names SET name = 'one' WHERE id = 1; SAVEPOINT s; UPDATE ms.names SET name = 'two' WHERE id = 1;
	ROLLBACK TO s; SELECT name FROM ms.names WHERE id = 1; COMMIT;}))[0], 'one', 'SAVE TRANSACTION');
is((run(q{BEGIN; UPDATE ms.names SET name = 'three' WHERE id = 1; SAVEPOINT s; INSERT INTO ms.names VALUES (1, 'again');
	ROLLBACK TO s; SELECT name FROM ms.names WHERE id = 1; COMMIT;}))[0], 'three', '... survives an error behind it');
is(one('SELECT name FROM ms.names WHERE id = 1'), 'three', '... and commits');
run(q{BEGIN; DELETE FROM ms.names; ROLLBACK});
is(one('SELECT count(*) FROM ms.names'), '6', 'ROLLBACK');
run(q{BEGIN; INSERT INTO ms.names VALUES (8, 'eight'); SELECT gw.execute('ms', 'INSERT INTO dbo.names VALUES (1, N''again'')'); COMMIT});
is(one('SELECT count(*) FROM ms.names WHERE id = 8'), '0', 'an error ends the whole transaction');
is(one(q{BEGIN; SELECT gw.execute_query_json('ms', 'SELECT @@OPTIONS & 16384 AS abort'); COMMIT}), '{"abort": 16384}', '... there as well (XACT_ABORT)');
for my $level ('read committed', 'snapshot', 'serializable')
{
	one("ALTER SERVER ms OPTIONS (@{[$level eq 'read committed' ? 'ADD' : 'SET']} isolation_level '$level')");
	my ($rows, $error) = run('SELECT count(*) FROM ms.names');
	ok($rows eq '6' || ($level eq 'snapshot' && $error =~ /[Ss]napshot/), "isolation $level");
}
one('ALTER SERVER ms OPTIONS (DROP isolation_level)');

# ---- many parameters, MERGE ----
there('CREATE TABLE dbo.wide (' . join(', ', 'id int NOT NULL PRIMARY KEY', map { "c$_ int" } 1 .. 50) . ')');
one(q{IMPORT FOREIGN SCHEMA dbo LIMIT TO (wide) FROM SERVER ms INTO ms});
one('INSERT INTO ms.wide SELECT i' . (', i' x 50) . ' FROM generate_series(1, 100) i');
is(one('SELECT count(*), sum(c1), sum(c50) FROM ms.wide'), '100|5050|5050', 'rows of more than 2100 parameters take more than one statement');
like(one(q{EXPLAIN (VERBOSE, COSTS OFF) UPDATE ms.wide SET c1 = c1 WHERE id < 3 RETURNING id, c1}), qr/OUTPUT/, 'RETURNING is OUTPUT');
there('CREATE TABLE dbo.target (id int NOT NULL PRIMARY KEY, name nvarchar(20))');
there('CREATE TABLE dbo.staged (id int NOT NULL, name nvarchar(20))');
there(q{INSERT INTO dbo.target VALUES (1, N'old'), (2, N'stays')});
there(q{INSERT INTO dbo.staged VALUES (1, N'new'), (3, N'added')});
my @steps = split /\x1e/, one(q{SELECT string_agg(load_sql, chr(30)) FROM gw.load_sql('upsert', gw.get_target_schema('ms', 'target'), 'sqlserver',
	'{"source": "staged", "keys": ["id"], "transaction": false}')});
like("@steps", qr/MERGE INTO .* WITH \(HOLDLOCK\)/, 'an upsert is a MERGE that holds its locks');
there($_) for @steps;
is(one(q{SELECT string_agg(x, ' ') FROM (SELECT x::jsonb->>'name' AS x FROM gw.execute_query_json('ms', 'SELECT name FROM dbo.target ORDER BY id') x) q}),
	'new stays added', '... that does what it should');

# ---- errors and what is refused ----
like((run(q{SELECT gw.execute('ms', 'SELECT * FROM nowhere')}))[1], qr/42P01: /, 'no such table');
like((run(q{SELECT gw.execute('ms', 'SELEC 1')}))[1], qr/42601: |42000: /, 'no SQL');
like((run(q{SELECT gw.execute('ms', 'SELECT 1 / 0')}))[1], qr/22012: /, 'division by zero');
one(qq{CREATE SERVER far FOREIGN DATA WRAPPER gw_sqlserver OPTIONS (host 'db.example.com', driver_isolation 'thread');
	CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user 'u', password 'WGWCANARY_2');
	CREATE SERVER token FOREIGN DATA WRAPPER gw_sqlserver OPTIONS (host '127.0.0.1', port '$port');
	CREATE USER MAPPING FOR CURRENT_USER SERVER token OPTIONS (user 'u', access_token 'WGWCANARY_3');
	CREATE SERVER wrong FOREIGN DATA WRAPPER gw_sqlserver OPTIONS (host '127.0.0.1', port '$port');
	CREATE USER MAPPING FOR CURRENT_USER SERVER wrong OPTIONS (user 'gw_remote', password 'WGWCANARY_4');
	CREATE SERVER nobody FOREIGN DATA WRAPPER gw_sqlserver OPTIONS (host '127.0.0.1', port '1');
	CREATE USER MAPPING FOR CURRENT_USER SERVER nobody OPTIONS (user 'u', password 'WGWCANARY_6');
	CREATE SERVER micro FOREIGN DATA WRAPPER gw_sqlserver OPTIONS (host '127.0.0.1', port '$port', driver 'msodbcsql18');
	CREATE USER MAPPING FOR CURRENT_USER SERVER micro OPTIONS (user 'u', password 'WGWCANARY_5');});
like((run(q{SELECT gw.execute('far', 'SELECT 1')}))[1], qr/0A000: .*only in a process of its own.*driver_isolation/s,
	'verify-full is the default, and FreeTDS can in a process only');
like((run(q{SELECT gw.execute('token', 'SELECT 1')}))[1], qr/0A000: .*no access tokens/, 'FreeTDS takes no token');
my $refused = (run(q{SELECT gw.execute('wrong', 'SELECT 1')}))[1];
like($refused, qr/28P01: .*Login failed/, 'a wrong password');
unlike($refused, qr/WGWCANARY/, '... is not shown');
like((run(q{SELECT gw.execute('nobody', 'SELECT 1')}))[1], qr/08001: .*Check that a server listens there.*"127.0.0.1" and 1/s,
	'nobody listens: where');
like((run(q{SELECT gw.execute('micro', 'SELECT 1')}))[1], qr/HV00N: .*msodbcsql18/s, 'a missing driver names its package');

# ---- TLS that is asked for and not there; what FreeTDS would read otherwise ----
one(qq{CREATE SERVER plain FOREIGN DATA WRAPPER gw_sqlserver OPTIONS (host '127.0.0.1', port '$port', sslmode 'verify-full');
	CREATE USER MAPPING FOR CURRENT_USER SERVER plain OPTIONS (user 'gw_remote', password 'WGWCANARY_1');});
my $plain = q{SELECT gw.execute('plain', 'SELECT 1')};
like((run($plain))[1], qr/08001: .*HINT: .*sslmode.*sslrootcert/s, 'verify-full does without TLS nothing');
one(q{ALTER SERVER plain OPTIONS (ADD connection 'Encryption=off')});
like((run($plain))[1], qr/08001: /, '... nor does a keyword of the driver undo it');
one(q{ALTER SERVER plain OPTIONS (SET sslmode 'require')});
like((run($plain))[1], qr/08001: /, '... nor require');
one(q{ALTER SERVER plain OPTIONS (DROP connection, SET sslmode 'verify-ca', ADD sslrootcert '/nowhere')});
for my $path ('/a#b', '/a;b', "/a\nencryption = off", '/a  b', '/a ', '/' . 'a' x 250)
{
	one("ALTER SERVER plain OPTIONS (SET sslrootcert '$path')");
	like((run($plain))[1], qr/22023: .*"sslrootcert"/, 'a path that FreeTDS would read as another: ' . length $path);
}
one(qq{ALTER SERVER plain OPTIONS (SET sslrootcert '/nowhere', SET host '127.0.0.1;'); SELECT gw.disconnect('plain')});
like((run($plain))[1], qr/22023: .*"host"/, '... and a host');
like((run(q{ALTER SERVER micro OPTIONS (ADD sslrootcert '/nowhere')}))[1], qr/22023: .*freetds only/, "authorities are not for Microsoft's driver");

# ---- who is on the way has the two agree on TLS for the login only ----
{
	my ($certificate, $key) = map { File::Spec->rel2abs("$PostgreSQL::Test::Utils::tmp_check/tds.$_") } 'crt', 'key';
	IPC::Run::run([ 'openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
		'-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', $key, '-out', $certificate ], '>', '/dev/null', '2>&1') or die 'openssl';
	my $secure = tds_server('--tls', $certificate, $key);
	one(qq{CREATE SERVER secure FOREIGN DATA WRAPPER gw_sqlserver
			OPTIONS (host '127.0.0.1', port '$secure->{port}', database 'shop', sslmode 'verify-full', sslrootcert '$certificate');
		CREATE USER MAPPING FOR CURRENT_USER SERVER secure OPTIONS (user 'gw_remote', password 'WGWCANARY_1');});
	my $query = q{SELECT gw.execute_query_json('secure', 'SELECT 1 AS a')};
	is((run($query))[0], '{"a": 1}', 'TLS that is verified');
	order($secure, op => 'fault', kind => 'login_only');
	like((run($query))[1], qr/08001: .*would go on without TLS/, '... is not left after the login');
	one(q{ALTER SERVER secure OPTIONS (SET sslmode 'require')});
	is((run($query))[0], '{"a": 1}', '... which FreeTDS would do');
	$secure->{process}->kill_kill(grace => 1);
}

# ---- cancel ----
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query('SELECT pg_backend_pid()');
	$session->query(q{SELECT gw.execute('ms', 'SELECT 1')});
	$session->query_until(qr/^/, qq{SELECT gw.execute('ms', \$q\$WAITFOR DELAY '00:00:30'\$q\$); SELECT 'went ' || 'on';\n});
	wait_waiting($node, $pid);
	my $begun = time;
	one("SELECT pg_cancel_backend($pid)");
	$session->query_until(qr/went on/, '');
	my $ms = int((time - $begun) * 1000);
	note("cancelled in $ms ms");
	prompt($ms, LATE_MS, 'cancel is answered at once');
	is($session->query(q{SELECT gw.execute('ms', 'SELECT 1')}), '1', '... and the session goes on');
	$session->quit;
}

# A server that does not hear: the driver is ended, and the session goes on.
for my $isolation ('process', 'thread')
{
	one("ALTER SERVER ms OPTIONS (ADD driver_isolation '$isolation')");
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query('SELECT pg_backend_pid()');
	$session->query(q{SELECT gw.execute('ms', 'SELECT 1')});
	order($server, op => 'fault', kind => 'deaf', times => 1, match => 'WAITFOR');
	$session->query_until(qr/^/, qq{SELECT gw.execute('ms', \$q\$WAITFOR DELAY '00:00:05'\$q\$); SELECT 'went ' || 'on';\n});
	wait_waiting($node, $pid);
	my $begun = time;
	one("SELECT pg_cancel_backend($pid)");
	$session->query_until(qr/went on/, '');
	my $ms = int((time - $begun) * 1000);
	note("$isolation: cancelled in $ms ms");
	prompt($ms, LATE_MS, "$isolation: cancel of what does not hear is answered at once");
	is($session->query(q{SELECT gw.execute('ms', 'SELECT 1')}), '1', '... and the session goes on');
	$session->quit;
	one('ALTER SERVER ms OPTIONS (DROP driver_isolation)');
}

$server->{process}->kill_kill(grace => 1);
done_testing();
