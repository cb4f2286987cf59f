# Rows that go out to BigQuery: every kind of column by a statement and by a load,
# all of them or none, whatever happens on the way.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwPlace;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $place = GwPlace->start('bigquery', 'shop');
my $facts = $place->facts;

# Statements there, as its root; rows joined as psql does.
sub there { return $place->text(@_) }
sub control { return $place->control(@_) }

# What the service was asked, as "METHOD path".
sub asked
{
	my ($what) = @_;
	return scalar(grep { "$_->{method} $_->{url}" =~ $what } @{ control('log') });
}

there('CREATE TABLE kinds (id INT64 NOT NULL, n NUMERIC, b BIGNUMERIC, f FLOAT64, o BOOL, s STRING, y BYTES, d DATE, t TIME, dt DATETIME, ts TIMESTAMP,
	i INTERVAL, j JSON, st STRUCT<a INT64, b STRUCT<c STRING, ts TIMESTAMP, y BYTES>, l ARRAY<NUMERIC>>, ar ARRAY<STRING>,
	sa ARRAY<STRUCT<x INT64, y BOOL>>, r RANGE<DATE>, n5 NUMERIC(5,2))');
there('CREATE TABLE lines (id INT64 NOT NULL, word STRING)');
there(q{CREATE TABLE preset (id INT64, word STRING DEFAULT 'there')});

my $node = PostgreSQL::Test::Cluster->new('writes');
$node->init(extra => [ '-E', 'UTF8', '--locale', 'C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nlc_messages = 'C'\nsession_preload_libraries = 'warehouse_gw'\n");
$node->start;

my $said;    # on stderr, by the last sql()
sub sql
{
	my ($sql) = @_;
	my ($stdout, $stderr);
	$node->psql('postgres', "\\set VERBOSITY verbose\nSET timezone = 'UTC';\n$sql", stdout => \$stdout, stderr => \$stderr, on_error_stop => 0);
	$said = $stderr;
	return $stderr =~ /ERROR/ ? $stderr : $stdout;
}

sql(qq{CREATE EXTENSION warehouse_gw;
	CREATE SERVER bq FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project '$facts->{project}', api_endpoint '$facts->{url}', sslrootcert '$facts->{ca}',
		allow_private_network 'true');
	CREATE USER MAPPING FOR CURRENT_USER SERVER bq OPTIONS (token '$facts->{token}');
	CREATE SCHEMA shop; IMPORT FOREIGN SCHEMA shop FROM SERVER bq INTO shop});

# ---- every kind of column, as a statement and as a load ----
my $row = q{1.123456789, 1.00000000000000000000000000000001::numeric, 'NaN'::float8, true, E'a\tb\n"\\\\ü\\N', '\x00ff'::bytea, '2024-02-29'::date,
	'12:34:56.789'::time, '2024-01-01 00:00:00.000001'::timestamp, '2024-01-01 00:00:00+02'::timestamptz, '1 year 2 mons -3 days 04:05:06.7'::interval,
	'{"a": [1, null, "x"]}'::jsonb, '{"a": 5, "b": {"c": "z", "y": "\\\\x00ff", "ts": "2024-01-01T00:00:00+00:00"}, "l": [1.5, 2]}'::jsonb,
	array['a', 'b c', 'd"e'], '[{"x": 1, "y": true}, {"x": null, "y": null}]'::jsonb, '[2024-01-01,)'::daterange, 1.25};
my $edge = q{0, 0::numeric, '-Infinity'::float8, false, '', ''::bytea, '0001-01-01'::date, '00:00'::time, '9999-12-31 23:59:59.999999'::timestamp,
	'0001-01-01 00:00:00+00'::timestamptz, '-1 year 00:00:00.000001'::interval, '"text"'::jsonb, '{"a": null, "b": null, "l": []}'::jsonb, '{}'::text[],
	'[]'::jsonb, '(,)'::daterange, NULL::numeric};
my $nulls = join(', ', ('NULL') x 13) . q{, '{}'::text[], '[]'::jsonb, NULL, NULL};
my $wanted = "SELECT * FROM (VALUES (1, $row), (2, $edge), (3, $nulls)) AS w(id, n, b, f, o, s, y, d, t, dt, ts, i, j, st, ar, sa, r, n5)";
for my $way ('a statement', 'a load')
{
	my $times = $way eq 'a load' ? 400 : 1;

	control('clear');
	there('TRUNCATE TABLE kinds');
	like(sql("\\set QUIET off\nINSERT INTO shop.kinds SELECT w.* FROM ($wanted) w, generate_series(1, $times)"), qr/INSERT 0 @{[3 * $times]}$/, "rows go out as $way");
	is(asked(qr{^PUT /upload/}), $way eq 'a load' ? 1 : 0, '... of that kind');
	is(asked(qr{^POST .*/jobs}), 1, '... which is one job');
	my ($k, $w) = map { my $t = $_; join(', ', map { "$t.$_" } qw(n b f o s y d t dt ts i j st ar sa r n5)) } qw(k w);
	is(sql("WITH w AS ($wanted) SELECT count(*) FROM shop.kinds AS k JOIN w USING (id) WHERE row($k) IS NOT DISTINCT FROM row($w)"),
		3 * $times, '... and are what they were');
}

control('clear');
there('TRUNCATE TABLE kinds');
sql("INSERT INTO shop.kinds VALUES (1, $nulls); INSERT INTO shop.kinds (n) VALUES (NULL)");
is(there('SELECT st IS NULL, r IS NULL, j IS NULL, ARRAY_LENGTH(ar) FROM kinds WHERE id = 1'), 'true|true|true|0', 'NULL of every kind');
is(scalar(grep { ($_->{body} // '') =~ /"parameterValue":\{"value":null/ } @{ control('log') }), 0, '... is said in the statement: not every kind has a parameter for it');
like($said, qr/23502: Required field id cannot be null/, '... and where there may be none');

# ---- values that a column cannot hold ----
my %types = (j => 'jsonb', n => 'numeric', st => 'jsonb', sa => 'jsonb', d => 'date', ts => 'timestamptz', r => 'daterange', ar => 'text[]');
for my $case (
	[ 'n', '0.1234567891', qr/22003: column "n" cannot hold the number 0.1234567891/ ],
	[ 'j', q{'{"a": [0.1, 1.2345678901234567890]}'::jsonb}, qr/22003: column "j" cannot hold the number 1.2345678901234567890, which JSON there rounds/ ],
	[ 'j', q{'[-9223372036854775809]'::jsonb}, qr/22003: column "j" cannot hold the number -9223372036854775809/ ],
	[ 'd', q{'infinity'::date}, qr/22008: column "d" cannot hold a date outside/ ],
	[ 'ts', q{'0044-03-15 BC'::timestamptz}, qr/22008: column "ts"/ ],
	[ 'r', q{'empty'::daterange}, qr/0A000: column "r" cannot hold a range/ ],
	[ 'ar', q{array['a', NULL]}, qr/22004: column "ar" cannot hold an array with a NULL/ ],
	[ 'ar', q{array[['a'], ['b']]}, qr/0A000: column "ar" cannot hold what is no array, or has more than one dimension/ ],
	[ 'st', q{'{"a": 1, "zzz": 2}'::jsonb}, qr/42703: column "st" cannot hold a member "zzz"/ ],
	[ 'st', q{'{"a": {"b": 1}}'::jsonb}, qr/42804: column "a" cannot hold a JSON object/ ],
	[ 'sa', q{'{"x": 1}'::jsonb}, qr/0A000: column "sa" cannot hold/ ])
{
	my ($column, $value, $error) = @$case;

	sql("CREATE FOREIGN TABLE IF NOT EXISTS wide_$column (id bigint, $column $types{$column}) SERVER bq OPTIONS (schema_name 'shop', table_name 'kinds')");
	for my $times (1, 3000)
	{
		there('TRUNCATE TABLE kinds');
		like(sql("INSERT INTO wide_$column SELECT g, CASE WHEN g = $times THEN $value END FROM generate_series(1, $times) g"), $error, "$column: $value, row $times");
		is(there('SELECT COUNT(*) FROM kinds'), '0', '... and nothing is there');
	}
}
like(sql(q{CREATE FOREIGN TABLE zoned (id bigint, dt timestamptz) SERVER bq OPTIONS (schema_name 'shop', table_name 'kinds'); INSERT INTO zoned VALUES (1, now())}),
	qr/42804: column "dt" cannot hold a time with a zone/, 'a moment for a column without zones');

# ---- moments and bytes as columns of other types: as texts, not in binary ----
there('TRUNCATE TABLE kinds');
there(q{INSERT INTO kinds (id, ts, y) VALUES (1, TIMESTAMP '2024-05-06 07:08:09.5+00', b'\x00\xff')});
sql(q{CREATE DOMAIN moment AS timestamptz CHECK (VALUE > '1000-01-01');
	CREATE FOREIGN TABLE texts (id bigint, ts text, y text) SERVER bq OPTIONS (schema_name 'shop', table_name 'kinds');
	CREATE FOREIGN TABLE domains (id bigint, ts moment) SERVER bq OPTIONS (schema_name 'shop', table_name 'kinds');
	CREATE FOREIGN TABLE seconds (id bigint, ts timestamptz(0)) SERVER bq OPTIONS (schema_name 'shop', table_name 'kinds')});
is(sql(q{SET timezone = 'Asia/Tokyo'; SELECT ts, y FROM texts}), '2024-05-06 07:08:09.500000+00|\x00ff', 'a moment and bytes as texts');
is(sql('SELECT ts FROM domains'), '2024-05-06 07:08:09.5+00', '... and of a domain');
like(sql('SELECT ts FROM seconds'), qr/22008: value does not fit type timestamp\(0\) with time zone/, '... which is not rounded');
there('TRUNCATE TABLE kinds');

# ---- the data is in one project, another one pays ----
sql(qq{CREATE SERVER paid FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project '$facts->{project}', execution_project 'gw-other', schema 'shop',
		api_endpoint '$facts->{url}', sslrootcert '$facts->{ca}', allow_private_network 'true');
	CREATE USER MAPPING FOR CURRENT_USER SERVER paid OPTIONS (token '$facts->{token}');
	CREATE SCHEMA paid; IMPORT FOREIGN SCHEMA shop LIMIT TO (lines) FROM SERVER paid INTO paid});
for my $rows (1, 20000)
{
	control('clear');
	there('TRUNCATE TABLE lines');
	sql("INSERT INTO paid.lines SELECT g, repeat('x', 300) FROM generate_series(1, $rows) g");
	is(sql('SELECT count(*), max(id) FROM paid.lines'), "$rows|$rows", "$rows rows, paid by another project");
	is(sql(q{SELECT gw.execute_query_json('paid', 'SELECT COUNT(*) AS n FROM shop.lines, (SELECT 1 FROM lines LIMIT 1)')}), qq({"n": $rows}), '... names without a project');
	is(asked(qr{/projects/gw-other/jobs}) > 0 && !asked(qr{/projects/\Q$facts->{project}\E/jobs}), 1, '... which all jobs run in');
}

# ---- a project may have a time zone of its own ----
control('set', { timeZone => 'America/Los_Angeles' });
there(q{CREATE TABLE seen (id INT64, noticed TIMESTAMP)});
there(q{INSERT INTO seen VALUES (1, TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR))});
my $clock = there(q{SELECT FORMAT_TIMESTAMP('%Ez', CURRENT_TIMESTAMP())});
like($clock, qr/^-0[78]:00$/, 'the zone that is meant where none is said');
sql(q{CALL gw.sync_table('bq', 'shop.seen', 'public.seen', mode => 'append', cursor_field => 'noticed')});
is(sql('SELECT count(*) FROM public.seen'), '1', '... is not that of the clock that a sync reads up to') or diag($said);
control('set', { timeZone => 'UTC' });

# ---- where the bytes of a text show, its encoding does ----
there(q{INSERT INTO kinds (id, s) VALUES (1, '\\u00e9'), (2, 'e')});
$node->safe_psql('postgres', q{CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
my $latin = $node->safe_psql('latin', qq{CREATE EXTENSION warehouse_gw;
	CREATE SERVER bq FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project '$facts->{project}', api_endpoint '$facts->{url}', sslrootcert '$facts->{ca}',
		allow_private_network 'true');
	CREATE USER MAPPING FOR CURRENT_USER SERVER bq OPTIONS (token '$facts->{token}');
	CREATE FOREIGN TABLE kinds (id bigint, s text) SERVER bq OPTIONS (schema_name 'shop', table_name 'kinds');
	SELECT count(*) FROM kinds WHERE octet_length(s) = 1;
	SELECT count(*) FROM kinds WHERE md5(s) = md5(chr(233));
	SELECT count(*) FROM kinds WHERE length(s) = 1});
is($latin, "2\n1\n2", 'bytes of a database that is not in UTF-8');
there('TRUNCATE TABLE kinds');

# ---- what the service has and microseconds do not: never cut ----
control('fault', { kind => 'status', method => 'GET', path => '/queries/', status => 200, text => '{"jobComplete": true, "totalRows": "1", "jobReference": {"location": "US"},
	"schema": {"fields": [{"type": "TIMESTAMP", "timestampPrecision": "12", "name": "ts", "mode": "NULLABLE"}]}, "rows": [{"f": [{"v": "0"}]}]}' });
like(sql('SELECT ts FROM domains'), qr/0A000: column "ts" of the result has timestamps of 12 digits behind the point/, 'picoseconds are not cut');

# ---- what errors mean ----
for my $case (
	[ 'invalidQuery', 'Could not serialize access to table shop.kinds due to concurrent update', '40001' ],
	[ 'invalidQuery', 'UPDATE or DELETE statement over table shop.kinds would affect rows in the streaming buffer, which is not supported', '55006' ],
	[ 'invalidQuery', 'UPDATE/MERGE must match at most one source row for each target row', '21000' ],
	[ 'resourceInUse', 'Dataset shop is still in use', '55006' ],
	[ 'accessNotConfigured', 'BigQuery API has not been used in project 1 before or it is disabled.', '42501', 403 ])
{
	my ($reason, $message, $state, $status) = @$case;

	control('clear');
	control('fault', { kind => 'status', method => 'GET', path => '/queries/', status => $status // 400, reason => $reason, message => $message });
	like(sql('SELECT count(*) FROM texts'), qr/ERROR:  $state: \Q$message\E/, "$reason: $state");
}
control('clear');

# ---- what a view here refuses is not there: it could not be taken back ----
sql(q{CREATE FOREIGN TABLE wide (id bigint OPTIONS (key 'true'), s text) SERVER bq OPTIONS (schema_name 'shop', table_name 'kinds');
	CREATE VIEW small AS SELECT id, s FROM wide WHERE id < 10 WITH CHECK OPTION});
like(sql('INSERT INTO small (id) VALUES (11)'), qr/44000/, 'WITH CHECK OPTION');
sql('INSERT INTO small (id) VALUES (1)');
like(sql('UPDATE small SET id = 12'), qr/44000/, '... of an UPDATE');
is(there('SELECT id FROM kinds'), '1', '... is looked at before anything leaves');
like(sql('INSERT INTO wide (id) VALUES (1) ON CONFLICT DO NOTHING'), qr/0A000: this ON CONFLICT.*bigquery.*NOT EXISTS/s, 'ON CONFLICT');
there('TRUNCATE TABLE kinds');

# ---- columns the foreign table lacks ----
sql(q{CREATE FOREIGN TABLE part (id bigint) SERVER bq OPTIONS (schema_name 'shop', table_name 'preset')});
sql('INSERT INTO part VALUES (1)');
is(there('SELECT id, word FROM preset'), '1|there', 'a default that only the service knows');
like(sql('INSERT INTO part SELECT * FROM generate_series(1, 20000)'), qr/0A000: these are too many rows/, '... beyond a statement');

# ---- all or nothing, in trouble ----
sub lines
{
	my ($rows) = @_;
	there('TRUNCATE TABLE lines');
	return sql("\\set QUIET off\nINSERT INTO shop.lines SELECT g, repeat('x', 300) FROM generate_series(1, $rows) g");
}
my %faults = (
	'the beginning of an upload fails' => [ { kind => 'status', method => 'POST', path => 'uploadType=resumable', status => 503, times => 2 } ],
	'a piece fails' => [ { kind => 'status', method => 'PUT', path => 'upload_id', status => 503, times => 2 } ],
	'a piece is cut off' => [ { kind => 'reset', method => 'PUT', path => 'upload_id', skip => 1 } ],
	'the answer to a piece is lost' => [ { kind => 'lost', method => 'PUT', path => 'upload_id' } ],
	'the answer to the last piece is lost' => [ { kind => 'lost', method => 'PUT', path => 'upload_id', skip => 1 } ],
	'a poll fails' => [ { kind => 'status', method => 'GET', path => '/jobs/', status => 503, times => 2 } ],
	'throttled' => [ { kind => 'status', method => 'PUT', path => 'upload_id', status => 429, reason => 'rateLimitExceeded', retryAfter => 1 } ],
	'the token ends' => [ { kind => 'slowJob', milliseconds => 300 } ],
);
for my $fault (sort keys %faults)
{
	control('clear');
	control('fault', $faults{$fault});
	like(lines(40000), qr/INSERT 0 40000$/, $fault);
	is(there('SELECT COUNT(*), COUNT(DISTINCT id) FROM lines'), '40000|40000', '... every row once');
	is(scalar(@{ control('faults') }) > 0, 1, '... it was struck');
}
control('clear');
control('fault', [ { kind => 'jobError', skip => 1, reason => 'invalid', message => 'ordered' } ]);
like(lines(40000), qr/ordered/, 'the load job fails');
unlike($said, qr/WARNING/, '... and nothing is said to stay');
is(there('SELECT COUNT(*) FROM lines'), '0', '... and nothing is there');
control('clear');
control('fault', [ { kind => 'status', method => 'POST', path => 'uploadType=resumable', status => 200, text => '', headers => { location => 'https://localhost:1/x' } } ]);
like(lines(40000), qr/08P01: .*the remote named another place/, 'an upload is not taken elsewhere');
control('clear');

# ---- cancelled ----
control('fault', [ { kind => 'slowJob', milliseconds => 60000 } ]);
like(sql(q{SET statement_timeout = '2s'; INSERT INTO shop.lines SELECT g, repeat('x', 300) FROM generate_series(1, 20000) g}), qr/57014/, 'a load is cancelled');
like($said, qr/WARNING:  08007: it is not known whether the last write to server "bq" was done/, '... so that nobody knows');
unlike($said, qr/ stays/, '... whether anything stays');
my $tries = 20;
select(undef, undef, undef, 0.1) while @{ control('running') } && $tries-- > 0;
is(scalar(@{ control('running') }), 0, '... there, too, within two seconds');
control('clear');
is(there('SELECT COUNT(*) FROM lines'), '0', '... and nothing is there');

# ---- COPY, partitions, and what a block allows ----
there('TRUNCATE TABLE lines');
my $data = join('', map { "$_\tword $_\n" } 1 .. 5000);
sql("COPY shop.lines FROM STDIN;\n$data\\.\n");
is(there('SELECT COUNT(*), MIN(word), MAX(word) FROM lines'), '5000|word 1|word 999', 'COPY FROM');
like(sql("COPY shop.lines FROM STDIN;\n5001\tx\n\\N\ty\n\\.\n"), qr/ERROR/, '... with a row that cannot be');
is(there('SELECT COUNT(*) FROM lines'), '5000', '... is not there at all');
sql(q{CREATE TABLE parts (id bigint, word text) PARTITION BY RANGE (id); CREATE TABLE here PARTITION OF parts FOR VALUES FROM (0) TO (100);
	CREATE FOREIGN TABLE far PARTITION OF parts FOR VALUES FROM (100) TO (100000) SERVER bq OPTIONS (schema_name 'shop', table_name 'lines')});
there('TRUNCATE TABLE lines');
sql('INSERT INTO parts SELECT g, g::text FROM generate_series(1, 9999) g');
is(there('SELECT COUNT(*), MIN(id) FROM lines') . sql(' SELECT count(*) FROM here'), '9900|10099', 'rows that are routed');
is(sql('INSERT INTO shop.lines SELECT id + 100000, word FROM shop.lines; SELECT count(*) FROM shop.lines'), '19800', 'a table that is read while it is filled');
like(sql(q{BEGIN; INSERT INTO shop.lines VALUES (1, 'x'); COMMIT}), qr/25001/, 'not in a transaction block');

# ---- what stays when the local transaction is rolled back ----
sql(q{ALTER SERVER bq OPTIONS (ADD autocommit_writes 'on')});
there('TRUNCATE TABLE lines');
sql(q{BEGIN; INSERT INTO shop.lines VALUES (1, 'x'); INSERT INTO shop.lines VALUES (NULL, 'y'); COMMIT});
like($said, qr/WARNING:  40000: what was written to server "bq" stays/, 'a statement that was done stays');
unlike($said, qr/not known/, '... and of the one that was refused nothing is in doubt');
is(there('SELECT id, word FROM lines'), '1|x', '... as is said');
sql(q{INSERT INTO shop.lines VALUES (NULL, 'y')});
unlike($said, qr/WARNING/, 'a statement that was refused leaves nothing');
sql(q{BEGIN; SELECT count(*) FROM shop.lines; DELETE FROM shop.lines WHERE id = 1 / (id - 1); COMMIT});
unlike($said, qr/WARNING/, '... nor does one that fails there, after a read');
sql(q{ALTER SERVER bq OPTIONS (DROP autocommit_writes)});

# ---- an INSERT that is no COPY is one statement as long as it fits ----
sub within { return sql("WITH w AS (INSERT INTO shop.lines SELECT $_[0], 'w' FROM generate_series(1, $_[1]) g) SELECT 1") }
there('TRUNCATE TABLE lines');
control('clear');
within('g', 1000);
is(asked(qr{^POST .*/jobs}) . '|' . there('SELECT COUNT(*) FROM lines'), '1|1000', 'INSERT within WITH is one job');
within('CASE WHEN g < 900 THEN g END', 1000);
is(there('SELECT COUNT(*) FROM lines'), '1000', '... with all of its rows or none');
within('g', 1001);
is(there('SELECT COUNT(*) FROM lines'), '2001', '... and more than fit go in batches');
sql(q{ALTER FOREIGN TABLE shop.lines OPTIONS (ADD insert_mode 'insert')});
control('clear');
sql(q{INSERT INTO shop.lines SELECT g, 'i' FROM generate_series(1, 1000) g});
is(asked(qr{^POST .*/jobs}) . '|' . there('SELECT COUNT(*) FROM lines'), '1|3001', "insert_mode 'insert' is one job as well");

# ---- pages of a result are asked for side by side, whatever their rows weigh ----
there(q{CREATE TABLE grown AS SELECT id, IF(id BETWEEN 601 AND 640, REPEAT('long', 200), REPEAT('x', DIV(id, 40))) AS word FROM UNNEST(GENERATE_ARRAY(1, 2000)) AS id});
sql(q{IMPORT FOREIGN SCHEMA shop LIMIT TO (grown) FROM SERVER bq INTO shop});
my $all = 'SELECT count(*), count(DISTINCT id), sum(length(word)), min(id), max(id) FROM shop.grown WHERE random() >= 0';
my $sum = 0;
$sum += $_ > 600 && $_ <= 640 ? 800 : int($_ / 40) for 1 .. 2000;
sub numbered { return grep { ($_->{url} // '') =~ /startIndex=\d/ } @{ control('log') } }
for my $bytes (1500, 4000, 30000)
{
	control('clear');
	control('set', { pageBytes => $bytes });
	is(sql($all), "2000|2000|$sum|1|2000", "pages of $bytes bytes");
	cmp_ok(scalar(numbered()), '>', 3, '... by their first rows');
}
control('clear');
control('set', { pageBytes => 4000 });
is(sql('SELECT string_agg(id::text, \',\') = (SELECT string_agg(g::text, \',\') FROM generate_series(1, 2000) g) FROM (SELECT id FROM shop.grown ORDER BY id OFFSET 0) q'), 't', '... in order');
is(sql('SELECT id FROM shop.grown WHERE random() >= 0 LIMIT 1') =~ /^\d+$/ ? 1 : 0, 1, 'one row');
control('clear');
sql('SELECT id FROM shop.grown WHERE random() >= 0 LIMIT 1');
is(scalar(numbered()), 0, '... for which the first page does');
control('set', { pageBytes => 10000000 });

$node->stop;
$place->stop;
done_testing();
