# MySQL and MariaDB where tables of cases cannot show it: days that are none,
# numbers beyond their types, broken texts, what commits behind one's back,
# files a server asks for, and streams that are cut.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwPlace;
use GwTap qw(run_verbose);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $place = GwPlace->start($ENV{PLACE} || 'mariadb', 'shop');
my $facts = $place->facts;

# Statements there, as its root; rows joined as psql does.
sub there { return $place->text(@_) }

my $node = PostgreSQL::Test::Cluster->new('local');
$node->init(extra => [ '-E', 'UTF8', '--locale', 'C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nlc_messages = 'C'\n");
$node->start;

sub one
{
	my ($sql) = @_;
	my ($stdout, $stderr);
	my $status = $node->psql('postgres', "SET timezone = 'UTC'; $sql", stdout => \$stdout, stderr => \$stderr, on_error_stop => 1);
	return $status == 0 ? $stdout : $stderr;
}

# What fails goes on; (output, errors with their SQLSTATE).
sub run
{
	my ($sql) = @_;
	return run_verbose($node, "SET timezone = 'UTC';\n$sql");
}

sub fails
{
	my ($sql, $wanted, $name) = @_;
	like((run($sql))[1], $wanted, $name);
}

sub server
{
	my ($name, $more) = @_;
	one(qq{CREATE SERVER $name FOREIGN DATA WRAPPER gw_mysql
		OPTIONS (host '$facts->{host}', port '$facts->{port}', sslrootcert '$facts->{ca}', fetch_size '100' $more);
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (user '$facts->{user}', password '$facts->{password}');
		CREATE SCHEMA $name});
}

one('CREATE EXTENSION warehouse_gw');
there(q{
	CREATE TABLE days (id INT PRIMARY KEY, d DATE, at DATETIME, ts TIMESTAMP NULL);
	INSERT INTO days VALUES (1, '2024-05-06', '2024-05-06 07:08:09', '2024-05-06 07:08:09'), (2, '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00'),
		(3, '2024-05-00', '2024-00-00 00:00:00', NULL), (4, NULL, NULL, NULL);
	CREATE TABLE invalid (id INT PRIMARY KEY, d DATE, at DATETIME);
	INSERT INTO invalid VALUES (1, '2024-02-30', '2024-02-30 01:02:03');
	CREATE TABLE flags (id INT PRIMARY KEY, b TINYINT(1));
	INSERT INTO flags VALUES (1, 0), (2, 1), (3, 2), (4, NULL);
	CREATE TABLE big (id INT PRIMARY KEY, i INT UNSIGNED, u BIGINT UNSIGNED);
	INSERT INTO big VALUES (1, 4294967295, 18446744073709551615), (2, 7, 8);
	CREATE TABLE years (id INT(5) ZEROFILL PRIMARY KEY, y YEAR, n SMALLINT);
	INSERT INTO years VALUES (42, 2024, 24), (43, 0, 0), (44, 1999, 2024);
	CREATE TABLE zeros (id INT PRIMARY KEY, word VARCHAR(20));
	INSERT INTO zeros VALUES (1, 'ab'), (2, CONCAT('a', CHAR(0), 'b'));
	CREATE TABLE `Case` (id INT PRIMARY KEY, Name VARCHAR(10));
	CREATE TABLE `case` (id INT PRIMARY KEY, other VARCHAR(10));
	INSERT INTO `Case` VALUES (1, 'upper');
	INSERT INTO `case` VALUES (1, 'lower');
	CREATE TABLE texts (id INT PRIMARY KEY, t TEXT, l LONGTEXT);
	CREATE TABLE narrow (id INT PRIMARY KEY, s SMALLINT, t TINYINT UNSIGNED, n DECIMAL(5,2), v VARCHAR(3), e ENUM('x','y'),
		ts TIMESTAMP NULL, d DATE, must INT NOT NULL DEFAULT 1);
	CREATE VIEW clock AS SELECT 1 AS id, TIMESTAMP '2026-01-01 00:00:00' + INTERVAL id SECOND AS at FROM flags WHERE id = 1;
	CREATE TABLE log (n INT);
	CREATE PROCEDURE sneak() CREATE TABLE shop.sneaky (i INT);
	CREATE TABLE many (id INT PRIMARY KEY, t TEXT);
	CREATE TABLE digit (d INT);
	INSERT INTO digit VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
	INSERT INTO many SELECT n, REPEAT('x', 500) FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 1 AS n
		FROM digit a, digit b, digit c, digit e) g});

server('strict', '');
server('nulls', ", zero_dates 'null', tinyint1 'int8'");
server('texts', ", zero_dates 'text'");
one("IMPORT FOREIGN SCHEMA shop FROM SERVER $_ INTO $_") for qw(strict nulls texts);

# ---- numbers that are shown or compared as something else ----
for my $mode ('on', 'off')
{
	my $set = "SET warehouse_gw.enable_pushdown = $mode";
	is(one("$set; SELECT id::text, y::text, count(*) FROM strict.years GROUP BY 1, 2 ORDER BY 1"), "42|2024|1\n43|0|1\n44|1999|1",
		"zeros in front are no part of a number, pushdown $mode");
	is(one("$set; SELECT id FROM strict.years WHERE id::text = '42'"), '42', "... nor of one that is compared, pushdown $mode");
	is(one("$set; SELECT count(*) FROM strict.years WHERE y = 24 OR y IN (99, 98) OR y BETWEEN 1 AND 99"), '0',
		"a year of two digits is that number, pushdown $mode");
	is(one("$set; SELECT id FROM strict.years WHERE y < 50"), '43', "... also where it is a bound, pushdown $mode");
}

fails($_, qr/ERROR:  22\d\d\d: /, "no other year is stored: $_") for
	'INSERT INTO strict.years VALUES (45, 24, 24)', 'INSERT INTO strict.years SELECT 45 + g, 24, 24 FROM generate_series(1, 3) g',
	'UPDATE strict.years SET y = 99 WHERE id = 42', 'UPDATE strict.years SET y = r.y FROM (VALUES (1), (2)) r (y) WHERE random() >= 0';
one('INSERT INTO strict.years VALUES (45, 2155, 24), (46, NULL, 24), (47, 0, 24); UPDATE strict.years SET y = 1901 WHERE id = 45');
is(one("SELECT string_agg(coalesce(y::text, '-'), ' ' ORDER BY id) FROM strict.years"), '2024 0 1999 1901 - 0', 'the others are');
one('DELETE FROM strict.years WHERE id > 44');

# ---- moments beside constants, which have no zone there ----
for my $mode ('on', 'off')
{
	my $set = "SET warehouse_gw.enable_pushdown = $mode; SET timezone = 'Pacific/Apia'";
	is(one("$set; SELECT ts FROM nulls.days WHERE id = 1 UNION ALL SELECT '1999-12-31 12:00+00'::timestamptz FROM nulls.days WHERE id = 4"),
		"2024-05-06 20:08:09+13\n1999-12-31 01:00:00-11", "a set operation, pushdown $mode");
	is(one("$set; SELECT CASE WHEN id = 1 THEN ts ELSE '1999-12-31 12:00+00' END AS at, count(*) FROM nulls.days WHERE id IN (1, 4) GROUP BY 1 ORDER BY 1"),
		"1999-12-31 01:00:00-11|1\n2024-05-06 20:08:09+13|1", "CASE, pushdown $mode");
	is(one("$set; SELECT '1999-12-31 12:00+00'::timestamptz, max(ts) FROM nulls.days WHERE id = 1"), '1999-12-31 01:00:00-11|2024-05-06 20:08:09+13',
		"constants, pushdown $mode");
	is(one("$set; SELECT s.at, count(*) FROM (SELECT '1999-12-31 12:00+00'::timestamptz AS at, id FROM nulls.days LIMIT 2) s GROUP BY 1"),
		'1999-12-31 01:00:00-11|2', "... of a derived table, pushdown $mode");
}

# ---- days that are none ----
is(one('SELECT d, at, ts FROM strict.days WHERE id = 1'), '2024-05-06|2024-05-06 07:08:09|2024-05-06 07:08:09+00', 'days');
fails("SELECT $_->[1] FROM strict.days WHERE id = $_->[0]", qr/ERROR:  22008: .*$_->[1]/, "zero_dates error: $_->[1] of row $_->[0]")
	for [ 2, 'd' ], [ 2, 'at' ], [ 2, 'ts' ], [ 3, 'd' ], [ 3, 'at' ];
# What ALLOW_INVALID_DATES let in is one of them.
fails("SELECT $_ FROM strict.invalid", qr/ERROR:  22008: .*$_/, "a day no calendar has: $_") for 'd', 'at';
for my $mode ('on', 'off')
{
	my $set = "SET warehouse_gw.enable_pushdown = $mode";
	is(one("$set; SELECT d, at FROM nulls.invalid"), '|', "... is null, pushdown $mode");
	is(one("$set; SELECT count(*), count(d), max(at) FROM nulls.invalid WHERE d IS NULL AND (at > '2000-01-01') IS NULL"), '1|0|',
		"... in conditions and aggregates, pushdown $mode");
}
is(one('SELECT d, at FROM texts.invalid'), '2024-02-30|2024-02-30 01:02:03', '... and is shown as text');
is(one('SELECT id, d, at, ts FROM nulls.days WHERE id > 1 ORDER BY id'), "2|||\n3|||\n4|||", 'zero_dates null');
for my $mode ('on', 'off')
{
	my $set = "SET warehouse_gw.enable_pushdown = $mode";
	is(one("$set; SELECT count(d), count(*), min(d), max(at) FROM nulls.days"), '1|4|2024-05-06|2024-05-06 07:08:09',
		"... in aggregates, pushdown $mode");
	is(one("$set; SELECT id FROM nulls.days WHERE d IS NULL OR at < '2024-01-01' ORDER BY id"), "2\n3\n4", "... in conditions, pushdown $mode");
	is(one("$set; SELECT count(*) FROM nulls.days WHERE NOT (d > '1999-01-01')"), '0', "... under NOT, pushdown $mode");
	is(one("$set; SELECT d, count(*) FROM nulls.days GROUP BY d ORDER BY d"), "2024-05-06|1\n|3", "... as groups, pushdown $mode");
	is(one("$set; SELECT id FROM nulls.days ORDER BY d NULLS FIRST, id LIMIT 2"), "2\n3", "... as sort keys, pushdown $mode");
}
is(one('SELECT id, d, at FROM texts.days ORDER BY id'),
	"1|2024-05-06|2024-05-06 07:08:09\n2|0000-00-00|0000-00-00 00:00:00\n3|2024-05-00|2024-00-00 00:00:00\n4||",
	'zero_dates text');

is(one('SELECT at FROM strict.clock'), '2026-01-01 00:00:01', 'a view whose column says how it is stored');

# ---- truth and numbers ----
is(one('SELECT id, b FROM strict.flags WHERE id < 3 ORDER BY id'), "1|f\n2|t", 'TINYINT(1) as boolean');
fails('SELECT b FROM strict.flags WHERE id = 3', qr/ERROR:  22\w{3}: .*\b2\b/, '... and 2 is neither');
is(one('SELECT id, b FROM nulls.flags ORDER BY id'), "1|0\n2|1\n3|2\n4|", "tinyint1 'int8' shows it");
is(one('SELECT i, u FROM strict.big WHERE id = 1'), '4294967295|18446744073709551615', 'unsigned numbers');
is(one("SET warehouse_gw.enable_pushdown = $_; SELECT sum(u), max(u), sum(i) FROM strict.big WHERE u > 9223372036854775807"),
	'18446744073709551615|18446744073709551615|4294967295', "... in aggregates, pushdown $_") for qw(on off);
one(q{CREATE FOREIGN TABLE small (id int, i int, u bigint) SERVER strict OPTIONS (schema_name 'shop', table_name 'big')});
fails('SELECT u FROM small WHERE id = 1', qr/ERROR:  22003: /, 'beyond bigint is an error, not another number');
fails('SELECT i FROM small WHERE id = 1', qr/ERROR:  22003: /, 'beyond integer is an error');
is(one('SELECT i, u FROM small WHERE id = 2'), '7|8', '... and the others are read');

# ---- values that have no equal here, where they decide something ----
there(q{CREATE TABLE odd (id INT PRIMARY KEY, b TINYINT(1), t TIME, d DATE, f FLOAT(7,3), r DOUBLE(9,3), n DECIMAL(6,1), n3 DECIMAL(6,3),
		l VARCHAR(10) CHARACTER SET latin1, c VARCHAR(10) CHARACTER SET cp1251);
	INSERT INTO odd VALUES (1, 1, '12:00:00', '2024-05-06', 0.1, 0.1, 1, 1, _latin1 X'E4', _cp1251 X'E6'), (2, 0, '24:00:00', '2024-05-07', 1.5, 1.5, 2.5, 0.125, 'a', 'a'),
		(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (4, 2, '25:00:00', '2023-02-30', NULL, NULL, NULL, NULL, NULL, NULL),
		(5, 1, '-00:00:01', '0000-00-00', NULL, NULL, NULL, NULL, NULL, NULL);
	CREATE VIEW even AS SELECT * FROM odd WHERE id < 4});
one("IMPORT FOREIGN SCHEMA shop LIMIT TO (odd, even) FROM SERVER $_ INTO $_") for qw(strict nulls texts);
for my $mode ('on', 'off')
{
	my $set = "LOAD 'warehouse_gw'; SET warehouse_gw.enable_pushdown = $mode";
	fails("$set; SELECT $_", qr/ERROR:  22\w{3}: /, "an error where it decides, pushdown $mode: $_")
		for 'id FROM strict.odd WHERE b', 'id FROM strict.odd WHERE NOT b', 'id FROM strict.odd WHERE b IS NOT TRUE', 'id FROM strict.odd WHERE b = (id > 1)',
		'count(*) FILTER (WHERE b) FROM strict.odd', 'bool_or(b) FILTER (WHERE id > 1) FROM strict.odd', 'bool_and(b) FROM strict.odd WHERE id > 2',
		'b, count(*) FROM strict.odd GROUP BY b', 'id FROM strict.odd ORDER BY b, id', 'CASE WHEN b THEN 1 END, count(*) FROM strict.odd GROUP BY 1',
		q{id FROM strict.odd WHERE t > '12:00'}, q{id FROM strict.odd WHERE t < '12:00'}, q{id FROM strict.odd WHERE t <> '12:00'},
		q{id FROM strict.odd WHERE t NOT IN ('12:00', '13:00')}, 'id FROM strict.odd ORDER BY t, id LIMIT 1', 'a.id FROM strict.odd a JOIN strict.odd b ON a.t < b.t',
		q{count(*) FROM strict.odd WHERE d < '2024-06-01'}, 'd, count(*) FROM strict.odd GROUP BY d', 'count(d) FROM strict.odd', 'max(d) FROM strict.odd',
		'id FROM strict.odd WHERE extract(year FROM d) = 2023', 'id FROM strict.odd ORDER BY d, id';
	is(one("$set; SELECT count(*) FILTER (WHERE b), bool_and(b) FILTER (WHERE id = 1), bool_or(b), count(*) FILTER (WHERE t >= '12:00') FROM strict.even"), '1|t|t|2',
		"the others are as they are, pushdown $mode");
	is(one("$set; SELECT id FROM strict.even ORDER BY b, t DESC LIMIT 2"), "2\n1", "... as sort keys, pushdown $mode");
	is(one("$set; SELECT count(*) FROM nulls.odd WHERE d > '2000-01-01'"), 2, "zero_dates null, pushdown $mode");
	is(one("$set; SELECT d, count(*) FROM texts.odd GROUP BY d ORDER BY d COLLATE \"C\""), "0000-00-00|1\n2023-02-30|1\n2024-05-06|1\n2024-05-07|1\n|1",
		"zero_dates text as groups, pushdown $mode");
	is(one("$set; SELECT a.id FROM strict.odd a JOIN strict.odd b ON a.f = b.r"), 2, "FLOAT(7,3) beside DOUBLE(9,3), pushdown $mode");
	is(one("$set; SELECT n FROM strict.odd WHERE id < 3 UNION SELECT n3 FROM strict.odd WHERE id = 2 ORDER BY 1"), "0.125\n1.0\n2.5",
		"numbers of a set operation keep their scales, pushdown $mode");
	is(one("$set; SELECT n FROM strict.odd WHERE id < 3 UNION ALL SELECT n FROM strict.odd WHERE id = 2 ORDER BY 1"), "1.0\n2.5\n2.5", "... one scale, pushdown $mode");
	is(one("$set; SELECT count(*) FROM strict.odd WHERE l = 'ж' OR c = 'ä' OR l IN ('😀', 'x') OR l IS NOT DISTINCT FROM 'я' OR nullif(c, 'ö') = 'ö'"), 0,
		"texts that a column's character set lacks, pushdown $mode");
	is(one("$set; SELECT id FROM strict.odd WHERE l = 'ä' AND c = 'ж'"), 1, "... and has, pushdown $mode");
}
there(q{CREATE TABLE twins (id INT PRIMARY KEY, v VARCHAR(10), l VARCHAR(10) CHARACTER SET latin1, e ENUM('b', 'a', '10', '9'));
	INSERT INTO twins VALUES (1, 'a', 'a', 'a'), (2, 'A', 'A', 'b'), (3, 'a ', 'a ', '10'), (4, _latin1 X'E4', _latin1 X'E4', '9')});
one('IMPORT FOREIGN SCHEMA shop LIMIT TO (twins) FROM SERVER strict INTO strict');
for my $mode ('on', 'off')
{
	my $set = "LOAD 'warehouse_gw'; SET warehouse_gw.enable_pushdown = $mode";
	for my $column ('v', 'l')
	{
		is(one("$set; SELECT id FROM strict.twins a WHERE EXISTS (SELECT 1 FROM strict.twins b WHERE b.$column = a.$column AND b.id < 2) ORDER BY id"), 1,
			"texts that their collation takes for equal, in EXISTS: $column, pushdown $mode");
		is(one(qq{$set; SELECT id, (SELECT count(*) FROM strict.twins b WHERE b.$column <= a.$column COLLATE "C") FROM strict.twins a ORDER BY id}), "1|2\n2|1\n3|3\n4|4",
			"... in a sub-select that is a value: $column, pushdown $mode");
		is(one("$set; SELECT a.id, b.id FROM strict.twins a JOIN strict.twins b USING ($column) ORDER BY 1"), "1|1\n2|2\n3|3\n4|4", "... in joins: $column, pushdown $mode");
		is(one("$set; SELECT count(DISTINCT $column), count(*) FILTER (WHERE $column IN ('a', 'Ж', 'ä')) FROM strict.twins"), '4|2', "... in aggregates: $column, pushdown $mode");
		is(one("$set; PREPARE p(text) AS SELECT count(*) FROM strict.twins WHERE $column = \$1; SET plan_cache_mode = force_generic_plan; EXECUTE p('Ж'); EXECUTE p('ä')"), "0\n1",
			"... beside parameters: $column, pushdown $mode");
	}
	is(one(qq{$set; SELECT id FROM strict.twins WHERE e > 'a' COLLATE "C" OR e = 'Ж' ORDER BY e COLLATE "C" DESC LIMIT 2}), 2, "an ENUM is its text, pushdown $mode");
	is(one(qq{$set; SELECT min(e COLLATE "C"), max(e COLLATE "C") FROM strict.twins}), '10|b', "... in aggregates, pushdown $mode");
}
like(one(q{EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM strict.odd WHERE b AND t > '12:00' AND l = 'ä' AND c = 'a'}), qr/\A(?!.*Filter:).*`t` > TIME '12:00:00' AND .*`l` = CONVERT\('ä' USING latin1\) COLLATE latin1_swedish_ci AND /s,
	'they are remote all the same, with tests that an index serves');
like(one('LOAD \'warehouse_gw\'; EXPLAIN (COSTS OFF) SELECT n FROM strict.odd UNION SELECT n FROM strict.odd'), qr/\AForeign Scan/, '... and set operations of one scale');

# ---- texts ----
fails('SELECT word FROM strict.zeros WHERE id = 2', qr/ERROR:  22021: .*word/s, 'a zero byte in a text, with the name of the column');
is(one('SELECT word FROM strict.zeros WHERE id = 1'), 'ab', '... and the others are read');
one(q{CREATE FOREIGN TABLE broken (t text) SERVER strict OPTIONS (query 'SELECT CONCAT(''a'', X''FF'') AS t')});
fails('SELECT t FROM broken', qr/ERROR:  22021: |^(?!.*ERROR)/s, 'bytes that are no UTF-8 are bytes there, or an error');
is(one('SELECT c."Name", l.other FROM strict."Case" c JOIN strict."case" l USING (id)'), 'upper|lower', 'tables whose names differ by case');
is(one(q{INSERT INTO strict.texts (id, l) SELECT 1, repeat('ä', 35000); SELECT length(l), octet_length(l), md5(l) = md5(repeat('ä', 35000)) FROM strict.texts}),
	'35000|70000|t', 'a text of 70,000 bytes comes and goes');
is(one(q{SELECT id FROM strict.texts WHERE l = repeat('ä', 35000)}), '1', '... and is found');
is(one(q{SELECT count(*) FROM strict.texts WHERE l = repeat('ä', 34999) || 'Ä'}), '0', '... by its last letter, too');
fails(q{INSERT INTO strict.texts (id, t) SELECT 2, repeat('a', 70000)}, qr/ERROR:  22001: /, 'a TEXT does not hold it');
fails(q{INSERT INTO strict.texts (id, t) SELECT 2, repeat('ä', 35000)}, qr/ERROR:  22\w{3}: /, '... nor cuts it within a letter');
is(there('SELECT COUNT(*) FROM texts WHERE id = 2'), '0', '... and nothing was written');

# ---- written beyond the range ----
for my $case ([ 's', '32768', '22003', 'smallint beyond' ], [ 't', '-1', '22003', 'unsigned below' ], [ 't', '256', '22003', 'unsigned beyond' ],
	[ 'n', '1000', '22003', 'decimal beyond' ], [ 'v', q{'abcd'}, '22001', 'a text too long' ], [ 'e', q{'z'}, '22\w{3}|01000|HV\w{3}', 'no member of an ENUM' ],
	[ 'ts', q{'2040-01-01 00:00:00+00'}, '22\w{3}', 'a moment beyond 2038' ], [ 'd', q{'infinity'}, '22\w{3}', 'an infinite day' ],
	[ 'd', q{'0044-03-15 BC'}, '22\w{3}', 'a day before Christ' ], [ 'must', 'NULL', '23502', 'NULL where none may be' ])
{
	my ($column, $value, $state, $name) = @$case;
	one('DROP FOREIGN TABLE IF EXISTS wide; CREATE FOREIGN TABLE wide (id int, s int, t int, n numeric, v text, e text, ts timestamptz, d date, must int)
		SERVER strict OPTIONS (schema_name \'shop\', table_name \'narrow\')');
	fails("INSERT INTO wide (id, must, $column) VALUES (1, 1, NULL), (2, 1, $value)", qr/ERROR:  (?:$state): /, "INSERT: $name") unless $column eq 'must';
	fails("INSERT INTO wide (id, must) VALUES (1, 1), (2, NULL)", qr/ERROR:  $state: /, "INSERT: $name") if $column eq 'must';
	is(there('SELECT COUNT(*) FROM narrow'), '0', '... and nothing was written');
	there('INSERT INTO narrow (id) VALUES (9)');
	one("ALTER FOREIGN TABLE wide ALTER id OPTIONS (ADD key 'true')");
	fails("UPDATE wide SET $column = $value WHERE id = 9", qr/ERROR:  (?:$state): /, "UPDATE: $name");
	is(there("SELECT COUNT(*) FROM narrow WHERE id = 9 AND s IS NULL AND t IS NULL AND n IS NULL AND v IS NULL AND ts IS NULL AND d IS NULL AND must = 1"), '1',
		'... and nothing was changed');
	there('DELETE FROM narrow');
}

# ---- ON CONFLICT DO NOTHING ----
there(q{
	CREATE TABLE kept (id INT PRIMARY KEY, u INT UNIQUE, v VARCHAR(10), at TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP);
	CREATE TABLE numbered (id BIGINT AUTO_INCREMENT PRIMARY KEY, v INT UNIQUE);
	CREATE TABLE keyless (v INT);
	CREATE TABLE bits (b BIT(8) PRIMARY KEY, e ENUM('x','y') UNIQUE);
	INSERT INTO kept (id, u, v) VALUES (1, 10, 'old'), (2, 20, 'old')});
one("IMPORT FOREIGN SCHEMA shop LIMIT TO (kept, numbered, keyless, bits) FROM SERVER strict INTO strict");

# What psql says of each: how many rows were new, however many go in one statement.
sub adds
{
	my ($insert, $wanted, $name) = @_;
	my $said = one("\\set QUIET off\n$insert ON CONFLICT DO NOTHING");
	$said =~ s/\A.*(INSERT 0 \d+|ERROR:  [^\n]*).*\z/$1/s;
	is($said, $wanted =~ /^\d+$/ ? "INSERT 0 $wanted" : $wanted, "DO NOTHING: $name");
}
for my $size (1, 2, 100)
{
	one("ALTER SERVER strict OPTIONS (" . ($size == 1 ? 'ADD' : 'SET') . " batch_size '$size')");
	there('DELETE FROM kept WHERE id > 2; DELETE FROM numbered; DELETE FROM bits');
	adds("INSERT INTO strict.kept (id, u, v) VALUES (1, 11, 'new')", 0, "a key that is there, batch_size $size");
	adds("INSERT INTO strict.kept (id, u, v) VALUES (3, 20, 'new')", 0, "another unique key, batch_size $size");
	adds("INSERT INTO strict.kept (id, u, v) VALUES (3, 30, 'new')", 1, "a new row, batch_size $size");
	adds("INSERT INTO strict.kept (id, u, v) VALUES (1, 1, 'new'), (4, 40, 'new'), (4, 41, 'new'), (5, 30, 'new'), (6, 60, 'new')", 2,
		"some of several, batch_size $size");
	adds("INSERT INTO strict.kept (id, u, v) SELECT g, g * 10, 'many' FROM generate_series(1, 250) g", 245, "many, batch_size $size");
	adds("INSERT INTO strict.numbered (v) VALUES (1), (2), (1), (3), (2)", 3, "numbers given there, batch_size $size");
	adds("INSERT INTO strict.numbered (v) VALUES (3)", 0, "... a single one, batch_size $size");
	adds("INSERT INTO strict.numbered (v) VALUES (4)", 1, "... and a new one, batch_size $size");
	adds("INSERT INTO strict.numbered (id, v) VALUES (-1, 5), (-1, 6)", 1, "... and ids of one's own, batch_size $size");
	adds("INSERT INTO strict.keyless VALUES (1), (1), (1)", 3, "no key at all, batch_size $size");
	adds("INSERT INTO strict.bits (b, e) VALUES (B'00000111', 'x'), (B'00000111', 'y'), (B'00001000', 'x')", 1, "bits, batch_size $size");
	fails("INSERT INTO strict.kept (id, u, v) VALUES (1000, 1000, 'ok'), (1001, 1001, 'much too long a text') ON CONFLICT DO NOTHING",
		qr/ERROR:  22001: /, "DO NOTHING: hides no other error, batch_size $size");
	is(there("SELECT COUNT(*), MIN(at), MAX(at), SUM(v = 'old') FROM kept WHERE id <= 2"), '2|2020-01-01 00:00:00|2020-01-01 00:00:00|2',
		"DO NOTHING: the rows that were there are as they were, batch_size $size");
	is(there("SELECT COUNT(*) FROM kept"), '250', "... and the others came, batch_size $size");
}
one(q{CREATE TABLE parted (id int, u int, v text, at timestamptz DEFAULT '2021-01-01 00:00:00+00') PARTITION BY LIST (v);
	CREATE FOREIGN TABLE parted_new PARTITION OF parted FOR VALUES IN ('new') SERVER strict OPTIONS (schema_name 'shop', table_name 'kept')});
adds("INSERT INTO parted VALUES (1, 5000, 'new'), (5000, 5000, 'new')", 1, 'rows routed to a partition');
there('CREATE TABLE blank (id INT NOT NULL DEFAULT 7 PRIMARY KEY)');
one("IMPORT FOREIGN SCHEMA shop LIMIT TO (blank) FROM SERVER strict INTO strict");
adds('INSERT INTO strict.blank DEFAULT VALUES', $_, "a row of defaults: $_") for 1, 0;
one("BEGIN; INSERT INTO strict.kept (id, u, v) VALUES (1, 11, 'x'), (6000, 6000, 'x') ON CONFLICT DO NOTHING; SAVEPOINT s;
	INSERT INTO strict.kept (id, u, v) VALUES (6000, 6001, 'y'), (6001, 6001, 'y') ON CONFLICT DO NOTHING; ROLLBACK TO s; COMMIT");
is(there('SELECT id, v FROM kept WHERE id >= 6000'), '6000|x', 'DO NOTHING: with savepoints');
fails("INSERT INTO strict.kept (id, u, v) VALUES (1, 11, 'new') ON CONFLICT (id) DO UPDATE SET v = 'x'", qr/ERROR:  /, 'upserts are refused');

# ---- rows that come back ----
there(q{CREATE TABLE back (id INT AUTO_INCREMENT PRIMARY KEY, n DECIMAL(5,2) DEFAULT 7, v VARCHAR(10), twice INT GENERATED ALWAYS AS (id * 2) VIRTUAL)});
one('IMPORT FOREIGN SCHEMA shop LIMIT TO (back) FROM SERVER strict INTO strict');
one('ALTER FOREIGN TABLE strict.back ALTER n TYPE numeric');
if (there('SELECT VERSION()') =~ /MariaDB/)
{
	is(one(q{INSERT INTO strict.back (n, v) VALUES (1.256, 'a'), (NULL, 'b') RETURNING id, n, v || '!'}), "1|1.26|a!\n2||b!", 'INSERT ... RETURNING shows what is stored');
	is(one(q{WITH new AS (INSERT INTO strict.back (n, v) SELECT g, 'many' FROM generate_series(1, 30) g RETURNING id, n) SELECT count(*), sum(n), max(id) FROM new}),
		'30|465.00|32', '... of many rows');
	is(one('DELETE FROM strict.back WHERE n > 29 RETURNING id, n, v'), '32|30.00|many', 'DELETE ... RETURNING');
	is(one('DELETE FROM strict.back WHERE length(v) = 1 RETURNING id'), "1\n2", '... by a condition that stays here');
}
else
{
	fails("INSERT INTO strict.back (n) VALUES (1) RETURNING id", qr/ERROR:  0A000: /, 'INSERT ... RETURNING is refused');
	fails("DELETE FROM strict.back RETURNING id", qr/ERROR:  0A000: /, 'DELETE ... RETURNING is refused');
}
fails($_, qr/ERROR:  0A000: /, "refused: $_")
	for "INSERT INTO strict.back (n) VALUES (1) RETURNING twice", "INSERT INTO strict.back (n) VALUES (1) ON CONFLICT DO NOTHING RETURNING id",
	"UPDATE strict.back SET n = 1 RETURNING id";

# ---- TRUNCATE ----
there(q{CREATE TABLE whole (id INT PRIMARY KEY); CREATE TABLE part (id INT, FOREIGN KEY (id) REFERENCES whole (id));
	INSERT INTO whole VALUES (1), (2); INSERT INTO part VALUES (1)});
one('IMPORT FOREIGN SCHEMA shop LIMIT TO (whole, part) FROM SERVER strict INTO strict');
fails('TRUNCATE strict.whole', qr/ERROR:  23503: /, 'TRUNCATE minds foreign keys');
one('BEGIN; TRUNCATE strict.part, strict.whole; ROLLBACK');
is(there('SELECT COUNT(*) FROM whole'), '2', '... and is undone with its transaction');
fails("TRUNCATE strict.part $_", qr/ERROR:  0A000: /, "TRUNCATE ... $_ is refused") for 'CASCADE', 'RESTART IDENTITY';
one('TRUNCATE strict.part, strict.whole');
is(there('SELECT COUNT(*) FROM whole'), '0', 'TRUNCATE of several tables');

# ---- parameters that no DECIMAL holds ----
there('CREATE TABLE cents (n DECIMAL(12,2)); INSERT INTO cents VALUES (0.99), (1.00), (1.01)');
one('IMPORT FOREIGN SCHEMA shop LIMIT TO (cents) FROM SERVER strict INTO strict');
is(one("PREPARE p(numeric) AS SELECT count(*) FROM strict.cents WHERE n < \$1; SET plan_cache_mode = force_generic_plan; EXECUTE p($_->[0])"), $_->[1], "a parameter $_->[0]")
	for [ '1.0000000000000000000000000000000000000001', 2 ], [ '0.9999999999999999999999999999999999999999', 1 ], [ "'NaN'", 3 ], [ '1e-70', 0 ], [ '1e300', 3 ];

# ---- what commits ----
for my $ddl ('CREATE TABLE shop.sneaky (i INT)', '/* x */ CREATE TABLE shop.sneaky (i INT)', "-- x\nCREATE TABLE shop.sneaky (i INT)", "# x\nCREATE TABLE shop.sneaky (i INT)",
	'/*!50000 CREATE TABLE shop.sneaky (i INT) */', 'TRUNCATE TABLE shop.digit', 'BEGIN', 'START TRANSACTION', 'COMMIT', 'SET autocommit = 1', 'SET @@session.autocommit = 1',
	'LOCK TABLES shop.log READ', 'ANALYZE TABLE shop.log', 'RENAME TABLE shop.digit TO shop.digits', 'SELECT 1; CREATE TABLE shop.sneaky (i INT)', "(SELECT 1); CREATE TABLE shop.sneaky (i INT)")
{
	(my $shown = $ddl) =~ s/\n/ /g;
	my (undef, $errors) = run("BEGIN; SELECT gw.execute('strict', 'INSERT INTO shop.log VALUES (1)'); SELECT gw.execute('strict', \$q\$$ddl\$q\$); ROLLBACK;");
	is(there('SELECT COUNT(*) FROM log') . there("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME LIKE 'sneaky'"),
		'00', "in a transaction commits nothing: $shown");
	like($errors, qr/ERROR:  (?:25001|0A000|42\w{3}|2D000): /, '... and is refused') unless $ddl =~ /^SET/;
	there('DELETE FROM log; DROP TABLE IF EXISTS sneaky');
}
like((run(q{BEGIN; SELECT gw.execute('strict', 'INSERT INTO shop.log VALUES (1)'); SELECT gw.execute('strict', 'CALL shop.sneak()'); COMMIT}))[1],
	qr/ERROR:  2D000: the statement ended the transaction/, 'a procedure that commits is told of');
there('DELETE FROM log; DROP TABLE IF EXISTS sneaky');
like((run(q{BEGIN; SELECT gw.execute_ddl('strict', 'CREATE TABLE shop.sneaky (i INT)', autocommit => true); ROLLBACK}))[1], qr/ERROR:  25001: /,
	'execute_ddl on a connection of its own is refused in a transaction');
one(q{SELECT gw.execute_ddl('strict', 'CREATE TABLE shop.made (i INT)', autocommit => true)});
is(there(q{SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = 'made'}), '1', '... and runs outside one');

# ---- a server that wants files ----
fails(q{SELECT gw.execute('strict', 'LOAD DATA LOCAL INFILE ''/etc/passwd'' INTO TABLE shop.texts (t)')}, qr/ERROR:  /, 'LOAD DATA LOCAL is refused');
is(there('SELECT COUNT(*) FROM texts WHERE id <> 1'), '0', '... and no file was read');

# ---- streams ----
is(one(q{BEGIN; INSERT INTO strict.log VALUES (5); SELECT id FROM strict.many WHERE md5(t) IS NOT NULL LIMIT 1; SELECT count(*) FROM strict.log; COMMIT}) =~ s/.*\n//r,
	'1', 'a scan that stops early leaves the transaction as it was');
is(there('SELECT n FROM log'), '5', '... which commits');
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query("\\set VERBOSITY verbose\nBEGIN");
$session->query('DECLARE c CURSOR FOR SELECT id, t FROM strict.many WHERE md5(t) IS NOT NULL; FETCH 10 FROM c');
there("KILL $_") for split /\n/, there("SELECT id FROM information_schema.PROCESSLIST WHERE user = '$facts->{user}'");
my ($rest) = $session->query('FETCH 20000 FROM c');
like($session->{stderr}, qr/ERROR:  08006: /, 'a stream that is cut is an error, and no shorter result');
$session->quit;
is(one('SELECT count(*) FROM strict.many'), '10000', 'a later scan connects again');

# ---- the register's entries that are no query: w45, w47 to w50 (w49 is the stream above) ----
there(q{CREATE TABLE moved (id INT PRIMARY KEY, a VARCHAR(10), b VARCHAR(10), n INT);
	INSERT INTO moved VALUES (1, 'a1', 'b1', 1), (2, 'a2', 'b2', 2), (3, 'a3', 'b3', 3)});
one('IMPORT FOREIGN SCHEMA shop LIMIT TO (moved) FROM SERVER strict INTO strict');
is(one(q{SELECT c."Name" FROM strict."Case" c}) . one('SELECT other FROM strict."case"'), 'upperlower', 'w45: names are taken as they are written');
my $kept = $node->background_psql('postgres', on_error_stop => 0);
$kept->query('PREPARE all_of AS SELECT * FROM strict.moved ORDER BY id; PREPARE some AS SELECT max(n) FROM strict.moved; SET plan_cache_mode = force_generic_plan');
$kept->query('EXECUTE all_of; EXECUTE some');
there('ALTER TABLE moved MODIFY b VARCHAR(10) FIRST, ADD extra INT AFTER b');
is($kept->query('EXECUTE all_of'), "1|a1|b1|1\n2|a2|b2|2\n3|a3|b3|3", 'w47: columns are found by name after the remote has moved them');
is(one('SELECT a, b FROM strict.moved WHERE id = 2'), 'a2|b2', '... by a new plan, too');
there('ALTER TABLE moved MODIFY n VARCHAR(10)');
$kept->{stderr} = '';
my ($after) = $kept->query('EXECUTE some');
ok($after eq '' && $kept->{stderr} =~ /ERROR:/, 'w47: a kept plan whose aggregate has lost its type is refused') or diag("$after $kept->{stderr}");
$kept->quit;
there('ALTER TABLE moved DROP a');
fails('SELECT a FROM strict.moved', qr/ERROR:  42703: .*HINT/s, '... and a column that has gone is an error with a hint');

my $pages = $node->background_psql('postgres', on_error_stop => 0);
$pages->query('BEGIN; DECLARE c CURSOR FOR SELECT id FROM strict.many WHERE md5(t) IS NOT NULL; FETCH 150 FROM c');
there(q{INSERT INTO many SELECT id + 100000, t FROM many WHERE id <= 500; DELETE FROM many WHERE id BETWEEN 9000 AND 9100});
is(scalar(split /\n/, $pages->query('FETCH ALL FROM c')), 9850, 'w48: rows that come and go between two fetches are not of the result');
$pages->quit;
there('DELETE FROM many WHERE id > 100000');

there(q{CREATE TABLE secrets (id INT PRIMARY KEY, v VARCHAR(10)); INSERT INTO secrets VALUES (1, 'a'), (2, 'b'), (3, 'hidden'), (4, 'hidden')});
one(q{IMPORT FOREIGN SCHEMA shop LIMIT TO (secrets) FROM SERVER strict INTO strict;
	CREATE FUNCTION spy(id int) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RAISE WARNING ''seen %'', id; RETURN true; END';
	CREATE VIEW shown WITH (security_barrier) AS SELECT id, v FROM strict.secrets WHERE length(md5(v)) = 32 AND id < 3});
my ($rows, $seen) = run('SELECT count(*) FROM shown WHERE spy(id)');
like($rows, qr/^2$/m, 'w50: the rows of a view with a barrier');
unlike($seen, qr/seen [34]/, '... and a leaky function sees no others');

# ---- two that want the same row ----
there('CREATE TABLE pair (id INT PRIMARY KEY, v INT); INSERT INTO pair VALUES (1, 0), (2, 0)');
one(q{CREATE FOREIGN TABLE pair (id int OPTIONS (key 'true'), v int) SERVER strict OPTIONS (schema_name 'shop', table_name 'pair')});
there('SET GLOBAL innodb_lock_wait_timeout = 1');
my $holder = $node->background_psql('postgres', on_error_stop => 0);
$holder->query('BEGIN; UPDATE pair SET v = 1 WHERE id = 1');
fails('SELECT gw.disconnect_all(); UPDATE pair SET v = 2 WHERE id = 1', qr/ERROR:  55P03: /, 'a lock that is not had in time');
$holder->query('ROLLBACK');
$holder->quit;

$node->stop;
$place->stop;
done_testing();
