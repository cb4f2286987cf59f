# A sync whose backend dies anywhere leaves either the old rows with the old
# watermark or the new rows with the new one; the next run goes on from there
# and says what became of the dead one.  Also: Ctrl-C and a source that dies.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwTap qw(prompt come);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $target = PostgreSQL::Test::Cluster->new('target');
$target->init;
$target->append_conf('postgresql.conf', "restart_after_crash = on\n");
$target->start;
my $source = PostgreSQL::Test::Cluster->new('source');
$source->init;
$source->append_conf('postgresql.conf', "restart_after_crash = on\n");
$source->start;

$source->safe_psql('postgres', q{
CREATE TABLE big (id bigint PRIMARY KEY, at timestamptz NOT NULL, v text);
INSERT INTO big SELECT g, '2024-01-01'::timestamptz + g * interval '1 second', md5(g::text)
FROM generate_series(1, 20000) g;
CREATE TABLE pace AS SELECT 0.05::float8 AS seconds;
CREATE FUNCTION slow(bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  IF $1 % 1000 = 0 THEN PERFORM pg_catalog.pg_sleep(seconds) FROM public.pace; END IF;
  RETURN $1;
END $$;
CREATE VIEW slow_big AS SELECT slow(id) AS id, at, v FROM big;
});
my ($host, $port) = ($source->host, $source->port);
my $user = $source->safe_psql('postgres', 'SELECT current_user');
$target->safe_psql('postgres', qq{
CREATE EXTENSION warehouse_gw;
CREATE SERVER src FOREIGN DATA WRAPPER gw_postgres OPTIONS (host '$host', port '$port', dbname 'postgres');
CREATE USER MAPPING FOR CURRENT_USER SERVER src OPTIONS (user '$user', password_required 'false');
CREATE TABLE big (id bigint PRIMARY KEY, at timestamptz NOT NULL, v text);
});

my $call = q{CALL gw.sync_table('src', 'public.big', 'public.big', mode => 'merge', keys => '{id}',
  cursor_field => 'at', cursor_id_field => 'id', options => '{"name": "big"}')};
(my $slow = $call) =~ s/'public.big', 'public.big'/'public.slow_big', 'public.big'/;
$slow =~ s/"name": "big"/"name": "slow", "null_cursor": "exclude"/;

# Rows and watermark agree: all rows up to it are there, and none above.
my $agree = q{
SELECT count(*) = coalesce((SELECT cursor_id::bigint FROM gw.watermark w JOIN gw.stream s USING (stream_id)
                            WHERE s.name = 'big'), 0)
FROM big};
my $digest = q{SELECT count(*), md5(string_agg(id || v || extract(epoch FROM at), ',' ORDER BY id)) FROM big};

sub background
{
	my ($sql, $out, @before) = @_;
	$$out = '';
	return IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $target->connstr('postgres'), map({ ('-c', $_) } @before, $sql) ],
		'<', \undef, '>', $out, '2>&1');
}

sub finish
{
	my $run = shift;
	eval { $run->finish; };
}

# The backend that runs a sync.
sub runner
{
	$target->poll_query_until('postgres',
		q{SELECT count(*) = 1 FROM gw.run WHERE state = 'running'}) or die 'no run started';
	return $target->safe_psql('postgres', q{SELECT backend_pid FROM gw.run WHERE state = 'running'});
}

# The source's backend that reads for it, and has come so far that it sleeps.
sub reading
{
	my $pid;
	come(sub { ($pid = $source->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE query LIKE '%slow_big%'
		AND wait_event = 'PgSleep' AND application_name LIKE 'warehouse_gw%'})) ne '' }) or die 'nothing is read';
	return $pid;
}

sub crash
{
	my $pid = shift;
	kill 'KILL', $pid;
	usleep(50_000);
	for (1 .. 300)
	{
		last if $target->psql('postgres', 'SELECT 1') == 0
		  && !kill(0, $pid);
		usleep(100_000);
	}
}

# ---- killed at chosen moments ----
my $out;
my $holder = $target->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE big IN SHARE MODE');
my $run = background($call, \$out);
my $pid = runner();
$target->poll_query_until('postgres',
	qq{SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $pid});
crash($pid);
finish($run);
eval { $holder->quit };
is($target->safe_psql('postgres', 'SELECT count(*) FROM big'), '0', 'killed while applying: no row');
is($target->safe_psql('postgres', q{SELECT count(*) FROM gw.watermark WHERE cursor_value IS NOT NULL}),
	'0', 'and no watermark');
is($target->safe_psql('postgres', q{SELECT state FROM gw.run ORDER BY run_id DESC LIMIT 1}),
	'running', 'its record is left behind as running');
is($target->safe_psql('postgres', 'SELECT gw.recover()'), '1', 'gw.recover() closes it');
is($target->safe_psql('postgres', q{SELECT state FROM gw.run ORDER BY run_id DESC LIMIT 1}),
	'crashed', 'as crashed');

# ---- a run that lives is seen, and left alone ----
$run = background(q{CALL gw.sync_table('src', 'public.slow_big', 'public.seen', mode => 'append',
  options => '{"fetch_size": 100}')}, \$out);
$pid = runner();
ok($target->poll_query_until('postgres', qq{SELECT backend_pid = $pid AND stream LIKE '%seen' AND rows_written > 0
  FROM gw.progress}), 'gw.progress shows how far a run is');
is($target->safe_psql('postgres', 'SELECT gw.recover()'), '0', 'gw.recover() leaves it alone');
finish($run);
is($target->safe_psql('postgres', 'SELECT count(*) FROM gw.progress'), '0', 'and nothing when it is over');
is($target->safe_psql('postgres', q{SELECT count(*) FROM seen}), '20000', 'when all has come');

# ---- killed at times nobody chose ----
# Each run finds new rows.  One that ends before it is hit is no harm.
my $hits = 0;
my @delays = (0, 20, 50, 90, 140, 200);
for (my $runs = 0; $runs < @delays || ($hits < 2 && $runs < 30); $runs++)
{
	my $delay = $delays[$runs % @delays];
	$source->safe_psql('postgres', q{INSERT INTO big
		SELECT m + g, '2024-01-01'::timestamptz + (m + g) * interval '1 second', md5((m + g)::text)
		FROM (SELECT max(id) AS m FROM big) b, generate_series(1, 5000) g});
	$run = background($call, \$out);
	for (1 .. 500)
	{
		$pid = $target->safe_psql('postgres', q{SELECT backend_pid FROM gw.run r
			JOIN pg_stat_activity a ON a.pid = r.backend_pid WHERE r.state = 'running'});
		last if $pid ne '' || !$run->pumpable;
		$run->pump_nb;
		usleep(10_000);
	}
	usleep($delay * 1000);
	if ($pid ne '' && kill(0, $pid))
	{
		$hits++;
		crash($pid);
	}
	finish($run);
	is($target->safe_psql('postgres', $agree), 't', "killed $delay ms into the run: rows and watermark agree");
}
cmp_ok($hits, '>=', 2, 'runs were hit in flight');
$target->safe_psql('postgres', $call);
is($target->safe_psql('postgres', $agree), 't', 'the run after that completes the load');
my $loaded = $target->safe_psql('postgres', $digest);
is($loaded, $source->safe_psql('postgres', $digest), 'the target equals the source');
is($target->safe_psql('postgres', q{SELECT count(*) FROM gw.run WHERE state = 'running'}),
	'0', 'no dead run is left as running');
cmp_ok($target->safe_psql('postgres', q{SELECT count(*) FROM gw.run WHERE state = 'crashed'}),
	'>=', 1, 'the dead ones are called crashed');
is($target->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relname LIKE 'gw_stage%'
  AND pg_catalog.pg_table_is_visible(oid)}), '0', 'no staging table is in the way');

# ---- cancelled: recorded, and nothing runs on at the source ----
# From here on it would take minutes.
$source->safe_psql('postgres', 'UPDATE pace SET seconds = 10');
$run = background($slow, \$out, "SET statement_timeout = '1s'");
finish($run);
like($out, qr/canceling statement due to statement timeout/, 'statement_timeout ends a sync');
is($target->safe_psql('postgres', q{SELECT r.state, t.state, r.sqlstate FROM gw.run r JOIN gw.task t USING (run_id)
  ORDER BY run_id DESC LIMIT 1}), 'cancelled|cancelled|57014', 'and is recorded');
ok(come(sub { $source->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity
  WHERE state = 'active' AND query LIKE '%slow_big%' AND pid <> pg_backend_pid()}) eq '0' }),
	'nothing runs on at the source');
$run = background($slow, \$out);
$pid = runner();
reading();
my $asked = Time::HiRes::time();
$target->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
finish($run);
prompt((Time::HiRes::time() - $asked) * 1000, 2000, 'pg_terminate_backend ends it at once');
is($target->safe_psql('postgres', q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}),
	'0', 'no lock is left');

# ---- the source dies ----
$run = background($slow, \$out);
runner();
my $victim = reading();
kill 'KILL', $victim;
finish($run);
like($out, qr/ERROR/, 'a source that dies ends the sync with an error');
is($target->safe_psql('postgres', q{SELECT r.state, r.sqlstate, r.error_class FROM gw.run r ORDER BY run_id DESC LIMIT 1}),
	'failed|08006|transient', 'which is recorded');
is($target->safe_psql('postgres', $digest), $loaded, 'and leaves the target as it was');

# ---- an open writer: the run that may wait takes everything at once ----
come(sub { !kill(0, $victim) });
$source->poll_query_until('postgres', 'SELECT true');
my $writer = $source->background_psql('postgres');
$writer->query_safe(q{BEGIN; INSERT INTO big VALUES (60001, now(), 'late')});
$source->safe_psql('postgres', q{INSERT INTO big VALUES (60002, now(), 'early')});
(my $patient = $call) =~ s/"name": "big"/"horizon_wait": "60s", "horizon_margin": "100ms"/;
$run = background($patient, \$out);
runner();
usleep(400_000);
$writer->query_safe('COMMIT');
finish($run);
$writer->quit;
is($target->safe_psql('postgres', $digest), $source->safe_psql('postgres', $digest),
	'a run that waits for an open writer misses nothing');

$target->stop;
$source->stop;
done_testing();
