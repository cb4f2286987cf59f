# Databricks: what no table of cases shows.  Values of every type in the user's own SQL, as Arrow and as JSON;
# chunks that come while others are read; what a stream that is not whole is.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwPlace;
use GwTap;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $place = GwPlace->start('databricks', 's');
my $facts = $place->facts;

sub there { return $place->rows(@_) }
sub control { return $place->control(@_) }

my $node = PostgreSQL::Test::Cluster->new('lake');
$node->init(extra => [ '-E', 'UTF8', '--locale', 'C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nlc_messages = 'C'\nTimeZone = 'UTC'\nsession_preload_libraries = 'warehouse_gw'\n");
$node->start;

sub sql
{
	my ($sql) = @_;
	my ($stdout, $stderr);
	$node->psql('postgres', "\\set VERBOSITY verbose\n$sql", stdout => \$stdout, stderr => \$stderr, on_error_stop => 0);
	return $stderr =~ /ERROR/ ? $stderr : $stdout;
}

sql('CREATE EXTENSION warehouse_gw');
for (['lake', ''], ['texts', "result_format 'json'"], ['inside', "result_disposition 'inline'"], ['writes', "autocommit_writes 'on'"])
{
	my ($name, $more) = @$_;
	my $said = sql("CREATE SERVER $name FOREIGN DATA WRAPPER gw_databricks OPTIONS (api_endpoint '$facts->{url}', http_path '$facts->{http_path}', "
		. "catalog 'tap', schema 's', sslrootcert '$facts->{ca}', allow_private_network 'true'" . ($more ? ", $more" : '') . ");"
		. "CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (token '$facts->{token}')");
	diag $said if $said =~ /ERROR/;
}

# ---- values, in SQL of the user's own ----

my @values = (
	[ 'smallint', 'CAST(-128 AS TINYINT)', '-128' ],
	[ 'smallint', 'CAST(32767 AS SMALLINT)', '32767' ],
	[ 'integer', '-2147483648', '-2147483648' ],
	[ 'bigint', "CAST('-9223372036854775808' AS BIGINT)", '-9223372036854775808' ],
	[ 'real', "CAST('0.1' AS FLOAT)", '0.1' ],
	[ 'float8', "CAST('NaN' AS DOUBLE)", 'NaN' ],
	[ 'float8', "CAST('-Infinity' AS DOUBLE)", '-Infinity' ],
	[ 'float8', "CAST('1.7976931348623157E308' AS DOUBLE)", '1.7976931348623157e+308' ],
	[ 'numeric', "CAST('-99999999999999999999999999999999999999' AS DECIMAL(38,0))", '-99999999999999999999999999999999999999' ],
	[ 'numeric', "CAST('0.00000000000000000000000000000000000001' AS DECIMAL(38,38))", '0.00000000000000000000000000000000000001' ],
	[ 'numeric(38,18)', "CAST('-12345678901234567890.123456789012345678' AS DECIMAL(38,18))", '-12345678901234567890.123456789012345678' ],
	[ 'numeric(10,3)', "CAST('-0.05' AS DECIMAL(10,3))", '-0.050' ],
	[ 'numeric', "CAST('10000' AS DECIMAL(9,0))", '10000' ],
	[ 'numeric', "CAST('0' AS DECIMAL(9,2))", '0.00' ],
	[ 'boolean', 'false', 'f' ],
	[ 'text', "'h\x{e4}\x{df} \x{1f600}'", "h\x{e4}\x{df} \x{1f600}" ],
	[ 'text', "''", '' ],
	[ 'date', "DATE'0001-01-01'", '0001-01-01' ],
	[ 'date', "DATE'9999-12-31'", '9999-12-31' ],
	[ 'interval', "INTERVAL '-3 04:05:06.7' DAY TO SECOND", '-3 days -04:05:06.7' ],
	[ 'interval', "INTERVAL '-1-2' YEAR TO MONTH", '-1 years -2 mons' ],
	[ 'interval', "INTERVAL '11' MONTH", '11 mons' ],
	[ 'interval', "CASE WHEN false THEN INTERVAL '1' MONTH END", undef ],
	[ 'jsonb', 'array(1, NULL, 3)', '[1, null, 3]' ],
	[ 'jsonb', "named_struct('a', 1.5, 'b', map('k', array(true)))", '{"a": 1.5, "b": {"k": [true]}}' ],
	[ 'jsonb', "parse_json('{\"a\": [1]}')", '{"a": [1]}' ],
	[ 'text', 'CAST(NULL AS STRING)', undef ],
	[ 'integer', 'CAST(NULL AS INT)', undef ],
);
# These are whole as Arrow only.
my @whole = (
	[ 'timestamptz', "CAST('2024-02-29 12:13:14.123456+02:00' AS TIMESTAMP)", '2024-02-29 10:13:14.123456+00' ],
	[ 'timestamptz', "CAST('0001-01-01 00:00:00.000001+00:00' AS TIMESTAMP)", '0001-01-01 00:00:00.000001+00' ],
	[ 'timestamp', "CAST('9999-12-31 23:59:59.999999' AS TIMESTAMP_NTZ)", '9999-12-31 23:59:59.999999' ],
	[ 'timestamp', "CAST('1969-12-31 23:59:59' AS TIMESTAMP_NTZ)", '1969-12-31 23:59:59' ],
	[ 'bytea', "unhex('00ff')", '\x00ff' ],
	[ 'bytea', "unhex('')", '\x' ],
	[ 'jsonb', "array(CAST('2024-02-29 12:13:14.123456' AS TIMESTAMP))", '["2024-02-29T12:13:14.123456Z"]' ],
	[ 'jsonb', "array(CAST('2024-02-29 12:13:14.123456' AS TIMESTAMP_NTZ))", '["2024-02-29T12:13:14.123456"]' ],
	[ 'jsonb', "named_struct('b', unhex('00ff'), 'n', CAST('NaN' AS DOUBLE), 'd', DATE'2024-02-29', 'x', CAST(NULL AS BINARY))",
		'{"b": "AP8=", "d": "2024-02-29", "n": "NaN", "x": null}' ],
);

sub asked
{
	my ($server, $types, @list) = @_;
	my $i = 0;
	my $remote = 'SELECT ' . join(', ', map { "$_->[1] AS c" . $i++ } @list);
	$i = 0;
	my $columns = join(', ', map { 'c' . $i++ . ' ' . ($types ? $_->[0] : 'text') } @list);
	utf8::encode(my $text = "\\pset null (null)\nSELECT * FROM gw.execute_query('$server', \$q\$$remote\$q\$) AS t($columns)");
	my $got = sql($text);
	utf8::decode($got);
	$got =~ s/^Null display is.*\n//;
	return $got;
}

sub row { join('|', map { $_->[2] // '(null)' } @_) }

is(asked('lake', 1, @values, @whole), row(@values, @whole), 'every type as an Arrow stream');
is(asked('texts', 1, @values), row(@values), '... and as JSON');
is(asked('inside', 1, @values), row(@values), '... within an answer');
like(asked('texts', 1, $_), qr/0A000.*does not write exactly in JSON/s, "JSON does not say all of $_->[1]") for @whole[0, 4, 6];
my ($as_arrow, $as_json) = map { asked($_, 0, @values) } qw(lake texts);
s/1\.7976931348623157E\+?308/1.7976931348623157e+308/ for $as_arrow, $as_json;
is($as_arrow, $as_json, 'as texts they look the same');
is(sql(q{SELECT gw.execute_query_json('lake', 'SELECT CAST(''2024-02-29 12:13:14.123456'' AS TIMESTAMP) AS a, unhex(''0a'') AS b, 1.50 AS c')}),
	'{"a": "2024-02-29 12:13:14.123456+00", "b": "\\\\x0a", "c": 1.50}', 'as documents');
my %formats = map { $_->{format} => 1 } grep { $_->{statement} =~ /TINYINT/ } @{ control('log') };
is_deeply([ sort keys %formats ], [ 'ARROW_STREAM', 'JSON_ARRAY' ], 'what was asked for');
is(sql(q{SELECT count(*) FROM gw.execute_query('lake', 'SELECT 1 AS a WHERE false') AS t(a int)}), '0', 'no rows');

# ---- chunks ----

control('chunks', { inline => 100, links => 100 });
there('CREATE TABLE many AS SELECT a.col1 * 40 + b.col1 AS id, CAST(a.col1 AS STRING) AS t FROM (VALUES ' . join(', ', map { "($_)" } 0 .. 24)
	. ') AS a CROSS JOIN (VALUES ' . join(', ', map { "($_)" } 1 .. 40) . ') AS b');
sql(q{CREATE SCHEMA s; IMPORT FOREIGN SCHEMA s FROM SERVER lake INTO s});
is(sql(q{SELECT count(*), sum(id), count(DISTINCT t) FROM s.many WHERE random() >= 0}), '1000|500500|25', 'ten chunks');
is(sql(q{SELECT id FROM s.many WHERE random() >= 0 ORDER BY id OFFSET 999}), '1000', 'ordered');
like(sql(q{CREATE TABLE many (LIKE s.many); CALL gw.sync_table('lake', 's.many', 'public.many'); SELECT count(*), sum(id) FROM many}), qr/^1000\|500500$/m, 'a sync');
control('fault', { kind => 'numRows', statement => 'many', delta => 1 });
like(sql(q{SELECT count(*) FROM s.many WHERE random() >= 0}), qr/ERROR/, 'a chunk that is short is an error');
control('clear');
control('fault', { kind => 'delay', path => 'results/', seconds => 0.3, times => -1 });
my $begun = time;
is(sql(q{SELECT count(*) FROM s.many WHERE random() >= 0}), '1000', 'chunks that take their time');
my $took = time - $begun;
cmp_ok($took, '<', 9 * 0.3, sprintf('... are fetched side by side (%.1f s instead of 3.0)', $took));
control('clear');

# Where chunks lie is asked for by number, further ahead than chunks are fetched: the second of ten is waited for.
my $cursor = 'BEGIN; DECLARE c CURSOR FOR SELECT * FROM s.many WHERE random() >= 0; FETCH 150 FROM c;';
control('fault', { kind => 'delay', path => 'results/.*/1\?', seconds => 60 });
control('fault', { kind => 'delay', path => '/chunks/', seconds => 0, times => -1 });
my $session = $node->background_psql('postgres', on_error_stop => 0);
my $pid = $session->query('SELECT pg_backend_pid()');
$session->query_until(qr/begun/, "\\echo begun\n$cursor\n");
my @places;
come(sub { @places = sort map { $_->{request} =~ m{chunks/(\d+)} } @{ control('taken') }; @places >= 9 });
is("@places", '1 2 3 4 5 6 7 8 9', 'the places of all chunks are asked for, once each');
sql("SELECT pg_terminate_backend($pid)");
wait_gone($pid);
$session->{run}->finish;
control('clear');
control('fault', { kind => 'linkRefused', path => 'results/.*/[1-9]$', times => 3 });
is(sql(q{SELECT count(*), sum(id) FROM s.many WHERE random() >= 0}), '1000|500500', 'places that do not do any more are asked for again');
is(scalar(grep { $_->{kind} eq 'linkRefused' } @{ control('taken') }), 3, '... when they were refused');
control('clear');

# ---- descriptions ----

there(q{CREATE TABLE parents (id INT NOT NULL, CONSTRAINT parents_pk PRIMARY KEY (id))});
there(q{CREATE TABLE lines (b INT NOT NULL, a STRING COMMENT 'a', c DATE, p INT, CONSTRAINT lines_pk PRIMARY KEY (b), CONSTRAINT lines_fk FOREIGN KEY (p) REFERENCES parents (id)) }
	. q{CLUSTER BY (c, b) COMMENT 'it\'s' TBLPROPERTIES ('owner' = 'me', 'delta.columnMapping.mode' = 'name')});
there(q{CREATE TABLE days (a STRING, d DATE) PARTITIONED BY (d)});
there(q{CREATE VIEW looked AS SELECT a FROM lines});
my $before = 0;
my $schema = decode_json(sql("SELECT gw.get_target_schema('lake', 's.lines')"));
is_deeply($schema->{keys}{primary}{columns}, ['b'], 'the primary key');
is($schema->{keys}{foreign}[0]{ref}{table}, 'parents', 'a foreign key');
is_deeply([ map { $_->{name} } @{ $schema->{layout}{cluster}{columns} } ], [ 'c', 'b' ], 'what it is clustered by');
is_deeply($schema->{options}{databricks}{tblproperties}, { owner => 'me', 'delta.columnMapping.mode' => 'name' }, 'its properties');
there(q{ALTER TABLE lines ADD CONSTRAINT Positive CHECK (b > 0)});
is_deeply([ map { [ @$_{qw(name sql dialect)} ] } @{ decode_json(sql("SELECT gw.get_target_schema('lake', 's.lines')"))->{keys}{check} } ], [ [ 'positive', 'b > 0', 'databricks' ] ],
	'a check, which is a property there');
is_deeply(decode_json(sql("SELECT gw.get_target_schema('lake', 's.lines')"))->{options}{databricks}{tblproperties}, { owner => 'me', 'delta.columnMapping.mode' => 'name' }, '... and none here');
is("$schema->{comment} $schema->{columns}[1]{comment}", "it's a", 'comments');
is(decode_json(sql("SELECT gw.get_target_schema('lake', 's.days')"))->{layout}{partition}{columns}[0], 'd', 'partitions');
is(decode_json(sql("SELECT gw.get_target_schema('lake', 's.looked')"))->{source}{kind}, 'view', 'a view');
$before = scalar @{ control('log') };
is(sql("SELECT string_agg(table_name || ' ' || (target_schema->'layout'), '; ' ORDER BY table_name COLLATE \"C\") FROM gw.get_target_schemas('lake', 's', true) WHERE target_schema ? 'layout'"),
	'days {"partition": {"kind": "value", "columns": ["d"]}}; lines {"cluster": {"columns": [{"name": "c"}, {"name": "b"}]}}', 'layouts of a whole schema');
is(sql("SELECT target_schema->'options' FROM gw.get_target_schemas('lake', 's', true) WHERE table_name = 'lines'"), '{"databricks": {"tblproperties": {"owner": "me", "delta.columnMapping.mode": "name"}}}', '... and properties');
cmp_ok(scalar(grep { $_->{statement} =~ /^DESCRIBE DETAIL/ } @{ control('log') }[$before .. $#{ control('log') }]), '>', 2, '... are asked for table after table');
$before = scalar @{ control('log') };
is(sql("SELECT count(*) FROM gw.get_target_schemas('lake', 's') WHERE target_schema->'layout' ? 'cluster'"), '0', '... and only where they are wanted');
is(scalar(grep { $_->{statement} =~ /^DESCRIBE DETAIL/ } @{ control('log') }[$before .. $#{ control('log') }]), 0, '... not else');
is(sql("SELECT count(*) FROM gw.plan_migration('lake', 's.lines', gw.get_target_schema('lake', 's.lines'))"), '0', 'a table that is what it should be');

# ---- sides and lists that are limited ----

for ('(SELECT id FROM s.many ORDER BY id LIMIT 2) UNION ALL (SELECT id FROM s.many ORDER BY id DESC LIMIT 1)',
	'SELECT id FROM s.many WHERE id IN (SELECT id FROM s.many ORDER BY id LIMIT 3) ORDER BY id')
{
	my $plan = sql("EXPLAIN (VERBOSE, COSTS OFF) $_");
	like($plan, qr/^Foreign Scan/, "there: $_");
	is(sql("SELECT count(*) FROM ($_) AS q"), '3', '... means that');
}

# ---- parameters that its types lack: the plan is kept, and still right ----

there(q{CREATE TABLE ends AS SELECT 1 AS id, DATE '2024-01-01' AS d, TIMESTAMP_NTZ '2024-01-01 00:00:00' AS ts, TIMESTAMP '2024-01-01 00:00:00Z' AS tz, CAST(1.5 AS DOUBLE) AS f, CAST(2.5 AS DECIMAL(38,10)) AS n
	UNION ALL SELECT 2, DATE '9999-12-31', TIMESTAMP_NTZ '9999-12-31 23:59:59.999999', TIMESTAMP '2024-01-02 00:00:00Z', 1e300, 3 UNION ALL SELECT 3, NULL, NULL, NULL, NULL, NULL});
sql(q{IMPORT FOREIGN SCHEMA s LIMIT TO (ends) FROM SERVER lake INTO s; CREATE TABLE ends AS SELECT * FROM s.ends});
parameters_beyond(\&sql, 's.ends', 'ends', [ 'd date', 'infinity', '-infinity', '0044-03-15 BC', '12000-01-01', '9999-12-31' ],
	[ 'ts timestamp', 'infinity', '-infinity', '0044-03-15 BC', '9999-12-31 23:59:59.999999' ], [ 'tz timestamptz', '-infinity', '12000-01-01', '2024-01-01' ],
	[ 'f float8', 'NaN', 'Infinity', '-Infinity', '1e300' ]);
is(sql(q{SET plan_cache_mode = force_generic_plan; PREPARE p(numeric) AS SELECT count(*) FROM s.ends WHERE n BETWEEN $1 AND $2; EXECUTE p(2.5, 1e40); EXECUTE p('-Infinity', 'NaN'); EXECUTE p(1e-30, 2.5)}),
	"2\n2\n1", '... numbers of any size');

# ---- what means something else there ----

there(q{CREATE TABLE meets (id INT NOT NULL, big DECIMAL(38,0), fine DECIMAL(38,18), small DECIMAL(10,2), t STRING, CONSTRAINT meets_pk PRIMARY KEY (id))});
there(q{INSERT INTO meets VALUES (1, 2, 1.5, 1.50, '\u0024{env:HOME}'), (2, 1, 2.5, 2.25, 'a.c')});
sql(q{IMPORT FOREIGN SCHEMA s LIMIT TO (meets) FROM SERVER writes INTO s; CREATE TABLE meets AS SELECT * FROM s.meets});
# Decimals that meet there are rounded to 38 digits together, and those before the point come first.
for my $clause ('id FROM {} WHERE big > 1.5', 'id FROM {} WHERE big IN (1.5, 1)', 'a.id FROM {} AS a JOIN {} AS b ON a.big = b.fine', 'id FROM {} WHERE big IS DISTINCT FROM 1.5', 'id FROM {} WHERE fine > small',
	'id FROM {} WHERE small = (SELECT min(small) FROM {})', 'CASE big WHEN 1.5 THEN \'one\' END FROM {}', 'sum(id) FROM {} GROUP BY big HAVING sum(id) > 1.5', 'small FROM {} UNION ALL SELECT small FROM {}',
	'small FROM {} UNION ALL SELECT fine FROM {}', 'small FROM {} UNION SELECT big FROM {}', q{id FROM {} WHERE t LIKE 'a\.c'}, q{id FROM {} WHERE t = '${env:HOME}'})
{
	my ($there, $here) = map { my $from = $_; $clause =~ s/\{\}/$from/gr } qw(s.meets meets);
	is(sql("SELECT $there ORDER BY 1"), sql("SELECT $here ORDER BY 1"), "as here: $clause");
}
is(sql('SELECT count(*) FROM (SELECT id FROM s.meets LIMIT 3000000000) AS q'), '2', 'more rows than an INT counts');
like(sql("EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM s.meets WHERE $_"), qr/Remote SQL: .* WHERE /, "goes there: $_")
	for 'big = 15', 'fine > small', 'fine < 12345678901234567890.5', "t LIKE 'a\\_%'";
is(sql('INSERT INTO s.meets (id, small) VALUES (3, NULL), (4, 1.55); SELECT small FROM s.meets WHERE id = 4'), '1.55', 'a NULL among rows of numbers takes nothing of them');
there(q{CREATE TABLE collated (id INT, t STRING COLLATE UTF8_LCASE, b STRING COLLATE UTF8_BINARY, v VARCHAR(5) COLLATE UNICODE_CI, c CHAR(3))});
sql(q{IMPORT FOREIGN SCHEMA s LIMIT TO (collated) FROM SERVER writes INTO s});
like(sql("EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM s.collated WHERE $_"), qr/Filter: .*\n.*Remote SQL: (?!.* WHERE )/, "compared here: $_") for "t = 'a'", "v = 'a'", "c = 'ab'", "c > b", "b > c", "t LIKE 'a%'", "t IN ('a', 'b')", 't = b';
like(sql("EXPLAIN (VERBOSE, COSTS OFF) SELECT $_"), qr/Remote SQL: (?!.*(?: GROUP BY |DISTINCT))/, "grouped here: $_") for 't, count(*) FROM s.collated GROUP BY t', 'DISTINCT t FROM s.collated', 'count(DISTINCT t) FROM s.collated';
like(sql("EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM s.collated WHERE b = 'a'"), qr/Remote SQL: .* WHERE /, '... and there by its bytes');
is(decode_json(sql("SELECT gw.get_target_schema('writes', 's.collated')"))->{columns}[1]{collation}, 'UTF8_LCASE', 'a collation is described');
# What looks like a text or a comment, and is none there.
like(sql("BEGIN READ ONLY; SELECT * FROM gw.execute_query('writes', $_) AS t(n bigint)"), qr/25006.*surely write nothing/s, 'no write behind a text or comment that ends earlier there')
	for q{$$FROM (SELECT r'\' AS a) AS x INSERT INTO meets (t) SELECT a -- '$$}, q{E'FROM meets -- \rINSERT INTO meets (id) SELECT 5'};
is(sql(q{BEGIN READ ONLY; SELECT * FROM gw.execute_query('writes', $$SELECT 'it\'s INSERT' AS a, "INSERT", 1 AS `DELETE` -- MERGE$$) AS t(a text, b text, c int)}), "it's INSERT|INSERT|1", '... nor is every word one');

# ---- rows of an INSERT ----

there('CREATE TABLE w (id BIGINT, t STRING, ts TIMESTAMP, b BINARY)');
sql(q{IMPORT FOREIGN SCHEMA s LIMIT TO (w) FROM SERVER writes INTO public});
$before = scalar @{ control('log') };
is(sql(q{INSERT INTO w SELECT g, 'row ' || g, timestamptz '2024-01-01 00:00:00.000001Z' + g * interval '1 s', '\x00ff' FROM generate_series(1, 1000) g}), '', 'a thousand rows');
my @sent = grep { $_->{statement} =~ /INSERT INTO/ } @{ control('log') }[$before .. $#{ control('log') }];
cmp_ok(scalar @sent, '<=', 20, sprintf('... are %d statements', scalar @sent));
is(there('SELECT count(*), sum(id), max(unix_micros(ts)) FROM w')->[0][2], '1704068200000001', '... and all there');

there('CREATE TABLE lists (id BIGINT, n ARRAY<DECIMAL(38,18)>, m ARRAY<DECIMAL(38,30)>, b ARRAY<BINARY>)');
sql(q{IMPORT FOREIGN SCHEMA s LIMIT TO (lists) FROM SERVER writes INTO public});
is(sql(q{INSERT INTO lists (id, n, m) VALUES (1, '{-12345678901234567890.123456789012345678,NULL,0.5}', '{1.5}'); SELECT n, m FROM lists}),
	'{-12345678901234567890.123456789012345678,NULL,0.500000000000000000}|{1.500000000000000000000000000000}', 'an array of numbers, every digit');
like(sql("INSERT INTO lists (id, $_->[0]) VALUES (2, '$_->[1]')"), $_->[2], "... refused: $_->[0] $_->[1]")
	for [ 'm', '{1.1234567890123456789}', qr/22003.*has a number that DECIMAL\(38,18\) cannot hold/s ], [ 'b', '{"\\\\x00ff"}', qr/0A000.*is an array of bytea/s ];

there('CREATE TABLE variants (id BIGINT, v VARIANT)');
sql(q{IMPORT FOREIGN SCHEMA s LIMIT TO (variants) FROM SERVER writes INTO public});
like(sql("INSERT INTO variants VALUES (1, '$_')"), qr/22003.*has more digits than the type/s, "a number that VARIANT would round is refused: $_")
	for '{"a": [null, 1.12345678901234567890123456789012345678]}', '123456789012345678901234567890123456789';
is(sql(q{INSERT INTO variants VALUES (1, '{"a": [12345678901234567890123456789012345678, "x", null, true]}'), (2, '1e100'), (3, 'null'); SELECT count(*) FROM variants}), '3', '... others are not');

# ---- documents for columns whose parts have types ----

there(q{CREATE TABLE docs (id BIGINT NOT NULL, s STRUCT<a: INT, `B`: ARRAY<STRING>, c: STRUCT<d: DATE>>, m MAP<STRING, DECIMAL(5,2)>, }
	. q{x ARRAY<STRUCT<f: DOUBLE, g: FLOAT, y: BINARY, t: TIMESTAMP, z: TIMESTAMP_NTZ>>, n MAP<INT, INT>, CONSTRAINT docs_pk PRIMARY KEY (id))});
sql(q{IMPORT FOREIGN SCHEMA s LIMIT TO (docs) FROM SERVER writes INTO public});
like(sql(q{EXPLAIN (VERBOSE, COSTS OFF) INSERT INTO docs (id, s) VALUES (1, NULL)}), qr/from_json\(:p2, 'struct<a:int,B:array<string>,c:struct<d:date>>', map\('mode', 'FAILFAST'\)\)/, 'made by from_json');
is(sql(q{INSERT INTO docs (id, s, m, x) VALUES (1, '{"a": 1, "B": ["it''s", null], "c": {"d": "2024-02-29"}}', '{"\"k": 1.50, "": null}', '[null, {"f": "NaN", "g": 0.1, "y": "AP8=", "t": "2024-01-02T03:04:05.123456+05:30", "z": "0001-01-01T00:00:00.000001"}]'), (2, NULL, '{}', '[]')}), '', 'documents of every kind');
is(sql(q{SELECT s, m, x FROM docs ORDER BY id}), '{"B": ["it\'s", null], "a": 1, "c": {"d": "2024-02-29"}}|{"": null, "\"k": 1.50}|[null, {"f": "NaN", "g": 0.1, "t": "2024-01-01T21:34:05.123456Z", "y": "AP8=", "z": "0001-01-01T00:00:00.000001"}]' . "\n|{}|[]", '... come back');
is(there('SELECT s.B[0], CAST(m[\'"k\'] AS STRING), hex(x[1].y), x[1].t = TIMESTAMP \'2024-01-01 21:34:05.123456Z\' FROM docs WHERE id = 1')->[0][$_], [ "it's", '1.50', '00FF', 'true' ]->[$_], "... and are there ($_)") for 0 .. 3;
is(sql(q{UPDATE docs SET s = '{"a": null, "B": null, "c": {"d": null}}', m = NULL WHERE id = 1; SELECT s, m FROM docs WHERE id = 1}), '{"B": null, "a": null, "c": {"d": null}}|', '... by UPDATE as well');
for ([ 's', 'null', '23502', '$ is null' ], [ 's', '[]', '22023', '$ is not an object' ], [ 's', '{"a": 1, "B": []}', '22023', '$.c is missing' ],
	[ 's', '{"a": 1, "b": [], "c": null}', '22023', '$.B is missing' ], [ 's', '{"a": 1, "B": [], "c": null, "e": 1}', '22023', '$ has a field that the type lacks' ],
	[ 's', '{"a": 1.0, "B": [], "c": null}', '22023', '$.a is not an integer' ], [ 's', '{"a": "1", "B": [], "c": null}', '22023', '$.a is a text' ],
	[ 's', '{"a": 2147483648, "B": [], "c": null}', '22003', '$.a is beyond' ], [ 's', '{"a": 1, "B": [1], "c": null}', '22023', '$.B[0] is a number' ],
	[ 's', '{"a": 1, "B": [], "c": {"d": "2023-02-29"}}', '22007', '$.c.d is not a day' ], [ 'm', '{"k": 1.505}', '22003', '$.k has more digits' ], [ 'm', '{"k": 1000}', '22003', '$.k has more digits' ],
	(map { [ 'x', '[{"f": 1, "g": 1, "y": null, "t": null, "z": null, ' . $_->[0] . '}]', @$_[ 1, 2 ] ] } [ '"f": 0.10000000000000000555', '22003', '$[0].f has more digits' ], [ '"f": 1e400', '22003', '$[0].f is beyond' ],
		[ '"g": 16777217', '22003', '$[0].g has more digits' ], [ '"y": "AP8"', '22023', '$[0].y is not base64' ], [ '"t": "2024-01-02T03:04:05"', '22007', '$[0].t is not a moment' ],
		[ '"z": "2024-01-02T24:00:00"', '22007', '$[0].z is not a time' ], [ '"z": "2024-01-02T03:04:05.1234567"', '22007', '$[0].z is not a time' ]),
	[ 'n', '{"1": 1}', '0A000', 'keys are not texts' ])
{
	my ($column, $document, $state, $words) = @$_;
	like(sql("INSERT INTO docs (id, $column) VALUES (3, '$document')"), qr/^.*ERROR:  $state: .*\Q$words\E(?!.*is not known)/s, "refused: $column $document");
}
is(sql(q{INSERT INTO docs (id, m) SELECT g, jsonb_build_object('k', g) FROM generate_series(100, 500) g; SELECT count(*), sum((m->>'k')::numeric) FROM docs WHERE id >= 3}), '401|120300.00', 'as constants, and nothing of what was refused');

$node->stop;

$place->stop;
done_testing();
