-- +goose Up

-- Who signs in as which subject of a connection.
create table signin_link (
	connection text not null,
	subject text not null,
	person_id text not null references person (id),
	how text not null,
	at integer not null,
	seen_at integer not null,
	primary key (connection, subject)
) strict, without rowid;
create index signin_link_person on signin_link (person_id);

-- Who is signed in. What the provider calls the session is kept for signing out.
create table session (
	id text primary key,
	person_id text not null references person (id),
	hash text not null unique,
	connection text not null,
	subject text not null,
	provider_session text not null,
	name_id text not null,
	provider text not null,
	group_names text not null,
	authenticated_at integer not null,
	context text not null,
	started_at integer not null,
	seen_at integer not null,
	expires_at integer not null,
	revoked_at integer not null,
	revoked text not null
) strict;
create index session_person on session (person_id) where revoked_at = 0;
create index session_live on session (connection, subject) where revoked_at = 0;
create index session_ends on session (expires_at);

-- Sign-ins under way, and answers that wait for their browser.
create table signin_flow (
	id text not null,
	connection text not null,
	browser text not null,
	kept blob not null,
	return_to text not null,
	started_at integer not null,
	expires_at integer not null,
	ticket text,
	answer text not null,
	primary key (connection, id)
) strict;
create unique index signin_flow_ticket on signin_flow (ticket) where ticket is not null;
create index signin_flow_ends on signin_flow (expires_at);

-- Ids that may be used once: of assertions and of logout tokens.
create table used_id (
	connection text not null,
	id text not null,
	until_at integer not null,
	primary key (connection, id)
) strict, without rowid;
create index used_id_until on used_id (until_at);

-- Roles that an owner gave to people; those of the configuration are not here.
create table role_grant (
	person_id text not null references person (id),
	role text not null,
	subscription text not null,
	granted_by text not null,
	reason text not null,
	granted_at integer not null,
	primary key (person_id, role, subscription)
) strict, without rowid;

-- Sign-ins that were refused, as far as an admin may need them.
create table signin_attempt (
	id text not null,
	at integer not null,
	connection text not null,
	code text not null,
	person_id text not null,
	problem text not null,
	primary key (id)
) strict, without rowid;
create index signin_attempt_at on signin_attempt (at);
