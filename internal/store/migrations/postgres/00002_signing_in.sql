-- +goose Up

-- Who signs in as which subject of a connection.
create table signin_link (
	connection text collate "C" not null,
	subject text collate "C" not null,
	person_id text collate "C" not null references person (id),
	how text collate "C" not null,
	at bigint not null,
	seen_at bigint not null,
	primary key (connection, subject)
);
create index signin_link_person on signin_link (person_id);

-- Who is signed in. What the provider calls the session is kept for signing out.
create table session (
	id text collate "C" primary key,
	person_id text collate "C" not null references person (id),
	hash text collate "C" not null unique,
	connection text collate "C" not null,
	subject text collate "C" not null,
	provider_session text collate "C" not null,
	name_id text collate "C" not null,
	provider text collate "C" not null,
	group_names text collate "C" not null,
	authenticated_at bigint not null,
	context text collate "C" not null,
	started_at bigint not null,
	seen_at bigint not null,
	expires_at bigint not null,
	revoked_at bigint not null,
	revoked text collate "C" not null
);
create index session_person on session (person_id) where revoked_at = 0;
create index session_live on session (connection, subject) where revoked_at = 0;
create index session_ends on session (expires_at);

-- Sign-ins under way, and answers that wait for their browser.
create table signin_flow (
	id text collate "C" not null,
	connection text collate "C" not null,
	browser text collate "C" not null,
	kept bytea not null,
	return_to text collate "C" not null,
	started_at bigint not null,
	expires_at bigint not null,
	ticket text collate "C",
	answer text collate "C" not null,
	primary key (connection, id)
);
create unique index signin_flow_ticket on signin_flow (ticket) where ticket is not null;
create index signin_flow_ends on signin_flow (expires_at);

-- Ids that may be used once: of assertions and of logout tokens.
create table used_id (
	connection text collate "C" not null,
	id text collate "C" not null,
	until_at bigint not null,
	primary key (connection, id)
);
create index used_id_until on used_id (until_at);

-- Roles that an owner gave to people; those of the configuration are not here.
create table role_grant (
	person_id text collate "C" not null references person (id),
	role text collate "C" not null,
	subscription text collate "C" not null,
	granted_by text collate "C" not null,
	reason text collate "C" not null,
	granted_at bigint not null,
	primary key (person_id, role, subscription)
);

-- Sign-ins that were refused, as far as an admin may need them.
create table signin_attempt (
	id text collate "C" not null,
	at bigint not null,
	connection text collate "C" not null,
	code text collate "C" not null,
	person_id text collate "C" not null,
	problem text collate "C" not null,
	primary key (id)
);
create index signin_attempt_at on signin_attempt (at);
