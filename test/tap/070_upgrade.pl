# ALTER EXTENSION ... UPDATE: an upgraded database has exactly the objects of a
# fresh installation, and keeps its servers, mappings and watermarks.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->start;

chomp(my $sharedir = `$ENV{PG_CONFIG} --sharedir`);
my ($version) = slurp_file('warehouse_gw.control') =~ /default_version = '(.*)'/;
my $script = `sql/assemble.sh $version next`;
is($?, 0, 'an upgrade script is assembled');
append_to_file("$sharedir/extension/warehouse_gw--$version--next.sql", $script);

# Everything a user can see of the extension's objects: definitions, rights, comments.
my $objects = q{
SELECT string_agg(line, E'\n' ORDER BY line)
FROM (
  SELECT pg_describe_object(d.classid, d.objid, 0) || ' | ' ||
         coalesce(obj_description(d.objid, d.classid::regclass::name), '') || ' | ' ||
         coalesce(p.proacl::text, '') || ' | ' || coalesce(p.prosrc, '') || ' | ' ||
         coalesce(p.provolatile::text || p.proparallel::text || p.proisstrict::text, '') || ' | ' ||
         coalesce(p.proconfig::text, '') AS line
  FROM pg_depend d
  JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
  LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
  WHERE e.extname = 'warehouse_gw' AND d.deptype = 'e') AS lines};

$node->safe_psql('postgres', 'CREATE DATABASE fresh; CREATE DATABASE upgraded;');
$node->safe_psql('fresh', 'CREATE EXTENSION warehouse_gw');
$node->safe_psql('upgraded', q{
CREATE EXTENSION warehouse_gw;
CREATE SERVER here FOREIGN DATA WRAPPER gw_local;
CREATE TABLE public.source (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now() - interval '1 hour');
INSERT INTO public.source SELECT generate_series(1, 10);
CALL gw.sync_table('here', 'public.source', 'public.target', mode => 'append', cursor_field => 'id');
});
my $marks = q{SELECT cursor_value, cursor_type, version FROM gw.watermark};
my $before = $node->safe_psql('upgraded', $marks);
like($before, qr/^10\|/, 'a watermark stands before the upgrade');

$node->safe_psql('upgraded', "ALTER EXTENSION warehouse_gw UPDATE TO 'next'");
is($node->safe_psql('upgraded', q{SELECT extversion FROM pg_extension WHERE extname = 'warehouse_gw'}),
	'next', 'the extension is upgraded');
is($node->safe_psql('upgraded', $objects), $node->safe_psql('fresh', $objects),
	'upgraded and fresh databases have the same objects, rights and comments');
is($node->safe_psql('upgraded', $marks), $before, 'the watermark survives');
$node->safe_psql('upgraded', q{
INSERT INTO public.source VALUES (11);
CALL gw.sync_table('here', 'public.source', 'public.target', mode => 'append', cursor_field => 'id');
});
is($node->safe_psql('upgraded', 'SELECT count(*) FROM public.target'), '11',
	'the stream goes on where it stood');

# A function that somebody else owns under our name is not taken over.
my ($rc, $out, $err) = $node->psql('postgres', q{
CREATE SCHEMA gw;
CREATE FUNCTION gw.platforms() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE EXTENSION warehouse_gw;
});
like($err, qr/already exists/, 'an object of the same name is never replaced at installation');

$node->stop;
done_testing();
