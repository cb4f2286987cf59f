# A place of the tests (places/, by place.py): statements of its own on the remote side, and what its
# emulator is told and asked.
package GwPlace;

use strict;
use warnings;
use File::Basename;
use HTTP::Tiny;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

# Starts it with that schema, in which there() runs; without its parts all tests are skipped.
sub start
{
	my ($class, $name, $schema) = @_;
	my $self = bless { folder => PostgreSQL::Test::Utils::tempdir_short(), schema => $schema, in => '', out => '', err => '' }, $class;
	# It serves until it is stopped; a test that hangs ends by this.
	$self->{run} = IPC::Run::start([ 'python3', '-B', dirname(__FILE__) . '/place.py', $name, $self->{folder} ],
		'<', \$self->{in}, '>', \$self->{out}, '2>', \$self->{err}, IPC::Run::timeout(3000));
	$self->{facts} = $self->_reply;
	plan skip_all => $self->{facts}{missing} if $self->{facts}{missing};
	$self->_order({ make => [$schema] });
	return $self;
}

sub _reply
{
	my ($self) = @_;
	$self->{run}->pump until $self->{out} =~ /\n/ || !$self->{run}->pumpable;
	$self->{out} =~ s/^(.*)\n// or die "the place has gone: $self->{err}";
	return decode_json($1);
}

sub _order
{
	my ($self, $order) = @_;
	$self->{in} .= encode_json($order) . "\n";
	my $got = $self->_reply;
	die $got->{error} if $got->{error};
	return $got->{rows};
}

# How it is reached, and the folder it works in.
sub facts  { return $_[0]{facts} }
sub folder { return $_[0]{folder} }

# The rows of a statement there, as its root; and the same joined as psql does.
sub rows { my ($self, $sql) = @_; return $self->_order({ schema => $self->{schema}, sql => $sql }) }
sub text { my ($self, $sql) = @_; return join("\n", map { join('|', map { $_ // '' } @$_) } @{ $self->rows($sql) }) }

# What the emulator is told and asked by tests.
sub control
{
	my ($self, $what, $body) = @_;
	my $answer = HTTP::Tiny->new->post("$self->{facts}{plain_url}/_control/$what", { content => encode_json($body // {}) });
	return JSON::PP->new->allow_nonref->decode($answer->{content});
}

sub stop
{
	my ($self) = @_;
	$self->{run}->kill_kill(grace => 10);
	return;
}

1;
