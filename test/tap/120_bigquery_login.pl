# Who connects to BigQuery: every way to get a token is used for real, against a
# service that checks it; tokens that end in the middle of a scan; who may not.
use strict;
use warnings;
use File::Basename;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GwPlace;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $place = GwPlace->start('bigquery', 'shop');
my $facts = $place->facts;
my $folder = $place->folder;

sub there { return $place->text(@_) }
sub control { return $place->control(@_) }

sub slurp
{
	my ($name) = @_;
	return PostgreSQL::Test::Utils::slurp_file(dirname($facts->{keyfile}) . "/$name");
}

there('CREATE TABLE lines (id INT64 NOT NULL, word STRING)');
there(q{INSERT INTO lines SELECT n, REPEAT('x', 200) FROM UNNEST(GENERATE_ARRAY(1, 3000)) AS n});

my $node = PostgreSQL::Test::Cluster->new('login');
$node->init(extra => [ '-E', 'UTF8', '--locale', 'C' ]);
mkdir "$folder/secrets", 0700;
$node->append_conf('postgresql.conf', "fsync = off\nlc_messages = 'C'\nwarehouse_gw.secret_dir = '$folder/secrets'\nsession_preload_libraries = 'warehouse_gw'\n");
$node->start;

sub sql
{
	my ($sql, $role) = @_;
	my ($stdout, $stderr);
	$node->psql('postgres', "\\set VERBOSITY verbose\n$sql", stdout => \$stdout, stderr => \$stderr, on_error_stop => 0,
		($role ? (extra_params => [ '-U', $role ]) : ()));
	return $stderr =~ /ERROR/ ? $stderr : $stdout;
}

sub secret
{
	my ($name, $text) = @_;
	open(my $file, '>', "$folder/secrets/$name") or die;
	print $file $text;
	close($file);
	chmod 0600, "$folder/secrets/$name";
}

my $user = decode_json(slurp('authorized_user.json'));
my $external = decode_json(slurp('external_account.json'));
my $account = $facts->{user};
my $other = $account =~ s/^gw@/other@/r;
secret('key', slurp('service_account.json'));
secret('user', slurp('authorized_user.json'));
secret('external', encode_json({ %$external, credential_source => { file => '/etc/hostname' } }));
secret('external_as_other', encode_json({ %$external, service_account_impersonation_url =>
	"$facts->{url}/v1/projects/-/serviceAccounts/$other:generateAccessToken" }));
secret('subject', slurp('subject_token'));
secret('client_secret', $user->{client_secret});
secret('refresh', $user->{refresh_token});
secret('token', $facts->{token});
# What makes another token has to have been given for more than BigQuery.
secret('acting', control('token', { scopes => [ 'https://www.googleapis.com/auth/cloud-platform' ] })->{token});

sql('CREATE EXTENSION warehouse_gw; CREATE ROLE plain LOGIN; GRANT CREATE ON DATABASE postgres TO plain');
my $n = 0;

# A server of its own for each way, and what shop.lines says there.
sub way
{
	my ($mapping, $role) = @_;
	my $name = 'way' . ++$n;

	my $made = sql(qq{CREATE SERVER $name FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project '$facts->{project}', api_endpoint '$facts->{url}',
			iam_endpoint '$facts->{url}', sslrootcert '$facts->{ca}', allow_private_network 'true');
		CREATE USER MAPPING FOR @{[ $role // 'CURRENT_USER' ]} SERVER $name OPTIONS ($mapping);
		CREATE FOREIGN TABLE $name (id bigint, word text) SERVER $name OPTIONS (schema_name 'shop', table_name 'lines');
		@{[ $role ? "GRANT USAGE ON FOREIGN SERVER $name TO $role; GRANT SELECT ON $name TO $role" : '' ]}});
	return $made if $made =~ /ERROR/;
	return sql("SET warehouse_gw.enable_pushdown = off; SELECT count(*), sum(length(word)) FROM $name WHERE word IS NOT NULL", $role);
}

my $token_uri = "token_uri '$facts->{url}/token'";
my %ways = (
	'a key by reference' => "keyfile_json_ref 'file:key'",
	'a key file' => "keyfile '$folder/secrets/key'",
	'a token' => "token '$facts->{token}'",
	'a token by reference' => "token_ref 'file:token'",
	'a refresh token' => "refresh_token_ref 'file:refresh', client_id '$user->{client_id}', client_secret_ref 'file:client_secret', $token_uri",
	'a user document' => "keyfile_json_ref 'file:user', $token_uri",
	'the metadata service' => "method 'metadata', token_uri '$facts->{plain_url}/computeMetadata/v1/instance/service-accounts/default/token'",
	'a key, as another account' => "keyfile_json_ref 'file:key', impersonate_service_account '$other', $token_uri",
	'a token, as another account' => "token_ref 'file:acting', impersonate_service_account '$other'",
	'workload identity' => "keyfile_json_ref 'file:external', subject_token_ref 'file:subject'",
	'workload identity, as another account' => "keyfile_json_ref 'file:external_as_other', subject_token_ref 'file:subject'",
);
for my $way (sort keys %ways)
{
	is(way($ways{$way}), '3000|600000', $way);
}

# ---- who may not ----
like(way("method 'metadata'", 'plain'), qr/ERROR:  2F003: .*credentials of its own/s, "the machine's identity is the superuser's");
like(way("keyfile_json_ref 'file:external'"), qr/ERROR:  HV00J: .*nothing says where the token to exchange is kept/s,
	'where a document says its token is kept is not looked at');
like(way("keyfile_json_ref 'file:key', impersonate_service_account 'nobody\@x', $token_uri"), qr/ERROR:  28000: .*getAccessToken' denied/s,
	'an account that may not be acted as');
secret('bad', 'wrong');
like(way("refresh_token_ref 'file:bad', client_id '$user->{client_id}', client_secret_ref 'file:client_secret', $token_uri"),
	qr/ERROR:  28000: .*expired or revoked/s, 'a revoked refresh token');
like(way("keyfile_json_ref 'file:external', subject_token_ref 'file:bad'"), qr/ERROR:  28000: .*rejected by the attribute condition/s,
	'a token that may not be exchanged');
like(sql(qq{SET ROLE plain; CREATE USER MAPPING FOR plain SERVER way1 OPTIONS (subject_token_ref 'file:subject')}), qr/ERROR:  42501/,
	'a reference that a role may not use');

like(way("token_ref 'file:token', impersonate_service_account '$other'"), qr/ERROR:  28000: .*insufficient authentication scopes/s,
	'a token that is good for BigQuery alone makes no other');

# ---- a token ends in the middle of a scan ----
control('set', { pageBytes => 20000 });
for my $way (grep { !/^a token/ } sort keys %ways)
{
	control('clear');
	control('fault', { kind => 'expired', path => 'startIndex', skip => 8 });
	is(way($ways{$way}), '3000|600000', "renewed in the middle of a scan: $way");
	is(scalar(@{ control('faults') }), 1, '... it had ended there');
}
secret('token', control('token')->{token});
control('clear');
control('fault', { kind => 'expired', path => 'startIndex', skip => 8 });
like(way("token_ref 'file:token'"), qr/ERROR:  28000/, 'a token that nothing renews ends the scan');

# ---- the token service is in trouble ----
control('clear');
control('fault', [ { kind => 'status', path => '^/token', status => 503, times => 2 } ]);
is(way("keyfile_json_ref 'file:key', $token_uri"), '3000|600000', 'asked again after two 503');
control('fault', [ { kind => 'status', path => '^/token', status => 429, reason => 'rateLimitExceeded', retryAfter => 1 } ]);
is(way("keyfile_json_ref 'file:key', $token_uri"), '3000|600000', 'asked again after 429');

$node->stop;
$place->stop;
done_testing();
