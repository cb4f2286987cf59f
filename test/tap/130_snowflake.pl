# Snowflake: what no table of cases shows.  Who connects; what a request says; values that have no room
# here; descriptions; writes and who may; a sync; partitions that come while others are read.
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

my $place = GwPlace->start('snowflake', 'S');
my $facts = $place->facts;
my $folder = $place->folder;

sub there { return $place->rows(@_) }
sub control { return $place->control(@_) }

my $node = PostgreSQL::Test::Cluster->new('snow');
$node->init(extra => [ '-E', 'UTF8', '--locale', 'C' ]);
mkdir "$folder/secrets", 0700;
$node->append_conf('postgresql.conf',
	"fsync = off\nlc_messages = 'C'\nwarehouse_gw.secret_dir = '$folder/secrets'\nsession_preload_libraries = 'warehouse_gw'\n");
$node->start;

sub sql
{
	my ($sql) = @_;
	my ($stdout, $stderr);
	$node->psql('postgres', "\\set VERBOSITY verbose\n$sql", stdout => \$stdout, stderr => \$stderr, on_error_stop => 0);
	return $stderr =~ /ERROR/ ? $stderr : $stdout;
}

my $where = "account '$facts->{account}', host '127.0.0.1', port '$facts->{port}', database 'tap', schema 'S', "
	. "warehouse '$facts->{warehouse}', role '$facts->{role}', sslrootcert '$facts->{ca}', allow_private_network 'true'";
sql('CREATE EXTENSION warehouse_gw');

sub server
{
	my ($name, $mapping, $more) = @_;
	my $said = sql("CREATE SERVER $name FOREIGN DATA WRAPPER gw_snowflake OPTIONS ($where" . ($more ? ", $more" : '') . ");"
		. "CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS ($mapping)");
	diag $said if $said =~ /ERROR/;
}

# ---- who connects ----

sub secret
{
	my ($name, $text) = @_;
	open my $file, '>', "$folder/secrets/$name" or die;
	chmod 0600, "$folder/secrets/$name";
	print $file $text;
	close $file;
}

secret('key', $facts->{private_key});
secret('pat', $facts->{pat});
(my $der = $facts->{private_key}) =~ s/-----[^-]+-----|\s//g;
secret('der', $der);
system('openssl', 'pkcs8', '-topk8', '-in', $facts->{private_key_path}, '-out', "$folder/secrets/locked", '-passout', 'pass:open sesame') == 0
	or die 'openssl';
chmod 0600, "$folder/secrets/locked";
control('refresh', { client => 'app', secret => 'apple', token => 'again', user => 'GW_REMOTE', lifetime => 600 });
server('keypair', "user 'gw_remote', private_key_ref 'file:key'");
server('der', "user 'gw_remote', private_key_ref 'file:der'");
server('locked', "user 'gw_remote', private_key_ref 'file:locked', private_key_passphrase 'open sesame'");
server('shut', "user 'gw_remote', private_key_ref 'file:locked', private_key_passphrase 'wrong'");
server('stranger', "user 'nobody', private_key_ref 'file:key'");
server('pat', "token_ref 'file:pat'");
server('oauth', "authenticator 'oauth', token '$facts->{token}'");
server('refreshed', "oauth_refresh_token 'again', oauth_client_id 'app', oauth_client_secret 'apple'");
server('nobody', "user 'gw_remote'");
is(sql("SELECT ok, \"current_user\" FROM gw.check_connection('$_')"), 't|GW_REMOTE', "in by $_")
	for qw(keypair der locked pat oauth refreshed);
like(sql("SELECT sqlstate, message FROM gw.check_connection('shut')"), qr/^28000\|.*the private key cannot be read/, 'not with a wrong passphrase');
like(sql("SELECT sqlstate, message FROM gw.check_connection('stranger')"), qr/^28000\|.*JWT token is invalid/, 'not as somebody else');
like(sql("SELECT sqlstate, message FROM gw.check_connection('nobody')"), qr/^HV00J\|.*the user mapping has no credentials/, 'not without credentials');

# ---- what requests say ----

server('wh', "token_ref 'file:pat'", "query_tag 'nightly'");
is(sql("SELECT * FROM gw.execute_query('wh', 'SELECT CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA()') AS t(r text, w text, d text, s text)"),
	"$facts->{role}|$facts->{warehouse}|tap|S", 'role, warehouse, database and schema');
my @log = grep { $_->{statement} =~ /CURRENT_ROLE/ } @{ control('log') };
is($log[-1]{tag}, 'nightly', 'the tag');
like($log[-1]{requestId}, qr/^[0-9a-f]{8}-[0-9a-f]{4}-4/, 'an id of our own');
is(sql("SELECT gw.execute('wh', 'CREATE TABLE T (A NUMBER(9,0))')"), '', 'DDL');
is(sql("SELECT gw.execute('wh', 'INSERT INTO T VALUES (?), (?)', 1, 2)"), '2', 'bind variables');
control('fault', { kind => 'lost', method => 'POST', path => 'statements\\?', statement => 'VALUES \\(7\\)' });
is(sql("SELECT gw.execute('wh', 'INSERT INTO T VALUES (7)')"), '1', 'an answer that is lost');
is(there('SELECT COUNT(*) FROM T WHERE A = 7')->[0][0], '1', '... once');
control('clear');

like(sql("SELECT gw.explain_remote('wh', 'SELECT A FROM T')->'GlobalStats'"), qr/bytesAssigned/, 'a plan');

# ---- reading only ----

like(sql("BEGIN READ ONLY; SELECT * FROM gw.execute_query('wh', '$_') AS t(a text)"), qr/25006/, "read only: $_")
	for ('DELETE FROM T', "SELECT 1 /* '' */ ->> DELETE FROM T", 'CALL P()', "-- SELECT\nDELETE FROM T");
is(sql("BEGIN READ ONLY; SELECT * FROM gw.execute_query('wh', 'SELECT ''->> DELETE'' AS a') AS t(a text)"), '->> DELETE', 'read only: a text');
like(sql("BEGIN; SELECT gw.execute('wh', 'DELETE FROM T'); COMMIT"), qr/25001/, 'no writing in a transaction block');

# ---- sub-selects ----

sql(q{CREATE SCHEMA q; IMPORT FOREIGN SCHEMA "S" LIMIT TO ("T") FROM SERVER wh INTO q});
is(sql(qq{SELECT "A" FROM q."T" WHERE $_ ORDER BY 1}), "1\n2\n7", "a limited sub-select goes there as a derived table: $_")
	for q{EXISTS (SELECT 1 FROM q."T" AS x WHERE x."A" > 1 ORDER BY x."A" LIMIT 1)}, q{"A" IN (SELECT x."A" FROM q."T" AS x ORDER BY x."A" LIMIT 9)};
like((grep { $_->{statement} =~ /LIMIT/ } @{ control('log') })[-1]{statement}, qr/IN \(SELECT .*FROM \(SELECT/, '... and nowhere else');

# ---- values ----

there(q{CREATE TABLE FINE (ID NUMBER(9,0) PRIMARY KEY, TS TIMESTAMP_NTZ(9), V VARCHAR, W VECTOR(FLOAT, 2))});
there(q{INSERT INTO FINE SELECT 1, '2024-01-01 00:00:00.123456789'::TIMESTAMP_NTZ(9), 'a', NULL});
there(q{INSERT INTO FINE SELECT 2, '2024-01-01 00:00:00.123456'::TIMESTAMP_NTZ(9), 'b', [1.5, 2]::VECTOR(FLOAT, 2)});
sql(q{CREATE SCHEMA s; IMPORT FOREIGN SCHEMA "S" FROM SERVER wh INTO s});
like(sql(q{SELECT "TS" FROM s."FINE"}), qr/22008.*finer than a microsecond/s, 'nanoseconds are an error, not cut');
is(sql(q{SELECT "TS", "V", "W" FROM s."FINE" WHERE "ID" = 2}), '2024-01-01 00:00:00.123456|b|{1.5,2}', '... where there are some');

# ---- parameters that its types lack: the plan is kept, and still right ----
there(q{CREATE TABLE "ends" ("id" NUMBER(9,0), "d" DATE, "ts" TIMESTAMP_NTZ(6), "tz" TIMESTAMP_LTZ(6), "f" FLOAT, "t" TIME(6), "n" NUMBER(38,10))});
there(q{INSERT INTO "ends" SELECT 1, '2024-01-01', '2024-01-01 00:00:00', '2024-01-01 00:00:00', 1.5, '10:00:00', 2.5});
there(q{INSERT INTO "ends" SELECT 2, '9999-12-31', '9999-12-31 23:59:59.999999', '2024-01-02 00:00:00', 1e300, '23:59:59.999999', 3});
there(q{INSERT INTO "ends" SELECT 3, NULL, NULL, NULL, NULL, NULL, NULL});
sql(q{IMPORT FOREIGN SCHEMA "S" LIMIT TO ("ends") FROM SERVER wh INTO s; CREATE TABLE ends AS SELECT * FROM s.ends});
parameters_beyond(\&sql, 's.ends', 'ends', [ 'd date', 'infinity', '-infinity', '0044-03-15 BC', '12000-01-01', '9999-12-31' ],
	[ 'ts timestamp', 'infinity', '-infinity', '0044-03-15 BC', '9999-12-31 23:59:59.999999' ], [ 'tz timestamptz', '-infinity', '12000-01-01', '2024-01-01' ],
	[ 'f float8', 'NaN', 'Infinity', '-Infinity', '1e300' ], [ 't time', '24:00', '10:00' ]);
is(sql(q{SET plan_cache_mode = force_generic_plan; PREPARE p(numeric) AS SELECT count(*) FROM s.ends WHERE n BETWEEN $1 AND $2; EXECUTE p(2.5, 1e40); EXECUTE p('-Infinity', 'NaN'); EXECUTE p(1e-30, 2.5)}),
	"2\n2\n1", '... numbers of any size');

# ---- descriptions ----

there(q{CREATE TABLE "Lines" ("b" NUMBER(9,0) NOT NULL, A VARCHAR(5) COMMENT 'a', C DATE, PRIMARY KEY (A, "b")) CLUSTER BY (C, "b") COMMENT = 'it''s'});
my $schema = decode_json(sql("SELECT gw.get_target_schema('wh', 'Lines')"));
is_deeply($schema->{keys}{primary}{columns}, [ 'A', 'b' ], 'the key in its order');
is_deeply([ map { $_->{name} } @{ $schema->{layout}{cluster}{columns} } ], [ 'C', 'b' ], 'what it is clustered by');
is($schema->{source}{table}, 'Lines', 'names as they are stored');
is($schema->{columns}[1]{comment}, 'a', 'comments');
like(sql("SELECT gw.get_target_schema('wh', 'nowhere')"), qr/42P01/, 'a table that is not there');
is(sql("SELECT gw.table_exists('wh', 'Lines'), gw.table_exists('wh', 'LINES')"), 't|f', 'exists');

there(q{CREATE TABLE HEADS (A NUMBER(9,0), B VARCHAR(5), C DATE, PRIMARY KEY (B, A), CONSTRAINT ONCE UNIQUE (C), CONSTRAINT BOTH_ UNIQUE (C, A))});
there(q{CREATE TABLE TAILS (X NUMBER(9,0) UNIQUE, Y VARCHAR(5), Z NUMBER(9,0), CONSTRAINT OF_HEAD FOREIGN KEY (Y, Z) REFERENCES HEADS (B, A))});
control('clear');
my $before = @{ control('log') };
my %described = map { my ($name, $doc) = split /\|/, $_, 2; $name => decode_json($doc) } split /\n/,
	sql("SELECT * FROM gw.get_target_schemas('wh', 'S') WHERE table_name IN ('HEADS', 'TAILS')");
is(scalar(grep { $_->{statement} =~ /INFORMATION_SCHEMA.COLUMNS/ } @{ control('log') }[ $before .. $#{ control('log') } ]), 1, 'a schema by one statement');
is_deeply([ map { "$_->{name}: @{$_->{columns}}" } @{ $described{HEADS}{keys}{unique} } ], [ 'BOTH_: C A', 'ONCE: C' ], 'unique keys')
	or diag explain $described{HEADS}{keys};
is_deeply([ @{ $described{HEADS}{keys}{primary}{columns} } ], [ 'B', 'A' ], '... beside the primary key');
is_deeply([ map { $_->{name} } @{ $described{HEADS}{columns} } ], [ 'A', 'B', 'C' ], '... and each column once');
is(scalar @{ $described{TAILS}{keys}{unique} }, 1, 'a unique key without a name');
my ($foreign) = @{ $described{TAILS}{keys}{foreign} };
is_deeply([ @$foreign{qw(name columns)}, @{ $foreign->{ref} }{qw(database schema table columns)} ],
	[ 'OF_HEAD', [ 'Y', 'Z' ], 'tap', 'S', 'HEADS', [ 'B', 'A' ] ], 'a foreign key');

# ---- writes ----

there(q{CREATE TABLE W (ID NUMBER(9,0) NOT NULL PRIMARY KEY, N NUMBER(12,2), J VARIANT, R BINARY, T TIMESTAMP_LTZ(6), D DATE, K TIME(6), F FLOAT)});
sql(q{IMPORT FOREIGN SCHEMA "S" LIMIT TO ("W") FROM SERVER wh INTO s});
is(sql(q{INSERT INTO s."W" VALUES (1, 1.5, '{"a": [1, null]}', '\x00ff', '2024-01-01 00:00:00.000001+02', '0001-01-01', '23:59:59.999999', 'NaN'),
	(2, 12345678.25, 'null', '', '1969-12-31 23:59:59.999999+00', '9999-12-31', '00:00:00', '-Infinity'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL)}), '', 'rows of every type');
is(sql(q{SET TimeZone = 'UTC'; SELECT * FROM s."W" ORDER BY 1}), "1|1.50|{\"a\": [1, null]}|\\x00ff|2023-12-31 22:00:00.000001+00|0001-01-01|23:59:59.999999|NaN\n"
	. "2|12345678.25|null|\\x|1969-12-31 23:59:59.999999+00|9999-12-31|00:00:00|-Infinity\n3|||||||", '... come back as they were');
is(sql(q{UPDATE s."W" SET "N" = 2, "J" = '[2]' WHERE "ID" = 1; SELECT "N", "J" FROM s."W" WHERE "ID" = 1}), '2.00|[2]', 'UPDATE');
is(sql(q{DELETE FROM s."W" WHERE "ID" >= 2; SELECT count(*) FROM s."W"}), '1', 'DELETE');
like(sql(q{INSERT INTO s."W" ("ID", "D") VALUES (9, 'infinity')}), qr/22008/, 'what has no form there is an error');

# ---- many rows ----

sub asked { return grep { $_->{statement} =~ $_[0] } @{ control('log') } }

there(q{CREATE TABLE BULK (ID NUMBER(9,0) NOT NULL, S VARCHAR, V VECTOR(FLOAT, 3))});
sql(q{IMPORT FOREIGN SCHEMA "S" LIMIT TO ("BULK") FROM SERVER wh INTO s});
is(sql(q{INSERT INTO s."BULK" SELECT g, CASE WHEN g % 7 > 0 THEN E'a\\b\t"c''\n' || g END, ARRAY[g, 0.5, -1]::real[] FROM generate_series(1, 3000) g}), '', 'many rows');
is(scalar(asked(qr/INSERT INTO "S"."BULK"/)), 1, '... by one statement');
is(sql(q{SELECT count(*), count("S"), sum("ID"), min("S") COLLATE "C" = E'a\\b\t"c''\n1' FROM s."BULK"}), '3000|2572|4501500|t', '... are there');
is(sql(q{SELECT "V" FROM s."BULK" WHERE "ID" = 2999}), '{2999,0.5,-1}', '... vectors, too');
control('fault', { kind => 'busy', statement => 'COUNT', times => 6 });
is(sql(q{SELECT count(*) FROM s."FINE"}), '2', 'a service that is too busy to say more than that the statement runs');
control('clear');
control('parameter', { name => 'ROWS_PER_RESULTSET', value => '2' });
is(sql(q{SELECT count(*) FROM s."BULK" WHERE random() >= 0}), '3000', '... all of them, although the account has a limit of rows');
control('parameter', { name => 'ROWS_PER_RESULTSET', value => '0' });
there(q{CREATE TABLE COLLATED (ID NUMBER(9,0), A VARCHAR COLLATE 'en-ci', B VARCHAR, C VARCHAR COLLATE 'utf8')});
sql(q{IMPORT FOREIGN SCHEMA "S" LIMIT TO ("COLLATED") FROM SERVER wh INTO s});
unlike(sql(q{EXPLAIN (VERBOSE, COSTS OFF) SELECT "ID" FROM s."COLLATED" WHERE "A" = 'x'}), qr/SQL:.*'x'/, 'a collation of its own is not trusted');
like(sql(qq{EXPLAIN (VERBOSE, COSTS OFF) SELECT "ID" FROM s."COLLATED" WHERE "$_" = 'x'}), qr/SQL:.*'x'/, "... bytes are: $_") for qw(B C);
is(sql(q{SELECT c->>'collation' FROM jsonb_array_elements(gw.get_target_schema('wh', 'COLLATED')->'columns') AS c WHERE c->>'name' = 'A'}), 'en-ci', '... and told');
my $escapes = join ' ', map { sql("EXPLAIN (VERBOSE, COSTS OFF) SELECT \"ID\" FROM s.\"COLLATED\" WHERE \"B\" LIKE '$_'") =~ /Remote SQL: .* LIKE / ? 'there' : 'here' } 'a\\_%', 'a\\.c', 'a\\\\c', '\\a%';
is($escapes, 'there here there here', 'escapes that are needed go there, others mean nothing that is known');
there(q{CREATE TABLE EXACT AS SELECT 0.30000000000000004::FLOAT AS F, [0.000012345678, -2e10, 0.1]::VECTOR(FLOAT, 3) AS V});
sql(q{IMPORT FOREIGN SCHEMA "S" LIMIT TO ("EXACT") FROM SERVER wh INTO s});
is(sql(q{SELECT * FROM s."EXACT"}), '0.30000000000000004|{1.2345678e-05,-2e+10,0.1}', 'digits that results do not have otherwise');
is(sql(q{SELECT "F" FROM s."EXACT" WHERE "F" = 0.30000000000000004 GROUP BY "F" ORDER BY "F"}), '0.30000000000000004', '... of a key, too');
is(sql(q{SELECT DISTINCT "F" FROM s."EXACT" UNION SELECT "F" FROM s."EXACT" ORDER BY 1}), '0.30000000000000004', '... and of a union');
like(sql(q{CREATE TABLE exact (LIKE s."EXACT"); CALL gw.sync_table('wh', '"S"."EXACT"', 'public.exact'); SELECT "F" FROM exact}), qr/^0\.30000000000000004$/m, '... and of a sync');
is(sql(q{SELECT f FROM gw.execute_query('wh', 'SELECT F FROM S.EXACT') AS r(f float8)}), '0.3', '... and what has become of a statement of one\'s own');
like(sql(q{INSERT INTO s."BULK" ("ID", "S") SELECT CASE WHEN g < 6 THEN g END, repeat('x', 1000000) FROM generate_series(1, 6) g}), qr/23502|NULL/, 'the last row of several documents is wrong');
like((asked(qr/INSERT INTO "S"."BULK"/))[-1]{statement}, qr/UNION ALL/, '... which were several');
is(sql(q{SELECT count(*) FROM s."BULK"}), '3000', '... and leaves nothing');
$before = () = asked(qr/INSERT INTO "S"."BULK"/);
like(sql(q{INSERT INTO s."BULK" ("ID", "S") SELECT g, repeat('x', 1000000) FROM generate_series(1, 18) g}), qr/54000.*too many rows for one statement.*insert_mode/s, 'more than a statement holds');
is(scalar(my @now = asked(qr/INSERT INTO "S"."BULK"/)), $before, '... is not begun');
sql(q{ALTER FOREIGN TABLE s."BULK" OPTIONS (ADD insert_mode 'insert', ADD batch_size '2')});
is(sql(q{INSERT INTO s."BULK" ("ID", "S") SELECT -g, repeat('x', 10) FROM generate_series(1, 5) g; SELECT count(*) FROM s."BULK" WHERE "ID" < 0}), '5', 'batches, where they are asked for');
is(scalar(@now = asked(qr/INSERT INTO "S"."BULK"/)) - $before, 3, '... are several statements');
like(sql(q{INSERT INTO s."BULK" ("ID", "S") SELECT CASE WHEN g < 3 THEN 9000 + g END, 'y' FROM generate_series(1, 4) g}), qr/23502|NULL/, 'the second batch is wrong');
is(sql(q{SELECT count(*) FROM s."BULK" WHERE "ID" > 9000}), '2', '... and the first stays, as the option says');
there(q{CREATE TABLE GIVEN (A NUMBER(9,0) NOT NULL DEFAULT 7, B VARCHAR(5) NOT NULL DEFAULT 'x')});
sql(q{IMPORT FOREIGN SCHEMA "S" LIMIT TO ("GIVEN") FROM SERVER wh INTO s});
is(sql(q{INSERT INTO s."GIVEN" DEFAULT VALUES; INSERT INTO s."GIVEN" ("A") VALUES (8); SELECT * FROM s."GIVEN" ORDER BY 1}), "7|x\n8|x", 'a row of defaults');

# ---- loads ----

there('CREATE TABLE CUST (ID NUMBER(9,0) NOT NULL PRIMARY KEY, NAME VARCHAR NOT NULL)');
there('CREATE TABLE CUST_IN (ID NUMBER(9,0) NOT NULL, NAME VARCHAR)');
there(q{INSERT INTO CUST VALUES (1, 'a'), (2, 'b')});
there(q{INSERT INTO CUST_IN VALUES (2, 'B'), (3, 'c')});
is(sql(q{SELECT n, rows FROM gw.run_load('wh', 'upsert', 'CUST', 'CUST_IN')}), '1|2', 'MERGE');
is(sql(q{SELECT n, rows FROM gw.run_load('wh', 'upsert', 'CUST', 'CUST_IN')}), '1|0', '... once more');
is(sql(q{SELECT n, rows FROM gw.run_load('wh', 'delete_insert', 'CUST', 'CUST_IN')}), "1|2\n2|2", 'DELETE and INSERT, with their counts');
like((asked(qr/DELETE FROM "S"."CUST"/))[-1]{statement}, qr/^BEGIN TRANSACTION;\nDELETE .*;\nINSERT .*;\nCOMMIT$/s, '... went out together');
control('fault', { kind => 'lost', method => 'POST', path => 'statements\\?', statement => 'BEGIN TRANSACTION' });
is(sql(q{SELECT n, rows FROM gw.run_load('wh', 'delete_insert', 'CUST', 'CUST_IN')}), "1|2\n2|2", '... once, when the answer is lost');
control('clear');
there(q{INSERT INTO CUST_IN VALUES (1, NULL)});
like(sql(q{SELECT n, rows FROM gw.run_load('wh', 'delete_insert', 'CUST', 'CUST_IN')}), qr/ERROR:  \w+: NULL result in a non-nullable column\n/, 'the second fails');
is(join(',', map { "@$_" } @{ there('SELECT ID, NAME FROM CUST ORDER BY 1') }), '1 a,2 B,3 c', '... and nothing was deleted');

sql(q{CREATE TABLE cust ("ID" int PRIMARY KEY, "NAME" text)});
my $sync = q{CALL gw.sync_table('wh', '"S"."CUST"', 'public.cust', mode => 'merge', keys => '{ID}')};
like(sql($sync), qr/"rows_inserted": 3/, 'a sync that merges');
there(q{UPDATE CUST SET NAME = 'bee' WHERE ID = 2});
like(sql($sync), qr/"rows_updated": 1.*"rows_inserted": 0/, '... what has changed');

# ---- files of a stage ----

sub bucket { return control('bucket', { bucket => 'gw-bucket', path => $_[0], text => $_[1] }) }

bucket('in/a.csv', "ID,NAME\n1,one\n2,\\N\n3,\n");
bucket('in/b.csv', "ID,NAME\n4,four\nfive,5\n6,six\n");
there('CREATE TABLE LANDED (ID NUMBER(9,0) NOT NULL, NAME VARCHAR)');
is(sql(q{SELECT gw.execute('wh', 'CREATE STAGE LANDING URL = ''s3://gw-bucket/in/'' STORAGE_INTEGRATION = MINE FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1)')}), '', 'a stage');
is(sql(q{BEGIN READ ONLY; SELECT name FROM gw.execute_query('wh', 'LIST @LANDING') AS f(name text, size bigint, md5 text, at text); COMMIT}),
	"s3://gw-bucket/in/a.csv\ns3://gw-bucket/in/b.csv", '... its files, which may always be listed');
my $landing = 'COPY INTO LANDED FROM @LANDING';
my $report = join ', ', map { "$_ " . (/^rows|limit|seen|line|character/ ? 'bigint' : 'text') }
	qw(file status rows_parsed rows_loaded error_limit errors_seen first_error first_error_line first_error_character first_error_column_name);
like(sql("BEGIN; SELECT gw.execute('wh', '$landing'); COMMIT"), qr/25001/, 'COPY is a write: not in a transaction block');
like(sql("$_; SELECT gw.execute_query_json('wh', '$landing'); COMMIT"), qr/25006/, "... nor as a query: $_") for 'BEGIN', 'BEGIN READ ONLY';
like(sql("SELECT gw.execute('wh', '$landing')"), qr/22P02: Numeric value 'five' is not recognized.*File 'in\/b.csv', line 3, character 1/s, 'a value that does not fit');
is(there('SELECT COUNT(*) FROM LANDED')->[0][0], '0', '... and nothing is loaded, of no file');
is(sql("SELECT gw.execute('wh', '$landing FILES = (''a.csv'')')"), '3', 'rows loaded');
is(sql("SELECT gw.execute('wh', '$landing FILES = (''a.csv'')')"), '0', '... once');
is(sql("SELECT gw.execute_query_json('wh', '$landing FILES = (''a.csv'')')"), '{"status": "Copy executed with 0 files processed."}', '... in the words of the service');
is(sql("SELECT gw.execute('wh', '$landing FILES = (''b.csv'') ON_ERROR = CONTINUE')"), '2', 'the rows that fit, where that is asked for');
is(sql("SELECT file, status, rows_parsed, rows_loaded, errors_seen, first_error_line FROM gw.execute_query('wh', '$landing ON_ERROR = SKIP_FILE FORCE = TRUE') AS f($report)"),
	"s3://gw-bucket/in/a.csv|LOADED|3|3|0|\ns3://gw-bucket/in/b.csv|LOAD_FAILED|3|0|1|3", 'a row for each file');
control('fault', { kind => 'lost', method => 'POST', path => 'statements\\?', statement => 'FORCE' });
is(sql("SELECT gw.execute('wh', '$landing FILES = (''a.csv'') FORCE = TRUE')"), '3', 'an answer that is lost');
is(there('SELECT COUNT(*) FROM LANDED')->[0][0], '11', '... and loaded once');
control('clear');
bucket('wide.csv', "1,2,3\n");
like(sql(q{SELECT gw.execute('wh', 'COPY INTO LANDED FROM ''s3://gw-bucket/wide.csv''')}), qr/22P04: Number of columns in file \(3\)/, 'a file of another shape');
like(sql("SELECT gw.execute('wh', '$landing FILES = (''c.csv'')')"), qr/Remote file 's3:\/\/gw-bucket\/in\/c.csv' was not found/, 'a file that is not there');
like(sql(q{SELECT gw.execute('wh', 'COPY INTO LANDED FROM @NOWHERE')}), qr/42P01.*Stage '\S+NOWHERE' does not exist/, '... nor a stage');
like(sql(q{SELECT gw.execute('wh', 'PUT file:///etc/passwd @LANDING')}), qr/0A000/, 'files of this machine go nowhere');
is(sql(q{SELECT gw.execute('wh', 'COPY INTO ''s3://gw-bucket/out/'' FROM LANDED')}), '11', 'rows unloaded');
there('TRUNCATE TABLE BULK');
is(sql(q{SELECT gw.execute('wh', 'COPY INTO BULK (ID, S) FROM ''s3://gw-bucket/out''')}), '11', '... and loaded elsewhere');

# ---- partitions ----

control('partitions', { first => 100, rows => 100 });
there('CREATE TABLE MANY AS SELECT a.column1 * 40 + b.column1 AS ID FROM (VALUES ' . join(', ', map { "($_)" } 0 .. 24) . ') AS a CROSS JOIN (VALUES ' . join(', ', map { "($_)" } 1 .. 40) . ') AS b');
sql(q{IMPORT FOREIGN SCHEMA "S" LIMIT TO ("MANY") FROM SERVER wh INTO s});
is(sql(q{SELECT count(*), sum("ID") FROM s."MANY" WHERE random() >= 0}), '1000|500500', 'ten partitions');
control('fault', { kind => 'delay', path => 'partition=', seconds => 0.3, times => -1 });
my ($many, $took);
for (1 .. 3)
{
	my $begun = time;
	$many = sql(q{SELECT count(*) FROM s."MANY" WHERE random() >= 0});
	$took = time - $begun;
	last if $took < 9 * 0.3;
}
is($many, '1000', 'partitions that take their time');
cmp_ok($took, '<', 9 * 0.3, sprintf('... are fetched side by side (%.1f s instead of 2.7)', $took));
control('clear');
like(sql(q{CREATE TABLE many (LIKE s."MANY"); CALL gw.sync_table('wh', '"S"."MANY"', 'public.many'); SELECT count(*) FROM many}), qr/^1000$/m, 'a sync');

# ---- an account that reads names otherwise ----

like(sql(q{SELECT gw.execute('wh', 'SELECT 1/0')}), qr/22012: Division by zero.*code is 100051/s, 'an error says its code');

# ---- a database that is not in UTF-8 ----
sql(q{CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'});
is($node->safe_psql('latin', "CREATE EXTENSION warehouse_gw; CREATE SERVER wh FOREIGN DATA WRAPPER gw_snowflake OPTIONS ($where);"
		. "CREATE USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (token '$facts->{pat}');"
		. q{SELECT convert_to(j::text, 'UTF8') FROM gw.execute_query_json('wh', U&'SELECT ''\00E9'' AS "\00E9"') j}),
	'\x' . unpack('H*', qq({"\xc3\xa9": "\xc3\xa9"})), 'names of columns and values there');

$node->stop;

$place->stop;
done_testing();
